"""The rows of a dataset as they stand in its tables: a page of them to look at, all of them to take along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from tiktok_ads.config import Settings
from tiktok_ads.load.sql import quoted
from tiktok_ads.ui.data.reading import SECONDS, Opened, opened, owners
from tiktok_ads.ui.data.tables import DataTable, data_table

PER_PAGE = 50
MOST_PER_PAGE = 1000
MOST_DOWNLOADED = 1_000_000
"""A spreadsheet takes no more rows, and the browser should not wait for ever."""
_DOWNLOAD_SECONDS = 120.0


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
        found = there.reader.query(
            _select(there, table, wanted, offset=wanted.offset, limit=wanted.limit), values, seconds=SECONDS
        )
        known = owners(there, table.name, table.owner_column)
    columns = [found.column(name).to_pylist() for name in found.column_names]
    seen = tuple(zip(*columns, strict=True))
    return RowsSeen(table, tuple(found.column_names), seen, int(counted.column(0)[0].as_py()), known)


def all_rows(settings: Settings, wanted: RowsWanted) -> pa.Table:
    """All the rows that are wanted, up to a million, for a file; raises as `rows`."""
    table = data_table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(table.name):
            return pa.table({})
        _, values = _where(there, table, wanted)
        return there.reader.query(
            _select(there, table, wanted, offset=0, limit=MOST_DOWNLOADED), values, seconds=_DOWNLOAD_SECONDS
        )


def _select(there: Opened, table: DataTable, wanted: RowsWanted, *, offset: int, limit: int) -> str:
    where, _ = _where(there, table, wanted)
    columns = ", ".join(f"t.{quoted(name)}" for name in _in_order(there, table))
    return (
        f"SELECT {columns} FROM {there.reader.qualified(table.name)} AS t{where} "
        f"ORDER BY {_order(there, table, wanted)} LIMIT {limit:d} OFFSET {offset:d}"
    )


def _in_order(there: Opened, table: DataTable) -> list[str]:
    """The columns that are there, in the order of the catalog; what it does not know stands behind."""
    present = [one.name for one in there.tables[table.name]]
    known = [one.name for one in table.columns if one.role != "ours" and one.name in present]
    return [*known, *(name for name in present if name not in known)]


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
