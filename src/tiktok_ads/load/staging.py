"""Loads of one table → one Arrow table: checked, numbered, ready to be compared with what is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.errors import LoadError
from tiktok_ads.load.columns import column_type, sql_type
from tiktok_ads.load.destination import Load, TableSpec
from tiktok_ads.load.scope import Marks, Span, days_of, scope_of
from tiktok_ads.load.sql import checked_names

ROW, LOAD, OLD = "_row", "_load", "_old"


@dataclass(frozen=True)
class Staged:
    """What came for one table in one commit, from loads that are alike.

    `rows` has, beside the columns, `_row` (its number) and `_load` (the number of its load in `loads`).
    `types` are the columns as a table keeps them. `scope` says what the loads stand for, see `scope_of`.
    """

    spec: TableSpec
    loads: tuple[Load, ...]
    rows: pa.Table
    types: dict[str, pa.DataType]
    scope: tuple[Span, ...]
    remove_missing: bool
    drop_deleted: bool


def alike(loads: Sequence[Load]) -> Iterable[tuple[list[int], list[Load]]]:
    """Loads that can be staged together, with their places in `loads`: same table, columns and handling.

    Entities come first, since reports take blank parents from them.
    """
    numbered = sorted(enumerate(loads), key=lambda one: (_handling(one[1]), one[0]))
    for _, group in groupby(numbered, key=lambda one: _handling(one[1])):
        members = list(group)
        yield [place for place, _ in members], [load for _, load in members]


def _handling(load: Load) -> tuple[object, ...]:
    columns = tuple((field.name, str(field.type)) for field in load.rows.schema)
    return (
        load.spec.kind,
        load.spec.name,
        load.remove_missing,
        load.drop_deleted,
        columns,
        load.spec.version,
    )


def stage(loads: Sequence[Load], marks: Marks, destination: str, *, max_name_bytes: int) -> Staged:
    """Put loads that are alike together; `marks` are the bookmarks as they stand after the commit.

    Raises:
        LoadError: the rows do not belong to their slice, or cannot stand in a table.
    """
    spec = loads[0].spec
    fields = {field.name: field for field in (*spec.schema, *loads[0].rows.schema)}
    where = f"Table {spec.name}"
    room = max_name_bytes - len("__changes")
    checked_names([spec.name], max_bytes=room, where="A table", destination=destination)
    for names in (loads[0].rows.column_names, list(fields)):
        checked_names(names, max_bytes=max_name_bytes, where=where, destination=destination)
    needed = (spec.owner_column, *spec.uniqueness, *([spec.day_column] if spec.day_column else []))
    lacking = [key for key in dict.fromkeys(needed) if key not in loads[0].rows.column_names]
    if lacking:
        raise LoadError(f"{where}: the rows lack the key {', '.join(lacking)}.", destination)
    parts: list[pa.Table] = []
    for number, load in enumerate(loads):
        _check_belongs(load, destination)
        index = pa.repeat(pa.scalar(number, pa.int32()), load.rows.num_rows)
        parts.append(load.rows.replace_schema_metadata(None).append_column(LOAD, index))
    rows = pa.concat_tables(parts, promote_options="default")
    return Staged(
        spec=spec,
        loads=tuple(loads),
        rows=rows.append_column(ROW, pa.arange(0, rows.num_rows)),
        types=_types(fields.values(), loads[0].rows.schema, where, destination),
        scope=tuple(scope_of(loads, marks)),
        remove_missing=loads[0].remove_missing,
        drop_deleted=loads[0].drop_deleted,
    )


def check_objects(staged: Staged, destination: str) -> None:
    """Rows of objects that their slice is not about would be doubled: theirs stand in the table already.

    Raises:
        LoadError: there are such rows, or rows that do not name theirs.
    """
    for number, load in enumerate(staged.loads):
        only = load.slice.only
        if only is None:
            continue
        own = staged.rows.filter(pc.equal(staged.rows[LOAD], number))
        strange = set(pc.unique(own[only.column]).to_pylist()) - set(only.ids)
        if strange:
            named = ", ".join(sorted(str(one or "none") for one in strange)[:3])
            raise LoadError(f"{load.slice}: rows of others are among them ({named}).", destination)


def _types(
    fields: Iterable[pa.Field], arrived: pa.Schema, where: str, destination: str
) -> dict[str, pa.DataType]:
    types: dict[str, pa.DataType] = {}
    for field in fields:
        # The spec says whether a text is JSON; the rows say which type the values really have.
        kind = field
        if field.name in arrived.names and not pa.types.is_null(arrived.field(field.name).type):
            kind = field.with_type(arrived.field(field.name).type)
        types[field.name] = column_type(kind)
        try:
            sql_type(types[field.name])
        except TypeError as error:
            raise LoadError(f"{where}, {field.name}: {error}.", destination) from None
    return types


def _check_belongs(load: Load, destination: str) -> None:
    """Rows outside their slice would be doubled by the next load of the slice that they belong to."""
    owner = load.spec.owner_column
    strange = set(pc.unique(load.rows[owner]).to_pylist()) - set(load.advertiser_ids)
    if strange:
        shown = ", ".join(sorted(map(str, strange))[:3])
        other = "another advertiser" if owner == "advertiser_id" else f"another {owner}"
        raise LoadError(f"{load.slice}: rows of {other} are among them ({shown}).", destination)
    day, window = load.spec.day_column, load.slice.window
    if day is None:
        return
    if window is None:
        raise LoadError(f"{load.slice}: a report is loaded by windows of days.", destination)
    if load.rows.num_rows == 0:
        return
    days = days_of(load.rows[day])
    span = pc.min_max(days).as_py()
    if days.null_count or span["min"] < window.first or span["max"] > window.last:
        raise LoadError(f"{load.slice}: rows of days outside the window are among them.", destination)
