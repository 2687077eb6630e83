"""How advertisers, campaigns, ad groups and ads look on the wire, with every documented field."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.simulator.belongings import HOW_MANY, Kind, belonging, video_of
from tiktok_ads.simulator.items import Item, Level
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.world import Advertiser, World

TABLES: dict[Level, str] = {"campaign": "campaigns", "adgroup": "adgroups", "ad": "ads"}
CONNECTORS = {"airbyte", "singer"}
ONLY_SOMETIMES = {"campaign_system_origin", "budget_optimize_on", "company_name_editable", "owner_bc_id"}
IDENTITY_TYPES = ("CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT")
# A boosted post comes back with a short set of fields only.
PROMOTE_FIELDS = {
    "advertiser_id",
    "campaign_id",
    "campaign_name",
    "campaign_system_origin",
    "adgroup_id",
    "adgroup_name",
    "ad_id",
    "ad_name",
    "create_time",
    "modify_time",
    "operation_status",
    "secondary_status",
    "objective_type",
    "budget",
    "budget_mode",
}


@cache
def documented(table: str) -> dict[str, Field]:
    """The fields that TikTok's own texts name; some in the catalog are known from other connectors alone."""
    fields = catalog().entities[table].fields
    return {f.name: f for f in fields if not set(f.source) <= CONNECTORS}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def filled(field: Field, number: int) -> object:
    """Some value of the field's kind, nested ones included."""
    wire = field.wire_type.removeprefix("array<").removesuffix(">")
    one: object
    if field.fields:
        one = {part.name: filled(part, number) for part in field.fields}
    elif field.kind == "bool":
        one = number % 2 == 0
    elif wire in ("integer64", "integer"):
        one = 7_300_000_000_000_000_000 + number
    elif wire == "number" or field.kind in ("count", "money", "ratio", "percent", "seconds"):
        one = number % 7 if field.kind == "count" else 0.25 + number % 40
    elif field.kind == "utc":
        one = "2026-01-02 03:04:05"
    elif field.kind == "id":
        one = str(7_200_000_000_000_000_000 + number)
    elif field.kind == "json":
        one = {"kept": [number, {"as": "it is"}]}
    else:
        one = f"{field.name.upper()}_{number % 3}" if field.kind == "text" else f'{field.name} "{number}" ✓'
    return [one, one] if field.is_list or field.wire_type.startswith("array") else one


def blank(field: Field, number: int) -> object:
    """What an unset field looks like: mostly null, sometimes the empty value of its kind."""
    if field.is_list:
        return [] if number % 3 == 0 else None
    if field.kind == "text":
        return (None, None, "", "UNSET")[(number + len(field.name)) % 4]
    return None


def advertiser_row(world: World, advertiser: Advertiser) -> dict[str, object]:
    place, number = advertiser.place, advertiser.number
    known: dict[str, object] = {
        "advertiser_id": advertiser.id,
        "name": advertiser.name,
        "status": "STATUS_ENABLE",
        "role": "ROLE_ADVERTISER",
        "timezone": place.old_zone,
        "display_timezone": place.zone,
        "company": f"Company {number}",
        "industry": "291905",
        "country": place.country,
        "advertiser_account_type": "AUCTION",
        "currency": place.currency,
        "contacter": "N****r",
        "email": "n***r@example.com",
        "cellphone_number": "+*********12",
        "telephone_number": "",
        "language": "" if number % 2 else "en",
        "license_url": f"https://example.com/license/{number}?expires={int(world.now().timestamp()) + 3600}",
        "balance": 1000.5 * number,
        "create_time": int(advertiser.registered.timestamp()),
        "can_use_custom_identity": True,
        "ads_only_mode": False,
    }
    return _whole("advertisers", known, number)


def item_row(world: World, advertiser: Advertiser, item: Item) -> dict[str, object]:
    """One row of campaign/get, adgroup/get or ad/get as of now."""
    now = world.now()
    known = _common(advertiser, item, now)
    if item.level == "campaign":
        known |= _campaign(item)
    elif item.level == "adgroup":
        known |= _adgroup(item, advertiser)
    else:
        known |= _ad(item, advertiser)
        if item.automation == "SMART_PLUS":
            known["modify_time"] = None
    known |= item.changes(now)
    if item.origin == "PROMOTE":
        known["campaign_system_origin"] = "PROMOTE"
        return {name: value for name, value in known.items() if name in PROMOTE_FIELDS}
    showcase = chance(7, world.seed, advertiser.number, len(item.level), item.number) == 0
    return _whole(TABLES[item.level], known, item.number, showcase=showcase)


def _whole(table: str, known: dict[str, object], number: int, *, showcase: bool = False) -> dict[str, object]:
    row: dict[str, object] = {}
    for name, field in documented(table).items():
        if name in known:
            row[name] = known[name]
        elif name not in ONLY_SOMETIMES:
            row[name] = filled(field, number) if showcase else blank(field, number)
    return row


def _common(advertiser: Advertiser, item: Item, now: datetime) -> dict[str, object]:
    known: dict[str, object] = {
        "advertiser_id": advertiser.id,
        f"{item.level}_id": item.id,
        f"{item.level}_name": item.shown_name(now),
        "create_time": stamp(item.created),
        "modify_time": stamp(item.modified(now)),
        "objective_type": item.objective,
        "operation_status": item.operation_status(now),
        "secondary_status": item.secondary_status(now),
        "is_new_structure": True,
        "is_smart_performance_campaign": item.automation == "SMART_PLUS",
        "app_promotion_type": "APP_INSTALL" if item.objective == "APP_PROMOTION" else None,
    }
    for parent in item.parents:
        known[f"{parent.level}_id"] = parent.id
        known[f"{parent.level}_name"] = parent.shown_name(now)
    return known


def _campaign(item: Item) -> dict[str, object]:
    known: dict[str, object] = {
        "campaign_type": "REGULAR_CAMPAIGN",
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": 50.0 + item.number,
        "roas_bid": 0,
        "is_search_campaign": False,
        "special_industries": ["HOUSING"] if item.number % 5 == 4 else [],
        "objective": "APP" if item.objective == "APP_PROMOTION" else "LANDING_PAGE",
        "rf_campaign_type": "STANDARD" if item.buying_type == "RESERVATION_RF" else None,
    }
    if item.number % 2:
        known["budget_optimize_on"] = True
    return known


def _adgroup(item: Item, advertiser: Advertiser) -> dict[str, object]:
    end = item.created + timedelta(days=3653)
    known: dict[str, object] = {}
    if item.objective == "APP_PROMOTION":
        known["app_id"] = belonging("app", advertiser, 0)
    # What lookups resolve: keywords, hashtags, split tests, and materials that TikTok mixes.
    if item.number % 5 == 1:
        known["interest_keyword_ids"] = [str(1_000 + item.number), "1001"]
        known["purchase_intention_keyword_ids"] = ["2001"]
    if item.number % 5 == 2:
        scenes = {"HASHTAG_RELATED": ["9001", "9002"], "VIDEO_RELATED": ["20100"]}
        known["actions"] = [
            {
                "action_scene": scene,
                "action_period": 15,
                "video_user_actions": None,
                "action_category_ids": chosen,
            }
            for scene, chosen in scenes.items()
        ]
    if item.number % 5 == 3:
        known["creative_material_mode"] = "SMART_CREATIVE"
    if item.number % 5 == 4:
        known["split_test_group_id"] = split_test_id(item)
        known["split_test_status"] = "ONGOING"
    if item.objective == "WEB_CONVERSIONS":
        known["pixel_id"] = _one("pixel", advertiser, item)
    return {
        "promotion_type": "WEBSITE",
        "placement_type": "PLACEMENT_TYPE_NORMAL" if item.number % 2 else "PLACEMENT_TYPE_AUTOMATIC",
        "placements": ["PLACEMENT_TIKTOK"] if item.number % 2 else None,
        "comment_disabled": False,
        "video_download_disabled": False,
        "location_ids": ["6252001", "2921044"],
        "languages": ["en", "de"],
        "gender": "GENDER_UNLIMITED",
        "age_groups": ["AGE_18_24", "AGE_25_34"],
        "audience_ids": [],
        "excluded_audience_ids": [],
        "interest_category_ids": [],
        "interest_keyword_ids": [],
        "operating_systems": [],
        "network_types": [],
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": 20.25,
        "scheduled_budget": 0,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": stamp(item.created),
        "schedule_end_time": stamp(end),
        "dayparting": "1" * 336,
        "optimization_goal": "CLICK",
        "secondary_optimization_event": "PURCHASE" if item.secondary_goal else None,
        "bid_price": 0.55,
        "conversion_bid_price": 0,
        "deep_cpa_bid": 0,
        "bid_type": "BID_TYPE_CUSTOM",
        "billing_event": "CPC",
        "pacing": "PACING_MODE_SMOOTH",
        "is_hfss": False,
        "creative_material_mode": "CUSTOM",
        "skip_learning_phase": item.number % 2,  # documented as a boolean, seen as 0 and 1
        **known,
    }


def _one(kind: Kind, advertiser: Advertiser, item: Item) -> str:
    """The asset of a kind that an object names."""
    return belonging(kind, advertiser, item.number % HOW_MANY[kind])


def video_id(serial_id: str) -> str:
    """The id of a video in ads and in the library; its material has a number instead."""
    return f"v10033g5{serial_id}"


def image_id(serial_id: str) -> str:
    return f"tos-simulator/{serial_id}"


def split_test_id(item: Item) -> str:
    """The split test that an ad group takes part in."""
    return "1806" + item.id[4:]


def _ad(item: Item, advertiser: Advertiser) -> dict[str, object]:
    return {
        "identity_id": _one("identity", advertiser, item),
        "identity_type": IDENTITY_TYPES[item.number % HOW_MANY["identity"]],
        "video_id": video_id(belonging("video", advertiser, video_of(item))),
        "image_ids": [image_id(_one("image", advertiser, item))],
        # Both come as JSON numbers, and both are larger than a float can hold.
        "page_id": int(_one("page", advertiser, item)) if item.number % 4 == 1 else None,
        "tracking_pixel_id": int(_one("pixel", advertiser, item)) if item.number % 2 else None,
        "ad_format": "SINGLE_VIDEO",
        "ad_text": f"Text {item.number} 👟 “today”",
        "ad_texts": None,
        "call_to_action": "SHOP_NOW",
        "landing_page_url": f"https://example.com/p/{item.number}?utm_source=a&b=ü",
        "utm_params": [{"key": "utm_source", "value": "tiktok"}],
        "creative_type": None,
        "creative_authorized": True,
        "is_aco": False,
        "profile_image_url": f"https://example.com/avatar/{item.number}?x-expires=1",
    }
