"""Schedules read from text: `weekdays at 06:00`, `every 2 hours from 08:00 to 18:00`, `cron 0 6 * * *`."""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache

from cronsim import CronSim, CronSimError

from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules.days import LAST, NTH, WEEKDAYS, Days, Unit
from tiktok_ads.schedules.times import AtTimes, Cron, Every, Manual, Schedule, WhenFinal

FORMS = (
    "manual",
    "every 30 minutes",
    "every 2 hours on weekdays from 08:00 to 18:00",
    "daily at 06:00, 18:00",
    "weekdays at 06:00",
    "mon, thu at 06:00",
    "every 3 days since 2026-01-01 at 06:00",
    "every 2 weeks on mon since 2026-01-05 at 06:00",
    "monthly on day 1, 15, last day at 06:00",
    "monthly on first mon, last fri at 06:00",
    "every 3 months on day 1 since 2026-01-01 at 06:00",
    "cron 0 6 * * mon-fri",
    "when yesterday is final",
)
"""One example of each form; each reads and is written as it stands here."""

_EVERY = re.compile(r"every (?:(\d+) )?(minute|hour|day|week|month)s?\b")
_SINCE = re.compile(r" since (\d{4}-\d{2}-\d{2})$")
_ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5}
_ORDINALS |= {name: number for number, name in enumerate(NTH[:-1], start=1)}
_LONG_WEEKDAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
} | {name: number for number, name in enumerate(WEEKDAYS)}


class _Unreadable(ValueError):
    """What is wrong with the text, in words."""


@lru_cache(maxsize=1024)
def parse_schedule(text: str) -> Schedule:
    """The schedule that a text means.

    Raises:
        ConfigError: with what is wrong and the forms that there are.
    """
    said = " ".join(text.split()).lower()
    try:
        return _read(said)
    except _Unreadable as error:
        told = f"The schedule {text[:80]!r} cannot be read: {error}."
        raise ConfigError(told, f"Forms: {'; '.join(FORMS)}.") from None


def _read(said: str) -> Schedule:
    if said in ("manual", "never", ""):
        return Manual()
    if said in ("when yesterday is final", "when final"):
        return WhenFinal()
    if said.startswith("cron "):
        return _cron(said.removeprefix("cron ").strip())
    often = _EVERY.match(said)
    if often and often[2] in ("minute", "hour"):
        return _steps(int(often[1] or 1) * (60 if often[2] == "hour" else 1), said[often.end() :])
    days, at, times = said.rpartition(" at ")
    if not at:
        raise _Unreadable("it names no time, as in `daily at 06:00`")
    return AtTimes(_days(days), tuple(sorted({_time(one) for one in times.split(",")})))


def _cron(line: str) -> Cron:
    from datetime import UTC, datetime

    if len(line.split()) != 5:
        raise _Unreadable("a line of cron has five fields: minute, hour, day, month, weekday")
    try:
        next(CronSim(line.upper(), datetime(2026, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        raise _Unreadable(str(error)) from None
    return Cron(line)


def _steps(minutes: int, rest: str) -> Every:
    if not 1 <= minutes <= 24 * 60:
        raise _Unreadable("steps are from 1 minute to 24 hours long")
    found = re.fullmatch(r"(?: on (?P<days>.+?))?(?: from (?P<start>\S+))?(?: to (?P<end>\S+))?", rest)
    if not found:
        raise _Unreadable(f"{rest.strip()!r} is not understood")
    start = _time(found["start"]) if found["start"] else None
    end = _time(found["end"]) if found["end"] else None
    if end is not None and end <= (start or time(0)):
        raise _Unreadable("it ends before it begins; hours across midnight need two jobs or a line of cron")
    return Every(minutes, _days(found["days"]) if found["days"] else Days(), start, end)


def _days(said: str) -> Days:
    since = None
    if found := _SINCE.search(said):
        since, said = _date(found[1]), said[: found.start()]
    every, unit, rest = 1, None, said
    if often := _EVERY.match(said):
        every, unit, rest = int(often[1] or 1), often[2], said[often.end() :].strip()
    elif said in ("daily", "every day"):
        unit, rest = "day", ""
    elif said.startswith(("weekly", "monthly")):
        word, _, rest = said.partition(" ")
        unit = word.removesuffix("ly")
    rest = rest.removeprefix("on ").strip()
    if every < 1:
        raise _Unreadable("it repeats every 0 times")
    if every > 1 and since is None:
        raise _Unreadable(
            f"say from which day to count, as in `every {every} {unit}s … since 2026-01-01 at 06:00`"
        )
    if unit == "day":
        if rest:
            raise _Unreadable(f"{rest!r} is not understood")
        return Days("day", every, since)
    if unit == "month":
        return _of_month(rest, every, since)
    return Days("week", every, since, weekdays=_weekdays(rest))


def _weekdays(said: str) -> tuple[int, ...]:
    if said in ("weekdays", "every weekday"):
        return (0, 1, 2, 3, 4)
    if said in ("weekends", "weekend"):
        return (5, 6)
    named = [
        one.strip().removesuffix("s") if len(one.strip()) > 4 else one.strip() for one in said.split(",")
    ]
    for one in named:
        if one not in _LONG_WEEKDAYS:
            raise _Unreadable(f"{one!r} is no day of the week" if one else "it names no day of the week")
    return tuple(sorted({_LONG_WEEKDAYS[one] for one in named}))


def _of_month(said: str, every: int, since: date | None) -> Days:
    month_days: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for one in (part.strip().removeprefix("the ") for part in said.split(",")):
        number = one.removeprefix("day ").strip()
        which, _, weekday = one.partition(" ")
        if one == "last day":
            month_days.add(LAST)
        elif number.isdigit() and 1 <= int(number) <= 31:
            month_days.add(int(number))
        elif weekday in _LONG_WEEKDAYS and (which in _ORDINALS or which == "last"):
            nth.add((LAST if which == "last" else _ORDINALS[which], _LONG_WEEKDAYS[weekday]))
        else:
            raise _Unreadable(f"{one!r} is no day of the month" if one else "it names no day of the month")
    unit: Unit = "month"
    ordered = tuple(sorted(month_days - {LAST})) + ((LAST,) if LAST in month_days else ())
    return Days(
        unit, every, since, month_days=ordered, nth=tuple(sorted(nth, key=lambda x: (x[0] == LAST, x)))
    )


def _time(said: str) -> time:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", said.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise _Unreadable(f"{said.strip()!r} is no time of the day such as 06:00")
    return time(int(found[1]), int(found[2]))


def _date(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise _Unreadable(f"there is no day {said}") from None
