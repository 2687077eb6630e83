"""Whole journeys against the simulator into a DuckDB file: what landed equals what TikTok has."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import (
    EAST_AND_WEST,
    ENTITIES,
    FIRST,
    MOSTLY_IDLE,
    NOW,
    REPORTS,
    RUN_COLUMNS,
    SECOND,
    SMALL,
    TABLES,
    WITH_TOP_VIEW,
    Desk,
    days_asked,
    desk,
)
from tiktok_ads.errors import ConfigError
from tiktok_ads.runreport import PURPOSES, RunReport
from tiktok_ads.simulator import changes
from tiktok_ads.simulator.lists import listed
from tiktok_ads.simulator.presets import PLACES, Plot

DAY = timedelta(days=1)
ADS_AND_DAYS = ("ads", "ad_insights")


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def complete(report: RunReport) -> RunReport:
    assert report.skipped == ()
    assert report.outcome == "complete"
    return report


def alive(it: Desk, level: Any, advertiser_id: str = FIRST) -> list[str]:
    """Ids of a level that are in the lists and not deleted, oldest first."""
    now = it.world.now()
    found = listed(it.world, it.world.advertisers[advertiser_id], level)
    return [
        item.id
        for item in found
        if not item.is_deleted(now) and item.origin != "PROMOTE" and item.buying_type == "AUCTION"
    ]


def spenders(it: Desk, advertiser_id: str = FIRST) -> list[str]:
    """Ads that are alive and have spent, most first."""
    ranked = it.rows(
        "SELECT ad_id FROM ad_insights WHERE advertiser_id = ? GROUP BY 1 ORDER BY sum(spend) DESC",
        advertiser_id,
    )
    living = set(alive(it, "ad", advertiser_id))
    return [ad for (ad,) in ranked if ad in living]


def spent(it: Desk, last: date, table: str = "ad_insights") -> Any:
    return it.rows(f'SELECT sum(spend) FROM "{table}" WHERE stat_time_day <= ?', last)[0][0]


@pytest.mark.parametrize("plots", [EAST_AND_WEST, WITH_TOP_VIEW], ids=["plain", "special"])
def test_nine_tables_equal_the_truth_and_running_again_changes_nothing(tmp_path: Path, plots: Any) -> None:
    """From nothing to nine true tables; ten more runs leave every byte as it was."""
    it = desk(tmp_path, plots)
    first = complete(it.sync())
    assert it.wrong() == []
    assert {table for table in TABLES if it.rows(f'SELECT count(*) FROM "{table}"') == [(0,)]} == set()
    assert first.freshness() == dict.fromkeys(TABLES, it.today(SECOND)) | {
        table: min(it.today(one) for one in it.advertisers) for table in TABLES
    }
    before, marks, sums = it.content(), it.bookmarks(), it.rows("SELECT * FROM _daily_sums ORDER BY ALL")
    for number in range(10 if plots is EAST_AND_WEST else 1):
        again = complete(it.sync())
        written = again.to_json()["rows"]
        assert written == {**written, "inserted": 0, "updated": 0, "deleted": 0}  # type: ignore[dict-item]
        assert it.content() == before, f"run {number + 2}"
        assert it.bookmarks() == marks
    assert it.rows("SELECT * FROM _daily_sums ORDER BY ALL") == sums
    logs = [name for name in it.tables() if name.endswith("__changes")]
    assert {name: it.rows(f'SELECT count(*) FROM "{name}"') for name in logs} == dict.fromkeys(logs, [(0,)])


def test_calls_are_planned_made_and_counted_alike(tmp_path: Path) -> None:
    """Plan, run report and TikTok's own count name the same calls, purpose by purpose."""
    it = desk(tmp_path, WITH_TOP_VIEW)
    for days in (0, 0, 1, 3):
        it.pass_days(days)
        planned = it.plan()
        it.simulator.quota.reset()
        ran = complete(it.sync())
        assert planned.calls == ran.planned
        assert ran.made.total == sum(it.simulator.quota.calls.values())
        # How many rows come is known afterwards: each thousand is a page more than was planned, or less.
        planned_firsts, made_firsts = (
            {purpose: n for purpose, n in calls.by_purpose.items() if purpose != "more_pages"}
            for calls in (ran.planned, ran.made)
        )
        made_firsts["first_page"] += ran.saved_calls
        assert made_firsts == planned_firsts
        assert set(ran.made.by_purpose) <= PURPOSES.keys()
        assert planned.least_calls <= ran.made.total
        assert sum(line.calls for line in ran.lines) <= ran.made.total


def test_the_run_report_says_everything_and_is_kept(tmp_path: Path) -> None:
    """As JSON it holds rows, calls, freshness and each table's line; `_runs` holds the same."""
    it = desk(tmp_path, EAST_AND_WEST)
    ran = complete(it.sync())
    said = ran.to_json()
    assert json.loads(json.dumps(said)) == said
    kept = [json.loads(report) for (report,) in it.rows("SELECT report FROM _runs")]
    assert kept == [said]
    assert {(line.table, line.advertiser_id) for line in ran.lines} == {
        (table, one) for table in TABLES for one in it.advertisers
    }
    for line in ran.lines:
        held = it.rows(f'SELECT count(*) FROM "{line.table}" WHERE advertiser_id = ?', line.advertiser_id)
        assert (line.rows_read, line.inserted) == (held[0][0], held[0][0])
        assert line.outcome == "complete"
        assert line.complete_to is not None
    second = complete(it.sync())
    assert [said for (said,) in it.rows("SELECT id FROM _runs ORDER BY started_at")] == [
        ran.run_id,
        second.run_id,
    ]


@pytest.mark.parametrize("days", [1, 3, 40])
def test_after_some_days_the_tables_are_true_again(tmp_path: Path, days: int) -> None:
    """Late conversions, restated and vanished rows, new ads and deleted ones: all as TikTok has it."""
    it = desk(tmp_path, EAST_AND_WEST)
    complete(it.sync())
    ad, other, *_ = spenders(it)
    last = it.today(FIRST)
    it.pass_days(days)
    it.restate(FIRST, last - 9 * DAY, last - 5 * DAY, 1500)
    it.restate(FIRST, last - 4 * DAY, last - 2 * DAY, 0, ad_id=ad)
    it.restate(SECOND, last - 20 * DAY, last - 19 * DAY, 0)
    it.delete("ad", other)
    parent = alive(it, "adgroup")[-1]
    new = changes.create(it.world, "ad", parent_id=parent, name="Late comer")
    it.pass_days(1)
    complete(it.sync())
    assert it.wrong() == []
    assert it.rows("SELECT count(*) FROM ads WHERE ad_id = ?", new.id) == [(1,)]
    fresh = it.aside("fresh")
    complete(fresh.sync(tables=REPORTS))
    assert it.content(*RUN_COLUMNS, tables=REPORTS) == fresh.content(*RUN_COLUMNS)
