"""Windows of days, and how days become windows that the API accepts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True, slots=True)
class Window:
    """Days from `first` to `last`, both included, in the advertiser's own calendar."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"window ends before it begins: {self.first} to {self.last}")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


def windows(first: date, last: date, max_days: int) -> list[Window]:
    """Cut the days from `first` to `last` into windows that the API accepts.

    Days are the advertiser's own days, not UTC days.

    Args:
        first: first day wanted.
        last: last day wanted, included; before `first` it gives no windows.
        max_days: longest window in days, both ends counted.

    Returns:
        Windows in time order that hold each day exactly once.

    Raises:
        ValueError: `max_days` is below 1.

    Source: API reference v1.3, /report/integrated/get/, parameter `start_date`.
    """
    if max_days < 1:
        raise ValueError(f"max_days must be at least 1, not {max_days}")
    step = timedelta(days=max_days)
    cut: list[Window] = []
    while first <= last:
        end = min(first + step - timedelta(days=1), last)
        cut.append(Window(first, end))
        first = end + timedelta(days=1)
    return cut


def runs_of_days(days: Iterable[date]) -> list[Window]:
    """Join days into the longest windows without a gap, in time order."""
    joined: list[Window] = []
    for day in sorted(set(days)):
        if joined and joined[-1].last + timedelta(days=1) == day:
            joined[-1] = Window(joined[-1].first, day)
        else:
            joined.append(Window(day, day))
    return joined
