"""The page of dates: every way to choose days, what it means on one day, and what is answered to a slip."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.date_text import FORMS, menu, parse_dates
from tiktok_ads.plan.dates import Lifetime, resolve
from tiktok_ads.plan.periods import FIRST_DAY_OF_ALL

_TODAY = date(2026, 11, 22)
_CREATED = date(2024, 5, 6)

_INTRO = """
# Dates

A report says its days once, in words or in days, and each advertiser reads them in its own calendar.
`today` in Tokyo and `today` in Los Angeles are then different days, and each is the right one.
The same text stands on the command line (`--dates "last week"`) and in a `[reports.NAME]` section of the [settings](settings.md).

- Both ends of a range are included.
- A number counts days back from today: `0` is today, `1` yesterday, `10..5` the six days from ten days ago to five days ago.
- `last 7 days` are the seven days before today; `last 7 days with today` end today. Any number of days will do.
- A week begins on Monday; `last week from sunday`, or `--week-start sunday`, says otherwise.
- A period that is still running ends today, and the report says so: its later days are not there yet.
- A day that has begun for some advertisers only is read for those; the others are named.
- `lifetime` gives one figure for all the time that an ad has lived, without days; `all time` gives every day since the account was opened.
- Capitals make no difference, nor do `_` and `-` between words: `LAST_7_DAYS` is `last 7 days`.
"""

_ROLL_UP = """
## By week, month and quarter

`roll_up = "week"`, `"week from sunday"`, `"month"` or `"quarter"` gives one row for each period instead of each day.
The days chosen are widened to whole periods.
TikTok itself is asked for each period, so that reach, frequency and rates are right: those are never added up.
`stat_time_day` is the first day of the period and `period_last_day` the last day that its figures are of.
The period that is running has fewer days than a whole one; it is read again until it is over and settled.
Metrics that TikTok gives by day alone, such as `cash_spend`, are added up from days if they may be; hours cannot be rolled up.
"""

_SLIPS = """
## Slips

What cannot be understood is refused before anything is asked, with the nearest right form; the message goes on with all choices.
"""

_WRONG = (
    "lst week",
    "last seven days",
    "5..10",
    "2026-02-30",
    "31/01/2026",
    "2026/01/31",
    "2026-01",
    "2026",
    "2026-01-01..",
    "7 days ago",
    "today+3",
    "2026-12-01",
    "2026-11-01..2026-12-31",
)


def page() -> str:
    return "".join([_INTRO, *_choices(), *_menu(), _ROLL_UP, _SLIPS, *_slips()])


def _choices() -> Iterator[str]:
    yield f"\n## What to write\n\nThe days are those of an account opened on {_CREATED}, on {_TODAY:%A}, {_TODAY}.\n\n"
    yield "| write | means | days |\n|---|---|---|\n"
    for form, meaning in FORMS:
        for text in form.replace(" or ", ", ").split(", "):
            yield f"| `{text}` | {meaning} | {_days(text)} |\n"


def _days(text: str) -> str:
    days = resolve(parse_dates(text), _TODAY, created=_CREATED)
    return "–" if isinstance(days, Lifetime) else str(days).replace("..", " to ")


def _menu() -> Iterator[str]:
    yield f"\nMenus offer {', '.join(f'`{name}`' for name in menu())}.\n"
    yield f"Where nobody knows when an account was opened, `all time` begins on {FIRST_DAY_OF_ALL}.\n"


def _slips() -> Iterator[str]:
    yield "\n| written | answer |\n|---|---|\n"
    for text in _WRONG:
        try:
            resolve(parse_dates(text), _TODAY)
        except ConfigError as refused:
            hint = refused.hint.partition(" Choices:")[0]
            yield f"| `{text}` | {refused.message} {hint} |\n"
        else:
            raise AssertionError(f"{text} is no slip")


PAGES = {"dates.md": page}
