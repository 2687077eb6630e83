"""What a true copy of the world holds by now, computed without paging, cut or statuses."""

from __future__ import annotations

from datetime import date

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.lists import listed
from tiktok_ads.simulator.numbers import AT
from tiktok_ads.simulator.report_query import DATA_LEVELS, Filters, Query
from tiktok_ads.simulator.report_rows import result
from tiktok_ads.simulator.world import Advertiser, World

LEVEL_OF: dict[str, Level] = {"campaigns": "campaign", "adgroups": "adgroup", "ads": "ad"}
EVERY_BUYING_TYPE = ("AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW")


def entity_truth(world: World, advertiser: Advertiser, table: str) -> dict[str, object]:
    """The ids that lists show with all statuses and buying types; Promote objects apart."""
    now, level = world.now(), LEVEL_OF[table]
    items = listed(world, advertiser, level)
    usual = [item for item in items if item.origin != "PROMOTE"]
    return {
        "ids": sorted(item.id for item in usual),
        "deleted_ids": sorted(item.id for item in usual if item.is_deleted(now)),
        "promote_ids": sorted(item.id for item in items if item.origin == "PROMOTE"),
        "names": {item.id: item.shown_name(now) for item in usual},
    }


def report_truth(
    world: World, advertiser: Advertiser, table: str, *, first: date, last: date
) -> dict[str, object]:
    """Rows, spend in cents, impressions, clicks and conversions: by day and in all, TopView included."""
    stream = catalog().reports[table]
    query = Query(
        advertiser_ids=(advertiser.id,),
        several=False,
        report_type=stream.report_type,
        level=DATA_LEVELS[stream.data_level],
        dimensions=stream.dimensions,
        metrics=("spend",),
        first=first,
        last=last,
        filters=Filters(status=("STATUS_ALL",), buying_types=EVERY_BUYING_TYPE),
    )
    at = list(stream.dimensions).index("stat_time_day")
    days: dict[str, dict[str, int]] = {}
    whole = dict.fromkeys(("rows", *SUMMED), 0)
    for row in result(world, query, cut_above=None).rows:
        day = days.setdefault(row.values[at][:10], dict.fromkeys(("rows", *SUMMED), 0))
        for sums in (day, whole):
            sums["rows"] += 1
            for name in SUMMED:
                sums[name] += row.numbers[AT[name]]
    gmv_max = sum(
        world.gmv_max_cents(advertiser, date.fromordinal(n))
        for n in range(first.toordinal(), last.toordinal() + 1)
    )
    return {"total": whole, "days": days, "gmv_max_cents": gmv_max}


SUMMED = ("spend_cents", "impressions", "clicks", "conversion")
