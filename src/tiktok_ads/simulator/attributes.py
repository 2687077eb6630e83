"""What report rows repeat of their advertiser, campaign, ad group and ad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.world import Advertiser


def attributes(advertiser: Advertiser, item: Item | None, now: datetime) -> dict[str, str]:
    """Every attribute that has a value at this item's level."""
    known = {
        "advertiser_id": advertiser.id,
        "advertiser_name": advertiser.name,
        "currency": advertiser.place.currency,
    }
    if item is None:
        return known
    chain = {of.level: of for of in (item, *item.parents)}
    for level, of in chain.items():
        known[f"{level}_id"] = of.id
        known[f"{level}_name"] = of.shown_name(now)
    top_view = item.buying_type == "RESERVATION_TOP_VIEW"
    app = item.objective == "APP_PROMOTION"
    known |= {
        "campaign_automation_type": item.automation,
        "objective_type": item.objective,
        "split_test": "0",
        "campaign_budget": f"{50 + chain['campaign'].number}.00",
        "campaign_dedicate_type": "REGULAR_CAMPAIGN",
        "app_promotion_type": "APP_INSTALL" if app else "UNSET",
        "rf_campaign_type": "TOPVIEW" if top_view else "-",
    }
    if "adgroup" in chain:
        known |= {
            "placement_type": "PLACEMENT_TYPE_NORMAL"
            if chain["adgroup"].number % 2
            else "PLACEMENT_TYPE_AUTOMATIC",
            "promotion_type": "APP" if app else "WEBSITE",
            "opt_status": "0",
            "budget": "20.25",
            "smart_target": "CLICK",
            "billing_event": "CPC",
            "pricing_category": "CPC",
            "bid_strategy": "BID_STRATEGY_COST_CAP",
            "bid": "0.55",
            "tt_app_id": "7123456789012345678" if app else "-",
            "tt_app_name": "An app" if app else "-",
            "mobile_app_id": "com.example.app" if app else "-",
        }
    if "ad" in chain:
        known |= {
            "ad_text": f"Text {item.number} 👟 “today”",
            "call_to_action": "SHOP_NOW",
            "image_mode": "SINGLE_VIDEO",
            "is_smart_creative": "0",
        }
    return known


def fragment(known: dict[str, str], names: Sequence[str]) -> bytes:
    """`"name":"value"` for each name, as JSON without the braces; "-" for what is not set."""
    return msgspec.json.encode({name: known.get(name, "-") for name in names})[1:-1]


# Attributes of which an Upgraded Smart+ ad has several values, under the name with `_list`.
IN_LISTS = ("ad_text", "call_to_action", "ad_profile_image", "ad_url", "image_mode", "profile_image")


def fragment_with_lists(known: dict[str, str], names: Sequence[str]) -> bytes:
    """The same for a whole Upgraded Smart+ ad: some values come as lists, under other names."""
    shown: dict[str, object] = {}
    for name in names:
        value = known.get(name, "-")
        if name in IN_LISTS:
            shown[f"{name}_list"] = [] if value == "-" else [value, f"{value} (2)"]
        else:
            shown[name] = value
    return msgspec.json.encode(shown)[1:-1]


def of_values(dimensions: Sequence[str], values: Sequence[str], names: Sequence[str]) -> bytes:
    """What tells more about the value of a breakdown: the name of a brand, the kind of a behaviour."""
    by_name = dict(zip(dimensions, values, strict=True))
    behavior = by_name.get("behavior_id", "")
    known = {
        "device_brand_name": f"Brand {by_name.get('device_brand_id', '')}",
        "behavior_name": f"Behaviour «{behavior}» & more",
        "action_category": "VIDEO" if behavior.endswith(("1", "3")) else "CREATOR",
        "action_scene": "VIDEO_RELATED",
        "user_action": "WATCHED_TO_END",
        "action_period": "15",
    }
    return fragment(known, names)
