"""What a query's WHERE says of advertisers and days, so that nothing else is asked of TikTok."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from pyspark.sql.datasource import (
    EqualNullSafe,
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
)

from tiktok_ads.plan import DAY, Window


@dataclass(frozen=True)
class Narrowed:
    """The owners and days that can have rows of a query; None where all can.

    It may let through more than the query wants, never less: Spark checks each row again.
    """

    owners: frozenset[str] | None = None
    first: date | None = None
    last: date | None = None

    def cut(self, window: Window) -> Window | None:
        """What of the days can have rows; None if none can."""
        first = max(window.first, self.first or date.min)
        last = min(window.last, self.last or date.max)
        return Window(first, last) if first <= last else None

    def wants(self, owner_id: str) -> bool:
        return self.owners is None or owner_id in self.owners

    def only(self, owners: Iterable[object]) -> Narrowed:
        ids = frozenset(str(one) for one in owners if one is not None)
        return replace(self, owners=ids if self.owners is None else self.owners & ids)

    def within(self, first: date | None, last: date | None) -> Narrowed:
        begins = [one for one in (self.first, first) if one]
        ends = [one for one in (self.last, last) if one]
        return replace(self, first=max(begins, default=None), last=min(ends, default=None))


def narrowed(filters: Iterable[Filter], *, owner_column: str, day_column: str | None) -> Narrowed:
    """What the filters, which all hold, say of the owner's id and of the day or hour.

    Args:
        filters: as Spark hands them over.
        owner_column: `advertiser_id` or `bc_id`.
        day_column: the column by which rows are asked for; None where days cannot be chosen.
    """
    found = Narrowed()
    for one in filters:
        column = ".".join(getattr(one, "attribute", ()))
        if column == owner_column:
            found = _by_owner(found, one)
        elif column == day_column:
            found = _by_day(found, one)
    return found


def _by_owner(found: Narrowed, one: Filter) -> Narrowed:
    if isinstance(one, (EqualTo, EqualNullSafe)):
        return found.only([one.value])
    return found.only(one.value) if isinstance(one, In) else found


def _by_day(found: Narrowed, one: Filter) -> Narrowed:
    if isinstance(one, In):
        days = [_day(value) for value in one.value]
        known = [day for day in days if day is not None]
        return found.within(min(known), max(known)) if known and len(known) == len(days) else found
    value = getattr(one, "value", None)
    day = _day(value)
    if day is None:
        return found
    # An hour after or before a moment may still be of its day.
    step = DAY if type(value) is date else DAY * 0
    if isinstance(one, (EqualTo, EqualNullSafe)):
        return found.within(day, day)
    if isinstance(one, GreaterThan):
        return found.within(day + step, None)
    if isinstance(one, GreaterThanOrEqual):
        return found.within(day, None)
    if isinstance(one, LessThan):
        return found.within(None, day - step)
    return found.within(None, day) if isinstance(one, LessThanOrEqual) else found


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date() if value.tzinfo is None else None
    return value if isinstance(value, date) else None
