"""The journey of a run: settings → tables → accounts → plan → read → load → what happened."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2

from tiktok_ads.client import Client
from tiktok_ads.client.gate import Gate, open_gate
from tiktok_ads.client.quota import TIERS
from tiktok_ads.config import Settings
from tiktok_ads.credentials import find_token
from tiktok_ads.extract import Room, Tally
from tiktok_ads.load import Destination, check_writable, exists, open_destination
from tiktok_ads.plan import Slice, Window
from tiktok_ads.runreport import (
    Note,
    OutcomeWord,
    PlanLine,
    PlanReport,
    Progress,
    ProgressEvent,
    QuotaUse,
    RunReport,
)
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.loader import DestinationThread
from tiktok_ads.sync.lookback import Lookback, compared_tables, narrowed, remember
from tiktok_ads.sync.notes import columns_changed, said_of, uncovered
from tiktok_ads.sync.patience import once_free
from tiktok_ads.sync.prepare import Prepared, accounts_of, planned, top_view_of
from tiktok_ads.sync.prints_file import PrintsFile
from tiktok_ads.sync.tables import Table, tables_of
from tiktok_ads.sync.watched import watched_run
from tiktok_ads.sync.work import Sleep, Tools, work
from tiktok_ads.sync.workers import Stop

Transport = httpx2.AsyncBaseTransport
_CLOCKS_AGREE = timedelta(minutes=5)
_NOTICEABLE_SECONDS = 2
_LEAST_MEMORY_MB = 80


async def run_plan(
    settings: Settings,
    *,
    transport: Transport | None = None,
    now: datetime | None = None,
    gate: Gate | None = None,
    sleep: Sleep = asyncio.sleep,
) -> PlanReport:
    """What a sync with these settings would ask. Writes nothing; asks TikTok only who the advertisers are.

    Args:
        settings, transport, now, gate, sleep: as in `run_sync`.

    Raises:
        ConfigError: a setting cannot be used as it is.
        AuthError: the login does not work.
    """
    moment = now or datetime.now(UTC)
    tables = _checked_tables(settings)
    tally = Tally()
    async with connected(settings, transport, gate, sleep) as (client, passed):
        known = await accounts_of(client, settings, tables, moment, tally)
        moment, clock_notes = present(client, moment, given=now)
        with _existing(settings) as destination:
            bookmarks = destination.bookmarks() if destination else {}
            top_view = await top_view_of(client, known, bookmarks, moment, tally, tables=tables)
            ready = planned(
                destination,
                settings,
                tables,
                known,
                bookmarks,
                top_view,
                now=moment,
                spent=tally,
                backfill=False,
            )
        quota = _quota(settings, passed)
    lines = _plan_lines(ready)
    expected = ready.estimate.calls
    told = said_of(tables, ready.known.advertisers, moment)
    changed = columns_changed(ready.slices, ready.tables, ready.bookmarks)
    notes = (*told, *clock_notes, *ready.known.notes, *changed)
    return PlanReport(
        calls=expected,
        least_calls=ready.estimate.least,
        seconds=expected.total / (quota.per_second * 0.96),
        lines=lines,
        skipped=ready.known.skipped,
        notes=notes,
        quota=quota,
    )


async def run_sync(
    settings: Settings,
    *,
    transport: Transport | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    backfill: bool = False,
    gate: Gate | None = None,
    sleep: Sleep = asyncio.sleep,
    into: Destination | None = None,
) -> RunReport:
    """Make the destination equal to what TikTok has, as far as the settings reach.

    Args:
        settings: what to read and where to put it.
        transport: stands in for the network; tests put the simulator here.
        now: an aware moment that stands for the present; None asks this machine's clock, and TikTok's
            where the two disagree.
        progress: told how far the run is.
        backfill: read every day again, whatever is loaded.
        gate: keeps the app under its limits; None opens the one that the settings mean.
        sleep: waits for some seconds before something is asked again.
        into: takes the rows in place of the destination that the settings name, which is left alone.

    Raises:
        ConfigError, NotOurs, DestinationBusy: nothing was read or written.
        AuthError: the login does not work; nothing was written.
    """
    with watched_run(settings, backfill=backfill) as ended:
        report = await _run(
            settings,
            transport=transport,
            now=now,
            progress=progress,
            backfill=backfill,
            gate=gate,
            sleep=sleep,
            into=into,
        )
        ended(report)
    return report


async def _run(
    settings: Settings,
    *,
    transport: Transport | None,
    now: datetime | None,
    progress: Progress | None,
    backfill: bool,
    gate: Gate | None,
    sleep: Sleep,
    into: Destination | None,
) -> RunReport:
    started = datetime.now(UTC)
    moment = now or started
    run_id = uuid.uuid4().hex
    tables = await once_free(lambda: _checked_tables(settings, loads=into is None), sleep)
    book = Book()
    async with connected(settings, transport, gate, _telling(sleep, progress)) as (client, passed):
        known = await accounts_of(client, settings, tables, moment, book.shared)
        moment, clock_notes = present(client, moment, given=now)
        book.add_notes(clock_notes)
        thread = DestinationThread()
        try:
            with ExitStack() as stack:
                place = _place(settings, tables, into)
                destination = await once_free(lambda: stack.enter_context(place()), sleep)
                bookmarks = await thread.run(destination.bookmarks)
                top_view = await top_view_of(client, known, bookmarks, moment, book.shared, tables=tables)
                ready = await thread.run(
                    lambda: planned(
                        destination,
                        settings,
                        tables,
                        known,
                        bookmarks,
                        top_view,
                        now=moment,
                        spent=book.shared,
                        backfill=backfill,
                    )
                )
                tools = Tools(client, destination, thread, book)
                ready, lookback = await _narrowed(tools, ready)
                stopped, reconciled = await work(tools, ready, run_id=run_id, progress=progress, sleep=sleep)
                remember(lookback, ready, _prints_file(settings), run_id=run_id, whole=book.is_whole)
                book.add_notes(
                    await thread.run(lambda: uncovered(destination, ready.tables, ready.advertisers))
                )
                book.add_notes(Note(text) for text in passed.notes())
                report = _report(ready, book, run_id, started, stopped, _quota(settings, passed))
                report = replace(report, agreement=reconciled.agreement)
                await thread.run(lambda: destination.save_run(report.to_json(), reconciled.quality))
        finally:
            thread.close()
    if progress:
        progress(
            ProgressEvent(
                "finished", done=book.done, total=book.done, rows=book.rows, calls=report.made.total
            )
        )
    return report


async def _narrowed(tools: Tools, ready: Prepared) -> tuple[Prepared, Lookback]:
    """The plan, its lookback cut down to what has changed where the settings want that."""
    if not compared_tables(ready):
        return ready, Lookback()

    async def names_campaigns(table: str, advertiser_id: str, window: Window) -> bool:
        return await tools.thread.run(lambda: tools.destination.names_campaigns(table, advertiser_id, window))

    return await narrowed(
        tools.client,
        ready,
        _prints_file(ready.settings),
        room=Room(),
        tally=tools.book.shared,
        names_campaigns=names_campaigns,
    )


def _prints_file(settings: Settings) -> PrintsFile:
    return PrintsFile(settings.state_dir, destination=settings.destination, schema=settings.schema_name)


def _checked_tables(settings: Settings, *, loads: bool = True) -> list[Table]:
    """The tables, once everything that can be checked without asking anybody has been.

    `loads` is False where the rows go elsewhere than to the settings' destination.
    """
    tables = tables_of(settings)
    if any(table.wanted.needs_first_day for table in tables):
        settings.first_day()
    if loads:
        check_writable(settings.destination, schema=settings.schema_name)
    find_token(settings.connection)
    return tables


@asynccontextmanager
async def connected(
    settings: Settings, transport: Transport | None, gate: Gate | None, sleep: Sleep
) -> AsyncIterator[tuple[Client, Gate]]:
    """The login's client and the gate that its calls pass; a gate that was handed in stays open."""
    token = find_token(settings.connection).secret
    opened = (
        nullcontext(gate)
        if gate
        else open_gate(
            api_url=settings.api_url,
            app_id=settings.app_id,
            token=token,
            tier=settings.effective_tier,
            state_dir=settings.state_dir,
            store=settings.quota_store,
            sleep=sleep,
        )
    )
    with opened as passed:
        async with Client(
            api_url=settings.api_url,
            token=token,
            gate=passed,
            timeout_seconds=settings.timeout_seconds,
            transport=transport,
            sleep=sleep,
        ) as client:
            yield client, passed


def _place(
    settings: Settings, tables: Sequence[Table], into: Destination | None
) -> Callable[[], AbstractContextManager[Destination]]:
    """Opens where the rows go; each time anew, since it may be busy."""
    if into is not None:
        return lambda: nullcontext(into)
    return lambda: open_destination(
        settings.destination,
        schema=settings.schema_name,
        memory_limit=_memory_for(tables),
        state_dir=settings.state_dir,
    )


def _memory_for(tables: Sequence[Table]) -> str:
    """What the database may use: little, but each table that is written takes a share of its own."""
    return f"{_LEAST_MEMORY_MB + len(tables) // 2}MB"


def _telling(sleep: Sleep, progress: Progress | None) -> Sleep:
    """`sleep`, with every pause that somebody might wonder about told first."""
    if progress is None:
        return sleep

    async def told(seconds: float) -> None:
        if seconds >= _NOTICEABLE_SECONDS:
            progress(ProgressEvent("wait", seconds=seconds))
        await sleep(seconds)

    return told


@contextmanager
def _existing(settings: Settings) -> Iterator[Destination | None]:
    """The destination for reading; None if it does not exist yet."""
    if not exists(settings.destination):
        yield None
        return
    with open_destination(settings.destination, schema=settings.schema_name, read_only=True) as destination:
        yield destination


def present(client: Client, moment: datetime, *, given: datetime | None) -> tuple[datetime, list[Note]]:
    """The moment that counts for "today". A wrong clock of this machine would cost or invent a day."""
    ahead = client.ahead
    if given is not None or ahead is None or abs(ahead) < _CLOCKS_AGREE:
        return moment, []
    hours = abs(ahead).total_seconds() / 3600
    side = "behind" if ahead > timedelta(0) else "ahead of"
    text = f"This machine's clock is {hours:.1f} hours {side} TikTok's; days are counted by TikTok's."
    return moment + ahead, [Note(text)]


def _report(
    ready: Prepared,
    book: Book,
    run_id: str,
    started: datetime,
    stopped: Stop | None,
    quota: QuotaUse,
) -> RunReport:
    outcome: OutcomeWord = "complete"
    if (stopped and stopped.is_failure) or (ready.slices and book.met_silence_alone):
        outcome = "failed"
    elif stopped or book.skipped:
        outcome = "partial" if book.anything_loaded or not ready.slices else "failed"
    return RunReport(
        run_id=run_id,
        started_at=started,
        finished_at=datetime.now(UTC),
        outcome=outcome,
        destination=ready.settings.destination,
        planned=ready.estimate.calls,
        made=book.calls(),
        lines=book.lines(ready.complete_days()),
        skipped=book.skipped,
        notes=book.notes,
        quota=quota,
        zones=tuple(sorted({one.zone for one in ready.advertisers.values()})),
        unloaded=book.unloaded,
    )


def _plan_lines(ready: Prepared) -> tuple[PlanLine, ...]:
    pieces: dict[tuple[str, str], list[Slice]] = defaultdict(list)
    for piece in ready.slices:
        pieces[piece.stream.name, piece.advertiser_id].append(piece)
    lines = []
    for (table, advertiser_id), own in pieces.items():
        dated = [piece.window for piece in own if piece.window]
        lines.append(
            PlanLine(
                table=table,
                advertiser_id=advertiser_id,
                slices=len(own),
                calls=sum(ready.estimate.by_slice[piece] for piece in own),
                first_day=min((window.first for window in dated), default=None),
                last_day=max((window.last for window in dated), default=None),
                reasons=tuple(dict.fromkeys(piece.reason for piece in own)),
            )
        )
    return tuple(lines)


def _quota(settings: Settings, gate: Gate) -> QuotaUse:
    limits = TIERS[settings.effective_tier]
    return QuotaUse(settings.effective_tier, limits.per_second, limits.per_day, gate.used_today())
