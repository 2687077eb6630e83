"""When a job runs: schedules as text that people read and write, and the moments that they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from tiktok_ads.schedules.days import Days

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
_FARTHEST = timedelta(days=366 * 5)
"""A schedule that has no time in five years (29 February on a Monday, say) is taken to have none."""
FINAL_AFTER = timedelta(hours=16)
"""Unique users and audience data come up to so long after a day's end. Source: latency page."""
FINAL_FROM_HOUR_UTC = 12
"""TikTok's daily correction of what was counted in real time has run by then. Source: latency page."""


@dataclass(frozen=True)
class Manual:
    """Never by itself."""

    def __str__(self) -> str:
        return "manual"


@dataclass(frozen=True)
class Every:
    """Every so many minutes of the days, from `start` to `end` on each; None stands for midnight to midnight.

    Each day begins anew at its start, so that 7 hours mean 00:00, 07:00, 14:00 and 21:00 on every day.
    """

    minutes: int
    days: Days = field(default_factory=Days)
    start: time | None = None
    end: time | None = None

    def __str__(self) -> str:
        hours, odd = divmod(self.minutes, 60)
        often = f"{self.minutes} minute" if odd else f"{hours} hour"
        count, unit = often.split()
        said = f"every {count} {unit}s" if count != "1" else f"every {unit}"
        if self.days != Days():
            said += f" on {self.days}"
        if self.start is not None:
            said += f" from {self.start:%H:%M}"
        return said if self.end is None else f"{said} to {self.end:%H:%M}"


@dataclass(frozen=True)
class AtTimes:
    """At these times of the days."""

    days: Days
    times: tuple[time, ...]

    def __str__(self) -> str:
        return f"{self.days} at {', '.join(f'{at:%H:%M}' for at in self.times)}"


@dataclass(frozen=True)
class Cron:
    """A line of cron with five fields."""

    line: str

    def __str__(self) -> str:
        return f"cron {self.line}"


@dataclass(frozen=True)
class WhenFinal:
    """Once TikTok no longer corrects an account's yesterday by itself, for each zone of the accounts."""

    def __str__(self) -> str:
        return "when yesterday is final"


Schedule = Manual | Every | AtTimes | Cron | WhenFinal


def next_times(
    schedule: Schedule, after: datetime, *, zone: str, account_zones: Iterable[str] = ()
) -> Iterator[datetime]:
    """The moments of a schedule behind `after`, in order, each once, in UTC.

    A time that the clocks leave out in spring happens when they have gone forward, as late as it would have
    been; one that they show twice in autumn happens the first time. Steps of minutes and hours count real
    time within a day.

    Args:
        after: an aware moment.
        zone: IANA name of the zone that times of the day are in.
        account_zones: zones of the accounts that the job reads; only `WhenFinal` asks.
    """
    start = after.astimezone(UTC)
    local = ZoneInfo(zone)
    match schedule:
        case Manual():
            return
        case Cron(line):
            yield from _cron(line, start, local)
        case WhenFinal():
            yield from _finals(start, sorted(set(account_zones)) or [zone])
        case AtTimes(days, times):
            yield from _by_day(days, start, local, lambda day: (instant(day, at, local) for at in times))
        case Every():
            yield from _by_day(schedule.days, start, local, lambda day: _steps(schedule, day, local))


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a local time, in UTC. See `next_times` for times that are left out or shown twice."""
    # Python reads a time that is left out with the offset of before, which makes it as late as it should be.
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def final_at(day: date, zone: str) -> datetime:
    """The moment from which TikTok no longer corrects an account's day; late conversions still come.

    Source: latency page: corrections daily at 12:00 UTC; unique users and audience data within 16 hours.
    """
    ended = instant(day + DAY, time(0), ZoneInfo(zone))
    corrected = ended.replace(hour=FINAL_FROM_HOUR_UTC, minute=0)
    if corrected < ended:
        corrected += DAY
    return max(corrected, ended + FINAL_AFTER)


def _cron(line: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    for at in CronSim(line, after.astimezone(zone)):
        moment = at.astimezone(UTC)
        if moment > after:
            yield moment


def _finals(after: datetime, zones: list[str]) -> Iterator[datetime]:
    day = after.date() - 3 * DAY
    last = after
    while True:
        # The days of three dates overlap across all zones; those that are due in this UTC day are in order.
        due = {final_at(day + step * DAY, zone) for zone in zones for step in range(4)}
        begin, end = last, datetime.combine(day + 4 * DAY, time(0), tzinfo=UTC)
        yield from (last := at for at in sorted(due) if begin < at < end)
        last = max(last, end - timedelta(microseconds=1))
        day += DAY


def _by_day(
    days: Days, after: datetime, zone: ZoneInfo, moments: Callable[[date], Iterable[datetime]]
) -> Iterator[datetime]:
    day = after.astimezone(zone).date() - DAY
    farthest = after + _FARTHEST
    last = after
    while datetime.combine(day, time(0), tzinfo=UTC) < farthest:
        if day in days:
            for at in sorted(set(moments(day))):
                if at > last:
                    last = at
                    farthest = at + _FARTHEST
                    yield at
        day += DAY


def _steps(schedule: Every, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    at = instant(day, schedule.start or time(0), zone)
    midnight = instant(day + DAY, time(0), zone)
    end = midnight if schedule.end is None else instant(day, schedule.end, zone)
    while at < midnight and (at < end or (schedule.end is not None and at == end)):
        yield at
        at += schedule.minutes * MINUTE
