"""Choices of dates: understood as written, right in every calendar, and refused with the right form."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tiktok_ads.errors import ConfigError
from tiktok_ads.plan import Advertiser, Window
from tiktok_ads.plan.date_text import FORMS, format_dates, menu, parse_dates, parse_weekday
from tiktok_ads.plan.dates import DateChoice, Days, Lifetime, Period, resolve, resolve_each
from tiktok_ads.plan.periods import LISTED_DAYS, MAX_DAYS, NAMED, WEEKDAYS, Unit, period_of

TODAY = date(2026, 11, 22)  # a Sunday
THOROUGH = settings(max_examples=20_000 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 300)
DAY = timedelta(days=1)
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
BACK = st.integers(0, MAX_DAYS)
DATES = st.dates(date(1970, 1, 1), date(2100, 12, 31))
TODAYS = st.dates(date(2018, 1, 1), date(2100, 12, 31))


@st.composite
def choices(draw: st.DrawFn) -> DateChoice:
    what = draw(st.integers(0, 6))
    if what == 0:
        return Lifetime()
    if what == 1:
        first, last = sorted((draw(DATES), draw(DATES)))
        return Days(first, last)
    if what == 2:
        near, far = sorted((draw(BACK), draw(BACK)))
        return Days(far, near)
    if what == 3:
        return Days(draw(DATES), draw(BACK))
    if what == 4:
        return Days(draw(BACK), draw(DATES))
    if what == 5:
        with_today = " with today" if draw(st.booleans()) else ""
        return Period(f"last {draw(st.integers(1, MAX_DAYS))} days{with_today}")
    name = draw(st.sampled_from(sorted(NAMED)))
    return Period(name, draw(st.sampled_from(WEEKDAYS)) if name.endswith(" week") else "monday")


def meant(text: object) -> str:
    return str(resolve(parse_dates(text), TODAY, created=date(2024, 5, 6)))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", "2026-11-22"),
        ("0", "2026-11-22"),
        ("yesterday", "2026-11-21"),
        ("1", "2026-11-21"),
        ("today-7", "2026-11-15"),
        ("Today - 7", "2026-11-15"),
        ("7", "2026-11-15"),
        (7, "2026-11-15"),
        ("2026-01-31", "2026-01-31"),
        ("01/31/2026", "2026-01-31"),
        ("1/31/2026", "2026-01-31"),
        (date(2026, 1, 31), "2026-01-31"),
        ("10..5", "2026-11-12..2026-11-17"),
        ("10 to 5", "2026-11-12..2026-11-17"),
        ("today-10..today", "2026-11-12..2026-11-22"),
        ("2026-01-01..2026-01-31", "2026-01-01..2026-01-31"),
        ("01/01/2026 .. 01/31/2026", "2026-01-01..2026-01-31"),
        ("2026-11-01..yesterday", "2026-11-01..2026-11-21"),
        ("30..2026-11-01", "2026-10-23..2026-11-01"),
        ("last 1 days", "2026-11-21"),
        ("last 3 days", "2026-11-19..2026-11-21"),
        ("LAST_7_DAYS", "2026-11-15..2026-11-21"),
        ("last 7 days without today", "2026-11-15..2026-11-21"),
        ("last 7 days with today", "2026-11-16..2026-11-22"),
        ("last 90 days", "2026-08-24..2026-11-21"),
        ("this week", "2026-11-16..2026-11-22"),
        ("this week from sunday", "2026-11-22"),
        ("last week", "2026-11-09..2026-11-15"),
        ("last week from sunday", "2026-11-15..2026-11-21"),
        ("last week starting on Saturday", "2026-11-14..2026-11-20"),
        ("this month", "2026-11-01..2026-11-22"),
        ("last-month", "2026-10-01..2026-10-31"),
        ("this quarter", "2026-10-01..2026-11-22"),
        ("last quarter", "2026-07-01..2026-09-30"),
        ("this year", "2026-01-01..2026-11-22"),
        ("year to date", "2026-01-01..2026-11-22"),
        ("last year", "2025-01-01..2025-12-31"),
        ("all time", "2024-05-06..2026-11-22"),
        ("lifetime", "Lifetime()"),
    ],
)
def test_dates_mean_what_they_say(text: object, days: str) -> None:
    """Every way to choose dates, as the analyst writes it on Sunday, 22 November 2026."""
    assert meant(text) == days


@THOROUGH
@given(choices())
def test_a_choice_survives_being_written_and_read(choice: DateChoice) -> None:
    """What the command line writes, the settings file and the web app read as the same."""
    assert parse_dates(format_dates(choice)) == choice
    assert parse_dates(format_dates(choice).upper()) == choice


@THOROUGH
@given(choices(), TODAYS)
def test_no_day_is_asked_before_it_has_begun(choice: DateChoice, today: date) -> None:
    """Whatever is chosen, the days end today at the latest, or the choice is refused in words."""
    try:
        days = resolve(choice, today)
    except ConfigError:
        assert isinstance(choice, Days)
        return
    assert isinstance(days, Lifetime) == isinstance(choice, Lifetime)
    if isinstance(days, Window):
        assert days.first <= days.last <= today


@given(st.integers(1, MAX_DAYS), TODAYS)
def test_the_last_days_are_as_many_as_asked(days: int, today: date) -> None:
    """The last 7 days are 7 days, with today or without."""
    without, with_today = (resolve(Period(f"last {days} days{more}"), today) for more in ("", " with today"))
    assert isinstance(without, Window)
    assert isinstance(with_today, Window)
    assert without.days == with_today.days == days
    assert (without.last, with_today.last) == (today - DAY, today)


@THOROUGH
@given(TODAYS, st.sampled_from(WEEKDAYS), st.sampled_from(["week", "month", "quarter", "year"]))
def test_periods_follow_each_other_without_gap(day: date, begins: str, unit: Unit) -> None:
    """Leap years, month ends and any first day of the week: each day is in exactly one period."""
    period = period_of(day, unit, parse_weekday(begins))
    before = period_of(period.first - DAY, unit, parse_weekday(begins))
    after = period_of(period.last + DAY, unit, parse_weekday(begins))
    assert day in period
    assert (before.last, after.first) == (period.first - DAY, period.last + DAY)
    if unit == "week":
        assert period.days == 7
        assert period.first.strftime("%A").lower() == begins
    else:
        assert period.first.day == 1
        assert period.days in {"month": (28, 29, 30, 31), "quarter": (90, 91, 92), "year": (365, 366)}[unit]


@given(TODAYS, st.sampled_from(WEEKDAYS), st.sampled_from(["week", "month", "quarter", "year"]))
def test_this_and_last_period_meet(today: date, begins: str, unit: str) -> None:
    """The last month ends the day before this one begins, and this one ends today."""
    start = parse_weekday(begins)
    this, last = (resolve(Period(f"{which} {unit}", start), today) for which in ("this", "last"))
    assert isinstance(this, Window)
    assert isinstance(last, Window)
    assert last.last + DAY == this.first
    assert this.last == today


@pytest.mark.parametrize(
    ("today", "text", "days"),
    [
        (date(2024, 2, 29), "last year", "2023-01-01..2023-12-31"),
        (date(2024, 3, 1), "yesterday", "2024-02-29"),
        (date(2024, 3, 31), "last month", "2024-02-01..2024-02-29"),
        (date(2026, 1, 1), "last quarter", "2025-10-01..2025-12-31"),
        (date(2026, 1, 1), "last week", "2025-12-22..2025-12-28"),
        (date(2026, 1, 1), "this year", "2026-01-01"),
        (date(2026, 1, 1), "last 1 days", "2025-12-31"),
    ],
)
def test_the_edges_of_the_calendar(today: date, text: str, days: str) -> None:
    """New Year and the 29th of February are days like any other."""
    assert str(resolve(parse_dates(text), today)) == days


@THOROUGH
@given(choices(), st.datetimes(datetime(2019, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_each_advertiser_has_its_own_today(choice: DateChoice, now: datetime) -> None:
    """From UTC+14 to UTC-12, summer time or not: relative days follow the account's calendar."""
    accounts = [Advertiser(zone, "", zone, "EUR", date(2019, 1, 1)) for zone in ZONES]
    try:
        found = resolve_each(choice, accounts, now=now).by_advertiser
    except ConfigError:
        assert isinstance(choice, Days)
        return
    for zone, days in found.items():
        local = now.astimezone(ZoneInfo(zone)).date()
        if isinstance(days, Window):
            assert days.last <= local
        if isinstance(choice, Days) and isinstance(choice.first, int) and isinstance(choice.last, int):
            assert days == Window(local - choice.first * DAY, local - choice.last * DAY)


@pytest.mark.parametrize("host", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_the_clock_of_the_machine_says_nothing(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same days wherever the program runs, also in the hour that summer time skips or repeats."""
    monkeypatch.setenv("TZ", host)
    time.tzset()
    try:
        for now, day in (
            (datetime(2026, 10, 3, 15, 45, tzinfo=UTC), date(2026, 10, 4)),  # Lord Howe springs forward
            (datetime(2026, 4, 4, 14, 45, tzinfo=UTC), date(2026, 4, 5)),  # and falls back
            (datetime(2026, 12, 31, 13, 30, tzinfo=UTC), date(2027, 1, 1)),
        ):
            account = Advertiser("1", "", "Australia/Lord_Howe", "AUD")
            found = resolve_each(parse_dates("today"), [account], now=now).by_advertiser
            assert found == {"1": Window(day, day)}
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_day_that_has_begun_elsewhere_is_left_out_and_said() -> None:
    """On the 23rd in Kiritimati, an account in Caracas has no 23rd yet; the first one is still read."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    accounts = [
        Advertiser("1", "", "Pacific/Kiritimati", "EUR"),
        Advertiser("2", "", "America/Caracas", "EUR"),
    ]

    one = resolve_each(parse_dates("2026-11-23"), accounts, now=now)
    assert one.by_advertiser == {"1": Window(date(2026, 11, 23), date(2026, 11, 23))}
    assert one.notes == ("2: the days chosen have not begun in America/Caracas; left out.",)

    more = resolve_each(parse_dates("2026-11-20..2026-11-23"), accounts, now=now)
    assert more.by_advertiser["2"] == Window(date(2026, 11, 20), date(2026, 11, 22))

    with pytest.raises(ConfigError, match="in the future"):
        resolve_each(parse_dates("2026-11-24"), accounts, now=now)


def test_a_running_period_is_said_to_end_today() -> None:
    """Nobody takes half a month for a whole one."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    resolved = resolve_each(parse_dates("this month"), [Advertiser("1", "", "UTC", "EUR")], now=now)
    assert any("ends today so far" in note for note in resolved.notes)
    assert not resolve_each(parse_dates("last month"), [Advertiser("1", "", "UTC", "EUR")], now=now).notes


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("5..10", "today-10..today-5"),
        ("2026-02-01..2026-01-01", "2026-01-01..2026-02-01"),
        ("2026", "2026-01-01..2026-12-31"),
        ("2026-01", "2026-01-01..2026-01-31"),
        ("2026-02-30", "2026-02-28"),
        ("2024-02-30", "2024-02-29"),
        ("31/01/2026", "2026-01-31"),
        ("31.01.2026", "2026-01-31"),
        ("2026/01/31", "2026-01-31"),
        ("20260131", "2026-01-31"),
        ("2026-1-5", "2026-01-05"),
        ("2026-01-01..2026-02-31", "2026-01-01..2026-02-28"),
        ("2026-01-01..", "2026-01-01..today"),
        ("2026-01-01 - 2026-01-31", "2026-01-01..2026-01-31"),
        ("2026-01-01,2026-01-31", "2026-01-01..2026-01-31"),
        ("7 days ago", "today-7"),
        ("tomorrow", "today"),
        ("today+3", "today"),
        ("lst week", "last week"),
        ("last 7", "last 7 days"),
        ("lifetme", "lifetime"),
        ("last seven days", "last 7 days"),
    ],
)
def test_a_wrong_choice_is_told_the_nearest_right_one(wrong: str, right: str) -> None:
    """A slip costs one look at the message, and what it proposes is understood."""
    with pytest.raises(ConfigError) as refused:
        parse_dates(wrong)
    assert f"'{right}'" in refused.value.hint
    parse_dates(right)


@pytest.mark.parametrize(
    "wrong", ["", "  ", "..", "..5", "99999", "last 0 days", "1969-12-31", None, True, 1.5, -1]
)
def test_what_means_nothing_is_refused(wrong: object) -> None:
    """Neither a guess nor a stack trace."""
    with pytest.raises(ConfigError):
        parse_dates(wrong)


@given(st.text(max_size=30))
def test_any_text_is_a_choice_or_an_error_in_words(text: str) -> None:
    """No text makes it stumble."""
    try:
        choice = parse_dates(text)
    except ConfigError:
        return
    assert parse_dates(format_dates(choice)) == choice


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("2026-12-01", "last 7 days"),
        ("2026-11-01..2026-12-31", "2026-11-01..today"),
        ("today-7..2026-01-01", "2026-01-01..today-7"),
    ],
)
def test_the_future_and_the_reversed_are_refused_with_a_remedy(text: str, remedy: str) -> None:
    """Dates that were meant for another time say what to write instead."""
    with pytest.raises(ConfigError) as refused:
        resolve(parse_dates(text), TODAY)
    assert remedy in refused.value.hint


def test_the_first_day_of_the_week_is_said_once() -> None:
    """`--week-start sunday` holds where the text is silent, and may not contradict it."""
    assert parse_dates("last week", week_start="sunday") == Period("last week", "sunday")
    assert parse_dates("last week from sunday", week_start="sunday") == Period("last week", "sunday")
    assert parse_dates("last month", week_start="sunday") == Period("last month")
    with pytest.raises(ConfigError, match="begins with"):
        parse_dates("last week from monday", week_start="sunday")
    with pytest.raises(ConfigError, match="day of the week"):
        parse_weekday("someday")


def test_menus_and_messages_name_every_choice() -> None:
    """What a menu offers can be chosen, and an error lists what there is."""
    assert len(menu()) == len(set(menu())) == 2 + 2 * len(LISTED_DAYS) + len(NAMED) + 1
    for name in menu():
        assert format_dates(parse_dates(name)) == name
    with pytest.raises(ConfigError) as refused:
        parse_dates("whenever")
    for form, _ in FORMS:
        assert form in refused.value.hint


@given(TODAYS)
def test_all_time_begins_with_the_account(today: date) -> None:
    """An account opened today has one day, and an unknown opening has all the years of TikTok."""
    assume(today > date(2018, 1, 1))
    assert resolve(Period("all time"), today, created=today) == Window(today, today)
    unknown = resolve(Period("all time"), today)
    assert isinstance(unknown, Window)
    assert unknown.first == date(2016, 9, 1)
