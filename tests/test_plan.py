"""Windows, bookmarks and plans: no day lost, none asked twice."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_ads.catalog.lookup import stream
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan import (
    DAY,
    Advertiser,
    Bookmark,
    LoadedDays,
    Slice,
    Wanted,
    Window,
    add_days,
    advance,
    complete_to,
    local_today,
    plan_slices,
    runs_of_days,
    windows,
)
from tiktok_ads.plan.dates import Days

ZONES = (
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Kathmandu",
    "America/Caracas",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "UTC",
)
NOW = datetime(2026, 3, 29, 10, 30, tzinfo=UTC)
INSIGHTS = Wanted(stream("ad_insights"), "shape", "columns", 28)
GRAINS = ("ad_insights", "ad_insights_by_platform", "campaign_insights_hourly", "ad_insights_by_interest")
"""Days a month and a week at a time, hours, and days that are stamped."""


def days_of(slices: list[Slice]) -> list[date]:
    return [
        one.window.first + offset * DAY for one in slices if one.window for offset in range(one.window.days)
    ]


def planned(
    bookmark: Bookmark | None,
    first: date | None,
    *,
    last: date | None = None,
    now: datetime = NOW,
    zone: str = "UTC",
    want: Wanted = INSIGHTS,
    created: date | None = None,
    again: bool = False,
) -> list[Slice]:
    return plan_slices(
        [want],
        advertisers=[Advertiser("1", "", zone, "EUR", created)],
        bookmarks={(want.stream.name, "1"): bookmark} if bookmark else {},
        first_day=first,
        last_day=last,
        now=now,
        again=again,
    )


def after(
    slices: list[Slice], bookmark: Bookmark | None = None, *, now: datetime = NOW, zone: str = "UTC"
) -> Bookmark:
    bookmark = bookmark or Bookmark(slices[0].stream.name, "1")
    for one in slices:
        bookmark = advance(bookmark, one, today=local_today(zone, now), lookback_days=28, at=now)
    return bookmark


@pytest.mark.parametrize(("days", "cuts"), [(0, 0), (1, 1), (30, 1), (31, 2), (365, 13)])
def test_windows_hold_each_day_once(days: int, cuts: int) -> None:
    """No day is asked for twice, and the last one is not forgotten."""
    first = date(2024, 2, 1)
    got = windows(first, first + timedelta(days=days - 1), max_days=30)

    asked = [one.first + offset * DAY for one in got for offset in range(one.days)]
    assert asked == [first + timedelta(days=offset) for offset in range(days)]
    assert len(got) == cuts
    assert all(one.days <= 30 for one in got)


def test_a_window_of_no_days_is_refused() -> None:
    """A wrong limit is an error with the value in it, not an endless loop."""
    with pytest.raises(ValueError, match="at least 1, not 0"):
        windows(date(2024, 1, 1), date(2024, 1, 2), max_days=0)
    with pytest.raises(ValueError, match="ends before it begins"):
        Window(date(2024, 1, 2), date(2024, 1, 1))


@given(st.sets(st.dates(date(2023, 12, 1), date(2024, 4, 1))))
def test_days_join_into_runs_without_loss(days: set[date]) -> None:
    """Gaps stay gaps, neighbours become one window."""
    runs = runs_of_days(days)
    assert {one.first + offset * DAY for one in runs for offset in range(one.days)} == days
    assert all(later.first - earlier.last > DAY for earlier, later in pairwise(runs))


def test_a_first_run_reads_from_the_start_to_today() -> None:
    """Today is included, in the advertiser's own calendar."""
    got = planned(None, date(2026, 1, 1), zone="Pacific/Kiritimati")
    assert days_of(got) == [date(2026, 1, 1) + offset * DAY for offset in range(89)]
    assert got[-1].window is not None
    assert got[-1].window.last == date(2026, 3, 30)  # it is the 29th in UTC
    assert {one.reason for one in got} == {"new"}


def test_the_next_day_reads_the_lookback_and_nothing_else() -> None:
    """28 days before the bookmark are read again, and the new day."""
    bookmark = after(planned(None, date(2025, 1, 1)))
    same_day = planned(bookmark, date(2025, 1, 1))
    assert (days_of(same_day)[0], len(days_of(same_day)), len(same_day)) == (date(2026, 3, 1), 29, 1)
    next_day = planned(bookmark, date(2025, 1, 1), now=NOW + DAY)
    assert (days_of(next_day)[0], len(days_of(next_day)), len(next_day)) == (date(2026, 3, 1), 30, 1)


def test_after_a_pause_days_that_had_not_settled_are_read_too() -> None:
    """The lookback counts back from the bookmark, not from today."""
    bookmark = after(planned(None, date(2025, 1, 1)))
    later = planned(bookmark, date(2025, 1, 1), now=NOW + timedelta(days=200))
    assert days_of(later)[0] == date(2026, 3, 1)
    assert len(days_of(later)) == 229


def test_a_load_that_ended_in_the_past_looks_back_from_its_end() -> None:
    """An end date in the past does not settle the days before it."""
    bookmark = after(planned(None, date(2025, 1, 1), last=date(2026, 2, 1)))
    later = planned(bookmark, date(2025, 1, 1))
    assert days_of(later)[0] == date(2026, 2, 1) - timedelta(days=28)


def test_a_bookmark_never_passes_a_gap() -> None:
    """A window that failed is read in the next run, and completeness ends before it."""
    slices = planned(None, date(2025, 1, 1))
    lost = slices[3]
    bookmark = after([one for one in slices if one is not lost])
    assert lost.window is not None
    assert complete_to(bookmark, first=date(2025, 1, 1), shape="shape") == lost.window.first - DAY
    again = planned(bookmark, date(2025, 1, 1))
    assert again[0].window == lost.window
    assert again[0].reason == "gap"
    assert Counter(days_of(again)).most_common(1)[0][1] == 1
    assert complete_to(after(again, bookmark), first=date(2025, 1, 1), shape="shape") == date(2026, 3, 29)


def test_a_lookback_window_that_failed_is_read_again_even_when_it_is_old() -> None:
    """Restated days are not forgotten because one run could not read them."""
    want = Wanted(stream("ad_insights_by_country"), "shape", "columns", 28)
    bookmark = after(planned(None, date(2026, 1, 1), want=want))
    lookback = planned(bookmark, date(2026, 1, 1), want=want)
    bookmark = after(lookback[1:], bookmark)
    much_later = planned(bookmark, date(2026, 1, 1), want=want, now=NOW + timedelta(days=90))
    assert lookback[0].window is not None
    assert days_of(much_later)[0] == lookback[0].window.first


def test_an_earlier_start_and_another_shape_are_read_in_by_themselves() -> None:
    """Nobody has to reset a table because a setting changed."""
    bookmark = after(planned(None, date(2026, 1, 1)))
    earlier = planned(bookmark, date(2025, 12, 1))
    assert set(days_of(earlier)) >= {date(2025, 12, 1) + offset * DAY for offset in range(31)}
    assert date(2026, 1, 1) not in days_of(earlier)
    deleted_too = planned(bookmark, date(2026, 1, 1), want=replace(INSIGHTS, shape="other"))
    assert len(days_of(deleted_too)) == 88
    other_metrics = planned(bookmark, date(2026, 1, 1), want=replace(INSIGHTS, columns="other"))
    assert len(days_of(other_metrics)) == 29


def test_a_longer_lookback_reaches_back_at_once() -> None:
    """Raising the setting takes effect in the next run, and lowering it loses nothing."""
    bookmark = after(planned(None, date(2025, 1, 1)))
    longer = planned(bookmark, date(2025, 1, 1), want=replace(INSIGHTS, lookback_days=90))
    assert days_of(longer)[0] == date(2026, 3, 1) - timedelta(days=62)
    shorter = planned(bookmark, date(2025, 1, 1), want=replace(INSIGHTS, lookback_days=7))
    assert days_of(shorter)[0] == date(2026, 3, 1)


def test_an_account_is_read_from_the_day_it_was_made() -> None:
    """A start date before that is no error and costs nothing."""
    assert days_of(planned(None, date(2020, 1, 1), created=date(2026, 3, 20)))[0] == date(2026, 3, 20)
    assert planned(None, date(2026, 3, 1), last=date(2026, 3, 5), created=date(2026, 3, 20)) == []


def test_a_backfill_reads_what_is_loaded() -> None:
    """Reading on purpose does not ask whether it is needed."""
    bookmark = after(planned(None, date(2026, 1, 1)))
    again = planned(bookmark, date(2026, 1, 1), last=date(2026, 1, 31), again=True)
    assert len(days_of(again)) == 31
    assert after(again, bookmark).unsettled == bookmark.unsettled


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.sampled_from("ab")), max_size=12))
def test_loaded_days_stay_sorted_and_apart(loads: list[tuple[int, int, str]]) -> None:
    """Each day is held once, under what it was last loaded with."""
    first = date(2026, 1, 1)
    days: tuple[LoadedDays, ...] = ()
    truth: dict[date, str] = {}
    for start, length, shape in loads:
        new = LoadedDays(first + start * DAY, first + (start + length) * DAY, shape, "")
        days = add_days(days, new)
        truth.update({new.first + offset * DAY: shape for offset in range(length + 1)})
    held = [(one.first + o * DAY, one.shape) for one in days for o in range((one.last - one.first).days + 1)]
    assert held == sorted(truth.items())
    assert all(a.last < b.first for a, b in pairwise(days))


def test_entity_lists_are_read_in_full_once_a_day_and_by_change_in_between() -> None:
    """A parent's deletion moves no ad's modify_time, so the whole list is read daily."""
    want = Wanted(stream("ads"), "shape", "")
    (full,) = planned(None, date(2026, 1, 1), want=want)
    assert full.is_complete_list
    newest = datetime(2026, 3, 29, 9, 0)  # modify_time has no zone
    bookmark = advance(Bookmark("ads", "1"), full, today=NOW.date(), lookback_days=0, at=NOW, modified=newest)
    (changed,) = planned(bookmark, date(2026, 1, 1), want=want, now=NOW + timedelta(hours=2))
    assert changed.modified_after == newest - timedelta(hours=1)
    assert advance(bookmark, changed, today=NOW.date(), lookback_days=0, at=NOW + DAY).full_list_at == NOW
    (daily,) = planned(bookmark, date(2026, 1, 1), want=want, now=NOW + DAY)
    (other,) = planned(bookmark, date(2026, 1, 1), want=replace(want, shape="other"), now=NOW)
    assert daily.is_complete_list
    assert other.is_complete_list
    (campaigns,) = planned(
        replace(bookmark, stream="campaigns"),
        date(2026, 1, 1),
        want=replace(want, stream=stream("campaigns")),
    )
    assert campaigns.is_complete_list  # the API has no filter for changes there


@pytest.mark.parametrize("name", ["campaign_insights_hourly", "ad_insights_by_interest"])
def test_hours_and_stamped_days_are_read_a_day_at_a_time(name: str) -> None:
    """TikTok allows no more, and bookmarks join the days all the same."""
    want = Wanted(stream(name), "shape", "", 2)
    slices = planned(None, date(2026, 3, 1), want=want)
    assert [one.window and one.window.days for one in slices] == [1] * 29
    bookmark = after(slices)
    assert [(one.first, one.last) for one in bookmark.days] == [(date(2026, 3, 1), date(2026, 3, 29))]


def test_a_lifetime_is_one_slice_in_every_run() -> None:
    """It has no days, so no bookmark spares it, and it needs no first day."""
    want = Wanted(stream("ad_insights_lifetime"), "shape", "", 28)
    first = planned(None, None, want=want)
    assert [(one.window, one.held, one.reason) for one in first] == [(None, None, "lifetime")]
    assert not want.needs_first_day
    bookmark = after(first)
    assert bookmark.full_list_at == NOW
    assert planned(bookmark, None, want=want) == first


def test_a_report_that_sums_up_its_days_is_asked_at_once_or_refused() -> None:
    """Parts of it could not be put together again."""
    daily = stream("campaign_insights")
    assert isinstance(daily, ReportStream)
    summed = replace(
        daily,
        name="campaigns_of_a_month",
        dimensions=("campaign_id",),
        primary_key=("advertiser_id", "campaign_id"),
        replication_key="",
        max_window_days=365,
        update_method="replace",
    )
    want = Wanted(summed, "shape", "")
    once = planned(None, date(2026, 1, 1), want=want)
    assert [one.window for one in once] == [Window(date(2026, 1, 1), date(2026, 3, 29))]
    assert [one.held for one in once] == [None]
    assert planned(after(once), date(2026, 1, 1), want=want) == once
    with pytest.raises(ConfigError, match="sums up 453 days"):
        planned(None, date(2025, 1, 1), want=want)


def test_days_that_were_chosen_are_read_in_every_run() -> None:
    """A table with dates of its own is read by them, whatever the others begin with."""
    want = replace(INSIGHTS, dates=Days(9, 5))
    slices = planned(None, None, want=want)
    assert [one.window for one in slices] == [Window(date(2026, 3, 20), date(2026, 3, 24))]
    assert [one.reason for one in planned(after(slices), None, want=want)] == ["chosen"]


def test_business_centers_are_read_for_themselves() -> None:
    """Their tables have their owners, and advertisers' tables none of them."""
    center = Advertiser("7", "", "Asia/Tokyo", "JPY")
    slices = plan_slices(
        [INSIGHTS, Wanted(stream("business_center_insights"), "shape", "")],
        advertisers=[Advertiser("1", "", "UTC", "EUR")],
        business_centers=[center],
        bookmarks={},
        first_day=date(2026, 3, 28),
        last_day=None,
        now=NOW,
    )
    assert [(one.stream.name, one.advertiser_id) for one in slices] == [
        ("ad_insights", "1"),
        ("business_center_insights", "7"),
    ]
    assert str(slices[1]).startswith("business_center_insights of Business Center 7")


def test_accounts_take_turns_within_a_table() -> None:
    """The many windows of one account never stand before the first of another, yet each keeps its order."""
    months, new = NOW.date() - 200 * DAY, NOW.date() - 5 * DAY
    slices = plan_slices(
        [INSIGHTS, replace(INSIGHTS, stream=stream("ad_insights_by_country"))],
        advertisers=[
            Advertiser("old", "", "UTC", "EUR", months),
            Advertiser("new", "", "UTC", "EUR", new),
            Advertiser("middle", "", "UTC", "EUR", months),
        ],
        bookmarks={},
        first_day=NOW.date() - 300 * DAY,
        last_day=None,
        now=NOW,
    )
    for table in ("ad_insights", "ad_insights_by_country"):
        own = [one for one in slices if one.stream.name == table]
        assert [one.advertiser_id for one in own[:5]] == ["old", "new", "middle", "old", "middle"]
        for owner in ("old", "new", "middle"):
            mine = [one.window.first for one in own if one.advertiser_id == owner and one.window]
            assert mine == sorted(mine)
    assert [one.stream.name for one in slices] == sorted(one.stream.name for one in slices)


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def host_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_random_plans_cover_each_local_day_once(host_zone: str) -> None:
    """Whatever ran before or failed, wherever host and account are: every day once, none ahead of time."""
    plans = 100_000 // 3 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 1_000
    random = Random(7)
    for _ in range(plans):
        zone = random.choice(ZONES)
        now = datetime(2023, 12, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(3 * 365 * 1440))
        today = local_today(zone, now)
        first = today - timedelta(days=random.choice([0, 1, 6, 7, 29, 30, 31, 59, 60, random.randrange(400)]))
        want = Wanted(
            stream(random.choice(GRAINS)),
            "shape",
            "",
            random.choice([0, 7, 28, 90]),
        )
        bookmark: Bookmark | None = None
        read_on: dict[date, date] = {}
        for run in range(random.randrange(1, 4)):
            slices = planned(bookmark, first, now=now, zone=zone, want=want)
            today = local_today(zone, now)
            days = days_of(slices)
            assert len(days) == len(set(days)), (zone, now, first)
            assert all(first <= day <= today for day in days)
            assert all(one.window and one.window.days <= (one.stream.max_window_days or 0) for one in slices)
            every = {first + offset * DAY for offset in range((today - first).days + 1)}
            unread = every - read_on.keys()
            unsettled = {day for day, on in read_on.items() if (on - day).days <= want.lookback_days}
            assert unread <= set(days), (zone, now, first, run)
            assert unsettled & every <= set(days), (zone, now, first, run)
            for one in slices:
                if random.random() < 0.15:
                    continue  # this slice failed
                bookmark = advance(
                    bookmark or Bookmark(one.stream.name, "1"),
                    one,
                    today=today,
                    lookback_days=want.lookback_days,
                    at=now,
                )
                read_on.update(dict.fromkeys(days_of([one]), today))
            now += timedelta(hours=random.choice([0, 1, 24, 25, 24 * 40]))
