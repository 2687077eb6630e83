"""GMV Max spend as the TT_SHOP report shows it; it stands in no other integrated report."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.shop_world import COLUMN, sold
from tiktok_ads.simulator.world import World

# Billed cost is known from that day on.
BILLED_SINCE = date(2023, 9, 1)


def shop_rows(world: World, query: Query) -> list[dict[str, dict[str, str]]]:
    """Rows in the order asked for; deleted campaigns count."""
    advertiser = world.advertisers[query.advertiser_ids[0]]
    cents: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for one in sold(world, advertiser, query.first, query.last):
        named = {
            "advertiser_id": advertiser.id,
            "campaign_id": one.campaign.id,
            "country_code": one.campaign.country,
            "stat_time_day": f"{one.day.isoformat()} 00:00:00",
        }
        amounts = cents[tuple(named[name] for name in query.dimensions)]
        amounts[0] += one.numbers[COLUMN["cost_cents"]]
        amounts[1] += one.numbers[COLUMN["net_cents"]] if one.day >= BILLED_SINCE else 0
    rows = [
        {
            "dimensions": dict(zip(query.dimensions, key, strict=True)),
            "metrics": {name: money(amounts[name == "billed_cost"]) for name in query.metrics},
        }
        for key, amounts in cents.items()
        if amounts[0]
    ]
    if query.order_field in ("spend", "billed_cost"):
        rows.sort(
            key=lambda row: float(row["metrics"].get(query.order_field, "0")), reverse=not query.ascending
        )
    return rows


def shop_totals(query: Query, rows: list[dict[str, dict[str, str]]]) -> dict[str, str]:
    return {
        name: money(sum(round(float(row["metrics"][name]) * 100) for row in rows)) for name in query.metrics
    }


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
