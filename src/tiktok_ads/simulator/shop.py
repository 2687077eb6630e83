"""GMV Max spend, which stands in the TT_SHOP report and in no other."""

from __future__ import annotations

from datetime import date, timedelta

from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.world import Advertiser, World

FIRST_SHOP_CAMPAIGN = 1_805_000_000_000_000_000


def shop_rows(world: World, query: Query) -> list[dict[str, dict[str, str]]]:
    advertiser = world.advertisers[query.advertiser_ids[0]]
    daily = "stat_time_day" in query.dimensions
    cents: dict[str, int] = {}
    for day in _days(advertiser, query, world):
        label = f"{day.isoformat()} 00:00:00" if daily else ""
        cents[label] = cents.get(label, 0) + world.gmv_max_cents(advertiser, day)
    named = {
        "advertiser_id": advertiser.id,
        "campaign_id": str(FIRST_SHOP_CAMPAIGN + advertiser.number),
        "country_code": advertiser.place.countries[0],
    }
    rows = []
    for label, amount in cents.items():
        if amount:
            money = f"{amount // 100}.{amount % 100:02d}"
            rows.append(
                {
                    "dimensions": {name: named.get(name, label) for name in query.dimensions},
                    "metrics": dict.fromkeys(query.metrics, money),
                }
            )
    return rows


def _days(advertiser: Advertiser, query: Query, world: World) -> list[date]:
    first, last = max(query.first, advertiser.registered.date()), min(query.last, world.today(advertiser))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
