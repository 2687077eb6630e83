"""What a true copy of the world holds by now, computed without paging, cut or statuses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import Filter
from tiktok_ads.simulator.centers import centers
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.lists import listed
from tiktok_ads.simulator.numbers import AT, ZERO, Numbers
from tiktok_ads.simulator.report_filters import USUAL_BUYING_TYPES, Asked, filters
from tiktok_ads.simulator.report_json import Spelling
from tiktok_ads.simulator.report_query import DATA_LEVELS, Query
from tiktok_ads.simulator.report_rows import result
from tiktok_ads.simulator.shop import shop_rows
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
    """Rows, spend in cents, impressions, clicks and conversions: by day and in all.

    TopView is included, unless the table has a filter of its own; days of a report without days are "".

    Raises:
        ValueError: it has an endpoint of its own, whose rows have other numbers; or a Business Center's.
    """
    stream = catalog().reports[table]
    if stream.endpoint != "report/integrated/get" or stream.owner != "advertiser":
        raise ValueError(f"sums of {table} are not kept; ask for all its rows")
    query = _query(
        world,
        advertiser_ids=(advertiser.id,),
        report_type=stream.report_type,
        data_level=stream.data_level,
        dimensions=stream.dimensions,
        metrics=("spend",),
        first=first,
        last=last,
        lifetime=stream.lifetime,
        filtering=as_sent(stream.filters),
    )
    times = [at for at, name in enumerate(stream.dimensions) if name.startswith("stat_time_")]
    days: dict[str, dict[str, int]] = {}
    whole = dict.fromkeys(("rows", *SUMMED), 0)
    for values, numbers in _rows_of(world, query):
        label = values[times[0]][:10] if times else ""
        day = days.setdefault(label, dict.fromkeys(("rows", *SUMMED), 0))
        for sums in (day, whole):
            sums["rows"] += 1
            for name in SUMMED:
                sums[name] += numbers[AT[name]]
    gmv_max = sum(
        world.gmv_max_cents(advertiser, date.fromordinal(n))
        for n in range(first.toordinal(), last.toordinal() + 1)
    )
    return {"total": whole, "days": days, "gmv_max_cents": gmv_max}


def _rows_of(world: World, query: Query) -> Iterator[tuple[tuple[str, ...], Numbers]]:
    if query.report_type != "TT_SHOP":
        for row in result(world, query, cut_above=None).rows:
            yield row.values, row.numbers
        return
    for one in shop_rows(world, replace(query, metrics=("spend",))):
        numbers = list(ZERO)
        numbers[AT["spend_cents"]] = round(float(one["metrics"]["spend"]) * 100)
        yield tuple(one["dimensions"].values()), tuple(numbers)


def as_sent(chosen: Sequence[Filter]) -> list[dict[str, str]]:
    """Filters of a table in the form of a call."""
    return [
        {
            "field_name": one.field,
            "filter_type": one.type,
            "filter_value": one.value if isinstance(one.value, str) else json.dumps(one.value),
        }
        for one in chosen
    ]


def true_rows(
    world: World,
    *,
    advertiser_ids: Sequence[str] = (),
    report_type: str = "BASIC",
    data_level: str | None = None,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    first: date | None = None,
    last: date | None = None,
    lifetime: bool = False,
    filtering: Sequence[object] = (),
    bc_id: str = "",
) -> list[dict[str, str]]:
    """Any integrated report straight from the world: no rules, no pages, no cut, all metrics at once.

    All statuses and buying types count, unless `filtering` (in the API's form) says otherwise. Values are
    texts as the API spells them, each row with the `advertiser_id` that it belongs to; those of a Business
    Center have its `bc_id`.
    """
    made = []
    if bc_id:
        query = _query(
            world,
            advertiser_ids=[one.id for one in centers(world)[bc_id].advertisers],
            report_type="BC",
            data_level=None,
            dimensions=dimensions,
            metrics=metrics,
            first=first,
            last=last,
            lifetime=lifetime,
            filtering=filtering,
        )
        query = replace(query, bc_id=bc_id, filters=replace(query.filters, buying_types=USUAL_BUYING_TYPES))
        found = result(world, query, cut_above=None).rows
        rows = msgspec.json.decode(Spelling(world).rows(query, found))
        return [{"bc_id": bc_id, **row["metrics"], **row["dimensions"]} for row in rows]
    for one in advertiser_ids:
        query = _query(
            world,
            advertiser_ids=(one,),
            report_type=report_type,
            data_level=data_level,
            dimensions=dimensions,
            metrics=metrics,
            first=first,
            last=last,
            lifetime=lifetime,
            filtering=filtering,
        )
        if report_type == "TT_SHOP":
            rows = list(shop_rows(world, query))
        else:
            found = result(world, query, cut_above=None).rows
            rows = msgspec.json.decode(Spelling(world).rows(query, found))
        made += [{"advertiser_id": one, **row["metrics"], **row["dimensions"]} for row in rows]
    return made


def _query(
    world: World,
    *,
    advertiser_ids: Sequence[str],
    report_type: str,
    data_level: str | None,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    first: date | None,
    last: date | None,
    lifetime: bool,
    filtering: Sequence[object],
) -> Query:
    level = DATA_LEVELS[data_level] if data_level else None
    asked = Asked(report_type, level, tuple(dimensions), asynchronous=False)
    made = filters({"filtering": list(filtering)} if filtering else {}, asked)
    named = {one["field_name"] for one in filtering if isinstance(one, dict)}
    if not any(str(name).endswith("_status") for name in named):
        made = replace(made, status=("STATUS_ALL",))
    if "buying_type" not in named:
        made = replace(made, buying_types=EVERY_BUYING_TYPE)
    advertisers = [world.advertisers[one] for one in advertiser_ids]
    oldest = min(a.registered.date() for a in advertisers) - timedelta(days=1)
    return Query(
        advertiser_ids=tuple(advertiser_ids),
        several=False,
        report_type=report_type,
        level=level,
        dimensions=tuple(dimensions),
        metrics=tuple(metrics),
        first=oldest if lifetime or first is None else first,
        last=max(world.today(a) for a in advertisers) if lifetime or last is None else last,
        filters=made,
        lifetime=lifetime,
    )


SUMMED = ("spend_cents", "impressions", "clicks", "conversion")
