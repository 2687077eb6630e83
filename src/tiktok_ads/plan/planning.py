"""Which slices make the destination true: streams × advertisers × bookmarks × today, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tiktok_ads.catalog.special_rules import days_zone
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.bookmarks import Bookmark
from tiktok_ads.plan.dates import Lifetime, resolve_for
from tiktok_ads.plan.rollup import parse_roll_up, rolled_periods, whole_periods
from tiktok_ads.plan.slices import Advertiser, Slice, in_turns, local_today
from tiktok_ads.plan.wanted import Wanted
from tiktok_ads.plan.windows import DAY, Window, windows

LISTED_DAYS = timedelta(days=29)
"""How far before today a list of things that happened begins where no start date is set."""
FULL_LIST_EVERY = timedelta(hours=20)
"""A parent's deletion need not move an ad's `modify_time`, so each day's first run reads the whole list."""
MODIFIED_OVERLAP = timedelta(hours=1)
"""How far a list of changes reaches back behind the newest change seen."""
MODIFIED_REACH = timedelta(days=180)
"""TikTok suggests at most six months for `modified_after`; beyond that the whole list is read."""


def plan_slices(
    wanted: Iterable[Wanted],
    *,
    advertisers: Iterable[Advertiser],
    business_centers: Iterable[Advertiser] = (),
    bookmarks: Mapping[tuple[str, str], Bookmark],
    first_day: date | None,
    last_day: date | None,
    now: datetime,
    again: bool = False,
) -> list[Slice]:
    """Cut what must be read into slices: entity lists first, then table by table, owners in turns.

    Each owner's slices of a table are in time order.

    Args:
        wanted: the streams.
        advertisers: whose data.
        business_centers: whose data, for the streams that Business Centers own; as accounts with that id.
        bookmarks: what is loaded, by (stream name, owner's id).
        first_day: first day wanted, in each advertiser's own calendar; None only where no stream needs it.
        last_day: last day wanted, included; None means today.
        now: an aware moment.
        again: read all days from `first_day` to `last_day` whatever is loaded (a backfill).

    Returns:
        Slices that hold each missing or unsettled day exactly once; a report without days is read whole.
        `advertisers` is not among them: that table is read with the accounts themselves.

    Raises:
        ConfigError: a report without days is to cover more of them than one call takes, or one is about
            nobody whom the run reads.
    """
    slices: list[Slice] = []
    streams = sorted(wanted, key=lambda one: isinstance(one.stream, ReportStream))
    owners = {"advertiser": list(advertisers), "business_center": list(business_centers)}
    for want in streams:
        whose = [owner for owner in owners[want.stream.owner] if want.is_about(owner)]
        if want.only and not whose:
            raise ConfigError(
                f"The report {want.stream.name} is about {', '.join(want.only)}, whom this run leaves out.",
                "Add them to the setting `advertisers`, or take them out of the report.",
            )
        rows: list[list[Slice]] = []
        for owner in whose:
            key = (want.stream.name, owner.advertiser_id)
            bookmark = bookmarks.get(key) or Bookmark(*key)
            if isinstance(want.stream, EntityStream):
                if want.stream.dated:
                    asked = days_of_list(want, owner, first_day, last_day, now)
                    rows.append(_dated_slices(want, owner, bookmark, asked, again=again))
                elif want.stream.batch == 1 and (again or not _is_fresh(want, bookmark, now)):
                    rows.append([_list_slice(want, owner, bookmark, now=now, again=again)])
            elif want.stream.lifetime:
                rows.append([_slice(want, owner, None, "lifetime")])
            else:
                today = local_today(owner.zone, now)
                asked = _days(want, owner, first_day, last_day, now)
                rows.append(_report_slices(want, owner, bookmark, asked, today, again=again))
        slices += in_turns(rows)
    return slices


def _days(
    want: Wanted, owner: Advertiser, first_day: date | None, last_day: date | None, now: datetime
) -> Window | None:
    """The days that a report is about; None if there are none yet."""
    if want.dates is not None and not isinstance(want.dates, Lifetime):
        here = replace(owner, zone=days_zone(want.stream, owner.zone))
        chosen = resolve_for(want.dates, here, now=now)
        assert not isinstance(chosen, Lifetime)  # noqa: S101  (only a lifetime has no days)
        return chosen
    if first_day is None:
        raise ConfigError(f"The table {want.stream.name} needs to know where to begin.", "Set `start_date`.")
    today = local_today(days_zone(want.stream, owner.zone), now)
    first = max(first_day, owner.created) if owner.created else first_day
    last = min(today, last_day) if last_day else today
    return Window(first, last) if first <= last else None


def days_listed(
    stream: EntityStream, owner: Advertiser, first_day: date | None, last_day: date | None, today: date
) -> Window | None:
    """The days of a list of things that happened, as far back as TikTok tells; None if there are none yet."""
    assert stream.dated is not None  # noqa: S101
    first = today - LISTED_DAYS if first_day is None else first_day
    first = max(first, today - (stream.dated.reach_days - 1) * DAY)
    first = max(first, owner.created) if owner.created else first
    last = min(today, last_day) if last_day else today
    return Window(first, last) if first <= last else None


def days_of_list(
    want: Wanted, owner: Advertiser, first_day: date | None, last_day: date | None, now: datetime
) -> Window | None:
    """As `days_listed`, with the days that the table has of its own in place of those of the run."""
    assert isinstance(want.stream, EntityStream)  # noqa: S101
    today = local_today(owner.zone, now)
    if want.dates is not None and not isinstance(want.dates, Lifetime):
        chosen = resolve_for(want.dates, owner, now=now)
        if not isinstance(chosen, Window):
            return None
        first_day, last_day = chosen.first, chosen.last
    return days_listed(want.stream, owner, first_day, last_day, today)


def _dated_slices(
    want: Wanted, owner: Advertiser, bookmark: Bookmark, asked: Window | None, *, again: bool
) -> list[Slice]:
    stream = want.stream
    assert isinstance(stream, EntityStream)  # noqa: S101
    if asked is None or stream.dated is None:
        return []
    return [
        _slice(want, owner, window, reason)
        for run, reason in windows_to_read(bookmark, want, first=asked.first, last=asked.last, again=again)
        for window in windows(run.first, run.last, stream.dated.max_days)
    ]


def _is_fresh(want: Wanted, bookmark: Bookmark, now: datetime) -> bool:
    """Whether a list that hardly changes was read not long ago."""
    assert isinstance(want.stream, EntityStream)  # noqa: S101
    if bookmark.full_list_at is None or bookmark.shape != want.shape:
        return False
    age = now - bookmark.full_list_at
    return timedelta(0) <= age < timedelta(hours=want.stream.refresh_hours)


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
    return replace(_slice(want, advertiser, None, reason), modified_after=since)


def _report_slices(
    want: Wanted, owner: Advertiser, bookmark: Bookmark, asked: Window | None, today: date, *, again: bool
) -> list[Slice]:
    stream = want.stream
    assert isinstance(stream, ReportStream)  # noqa: S101
    if asked is None:
        return []
    if stream.period:
        return _period_slices(want, owner, bookmark, asked, today, again=again)
    if stream.day_column is None:
        if asked.days > stream.max_window_days:
            raise ConfigError(
                f"The table {stream.name} sums up {asked.days} days, and a call takes at most "
                f"{stream.max_window_days}.",
                "Choose fewer days, or add the dimension stat_time_day.",
            )
        return [_slice(want, owner, asked, "chosen")]
    if want.dates is not None:
        runs = [(asked, "chosen")]
    else:
        runs = windows_to_read(bookmark, want, first=asked.first, last=asked.last, again=again)
    return [
        _slice(want, owner, window, reason)
        for run, reason in runs
        for window in windows(run.first, run.last, stream.max_window_days)
    ]


def _period_slices(
    want: Wanted, owner: Advertiser, bookmark: Bookmark, asked: Window, today: date, *, again: bool
) -> list[Slice]:
    """One slice for each period that has a day to be read, from its first day to its last or today."""
    assert isinstance(want.stream, ReportStream)  # noqa: S101
    roll_up = parse_roll_up(want.stream.period)
    whole = whole_periods(asked, roll_up, today)
    if want.dates is not None:
        runs = [(whole, "chosen")]
    else:
        runs = windows_to_read(bookmark, want, first=whole.first, last=whole.last, again=again)
    found = {
        part.asked: reason
        for run, reason in runs
        for part in rolled_periods(whole_periods(run, roll_up, today), roll_up)
    }
    return [_slice(want, owner, window, reason) for window, reason in sorted(found.items())]


def _slice(want: Wanted, owner: Advertiser, window: Window | None, reason: str) -> Slice:
    return Slice(
        want.stream,
        owner.advertiser_id,
        window=window,
        shape=want.shape,
        columns=want.columns,
        reason=reason,
    )


def windows_to_read(
    bookmark: Bookmark, want: Wanted, *, first: date, last: date, again: bool = False
) -> list[tuple[Window, str]]:
    """The days from `first` to `last`, both included, that must be read: runs without a gap, each with why.

    A day is read if it was never loaded, was loaded under another shape, or had not settled when it was
    last read. The lookback counts back from the bookmark, not from today: after a pause, days that were
    young when the pause began are read too, and after a load that ended in the past, its last days.
    """
    if again:
        return [(Window(first, last), "backfill")]
    newest = bookmark.days[-1].last if bookmark.days else None
    settled_to = last if newest is None else min(last, unsettled_from(bookmark, want.lookback_days) - DAY)
    runs: list[tuple[Window, str]] = []
    begin = first
    for loaded in bookmark.days:
        start, end = max(loaded.first, begin), min(loaded.last, settled_to)
        if loaded.shape != want.shape or end < start:
            continue
        if begin < start:
            runs.append((Window(begin, start - DAY), _reason(bookmark, want, begin)))
        begin = end + DAY
    if begin <= last:
        runs.append((Window(begin, last), _reason(bookmark, want, begin)))
    return runs


def _reason(bookmark: Bookmark, want: Wanted, day: date) -> str:
    """Why the first day of a run is read."""
    for loaded in bookmark.days:
        if loaded.first <= day <= loaded.last:
            return "lookback" if loaded.shape == want.shape else "definition"
    return "new" if not bookmark.days or day > bookmark.days[-1].last else "gap"


def unsettled_from(bookmark: Bookmark, lookback_days: int) -> date:
    """The first day that the lookback reads again; a lookback longer than the last run's reaches further.

    Raises:
        ValueError: nothing is loaded.
    """
    if not bookmark.days:
        raise ValueError(f"nothing is loaded of {bookmark.stream} of advertiser {bookmark.advertiser_id}")
    counted_back = bookmark.days[-1].last - lookback_days * DAY
    if bookmark.unsettled is None:
        return counted_back
    longer = max(lookback_days - bookmark.lookback_days, 0)
    return min(bookmark.unsettled - longer * DAY, counted_back)
