"""Product catalogs of Business Centers, one for each advertiser: products, sets, feeds, videos."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Owner,
    existing,
    kind,
    link,
    new_id,
    row,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.assets.shops import those_of_reports
from tiktok_ads.simulator.belongings import HOW_MANY, belonging, belongings
from tiktok_ads.simulator.centers import center_of
from tiktok_ads.simulator.world import Advertiser, World

MOVED_RUNS = 3


@kind("catalog", documented="catalog", ids="catalog", named="catalog_name", grow=those_of_reports)
def product_catalog(world: World, owner: Owner, asset: Asset) -> Json:
    center = center_of(world, owner) if isinstance(owner, Advertiser) else owner
    return {
        "catalog_id": asset.id,
        "catalog_type": "ECOM",
        "ad_creation_eligible": "AVAILABLE",
        "create_time": stamp(asset.created),
        "update_time": stamp(asset.modified(world.now())),
        "bc_info": {"bc_id": center.id, "bc_name": center.name, "picture_url": None},
        "catalog_conf": {
            "region_code": owner.place.country,
            "country": None,
            "currency": owner.place.currency,
            "channel": "CUSTOM",
        },
    }


@serves("catalog/get")
def catalogs(asked: Asked) -> list[Json]:
    wanted = asked.text("catalog_id")
    found = [one for of in asked.business.advertisers for one in rows(asked.world, of, "catalog")]
    return [one for one in found if wanted in ("", one["catalog_id"])]


def _owner(asked: Asked) -> Advertiser:
    """Whose catalog a call is about; it must be the Business Center's."""
    wanted = asked.text("catalog_id")
    for of in asked.business.advertisers:
        if wanted in belongings("catalog", of):
            return of
    raise wrong("catalog_id: The catalog does not exist.")


@serves("catalog/overview")
def overview(asked: Asked) -> Json:
    return {"approved": len(existing(asked.world, _owner(asked), "product")), "processing": 1, "rejected": 0}


@kind("product", ids="product", named="title", grow=those_of_reports)
def product(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "product_id": asset.id,
        "sku_id": f"SKU-{asset.number:05d}",
        "item_group_id": new_id("item_group", owner, asset.number % HOW_MANY["item_group"]),
        "title": f"{asset.name} «=1+1» 👟",
        "description": "Soft & <warm>",
        "availability": "IN_STOCK",
        "image_url": link(f"product/{asset.id}.png", world.now(), hours=24),
        "price": {"price": 19.99 + asset.number, "currency": owner.place.currency, "sale_price": None},
        "audit": {"audit_status": "approved"},
        "brand": "A brand",
    }


def _products(asked: Asked) -> list[Json]:
    return rows(asked.world, _owner(asked), "product")


@serves("catalog/product/get")
def products(asked: Asked) -> list[Json]:
    asked.need("catalog_id")
    wanted = {name: asked.texts(f"{name}s") for name in ("product_id", "sku_id")}
    return [
        one
        for one in _products(asked)
        if all(not values or one[name] in values for name, values in wanted.items())
    ]


@serves("catalog/set/get")
def product_sets(asked: Asked) -> list[Json]:
    of, wanted = _owner(asked), asked.text("product_set_id")
    counted = asked.flag("return_product_count", default=True)
    return [
        {
            "product_set_id": one,
            "product_set_name": f"Set {at + 1}",
            "product_count": len(_in_set(asked, one)) if counted else None,
        }
        for at, one in enumerate(belongings("product_set", of))
        if wanted in ("", one)
    ]


def _in_set(asked: Asked, set_id: str) -> list[Json]:
    """The first set holds all products, the second each second one."""
    of = _owner(asked)
    known = belongings("product_set", of)
    if set_id not in known:
        raise wrong("product_set_id: The product set does not exist.")
    return _products(asked)[:: known.index(set_id) + 1]


@serves("catalog/set/product/get")
def set_products(asked: Asked) -> list[Json]:
    return _in_set(asked, asked.text("product_set_id"))


def _feed(asked: Asked) -> Json:
    of = _owner(asked)
    feed_id = str(int(belonging("catalog", of, 0)) + 500_000_000)
    return {
        "feed_id": feed_id,
        "feed_name": f"Feed of {of.name}",
        "status": "ON",
        "update_mode": "INCREMENTAL",
        "last_update_time": stamp(asked.now.replace(hour=0, minute=0, second=0)),
        "schedule_param": {"interval_type": "DAILY", "hour": 3},
    }


@serves("catalog/feed/get")
def feeds(asked: Asked) -> list[Json]:
    one = _feed(asked)
    return [one] if asked.text("feed_id") in ("", one["feed_id"]) else []


@serves("catalog/feed/log")
def feed_logs(asked: Asked) -> list[Json]:
    """The runs of the last days."""
    one = _feed(asked)
    one_of([one] if asked.text("feed_id") == one["feed_id"] else [], "feed_id")
    today = asked.now.replace(hour=3, minute=0, second=0, microsecond=0)
    return [
        {
            "feed_log_id": f"{(today - timedelta(days=n)):%Y%m%d}{one['feed_id']}"[:19],
            "start_time": stamp(today - timedelta(days=n)),
            "end_time": stamp(today - timedelta(days=n) + timedelta(minutes=4)),
            "process_status": "SUCCESS",
            "add_count": n,
            "error_count": 0,
        }
        for n in range(MOVED_RUNS)
    ]


@serves("catalog/product/log")
def product_logs(asked: Asked) -> Json:
    _owner(asked)
    return {
        "product_feed_log": {
            "feed_log_id": asked.text("feed_log_id"),
            "process_status": "SUCCESS",
            "add_count": 1,
            "update_count": 2,
            "delete_count": 0,
            "error_count": 0,
            "warning_info": None,
        }
    }


@kind("catalog_video", named="video_name")
def catalog_video(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "catalog_video_id": asset.id,
        "video_name": asset.name,
        "video_url": link(f"catalog/{asset.id}.mp4", world.now(), hours=6),
        "status": "AVAILABLE",
        "custom_label_0": None,
    }


@serves("catalog/video/get")
def videos(asked: Asked) -> list[Json]:
    wanted, of = asked.texts("catalog_video_ids"), _owner(asked)
    found = [row(asked.world, of, one) for one in existing(asked.world, of, "catalog_video")]
    return [one for one in found if not wanted or one["catalog_video_id"] in wanted]


@serves("catalog/eventsource_bind/get")
def event_sources(asked: Asked) -> list[Json]:
    of = _owner(asked)
    pixel = rows(asked.world, of, "pixel")[:1]
    return [
        {"event_source_type": "PIXEL", "event_source_id": one["pixel_id"], "pixel_code": one["pixel_code"]}
        for one in pixel
    ]


@serves("catalog/lexicon/get")
def lexicons(asked: Asked) -> list[Json]:
    of = _owner(asked)
    return [{"lexicon_id": f"{of.number}01", "name": "Benefits", "words": ["Free delivery", "«Rabatt»"]}]


@serves("catalog/available_country/get")
def countries(asked: Asked) -> Json:
    """Bare codes, not rows."""
    return {"region_codes": ["DE", "JP", "US"]}


@serves("catalog/location_currency/get")
def currencies(asked: Asked) -> list[Json]:
    return [
        {"region_code": "DE", "currency_list": ["EUR"]},
        {"region_code": "US", "currency_list": ["USD"]},
    ]
