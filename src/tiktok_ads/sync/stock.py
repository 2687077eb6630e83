"""Rows that the destination held when a run began, counted by day where the plan has days."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.load import Destination
from tiktok_ads.plan import DAY, Slice, Window
from tiktok_ads.sync.tables import Table

_APART = 0.2
"""So large a share of the owners may be asked for by themselves, since they alone need days of long ago."""
_LONG_AGO = 31 * DAY
"""A month more of everybody costs less than a second question."""


@dataclass(frozen=True)
class _Counts:
    """Rows of one table and owner: `before[n]` are those of the first `n` days from `first` on."""

    first: int
    before: array[int]
    undated: int

    def within(self, window: Window | None) -> int:
        if window is None:
            return self.before[-1] + self.undated
        return self._until(window.last.toordinal() + 1) - self._until(window.first.toordinal())

    def _until(self, day: int) -> int:
        return self.before[min(max(day - self.first, 0), len(self.before) - 1)]


class Stock:
    """Asked for a table, an owner and a window, it tells how many rows there were.

    Of reports by day it knows the days from the first planned one of their owner on. An account that was
    read for years would otherwise cost more memory than all that the run does.
    """

    def __init__(
        self, destination: Destination | None, tables: Sequence[Table], slices: Iterable[Slice]
    ) -> None:
        self._counts: dict[tuple[str, str], _Counts] = {}
        if destination is None:
            return
        firsts = _first_days(slices)
        for table in tables:
            if isinstance(table.stream, ReportStream) and table.stream.day_column:
                for since, owners in _questions(firsts):
                    self._keep(table.name, destination.rows_by_day(table.spec(), since=since, owners=owners))
            else:
                self._keep(table.name, destination.rows_by_day(table.spec()))

    def __call__(self, table: str, advertiser_id: str, window: Window | None) -> int:
        found = self._counts.get((table, advertiser_id))
        return found.within(window) if found else 0

    def _keep(self, table: str, rows: Mapping[tuple[str, date | None], int]) -> None:
        by_owner: dict[str, dict[date | None, int]] = defaultdict(dict)
        for (owner, day), count in rows.items():
            by_owner[owner][day] = count
        for owner, days in by_owner.items():
            self._counts[table, owner] = _counts(days)


def _counts(days: dict[date | None, int]) -> _Counts:
    undated = days.pop(None, 0)
    ordinals = {day.toordinal(): count for day, count in days.items() if day is not None}
    if not ordinals:
        return _Counts(0, array("q", [0]), undated)
    first, last = min(ordinals), max(ordinals)
    each = (ordinals.get(day, 0) for day in range(first, last + 1))
    return _Counts(first, array("q", accumulate(each, initial=0)), undated)


def _first_days(slices: Iterable[Slice]) -> dict[str, date]:
    """The first day of each owner that any of its reports is read for."""
    firsts: dict[str, date] = {}
    for piece in slices:
        if isinstance(piece.stream, ReportStream) and (held := piece.held):
            known = firsts.get(piece.advertiser_id)
            if known is None or held.first < known:
                firsts[piece.advertiser_id] = held.first
    return firsts


def _questions(firsts: Mapping[str, date]) -> list[tuple[date, tuple[str, ...]]]:
    """Since when to count, and whose rows; nobody named means everybody's.

    Later answers stand in the place of earlier ones: those few who begin long before the others come last.
    """
    if not firsts:
        return []
    first, common = min(firsts.values()), sorted(firsts.values())[int(len(firsts) * _APART)]
    if common - first <= _LONG_AGO:
        return [(first, ())]
    return [(common, ()), (first, tuple(owner for owner, own in firsts.items() if own < common))]
