"""How many calls a plan will take, and which windows are worth a probe first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import EntityStream, ReportStream
from tiktok_ads.extract import CAMPAIGNS_PER_CALL, Cut, metric_calls, probe_calls
from tiktok_ads.plan import DAY, Bookmark, Slice, Window, runs_of_days, windows
from tiktok_ads.runreport import CallCount
from tiktok_ads.sync.tables import Table

TOP_VIEW_CHECK_EVERY = timedelta(hours=20)
_PROBE_WINDOW_DAYS = 30
_TASK_CALLS = 3
"""Create, check, download; more if the task takes its time."""

Stored = Callable[[str, str, Window | None], int]
"""Rows that the destination holds: table, advertiser, window."""


@dataclass(frozen=True)
class Estimate:
    """Calls by purpose; `least` if every probe finds nothing, `by_slice` each slice's own."""

    calls: CallCount
    least: int
    by_slice: Mapping[Slice, int]


def probe_windows(
    slices: Iterable[Slice], stored: Stored, top_view: Mapping[str, bool]
) -> dict[str, list[Window]]:
    """Advertiser → windows in which one call may save several: at least two slices there hold no rows yet.

    TopView stands in no such total, so its advertisers are read without.
    """
    empty: dict[str, list[Window]] = defaultdict(list)
    for piece in slices:
        holds = piece.window and stored(piece.stream.name, piece.advertiser_id, piece.window)
        if piece.window and not holds and not top_view.get(piece.advertiser_id):
            empty[piece.advertiser_id].append(piece.window)
    chosen: dict[str, list[Window]] = {}
    for advertiser_id, pieces in empty.items():
        days = {one.first + offset * DAY for one in set(pieces) for offset in range(one.days)}
        cuts = [
            cut
            for run in runs_of_days(days)
            for cut in windows(run.first, run.last, _PROBE_WINDOW_DAYS)
            if sum(1 for one in pieces if one.first <= cut.last and cut.first <= one.last) > 1
        ]
        if cuts:
            chosen[advertiser_id] = cuts
    return chosen


def whole_where_free(slices: Iterable[Slice], stored: Stored) -> list[Slice]:
    """Lists of changes asked in full where the full list takes one call as well.

    The full list also tells of ads whose parent was deleted and of those that vanished without a trace.
    """
    return [
        replace(one, modified_after=None, reason="full")
        if one.modified_after and stored(one.stream.name, one.advertiser_id, None) < one.stream.page_size
        else one
        for one in slices
    ]


def covering(window: Window, probes: Iterable[Window]) -> list[Window]:
    """The probes that hold every day of the window; none if a day is not probed."""
    found = [one for one in probes if one.first <= window.last and window.first <= one.last]
    held = sum(1 for offset in range(window.days) if any(window.first + offset * DAY in one for one in found))
    return found if held == window.days else []


def estimate(
    slices: Iterable[Slice],
    *,
    tables: Mapping[str, Table],
    bookmarks: Mapping[tuple[str, str], Bookmark],
    probes: Mapping[str, list[Window]],
    probe_metrics: tuple[str, ...],
    stored: Stored,
    spent: Mapping[str, int],
    top_view: Mapping[str, bool],
    catalog: Catalog,
) -> Estimate:
    """What these slices take if each holds about as many rows as the destination has of it."""
    calls: Counter[str] = Counter(spent)
    by_slice: dict[Slice, int] = {}
    savable = 0
    advertisers: dict[str, None] = {}
    for piece in slices:
        advertisers[piece.advertiser_id] = None
        table = tables[piece.stream.name]
        own: Counter[str] = Counter()
        rows = stored(piece.stream.name, piece.advertiser_id, piece.window)
        pages = max(-(-rows // piece.stream.page_size), 1)
        has_top_view = top_view.get(piece.advertiser_id, False)
        if isinstance(piece.stream, EntityStream):
            own["first_page"] = 1
            own["more_pages"] = pages - 1 if piece.is_complete_list else 0
            own["top_view"] = 1 if has_top_view and piece.stream.top_view_page_size else 0
        elif isinstance(piece.stream, ReportStream):
            requests = len(metric_calls(piece.stream, table.metrics))
            own.update(_first_calls(piece, _cut(piece, bookmarks), requests, stored))
            # The rows of a report in parts fill the first pages of all parts first.
            firsts = own["split"] or own["first_page"] // requests
            own["more_pages"] = requests * max(pages - firsts, 0)
            own["top_view"] = requests if has_top_view else 0
            if rows == 0 and piece.window and covering(piece.window, probes.get(piece.advertiser_id, ())):
                savable += sum(own.values())
        by_slice[piece] = sum(own.values())
        calls.update(own)
    calls["probe"] = sum(len(cuts) for cuts in probes.values()) * probe_calls(probe_metrics, catalog)
    calls["top_view"] += sum(1 for one in advertisers if one not in top_view)
    total = CallCount({purpose: count for purpose, count in sorted(calls.items()) if count})
    return Estimate(total, total.total - savable, by_slice)


def top_views(bookmarks: Iterable[Bookmark], now: datetime) -> dict[str, bool]:
    """Advertiser → whether it has TopView, for those of whom that was found out within the last day."""
    newest: dict[str, tuple[datetime, str]] = {}
    for bookmark in bookmarks:
        value = dict(bookmark.remembered).get("top_view")
        if value:
            word, _, moment = value.partition(" ")
            found = (datetime.fromisoformat(moment), word)
            newest[bookmark.advertiser_id] = max(newest.get(bookmark.advertiser_id, found), found)
    return {
        owner: word == "yes"
        for owner, (moment, word) in newest.items()
        if timedelta(0) <= now - moment < TOP_VIEW_CHECK_EVERY
    }


def _first_calls(piece: Slice, cut: Cut, requests: int, stored: Stored) -> dict[str, int]:
    """The calls that a report slice takes without its further pages, cut as was needed before."""
    parts = len(cut.windows(piece.window)) if piece.window else 1
    if cut.how != "campaigns":
        return {"first_page": requests * parts}
    # A report of each part names its campaigns; then so many of these at a time are asked for.
    known = max(stored("campaigns", piece.advertiser_id, None) - len(cut.alone), 1)
    chunks = -(-known // CAMPAIGNS_PER_CALL)
    return {
        "first_page": parts * (1 + chunks * (requests - 1)),
        "split": parts * chunks,
        "task": parts * _TASK_CALLS if cut.alone else 0,
    }


def _cut(piece: Slice, bookmarks: Mapping[tuple[str, str], Bookmark]) -> Cut:
    """How the slice is going to be cut because that was needed before."""
    bookmark = bookmarks.get((piece.stream.name, piece.advertiser_id))
    return Cut.read(dict(bookmark.remembered).get("cut", "") if bookmark else "")
