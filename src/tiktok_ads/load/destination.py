"""What every destination must do, and what it is told of a table and a slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

import pyarrow as pa

from tiktok_ads.catalog.streams import UpdateMethod
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan import Bookmark, Slice, Window

SCHEMA = "tiktok_ads"
ALL = "*"
"""Every table, or every advertiser, where a method says so."""


@dataclass(frozen=True)
class TableSpec:
    """What a destination needs to know of a table.

    `schema` holds the columns as they come in batches, without the loader's own. `primary_key` is what users
    are told; `uniqueness` is held before each commit, and a blank equals itself there. `day_column`, a day or
    an hour, is None for lists and for numbers of all time. With `store_changes` each load appends what it
    changed to `<name>__changes`. `owner_column` says whose a row is.

    `update_method` says what a load does to the owner's rows:

    - partition: those of the window become what came, other days stay;
    - replace: all become what came; with days, those that the bookmark no longer names go too. A list keeps
      what it lacks marked deleted, where the load says so;
    - merge: what came is inserted or updated by key, and nothing ever goes;
    - append: what came is added beside what earlier runs added; the same run again replaces its own.

    Blank is partition for what has days and replace for all else.
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
    update_method: UpdateMethod | None = None
    owner_column: str = "advertiser_id"

    def __post_init__(self) -> None:
        if self.update_method == "partition" and self.day_column is None:
            raise ConfigError(f"Table {self.name}: without days there is no window to replace.")

    @property
    def method(self) -> UpdateMethod:
        return self.update_method or ("partition" if self.day_column else "replace")

    @property
    def keeps_changes(self) -> bool:
        """A table that only ever grows by whole snapshots has no changes to write down."""
        return self.store_changes and self.method != "append"


@dataclass(frozen=True)
class Load:
    """One whole slice, ready to be made true.

    `bookmark` is how it stands after this slice. `advertiser_ids` are the owners whose rows are told,
    usually the slice's own. With `remove_missing` the list is complete: rows that are not in it are marked
    deleted, or removed with `drop_deleted`, which keeps no deleted object at all.
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
    """What one load changed: `rows` came, and so many of the table's were inserted, updated, deleted.

    `left_out` are those that came and are kept out, since they were forgotten by key.
    """

    rows: int
    inserted: int
    updated: int
    deleted: int
    left_out: int = 0


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
        """Rows held of an advertiser, or of `ALL`; 0 if there is no such table."""

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        """Rows held by (advertiser id, day); the day is None for entities.

        `since` leaves out earlier days, and `owners`, where there are any, everybody else.
        """

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        """Every campaign known, deleted ones too."""

    def names_campaigns(self, table: str, advertiser_id: str, window: Window) -> bool:
        """Whether rows of single campaigns can be replaced: each of those days' rows names its own."""

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        """Exact sums of those columns that the table has."""

    def daily_totals(
        self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]
    ) -> dict[tuple[str, date], dict[str, Decimal]] | None:
        """As `totals`, by owner and day, for the days that have rows; None if nothing is kept."""

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        """By advertiser, how many ads of `ad_insights` are not in `ads`, and what was spent on them."""

    def save_run(self, run: Mapping[str, object], quality: pa.Table | None = None) -> None:
        """Keep a run report; `run_id` (or `id`) names it, and a second one of that name replaces it.

        `quality` are rows of `_quality`, as `load.quality` has them; a destination without such a table keeps
        the report alone.
        """

    def runs(self, limit: int) -> list[dict[str, object]]:
        """The newest run reports, newest first."""

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        """Take out rows, changes, sums and bookmarks, as if never loaded; `ALL` stands for every one."""

    def count_keys(self, table: str, keys: Mapping[str, str]) -> dict[str, int]:
        """Rows whose columns have these values, in the table and in its changes.

        Raises:
            ConfigError: there is no such table or column.
        """

    def forget_keys(self, table: str, keys: Mapping[str, str], *, at: datetime) -> dict[str, int]:
        """Delete those rows, and keep them out of every later load; how many there were by table."""

    def let_back_in(self, table: str, keys: Mapping[str, str]) -> int:
        """Let rows that were forgotten by these values be loaded again; 0 if none were."""
