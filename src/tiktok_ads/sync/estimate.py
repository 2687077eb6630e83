"""How many calls a plan will take, and which windows are worth a probe first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.special_rules import is_special
from tiktok_ads.catalog.streams import EntityStream, ReportStream, Stream
from tiktok_ads.extract import (
    CAMPAIGNS_PER_CALL,
    IDS_PER_FILTER,
    MOST_ROWS,
    Cut,
    metric_calls,
    most_objects,
    own_ids,
    probe_calls,
    takes_top_view,
)
from tiktok_ads.plan import DAY, Bookmark, Slice, Window, runs_of_days, steps, windows
from tiktok_ads.runreport import CallCount
from tiktok_ads.sync.beside import coarser_calls
from tiktok_ads.sync.list_calls import list_calls, parent_calls
from tiktok_ads.sync.special_calls import special_calls, special_ids
from tiktok_ads.sync.summed import summed_calls
from tiktok_ads.sync.tables import INTEGRATED, Table

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


def is_in_total(stream: Stream) -> bool:
    """Whether what a report shows stands in the advertiser's own total as well."""
    return (
        isinstance(stream, ReportStream)
        and stream.endpoint == INTEGRATED
        and stream.report_type in ("BASIC", "AUDIENCE", "CATALOG")
        and not stream.filters
    )


def is_probed(piece: Slice) -> bool:
    """Whether the advertiser's own total tells that a slice has no rows."""
    return piece.window is not None and is_in_total(piece.stream)


def probe_windows(
    slices: Iterable[Slice],
    stored: Stored,
    top_view: Mapping[str, bool],
    *,
    tables: Mapping[str, Table],
    calls_each: int,
) -> dict[str, list[Window]]:
    """Advertiser → windows in which a probe may save more calls than it takes, as slices hold no rows yet.

    TopView stands in no such total, so its advertisers are read without. A probe takes `calls_each`.
    """
    saves: dict[str, Counter[Window]] = defaultdict(Counter)
    requests = {name: _requests_of(table) for name, table in tables.items()}
    for piece in slices:
        if piece.window is None or not is_probed(piece) or top_view.get(piece.advertiser_id):
            continue
        if not stored(piece.stream.name, piece.advertiser_id, piece.held):
            saves[piece.advertiser_id][piece.window] += requests[piece.stream.name]
    chosen: dict[str, list[Window]] = {}
    for advertiser_id, empty in saves.items():
        days = {one.first + offset * DAY for one in empty for offset in range(one.days)}
        cuts = [
            cut
            for run in runs_of_days(days)
            for cut in windows(run.first, run.last, _PROBE_WINDOW_DAYS)
            if sum(calls for one, calls in empty.items() if one.first <= cut.last and cut.first <= one.last)
            > calls_each
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
    parts: Mapping[Slice, int] | None = None,
) -> Estimate:
    """What these slices take if each holds about as many rows as the destination has of it.

    `parts` tells the rows of slices that stand for some of their days' rows.
    """
    calls: Counter[str] = Counter(spent)
    by_slice: dict[Slice, int] = {}
    savable = 0
    advertisers: dict[str, None] = {}
    known = {name: _facts(table) for name, table in tables.items()}
    for piece in slices:
        facts = known[piece.stream.name]
        if facts.wants_top_view:
            advertisers[piece.advertiser_id] = None
        own: dict[str, int] = {}
        part = (parts or {}).get(piece)
        rows = stored(piece.stream.name, piece.advertiser_id, piece.held) if part is None else part
        has_top_view = top_view.get(piece.advertiser_id, False) and facts.wants_top_view
        if isinstance(piece.stream, EntityStream):
            own = list_calls(piece, bookmarks, stored)
            own["top_view"] = 1 if has_top_view and piece.stream.top_view_page_size else 0
        elif facts.is_special:
            own = special_calls(piece, bookmarks, rows)
        elif isinstance(piece.stream, ReportStream):
            cut = Cut() if piece.only else _cut(piece, bookmarks)
            steps_of = _parts(piece, cut, rows, stored) if part is None else [_Part(part)]
            own = _report_calls(piece, cut, steps_of, facts, stored)
            coarser = facts.coarser + summed_calls(piece)
            own["first_page"] += coarser
            own["top_view"] = facts.requests * len(steps_of) + coarser if has_top_view else 0
            probed = is_probed(piece) and piece.window
            if rows == 0 and probed and covering(probed, probes.get(piece.advertiser_id, ())):
                savable += sum(own.values())
        by_slice[piece] = sum(own.values())
        for purpose, count in own.items():
            calls[purpose] += count
    calls["ids"] += parent_calls(by_slice, tables.keys(), stored, catalog)
    calls["ids"] += special_ids(by_slice)
    calls["ids"] += _object_questions(by_slice, known)
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


@dataclass(frozen=True)
class _Part:
    """A part of a report slice that is asked for by itself; `tries` are first pages that were too long."""

    rows: int
    tries: int = 0


@dataclass(frozen=True)
class _Facts:
    """What is the same for every slice of a table, found out once: `requests` to get all its metrics."""

    wants_top_view: bool
    is_special: bool
    requests: int
    coarser: int
    most_objects: int | None


def _facts(table: Table) -> _Facts:
    stream = table.stream
    special = is_special(stream)
    integrated = stream if isinstance(stream, ReportStream) and not special else None
    return _Facts(
        wants_top_view=wants_top_view(stream),
        is_special=special,
        requests=_requests_of(table),
        coarser=coarser_calls(integrated) if integrated else 0,
        most_objects=most_objects(integrated) if integrated else None,
    )


def _requests_of(table: Table) -> int:
    return len(metric_calls(table.stream, table.metrics)) if isinstance(table.stream, ReportStream) else 0


def _parts(piece: Slice, cut: Cut, rows: int, stored: Stored) -> list[_Part]:
    """The slice as it will be cut: as was needed before, and where it has more rows than are held at once."""
    if piece.window is None or piece.held is None or cut.how == "ids":
        return [_Part(rows)]
    if 0 < cut.days < piece.window.days:
        return [one for step in steps(piece, cut.days) for one in _step_parts(step, cut, stored)]
    if rows <= MOST_ROWS or piece.window.days == 1 or cut.how == "campaigns":
        return [_Part(rows)]
    days = min(max(piece.window.days * MOST_ROWS // rows, 1), piece.window.days - 1)
    first, *others = [one for step in steps(piece, days) for one in _step_parts(step, cut, stored)]
    return [replace(first, tries=first.tries + 1), *others]


def _step_parts(step: Slice, cut: Cut, stored: Stored) -> list[_Part]:
    return _parts(step, cut, stored(step.stream.name, step.advertiser_id, step.held), stored)


def _report_calls(
    piece: Slice, cut: Cut, parts: Sequence[_Part], facts: _Facts, stored: Stored
) -> dict[str, int]:
    """The calls that a report slice takes in these parts."""
    size, requests = piece.stream.page_size, facts.requests
    assert isinstance(piece.stream, ReportStream)  # noqa: S101
    if (most := facts.most_objects) is not None:
        chunks = _chunks_of_objects(piece, piece.stream, cut, most, stored)
        filtered = chunks > 1 or cut.days <= IDS_PER_FILTER
        return {
            "first_page": chunks * (requests - 1) if filtered else requests,
            "split": chunks if filtered else 0,
            "more_pages": requests * sum(max(-(-part.rows // size) - chunks, 0) for part in parts),
        }
    if cut.how != "campaigns":
        return {
            "first_page": sum(requests + part.tries for part in parts),
            "more_pages": requests * sum(max(-(-part.rows // size), 1) - 1 for part in parts),
        }
    # A report of each part names its campaigns; then so many of these at a time are asked for, and the rows
    # fill the first pages of all of these first.
    known = max(stored("campaigns", piece.advertiser_id, None) - len(cut.alone), 1)
    chunks = -(-known // CAMPAIGNS_PER_CALL)
    return {
        "first_page": len(parts) * (1 + chunks * (requests - 1)),
        "split": len(parts) * chunks,
        "more_pages": requests * sum(max(-(-part.rows // size) - chunks, 0) for part in parts),
        "task": len(parts) * _TASK_CALLS if cut.alone else 0,
    }


def _chunks_of_objects(piece: Slice, stream: ReportStream, cut: Cut, most: int, stored: Stored) -> int:
    """In how many calls a report is asked of which TikTok takes only so many objects at a time."""
    own = own_ids(stream)
    lists = {"campaign_id": "campaigns", "adgroup_id": "adgroups", "ad_id": "ads", "ad_id_v2": "ads"}
    count = cut.days if cut.how == "ids" else 0
    if not count and own:
        count = stored(lists[own[0]], piece.advertiser_id, None)
    return 1 if IDS_PER_FILTER < count <= most // 2 else max(-(-count // min(IDS_PER_FILTER, most)), 1)


def _object_questions(slices: Iterable[Slice], known: Mapping[str, _Facts]) -> int:
    """Calls that name the objects of such reports: one for each advertiser, level and window."""
    asked = {
        (piece.advertiser_id, own_ids(piece.stream), piece.window)
        for piece in slices
        if isinstance(piece.stream, ReportStream) and known[piece.stream.name].most_objects is not None
    }
    return len(asked)


def wants_top_view(stream: Stream) -> bool:
    """Whether it matters for a table if its advertiser has TopView."""
    if isinstance(stream, EntityStream):
        return stream.top_view_page_size is not None
    return stream.endpoint == INTEGRATED and takes_top_view(stream)


def _cut(piece: Slice, bookmarks: Mapping[tuple[str, str], Bookmark]) -> Cut:
    """How the slice is going to be cut because that was needed before."""
    bookmark = bookmarks.get((piece.stream.name, piece.advertiser_id))
    return Cut.read(dict(bookmark.remembered).get("cut", "") if bookmark else "")
