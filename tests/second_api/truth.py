"""What a complete and current copy of the small world holds, table by table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tests.second_api.entities import advertiser_row, thing_row
from tests.second_api.facts import TABLES
from tests.second_api.reports import cut_of, group, spell
from tests.second_api.world import World

KINDS = {"campaigns": "campaign", "adgroups": "adgroup", "ads": "ad"}
Row = dict[str, object]


def rows_of(world: World, clock: datetime, table: str, advertisers: Iterable[str]) -> list[Row]:
    """The rows that a table must hold at `clock`, values as on the wire; reports with their true parents.

    Entities carry `is_deleted`; report rows carry `advertiser_id` and `_blank_parents`.
    """
    chosen = list(advertisers)
    if table == "advertisers":
        return [advertiser_row(world.accounts[a]) for a in chosen]
    if table in KINDS:
        return [
            thing_row(world, thing) | {"is_deleted": bool(world.is_deleted(thing)) or thing.gone}
            for thing in world.things(KINDS[table]).values()
            if thing.advertiser_id in chosen
        ]
    return [row for advertiser_id in chosen for row in _report(world, clock, table, advertiser_id)]


def _report(world: World, clock: datetime, table: str, advertiser_id: str) -> Iterable[Row]:
    spec, today = TABLES[table], world.accounts[advertiser_id].local_day(clock)
    cut = cut_of(spec.dimensions)
    chosen = [f for f in world.facts if f.cut == cut and f.advertiser_id == advertiser_id and f.day <= today]
    for at in group(world, chosen, list(spec.dimensions), advertiser_id):
        row = spell(world, at, spec.metrics, bare_days=False)
        flat: Row = {**row["metrics"], **row["dimensions"], "advertiser_id": advertiser_id}
        if at.thing is not None:
            flat["campaign_id"] = at.thing.campaign_id
            if at.thing.kind == "ad":
                flat["adgroup_id"] = at.thing.adgroup_id
        flat["_blank_parents"] = at.blank_parents
        yield flat


def daily_sums(rows: Iterable[Row]) -> dict[tuple[str, str], tuple[Decimal, int, int]]:
    """(advertiser, day) → spend, impressions, clicks."""
    sums: dict[tuple[str, str], tuple[Decimal, int, int]] = {}
    for row in rows:
        key = (str(row["advertiser_id"]), str(row["stat_time_day"])[:10])
        spend, impressions, clicks = sums.get(key, (Decimal(0), 0, 0))
        sums[key] = (
            spend + Decimal(str(row["spend"])),
            impressions + int(str(row["impressions"])),
            clicks + int(str(row["clicks"])),
        )
    return sums
