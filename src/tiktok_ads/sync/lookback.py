"""Lookback for the price of what changed: one comparison by campaign and day, then only what differs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.catalog.model import ReportStream
from tiktok_ads.decode import report_fields
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.extract import (
    CAMPAIGNS_PER_CALL,
    Reader,
    ReportQuestion,
    ReportReader,
    Room,
    Tally,
    most_objects,
    takes_campaigns,
)
from tiktok_ads.plan import DAY, Bookmark, Slice, Window, local_today, windows
from tiktok_ads.plan.lookback import changed_parts
from tiktok_ads.plan.planning import unsettled_from
from tiktok_ads.runreport import Note
from tiktok_ads.sync.against import is_share
from tiktok_ads.sync.compared import Prints, Totals, campaign_days, differences, prints_of, sums_of, totals_of
from tiktok_ads.sync.prepare import Part, Prepared, with_slices
from tiktok_ads.sync.prints_file import PrintsFile, Vouched
from tiktok_ads.sync.tables import INTEGRATED, Table

FULL_EVERY = timedelta(days=6, hours=20)
"""A run of each week reads the whole lookback, however late in its day it begins."""
MARK = "compared"
"""Under this name a bookmark remembers the run that last loaded its table."""
_BEFORE_ALL = -1

Held = Callable[[str, str, Window], Awaitable[bool]]


@dataclass
class Lookback:
    """What this run found out of each advertiser, to be kept once its tables are loaded.

    `full` are the tables of an advertiser whose whole lookback this run reads; `known` is what was kept.
    """

    prints: dict[str, Prints] = field(default_factory=dict)
    known: dict[str, dict[str, Vouched]] = field(default_factory=dict)
    full: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def is_compared(table: Table) -> bool:
    """Whether campaigns' totals tell which days of a table have changed."""
    stream = table.stream
    return (
        isinstance(stream, ReportStream)
        and stream.endpoint == INTEGRATED
        and is_share(stream)
        and bool(stream.day_column)
        and stream.update_method == "partition"
        and table.wanted.dates is None
        and table.wanted.lookback_days > 0
        and not (stream.beside or stream.summed or stream.period or stream.stamped)
        and takes_campaigns(stream)
        and most_objects(stream) is None
    )


def compared_tables(ready: Prepared) -> frozenset[str]:
    """The tables of a run of which only what changed is read again; none unless the settings say so."""
    if ready.settings.lookback_mode != "changed" or not ready.settings.include_deleted:
        return frozenset()
    return frozenset(table.name for table in ready.tables.values() if is_compared(table))


def mode_notes(ready: Prepared) -> list[Note]:
    """What is to be said where the setting cannot be followed."""
    if ready.settings.lookback_mode == "changed" and not ready.settings.include_deleted:
        text = "lookback_mode = changed needs include_deleted, as campaigns' totals hold deleted ads, too; "
        return [Note(text + "so the lookback is read in full")]
    return []


async def narrowed(
    client: Reader, ready: Prepared, kept: PrintsFile, *, room: Room, tally: Tally, names_campaigns: Held
) -> tuple[Prepared, Lookback]:
    """The plan with each lookback cut down to what differs from what is loaded.

    An advertiser that cannot be compared is read in full, and its own slices tell what is wrong with it.
    """
    names = compared_tables(ready)
    found = Lookback()
    of_advertiser: dict[str, list[Slice]] = defaultdict(list)
    for piece in ready.slices:
        if piece.stream.name in names and piece.reason != "backfill":
            of_advertiser[piece.advertiser_id].append(piece)
    at_once = asyncio.Semaphore(ready.settings.concurrency)
    cut: dict[Slice, dict[Slice, Part]] = {}

    async def compare(advertiser_id: str, pieces: list[Slice]) -> None:
        async with at_once:
            known = await asyncio.to_thread(kept.of, advertiser_id)
            window = _window(ready, advertiser_id, pieces)
            rows = await _asked(client, ready, advertiser_id, names, window, room, tally)
            if rows is None:
                return
            stream = _question(ready, names)
            found.prints[advertiser_id] = now = prints_of(rows, stream, window)
            found.known[advertiser_id] = known
            totals = totals_of(rows)
            for table, own in _by_table(pieces).items():
                before = _vouched(known.get(table), ready, own)
                if before is None:
                    found.full[advertiser_id].add(table)
                    continue
                by_campaign = await names_campaigns(table, advertiser_id, window)
                for piece in own:
                    cut[piece] = _cut(piece, ready, before.prints, now, totals, by_campaign=by_campaign)

    async with asyncio.TaskGroup() as group:
        for advertiser_id, pieces in of_advertiser.items():
            group.create_task(compare(advertiser_id, pieces))
    parts = {part: told for own in cut.values() for part, told in own.items()}
    slices = [one for piece in ready.slices for one in cut.get(piece, {piece: None})]
    return with_slices(ready, slices, parts, spent=tally), found


def remember(
    found: Lookback,
    ready: Prepared,
    kept: PrintsFile,
    *,
    run_id: str,
    whole: Callable[[str, str], bool],
) -> None:
    """Keep the prints of the advertisers' tables that are loaded whole; the others are read in full next.

    Args:
        found: as `narrowed` gave it.
        ready: the plan, whose bookmarks stand as the run left them.
        kept: the file.
        run_id: this run's.
        whole: whether every slice of a table and advertiser was loaded.
    """
    names = compared_tables(ready)
    for advertiser_id, prints in found.prints.items():
        tables: dict[str, tuple[str, datetime]] = {}
        for name in names:
            bookmark = ready.bookmarks.get((name, advertiser_id))
            mark = dict(bookmark.remembered).get(MARK, "") if bookmark else ""
            before = found.known[advertiser_id].get(name)
            full_at = ready.now if name in found.full[advertiser_id] or not before else before.full_at
            if mark and whole(name, advertiser_id):
                tables[name] = (mark, full_at)
        kept.keep(advertiser_id, prints, tables, run_id=run_id)


def _by_table(pieces: Iterable[Slice]) -> dict[str, list[Slice]]:
    tables: dict[str, list[Slice]] = defaultdict(list)
    for piece in pieces:
        tables[piece.stream.name].append(piece)
    return tables


def _window(ready: Prepared, advertiser_id: str, pieces: Sequence[Slice]) -> Window:
    """From the first day of any of the tables' lookbacks to today."""
    today = local_today(ready.advertisers[advertiser_id].zone, ready.now)
    firsts = [today]
    for table, own in _by_table(pieces).items():
        lookback = ready.tables[table].wanted.lookback_days
        bookmark = ready.bookmarks.get((table, advertiser_id)) or Bookmark(table, advertiser_id)
        since = unsettled_from(bookmark, lookback) if bookmark.days else today - lookback * DAY
        firsts.append(max(since, min(piece.window.first for piece in own if piece.window)))
    return Window(min(firsts), today)


def _vouched(before: Vouched | None, ready: Prepared, own: Sequence[Slice]) -> Vouched | None:
    """What was kept of a table, if it still speaks for the rows in the destination."""
    piece = own[0]
    bookmark = ready.bookmarks.get((piece.stream.name, piece.advertiser_id))
    if before is None or bookmark is None or dict(bookmark.remembered).get(MARK) != before.mark:
        return None
    if not timedelta(0) <= ready.now - before.full_at < FULL_EVERY:
        return None
    loaded = [(one.shape, one.columns) for one in bookmark.days]
    return before if all(one == (piece.shape, piece.columns) for one in loaded[-1:]) else None


def _cut(
    piece: Slice, ready: Prepared, before: Prints, now: Prints, totals: Totals, *, by_campaign: bool
) -> dict[Slice, Part]:
    """What of a slice differs. Days that are not loaded, or were loaded otherwise, are read whole."""
    stream = piece.stream
    assert isinstance(stream, ReportStream) and piece.window is not None  # noqa: S101, PT018
    bookmark = ready.bookmarks[stream.name, piece.advertiser_id]
    as_wanted = [one for one in bookmark.days if (one.shape, one.columns) == (piece.shape, piece.columns)]
    differing = differences(before, now)
    campaigns = dict(differing.campaigns)
    for number in range(piece.window.days):
        day = piece.window.first + number * DAY
        if day not in now.window or not any(one.first <= day <= one.last for one in as_wanted):
            campaigns[day] = None

    def rows_on(day: date) -> int:
        return ready.stored(stream.name, piece.advertiser_id, Window(day, day))

    parts = changed_parts(
        piece,
        replace(differing, campaigns=campaigns),
        rows_on=rows_on,
        page_size=stream.page_size,
        campaigns_per_call=CAMPAIGNS_PER_CALL if by_campaign else 0,
        longest=stream.max_window_days,
    )
    return {part: Part(count, _expected(part, totals)) for part, count in parts.items()}


def _expected(part: Slice, totals: Totals) -> Mapping[str, Decimal]:
    assert part.window is not None  # noqa: S101
    return sums_of(totals, part.window, part.campaigns) if part.campaigns else {}


def _question(ready: Prepared, names: Iterable[str]) -> ReportStream:
    metrics = [metric for name in sorted(names) for metric in ready.tables[name].metrics]
    return campaign_days(metrics, ready.catalog)


async def _asked(
    client: Reader,
    ready: Prepared,
    advertiser_id: str,
    names: Iterable[str],
    window: Window,
    room: Room,
    tally: Tally,
) -> pa.Table | None:
    """The comparison's rows; None if TikTok does not give them at once and whole."""
    stream = _question(ready, names)
    question = ReportQuestion(
        fields=report_fields(stream, stream.metrics, ready.catalog),
        metrics=stream.metrics,
        include_deleted=True,
        top_view=ready.top_view.known.get(advertiser_id, False),
        currency=None,
        campaign_ids=_not_cut,
        totals=None,
        whole=True,
    )
    cuts = windows(window.first, window.last, stream.max_window_days)
    tables = []
    with tally.all_as("compare") as own, room.ticket(_BEFORE_ALL) as ticket:
        try:
            for one in cuts:
                piece = Slice(stream, advertiser_id, one)
                answer = await ReportReader(client, piece, question, tally=own, ticket=ticket).read()
                tables.append(answer.rows.table)
        except TikTokAdsError:
            return None
    return pa.concat_tables(tables, promote_options="permissive")


async def _not_cut(window: Window | None, tally: Tally) -> list[str]:
    return []
