"""Which days a report is about: chosen once, resolved against each advertiser's own today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.periods import LAST_DAYS, MAX_DAYS, NAMED, Weekday, named_period
from tiktok_ads.plan.slices import Advertiser, local_today
from tiktok_ads.plan.windows import DAY, Window

EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, both included; a number counts days back from today (0 is today)."""

    first: date | int
    last: date | int

    def __post_init__(self) -> None:
        for end in (self.first, self.last):
            if isinstance(end, int) and not 0 <= end <= MAX_DAYS:
                raise ConfigError(f"Days are counted back from today, 0 to {MAX_DAYS} of them, not {end}.")
            if isinstance(end, date) and end < EARLIEST:
                raise ConfigError(f"{end} is before {EARLIEST}, which cannot be meant.")
        if isinstance(self.first, int) and isinstance(self.last, int) and self.first < self.last:
            raise _reversed(day_text(self.first), day_text(self.last))
        if isinstance(self.first, date) and isinstance(self.last, date) and self.last < self.first:
            raise _reversed(day_text(self.first), day_text(self.last))


@dataclass(frozen=True, slots=True)
class Period:
    """A named period: one of `periods.NAMED`, or `last N days`, or `last N days with today`.

    `week_start` matters to weeks alone.
    """

    name: str
    week_start: Weekday = "monday"

    def __post_init__(self) -> None:
        if self.name in NAMED:
            return
        if (last := LAST_DAYS.fullmatch(self.name)) is None:
            raise ConfigError(f"{self.name[:60]!r} is not the name of a period.")
        if not 1 <= int(last[1][:9]) <= MAX_DAYS:
            raise ConfigError(f"A period has 1 to {MAX_DAYS} days, not {last[1][:20]}.")

    @property
    def is_week(self) -> bool:
        return self.name.endswith(" week")


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One figure for all the time that an object has lived; TikTok is not told any days."""


DateChoice = Days | Period | Lifetime


def resolve(choice: DateChoice, today: date, *, created: date | None = None) -> Window | Lifetime:
    """The days that a choice means for one advertiser.

    A period that is still running ends today.

    Args:
        choice: what was chosen.
        today: the advertiser's own today.
        created: the account's first day, where `all time` begins; None if unknown.

    Raises:
        ConfigError: the days lie in the future, or the last one before the first.
    """
    if isinstance(choice, Lifetime):
        return choice
    if isinstance(choice, Period):
        return named_period(choice.name, today, week_start=choice.week_start, created=created)
    first, last = _day(choice.first, today), _day(choice.last, today)
    if first > today:
        raise ConfigError(
            f"{day_text(choice.first)} is in the future; today is {today}.",
            "Choose a day up to today, or a period such as 'last 7 days'.",
        )
    if last > today:
        raise ConfigError(
            f"{day_text(choice.last)} is in the future; today is {today}.",
            f"For the days up to now write '{day_text(choice.first)}..today'.",
        )
    if last < first:
        raise _reversed(day_text(choice.first), day_text(choice.last), f" on {today}")
    return Window(first, last)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a choice means for several advertisers: days by advertiser id, and what should be said of it.

    An advertiser is missing where the first day chosen has not begun in its zone.
    """

    by_advertiser: dict[str, Window | Lifetime]
    notes: tuple[str, ...]


def resolve_each(choice: DateChoice, advertisers: Iterable[Advertiser], *, now: datetime) -> Resolved:
    """The days for each advertiser, by its own calendar.

    A day that has begun somewhere on Earth is not refused as future: an advertiser whose zone is not there
    yet ends with its own today.

    Args:
        choice: what was chosen.
        advertisers: with their zones.
        now: an aware moment.

    Raises:
        ConfigError: the days lie in the future everywhere, or the last one before the first.
    """
    found: dict[str, Window | Lifetime] = {}
    notes: list[str] = []
    for one in advertisers:
        days = resolve_for(choice, one, now=now)
        if days is None:
            notes.append(f"{one.advertiser_id}: the days chosen have not begun in {one.zone}; left out.")
        else:
            found[one.advertiser_id] = days
    if holds_today(choice):
        still = f"'{choice.name}' ends today so far. " if isinstance(choice, Period) else ""
        notes.append(f"{still}Today is among the days, and its figures are not complete yet.")
    return Resolved(found, tuple(notes))


def resolve_for(choice: DateChoice, advertiser: Advertiser, *, now: datetime) -> Window | Lifetime | None:
    """The days for one advertiser of several; None if the first of them has begun in other zones only.

    Raises:
        ConfigError: the days lie in the future everywhere, or the last one before the first.
    """
    today = local_today(advertiser.zone, now)
    anywhere = (now.astimezone(UTC) + timedelta(hours=14)).date()
    if isinstance(choice, Days) and today < _day(choice.first, today) <= anywhere:
        return None
    return resolve(_begun(choice, today, anywhere), today, created=advertiser.created)


def _begun(choice: DateChoice, today: date, anywhere: date) -> DateChoice:
    """The choice without a last day that has begun elsewhere only."""
    if not isinstance(choice, Days) or not isinstance(choice.last, date):
        return choice
    if today < choice.last <= anywhere and _day(choice.first, today) <= today:
        return Days(choice.first, today)
    return choice


def holds_today(choice: DateChoice) -> bool:
    """Whether the choice by its words ends with the day that is still running."""
    if isinstance(choice, Days):
        return choice.last == 0 and isinstance(choice.last, int)
    if isinstance(choice, Period):
        return choice.name.endswith(("today", "to date", "all time")) or choice.name.startswith("this ")
    return False


def day_text(end: date | int) -> str:
    """One end of a range as it is written: `today`, `yesterday`, `today-7` or `2026-01-31`."""
    if isinstance(end, date):
        return end.isoformat()
    return {0: "today", 1: "yesterday"}.get(end, f"today-{end}")


def _day(end: date | int, today: date) -> date:
    return end if isinstance(end, date) else today - end * DAY


def _reversed(first: str, last: str, when: str = "") -> ConfigError:
    return ConfigError(f"The range {first}..{last} ends before it begins{when}.", f"Write '{last}..{first}'.")
