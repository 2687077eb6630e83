"""What every destination must do, what it is told of a table and a slice, and which one a URL names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa

from tiktok_ads.errors import ConfigError
from tiktok_ads.plan import Bookmark, Slice, Window

SCHEMA = "tiktok_ads"
_DUCKDB = "duckdb:///"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # two letters at least: "C:" is a drive
ALL = "*"
"""In `forget`: every table, or every advertiser."""


@dataclass(frozen=True)
class TableSpec:
    """What a destination needs to know of a table.

    `schema` holds the columns as they come in batches, without the loader's own. `primary_key` is what users
    are told; `uniqueness` is held before each commit, and a blank equals itself there. `day_column` is None
    for entities. With `store_changes` each load appends what it changed to `<name>__changes`.
    """

    name: str
    doc: str
    version: int
    schema: pa.Schema
    primary_key: tuple[str, ...]
    uniqueness: tuple[str, ...]
    kind: Literal["entity", "report"]
    day_column: str | None
    store_changes: bool


@dataclass(frozen=True)
class Load:
    """One whole slice, ready to be made true.

    `bookmark` is how it stands after this slice. `advertiser_ids` are those whose rows are told, usually the
    slice's own. With `remove_missing` the list is complete: rows that are not in it are marked deleted, or
    removed with `drop_deleted`, which keeps no deleted object at all.
    """

    spec: TableSpec
    slice: Slice
    rows: pa.Table
    bookmark: Bookmark
    advertiser_ids: tuple[str, ...]
    remove_missing: bool = False
    drop_deleted: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one load changed: `rows` came, and so many of the table's were inserted, updated, deleted."""

    rows: int
    inserted: int
    updated: int
    deleted: int


class Destination(Protocol):
    """An open destination; everything blocks, so it is called from a worker thread, one call at a time."""

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        """What is loaded, by (table, advertiser id)."""

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        """Make all loads true in one transaction, rows and bookmarks together.

        Raises:
            LoadError: nothing of it was written.
        """

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        """Rows held; 0 if there is no such table."""

    def rows_by_day(self, spec: TableSpec) -> dict[tuple[str, date | None], int]:
        """Rows held by (advertiser id, day); the day is None for entities."""

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        """Every campaign known, deleted ones too."""

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        """Exact sums of those columns that the table has."""

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        """By advertiser, how many ads of `ad_insights` are not in `ads`, and what was spent on them."""

    def save_run(self, run: Mapping[str, object]) -> None:
        """Keep a run report; `run_id` (or `id`) names it, and a second one of that name replaces it."""

    def runs(self, limit: int) -> list[dict[str, object]]:
        """The newest run reports, newest first."""

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        """Take out rows, changes, sums and bookmarks, as if never loaded; `ALL` stands for every one."""


def duckdb_path(url: str) -> Path:
    """The file that a destination URL names: three slashes and a relative path, four and an absolute one.

    Raises:
        ConfigError: it names no destination that is known.
    """
    path = url.removeprefix(_DUCKDB)
    is_path = url.startswith(_DUCKDB) or (url.endswith(".duckdb") and not _SCHEME.match(url))
    if is_path and path and path.isprintable() and not path.startswith(":memory:"):
        return Path(path)
    raise ConfigError(f"{_shown(url)!r} is no destination.", _nearest(url))


def _shown(url: str) -> str:
    # Other destinations' URLs hold passwords before the @, and this text ends up in logs.
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}…@{rest.rpartition('@')[2]}" if mark and "@" in rest else url


def _nearest(url: str) -> str:
    scheme, colon, rest = url.partition(":")
    path = rest.lstrip("/") if colon else url
    is_near = not colon or bool(difflib.get_close_matches(scheme.lower(), ["duckdb"], cutoff=0.6))
    if is_near and path and path.isprintable() and not path.startswith(":memory") and "@" not in path:
        near = path if path.endswith(".duckdb") else f"{path}.duckdb"
        return f"Did you mean {_DUCKDB}{near}? Three slashes begin a relative path, four an absolute one."
    return f"Write {_DUCKDB}name.duckdb, {_DUCKDB}/folder/name.duckdb or a path that ends in .duckdb."


def check_writable(url: str, *, schema: str = SCHEMA) -> None:
    """Find out before anything is fetched whether rows could be loaded; leaves no file behind.

    Raises:
        ConfigError: the URL, or the folder that it names, cannot be used.
        NotOurs: the file or schema holds something else.
        DestinationBusy: another process has it open.
        LoadError: the file cannot be opened.
    """
    from tiktok_ads.load import duckdb_file

    duckdb_file.check_writable(_path(url, schema), schema=schema)


def _path(url: str, schema: str) -> Path:
    """The file; refused where it is named like the schema, for DuckDB then cannot tell the two apart."""
    path = duckdb_path(url)
    if path.name.partition(".")[0].lower() == schema.lower():
        raise ConfigError(
            f"The file {path.name} is named like its schema: DuckDB then refuses {schema}.ads as ambiguous.",
            "Name the file otherwise, or choose another --schema.",
        )
    return path


def exists(url: str) -> bool:
    """Whether anything was ever written there."""
    return duckdb_path(url).exists()


@contextmanager
def open_destination(
    url: str, *, schema: str = SCHEMA, read_only: bool = False, memory_limit: str = "80MB"
) -> Iterator[Destination]:
    """Hold a destination open, and let go of it at the end.

    Args:
        url: `duckdb:///relative.duckdb`, `duckdb:////absolute.duckdb` or a path that ends in `.duckdb`.
        schema: where our tables stand.
        read_only: write nothing; the file must exist.
        memory_limit: what the database may use, as DuckDB spells it; more is spilled to disk.

    Raises:
        ConfigError, NotOurs, DestinationBusy, LoadError: as in `check_writable`.
    """
    path = _path(url, schema)
    from tiktok_ads.load.duckdb import DuckDB

    with DuckDB(path, schema=schema, read_only=read_only, memory_limit=memory_limit) as destination:
        yield destination
