"""The middle of a run: every slice read and loaded, then the spend named that no table holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from tiktok_ads.client import Client
from tiktok_ads.errors import AuthError, QuotaExceeded
from tiktok_ads.extract import CHECKED, Room
from tiktok_ads.load import Destination
from tiktok_ads.plan import Window
from tiktok_ads.runreport import Progress
from tiktok_ads.sync.again import Again
from tiktok_ads.sync.book import Book
from tiktok_ads.sync.coverage import (
    Outside,
    beyond,
    covering_table,
    gmv_max_gap,
    gmv_max_spend,
    told_of,
)
from tiktok_ads.sync.loader import DestinationThread, Loader, chosen_days
from tiktok_ads.sync.lookback import compared_tables, mode_notes
from tiktok_ads.sync.notes import columns_changed, said_of
from tiktok_ads.sync.nothing import note_of, spent_without_rows
from tiktok_ads.sync.prepare import Prepared
from tiktok_ads.sync.read import SliceReader, Surroundings
from tiktok_ads.sync.reconcile import Reconciled, Reconciliation
from tiktok_ads.sync.workers import Stop, Workers

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Tools:
    """What a run works with: the open client and destination, the thread of the latter, and the book."""

    client: Client
    destination: Destination
    thread: DestinationThread
    book: Book


async def work(
    tools: Tools, ready: Prepared, *, run_id: str, progress: Progress | None, sleep: Sleep
) -> tuple[Stop | None, Reconciled]:
    """Read and load every slice; what stopped the run early, if anything did, and what the days add up to."""
    client, destination, thread, book = tools.client, tools.destination, tools.thread, tools.book
    loader = Loader(
        destination,
        thread,
        tables=ready.tables,
        advertisers=ready.advertisers,
        bookmarks=ready.bookmarks,
        chosen=chosen_days(ready.slices),
        include_deleted=ready.settings.include_deleted,
        marked=compared_tables(ready),
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
                lambda: destination.totals(table, owner, window, (*CHECKED, "cost"))
            ),
            campaign_ids=lambda owner: thread.run(lambda: destination.campaign_ids(owner)),
            include_deleted=ready.settings.include_deleted,
            catalog=ready.catalog,
            room=room,
            now=ready.now,
            sleep=sleep,
            parts=ready.parts,
        )
    )
    book.add_notes(ready.known.notes)
    book.add_notes(mode_notes(ready))
    book.add_notes(said_of(ready.tables.values(), ready.known.advertisers, ready.now))
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
        is_optional=ready.is_optional,
    )
    loading = asyncio.create_task(loader.run())
    try:
        if "advertisers" in ready.tables:
            await workers.load_accounts(ready.known.rows)
        stopped = await workers.work(ready.slices)
        book.add_notes(reader.never_came())
        found = Reconciled()
        if stopped is None:
            reconciliation = _reconciliation(tools, ready, reader, room)
            await reconciliation.ask()
            await _name_what_is_outside(tools, ready, reader, room)
            found = await reconciliation.found(run_id=run_id, at=ready.now)
            book.add_notes(found.notes)
        return stopped, found
    finally:
        loading.cancel()
        await asyncio.gather(loading, return_exceptions=True)
        await reader.close()


def _reconciliation(tools: Tools, ready: Prepared, reader: SliceReader, room: Room) -> Reconciliation:
    destination, thread = tools.destination, tools.thread
    return Reconciliation(
        ready,
        tools.book,
        Again(tools.client, ready.catalog, room, tools.book.shared),
        probe=reader.probe,
        held=lambda table, owners, window, columns: thread.run(
            lambda: destination.daily_totals(table, owners, window, columns)
        ),
    )


async def _name_gmv_max(tools: Tools, ready: Prepared, found: Sequence[Outside]) -> None:
    """Say what GMV Max spent, or what of it the table that was chosen for it lacks."""
    covering = covering_table(table.stream for table in ready.tables.values())
    if covering is None:
        tools.book.add_notes(told_of(found, ready.currency))
        return
    (table, column), complete = covering, ready.complete_days()
    for one in found:
        reached = complete.get((table, one.advertiser_id))
        if reached is None or reached < one.window.last:
            continue
        held = await tools.thread.run(
            partial(tools.destination.totals, table, one.advertiser_id, one.window, [column])
        )
        currency = ready.currency.get(one.advertiser_id)
        note = gmv_max_gap(one, table, held.get(column, Decimal(0)), currency)
        tools.book.add_notes([note] if note else [])


async def _name_what_is_outside(tools: Tools, ready: Prepared, reader: SliceReader, room: Room) -> None:
    """Say how much was spent that no table holds; only of advertisers whose days were all read."""
    at_once = asyncio.Semaphore(ready.settings.concurrency)

    async def ask(advertiser_id: str, window: Window) -> Outside | None:
        # The run is done; that this last question is not answered is no reason to call it failed.
        with suppress(AuthError, QuotaExceeded):
            async with at_once:
                return await gmv_max_spend(
                    tools.client,
                    advertiser_id,
                    window,
                    catalog=ready.catalog,
                    room=room,
                    tally=tools.book.shared,
                )
        return None

    found = [one for one in await asyncio.gather(*(ask(*one) for one in ready.outside.items())) if one]
    await _name_gmv_max(tools, ready, found)
    streams = [table.stream for table in ready.tables.values()]
    tools.book.unloaded = await spent_without_rows(
        tools.book,
        streams,
        totals=reader.totals(),
        outside=found,
        currency=ready.currency,
        held=lambda table, owner, window: tools.thread.run(
            partial(tools.destination.count_rows, table, owner, window)
        ),
    )
    tools.book.add_notes(map(note_of, tools.book.unloaded))
    # Reconciliation holds the same against each other, day by day and with the cause.
    totals = {} if ready.settings.reconcile else reader.totals()
    complete = ready.complete_days()
    for (advertiser_id, window), total in totals.items():
        reached = complete.get(("ad_insights", advertiser_id))
        if reached is None or reached < window.last:
            continue
        held = await tools.thread.run(
            partial(tools.destination.totals, "ad_insights", advertiser_id, window, ["spend"])
        )
        note = beyond(
            advertiser_id,
            window,
            total=total,
            held=held.get("spend", Decimal(0)),
            currency=ready.currency.get(advertiser_id),
        )
        tools.book.add_notes([note] if note else [])
