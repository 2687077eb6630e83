"""`lookback_mode = changed`: the same rows as a full lookback where totals tell, for a part of the calls."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.worlds import FIRST, REPORTS, RUN_COLUMNS, WITH_TOP_VIEW, Desk, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.plan import Slice, Window
from tiktok_ads.plan.lookback import Differences, changed_parts
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator.presets import PLACES, Plot, Size

DAY = timedelta(days=1)
MANY = (Plot(PLACES[5], Size(campaigns=10, adgroups_per_campaign=2, ads_per_adgroup=3, history_days=60)),)
# Rows of 60 ads: a page of 1,000 holds 20 days of them.


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def compared(folder: Path, plots: tuple[Plot, ...] = MANY, **said: Any) -> Desk:
    return desk(folder, plots, start_date="2026-08-10", lookback_mode="changed", **said)


def complete(report: RunReport) -> RunReport:
    assert report.skipped == ()
    assert report.outcome == "complete"
    return report


def asked_campaigns(it: Desk) -> list[str]:
    return [
        asked["filtering"] for asked in it.reports_asked() if "campaign_ids" in asked.get("filtering", "")
    ]


@pytest.mark.parametrize("plots", [MANY, WITH_TOP_VIEW], ids=["plain", "top view"])
def test_days_that_tiktok_restates_become_as_true_as_by_a_full_lookback(
    tmp_path: Path, plots: tuple[Plot, ...]
) -> None:
    """Spend that changes, that goes and that comes, late conversions and new days: all of it lands."""
    it = compared(tmp_path, plots)
    complete(it.sync())
    whose = it.advertisers[0]
    ads = [ad for (ad,) in it.rows("SELECT ad_id FROM ad_insights WHERE advertiser_id = ? GROUP BY 1", whose)]
    today = it.today(whose)
    for number in range(4):
        it.restate(
            whose, today - (20 - number) * DAY, today - (18 - number) * DAY, 900, ad_id=sorted(ads)[number]
        )
        it.restate(whose, today - 9 * DAY, today - 9 * DAY, 0, ad_id=sorted(ads)[-1 - number])
        it.pass_days(1)
        complete(it.sync())
        assert it.wrong() == [], f"run {number + 2}"
    whole = it.aside("full")
    complete(whole.sync(lookback_mode="full"))
    left = (*RUN_COLUMNS, "secondary_goal_result")
    assert it.content(*left, tables=REPORTS) == whole.content(*left, tables=REPORTS)


def test_a_quiet_account_costs_one_comparison_and_nothing_is_written(tmp_path: Path) -> None:
    """The same moment again: totals agree, so no report below them is asked."""
    it = compared(tmp_path)
    complete(it.sync())
    before = it.content()
    it.asked.clear()
    again = complete(it.sync())
    assert again.made.by_purpose["compare"] == len(it.reports_asked())
    assert again.made.by_purpose["compare"] <= 2
    assert it.content() == before


def test_only_the_campaigns_that_differ_are_asked_for_where_that_saves_calls(tmp_path: Path) -> None:
    """One ad restated on many days is no reason to read all of the others."""
    it = compared(tmp_path, tables=("ads", "ad_insights", "ad_insights_by_age_and_gender"))
    complete(it.sync())
    (ad, campaign), *_ = it.rows("SELECT ad_id, campaign_id FROM ad_insights GROUP BY ALL ORDER BY 1")
    today = it.today(it.advertisers[0])
    it.restate(it.advertisers[0], today - 20 * DAY, today - 5 * DAY, 800, ad_id=ad)
    it.asked.clear()
    complete(it.sync())
    assert asked_campaigns(it)
    assert all(campaign in filtering for filtering in asked_campaigns(it))
    assert it.wrong() == []
    days = it.rows(
        "SELECT count(*) FROM (SELECT * FROM _daily_sums WHERE table_name = 'ad_insights' QUALIFY "
        "row_number() OVER (PARTITION BY stat_time_day ORDER BY rowid DESC) = 1) s JOIN (SELECT "
        "stat_time_day, sum(spend) AS spend FROM ad_insights GROUP BY 1) t USING (stat_time_day) "
        "WHERE s.spend <> t.spend"
    )
    assert days == [(0,)], "the sums written down are those of whole days"


def test_all_days_are_read_in_full_once_a_week(tmp_path: Path) -> None:
    """What totals cannot tell, as shifts between the ads of a campaign, is late by a week at most."""
    it = compared(tmp_path, tables=("ads", "ad_insights"))
    complete(it.sync())
    day = it.today(it.advertisers[0]) - 20 * DAY
    with closing(duckdb.connect(str(it.file))) as connection:
        connection.execute(
            "UPDATE tiktok_ads.ad_insights SET clicks = clicks + 1 WHERE stat_time_day = ?", [day]
        )
    complete(it.sync())
    assert len(it.wrong()) == 1, "no total of TikTok's has changed"
    for _ in range(7):
        it.pass_days(1)
        complete(it.sync())
    assert it.wrong() == []


def test_a_table_that_failed_is_read_in_full_by_the_next_run(tmp_path: Path) -> None:
    """A comparison vouches only for rows that were loaded after it."""
    it = compared(tmp_path, tables=("ads", "ad_insights", "ad_insights_by_country"))
    complete(it.sync())
    today = it.today(it.advertisers[0])
    it.restate(it.advertisers[0], today - 12 * DAY, today - 10 * DAY, 500)
    it.pass_days(1)
    it.fault(
        "code", path="report/integrated/get", params={"dimensions": "country_code"}, times=None, code=40001
    )
    assert it.sync().outcome == "partial"
    it.heal()
    complete(it.sync())
    assert it.wrong() == []


def test_a_destination_put_back_from_a_copy_is_read_in_full(tmp_path: Path) -> None:
    """What the state folder remembers is about other rows than those of the copy."""
    it = compared(tmp_path, tables=("ads", "ad_insights"))
    complete(it.sync())
    copy = it.file.read_bytes()
    today = it.today(it.advertisers[0])
    it.restate(it.advertisers[0], today - 12 * DAY, today - 10 * DAY, 500)
    complete(it.sync())
    it.file.write_bytes(copy)
    complete(it.sync())
    assert it.wrong() == []


@pytest.mark.parametrize("harm", [b"no database", b""])
def test_a_damaged_memory_costs_calls_and_no_rows(tmp_path: Path, harm: bytes) -> None:
    """The file of prints may be lost or spoiled at any time."""
    it = compared(tmp_path, tables=("ads", "ad_insights"))
    complete(it.sync())
    (tmp_path / "lookback.sqlite").write_bytes(harm)
    today = it.today(it.advertisers[0])
    it.restate(it.advertisers[0], today - 12 * DAY, today - 10 * DAY, 500)
    complete(it.sync())
    assert it.wrong() == []
    with sqlite3.connect(tmp_path / "lookback.sqlite") as kept:
        assert kept.execute("SELECT count(*) FROM tables").fetchone() == (1,)
    kept.close()


def test_rows_without_their_campaign_are_read_by_whole_days(tmp_path: Path) -> None:
    """Where a stored row does not name its campaign, rows of single campaigns cannot be replaced."""
    it = compared(tmp_path, tables=("ad_insights_by_age_and_gender",))
    complete(it.sync())
    today = it.today(it.advertisers[0])
    with closing(duckdb.connect(str(it.file))) as connection:
        connection.execute(
            "UPDATE tiktok_ads.ad_insights_by_age_and_gender SET campaign_id = NULL WHERE stat_time_day = ?",
            [today - 11 * DAY],
        )
    it.restate(it.advertisers[0], today - 12 * DAY, today - 10 * DAY, 500)
    it.pass_days(1)
    complete(it.sync())
    assert it.wrong(tables=["ad_insights_by_age_and_gender"]) == []


def test_without_deleted_objects_the_lookback_stays_full_and_says_so(tmp_path: Path) -> None:
    """Campaigns' totals hold deleted ads, so they tell nothing of tables without these."""
    it = compared(tmp_path, include_deleted=False, tables=("ads", "ad_insights"))
    it.sync()
    report = it.sync()
    assert "compare" not in report.made.by_purpose
    assert any("lookback_mode" in note.text for note in report.notes)


def piece_of(days: int) -> Slice:
    return Slice(catalog().reports["ad_insights"], FIRST, Window(date(2026, 9, 1), date(2026, 9, days)))


def days_of(parts: dict[Slice, int]) -> set[tuple[date, str]]:
    """Each day and campaign of the parts; "" stands for all campaigns."""
    return {
        (part.window.first + number * DAY, campaign)
        for part in parts
        if part.window
        for number in range(part.window.days)
        for campaign in (part.only.ids if part.only else ("",))
    }


def test_parts_cover_all_that_differs_and_never_overlap() -> None:
    """Random differences: everything that differs is in exactly one part."""
    from random import Random

    chance = Random(20260922)
    for _ in range(300):
        names = [f"c{number}" for number in range(chance.randint(1, 90))]
        differing = {
            date(2026, 9, day): None
            if chance.random() < 0.1
            else frozenset(chance.sample(names, chance.randint(1, len(names))))
            for day in range(1, 29)
            if chance.random() < chance.choice([0.1, 0.5, 1])
        }
        active = {date(2026, 9, day): len(names) for day in range(1, 29)}
        found = Differences("campaign_id", differing, active, 30)
        rows = chance.choice([10, 300, 900, 5000])
        parts = changed_parts(
            piece_of(28),
            found,
            rows_on=dict.fromkeys(found.active, rows).__getitem__,
            page_size=1000,
            longest=30,
        )
        covered = days_of(parts)
        for day, campaigns in differing.items():
            wanted = [""] if campaigns is None else campaigns
            assert all((day, "") in covered or (day, one) in covered for one in wanted)
        taken: set[tuple[date, str]] = set()
        for part in parts:
            own = days_of({part: 0})
            whole_days = {day for day, campaign in taken if not campaign}
            assert not own & taken
            assert not {day for day, _ in own} & whole_days
            assert part.only is None or len(part.only.ids) <= 30
            taken |= own
        assert sum(max(-(-count // 1000), 1) for count in parts.values()) <= -(-rows * 28 // 1000)
