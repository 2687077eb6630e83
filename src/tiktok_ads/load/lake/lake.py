"""A destination that is a lake: what it is asked, and how a commit becomes files and one entry of its log."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pyarrow as pa

from tiktok_ads.errors import DestinationBusy, LoadError
from tiktok_ads.load import state as bookmarks_text
from tiktok_ads.load.destination import ALL, Load, Outcome, TableSpec
from tiktok_ads.load.duckdb_file import explained
from tiktok_ads.load.lake import log
from tiktok_ads.load.lake.commit import Commit
from tiktok_ads.load.lake.entries import Entry
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.lake.parts import SUMS, cleaned
from tiktok_ads.load.lake.shelf import Shelf
from tiktok_ads.load.lake.views import Views
from tiktok_ads.load.lake.workspace import Workspace
from tiktok_ads.load.relational import Relational
from tiktok_ads.load.scope import Span
from tiktok_ads.plan import Bookmark, Window

_STALE_SECONDS = 24 * 3600
"""What waits so long in an object store belongs to no living process."""


class Lake:
    """An open lake as a `Destination`; see `opening` for how it is opened."""

    def __init__(
        self, files: Files, shelf: Shelf, workspace: Workspace, *, is_held: bool, read_only: bool
    ) -> None:
        self._files, self._shelf, self._workspace = files, shelf, workspace
        self._read_only = read_only
        self._relational = Relational(workspace)
        self._state, entry = log.read(files)
        if is_held and entry is not None:
            self._shelf.put_in_place(self._state, entry)
        if is_held:
            self._clean()
        self._pending = None if is_held else entry
        self._is_laid_out = False
        self._is_doubtful = False
        self._known = (self._state.number, "")

    def _clean(self) -> None:
        """Drop what a commit left that never came to be."""
        for name in self._files.listed(log.WAITING):
            begun = name.partition("-")[0]
            if self._shelf.is_alone or (begun.isdecimal() and int(begun) < time.time() - _STALE_SECONDS):
                self._files.delete(f"{log.WAITING}/{name}")
        self._files.prune(log.WAITING)

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        return {
            (str(table), str(owner)): bookmarks_text.decode(
                mark, version, key=(str(table), str(owner)), destination=self._files.name
            )
            for table, owner, mark, version, *_ in self._state.rows["_state"].values()
        }

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        with self._committing(run_id) as commit:
            commit.reach.take(loads)
            return self._relational.commit(loads, run_id=run_id, at=at)

    @contextmanager
    def _committing(self, run_id: str) -> Iterator[Commit]:
        """What is done with the workspace becomes one entry of the log, and its files."""
        if self._read_only:
            raise LoadError("it is open for reading alone.", self._files.name)
        if not self._is_laid_out:
            if self._is_doubtful:
                with explained(Path(self._files.name)):
                    self._read_again()
            self._workspace.lay_out(self._state)
            self._relational = Relational(self._workspace)
            self._is_laid_out = True
        self._known = (self._state.number, name := f"{int(time.time())}-{secrets.token_hex(8)}")
        commit = Commit(self._workspace, self._files, self._shelf, self._state, run_id, name)
        self._workspace.begin, self._workspace.end = commit.begin, commit.end
        try:
            yield commit
        except BaseException:
            # Whatever was done in memory, the log says what stands.
            self._is_laid_out, self._is_doubtful = False, True
            commit.drop()
            raise
        if commit.entry is not None:
            self._put_in_place(commit.entry)

    def _read_again(self) -> None:
        """Go by the log, unless somebody else wrote into it: then our bookmarks are out of date.

        Raises:
            DestinationBusy: somebody did.
        """
        state, entry = log.read(self._files)
        number, name = self._known
        is_ours = state.number == number or (
            entry is not None and entry.number == number + 1 and entry.name == name
        )
        if not is_ours:
            raise DestinationBusy("another process wrote into it meanwhile. Run again.", self._files.name)
        if entry is not None:
            self._shelf.put_in_place(state, entry)
        self._state, self._is_doubtful = state, False

    def _put_in_place(self, entry: Entry) -> None:
        try:
            with explained(Path(self._files.name)):
                self._shelf.put_in_place(self._state, entry)
                log.sum_up(self._files, self._state)
                self._files.let_go()
        except BaseException:
            # It counts all the same; whoever opens the lake next puts it in place.
            self._is_laid_out, self._is_doubtful = False, True
            raise

    @contextmanager
    def _reading(self, table: str, owner: str = ALL, *, beside: str = "") -> Iterator[Relational]:
        with Views(self._files, self._shelf, self._state, pending=self._pending) as views:
            views.show(table, None if owner == ALL else owner)
            views.show(beside, None)
            yield Relational(views)
        self._files.let_go()

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        with self._reading(table, advertiser_id) as relational:
            return relational.count_rows(table, advertiser_id, window)

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        with self._reading(spec.name) as relational:
            return relational.rows_by_day(spec, since=since, owners=owners)

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        with self._reading("campaigns", advertiser_id) as relational:
            return relational.campaign_ids(advertiser_id)

    def names_campaigns(self, table: str, advertiser_id: str, window: Window) -> bool:
        with self._reading(table, advertiser_id) as relational:
            return relational.names_campaigns(table, advertiser_id, window)

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        with self._reading(table, advertiser_id) as relational:
            return relational.totals(table, advertiser_id, window, columns)

    def daily_totals(
        self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]
    ) -> dict[tuple[str, date], dict[str, Decimal]]:
        with self._reading(table) as relational:
            return relational.daily_totals(table, owners, window, columns)

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        with self._reading("ad_insights", beside="ads") as relational:
            return relational.spend_without_ad()

    def save_run(self, run: Mapping[str, object], quality: pa.Table | None = None) -> None:
        name = run.get("run_id") or run.get("id")
        if not name:
            raise LoadError("a run report needs a run_id.", self._files.name)
        self._files.put(self._run_path(run), msgspec.json.encode(run, enc_hook=str))

    def _run_path(self, run: Mapping[str, object]) -> str:
        began = bookmarks_text.moment_of(run.get("started_at"))
        stamp = began.strftime("%Y%m%dT%H%M%S") if began else "0"
        return f"{log.RUNS}/{stamp}-{cleaned(str(run.get('run_id') or run.get('id')))}.json"

    def runs(self, limit: int) -> list[dict[str, object]]:
        return log.runs(self._files, max(0, limit))

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        known = [str(row[0]) for row in self._state.rows["_tables"].values()]
        chosen = known if ALL in tables else [name for name in dict.fromkeys(tables) if name in known]
        for table in chosen:
            owners = self._owners(table) if ALL in advertiser_ids else list(dict.fromkeys(advertiser_ids))
            for owner in owners:
                with self._committing("") as commit:
                    commit.reach.drop_owner(table, owner)
                    commit.reach.rewrite(SUMS, [owner])
                    self._relational.forget([table], [owner])

    def _owners(self, table: str) -> list[str]:
        marked = {str(owner) for name, owner in self._state.rows["_state"] if name == table}
        return sorted(marked | self._shelf.owners(self._state, table))

    def count_keys(self, table: str, keys: Mapping[str, str]) -> dict[str, int]:
        with self._reading(table, beside=f"{table}__changes") as relational:
            return relational.count_keys(table, keys)

    def forget_keys(self, table: str, keys: Mapping[str, str], *, at: datetime) -> dict[str, int]:
        with Views(self._files, self._shelf, self._state, pending=None) as views:
            views.show(table, None)
            views.show(f"{table}__changes", None)
            Relational(views).count_keys(table, keys)
            days = views.days_with(table, keys)
            owner_column = str(self._state.rows["_tables"][(table,)][6])
            changed = views.owners_with(f"{table}__changes", keys, owner_column)
        with self._committing("") as commit:
            for owner, run, day in days:
                commit.reach.touch(table, [Span(0, owner, day, day)], run)
            commit.reach.rewrite(f"{table}__changes", changed, owner_column)
            return self._relational.forget_keys(table, keys, at=at)

    def let_back_in(self, table: str, keys: Mapping[str, str]) -> int:
        with self._committing(""):
            return self._relational.let_back_in(table, keys)
