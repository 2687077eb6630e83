"""On an executor: one partition → Arrow batches, in an event loop of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.client import Client
from tiktok_ads.client.gate import LOCAL
from tiktok_ads.errors import AccessDenied, ApiError, ConfigError, InconsistentPages, NotAvailable
from tiktok_ads.extract import Room, SliceTooLong, Tally
from tiktok_ads.plan import Slice, Window, steps
from tiktok_ads.spark.errand import Errand, Share
from tiktok_ads.spark.failures import told_to_spark
from tiktok_ads.spark.shape import batches_of
from tiktok_ads.sync.read import Read, SliceReader, Surroundings
from tiktok_ads.sync.run import connected

_log = logging.getLogger(__name__)


def read_share(errand: Errand, share: Share) -> Iterator[pa.RecordBatch]:
    """The rows of a partition, slice by slice.

    Raises:
        TikTokAdsError: they could not be had whole.
    """
    with told_to_spark(), errand.carried.put_on(), asyncio.Runner() as loop:
        if share.rows is not None:
            yield from _batches(errand, share, share.rows)
            return
        _check_reach(errand)
        tables = _tables(errand, share)
        try:
            while (rows := loop.run(_next(tables))) is not None:
                yield from _batches(errand, share, rows)
        finally:
            loop.run(tables.aclose())


async def _next(tables: AsyncIterator[pa.Table]) -> pa.Table | None:
    return await anext(tables, None)


def _batches(errand: Errand, share: Share, rows: pa.Table) -> list[pa.RecordBatch]:
    keeps = errand.settings.include_deleted
    return batches_of(rows, errand.table, errand.schema, at=share.at, keeps_deleted=keeps)


def _check_reach(errand: Errand) -> None:
    """A count of calls in a file holds for one machine; two of them would each use the whole quota."""
    if errand.settings.quota_store == LOCAL and socket.gethostname() != errand.host:
        raise ConfigError(
            "The executors run on other machines than the driver, and each would count its calls by itself.",
            "Set the option `quota_store` to a Redis or Postgres server: see docs/many-machines.md.",
        )


async def _tables(errand: Errand, share: Share) -> AsyncGenerator[pa.Table, None]:
    """The rows slice by slice; what is closed to the login is left out where the options say so."""
    async with connected(errand.settings, None, None, asyncio.sleep) as (client, gate):
        room = Room()
        reader = SliceReader(_around(errand, share, client, room))
        try:
            async for read in _reads(reader, share.slices(errand.table), room, errand.settings.concurrency):
                for note in read.notes:
                    _log.warning("%s: %s", read.piece, note)
                if read.doubt or not read.whole:
                    why = read.doubt or "a part of the list could not be read"
                    raise InconsistentPages(why, errand.table.name, "")
                yield read.rows
        except (AccessDenied, NotAvailable) as closed:
            if not errand.skips_closed:
                raise
            _log.warning("left out: %s", _told(closed, share))
        finally:
            await reader.close()
            for text in gate.notes():
                _log.warning("%s", text)


def _nothing_stored(table: str, owner_id: str, window: Window | None) -> int:
    return 0


def _told(closed: ApiError, share: Share) -> str:
    return f"{share.owner.advertiser_id if share.owner else ''}: {closed}"


async def _reads(
    reader: SliceReader, pieces: Sequence[Slice], room: Room, at_once: int
) -> AsyncIterator[Read]:
    """The slices in order, the next ones on their way while one is handed over."""
    waiting = deque(pieces)
    under_way: deque[tuple[Slice, asyncio.Task[Read]]] = deque()
    order = 0
    try:
        while waiting or under_way:
            while waiting and len(under_way) < at_once:
                piece = waiting.popleft()
                under_way.append((piece, asyncio.create_task(_one(reader, piece, room, order))))
                order += 1
            piece, task = under_way.popleft()
            try:
                yield await task
            except SliceTooLong as found:
                waiting.extendleft(reversed(steps(piece, found.days)))
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)


async def _one(reader: SliceReader, piece: Slice, room: Room, order: int) -> Read:
    with room.ticket(order) as ticket:
        return await reader.read(piece, Tally(), ticket)


def _around(errand: Errand, share: Share, client: Client, room: Room) -> Surroundings:
    """What a slice asks of the run around it: nothing is stored, and nothing was probed."""
    table, owner = errand.table, share.owner
    assert owner is not None  # noqa: S101  (a share has slices or rows)

    async def held(table: str, owner_id: str, window: Window) -> Mapping[str, Decimal]:
        return {}

    async def campaign_ids(owner_id: str) -> Sequence[str]:
        return ()

    return Surroundings(
        client=client,
        tables={table.name: table},
        advertisers={owner.advertiser_id: owner},
        bookmarks={},
        probes={},
        probe_metrics=(),
        top_view={} if share.top_view is None else {owner.advertiser_id: share.top_view},
        found_top_view=frozenset(),
        by_slice={},
        stored=_nothing_stored,
        held=held,
        campaign_ids=campaign_ids,
        include_deleted=errand.settings.include_deleted,
        catalog=catalog(),
        room=room,
        now=share.at,
        sleep=asyncio.sleep,
        parts={},
    )
