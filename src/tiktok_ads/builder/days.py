"""What speaks against a report's days, periods and update method, and how long its windows may be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tiktok_ads.builder.definition import ReportDefinition
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import max_days
from tiktok_ads.catalog.special_rules import special_max_days
from tiktok_ads.catalog.streams import TIMES
from tiktok_ads.plan.dates import DateChoice, Days, Period
from tiktok_ads.plan.periods import LAST_DAYS

Reason = tuple[str, str]
"""Which part of the definition, and why in words."""


def day_reasons(asked: ReportDefinition) -> Iterator[Reason]:
    """Everything that speaks against when it is about and what becomes of rows that are there."""
    yield from _of_roll_up(asked)
    yield from _of_dates(asked)
    yield from _of_update(asked)


def _of_roll_up(asked: ReportDefinition) -> Iterator[Reason]:
    if asked.roll_up is None or asked.is_special:
        return
    if asked.lifetime:
        yield ("roll_up", "A lifetime has no periods: give days, or leave the roll-up out.")
        return
    if "stat_time_hour" in asked.dimensions:
        yield ("roll_up", "Hours cannot be rolled up: leave stat_time_hour out, or the roll-up.")


def _of_dates(asked: ReportDefinition) -> Iterator[Reason]:
    """Days that are too many for one sum, as far as that is certain before it is known what day it is."""
    timed = any(name in TIMES for name in asked.dimensions) or asked.roll_up is not None
    span = _span(asked.dates)
    known = asked.report_type in (*catalog().report_types, *catalog().special)
    if timed or span is None or not known or span <= (longest := longest_window(asked)):
        return
    yield (
        "dates",
        f"{span} days are to be one sum, and a call takes at most {longest}: "
        "choose fewer days, or add stat_time_day.",
    )


def _span(dates: DateChoice | None) -> int | None:
    """How many days a choice has, if that is the same on every day."""
    if isinstance(dates, Days):
        if isinstance(dates.first, int) and isinstance(dates.last, int):
            return dates.first - dates.last + 1
        if isinstance(dates.first, date) and isinstance(dates.last, date):
            return (dates.last - dates.first).days + 1
        return None
    found = LAST_DAYS.fullmatch(dates.name) if isinstance(dates, Period) else None
    return int(found[1]) if found else None


def _of_update(asked: ReportDefinition) -> Iterator[Reason]:
    dated = any(name in ("stat_time_day", "stat_time_hour") for name in asked.dimensions) or asked.roll_up
    if asked.update_method == "partition" and not dated:
        yield (
            "update_method",
            "Without a day there is no window to replace: add stat_time_day, or use replace or append.",
        )


def longest_window(asked: ReportDefinition) -> int:
    """The longest window of one call in days, both ends counted."""
    if asked.is_special:
        return special_max_days(asked.report_type, asked.dimensions) or 30
    longest = max_days(asked.report_type, asked.dimensions) or 30
    audience = asked.report_type == "AUDIENCE" and "stat_time_day" in asked.dimensions
    # TikTok advises weeks for audience reports, which time out otherwise.
    return min(longest, 7) if audience else longest
