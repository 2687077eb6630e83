"""Lookback for the price of what changed: comparisons by day, then only what differs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.extract import Reader, Room, Tally, most_objects, takes_campaigns
from tiktok_ads.plan import DAY, Bookmark, Slice, Window, local_today
from tiktok_ads.plan.lookback import Differences, changed_parts
from tiktok_ads.plan.planning import unsettled_from
from tiktok_ads.runreport import Note
from tiktok_ads.sync.against import is_share
from tiktok_ads.sync.compared import AD, CAMPAIGN, Compared, differences, sums_of
from tiktok_ads.sync.comparing import Answered, Comparer
from tiktok_ads.sync.prepare import Part, Prepared, with_slices
from tiktok_ads.sync.prints_file import PrintsFile, Vouched
from tiktok_ads.sync.tables import INTEGRATED, Table

FULL_EVERY = timedelta(days=6, hours=20)
"""A run of each week reads the whole lookback, however late in its day it begins."""
MARK = "compared"
"""Under this name a bookmark remembers the run that last loaded its table."""

Held = Callable[[str, str, Window], Awaitable[bool]]


@dataclass
class Lookback:
    """What this run found out of each advertiser, to be kept once its tables are loaded.

    `full` are the tables of an advertiser whose whole lookback this run reads; `known` is what was kept.
    """

    prints: dict[str, Compared] = field(default_factory=dict)
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
    metrics = dict.fromkeys(metric for name in sorted(names) for metric in ready.tables[name].metrics)
    comparer = Comparer(client, ready.catalog, room, tally, metrics=metrics)
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
            tables = _by_table(pieces)
            vouched = {table: _vouched(known.get(table), ready, own) for table, own in tables.items()}
            found.known[advertiser_id] = known
            found.full[advertiser_id] = {table for table, before in vouched.items() if before is None}
            now = await _asked(comparer, ready, advertiser_id, pieces, [*vouched.values()])
            if now is None:
                return
            found.prints[advertiser_id] = now.prints
            for table, own in tables.items():
                if (before := vouched[table]) is not None:
                    window = now.prints.campaigns.window
                    by_campaign = await names_campaigns(table, advertiser_id, window)
                    for piece in own:
                        cut[piece] = _cut(piece, ready, before.prints, now, by_campaign=by_campaign)

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


@dataclass(frozen=True)
class _Now:
    """What was asked of an advertiser in this run: campaigns, and ads where tables below them are read."""

    campaigns: Answered
    ads: Answered | None

    @property
    def prints(self) -> Compared:
        return Compared(self.campaigns.prints, self.ads.prints if self.ads else None)


async def _asked(
    comparer: Comparer,
    ready: Prepared,
    advertiser_id: str,
    pieces: Sequence[Slice],
    vouched: Sequence[Vouched | None],
) -> _Now | None:
    """The comparisons; None if TikTok does not give that of the campaigns."""
    top_view = ready.top_view.known.get(advertiser_id, False)
    window = _window(ready, advertiser_id, pieces)
    campaigns = await comparer.campaigns(advertiser_id, window, top_view=top_view)
    if campaigns is None:
        return None
    if not any(_is_below_ads(piece) for piece in pieces):
        return _Now(campaigns, None)
    known = [one.prints for one in vouched if one is not None]
    # What any table needs to know of ads differs from what the oldest of them was compared with.
    differing = _joined([differences(one.campaigns, campaigns.prints, CAMPAIGN) for one in known])
    before = known[0].ads if known and all(one.ads == known[0].ads for one in known) else None

    def rows_on(day: date) -> int:
        return ready.stored("ad_insights", advertiser_id, Window(day, day)) or ready.stored(
            "ads", advertiser_id, None
        )

    ads = await comparer.ads(
        advertiser_id, window, before=before, differing=differing, rows_on=rows_on, top_view=top_view
    )
    return _Now(campaigns, ads)


def _joined(each: Sequence[Differences]) -> Differences:
    """What differs by any of them."""
    ids: dict[date, frozenset[str] | None] = {}
    for one in each:
        for day, own in one.ids.items():
            before = ids.get(day, frozenset())
            ids[day] = None if own is None or before is None else before | own
    return replace(each[0], ids=ids) if each else Differences(CAMPAIGN, {}, {}, 0)


def _is_below_ads(piece: Slice) -> bool:
    """Whether an ad has several rows a day, so that naming the ads that differ saves more than it costs."""
    stream = piece.stream
    return isinstance(stream, ReportStream) and AD in stream.dimensions and len(stream.dimensions) > 2


def _cut(
    piece: Slice, ready: Prepared, before: Compared, now: _Now, *, by_campaign: bool
) -> dict[Slice, Part]:
    """What of a slice differs. Days that are not loaded, or were loaded otherwise, are read whole."""
    stream = piece.stream
    assert isinstance(stream, ReportStream) and piece.window is not None  # noqa: S101, PT018
    bookmark = ready.bookmarks[stream.name, piece.advertiser_id]
    as_wanted = [one for one in bookmark.days if (one.shape, one.columns) == (piece.shape, piece.columns)]
    by_ad = now.ads is not None and _is_below_ads(piece)
    asked = now.ads if now.ads is not None and by_ad else now.campaigns
    if by_ad:
        differing = differences(before.ads, asked.prints, AD)
    else:
        differing = differences(before.campaigns, asked.prints, CAMPAIGN)
        differing = differing if by_campaign else replace(differing, per_call=0)
    ids = dict(differing.ids)
    for number in range(piece.window.days):
        day = piece.window.first + number * DAY
        if day not in asked.prints.window or not any(one.first <= day <= one.last for one in as_wanted):
            ids[day] = None

    def rows_on(day: date) -> int:
        return ready.stored(stream.name, piece.advertiser_id, Window(day, day))

    parts = changed_parts(
        piece,
        replace(differing, ids=ids),
        rows_on=rows_on,
        page_size=stream.page_size,
        longest=stream.max_window_days,
    )
    return {part: Part(count, _expected(part, asked)) for part, count in parts.items()}


def _expected(part: Slice, asked: Answered) -> Mapping[str, Decimal]:
    assert part.window is not None  # noqa: S101
    return sums_of(asked.totals, part.window, part.only.ids) if part.only else {}
