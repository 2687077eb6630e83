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
