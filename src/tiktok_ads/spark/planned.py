"""On the driver: the slices of a query or of a stream's next batch, by the planner of every sync."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from tiktok_ads.catalog.special_rules import days_zone
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.client import Client
from tiktok_ads.config import Settings
from tiktok_ads.config.table import ALL
from tiktok_ads.errors import AccessDenied
from tiktok_ads.extract import Tally
from tiktok_ads.plan import Advertiser, Bookmark, Slice, Window, advance, local_today
from tiktok_ads.spark.errand import Share
from tiktok_ads.spark.options import Asked
from tiktok_ads.spark.pushed import Narrowed
from tiktok_ads.sync.accounts import Known
from tiktok_ads.sync.prepare import Prepared, accounts_of, planned, top_view_of
from tiktok_ads.sync.run import connected, present
from tiktok_ads.sync.tables import Table

_log = logging.getLogger(__name__)
_ACCOUNTS = "advertisers"
_ACCOUNTS_PER_SHARE = 1000


async def shares_of(
    asked: Asked, found: Narrowed, *, now: datetime, given: bool = False, since: datetime | None = None
) -> list[Share]:
    """What is to be read, cut into partitions.

    Args:
        asked: the options.
        found: the owners and days that can have rows of the query.
        now: the present.
        given: whether `now` counts even where TikTok's clock disagrees.
        since: the moment of the batch before, after which only days that are new or had not settled are
            read; None reads all.

    Raises:
        TikTokAdsError: the login does not work, or an advertiser is closed to it.
    """
    settings = _named(asked.settings, found)
    if not settings.advertisers:
        return []
    tally = Tally()
    async with connected(settings, None, None, asyncio.sleep) as (client, _):
        known = await accounts_of(client, settings, [asked.table], now, tally)
        _tell_closed(known, skips=asked.skips_closed)
        now, notes = present(client, now, given=now if given else None)
        for note in (*known.notes, *notes):
            _log.warning("%s", note.text)
        if asked.table.name == _ACCOUNTS:
            return _accounts(known, found, now)
        ready = await _planned(client, asked.table, settings, known, tally, now=now, since=since)
    return _cut(ready, found, asked.slices_per_partition)


def _named(settings: Settings, found: Narrowed) -> Settings:
    """The settings, about nobody else than the query where they name advertisers by id."""
    named = settings.advertisers
    if found.owners is None or ALL in named or not all(one.isdigit() for one in named):
        return settings
    return settings.model_copy(update={"advertisers": tuple(one for one in named if found.wants(one))})


def _tell_closed(known: Known, *, skips: bool) -> None:
    for one in known.skipped:
        if not skips:
            raise AccessDenied(f"{one.what} {one.remedy}", one.code or 0, "advertiser/info", one.request_id)
        _log.warning("left out %s: %s", one.advertiser_id, one.what)


def _accounts(known: Known, found: Narrowed, at: datetime) -> list[Share]:
    """The table `advertisers`, which came with the question who they are."""
    mask = [found.wants(one) for one in known.rows["advertiser_id"].to_pylist()]
    rows = known.rows.filter(mask) if mask else known.rows
    return [
        Share(at, rows=rows.slice(begin, _ACCOUNTS_PER_SHARE))
        for begin in range(0, rows.num_rows, _ACCOUNTS_PER_SHARE)
    ]


async def _planned(
    client: Client,
    table: Table,
    settings: Settings,
    known: Known,
    tally: Tally,
    *,
    now: datetime,
    since: datetime | None,
) -> Prepared:
    owners = (*known.business_centers, *known.advertisers)
    bookmarks = _left_behind(table, owners, settings, since) if since else {}
    top_view = await top_view_of(client, known, {}, now, tally, tables=[table])
    return planned(None, settings, [table], known, bookmarks, top_view, now=now, spent=tally, backfill=False)


def _left_behind(
    table: Table, owners: Iterable[Advertiser], settings: Settings, at: datetime
) -> dict[tuple[str, str], Bookmark]:
    """The bookmarks as a sync would have left them at that moment."""
    stream, wanted = table.stream, table.wanted
    dated = stream.day_column is not None
    if not dated or settings.start_date is None:
        return {}
    bookmarks = {}
    for owner in owners:
        key = (stream.name, owner.advertiser_id)
        zone = days_zone(stream, owner.zone) if isinstance(stream, ReportStream) else owner.zone
        today = local_today(zone, at)
        first = max(settings.start_date, owner.created) if owner.created else settings.start_date
        last = min(today, settings.end_date) if settings.end_date else today
        if last < first:
            continue
        done = Slice(
            stream,
            owner.advertiser_id,
            window=Window(first, last),
            shape=wanted.shape,
            columns=wanted.columns,
        )
        bookmarks[key] = advance(Bookmark(*key), done, today=today, lookback_days=wanted.lookback_days, at=at)
    return bookmarks


def _cut(ready: Prepared, found: Narrowed, slices_per_partition: int) -> list[Share]:
    windows: dict[str, list[Window | None]] = defaultdict(list)
    for piece in ready.slices:
        if found.wants(piece.advertiser_id):
            windows[piece.advertiser_id] += _windows(piece, found)
    return [
        Share(
            ready.now,
            ready.advertisers[owner_id],
            tuple(own[begin : begin + slices_per_partition]),
            ready.top_view.known.get(owner_id),
        )
        for owner_id, own in windows.items()
        for begin in range(0, len(own), slices_per_partition)
    ]


def _windows(piece: Slice, found: Narrowed) -> list[Window | None]:
    """What of a slice's days can have rows; all of them where its rows are not one for each day."""
    if piece.window is None or not chooses_days(piece.stream):
        return [piece.window]
    cut = found.cut(piece.window)
    return [cut] if cut else []


def chooses_days(stream: object) -> bool:
    """Whether a part of the days can be asked for by itself."""
    return isinstance(stream, ReportStream) and stream.day_column is not None and not stream.period
