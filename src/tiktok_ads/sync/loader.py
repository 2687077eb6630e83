"""Slices that were read → the destination: whole ones together, each group in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tiktok_ads.catalog.special_rules import days_zone
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.errors import LoadError
from tiktok_ads.load import Destination, Load, Outcome
from tiktok_ads.plan import Advertiser, Bookmark, Slice, Window, advance, local_today, within
from tiktok_ads.sync.lookback import MARK
from tiktok_ads.sync.read import Read, remembering
from tiktok_ads.sync.tables import Table

T = TypeVar("T")
_ROWS_PER_GROUP = 30_000
_SLICES_PER_GROUP = 200


class DestinationThread:
    """Runs everything that touches the destination in one thread, so that the calls go on meanwhile."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="destination")

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown(wait=True)


@dataclass
class _Waiting:
    read: Read
    done: asyncio.Future[Outcome]


def chosen_days(slices: Iterable[Slice]) -> dict[tuple[str, str], Window]:
    """By table and owner, the days that this run chose of reports that are replaced: they hold no others."""
    chosen: dict[tuple[str, str], Window] = {}
    for piece in slices:
        stream = piece.stream
        if not isinstance(stream, ReportStream) or stream.update_method != "replace" or not piece.held:
            continue
        if piece.reason == "chosen":
            key = (stream.name, piece.advertiser_id)
            known = chosen.get(key, piece.held)
            chosen[key] = Window(min(known.first, piece.held.first), max(known.last, piece.held.last))
    return chosen


class Loader:
    """Takes slices in, commits them in groups, and moves `bookmarks` once they are committed."""

    def __init__(
        self,
        destination: Destination,
        thread: DestinationThread,
        *,
        tables: dict[str, Table],
        advertisers: dict[str, Advertiser],
        bookmarks: dict[tuple[str, str], Bookmark],
        chosen: dict[tuple[str, str], Window],
        include_deleted: bool,
        marked: frozenset[str],
        run_id: str,
        at: datetime,
    ) -> None:
        self._destination, self._thread = destination, thread
        self._tables, self._advertisers, self._bookmarks = tables, advertisers, bookmarks
        self._chosen, self._marked = chosen, marked
        self._include_deleted, self._run_id, self._at = include_deleted, run_id, at
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()

    async def load(self, read: Read) -> Outcome:
        """Return when the slice is committed.

        Raises:
            LoadError: it was not; the destination stands as before.
        """
        waiting = _Waiting(read, asyncio.get_running_loop().create_future())
        await self._queue.put(waiting)
        return await waiting.done

    async def run(self) -> None:
        """Commit what comes in until cancelled."""
        while True:
            group = [await self._queue.get()]
            rows = group[0].read.rows.num_rows
            while rows < _ROWS_PER_GROUP and len(group) < _SLICES_PER_GROUP and not self._queue.empty():
                group.append(self._queue.get_nowait())
                rows += group[-1].read.rows.num_rows
            await self._commit(group)
            # What is loaded must not stay in memory until the next group comes.
            group.clear()

    async def _commit(self, group: list[_Waiting]) -> None:
        try:
            await self._commit_together(group)
        except LoadError as error:
            if len(group) == 1:
                group[0].done.set_exception(error)
                return
            # One bad slice must not keep out those that happen to be loaded with it.
            for one in group:
                await self._commit([one])
        except BaseException:
            for one in group:
                one.done.cancel()
            raise

    async def _commit_together(self, group: list[_Waiting]) -> None:
        after: dict[tuple[str, str], Bookmark] = {}
        loads = [self._load(one.read, after) for one in group]
        outcomes = await self._thread.run(
            lambda: self._destination.commit(loads, run_id=self._run_id, at=self._at)
        )
        self._bookmarks.update(after)
        for one, outcome in zip(group, outcomes, strict=True):
            if not one.done.cancelled():
                one.done.set_result(outcome)

    def _load(self, read: Read, after: dict[tuple[str, str], Bookmark]) -> Load:
        piece = read.piece
        key = (piece.stream.name, piece.advertiser_id)
        table = self._tables[piece.stream.name]
        told = {**read.remember, MARK: self._run_id} if table.name in self._marked else read.remember
        bookmark = remembering(after.get(key) or self._bookmarks.get(key) or Bookmark(*key), told)
        if not read.doubt:
            bookmark = advance(
                bookmark,
                piece,
                today=local_today(
                    days_zone(piece.stream, self._advertisers[piece.advertiser_id].zone), self._at
                ),
                lookback_days=table.wanted.lookback_days,
                at=self._at,
                modified=read.modified,
            )
        if key in self._chosen:
            bookmark = within(bookmark, self._chosen[key])
        after[key] = bookmark
        is_list = piece.is_complete_list and isinstance(piece.stream, EntityStream)
        tells_missing = is_list and read.whole and getattr(piece.stream, "missing", "keep") != "keep"
        return Load(
            spec=table.spec(read.rows.schema),
            slice=piece,
            rows=read.rows,
            bookmark=bookmark,
            advertiser_ids=(piece.advertiser_id,),
            remove_missing=tells_missing,
            drop_deleted=not self._include_deleted,
        )
