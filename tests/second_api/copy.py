"""What a destination holds, held against the truth cell by cell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.second_api.facts import ENTITY_FIELDS, METRICS, TABLES
from tests.second_api.truth import KINDS, Row

ENTITY_KEYS = {
    "advertisers": "advertiser_id",
    "campaigns": "campaign_id",
    "adgroups": "adgroup_id",
    "ads": "ad_id",
}
TABLE_NAMES = (*ENTITY_KEYS, *TABLES)


def rows_in(file: Path, table: str) -> list[Row]:
    """All rows of a table in the schema `tiktok_ads`."""
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        found = connection.execute(f'SELECT * FROM tiktok_ads."{table}"')
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def content(file: Path) -> dict[str, Counter[str]]:
    """Every table's rows without the columns that tell of the run: equal if nothing changed."""
    return {
        table: Counter(
            repr({k: v for k, v in row.items() if k not in ("_synced_at", "_run_id")})
            for row in rows_in(file, table)
        )
        for table in TABLE_NAMES
    }


def differences(file: Path, table: str, truth: Iterable[Row]) -> list[str]:
    """What the table has wrong, in words; nothing if it equals the truth."""
    key = [ENTITY_KEYS[table]] if table in ENTITY_KEYS else ["advertiser_id", *TABLES[table].dimensions]
    wanted = {_key(row, key): row for row in truth}
    rows = rows_in(file, table)
    found = {_key(row, key): row for row in rows}
    wrong = [f"{table}: missing {one}" for one in wanted.keys() - found.keys()]
    wrong += [f"{table}: not in the truth {one}" for one in found.keys() - wanted.keys()]
    if len(found) != len(rows):
        wrong.append(f"{table}: {len(rows) - len(found)} rows stand twice")
    kinds = _kinds(table)
    for one in wanted.keys() & found.keys():
        for name, kind in kinds.items():
            value = wanted[one].get(name)
            # "-" is a blank in reports, but not where somebody may have typed it.
            if value == "-" and table in TABLES and not name.endswith(("name", "ad_text")):
                value = None
            expected, got = _expected(value, name, kind), _got(found[one].get(name), kind)
            if name not in found[one]:
                wrong.append(f"{table}: no column {name}")
            elif expected != got:
                wrong.append(f"{table} {one} {name}: {got!r} for {wanted[one].get(name)!r}")
        wrong += _entity_differences(table, one, wanted[one], found[one])
    return sorted(set(wrong))


def daily_sums_in(file: Path, table: str) -> dict[tuple[str, str], tuple[Decimal, int, int]]:
    """(advertiser, day) → spend, impressions, clicks, summed by the database."""
    with closing(duckdb.connect(str(file), read_only=True)) as connection:
        found = connection.execute(
            "SELECT advertiser_id, stat_time_day, sum(spend), sum(impressions), sum(clicks) "
            f'FROM tiktok_ads."{table}" GROUP BY ALL'
        ).fetchall()
    return {
        (a, str(day)[:10]): (Decimal(spend), int(seen), int(clicks)) for a, day, spend, seen, clicks in found
    }


def _kinds(table: str) -> dict[str, str]:
    if table in TABLES:
        spec = TABLES[table]
        return {"campaign_id": "string", **{name: METRICS[name].kind for name in spec.metrics}}
    kind = KINDS.get(table, "advertiser")
    return {name: declared for name, declared in ENTITY_FIELDS[kind].items() if declared in _SCALARS}


_SCALARS = {"string", "datetime", "integer", "integer64", "number", "boolean"}


def _entity_differences(table: str, key: object, wanted: Row, found: Row) -> list[str]:
    wrong = []
    if "is_deleted" in wanted and found.get("is_deleted") is not wanted["is_deleted"]:
        wrong.append(f"{table} {key} is_deleted: {found.get('is_deleted')}")
    for name, value in wanted.items():
        if isinstance(value, (list, dict)):
            # A field that is in no reference may stand in a column of its own or in the column for such.
            place = found[name] if name in found else json.loads(str(found.get("_extra") or "{}")).get(name)
            got = json.loads(place) if isinstance(place, str) else place
            if _reduced(got) != _reduced(value):
                wrong.append(f"{table} {key} {name}: {got!r} for {value!r}")
    return wrong


def _reduced(value: object) -> object:
    """Parts without a value taken out, so that a struct equals the object that it was made from."""
    if isinstance(value, Mapping):
        return {k: _reduced(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_reduced(v) for v in value]
    return value


def _key(row: Row, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(_blank(str(row[n])[:10] if n.startswith("stat_time") else row[n]) for n in names)


def _blank(value: object) -> object:
    return None if value in ("", "-") else value


def _expected(value: object, name: str, kind: str) -> object:
    if value in (None, ""):
        return None
    if name == "create_time" and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).replace(tzinfo=None)
    if kind == "integer64":
        # Ids that come as numbers are ids all the same: text.
        return str(value)
    if kind in ("int", "integer", "decimal", "percent", "number"):
        return Decimal(str(value)).normalize()
    if kind == "boolean":
        return bool(value)
    if kind == "datetime":
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S")
    return str(value).lower() if str(value) in ("True", "False") else str(value)


def _got(value: object, kind: str) -> object:
    if isinstance(value, bool):
        return value if kind == "boolean" else str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value)).normalize()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else str(value).lower() if value in ("True", "False") else value
