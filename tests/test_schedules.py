"""Every run happens once at the time that was said, in every zone, through every change of the clocks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules import FORMS, final_at, next_times, parse_schedule

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2028, 1, 1, tzinfo=UTC)


def times_of(text: str, zone: str, *, since: datetime = BEGIN, until: datetime = END) -> list[datetime]:
    found = next_times(parse_schedule(text), since, zone=zone, account_zones=ZONES)
    return list(takewhile(lambda at: at < until, found))


@pytest.mark.parametrize("text", FORMS)
def test_a_schedule_reads_back_as_it_was_written(text: str) -> None:
    """What the app writes into the settings file is what a person finds there."""
    assert str(parse_schedule(text)) == text


@pytest.mark.parametrize(
    ("loose", "exact"),
    [
        ("  Daily   at 6:00 ", "daily at 06:00"),
        ("Mondays, Thursdays at 06:00,18:00", "mon, thu at 06:00, 18:00"),
        ("every 90 minutes", "every 90 minutes"),
        ("every hour", "every hour"),
        ("every 60 minutes", "every hour"),
        ("weekends at 09:30", "sat, sun at 09:30"),
        ("monthly on the last day at 06:00", "monthly on last day at 06:00"),
        ("monthly on 2nd tue at 06:00", "monthly on second tue at 06:00"),
        ("never", "manual"),
    ],
)
def test_people_write_schedules_in_their_own_way(loose: str, exact: str) -> None:
    """Capitals, spaces and plurals don't matter."""
    assert str(parse_schedule(loose)) == exact


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("daily", "names no time"),
        ("every 0 days since 2026-01-01 at 06:00", "0 times"),
        ("every 2 days at 06:00", "from which day to count"),
        ("every 2 weeks on mon since 2026-13-01 at 06:00", "there is no day 2026-13-01"),
        ("monthly on 32 at 06:00", "'32' is no day of the month"),
        ("mo at 06:00", "'mo' is no day of the week"),
        ("daily at 25:00", "'25:00' is no time"),
        ("every 2 hours from 10:00 to 08:00", "ends before it begins"),
        ("every 25 hours", "from 1 minute to 24 hours"),
        ("cron 61 * * * *", "Bad minute"),
        ("cron * *", "five fields"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_forms_that_can(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match="weekdays at 06:00") as refused:
        parse_schedule(text)
    assert told in str(refused.value)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["00:00", "02:30", "06:00", "23:59"])
def test_a_daily_run_happens_once_on_each_local_day_of_two_years(zone: str, at: str) -> None:
    """No day without its run and none with two, even where a time is left out or comes twice."""
    found = times_of(f"daily at {at}", zone, since=BEGIN - timedelta(days=2), until=END + timedelta(days=2))
    local = ZoneInfo(zone)
    days = Counter(moment.astimezone(local).date() for moment in found)
    first = BEGIN.astimezone(local).date() + timedelta(days=1)
    expected = [first + timedelta(days=n) for n in range(728)]
    assert [days[day] for day in expected] == [1] * 728
    wrong = [moment for moment in found if moment.astimezone(local).strftime("%H:%M") != at]
    # Only a time that the clocks leave out is moved, and by no more than they go forward.
    assert len(wrong) <= 2
    for moment in wrong:
        assert (
            moment.astimezone(local).utcoffset()
            != (moment - timedelta(hours=2)).astimezone(local).utcoffset()
        )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", [form for form in FORMS if form != "manual"])
def test_asking_again_after_each_run_gives_the_same_times(zone: str, text: str) -> None:
    """A restart at any moment neither repeats a run nor leaves one out."""
    at_once = times_of(text, zone, until=BEGIN + timedelta(days=200))
    assert at_once == sorted(set(at_once))
    one_by_one, last = [], BEGIN
    while (last := next(next_times(parse_schedule(text), last, zone=zone, account_zones=ZONES))) < (
        BEGIN + timedelta(days=200)
    ):
        one_by_one.append(last)
    assert one_by_one == at_once


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("text", "minutes"), [("every 15 minutes", 15), ("every 2 hours", 120), ("every 7 hours", 420)]
)
def test_steps_count_real_time_and_begin_anew_each_day(zone: str, text: str, minutes: int) -> None:
    """A day of 23 or 25 hours has fewer or more runs, and none twice."""
    local = ZoneInfo(zone)
    by_day: dict[date, list[datetime]] = {}
    for moment in times_of(text, zone):
        by_day.setdefault(moment.astimezone(local).date(), []).append(moment)
    for day, moments in list(by_day.items())[1:-1]:
        begin = datetime.combine(day, time(0), tzinfo=local).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(0), tzinfo=local).astimezone(UTC)
        count = -(-(end - begin) // timedelta(minutes=minutes))
        assert moments == [begin + timedelta(minutes=minutes) * n for n in range(count)]


def test_active_hours_hold_both_ends() -> None:
    found = times_of(
        "every 2 hours on weekdays from 08:00 to 18:00", "UTC", until=datetime(2026, 1, 6, tzinfo=UTC)
    )
    assert [at.strftime("%a %H") for at in found if at.day in (2, 5)] == [
        f"{day} {hour:02}" for day in ("Fri", "Mon") for hour in (8, 10, 12, 14, 16, 18)
    ]
    assert {at.weekday() for at in found} <= {0, 1, 2, 3, 4}


@pytest.mark.parametrize("zone", ZONES)
def test_months_have_their_days_and_nth_weekdays(zone: str) -> None:
    """The 31st exists seven times a year, the last day and the last Friday in every month."""
    local = ZoneInfo(zone)
    year = [datetime(2026, 1, 1, tzinfo=local) - timedelta(seconds=1), datetime(2027, 1, 1, tzinfo=local)]

    def days(text: str) -> list[date]:
        return [at.astimezone(local).date() for at in times_of(text, zone, since=year[0], until=year[1])]

    assert len(days("monthly on day 31 at 06:00")) == 7
    assert [(day + timedelta(days=1)).day for day in days("monthly on last day at 06:00")] == [1] * 12
    last_fridays = days("monthly on last fri at 06:00")
    assert len(last_fridays) == 12
    assert all(day.weekday() == 4 and (day + timedelta(days=7)).month != day.month for day in last_fridays)
    second_tuesdays = days("monthly on second tue at 06:00")
    assert all(day.weekday() == 1 and 8 <= day.day <= 14 for day in second_tuesdays)
    assert [day.month for day in days("every 3 months on day 1 since 2026-02-01 at 06:00")] == [2, 5, 8, 11]


def test_every_second_week_counts_from_its_first() -> None:
    found = times_of(
        "every 2 weeks on mon, thu since 2026-01-07 at 06:00", "UTC", until=datetime(2026, 2, 9, tzinfo=UTC)
    )
    assert [at.date().isoformat() for at in found] == [
        "2026-01-08",
        "2026-01-19",
        "2026-01-22",
        "2026-02-02",
        "2026-02-05",
    ]


@given(
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from([*ZONES, "Etc/GMT+12", "Asia/Kathmandu", "America/Los_Angeles"]),
)
def test_a_day_is_final_only_after_the_correction_and_the_slow_numbers(day: date, zone: str) -> None:
    """Corrections run at 12:00 UTC and unique users come up to 16 hours late; a day waits for both."""
    at = final_at(day, zone)
    ended = datetime.combine(day + timedelta(days=1), time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert at - ended >= timedelta(hours=16)
    correction = (
        at.replace(hour=12, minute=0) if at.hour >= 12 else at.replace(hour=12, minute=0) - timedelta(days=1)
    )
    assert correction >= ended
    assert at - ended <= timedelta(hours=40)


def test_each_zones_yesterday_becomes_final_once() -> None:
    """A job over accounts of five zones runs when each of them is ready, and no more often."""
    found = times_of("when yesterday is final", "UTC")
    expected = {final_at(date(2025, 12, 25) + timedelta(days=n), zone) for n in range(760) for zone in ZONES}
    assert found == sorted(at for at in expected if BEGIN < at < END)


def test_a_schedule_that_never_comes_ends() -> None:
    """Asking for the next times of such a schedule must not search for ever."""
    assert list(islice(next_times(parse_schedule("manual"), BEGIN, zone="UTC"), 5)) == []
    assert (
        list(
            islice(
                next_times(
                    parse_schedule("every 12 months on day 31 since 2026-04-01 at 06:00"), BEGIN, zone="UTC"
                ),
                5,
            )
        )
        == []
    )
