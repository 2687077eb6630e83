"""What each day of a report added up to, written down whenever that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import pyarrow as pa

from tiktok_ads.load.scope import days_of, table_of
from tiktok_ads.load.sql import folded, listed, quoted, text
from tiktok_ads.load.staging import Staged
from tiktok_ads.load.work import Work
from tiktok_ads.plan import Window

_MONEY, _COUNT = pa.decimal128(38, 6), pa.int64()
_SUMMED = {"spend": _MONEY, "impressions": _COUNT, "clicks": _COUNT, "conversion": _COUNT}
_SUMS = pa.schema(
    [
        ("table_name", pa.string()),
        ("advertiser_id", pa.string()),
        ("stat_time_day", pa.date32()),
        ("run_id", pa.string()),
        ("synced_at", pa.timestamp("us")),
        ("rows", pa.int64()),
        *_SUMMED.items(),
    ]
)
_MOST = 2**63 - 1
_WHOLE = pa.decimal128(38, 0)
Day = tuple[str, date]
Added = tuple[Decimal | int | None, ...]
"""Rows of a day, then its sums in the order of `_SUMMED`; None where the table has no such number."""


def append_sums(work: Work) -> None:
    """Append to `_daily_sums` the days of the scope whose sums differ from the newest written down.

    A day that became empty is written with zeros; one that never had rows is not written at all. Of a table
    that merges, or of which only some objects came, what stands in the table is added up, else what came.
    """
    spec = work.staged.spec
    if spec.day_column is None:
        return
    is_part = spec.method == "merge" or any(load.slice.only for load in work.staged.loads)
    now = _in_table(work) if is_part else _in_stage(work.staged)
    before = _written(work)
    columns = {folded(name) for name in work.held.columns}
    empty: Added = (0, *(0 if name in columns else None for name in _SUMMED))
    rows = [
        (work.held.name, *day, work.run_id, work.at, *now.get(day, empty))
        for day in sorted(now.keys() | before.keys())
        if now.get(day, empty) != before.get(day)
    ]
    if not rows:
        return
    work.db.hold("new_sums", table_of(rows, _SUMS))
    names = listed(_SUMS.names)
    work.db.run(f"INSERT INTO {quoted(work.db.schema)}._daily_sums ({names}) SELECT {names} FROM new_sums")
    work.db.let_go("new_sums")


def _in_stage(staged: Staged) -> dict[Day, Added]:
    rows, spec = staged.rows, staged.spec
    day = days_of(rows[spec.day_column])
    arrived = {folded(name): name for name in rows.column_names}
    columns = {"owner": rows[spec.owner_column], "day": day}
    for name, kind in _SUMMED.items():
        if name in arrived:
            columns[name] = _as_numbers(rows[arrived[name]], kind)
    summed = [name for name in _SUMMED if name in columns]
    grouped = (
        pa.table(columns)
        .group_by(["owner", "day"], use_threads=False)
        .aggregate([([], "count_all"), *((name, "sum") for name in summed)])
    )
    found: dict[Day, Added] = {}
    for row in grouped.to_pylist():
        sums = (_fitting(row.get(f"{name}_sum"), kind) for name, kind in _SUMMED.items())
        found[row["owner"], row["day"]] = (row["count_all"], *sums)
    return found


def _as_numbers(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Exact numbers wide enough to be added up; blank where a value is none."""
    target = _MONEY if kind == _MONEY else _WHOLE
    types = pa.types
    if types.is_integer(values.type) and kind == _COUNT:
        return values.cast(pa.decimal128(20, 0)).cast(target)
    if types.is_decimal(values.type) and values.type.scale <= target.scale and kind == _MONEY:
        return values.cast(target)
    numbers = [_number(value, target) for value in values.to_pylist()]
    return pa.chunked_array([pa.array(numbers, target)])


def _number(value: object, target: pa.DataType) -> Decimal | None:
    if value is None or isinstance(value, list | dict):
        return None
    try:
        number = Decimal(str(value))
        return number.quantize(Decimal(1).scaleb(-target.scale)) if number.is_finite() else None
    except InvalidOperation:
        return None


def _fitting(value: Decimal | None, kind: pa.DataType) -> Decimal | int | None:
    if value is None or kind == _MONEY:
        return value
    return int(value) if abs(value) <= _MOST else None


def _in_table(work: Work) -> dict[Day, Added]:
    present = {folded(name): name for name in work.held.columns}
    sums = [
        f"sum({work.db.as_number(f't.{quoted(present[name])}', work.held.columns[present[name]])})"
        if name in present
        else "NULL"
        for name in _SUMMED
    ]
    day = work.day_of("t")
    rows = work.db.run(
        f"SELECT t.{work.owner}, {day}, count(*), {', '.join(sums)} FROM {work.in_days} "
        f"GROUP BY t.{work.owner}, {day}"
    )
    return _by_day(rows)


def _written(work: Work) -> dict[Day, Added]:
    """The newest written down of each day of these loads' windows."""
    windows: dict[str, list[Window]] = {}
    for load in work.staged.loads:
        for owner in load.advertiser_ids:
            windows.setdefault(owner, []).extend([load.slice.window] if load.slice.window else [])
    every = [window for spans in windows.values() for window in spans]
    first, last = min(window.first for window in every), max(window.last for window in every)
    rows = work.db.run(
        f"SELECT advertiser_id, stat_time_day, rows, {', '.join(_SUMMED)} "
        f"FROM {quoted(work.db.schema)}._daily_sums WHERE table_name = {text(work.held.name)} "
        f"AND advertiser_id IN ({', '.join(map(text, windows))}) "
        f"AND stat_time_day BETWEEN DATE '{first}' AND DATE '{last}' ORDER BY {work.db.order_of_writing}"
    )
    # Of several for one day the newest comes last, and it stays.
    return {
        (owner, day): sums
        for (owner, day), sums in _by_day(rows).items()
        if any(day in window for window in windows[owner])
    }


def _by_day(rows: Sequence[tuple[object, ...]]) -> dict[Day, Added]:
    found: dict[Day, Added] = {}
    for owner, day, *numbers in rows:
        if not isinstance(day, date):
            raise TypeError(f"no day: {day!r}")
        counted = (None if one is None else Decimal(str(one)) for one in numbers)
        sums = zip((_COUNT, *_SUMMED.values()), counted, strict=True)
        found[str(owner), day] = tuple(_fitting(number, kind) for kind, number in sums)
    return found
