"""How counts and attributes are spelled in report rows: every value a string, "-" where there is none."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tests.second_api.facts import METRICS
from tests.second_api.world import COUNTED, Counts, Thing, World

# metric → numerator, denominator, factor
_RATES: dict[str, tuple[str, str, int]] = {
    "ctr": ("clicks", "impressions", 100),
    "cpc": ("spend", "clicks", 1),
    "cpm": ("spend", "impressions", 1000),
    "cost_per_1000_reached": ("spend", "reach", 1000),
    "frequency": ("impressions", "reach", 1),
    "profile_visits_rate": ("profile_visits", "impressions", 100),
    "conversion_rate": ("conversion", "clicks", 100),
    "real_time_conversion_rate": ("real_time_conversion", "clicks", 100),
    "conversion_rate_v2": ("conversion", "clicks", 100),
    "real_time_conversion_rate_v2": ("real_time_conversion", "clicks", 100),
    "result_rate": ("result", "impressions", 100),
    "real_time_result_rate": ("real_time_result", "impressions", 100),
    "cost_per_conversion": ("spend", "conversion", 1),
    "real_time_cost_per_conversion": ("spend", "real_time_conversion", 1),
    "cost_per_result": ("spend", "result", 1),
    "real_time_cost_per_result": ("spend", "real_time_result", 1),
    "average_video_play": ("video_watched_6s", "video_play_actions", 6),
    "average_video_play_per_user": ("video_watched_6s", "reach", 6),
}
_CENT = Decimal("0.01")


def money(cents: int) -> str:
    return str((Decimal(cents) / 100).quantize(_CENT))


def number(name: str, counts: Counts) -> str:
    """A metric's wire text. Some counts come with a decimal part, as the documentation's own sample does."""
    if name.startswith(("secondary_goal", "cost_per_secondary_goal")):
        return "-"
    if name == "spend":
        return money(counts["spend"])
    if name in COUNTED:
        value = counts[name]
        return f"{value}.0" if name in ("result", "video_watched_2s") and value % 3 == 1 else str(value)
    if name in _RATES:
        above, below, factor = _RATES[name]
        if not counts[below]:
            return "0.00"
        whole = Decimal(counts[above]) / (100 if above == "spend" else 1)
        return str((whole * factor / counts[below]).quantize(_CENT, ROUND_HALF_UP))
    return {"int": "0", "decimal": "0.00", "percent": "0.00"}.get(METRICS[name].kind, "-")


def attribute(
    name: str, world: World, thing: Thing | None, advertiser_id: str, *, blank_parents: bool
) -> str:
    """An attribute's wire text; `thing` is the object of the row's ID dimension, None for the advertiser."""
    account = world.accounts[advertiser_id]
    of_account = {
        "advertiser_id": advertiser_id,
        "advertiser_name": account.name,
        "currency": account.currency,
    }
    if name in of_account:
        return of_account[name]
    if thing is None:
        return "-"
    campaign = world.campaigns[thing.campaign_id]
    group = world.adgroups.get(thing.adgroup_id)
    if name == "campaign_id":
        return "-" if blank_parents else thing.campaign_id
    if name == "adgroup_id":
        return "-" if blank_parents else thing.adgroup_id
    known: dict[str, object] = {
        "campaign_name": campaign.name,
        "adgroup_name": group.name if group else "-",
        "ad_name": thing.name,
        "ad_id": thing.key,
        "ad_text": thing.body.get("ad_text"),
        "objective_type": campaign.body.get("objective_type"),
        "campaign_budget": f"{campaign.body.get('budget', 0):.2f}",
        "campaign_automation_type": campaign.automation,
        "campaign_dedicate_type": "Regular campaign",
        "split_test": "False",
        "rf_campaign_type": campaign.body.get("rf_campaign_type"),
        "app_promotion_type": "UNSET",
        "placement_type": "Select Placement",
        "promotion_type": "Website",
        "opt_status": thing.body.get("operation_status"),
        "budget": f"{group.body.get('budget', 0):.2f}" if group else "-",
        "bid": "0.35",
        "billing_event": "CPC",
        "is_smart_creative": "False",
        "call_to_action": "Learn more",
        "tt_app_id": "0",
        "mobile_app_id": "0",
    }
    value = known.get(name)
    return "-" if value is None or value == "" else str(value)
