"""The report of GMV Max spend (TT_SHOP), as far as one number per account goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tests.second_api.reports import Row
from tests.second_api.rules import json_list, only, whole, wrong
from tests.second_api.wire import money
from tests.second_api.world import World

PARAMS = {
    "advertiser_id",
    "report_type",
    "data_level",
    "dimensions",
    "metrics",
    "start_date",
    "end_date",
    "page",
    "page_size",
}


def shop_rows(world: World, advertiser_id: str, params: Mapping[str, str], today: date) -> list[Row]:
    """One row with the spend of the days asked for; none without spend. It takes no filters."""
    only(params, PARAMS)
    if params.get("data_level") != "AUCTION_ADVERTISER" or json_list(params, "dimensions") != [
        "advertiser_id"
    ]:
        raise wrong("TT_SHOP: only [advertiser_id] at AUCTION_ADVERTISER is served")
    metrics = json_list(params, "metrics")
    if not set(metrics) <= {"spend", "billed_cost"}:
        raise wrong("TT_SHOP: its metrics are spend and billed_cost")
    whole(params, "page", 1, 10**9)
    whole(params, "page_size", 10, 1000)
    try:
        first, last = (date.fromisoformat(params[name]) for name in ("start_date", "end_date"))
    except (KeyError, ValueError):
        raise wrong("start_date and end_date must be YYYY-MM-DD") from None
    if not first <= last <= today or (last - first).days >= 365:
        raise wrong("TT_SHOP: at most 365 days that have begun, in order")
    spend = sum(cents for day, cents in world.shop_spend.get(advertiser_id, []) if first <= day <= last)
    if not spend:
        return []
    return [{"dimensions": {"advertiser_id": advertiser_id}, "metrics": dict.fromkeys(metrics, money(spend))}]
