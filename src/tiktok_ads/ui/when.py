"""The schedule as the fields of a form, and as the text that stands in the settings file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules import Manual, WhenFinal, parse_schedule
from tiktok_ads.schedules.days import LAST, NTH, WEEKDAYS, Days
from tiktok_ads.schedules.times import AtTimes, Cron, Every

KINDS = {
    "days": "Every day, or every so many days",
    "weekdays": "On weekdays, Monday to Friday",
    "week": "On chosen days of the week",
    "month": "On chosen days of the month",
    "nth": "On a weekday of the month, such as the first Monday",
    "steps": "Every so many minutes or hours",
    "final": "When yesterday is final at TikTok",
    "manual": "Only by hand",
    "cron": "By a line of cron",
    "text": "As text, as in the settings file",
}
WEEKDAY_NAMES = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
NTH_NAMES = NTH


@dataclass(frozen=True)
class When:
    """What the fields say, as typed; `kind` says which of them count."""

    kind: str = "days"
    every: str = "1"
    unit: str = "hours"
    begin: str = ""
    end: str = ""
    weekdays: tuple[str, ...] = ()
    month_days: str = "1"
    last_day: bool = False
    nth: str = "first"
    nth_weekday: str = "mon"
    times: tuple[str, ...] = ("06:00",)
    since: str = ""
    cron: str = "0 6 * * mon-fri"
    text: str = ""

    @property
    def slots(self) -> tuple[str, ...]:
        """The times with an empty field behind them, for one more."""
        return (*self.times, "")


def when_of(text: str) -> When:
    """The fields of a schedule; as text where no fields can say it."""
    try:
        schedule = parse_schedule(text)
    except ConfigError:
        return When("text", text=text)
    match schedule:
        case Manual():
            made = When("manual")
        case WhenFinal():
            made = When("final")
        case Cron(line):
            made = When("cron", cron=line)
        case AtTimes(days, times):
            made = _on_days(days, tuple(f"{at:%H:%M}" for at in times))
        case Every():
            made = _in_steps(schedule)
    written = str(schedule)
    return made if _reads_as(made, written) else When("text", text=written)


def text_of(when: When) -> str:
    """The text of the schedule that the fields mean; it may be one that cannot be read."""
    match when.kind:
        case "manual":
            return "manual"
        case "final":
            return "when yesterday is final"
        case "cron":
            return f"cron {when.cron}"
        case "steps":
            on = f" on {', '.join(when.weekdays)}" if when.weekdays else ""
            begin = f" from {when.begin}" if when.begin else ""
            end = f" to {when.end}" if when.end else ""
            return f"every {when.every or '1'} {when.unit}{on}{begin}{end}"
        case "days" | "weekdays" | "week" | "month" | "nth":
            return f"{_days_text(when)} at {', '.join(time for time in when.times if time)}"
        case _:
            return when.text


def lacking(when: When) -> str:
    """What the fields still lack to be a schedule; "" if nothing."""
    if when.kind in ("days", "weekdays", "week", "month", "nth") and not any(when.times):
        return "Choose a time of the day."
    if when.kind == "week" and not when.weekdays:
        return "Tick a day of the week."
    if when.kind == "month" and not (when.month_days or when.last_day):
        return "Say which days of the month, such as 1, 15, or tick the last day."
    if when.kind in ("days", "week", "month", "nth", "steps") and not when.every.isdigit():
        return "Every how many? Write a whole number, such as 1."
    if when.kind == "cron" and not when.cron:
        return "Write the line of cron, such as 0 6 * * mon-fri."
    return ""


def _days_text(when: When) -> str:
    often = when.every.strip() or "1"
    is_each = often == "1" or when.kind == "weekdays"
    # What is counted must be counted from some day.
    since = when.since or ("" if is_each else datetime.now(UTC).date().isoformat())
    unit, plain, what = {
        "days": ("days", "daily", ""),
        "weekdays": ("", "weekdays", ""),
        "week": ("weeks", "", ", ".join(when.weekdays)),
        "month": ("months", "monthly", _month_days(when)),
        "nth": ("months", "monthly", f"{when.nth} {when.nth_weekday}"),
    }[when.kind]
    head = plain if is_each else f"every {often} {unit}"
    on = f"{head} on {what}" if head and what else head or what
    return f"{on} since {since}" if since and when.kind != "weekdays" else on


def _month_days(when: When) -> str:
    numbers = [one.strip() for one in when.month_days.split(",") if one.strip()]
    return ", ".join([f"day {number}" for number in numbers] + (["last day"] if when.last_day else []))


def _on_days(days: Days, times: tuple[str, ...]) -> When:
    since = days.since.isoformat() if days.since else ""
    every = str(days.every)
    if days.unit == "day":
        return When("days", every, times=times, since=since)
    if days.unit == "week":
        names = _names(days.weekdays)
        is_plain = names == WEEKDAYS[:5] and days.every == 1 and not since
        return When("weekdays" if is_plain else "week", every, weekdays=names, times=times, since=since)
    if days.nth:
        which, weekday = days.nth[0]
        named = NTH[which - 1 if which > 0 else LAST]
        return When("nth", every, nth=named, nth_weekday=WEEKDAYS[weekday], times=times, since=since)
    numbers = ", ".join(str(one) for one in days.month_days if one != LAST)
    last = LAST in days.month_days
    return When("month", every, month_days=numbers, last_day=last, times=times, since=since)


def _in_steps(schedule: Every) -> When:
    hours, odd = divmod(schedule.minutes, 60)
    return When(
        "steps",
        str(schedule.minutes if odd else hours),
        "minutes" if odd else "hours",
        f"{schedule.start:%H:%M}" if schedule.start else "",
        f"{schedule.end:%H:%M}" if schedule.end else "",
        _names(schedule.days.weekdays),
    )


def _names(weekdays: Sequence[int]) -> tuple[str, ...]:
    return tuple(WEEKDAYS[one] for one in weekdays)


def _reads_as(made: When, written: str) -> bool:
    try:
        return str(parse_schedule(text_of(made))) == written
    except ConfigError:
        return False
