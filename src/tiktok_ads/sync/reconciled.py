"""Which days a run holds against the advertisers' own totals, and the calls that this takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tiktok_ads.plan import DAY, Slice, Window, runs_of_days, windows
from tiktok_ads.sync.days_read import is_reconciled

_DAYS_PER_CALL = 30


def reconciled_windows(slices: Iterable[Slice]) -> dict[str, list[Window]]:
    """By advertiser, the days that are read of tables that must add up to its totals, call by call."""
    days: dict[str, set[date]] = defaultdict(set)
    for piece in slices:
        if piece.window is not None and is_reconciled(piece.stream):
            days[piece.advertiser_id].update(_each(piece.window))
    return {advertiser_id: calls_of(own) for advertiser_id, own in days.items()}


def reconcile_calls(
    reconciled: Mapping[str, Sequence[Window]],
    probes: Mapping[str, Sequence[Window]],
    top_view: Mapping[str, bool],
) -> int:
    """Calls that these windows take; what is probed anyway is known, and TopView is asked by itself."""
    return sum(
        len(without(own, probes.get(owner, ()))) + (len(own) if top_view.get(owner) else 0)
        for owner, own in reconciled.items()
    )


def calls_of(days: Iterable[date]) -> list[Window]:
    """The days in windows that one call takes."""
    return [cut for run in runs_of_days(set(days)) for cut in windows(run.first, run.last, _DAYS_PER_CALL)]


def without(wanted: Iterable[Window], known: Iterable[Window]) -> list[Window]:
    """The days that are not known, call by call."""
    have = [*known]
    return calls_of(day for window in wanted for day in _each(window) if not any(day in one for one in have))


def _each(window: Window) -> Iterable[date]:
    return (window.first + offset * DAY for offset in range(window.days))
