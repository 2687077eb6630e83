"""TikTok Shops and their products."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Kind,
    Owner,
    begins,
    kind,
    link,
    new_id,
    rows,
)
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.belongings import HOW_MANY, belongings
from tiktok_ads.simulator.centers import center_of
from tiktok_ads.simulator.world import Advertiser, World


def those_of_reports(world: World, owner: Owner, of: Kind) -> list[Asset]:
    """Exactly those that reports know."""
    if not isinstance(owner, Advertiser) or of.ids is None:
        return []
    start = begins(world) - timedelta(days=50)
    return [
        Asset(of.name, number, one, f"{of.name.replace('_', ' ').capitalize()} {number + 1}", start)
        for number, one in enumerate(belongings(of.ids, owner))
    ]


@kind("store", documented="store", named="store_name", ids="store", grow=those_of_reports)
def store(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "store_authorized_bc_id": center_id(world, owner),
        "store_id": asset.id,
        "store_type": "TIKTOK_SHOP",
        "store_code": f"SHOP{owner.number}{asset.number}",
        "catalog_id": None,
        "targeting_region_codes": ["US"],
    }


def center_id(world: World, owner: Owner) -> str:
    return center_of(world, owner).id if isinstance(owner, Advertiser) else owner.id


@serves("store/list")
def stores(asked: Asked) -> list[Json]:
    wanted = asked.text("store_id")
    found = rows(asked.world, asked.account, "store")
    return [one for one in found if not wanted or one["store_id"] == wanted]


@kind("item_group", ids="item_group", named="title", grow=those_of_reports)
def item_group(world: World, owner: Owner, asset: Asset) -> Json:
    """A product of a shop; the stores share them out."""
    return {
        "item_group_id": asset.id,
        "store_id": new_id("store", owner, asset.number % HOW_MANY["store"]),
        "title": asset.name,
        "product_image_url": link(f"product/{asset.id}.png", world.now(), hours=24),
        "min_price": "9.99",
        "max_price": "19.99",
        "currency": "USD",
        "historical_sales": 10 * asset.number,
        "category": "Shoes & «Socks»",
        "status": "AVAILABLE",
        "gmv_max_ads_status": "UNOCCUPIED",
    }


@serves("store/product/get")
def store_products(asked: Asked) -> list[Json]:
    filtering, wanted = asked.inside(), asked.text("store_id")
    if filtering.text("ad_creation_eligible"):
        filtering.need("advertiser_id")
    ids, word = filtering.texts("item_group_ids"), filtering.text("product_name")
    known = [one for of in asked.business.advertisers for one in rows(asked.world, of, "store")]
    one_of([one for one in known if one["store_id"] == wanted], "store_id")
    found = [one for of in asked.business.advertisers for one in rows(asked.world, of, "item_group")]
    return [
        one
        for one in found
        if one["store_id"] == wanted
        and (not ids or one["item_group_id"] in ids)
        and word in str(one["title"])
    ]
