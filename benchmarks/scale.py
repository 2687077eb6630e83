"""A run over thousands of accounts: plan, workers and quota are real, network and time are not."""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import sys
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast

import pyarrow as pa

from benchmarks.fleet import ARITHMETIC, Account, fleet
from benchmarks.ours import cpu_seconds, megabytes
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.client.book import LocalBook
from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.ledger import Ledger
from tiktok_ads.client.quota import Tier
from tiktok_ads.config import Settings
from tiktok_ads.decode import schema_of
from tiktok_ads.errors import ServerFault
from tiktok_ads.extract import MOST_ROWS, Room, SliceTooLong, Tally, Ticket
from tiktok_ads.load import Load, Outcome, TableSpec
from tiktok_ads.plan import DAY, Bookmark, LoadedDays, Slice, advance, local_today, steps
from tiktok_ads.sync.accounts import Known
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.estimate import covering, wants_top_view
from tiktok_ads.sync.loader import Loader, chosen_days
from tiktok_ads.sync.prepare import Prepared, TopView, planned
from tiktok_ads.sync.read import Read
from tiktok_ads.sync.reconciled import without
from tiktok_ads.sync.tables import Table, tables_of
from tiktok_ads.sync.workers import Workers

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
YEAR = 365
_PAGES_AHEAD = 4
T = TypeVar("T")
Bookmarks = dict[tuple[str, str], Bookmark]


class _Jump(selectors.SelectSelector):
    """Instead of waiting for time to pass, it passes."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing would ever happen again")
        self.now += timeout if not ready and timeout else 0
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def in_no_time(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end by a clock that jumps to whatever comes next."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


class _Held:
    """A destination without rows: it counts what its bookmarks say is loaded, and keeps new ones."""

    def __init__(self, accounts: Sequence[Account], tables: Sequence[Table], bookmarks: Bookmarks) -> None:
        self.accounts = {one.id: one for one in accounts}
        self.tables = {table.name: table for table in tables}
        self.bookmarks = bookmarks

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        found: dict[tuple[str, date | None], int] = {}
        stream = self.tables[spec.name].stream
        chosen = set(owners)
        for (table, owner), bookmark in self.bookmarks.items():
            if table != spec.name or (chosen and owner not in chosen):
                continue
            account = self.accounts[owner]
            if isinstance(stream, EntityStream):
                found[owner, None] = account.objects(table) if account.ads else 0
                continue
            for days in bookmark.days if account.ads else ():
                day = max(days.first, since or days.first)
                while day <= days.last:
                    found[owner, day] = account.rows(table, day)
                    day += DAY
        return {key: count for key, count in found.items() if count}

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        for load in loads:
            self.bookmarks[load.bookmark.stream, load.bookmark.advertiser_id] = load.bookmark
        return [Outcome(0, 0, 0, 0) for _ in loads]


class _AtOnce:
    """Stands in for the thread of the destination."""

    async def run(self, work: Any) -> Any:
        return work()


@dataclass
class _Network:
    """Answers after `latency`, once the gate has let the call out. `broken` answers nothing, and late."""

    gate: QuotaGate
    ready: Prepared
    accounts: Mapping[str, Account]
    latency: float
    broken: frozenset[str] = frozenset()
    calls: int = 0
    rows: int = 0
    asked: set[tuple[str, str]] = field(default_factory=set)
    finished: dict[tuple[str, str], float] = field(default_factory=dict)
    nothing: dict[str, pa.Table] = field(default_factory=dict)

    async def call(self, path: str, owner: str | None = None) -> None:
        turn = await self.gate.enter(path, advertiser_id=owner)
        await self.gate.sent(turn)
        self.calls += 1
        if owner in self.broken:
            await asyncio.sleep(60)
            raise ServerFault("no answer", 51010, path, "r")
        await asyncio.sleep(self.latency)

    async def read(self, piece: Slice, tally: Tally, ticket: Ticket) -> Read:
        before = self.calls
        owner, stream = piece.advertiser_id, piece.stream
        if wants_top_view(stream):
            await self._once("top_view", owner)
        count = rows_of(self.accounts[owner], piece)
        probes = covering(piece.window, self.ready.probes.get(owner, ())) if piece.window else []
        if probes and not self.ready.stored(stream.name, owner, piece.held):
            for one in probes:
                await self._once(str(one), owner)
        if count or not probes:
            await self._pages(piece, count)
        tally.purposes["first_page"] += self.calls - before
        self.finished[stream.name, owner] = asyncio.get_running_loop().time()
        return Read(piece, self.nothing[stream.name], {})

    async def _pages(self, piece: Slice, count: int) -> None:
        path, owner = piece.stream.endpoint, piece.advertiser_id
        await self.call(path, owner)
        if piece.window and piece.window.days > 1 and count > MOST_ROWS:
            raise SliceTooLong(min(max(piece.window.days * MOST_ROWS // count, 1), piece.window.days - 1))
        self.rows += count
        ahead = asyncio.Semaphore(_PAGES_AHEAD)

        async def page() -> None:
            async with ahead:
                await self.call(path, owner)

        await asyncio.gather(*(page() for _ in range(-(-count // piece.stream.page_size) - 1)))

    async def _once(self, what: str, owner: str) -> None:
        if (what, owner) not in self.asked:
            self.asked.add((what, owner))
            await self.call("campaign/get", owner)


def own_totals(ready: Prepared) -> dict[str, int]:
    """Calls for the accounts' own totals; what is probed is known."""
    return {one: len(without(days, ready.probes.get(one, ()))) for one, days in ready.reconciled.items()}


def rows_of(account: Account, piece: Slice) -> int:
    if isinstance(piece.stream, EntityStream):
        return account.objects(piece.stream.name) if account.ads else 0
    return account.rows_in(piece.stream.name, piece.window) if piece.window else 0


@dataclass(frozen=True)
class Run:
    """What a simulated run took: `hours` by the simulated clock, CPU and wall seconds of this machine.

    `finished` tells for each table and account after how many seconds its last slice was there.
    """

    calls: int
    planned: int
    rows: int
    hours: float
    share: float
    plan_seconds: float
    cpu: float
    outcome: str
    finished: Mapping[tuple[str, str], float]


def settings_for(accounts: Sequence[Account], *, start: date, concurrency: int = 8) -> Settings:
    return Settings(
        api_url="http://127.0.0.1:9999",
        advertisers=tuple(one.id for one in accounts),
        tables=("core",),
        start_date=start,
        destination="duckdb:///nowhere.duckdb",
        concurrency=concurrency,
    )


def plan_of(
    accounts: Sequence[Account], settings: Settings, tables: Sequence[Table], marks: Bookmarks, now: datetime
) -> Prepared:
    """The real plan and estimate, of a destination that is as its bookmarks say."""
    known = Known(tuple(one.advertiser for one in accounts), pa.table({}), (), ())
    return planned(
        cast(Any, _Held(accounts, tables, marks)),
        settings,
        tables,
        known,
        marks,
        TopView({}, frozenset()),
        now=now,
        spent=Tally(Counter({"account": -(-len(accounts) // 100)})),
        backfill=False,
    )


def loaded(accounts: Sequence[Account], tables: Sequence[Table], *, start: date, at: datetime) -> Bookmarks:
    """Bookmarks as a whole run at that moment would leave them."""
    marks: Bookmarks = {}
    for table in tables:
        want = table.wanted
        for one in accounts:
            key = (table.name, one.id)
            today = local_today(one.advertiser.zone, at)
            if isinstance(table.stream, EntityStream):
                marks[key] = Bookmark(*key, full_list_at=at, shape=want.shape)
                continue
            days = (LoadedDays(start, today, want.shape, want.columns),)
            since = today - want.lookback_days * DAY
            marks[key] = Bookmark(*key, days=days, unsettled=since, lookback_days=want.lookback_days)
    return marks


def run_once(
    accounts: Sequence[Account],
    marks: Bookmarks,
    *,
    now: datetime = NOW,
    start: date,
    tier: Tier = "basic",
    latency: float = ARITHMETIC["LATENCY_SECONDS"],
    concurrency: int = 8,
    broken: frozenset[str] = frozenset(),
) -> Run:
    """One run: planned, let through the gate and its ledger call by call, loaded, bookmarks moved."""
    settings = settings_for(accounts, start=start, concurrency=concurrency)
    tables = tables_of(settings)
    cpu, begun = cpu_seconds(), time.perf_counter()
    ready = plan_of(accounts, settings, tables, marks, now)
    took = time.perf_counter() - begun
    found, stop = in_no_time(_run(ready, accounts, tables, marks, now, tier, latency, concurrency, broken))
    hours = found.gate_hours
    used = found.network.calls / (hours * 3600) / (ARITHMETIC["TIERS"][tier].per_second)
    return Run(
        calls=found.network.calls,
        planned=ready.estimate.calls.total,
        rows=found.network.rows,
        hours=hours,
        share=used,
        plan_seconds=took,
        cpu=cpu_seconds() - cpu,
        outcome=stop,
        finished=found.network.finished,
    )


@dataclass
class _Ended:
    network: _Network
    gate_hours: float


async def _run(
    ready: Prepared,
    accounts: Sequence[Account],
    tables: Sequence[Table],
    marks: Bookmarks,
    now: datetime,
    tier: Tier,
    latency: float,
    concurrency: int,
    broken: frozenset[str],
) -> tuple[_Ended, str]:
    loop, book, room = asyncio.get_running_loop(), Book(), Room()
    clock = now.timestamp()
    ledger = LocalBook(Ledger(None, tier), clock=lambda: clock + loop.time())
    gate = QuotaGate(ledger, max_wait_seconds=900)
    by_id = {one.id: one for one in accounts}
    nothing = {table.name: schema_of(table.fields).empty_table() for table in tables}
    network = _Network(gate, ready, by_id, latency, broken, nothing=nothing)
    held = _Held(accounts, tables, marks)
    loader = Loader(
        cast(Any, held),
        cast(Any, _AtOnce()),
        tables=ready.tables,
        advertisers=ready.advertisers,
        bookmarks=marks,
        chosen=chosen_days(ready.slices),
        include_deleted=True,
        marked=frozenset(),
        run_id="r",
        at=now,
    )
    workers = Workers(
        cast(Any, network),
        cast(Any, network),
        loader,
        book=book,
        room=room,
        advertisers_stream=catalog().entities["advertisers"],
        concurrency=concurrency,
        expected_calls=ready.estimate.calls.total,
        progress=None,
    )
    loading = asyncio.create_task(loader.run())
    with gate:
        for _ in range(-(-len(accounts) // 100)):
            await network.call("advertiser/info")
        stopped = await workers.work(ready.slices)
        at_once = asyncio.Semaphore(concurrency)

        async def outside(owner: str) -> None:
            async with at_once:
                await network.call("report/integrated/get")

        if stopped is None:
            asked = [one for one, times in own_totals(ready).items() for _ in range(times)]
            await asyncio.gather(*(outside(one) for one in (*ready.outside, *asked)))
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    return _Ended(network, loop.time() / 3600), str(stopped.error) if stopped else "complete"


def _pages_of(account: Account, piece: Slice) -> int:
    """Calls of a slice: the pages of its steps, and the look that showed it to be too long."""
    count = rows_of(account, piece)
    if piece.window and piece.window.days > 1 and count > MOST_ROWS:
        days = min(max(piece.window.days * MOST_ROWS // count, 1), piece.window.days - 1)
        return 1 + sum(_pages_of(account, step) for step in steps(piece, days))
    return max(-(-count // piece.stream.page_size), 1)


@dataclass(frozen=True)
class Day:
    """One day of the year: what the plan expected, and the calls that it took."""

    expected: int
    calls: int


def year(accounts: Sequence[Account], *, days: int = YEAR, history: int = YEAR) -> Iterator[Day]:
    """A first load and then a run a day: the real plan each day, and each slice advances its bookmark."""
    start = NOW.date() - history * DAY
    settings = settings_for(accounts, start=start)
    tables = tables_of(settings)
    by_name = {table.name: table for table in tables}
    by_id = {one.id: one for one in accounts}
    marks: Bookmarks = {}
    for number in range(days):
        now = NOW + timedelta(days=number)
        ready = plan_of(accounts, settings, tables, marks, now)
        calls = len(ready.outside) + -(-len(accounts) // 100) + sum(own_totals(ready).values())
        calls += len({piece.advertiser_id for piece in ready.slices if wants_top_view(piece.stream)})
        probed: set[tuple[str, object]] = set()
        for piece in ready.slices:
            owner, count = piece.advertiser_id, rows_of(by_id[piece.advertiser_id], piece)
            probes = covering(piece.window, ready.probes.get(owner, ())) if piece.window else []
            if probes and not ready.stored(piece.stream.name, owner, piece.held):
                probed.update((owner, one) for one in probes)
            if count or not probes:
                calls += _pages_of(by_id[owner], piece)
            want = by_name[piece.stream.name].wanted
            key = (piece.stream.name, owner)
            marks[key] = advance(
                marks.get(key) or Bookmark(*key),
                piece,
                today=local_today(by_id[owner].advertiser.zone, now),
                lookback_days=want.lookback_days,
                at=now,
            )
        yield Day(ready.estimate.calls.total, calls + len(probed))


def main(said: dict[str, Any]) -> None:
    """One day of all accounts, call by call; figures as JSON, so that the memory is this run's alone."""
    os.environ["TIKTOK_ADS_ACCESS_TOKEN"] = "nothing"
    memory = megabytes("VmRSS")
    accounts = fleet(said["accounts"])
    start = NOW.date() - YEAR * DAY
    tables = tables_of(settings_for(accounts, start=start))
    marks = loaded(accounts, tables, start=start, at=NOW - DAY)
    run = run_once(accounts, marks, start=start, tier=said["tier"], concurrency=said.get("concurrency", 8))
    told = {**run.__dict__, "finished": None, "memory": megabytes("VmHWM") - memory}
    print(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
