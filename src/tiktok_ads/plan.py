"""Which slices make the destination true: streams × advertisers × bookmarks × today, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tiktok_ads.catalog.model import Stream


@dataclass(frozen=True, order=True)
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


@dataclass(frozen=True)
class Advertiser:
    """An ad account as the plan needs it.

    `zone` is an IANA name; `zone_known` is False where TikTok did not tell and UTC stands in.
    `created` is the account's first local day, None if unknown.
    """

    advertiser_id: str
    name: str
    zone: str
    currency: str | None
    created: date | None = None
    zone_known: bool = True


@dataclass(frozen=True, order=True)
class LoadedDays:
    """Days that the destination holds, and how they were asked for.

    `shape` names what decides which rows there are (level, dimensions, filters); days of another shape are
    read again. `columns` names the metrics that were asked; days of other columns stay until a backfill.
    """

    first: date
    last: date
    shape: str
    columns: str


@dataclass(frozen=True)
class Bookmark:
    """What is loaded of one stream and advertiser. An absent bookmark is an empty one.

    `days` are sorted, apart, and hold each day at most once. `unsettled` is the first day that must be read
    again because its numbers had not settled when it was last read. `modified` is the greatest `modify_time`
    seen in a complete list (UTC); `full_list_at` is when that list was last read in full (aware UTC).
    `remembered` keeps what worked for this advertiser (how to split, whether TopView exists).
    """

    stream: str
    advertiser_id: str
    days: tuple[LoadedDays, ...] = ()
    unsettled: date | None = None
    modified: datetime | None = None
    full_list_at: datetime | None = None
    shape: str = ""
    remembered: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Slice:
    """One stream × one advertiser × one window (reports) or one list (entities): a unit of work.

    `modified_after` asks an entity list only for what changed since then; None asks for all of it.
    `reason` says why it is read: new, lookback, gap, definition, backfill, full, changed.
    """

    stream: Stream
    advertiser_id: str
    window: Window | None = None
    modified_after: datetime | None = None
    shape: str = ""
    columns: str = ""
    reason: str = "new"

    @property
    def is_complete_list(self) -> bool:
        return self.window is None and self.modified_after is None

    def __str__(self) -> str:
        what = f" {self.window}" if self.window else ""
        return f"{self.stream.name} of advertiser {self.advertiser_id}{what}"


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
