"""Which days a schedule means: daily, by weekday, every so many weeks, by day of the month."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NTH = ("first", "second", "third", "fourth", "fifth", "last")
LAST = -1

Unit = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Days:
    """Days of a calendar.

    Every `every` days, weeks or months from `since`: of the weeks their `weekdays` (0 is Monday), of the
    months their `month_days` (-1 is the last; a 31st that a month lacks is left out) or `nth` weekdays
    (first is 1, last is -1, then the weekday). Weeks begin on Monday.
    """

    unit: Unit = "day"
    every: int = 1
    since: date | None = None
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    nth: tuple[tuple[int, int], ...] = ()

    def __contains__(self, day: date) -> bool:
        if self.since is not None and day < self.since:
            return False
        if self.every > 1 and self._count(day) % self.every:
            return False
        if self.unit == "week":
            return day.weekday() in self.weekdays
        if self.unit == "month":
            return self._in_month(day)
        return True

    def _count(self, day: date) -> int:
        """How many whole days, weeks or months lie between `since` and the day."""
        since = self.since or date(2000, 1, 3)
        if self.unit == "week":
            return (_monday(day) - _monday(since)).days // 7
        if self.unit == "month":
            return (day.year - since.year) * 12 + day.month - since.month
        return (day - since).days

    def _in_month(self, day: date) -> bool:
        length = calendar.monthrange(day.year, day.month)[1]
        if day.day in self.month_days or (LAST in self.month_days and day.day == length):
            return True
        first_half = ((day.day - 1) // 7 + 1, day.weekday())
        from_end = (LAST, day.weekday()) if day.day > length - 7 else None
        return first_half in self.nth or from_end in self.nth

    def __str__(self) -> str:
        if self.unit == "day":
            said = "daily" if self.every == 1 else f"every {self.every} days"
        elif self.unit == "week":
            names = ", ".join(WEEKDAYS[one] for one in self.weekdays)
            plain = "weekdays" if self.weekdays == (0, 1, 2, 3, 4) else names
            said = plain if self.every == 1 else f"every {self.every} weeks on {names}"
        else:
            often = "monthly" if self.every == 1 else f"every {self.every} months"
            said = f"{often} on {self._month_words()}"
        return said if self.since is None else f"{said} since {self.since}"

    def _month_words(self) -> str:
        numbers = [str(one) for one in self.month_days if one != LAST]
        words = [f"day {one}" for one in numbers[:1]] + numbers[1:]
        if LAST in self.month_days:
            words.append("last day")
        words += [f"{NTH[which - 1 if which > 0 else -1]} {WEEKDAYS[on]}" for which, on in self.nth]
        return ", ".join(words)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
