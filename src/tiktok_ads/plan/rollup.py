"""Weeks, months and quarters: what may be added up from days, and what TikTok is asked for by period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import allowed_metrics, why_not
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.date_text import parse_weekday
from tiktok_ads.plan.periods import Weekday, period_of
from tiktok_ads.plan.windows import DAY, Window

RollUnit = Literal["week", "month", "quarter"]
UNITS: tuple[RollUnit, ...] = ("week", "month", "quarter")
_DAY, _TIMES = "stat_time_day", ("stat_time_day", "stat_time_hour")


@dataclass(frozen=True, slots=True)
class RollUp:
    """Rows by week, month or quarter instead of by day; `week_start` matters to weeks alone."""

    unit: RollUnit
    week_start: Weekday = "monday"

    def __str__(self) -> str:
        begun = self.unit == "week" and self.week_start != "monday"
        return f"week from {self.week_start}" if begun else self.unit


@dataclass(frozen=True, slots=True)
class RolledPeriod:
    """A week, month or quarter, and those of its days that are asked for."""

    whole: Window
    asked: Window

    def is_complete(self, today: date) -> bool:
        """Whether all its days are asked for and over."""
        return self.asked == self.whole and self.whole.last < today


@dataclass(frozen=True)
class RollUpPlan:
    """How the metrics of a report by period are had.

    TikTok is asked for those of `asked` once for each period, without a time dimension. It gives those of
    `summed` by day alone, and they may be added up. `refused` can be had in neither way, each with why.
    """

    asked: tuple[str, ...]
    summed: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def parse_roll_up(value: str, *, week_start: Weekday | None = None) -> RollUp:
    """A roll-up from its text: `week`, `week from sunday`, `month` or `quarter`.

    Raises:
        ConfigError: it is none of them.
    """
    words = value.lower().split()
    if words == ["week"]:
        return RollUp("week", week_start or "monday")
    if len(words) == 3 and words[:2] == ["week", "from"]:
        own = parse_weekday(words[2])
        if week_start is not None and own != week_start:
            raise ConfigError(
                f"The week begins with {own} here, and with {week_start} there.", "Say it once."
            )
        return RollUp("week", own)
    for unit in UNITS:
        if words == [unit]:
            return RollUp(unit)
    raise ConfigError(
        f"{value[:40]!r} is not a roll-up.", "Write 'week', 'week from sunday', 'month' or 'quarter'."
    )


def rolled_periods(window: Window, roll_up: RollUp) -> list[RolledPeriod]:
    """The periods that a window touches, in time order; the first and the last may be cut by it."""
    found: list[RolledPeriod] = []
    day = window.first
    while day <= window.last:
        whole = period_of(day, roll_up.unit, roll_up.week_start)
        asked = Window(day, min(whole.last, window.last))
        found.append(RolledPeriod(whole, asked))
        day = whole.last + DAY
    return found


def whole_periods(window: Window, roll_up: RollUp, today: date) -> Window:
    """The window, begun with the period that holds its first day and ended with its last period or today.

    A table that is kept by period is read so: half a month would stand where a whole one belongs.
    """
    first = period_of(window.first, roll_up.unit, roll_up.week_start).first
    last = period_of(window.last, roll_up.unit, roll_up.week_start).last
    return Window(first, max(window.last, min(last, today)))


def roll_up_plan(
    *,
    report_type: str,
    data_level: str | None,
    dimensions: Sequence[str],
    metrics: Iterable[str],
    roll_up: RollUp,
) -> RollUpPlan:
    """How to have these metrics by period, without ever adding up what must not be added up.

    Metrics that the catalog does not know are never added up.

    Args:
        report_type: BASIC, AUDIENCE, …
        data_level: AUCTION_AD, …; None where the report type has no level.
        dimensions: what rows are split by; a time among them is left aside.
        metrics: metrics and attributes.
        roll_up: the period.
    """
    plain = tuple(name for name in dimensions if name not in _TIMES)
    can_ask = _askable(report_type, data_level, plain)
    can_sum = _askable(report_type, data_level, (*plain, _DAY))
    known = catalog().metrics
    names = tuple(dict.fromkeys(name for name in metrics if name not in dimensions))
    asked = tuple(name for name in names if can_ask is not None and (name in can_ask or name not in known))
    summed = tuple(
        name
        for name in names
        if name not in asked and can_sum is not None and name in can_sum and known[name].additive
    )
    refused = tuple(
        (name, _why_refused(name, roll_up, report_type, data_level, plain))
        for name in names
        if name not in asked and name not in summed
    )
    return RollUpPlan(asked, summed, refused)


def _askable(report_type: str, data_level: str | None, dimensions: Sequence[str]) -> set[str] | None:
    """The metrics that go with these dimensions, None if the dimensions themselves are not allowed."""
    if not dimensions or why_not(
        report_type=report_type, data_level=data_level, dimensions=dimensions, metrics=()
    ):
        return None
    return allowed_metrics(report_type, data_level, dimensions)


def _why_refused(
    name: str, roll_up: RollUp, report_type: str, data_level: str | None, dimensions: Sequence[str]
) -> str:
    reasons = why_not(report_type=report_type, data_level=data_level, dimensions=dimensions, metrics=(name,))
    metric = catalog().metrics.get(name)
    never = "" if metric and metric.additive else f"{name} must not be added up over days. "
    return f"{never}For a whole {roll_up.unit}: {' '.join(reasons)}"
