"""Of days that would be read again, the parts that a comparison found different, in the fewest calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from tiktok_ads.plan.slices import Only, Slice
from tiktok_ads.plan.windows import DAY, Window


@dataclass(frozen=True)
class Differences:
    """What a comparison says of an advertiser's days, by the objects named in `column`.

    `ids` are those that differ, by day; None stands for a day that must be read whole. A day that is not
    named is as it is stored. `active` counts the objects that had anything, by day. One filter names at most
    `per_call` of them; 0 means that a table cannot be read by them.
    """

    column: str
    ids: Mapping[date, frozenset[str] | None]
    active: Mapping[date, int]
    per_call: int


@dataclass(frozen=True)
class _Segment:
    window: Window
    ids: tuple[str, ...]
    rows: int
    calls: int


def changed_parts(
    piece: Slice,
    found: Differences,
    *,
    rows_on: Callable[[date], int],
    page_size: int,
    longest: int,
) -> dict[Slice, int]:
    """The slice as what of it differs: parts that share no row, each with about how many rows it has.

    Args:
        piece: days of a report, loaded or not.
        found: what differs in them.
        rows_on: how many rows of the table a day has in the destination.
        page_size: rows of one call.
        longest: most days of one call.

    Returns:
        Nothing if nothing differs, and the slice itself where its parts would take as many calls.
    """
    assert piece.window is not None  # noqa: S101
    days = [day for day in _days(piece.window) if day in found.ids]
    if not days:
        return {}
    segments = _cheapest(days, found, rows_on, page_size, longest)
    whole = sum(rows_on(day) for day in _days(piece.window))
    if sum(one.calls for one in segments) >= _pages(whole, page_size):
        return {piece: whole}
    parts: dict[Slice, int] = {}
    for one in segments:
        chunks = _chunks(one.ids, found.per_call) or [()]
        for chunk in chunks:
            only = Only(found.column, chunk) if chunk else None
            part = replace(piece, window=one.window, only=only, reason="compared")
            parts[part] = -(-one.rows // len(chunks))
    return parts


def _cheapest(
    days: list[date],
    found: Differences,
    rows_on: Callable[[date], int],
    page_size: int,
    longest: int,
) -> list[_Segment]:
    """The days cut into runs, so that all together take the fewest calls, and of these the fewest rows."""
    best: list[tuple[int, int, list[_Segment]]] = [(0, 0, [])]
    for end in range(1, len(days) + 1):
        options = []
        for begin in range(end - 1, -1, -1):
            if (days[end - 1] - days[begin]).days >= longest:
                break
            one = _segment(days[begin:end], found, rows_on, page_size)
            calls, rows, before = best[begin]
            options.append((calls + one.calls, rows + one.rows, [*before, one]))
        best.append(min(options, key=lambda option: option[:2]))
    return best[-1][2]


def _segment(
    days: list[date],
    found: Differences,
    rows_on: Callable[[date], int],
    page_size: int,
) -> _Segment:
    window = Window(days[0], days[-1])
    whole = sum(rows_on(day) for day in _days(window))
    unfiltered = _Segment(window, (), whole, _pages(whole, page_size))
    each = [found.ids[day] for day in days]
    if not found.per_call or None in each:
        return unfiltered
    wanted = sorted(frozenset[str]().union(*(one for one in each if one)))
    rows = sum(_share(rows_on(day), len(wanted), found.active.get(day, 0)) for day in _days(window))
    chunks = _chunks(wanted, found.per_call)
    calls = len(chunks) * _pages(-(-rows // len(chunks)), page_size)
    filtered = _Segment(window, tuple(wanted), rows, calls)
    return filtered if (calls, rows) < (unfiltered.calls, whole) else unfiltered


def _share(rows: int, objects: int, active: int) -> int:
    return rows if objects >= active else -(-rows * objects // active)


def _pages(rows: int, page_size: int) -> int:
    return max(-(-rows // page_size), 1)


def _chunks(ids: tuple[str, ...] | list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(ids[cut : cut + size]) for cut in range(0, len(ids), size)] if size else []


def _days(window: Window) -> list[date]:
    return [window.first + number * DAY for number in range(window.days)]
