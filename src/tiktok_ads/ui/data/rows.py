"""The rows of a dataset as they stand in its tables: a page of them to look at, all of them to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tiktok_ads.config import Settings
from tiktok_ads.load.sql import quoted
from tiktok_ads.ui.data.reading import SECONDS, Opened, opened, owners
from tiktok_ads.ui.data.tables import NAMES, USUAL, DataTable, data_table

PER_PAGE = 50
MOST_PER_PAGE = 1000
MOST_DOWNLOADED = 1_000_000
"""A spreadsheet takes no more rows, and the browser should not wait for ever."""
_DOWNLOAD_SECONDS = 120.0
_IN_SIGHT = 7


@dataclass(frozen=True)
class RowsWanted:
    """Which rows: of one advertiser or of all, sorted by a column or the newest first."""

    table: str = ""
    advertiser: str = ""
    sort: str = ""
    descending: bool = True
    offset: int = 0
    limit: int = PER_PAGE


@dataclass(frozen=True)
class RowsSeen:
    """Some rows of a table. `found` is how many there are in all; `owners` whose there may be, by id."""

    table: DataTable
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    found: int = 0
    owners: Mapping[str, str] | None = None

    @property
    def is_loaded(self) -> bool:
        return bool(self.columns)


def rows(settings: Settings, wanted: RowsWanted) -> RowsSeen:
    """A page of rows.

    Raises:
        UnknownName: the dataset has no such table, or the table no such column.
        DestinationBusy, LoadError: it cannot be looked at now.
    """
    table = data_table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(table.name):
            return RowsSeen(table)
        where, values = _where(there, table, wanted)
        place = there.reader.qualified(table.name)
        counted = there.reader.query(f"SELECT count(*) FROM {place} AS t{where}", values, seconds=SECONDS)
        columns = _to_look_at(there, table, wanted.sort)
        query = _select(there, table, wanted, columns, wanted.offset, wanted.limit)
        found = there.reader.query(query, values, seconds=SECONDS)
        known = owners(there, table.name, table.owner_column)
    seen = tuple(zip(*(found.column(name).to_pylist() for name in columns), strict=True))
    return RowsSeen(table, tuple(columns), seen, int(counted.column(0)[0].as_py()), known)


def all_rows(settings: Settings, wanted: RowsWanted) -> pa.Table:
    """All the rows that are wanted, up to a million, for a file; raises as `rows`."""
    table = data_table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(table.name):
            return pa.table({})
        _, values = _where(there, table, wanted)
        return there.reader.query(
            _select(there, table, wanted, _in_order(there, table), 0, MOST_DOWNLOADED),
            values,
            seconds=_DOWNLOAD_SECONDS,
        )


def _select(
    there: Opened, table: DataTable, wanted: RowsWanted, names: Sequence[str], offset: int, limit: int
) -> str:
    where, _ = _where(there, table, wanted)
    columns = ", ".join(f"t.{quoted(name)}" for name in names)
    return (
        f"SELECT {columns} FROM {there.reader.qualified(table.name)} AS t{where} "
        f"ORDER BY {_order(there, table, wanted)} LIMIT {limit:d} OFFSET {offset:d}"
    )


def _in_order(there: Opened, table: DataTable) -> list[str]:
    """The columns that are there, in the order of the catalog; what it does not know stands behind."""
    present = [one.name for one in there.tables[table.name]]
    known = [one.name for one in table.columns if one.role != "ours" and one.name in present]
    return [*known, *(name for name in present if name not in known)]


def _to_look_at(there: Opened, table: DataTable, sort: str) -> list[str]:
    """What people look for comes first: when, what it is called, what it is split by, the usual figures."""
    roles = {one.name: one.role for one in table.columns}

    def rank(name: str) -> int:
        if name == table.day_column:
            return 0
        if name in NAMES:
            return 1
        if roles.get(name) == "dimension" and not name.endswith("_id"):
            return 2
        return 3 if table.is_report and name in USUAL else 4

    found = sorted(_in_order(there, table), key=rank)
    # Columns far to the right are out of sight.
    return [sort, *(name for name in found if name != sort)] if sort in found[_IN_SIGHT:] else found


def _where(there: Opened, table: DataTable, wanted: RowsWanted) -> tuple[str, list[object]]:
    if not wanted.advertiser:
        return "", []
    return f" WHERE t.{there.checked(table.name, table.owner_column)} = ?", [wanted.advertiser]


def _order(there: Opened, table: DataTable, wanted: RowsWanted) -> str:
    """The chosen column, else the newest first; then the key, so that pages never overlap."""
    keys = [one.name for one in table.columns if one.is_key and there.has(table.name, one.name)]
    way = "DESC" if wanted.descending else "ASC"
    if wanted.sort:
        first = [f"t.{there.checked(table.name, wanted.sort)} {way} NULLS LAST"]
    else:
        newest = table.day_column or "_synced_at"
        first = [f"t.{quoted(newest)} {way} NULLS LAST"] if there.has(table.name, newest) else []
    return ", ".join([*first, *(f"t.{quoted(name)}" for name in keys)]) or "1"
