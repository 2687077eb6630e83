"""The days of the report form: what its fields mean as text of the settings file, and the other way round."""

from __future__ import annotations

from datetime import UTC, datetime

from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.date_text import format_dates, menu, parse_dates
from tiktok_ads.plan.dates import DateChoice, Days, Lifetime, Period, day_text, resolve
from tiktok_ads.plan.periods import Weekday
from tiktok_ads.plan.rollup import parse_roll_up
from tiktok_ads.ui.report_form import WantedReport


def days_in_words(wanted: WantedReport) -> str:
    """What the days of the form mean today; "" where there are none, or they cannot be read."""
    try:
        text = dates_text(wanted)
        if text is None or text == "lifetime":
            return ""
        days = resolve(parse_dates(text), datetime.now(UTC).date())
    except ConfigError:
        return ""
    if isinstance(days, Lifetime):
        return ""
    return f"Where it is {datetime.now(UTC).date()} now, that is {days.first} to {days.last}."


def periods(chosen: str = "") -> tuple[str, ...]:
    """The named periods that the form offers, and one that stands in the file beside them."""
    listed = tuple(name for name in menu() if name not in ("today", "yesterday", "lifetime"))
    return listed if not chosen or chosen in listed else (chosen, *listed)


def dates_text(wanted: WantedReport) -> str | None:
    texts = {
        "kept": None,
        "day": wanted.day or " ",
        "range": f"{wanted.range_first}..{wanted.range_last}",
        "period": wanted.period,
        "lifetime": "lifetime",
    }
    text = texts.get(wanted.days, wanted.days)
    if text is None:
        return None
    try:
        return format_dates(parse_dates(text, week_start=_weekday(wanted.period_begins, text)))
    except ConfigError as error:
        # The hint lists every form; the form's own labels have said that.
        guess = error.hint.partition(" Choices:")[0] if error.hint.startswith("Did you mean") else ""
        raise ConfigError(f"dates: {error.message} {guess}".rstrip()) from None


def _weekday(said: str, text: str) -> Weekday | None:
    return said if text.endswith(" week") else None  # type: ignore[return-value]


def roll_up_text(wanted: WantedReport) -> str | None:
    if not wanted.roll_up:
        return None
    begun = f"week from {wanted.roll_up_begins}" if wanted.roll_up == "week" else wanted.roll_up
    try:
        return str(parse_roll_up(begun))
    except ConfigError as error:
        raise ConfigError(f"roll_up: {error}") from None


def days_said(dates: DateChoice | None) -> dict[str, str]:
    if dates is None:
        return {"days": "kept"}
    if isinstance(dates, Lifetime):
        return {"days": "lifetime"}
    if isinstance(dates, Period):
        return {"days": "period", "period": dates.name, "period_begins": dates.week_start}
    assert isinstance(dates, Days)  # noqa: S101
    if dates.first == dates.last:
        return {"days": "day", "day": day_text(dates.first)}
    return {"days": "range", "range_first": day_text(dates.first), "range_last": day_text(dates.last)}
