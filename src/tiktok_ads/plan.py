"""Which slices make the destination true: streams × advertisers × bookmarks × today, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tiktok_ads.catalog.model import EntityStream, ReportStream, Stream

DAY = timedelta(days=1)
FULL_LIST_EVERY = timedelta(hours=20)
"""A parent's deletion need not move an ad's `modify_time`, so each day's first run reads the whole list."""
MODIFIED_OVERLAP = timedelta(hours=1)
"""How far a list of changes reaches back behind the newest change seen."""
MODIFIED_REACH = timedelta(days=180)
"""TikTok suggests at most six months for `modified_after`; beyond that the whole list is read."""


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
    read again. `columns` names the fields that were asked; days of other columns stay until a backfill.
    """

    first: date
    last: date
    shape: str
    columns: str


@dataclass(frozen=True)
class Bookmark:
    """What is loaded of one stream and advertiser. An absent bookmark is an empty one.

    `days` are sorted, apart, and hold each day at most once. `unsettled` is the first day that must be read
    again because its numbers had not settled, by a lookback of `lookback_days`, when it was last read.
    `modified` is the greatest `modify_time` seen (UTC, without zone); `full_list_at` is when the list was
    last read in full (aware, UTC). `remembered` keeps what worked for this advertiser, such as how to split.
    """

    stream: str
    advertiser_id: str
    days: tuple[LoadedDays, ...] = ()
    unsettled: date | None = None
    lookback_days: int = 0
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


@dataclass(frozen=True)
class Wanted:
    """A stream as the settings want it: its shape, its columns, and how far each run looks back."""

    stream: Stream
    shape: str
    columns: str
    lookback_days: int = 0


def local_today(zone: str, now: datetime) -> date:
    """The day that it is in the advertiser's own calendar.

    Args:
        zone: IANA name.
        now: an aware moment.
    """
    return now.astimezone(ZoneInfo(zone)).date()


def plan_slices(
    wanted: Iterable[Wanted],
    *,
    advertisers: Iterable[Advertiser],
    bookmarks: Mapping[tuple[str, str], Bookmark],
    first_day: date,
    last_day: date | None,
    now: datetime,
    again: bool = False,
) -> list[Slice]:
    """Cut what must be read into slices, entity lists first, then each report's days in time order.

    Args:
        wanted: the streams.
        advertisers: whose data.
        bookmarks: what is loaded, by (stream name, advertiser id).
        first_day: first day wanted, in each advertiser's own calendar.
        last_day: last day wanted, included; None means today.
        now: an aware moment.
        again: read all days from `first_day` to `last_day` whatever is loaded (a backfill).

    Returns:
        Slices that hold each missing or unsettled day exactly once. `advertisers` is not among them: that
        table is read with the accounts themselves.
    """
    slices: list[Slice] = []
    streams = sorted(wanted, key=lambda one: isinstance(one.stream, ReportStream))
    everyone = list(advertisers)
    for want in streams:
        for advertiser in everyone:
            key = (want.stream.name, advertiser.advertiser_id)
            bookmark = bookmarks.get(key) or Bookmark(*key)
            if isinstance(want.stream, EntityStream):
                if want.stream.batch == 1:
                    slices.append(_list_slice(want, advertiser, bookmark, now=now, again=again))
                continue
            today = local_today(advertiser.zone, now)
            last = min(today, last_day) if last_day else today
            first = max(first_day, advertiser.created) if advertiser.created else first_day
            slices += _report_slices(want, advertiser, bookmark, first=first, last=last, again=again)
    return slices


def _list_slice(
    want: Wanted, advertiser: Advertiser, bookmark: Bookmark, *, now: datetime, again: bool
) -> Slice:
    stream = want.stream
    assert isinstance(stream, EntityStream)  # noqa: S101  (narrows the type for the reader and for mypy)
    since = None
    fresh = (
        bookmark.full_list_at is not None and timedelta(0) <= now - bookmark.full_list_at < FULL_LIST_EVERY
    )
    if stream.modified_after and bookmark.modified and fresh and bookmark.shape == want.shape and not again:
        naive_now = now.astimezone(UTC).replace(tzinfo=None)
        since = min(bookmark.modified, naive_now) - MODIFIED_OVERLAP
        if naive_now - since > MODIFIED_REACH:
            since = None
    reason = "changed" if since else "full" if bookmark.full_list_at else "new"
    return Slice(
        stream,
        advertiser.advertiser_id,
        modified_after=since,
        shape=want.shape,
        columns=want.columns,
        reason=reason,
    )


def _report_slices(
    want: Wanted, advertiser: Advertiser, bookmark: Bookmark, *, first: date, last: date, again: bool
) -> list[Slice]:
    stream = want.stream
    assert isinstance(stream, ReportStream)  # noqa: S101
    if last < first:
        return []
    reasons = days_to_read(bookmark, want, first=first, last=last, again=again)
    return [
        Slice(
            stream,
            advertiser.advertiser_id,
            window=window,
            shape=want.shape,
            columns=want.columns,
            reason=reasons[window.first],
        )
        for run in runs_of_days(reasons)
        for window in windows(run.first, run.last, stream.max_window_days)
    ]


def days_to_read(
    bookmark: Bookmark, want: Wanted, *, first: date, last: date, again: bool = False
) -> dict[date, str]:
    """Each day from `first` to `last` (both included) that must be read → why.

    A day is read if it was never loaded, was loaded under another shape, or had not settled when it was
    last read. The lookback counts back from the bookmark, not from today: after a pause, days that were
    young when the pause began are read too, and after a load that ended in the past, its last days.
    """
    shapes: dict[date, str] = {}
    for loaded in bookmark.days:
        start, end = max(loaded.first, first), min(loaded.last, last)
        for offset in range((end - start).days + 1):
            shapes[start + offset * DAY] = loaded.shape
    unsettled = bookmark.unsettled
    if unsettled is not None and want.lookback_days > bookmark.lookback_days:
        unsettled -= (want.lookback_days - bookmark.lookback_days) * DAY
    newest = bookmark.days[-1].last if bookmark.days else None
    if unsettled is not None and newest is not None:
        unsettled = min(unsettled, newest - want.lookback_days * DAY)
    reasons: dict[date, str] = {}
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        if again:
            reasons[day] = "backfill"
        elif day not in shapes:
            reasons[day] = "new" if newest is None or day > newest else "gap"
        elif shapes[day] != want.shape:
            reasons[day] = "definition"
        elif unsettled is not None and day >= unsettled:
            reasons[day] = "lookback"
    return reasons


def advance(
    bookmark: Bookmark,
    done: Slice,
    *,
    today: date,
    lookback_days: int,
    at: datetime,
    modified: datetime | None = None,
) -> Bookmark:
    """The bookmark as it stands when a slice has been loaded whole.

    Args:
        bookmark: as it stood before.
        done: the slice, of the same stream and advertiser.
        today: the advertiser's own day when the slice was read.
        lookback_days: days before `today` whose numbers may still change.
        at: when the slice was read, aware.
        modified: greatest `modify_time` among an entity list's rows, UTC without zone.
    """
    if done.window is None:
        newest = max((m for m in (bookmark.modified, modified) if m), default=None)
        return replace(
            bookmark,
            modified=newest,
            shape=done.shape,
            full_list_at=at if done.is_complete_list else bookmark.full_list_at,
        )
    window = done.window
    settled_before = min(window.last + DAY, today - lookback_days * DAY)
    unsettled = bookmark.unsettled
    if unsettled is not None and lookback_days > bookmark.lookback_days:
        unsettled -= (lookback_days - bookmark.lookback_days) * DAY
    if unsettled is None or window.first <= unsettled <= window.last:
        unsettled = settled_before if unsettled is None else max(unsettled, settled_before)
    return replace(
        bookmark,
        days=add_days(bookmark.days, LoadedDays(window.first, window.last, done.shape, done.columns)),
        unsettled=unsettled,
        lookback_days=lookback_days,
    )


def add_days(days: Iterable[LoadedDays], new: LoadedDays) -> tuple[LoadedDays, ...]:
    """Put newly loaded days among the others: they replace what they cover, and like neighbours join."""
    kept: list[LoadedDays] = [new]
    for old in days:
        if old.first < new.first:
            kept.append(replace(old, last=min(old.last, new.first - DAY)))
        if old.last > new.last:
            kept.append(replace(old, first=max(old.first, new.last + DAY)))
    joined: list[LoadedDays] = []
    for one in sorted(kept):
        last = joined[-1] if joined else None
        alike = last and (last.shape, last.columns) == (one.shape, one.columns)
        if last and alike and last.last + DAY >= one.first:
            joined[-1] = replace(last, last=max(last.last, one.last))
        else:
            joined.append(one)
    return tuple(joined)


def complete_to(bookmark: Bookmark | None, *, first: date, shape: str) -> date | None:
    """The last day up to which every day from `first` is loaded under `shape`; None if `first` is not."""
    reached: date | None = None
    expected = first
    for loaded in bookmark.days if bookmark else ():
        if loaded.last < expected:
            continue
        if loaded.first > expected or loaded.shape != shape:
            break
        reached = loaded.last
        expected = loaded.last + DAY
    return reached


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
