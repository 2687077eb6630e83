"""Choices of dates as text: the one form that the command line, the settings file and the web app share."""

from __future__ import annotations

import re
from datetime import date, datetime
from difflib import get_close_matches

from tiktok_ads.config.values import as_day
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.dates import DateChoice, Days, Lifetime, Period, day_text
from tiktok_ads.plan.periods import LISTED_DAYS, MAX_DAYS, NAMED, WEEKDAYS, Weekday

_BACK = re.compile(r"(?:today *- *)?(\d+)", re.ASCII)
_LAST_DAYS = re.compile(r"last (\d+) days?( (?:with|including|incl\.?) today| without today)?", re.ASCII)
_BEGUN_BY = re.compile(r"(.+?) (?:from|starting(?: on)?) (\w+)")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ]?(\d{1,2})[-/. ]?(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_MONTH = re.compile(r"((?:19|20)\d\d)-(\d\d)", re.ASCII)
_AGO = re.compile(r"(\d+) days? ago", re.ASCII)

FORMS = (
    ("today, yesterday", "one day"),
    ("7 or today-7", "the day 7 days ago"),
    ("2026-01-31 or 01/31/2026", "that day"),
    ("10..5", "from 10 days ago to 5 days ago"),
    ("2026-01-01..2026-01-31", "those days, both included"),
    ("2026-01-01..yesterday", "both kinds mixed"),
    ("last 7 days", "the 7 days before today"),
    ("last 7 days with today", "the 7 days that end today"),
    *NAMED.items(),
    ("last week from sunday", "weeks that begin with another day than monday"),
    ("lifetime", "one figure for all the time, without days"),
)
"""Every way to write a choice, as an example, and what it means."""


def menu() -> tuple[str, ...]:
    """The choices that a menu offers by name, in order."""
    last = [f"last {days} days{more}" for days in LISTED_DAYS for more in ("", " with today")]
    return ("today", "yesterday", *last, *NAMED, "lifetime")


def parse_dates(value: object, *, week_start: Weekday | None = None) -> DateChoice:
    """A choice of dates from its text; a number counts days back, a date is that day.

    Args:
        value: see `FORMS`. Upper and lower case, and `_` or `-` between words, make no difference.
        week_start: the day that weeks begin with where the text does not say it; None means monday.

    Raises:
        ConfigError: it cannot be understood, or ends before it begins.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return Days(value, value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ConfigError(f"Dates are a text, not {type(value).__name__}.", _choices())
    text = " ".join(value.lower().split())
    if not text:
        raise ConfigError("The dates are empty.", _choices())
    dots = ".." if ".." in text else " to "
    if dots in text and text != "year to date":
        first, _, last = text.partition(dots)
        return Days(_end(first.strip(" ."), text), _end(last.strip(" ."), text))
    words = re.sub(r"(?<=[a-z0-9])[_-](?=[a-z0-9])|_", " ", text) if text[0].isalpha() else text
    if words == "lifetime":
        return Lifetime()
    named = _period(words, week_start)
    if named is not None:
        return named
    end = _end(text, text)
    return Days(end, end)


def format_dates(choice: DateChoice) -> str:
    """The text of a choice, which `parse_dates` reads back as the same choice."""
    if isinstance(choice, Lifetime):
        return "lifetime"
    if isinstance(choice, Period):
        begun = choice.is_week and choice.week_start != "monday"
        return f"{choice.name} from {choice.week_start}" if begun else choice.name
    first, last = day_text(choice.first), day_text(choice.last)
    return first if first == last else f"{first}..{last}"


def parse_weekday(value: str) -> Weekday:
    """A day of the week from its name or its first letters.

    Raises:
        ConfigError: it is none.
    """
    text = value.strip().lower()
    found = [day for day in WEEKDAYS if len(text) >= 2 and day.startswith(text)]
    if len(found) != 1:
        raise ConfigError(f"{value[:40]!r} is not a day of the week.", f"Write one of {', '.join(WEEKDAYS)}.")
    return found[0]


def _period(words: str, week_start: Weekday | None) -> Period | None:
    begun = _BEGUN_BY.fullmatch(words)
    if begun and begun[1].endswith(" week") and begun[1] in NAMED:
        own = parse_weekday(begun[2])
        if week_start is not None and own != week_start:
            raise ConfigError(
                f"The week begins with {own} here, and with {week_start} there.", "Say it once."
            )
        return Period(begun[1], own)
    if words in NAMED:
        period = Period(words)
        return Period(words, week_start) if period.is_week and week_start is not None else period
    if last := _LAST_DAYS.fullmatch(words):
        days = int(last[1][:9])
        if not 1 <= days <= MAX_DAYS:
            raise ConfigError(f"A period has 1 to {MAX_DAYS} days, not {last[1][:20]}.")
        with_today = bool(last[2]) and "without" not in last[2]
        return Period(f"last {days} days{' with today' if with_today else ''}")
    return None


def _end(text: str, whole: str) -> date | int:
    """One end of a range, or the one day."""
    if text in ("today", "yesterday"):
        return 0 if text == "today" else 1
    if back := _BACK.fullmatch(text):
        digits = back[1]
        if _YEAR.fullmatch(text):
            raise ConfigError(
                f"{text} could be a year or days back.",
                f"Write '{text}-01-01..{text}-12-31' for the year, or 'today-{text}' for the day.",
            )
        if len(digits) <= 5 and int(digits) <= MAX_DAYS:
            return int(digits)
    try:
        return as_day(text)
    except ValueError as refused:
        if "calendar" in str(refused) or "before" in str(refused):
            raise ConfigError(f"{str(refused)[:1].upper()}{str(refused)[1:]}.", _near(text, whole)) from None
    raise ConfigError(f"{whole[:60]!r} is not a choice of dates.", _near(text, whole))


def _near(text: str, whole: str) -> str:
    """The nearest right form, or all of them."""
    guess = _guess(text) if text else "today" if whole.endswith("..") else None
    if guess is None and text == whole:
        known = [*menu(), *(f"{name} from sunday" for name in NAMED if name.endswith("week"))]
        close = get_close_matches(text, known, n=1, cutoff=0.7)
        guess = close[0] if close else None
    if guess is None:
        return _choices()
    right = whole.replace(text, guess, 1) if text else f"{whole}{guess}"
    return f"Did you mean '{right}'? {_choices()}"


def _guess(text: str) -> str | None:
    if ago := _AGO.fullmatch(text):
        return f"today-{int(ago[1][:9])}"
    if text.startswith("today+") or text in ("tomorrow", "now"):
        return "today"
    if month := _MONTH.fullmatch(text):
        return _span(int(month[1]), int(month[2]))
    for pattern, order in ((_YEAR_FIRST, (0, 1, 2)), (_YEAR_LAST, (2, 0, 1)), (_YEAR_LAST, (2, 1, 0))):
        if found := pattern.fullmatch(text):
            year, month_number, day = (int(found.groups()[place]) for place in order)
            if 1 <= month_number <= 12 and 1 <= day <= 31:
                return _nearest_day(year, month_number, day)
    halves = re.fullmatch(r"(\S{8,10})\s*(?:-|–|—|/|:|,|until|till|through)\s*(\S{8,10})", text)
    if halves and all(_is_day(half) for half in halves.groups()):
        return f"{halves[1]}..{halves[2]}"
    return None


def _span(year: int, month: int) -> str | None:
    if not 1 <= month <= 12:
        return None
    return f"{year}-{month:02}-01..{_nearest_day(year, month, 31)}"


def _nearest_day(year: int, month: int, day: int) -> str | None:
    """That day, or the last one of its month."""
    for nearest in range(day, 27, -1) or (day,):
        try:
            return date(year, month, nearest).isoformat()
        except ValueError:
            continue
    return date(year, month, day).isoformat() if year >= 1 else None


def _is_day(text: str) -> bool:
    try:
        as_day(text)
    except ValueError:
        return False
    return True


def _choices() -> str:
    shown = "; ".join(f"{form} ({meaning})" for form, meaning in FORMS if form not in NAMED)
    return f"Choices: {shown}; {', '.join(NAMED)}."
