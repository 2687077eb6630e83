"""GMV Max: shops, identities and posts that it can use, and its campaigns."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Owner,
    kind,
    link,
    new_id,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.assets.shops import center_id, those_of_reports
from tiktok_ads.simulator.belongings import HOW_MANY
from tiktok_ads.simulator.world import World

PRODUCTS, LIVES = "PRODUCT_GMV_MAX", "LIVE_GMV_MAX"
DELETED = 3  # which of an advertiser's campaigns was deleted
OF_LIVES = 2  # and which one promotes LIVEs


@serves("gmv_max/store/list")
def gmv_max_stores(asked: Asked) -> list[Json]:
    return [
        {
            "store_id": one["store_id"],
            "store_name": one["store_name"],
            "store_code": one["store_code"],
            "store_authorized_bc_id": one["store_authorized_bc_id"],
            "store_status": "ACTIVE",
            "store_role": "AD_PROMOTION",
            "is_gmv_max_available": True,
            "is_owner_bc": True,
            "targeting_region_codes": ["US"],
            "thumbnail_url": link("store.png", asked.now, hours=24),
            "exclusive_authorized_advertiser_info": {
                "advertiser_id": asked.account.id,
                "advertiser_name": asked.account.name,
                "advertiser_status": "STATUS_ENABLE",
            },
        }
        for one in rows(asked.world, asked.account, "store")
    ]


def _own_store(asked: Asked) -> Json:
    """The store that a call names; it must be the advertiser's, and authorised by that Business Center."""
    wanted = asked.text("store_id")
    found = [one for one in rows(asked.world, asked.account, "store") if one["store_id"] == wanted]
    one = one_of(found, "store_id")
    if asked.text("store_authorized_bc_id") != one["store_authorized_bc_id"]:
        raise Refused(40001, "store_authorized_bc_id: No permission for this store.")
    return one


@serves("gmv_max/exclusive_authorization/get")
def exclusive_authorization(asked: Asked) -> Json:
    one = _own_store(asked)
    return {
        "store_id": one["store_id"],
        "authorization_status": "EFFECTIVE",
        "advertiser_id": asked.account.id,
        "advertiser_name": asked.account.name,
        "advertiser_status": "STATUS_ENABLE",
        "identity_id": None,
    }


@serves("gmv_max/identity/get")
def gmv_max_identities(asked: Asked) -> list[Json]:
    """Those of the list of identities that may promote the store's products."""
    one = _own_store(asked)
    return [
        {
            **identity,
            "identity_type": "TTS_TT",
            "store_id": one["store_id"],
            "product_gmv_max_available": True,
            "live_gmv_max_available": False,
            "unavailable_reason": None,
        }
        for identity in rows(asked.world, asked.account, "identity")[: HOW_MANY["identity"]]
    ]


@serves("gmv_max/video/get")
def gmv_max_posts(asked: Asked) -> list[Json]:
    _own_store(asked)
    products, word = asked.texts("spu_id_list"), asked.text("keyword")
    found: list[Json] = []
    for one in rows(asked.world, asked.account, "post"):
        item = one["item_info"]
        if not isinstance(item, dict) or word not in str(item["text"]):
            continue
        at = int(str(item["item_id"])) % HOW_MANY["item_group"]
        spu = [new_id("item_group", asked.account, at)]
        if not products or set(spu) & set(products):
            found.append(
                {
                    "item_id": item["item_id"],
                    "text": item["text"],
                    "spu_id_list": spu,
                    "can_change_anchor": True,
                    "identity_info": None,
                    "video_info": one["video_info"],
                }
            )
    return found


@kind("gmv_max_campaign", documented="gmv_max_campaign", ids="gmv_max_campaign", grow=those_of_reports)
def gmv_max_campaign(world: World, owner: Owner, asset: Asset) -> Json:
    number, live = asset.number, asset.number == OF_LIVES
    deleted = number == DELETED
    return {
        "advertiser_id": owner.id,
        "campaign_id": asset.id,
        "campaign_name": asset.name,
        "operation_status": "DISABLE" if deleted else "ENABLE",
        "create_time": stamp(asset.created + timedelta(hours=number)),
        "modify_time": stamp(asset.modified(world.now()) + timedelta(hours=number)),
        "objective_type": "PRODUCT_SALES",
        "secondary_status": "CAMPAIGN_STATUS_DELETE" if deleted else "CAMPAIGN_STATUS_ENABLE",
        "roi_protection_compensation_status": "IN_EFFECT",
        "store_id": new_id("store", owner, number % 2),
        "store_authorized_bc_id": center_id(world, owner),
        "shopping_ads_type": "LIVE" if live else "PRODUCT",
        "product_specific_type": None if live else "ALL",
        "item_group_ids": None,
        "optimization_goal": "VALUE",
        "roi_protection_enabled": True,
        "deep_bid_type": "VO_MIN_ROAS",
        "roas_bid": 2.5,
        "budget": 100.5,
        "promotion_days": {"is_enabled": False, "auto_schedule_enabled": False},
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": stamp(asset.created),
        "placements": ["PLACEMENT_TIKTOK"],
        "location_ids": ["6252001"],
        "age_groups": ["AGE_18_24", "AGE_25_34"],
        "identity_list": [{"identity_id": new_id("identity", owner, 0), "identity_type": "TTS_TT"}],
        "affiliate_posts_enabled": True,
    }


def _listed_fields() -> set[str]:
    return {one.name for one in catalog().objects["gmv_max_campaign"].fields if "docs" in one.source}


@serves("gmv_max/campaign/get")
def gmv_max_campaigns(asked: Asked) -> list[Json]:
    """A short set of fields; what is deleted comes only when asked for."""
    filtering = asked.inside()
    types, ids, shops = (
        filtering.texts(name) for name in ("gmv_max_promotion_types", "campaign_ids", "store_ids")
    )
    status, name = filtering.text("primary_status"), filtering.text("campaign_name")
    first, last = (filtering.text(f"creation_filter_{end}_time") for end in ("start", "end"))
    for moment in (first, last):
        if moment:
            read.moment(moment, "filtering.creation_filter_time")
    listed = _listed_fields()
    found: list[Json] = []
    for one in rows(asked.world, asked.account, "gmv_max_campaign"):
        type_ = LIVES if one["shopping_ads_type"] == "LIVE" else PRODUCTS
        deleted = one["secondary_status"] == "CAMPAIGN_STATUS_DELETE"
        if (
            type_ in types
            and (not ids or one["campaign_id"] in ids)
            and (not shops or one["store_id"] in shops)
            and name in str(one["campaign_name"])
            and _has_status(status, deleted=deleted)
            and (not first or str(one["create_time"]) >= first)
            and (not last or str(one["create_time"]) <= last)
        ):
            found.append({key: value for key, value in one.items() if key in listed})
    return found[::-1]


def _has_status(status: str, *, deleted: bool) -> bool:
    return deleted if status == "STATUS_DELETE" else not deleted and status != "STATUS_DISABLE"


def _campaign(asked: Asked) -> Json:
    wanted = asked.text("campaign_id")
    found = rows(asked.world, asked.account, "gmv_max_campaign")
    picked = [one for one in found if one["campaign_id"] == wanted]
    if not picked:
        raise wrong("campaign_id: The GMV Max campaign does not exist.")
    return picked[0]


@serves("campaign/gmv_max/info")
def gmv_max_info(asked: Asked) -> Json:
    return _campaign(asked)


@serves("campaign/gmv_max/session/list")
def gmv_max_sessions(asked: Asked) -> list[Json]:
    one = _campaign(asked)
    if one["shopping_ads_type"] == "LIVE":
        return []
    number = int(str(one["campaign_id"]))
    return [
        {
            "session_id": str(number + 7 * (at + 1)),
            "campaign_id": one["campaign_id"],
            "store_id": one["store_id"],
            "product_list": [{"spu_id": new_id("item_group", asked.account, at)}],
            "bid_type": "VO_MIN_ROAS",
            "roas_bid": 2.5,
            "budget": 20.25,
            "schedule_start_time": one["schedule_start_time"],
        }
        for at in range(2)
    ]
