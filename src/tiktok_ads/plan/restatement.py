"""How long days go on changing, from what syncs saw of them, and the lookback that this asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tiktok_ads.plan.windows import DAY

AGES = (0, 1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 60, 90)
"""Days after a day's end at which it is told how much was still to come."""
_ENOUGH_DAYS = 14
_STILL_OPEN = Decimal("0.001")
"""A lookback is long enough when no more than this share of the whole comes after it."""

Sums = Mapping[str, Decimal]


@dataclass(frozen=True)
class Seen:
    """What a day of a table came to, `age` days after it began, as a sync saw it."""

    day: date
    age: int
    sums: Sums


@dataclass(frozen=True)
class After:
    """What came later than `age` days after a day.

    `days_changed` of all days did change then. `open_share` is, by metric, how far the days as they were
    known at that age are from what they came to, as a share of the whole.
    """

    age: int
    days_changed: int
    open_share: Mapping[str, Decimal]


@dataclass(frozen=True)
class Curve:
    """How a table's days of one advertiser settle.

    `days` are those that were watched from their first two days on and for all of the lookback. `lookback`
    is the shortest that leaves no more than a thousandth open; None while too few days were watched.
    `is_longer` says that days still changed at the end of the lookback in use, so that more may be needed.
    """

    days: int
    after: tuple[After, ...]
    lookback: int | None
    is_longer: bool


def curve(seen: Iterable[Seen], *, lookback_days: int) -> Curve:
    """How the days settle.

    Args:
        seen: what was written down, in the order of writing; only changes need to be there.
        lookback_days: how long days were read again.
    """
    by_day: dict[date, list[Seen]] = {}
    for one in seen:
        by_day.setdefault(one.day, []).append(one)
    # The youngest days change with every sync, so the newest change tells when the last one was.
    newest = max((each[-1].day + each[-1].age * DAY for each in by_day.values()), default=date.min)
    watched = [
        each
        for day, each in sorted(by_day.items())
        if each[0].age <= 1 and (newest - day).days >= lookback_days
    ]
    ages = [age for age in AGES if age < lookback_days]
    after = tuple(_after(watched, age) for age in ages)
    if len(watched) < _ENOUGH_DAYS:
        return Curve(len(watched), after, None, is_longer=False)
    fits = [one.age + 1 for one in after if all(share <= _STILL_OPEN for share in one.open_share.values())]
    return Curve(
        len(watched),
        after,
        min(fits, default=lookback_days),
        is_longer=not fits,
    )


def _after(watched: Sequence[Sequence[Seen]], age: int) -> After:
    changed = 0
    apart: dict[str, Decimal] = {}
    whole: dict[str, Decimal] = {}
    for each in watched:
        known = [one for one in each if one.age <= age]
        last = each[-1].sums
        then = known[-1].sums if known else {}
        changed += len(known) < len(each)
        for name, value in last.items():
            whole[name] = whole.get(name, Decimal(0)) + abs(value)
            apart[name] = apart.get(name, Decimal(0)) + abs(value - then.get(name, Decimal(0)))
    shares = {name: apart[name] / total for name, total in whole.items() if total}
    return After(age, changed, shares)
