"""Calendar periods: weeks with a starting day, months, quarters, years, and those that have a name."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal, get_args

from tiktok_ads.plan.windows import DAY, Window

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Unit = Literal["week", "month", "quarter", "year"]

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
LISTED_DAYS = (3, 7, 14, 28, 30, 60, 90)
"""The lengths that menus offer; `last N days` takes any."""
MAX_DAYS = 3660
LAST_DAYS = re.compile(r"last ([1-9]\d*) days( with today)?", re.ASCII)
"""`last N days`, without today unless that is said."""
FIRST_DAY_OF_ALL = date(2016, 9, 1)
"""Where all time begins if nobody knows when the account was opened: nobody advertised on TikTok before."""

NAMED: dict[str, str] = {
    "this week": "the week that is running, up to today",
    "last week": "the whole week before it",
    "this month": "from the first of the month up to today",
    "last month": "the whole month before it",
    "this quarter": "from the first day of the quarter up to today",
    "last quarter": "the whole quarter before it",
    "this year": "from January 1 up to today",
    "last year": "the whole year before it",
    "year to date": "the same as this year",
    "all time": "every day since the account was opened, up to today",
}
"""Every name beside `last N days`, and what it means."""


def period_of(day: date, unit: Unit, week_start: Weekday = "monday") -> Window:
    """The whole week, month, quarter or year that holds `day`."""
    if unit == "week":
        first = day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
        return Window(first, first + 6 * DAY)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    return Window(first, _months_later(first, months) - DAY)


def named_period(
    name: str, today: date, *, week_start: Weekday = "monday", created: date | None = None
) -> Window:
    """The days of a named period, its days after `today` left out.

    Args:
        name: one of `NAMED`, or `last N days` with or without `with today`.
        today: the advertiser's own.
        week_start: the day that a week begins with.
        created: the account's first day, for `all time`.

    Raises:
        KeyError: there is no such name.
    """
    if last := LAST_DAYS.fullmatch(name):
        end = today if last[2] else today - DAY
        return Window(end - (int(last[1]) - 1) * DAY, end)
    if name == "all time":
        return Window(min(created or FIRST_DAY_OF_ALL, today), today)
    which, unit = _CALENDAR[name]
    running = period_of(today, unit, week_start)
    if which == "this":
        return Window(running.first, today)
    return period_of(running.first - DAY, unit, week_start)


_CALENDAR: dict[str, tuple[Literal["this", "last"], Unit]] = {
    "this week": ("this", "week"),
    "last week": ("last", "week"),
    "this month": ("this", "month"),
    "last month": ("last", "month"),
    "this quarter": ("this", "quarter"),
    "last quarter": ("last", "quarter"),
    "this year": ("this", "year"),
    "last year": ("last", "year"),
    "year to date": ("this", "year"),
}


def _months_later(first: date, months: int) -> date:
    """The first of a month, `months` after the first of another."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
