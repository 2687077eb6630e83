"""Weeks, months and quarters: days are added up where that is right, and TikTok is asked where it is not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import why_not
from tiktok_ads.errors import ConfigError
from tiktok_ads.extract.rolled import add_up
from tiktok_ads.plan import Window
from tiktok_ads.plan.periods import WEEKDAYS
from tiktok_ads.plan.rollup import (
    UNITS,
    RollUp,
    RollUpPlan,
    incomplete_notes,
    parse_roll_up,
    roll_up_plan,
    rolled_periods,
    whole_periods,
)

DAY = timedelta(days=1)
ROLL_UPS = st.builds(
    lambda unit, begins: RollUp(unit, begins if unit == "week" else "monday"),
    st.sampled_from(UNITS),
    st.sampled_from(WEEKDAYS),
)
WINDOWS = st.builds(
    lambda first, days: Window(first, first + days * DAY),
    st.dates(date(2019, 1, 1), date(2035, 1, 1)),
    st.integers(0, 800),
)
METRICS = sorted(catalog().metrics)
DIMENSIONS = sorted(catalog().dimensions)


def plan(
    *metrics: str,
    dimensions: tuple[str, ...] = ("ad_id",),
    level: str = "AUCTION_AD",
    kind: str = "BASIC",
    unit: str = "week",
) -> RollUpPlan:
    return roll_up_plan(
        report_type=kind,
        data_level=level,
        dimensions=dimensions,
        metrics=metrics,
        roll_up=parse_roll_up(unit),
    )


@given(WINDOWS, ROLL_UPS)
def test_periods_hold_each_day_once(window: Window, roll_up: RollUp) -> None:
    """No day falls between two weeks, none is in two of them, none outside the days chosen."""
    periods = rolled_periods(window, roll_up)
    asked = [one.asked.first + n * DAY for one in periods for n in range(one.asked.days)]
    assert asked == [window.first + n * DAY for n in range(window.days)]
    for one in periods:
        assert one.asked.first in one.whole
        assert one.asked.last in one.whole
        assert one.asked == one.whole or one in (periods[0], periods[-1])


@given(WINDOWS, ROLL_UPS, st.integers(0, 40))
def test_a_table_by_period_is_read_by_whole_periods(window: Window, roll_up: RollUp, later: int) -> None:
    """Only the period that is running is not whole, and it is said so."""
    today = window.last + later * DAY
    whole = whole_periods(window, roll_up, today)
    assert whole.first <= window.first
    assert window.last <= whole.last <= today
    *over, last = rolled_periods(whole, roll_up)
    assert all(one.is_complete(today) for one in over)
    notes = incomplete_notes(whole, roll_up, today)
    assert len(notes) == (not last.is_complete(today))


@given(ROLL_UPS)
def test_a_roll_up_survives_being_written_and_read(roll_up: RollUp) -> None:
    """The settings file and the command line say it in one form."""
    assert parse_roll_up(str(roll_up)) == roll_up


@pytest.mark.parametrize("wrong", ["", "day", "year", "week from", "week from someday", "month from monday"])
def test_other_roll_ups_are_refused(wrong: str) -> None:
    """What there is stands in the message."""
    with pytest.raises(ConfigError):
        parse_roll_up(wrong)
    with pytest.raises(ConfigError, match="begins with"):
        parse_roll_up("week from monday", week_start="sunday")


def test_days_are_added_up_where_every_metric_allows_it() -> None:
    """Spend and clicks of a week are the sums of its days."""
    (part,) = plan("spend", "clicks", "ad_name").parts
    assert (part.how, part.dimensions) == ("add", ("ad_id", "stat_time_day"))


def test_reach_is_asked_of_tiktok_for_the_period_itself() -> None:
    """A person reached on two days is one person in the week; CTR is no sum of CTRs."""
    found = plan("spend", "reach", "frequency", "ctr")
    (part,) = found.parts
    assert (part.how, part.dimensions) == ("ask", ("ad_id",))
    assert part.metrics == ("spend", "reach", "frequency", "ctr")
    assert "reach, frequency, ctr" in found.notes[0]


def test_metrics_that_exist_by_day_alone_are_added_up_beside_it() -> None:
    """Cash spend needs days, reach must not have them: both come, each in its way."""
    asked, added = plan(
        "reach", "cash_spend", dimensions=("advertiser_id",), level="AUCTION_ADVERTISER"
    ).parts
    assert (asked.how, asked.metrics) == ("ask", ("reach",))
    assert (added.how, added.metrics) == ("add", ("cash_spend",))


def test_what_can_be_had_in_no_way_is_refused_in_words() -> None:
    """A metric that must not be added up and that a breakdown refuses is named, and the rest still comes."""
    found = plan(
        "spend",
        "reach",
        dimensions=("campaign_id", "interest_category_v2"),
        level="AUCTION_CAMPAIGN",
        kind="AUDIENCE",
    )
    assert [part.metrics for part in found.parts] == [("spend",)]
    ((name, why),) = found.refused
    assert name == "reach"
    assert "must not be added up over days" in why
    assert "leave reach out" in why


def test_a_metric_that_nobody_knows_is_never_added_up() -> None:
    """What TikTok adds next week may be an average."""
    (part,) = plan("spend", "brand_new_metric").parts
    assert part.how == "ask"


def test_hours_are_not_rolled_up() -> None:
    """Hours and weeks together are a contradiction, and said to be one."""
    with pytest.raises(ConfigError, match="Hours"):
        plan("spend", dimensions=("ad_id", "stat_time_hour"))


@given(st.data())
def test_nothing_that_must_not_be_added_up_ever_is(data: st.DataObject) -> None:
    """Whatever is chosen, a part that adds holds what may be added up and attributes; nothing gets lost."""
    chosen = data.draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=8, unique=True))
    kind = data.draw(st.sampled_from(["BASIC", "AUDIENCE", "CATALOG", "TT_SHOP"]))
    level, id_dimension = data.draw(
        st.sampled_from([("AUCTION_AD", "ad_id"), ("AUCTION_CAMPAIGN", "campaign_id")])
    )
    dimensions = (id_dimension, *data.draw(st.lists(st.sampled_from(DIMENSIONS), max_size=1)))
    roll_up = data.draw(ROLL_UPS)
    try:
        found = roll_up_plan(
            report_type=kind, data_level=level, dimensions=dimensions, metrics=chosen, roll_up=roll_up
        )
    except ConfigError:
        return
    for part in found.parts:
        assert ("stat_time_day" in part.dimensions) == (part.how == "add")
        for name in part.metrics:
            metric = catalog().metrics[name]
            assert part.how == "ask" or metric.additive or metric.is_attribute
            reasons = why_not(report_type=kind, data_level=level, dimensions=part.dimensions, metrics=(name,))
            assert not reasons
    placed = [name for part in found.parts for name in part.metrics] + [name for name, _ in found.refused]
    assert sorted(placed) == sorted(name for name in chosen if name not in dimensions)


def by_day(rows: list[tuple[str, date, str | None, int | None, str | None]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            "ad_id": pa.array(columns[0], pa.string()),
            "stat_time_day": pa.array(columns[1], pa.date32()),
            "spend": pa.array([one and Decimal(one) for one in columns[2]], pa.decimal128(18, 6)),
            "clicks": pa.array(columns[3], pa.int64()),
            "ad_name": pa.array(columns[4], pa.string()),
        }
    )


def test_sums_are_exact_and_names_are_the_last_ones() -> None:
    """Cents add up to the cent, no value stays no value, and a renamed ad has its newest name."""
    rows = by_day(
        [
            ("1", date(2026, 1, 31), "0.10", 1, "old"),
            ("1", date(2026, 2, 2), "0.20", None, None),
            ("1", date(2026, 2, 1), "0.10", 2, "new"),
            ("2", date(2026, 2, 28), None, None, None),
        ]
    )
    rolled = add_up(rows, keys=["ad_id"], additive={"spend", "clicks"}, roll_up=RollUp("month"))
    assert rolled.schema == rows.schema
    assert sorted(rolled.to_pylist(), key=lambda row: (row["ad_id"], row["stat_time_day"])) == [
        {
            "ad_id": "1",
            "stat_time_day": date(2026, 1, 1),
            "spend": Decimal("0.10"),
            "clicks": 1,
            "ad_name": "old",
        },
        {
            "ad_id": "1",
            "stat_time_day": date(2026, 2, 1),
            "spend": Decimal("0.30"),
            "clicks": 2,
            "ad_name": "new",
        },
        {"ad_id": "2", "stat_time_day": date(2026, 2, 1), "spend": None, "clicks": None, "ad_name": None},
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("123"),
            st.dates(date(2023, 12, 1), date(2024, 4, 1)),
            st.decimals(-1000, 1000, places=6).map(str),
        ),
        max_size=60,
        unique_by=lambda row: row[:2],
    ),
    ROLL_UPS,
)
def test_adding_up_loses_and_invents_nothing(rows: list[tuple[str, date, str]], roll_up: RollUp) -> None:
    """The sum over the periods is the sum over the days, and each period begins where it should."""
    table = (
        by_day([(*row, 1, None) for row in rows]) if rows else by_day([("1", date(2024, 1, 1), "0", 0, None)])
    )
    rolled = add_up(table, keys=["ad_id"], additive={"spend", "clicks"}, roll_up=roll_up)
    assert sum(rolled["spend"].to_pylist()) == sum(table["spend"].to_pylist())
    assert sum(rolled["clicks"].to_pylist()) == sum(table["clicks"].to_pylist())
    pairs = list(zip(rolled["ad_id"].to_pylist(), rolled["stat_time_day"].to_pylist(), strict=True))
    assert len(pairs) == len(set(pairs))
    for _, day in pairs:
        assert rolled_periods(Window(day, day), roll_up)[0].whole.first == day


def test_no_rows_add_up_to_no_rows() -> None:
    """A quiet month is an empty table with its columns."""
    empty = by_day([("1", date(2024, 1, 1), "0", 0, None)]).slice(0, 0)
    rolled = add_up(empty, keys=["ad_id"], additive={"spend", "clicks"}, roll_up=RollUp("month"))
    assert rolled.num_rows == 0
    assert rolled.schema == empty.schema
