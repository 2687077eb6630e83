"""What is loaded of a stream and advertiser, and how it grows slice by slice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from tiktok_ads.plan.slices import Slice
from tiktok_ads.plan.windows import DAY, Window


@dataclass(frozen=True, order=True, slots=True)
class LoadedDays:
    """Days that the destination holds, and how they were asked for.

    `shape` names what decides which rows there are (level, dimensions, filters); days of another shape are
    read again. `columns` names the fields that were asked; days of other columns stay until a backfill.
    """

    first: date
    last: date
    shape: str
    columns: str


@dataclass(frozen=True, slots=True)
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
    if done.only:
        # Some rows of days that are loaded: the others are as old as they were.
        return bookmark
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


def within(bookmark: Bookmark, window: Window) -> Bookmark:
    """The bookmark without the days outside a window."""
    kept = (
        replace(days, first=max(days.first, window.first), last=min(days.last, window.last))
        for days in bookmark.days
        if days.first <= window.last and window.first <= days.last
    )
    return replace(bookmark, days=tuple(kept))


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
