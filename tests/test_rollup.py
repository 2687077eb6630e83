"""Weeks, months and quarters: days are added up where that is right, and TikTok is asked where it is not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worlds import EAST_AND_WEST, NOW, Desk, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import why_not
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan import Window
from tiktok_ads.plan.periods import WEEKDAYS
from tiktok_ads.plan.rollup import (
    UNITS,
    RollUp,
    RollUpPlan,
    parse_roll_up,
    roll_up_plan,
    rolled_periods,
    whole_periods,
)
from tiktok_ads.simulator.truth import true_rows
from tiktok_ads.sync.summed import added_up

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
) -> RollUpPlan:
    return roll_up_plan(
        report_type=kind, data_level=level, dimensions=dimensions, metrics=metrics, roll_up=RollUp("week")
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
    assert last.is_complete(today) == (last.whole.last < today)


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


def test_reach_is_asked_of_tiktok_for_the_period_itself() -> None:
    """A person reached on two days is one person in the week; CTR is no sum of CTRs."""
    found = plan("spend", "reach", "frequency", "ctr", "ad_name", dimensions=("ad_id", "stat_time_day"))
    assert found == RollUpPlan(("spend", "reach", "frequency", "ctr", "ad_name"))


def test_metrics_that_exist_by_day_alone_are_added_up_beside_it() -> None:
    """Cash spend needs days, reach must not have them: both come, each in its way."""
    found = plan("reach", "cash_spend", dimensions=("advertiser_id",), level="AUCTION_ADVERTISER")
    assert found == RollUpPlan(("reach",), ("cash_spend",))


def test_what_can_be_had_in_no_way_is_refused_in_words() -> None:
    """A metric that must not be added up and that a breakdown refuses is named, and the rest still comes."""
    found = plan(
        "spend",
        "reach",
        dimensions=("campaign_id", "ad_type"),
        level="AUCTION_CAMPAIGN",
    )
    assert found.asked == ("spend",)
    ((name, why),) = found.refused
    assert name == "reach"
    assert "must not be added up over days" in why
    assert "leave reach out" in why


def test_a_metric_that_nobody_knows_is_never_added_up() -> None:
    """What TikTok adds next week may be an average."""
    assert plan("spend", "brand_new_metric") == RollUpPlan(("spend", "brand_new_metric"))


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
    found = roll_up_plan(
        report_type=kind, data_level=level, dimensions=dimensions, metrics=chosen, roll_up=roll_up
    )
    plain = tuple(name for name in dimensions if name not in ("stat_time_day", "stat_time_hour"))
    for names, split_by in ((found.asked, plain), (found.summed, (*plain, "stat_time_day"))):
        for name in names:
            assert not why_not(report_type=kind, data_level=level, dimensions=split_by, metrics=(name,))
    assert all(catalog().metrics[name].additive for name in found.summed)
    placed = [*found.asked, *found.summed, *(name for name, _ in found.refused)]
    assert sorted(placed) == sorted(name for name in chosen if name not in dimensions)


def days(rows: list[tuple[str, date, str | None, int | None, str | None]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return pa.table(
        {
            "ad_id": pa.array(columns[0], pa.string()),
            "stat_time_day": pa.array(columns[1], pa.date32()),
            "spend": pa.array([one and Decimal(one) for one in columns[2]], pa.decimal128(18, 6)),
            "clicks": pa.array(columns[3], pa.int64()),
            "ad_name": pa.array(columns[4], pa.string()),
        }
    )


FEBRUARY = Window(date(2026, 2, 1), date(2026, 2, 28))


def test_sums_are_exact_and_names_are_the_last_ones() -> None:
    """Cents add up to the cent, no value stays no value, and a renamed ad has its newest name."""
    rows = days(
        [
            ("1", date(2026, 2, 2), "0.20", None, None),
            ("1", date(2026, 2, 1), "0.10", 2, "new"),
            ("2", date(2026, 2, 28), None, None, None),
        ]
    )
    added = added_up(rows, keys=["ad_id"], summed=["spend", "clicks"], window=FEBRUARY)
    first, second = sorted(added.to_pylist(), key=lambda row: str(row["ad_id"]))
    assert (first["spend"], first["clicks"], first["ad_name"]) == (Decimal("0.30"), 2, "new")
    assert (second["spend"], second["clicks"]) == (None, None)
    assert {row["stat_time_day"] for row in (first, second)} == {FEBRUARY.first}
    assert {row["period_last_day"] for row in (first, second)} == {FEBRUARY.last}
    assert added.schema.field("spend").type == pa.decimal128(18, 6)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("123"),
            st.dates(FEBRUARY.first, FEBRUARY.last),
            st.decimals(-1000, 1000, places=6).map(str),
        ),
        max_size=60,
        unique_by=lambda row: row[:2],
    )
)
def test_adding_up_loses_and_invents_nothing(rows: list[tuple[str, date, str]]) -> None:
    """The sum over the rows of a period is the sum over its days."""
    table = days([(*row, 1, None) for row in rows])
    added = added_up(table, keys=["ad_id"], summed=["spend", "clicks"], window=FEBRUARY)
    assert sum(added["spend"].to_pylist()) == sum(table["spend"].to_pylist())
    assert sum(added["clicks"].to_pylist()) == len(rows)
    assert sorted(added["ad_id"].to_pylist()) == sorted({row[0] for row in rows})


CASES: dict[str, tuple[dict[str, list[str]], str]] = {
    "money": ({"dimensions": ["advertiser_id"], "metrics": ["spend", "reach", "cash_spend"]}, "month"),
    "days_alone": ({"dimensions": ["advertiser_id"], "metrics": ["cash_spend"]}, "week from sunday"),
    "by_ad": (
        {"dimensions": ["ad_id"], "metrics": ["spend", "reach", "ctr", "clicks"]},
        "week from thursday",
    ),
    "quarters": ({"dimensions": ["campaign_id"], "metrics": ["spend", "frequency"]}, "quarter"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_table_by_period_is_what_tiktok_says_of_each_period(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synced, synced again some days later, and held against the truth of every period, to the cent."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    described, unit = CASES[name]
    it = desk(tmp_path, EAST_AND_WEST)
    reports = {name: ReportSettings.model_validate({**described, "roll_up": unit})}
    start = (NOW.date() - timedelta(days=40)).isoformat()

    def compare() -> None:
        report = it.sync(tables=(name,), reports=reports, start_date=start)
        assert report.outcome == "complete", report.skipped
        for advertiser_id in it.advertisers:
            check_periods(it, name, described, parse_roll_up(unit), advertiser_id, date.fromisoformat(start))

    compare()
    it.pass_days(5)
    compare()


def check_periods(
    it: Desk, table: str, described: dict[str, list[str]], roll_up: RollUp, advertiser_id: str, start: date
) -> None:
    today = it.today(advertiser_id)
    key, *_ = described["dimensions"]
    wanted: dict[tuple[Any, ...], dict[str, Decimal]] = {}
    for one in rolled_periods(whole_periods(Window(start, today), roll_up, today), roll_up):
        parts = [
            (one.asked, (key,), [name for name in described["metrics"] if name != "cash_spend"]),
            (
                one.asked,
                (key, "stat_time_day"),
                [name for name in described["metrics"] if name == "cash_spend"],
            ),
        ]
        for window, dimensions, metrics in parts:
            for row in told(it, advertiser_id, window, dimensions, metrics) if metrics else ():
                held = wanted.setdefault(
                    (row[key], window.first, window.last), dict.fromkeys(metrics, Decimal(0))
                )
                for metric in metrics:
                    held[metric] = held.get(metric, Decimal(0)) + Decimal(row[metric])
    columns = ", ".join(described["metrics"])
    rows = it.rows(
        f'SELECT "{key}", stat_time_day, period_last_day, {columns} FROM "{table}" WHERE advertiser_id = ?',
        advertiser_id,
    )
    found = {
        row[:3]: {
            name: Decimal(str(value)) for name, value in zip(described["metrics"], row[3:], strict=True)
        }
        for row in rows
    }
    assert found == wanted
    assert found


def told(
    it: Desk, advertiser_id: str, window: Window, dimensions: tuple[str, ...], metrics: list[str]
) -> list[dict[str, str]]:
    levels = {"advertiser_id": "ADVERTISER", "campaign_id": "CAMPAIGN", "ad_id": "AD"}
    return list(
        true_rows(
            it.world,
            advertiser_ids=[advertiser_id],
            report_type="BASIC",
            data_level=f"AUCTION_{levels[dimensions[0]]}",
            dimensions=dimensions,
            metrics=metrics,
            first=window.first,
            last=window.last,
            lifetime=False,
        )
    )
