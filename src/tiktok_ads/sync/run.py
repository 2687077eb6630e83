"""The journey of a run: settings → tables → accounts → plan → read → load → what happened."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import httpx2

from tiktok_ads.catalog.lookup import Catalog, catalog
from tiktok_ads.client import Client
from tiktok_ads.client.gate import Gate, open_gate
from tiktok_ads.client.quota import TIERS
from tiktok_ads.config import Settings
from tiktok_ads.credentials import find_token
from tiktok_ads.decode import entity_fields
from tiktok_ads.errors import ApiError, AuthError, DecodeError, QuotaExceeded, TransportError
from tiktok_ads.extract import CHECKED, Room, Tally, has_top_view
from tiktok_ads.load import Destination, check_writable, exists, open_destination
from tiktok_ads.plan import Advertiser, Bookmark, Slice, Window, complete_to, local_today, plan_slices
from tiktok_ads.runreport import (
    OutcomeWord,
    PlanLine,
    PlanReport,
    Progress,
    ProgressEvent,
    QuotaUse,
    RunReport,
)
from tiktok_ads.sync.accounts import Known, find_advertisers
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.coverage import Outside, beyond, gmv_max_spend, newly_read, told_of
from tiktok_ads.sync.estimate import Estimate, estimate, probe_windows, top_views, whole_where_free
from tiktok_ads.sync.loader import DestinationThread, Loader
from tiktok_ads.sync.notes import columns_changed, uncovered
from tiktok_ads.sync.read import SliceReader, Surroundings
from tiktok_ads.sync.tables import Table, tables_of
from tiktok_ads.sync.workers import Stop, Workers

Transport = httpx2.AsyncBaseTransport
Sleep = Callable[[float], Awaitable[None]]
_FEW_ADVERTISERS = 50


@dataclass(frozen=True)
class Prepared:
    """All that is known before the first slice is read."""

    settings: Settings
    catalog: Catalog
    tables: dict[str, Table]
    known: Known
    slices: tuple[Slice, ...]
    bookmarks: dict[tuple[str, str], Bookmark]
    probes: dict[str, list[Window]]
    probe_metrics: tuple[str, ...]
    top_view: TopView
    stored: Stock
    outside: dict[str, Window]
    estimate: Estimate
    now: datetime

    @property
    def advertisers(self) -> dict[str, Advertiser]:
        return {one.advertiser_id: one for one in self.known.advertisers}

    @property
    def currency(self) -> dict[str, str]:
        return {one.advertiser_id: one.currency for one in self.known.advertisers if one.currency}

    def first_day(self, advertiser: Advertiser) -> date:
        """A start date before the account existed means the day on which it was made."""
        first = self.settings.first_day()
        return max(first, advertiser.created) if advertiser.created else first


@dataclass(frozen=True)
class TopView:
    """Advertiser → whether it has TopView; `found` are those of whom that was asked in this run."""

    known: dict[str, bool]
    found: frozenset[str]


class Stock:
    """Rows that the destination held when the run began, by table, advertiser and day."""

    def __init__(self, destination: Destination | None, tables: Sequence[Table]) -> None:
        self._days: dict[tuple[str, str], dict[date | None, int]] = defaultdict(dict)
        for table in tables if destination else ():
            assert destination is not None  # noqa: S101
            for (advertiser_id, day), rows in destination.rows_by_day(table.spec()).items():
                self._days[table.name, advertiser_id][day] = rows

    def __call__(self, table: str, advertiser_id: str, window: Window | None) -> int:
        days = self._days.get((table, advertiser_id), {})
        return sum(rows for day, rows in days.items() if window is None or (day and day in window))


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
    async with _connected(settings, transport, gate, sleep) as (client, passed):
        known = await _accounts(client, settings, tables, moment, tally)
        with _existing(settings) as destination:
            bookmarks = destination.bookmarks() if destination else {}
            top_view = await _top_view(client, known, bookmarks, moment, tally)
            ready = _planned(
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
    notes = (*ready.known.notes, *columns_changed(ready.slices, ready.tables, ready.bookmarks))
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
) -> RunReport:
    """Make the destination equal to what TikTok has, as far as the settings reach.

    Args:
        settings: what to read and where to put it.
        transport: stands in for the network; tests put the simulator here.
        now: an aware moment that stands for the present.
        progress: told how far the run is.
        backfill: read every day again, whatever is loaded.
        gate: keeps the app under its limits; None opens the one that the settings mean.
        sleep: waits for some seconds before something is asked again.

    Raises:
        ConfigError, NotOurs, DestinationBusy: nothing was read or written.
        AuthError: the login does not work; nothing was written.
    """
    started = datetime.now(UTC)
    moment = now or started
    run_id = uuid.uuid4().hex
    tables = _checked_tables(settings)
    book = Book()
    async with _connected(settings, transport, gate, sleep) as (client, passed):
        known = await _accounts(client, settings, tables, moment, book.shared)
        thread = DestinationThread()
        try:
            with open_destination(settings.destination, schema=settings.schema_name) as destination:
                bookmarks = await thread.run(destination.bookmarks)
                top_view = await _top_view(client, known, bookmarks, moment, book.shared)
                ready = await thread.run(
                    lambda: _planned(
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
                stopped = await _work(client, destination, thread, ready, book, run_id, progress, sleep)
                book.add_notes(await thread.run(lambda: uncovered(destination, ready.tables, ready.currency)))
                report = _report(ready, book, run_id, started, stopped, _quota(settings, passed))
                await thread.run(lambda: destination.save_run(report.to_json()))
        finally:
            thread.close()
    if progress:
        progress(
            ProgressEvent(
                "finished", done=book.done, total=book.done, rows=book.rows, calls=report.made.total
            )
        )
    return report


def _checked_tables(settings: Settings) -> list[Table]:
    """The tables, once everything that can be checked without asking anybody has been."""
    tables = tables_of(settings)
    settings.first_day()
    check_writable(settings.destination, schema=settings.schema_name)
    find_token(settings.connection)
    return tables


@asynccontextmanager
async def _connected(
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


@contextmanager
def _existing(settings: Settings) -> Iterator[Destination | None]:
    """The destination for reading; None if it does not exist yet."""
    if not exists(settings.destination):
        yield None
        return
    with open_destination(settings.destination, schema=settings.schema_name, read_only=True) as destination:
        yield destination


async def _accounts(
    client: Client, settings: Settings, tables: Sequence[Table], now: datetime, tally: Tally
) -> Known:
    known = catalog()
    stream = known.entities["advertisers"]
    wanted = next((table.fields for table in tables if table.name == stream.name), entity_fields(stream))
    return await find_advertisers(
        client, settings, fields=wanted, stream=stream, catalog=known, now=now, tally=tally
    )


async def _top_view(
    client: Client,
    known: Known,
    bookmarks: dict[tuple[str, str], Bookmark],
    now: datetime,
    tally: Tally,
) -> TopView:
    """Who has TopView, which takes calls of its own; among many, each is asked when it is its turn."""
    remembered = top_views(bookmarks.values(), now)
    missing = [one.advertiser_id for one in known.advertisers if one.advertiser_id not in remembered]
    if len(missing) > _FEW_ADVERTISERS:
        return TopView(remembered, frozenset())
    campaigns = catalog().entities["campaigns"]
    found: dict[str, bool] = {}
    for advertiser_id in missing:
        # Its own slices tell what is wrong with an advertiser that cannot be asked.
        with suppress(ApiError, DecodeError, TransportError):
            found[advertiser_id] = await has_top_view(client, campaigns, advertiser_id, tally)
    return TopView({**remembered, **found}, frozenset(found))


def _planned(
    destination: Destination | None,
    settings: Settings,
    tables: Sequence[Table],
    known: Known,
    bookmarks: dict[tuple[str, str], Bookmark],
    top_view: TopView,
    *,
    now: datetime,
    spent: Tally,
    backfill: bool,
) -> Prepared:
    """The slices of this run, and what they will cost."""
    by_name = {table.name: table for table in tables}
    slices = plan_slices(
        [table.wanted for table in tables],
        advertisers=known.advertisers,
        bookmarks=bookmarks,
        first_day=settings.first_day(),
        last_day=settings.end_date,
        now=now,
        again=backfill,
    )
    stored = Stock(destination, tables)
    slices = whole_where_free(slices, stored)
    metrics = tuple(dict.fromkeys(metric for table in tables for metric in table.metrics))
    probes = probe_windows(slices, stored, top_view.known) if settings.probe else {}
    outside = newly_read(slices, bookmarks)
    return Prepared(
        settings=settings,
        catalog=catalog(),
        tables=by_name,
        known=known,
        slices=tuple(slices),
        bookmarks=bookmarks,
        probes=probes,
        probe_metrics=metrics,
        top_view=top_view,
        stored=stored,
        outside=outside,
        estimate=estimate(
            slices,
            tables=by_name,
            bookmarks=bookmarks,
            probes=probes,
            probe_metrics=metrics,
            stored=stored,
            spent={**spent.purposes, "outside": len(outside)},
            top_view=top_view.known,
            catalog=catalog(),
        ),
        now=now,
    )


async def _work(
    client: Client,
    destination: Destination,
    thread: DestinationThread,
    ready: Prepared,
    book: Book,
    run_id: str,
    progress: Progress | None,
    sleep: Sleep,
) -> Stop | None:
    """Read and load every slice; what stopped the run early, if anything did."""
    loader = Loader(
        destination,
        thread,
        tables=ready.tables,
        advertisers=ready.advertisers,
        bookmarks=ready.bookmarks,
        include_deleted=ready.settings.include_deleted,
        run_id=run_id,
        at=ready.now,
    )
    room = Room()
    reader = SliceReader(
        Surroundings(
            client=client,
            tables=ready.tables,
            advertisers=ready.advertisers,
            bookmarks=ready.bookmarks,
            probes=ready.probes,
            probe_metrics=ready.probe_metrics,
            top_view=ready.top_view.known,
            found_top_view=ready.top_view.found,
            by_slice=ready.estimate.by_slice,
            stored=ready.stored,
            held=lambda table, owner, window: thread.run(
                lambda: destination.totals(table, owner, window, CHECKED)
            ),
            campaign_ids=lambda owner: thread.run(lambda: destination.campaign_ids(owner)),
            include_deleted=ready.settings.include_deleted,
            catalog=ready.catalog,
            room=room,
            now=ready.now,
            sleep=sleep,
        )
    )
    book.add_notes(ready.known.notes)
    book.add_notes(columns_changed(ready.slices, ready.tables, ready.bookmarks))
    for skipped in ready.known.skipped:
        book.skip(skipped)
    workers = Workers(
        client,
        reader,
        loader,
        book=book,
        room=room,
        advertisers_stream=ready.catalog.entities["advertisers"],
        concurrency=ready.settings.concurrency,
        expected_calls=ready.estimate.calls.total,
        progress=progress,
    )
    loading = asyncio.create_task(loader.run())
    try:
        if "advertisers" in ready.tables:
            await workers.load_accounts(ready.known.rows)
        stopped = await workers.work(ready.slices)
        if stopped is None:
            await _name_what_is_outside(client, destination, thread, ready, reader, room, book)
        return stopped
    finally:
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        await reader.close()


async def _name_what_is_outside(
    client: Client,
    destination: Destination,
    thread: DestinationThread,
    ready: Prepared,
    reader: SliceReader,
    room: Room,
    book: Book,
) -> None:
    """Say how much was spent that no table holds; only of advertisers whose days were all read."""
    complete = _complete_days(ready)
    found: list[Outside] = []
    for advertiser_id, window in ready.outside.items():
        # The run is done; that this last question is not answered is no reason to call it failed.
        with suppress(AuthError, QuotaExceeded):
            spent = await gmv_max_spend(
                client, advertiser_id, window, catalog=ready.catalog, room=room, tally=book.shared
            )
            found += [spent] if spent else []
    book.add_notes(told_of(found, ready.currency))
    for (advertiser_id, window), total in reader.totals().items():
        reached = complete.get(("ad_insights", advertiser_id))
        if reached is None or reached < window.last:
            continue
        held = await thread.run(partial(destination.totals, "ad_insights", advertiser_id, window, ["spend"]))
        note = beyond(
            advertiser_id,
            window,
            total=total,
            held=held.get("spend", Decimal(0)),
            currency=ready.currency.get(advertiser_id),
        )
        book.add_notes([note] if note else [])


def _report(
    ready: Prepared,
    book: Book,
    run_id: str,
    started: datetime,
    stopped: Stop | None,
    quota: QuotaUse,
) -> RunReport:
    outcome: OutcomeWord = "complete"
    if stopped and stopped.is_failure:
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
        lines=book.lines(_complete_days(ready)),
        skipped=book.skipped,
        notes=book.notes,
        quota=quota,
    )


def _complete_days(ready: Prepared) -> dict[tuple[str, str], date | None]:
    """Up to which day each table of each advertiser is complete: bookmarks as the run left them."""
    days: dict[tuple[str, str], date | None] = {}
    for advertiser in ready.known.advertisers:
        for table in ready.tables.values():
            key = (table.name, advertiser.advertiser_id)
            bookmark = ready.bookmarks.get(key)
            if table.metrics:
                first = ready.first_day(advertiser)
                days[key] = complete_to(bookmark, first=first, shape=table.wanted.shape)
            else:
                listed = bookmark.full_list_at if bookmark else None
                days[key] = local_today(advertiser.zone, listed) if listed else None
    return days


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
