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
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import allowed_metrics
from tiktok_ads.errors import ConfigError
from tiktok_ads.runreport import PURPOSES, RunReport
from tiktok_ads.simulator import changes
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.lists import listed
from tiktok_ads.simulator.presets import PLACES, Plot, Size

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
    it = desk(tmp_path, plots, start_date=(NOW.date() - 4 * DAY).isoformat())
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
    assert {name: it.rows(f'SELECT count(*) FROM "{name}"') for name in logs} == {
        name: [(0,)] for name in logs
    }


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
    few = (*ENTITIES, "ad_insights", "campaign_insights_by_province")
    it = desk(tmp_path, EAST_AND_WEST, tables=TABLES if days == 1 else few)
    complete(it.sync())
    ad, other, *_ = spenders(it)
    last = it.today(FIRST)
    it.pass_days(days)
    it.restate(FIRST, last - 9 * DAY, last - 5 * DAY, 1500)
    it.restate(FIRST, last - 4 * DAY, last - 2 * DAY, 0, ad_id=ad)
    it.restate(SECOND, last - 10 * DAY, last - 8 * DAY, 0)
    it.delete("ad", other)
    parent = alive(it, "adgroup")[-1]
    new = changes.create(it.world, "ad", parent_id=parent, name="Late comer")
    it.pass_days(1)
    complete(it.sync())
    assert it.wrong() == []
    assert it.rows("SELECT count(*) FROM ads WHERE ad_id = ?", new.id) == [(1,)]
    fresh = it.aside("fresh")
    reports = [name for name in it.settings().tables if name in REPORTS]
    complete(fresh.sync(tables=reports))
    assert it.content(*RUN_COLUMNS, tables=reports) == fresh.content(*RUN_COLUMNS)


def test_deleted_objects_keep_their_spend_and_are_marked(tmp_path: Path) -> None:
    """Whatever is deleted stays in the tables with the moment at which we first saw it gone."""
    it = desk(tmp_path, EAST_AND_WEST, tables=(*ENTITIES, "ad_insights"))
    complete(it.sync())
    campaign, adgroup, ad = it.rows(
        "SELECT campaign_id, adgroup_id, ad_id FROM ads WHERE ad_id = ?", spenders(it)[0]
    )[0]
    other = next(one for one in spenders(it) if one != ad)
    third = next(one for one in alive(it, "ad", SECOND))
    last = it.today(SECOND)
    before = spent(it, last - 2 * DAY)
    it.delete("campaign", campaign)
    it.delete("ad", other)
    it.vanish("ad", third)
    it.pass_days(1)
    complete(it.sync())
    seen = it.world.now().replace(tzinfo=None)
    marked = {
        ("campaigns", campaign), ("adgroups", adgroup), ("ads", ad), ("ads", other), ("ads", third)
    }  # fmt: skip
    for table, item_id in marked:
        key = f"{table[:-1]}_id"
        rows = it.rows(f'SELECT is_deleted, _deleted_at FROM "{table}" WHERE "{key}" = ?', item_id)
        assert rows == [(True, seen)], (table, item_id)
    assert it.wrong() == []
    assert spent(it, last - 2 * DAY) == before
    it.pass_days(2)
    complete(it.sync())
    kept = {at for table in ENTITIES for (at,) in it.rows(f'SELECT _deleted_at FROM "{table}"') if at}
    assert seen in kept
    assert it.wrong() == []


def test_a_deleted_parent_is_seen_by_the_next_days_list(tmp_path: Path) -> None:
    """A campaign's deletion leaves its ads' modify_time alone; the daily full list tells all the same."""
    it = desk(tmp_path, EAST_AND_WEST, tables=ENTITIES)
    complete(it.sync())
    campaign = it.rows("SELECT campaign_id FROM ads WHERE ad_id = ?", alive(it, "ad")[0])[0][0]
    it.delete("campaign", campaign)
    it.pass_days(21 / 24)
    complete(it.sync())
    assert it.wrong() == []
    gone = it.rows("SELECT count(*), bool_and(is_deleted) FROM ads WHERE campaign_id = ?", campaign)
    assert gone[0][0] > 0
    assert gone[0][1] is True


def test_only_a_complete_list_marks_what_vanished(tmp_path: Path) -> None:
    """A list that broke off, or that the login may not read, says nothing of what it lacks."""
    it = desk(tmp_path, EAST_AND_WEST, tables=ENTITIES)
    complete(it.sync())
    ad = alive(it, "ad")[0]
    it.vanish("ad", ad)
    it.pass_days(1)
    it.fault("page_short", path="ad/get", times=None)
    ran = it.sync()
    assert ran.outcome == "partial"
    assert it.rows("SELECT is_deleted FROM ads WHERE ad_id = ?", ad) == [(False,)]
    it.heal()
    it.fault("code", code=40001, path="ad/get", times=None)
    assert it.sync().outcome == "partial"
    assert it.rows("SELECT is_deleted FROM ads WHERE ad_id = ?", ad) == [(False,)]
    it.heal()
    complete(it.sync())
    assert it.rows("SELECT is_deleted FROM ads WHERE ad_id = ?", ad) == [(True,)]
    assert it.wrong() == []


def test_a_list_of_changes_marks_nothing_and_misses_nothing(tmp_path: Path) -> None:
    """Within a day a long list of ads is asked for changes alone; what vanished stays until the full list."""
    many = Size(campaigns=4, adgroups_per_campaign=45, ads_per_adgroup=10, history_days=30)
    it = desk(tmp_path, [Plot(PLACES[0], many)], tables=("ads",))
    complete(it.sync())
    assert it.rows("SELECT count(*) > 1000 FROM ads") == [(True,)]
    living = alive(it, "ad")
    it.pass_days(1 / 24)
    it.vanish("ad", living[0])
    it.delete("ad", living[1])
    changes.edit(it.world, "ad", living[2], {"ad_name": "Other name"})
    it.pass_days(1 / 24)
    asked = len(it.asked)
    complete(it.sync())
    lists = [params for path, params in it.asked[asked:] if path == "ad/get"]
    assert all("modified_after" in params["filtering"] for params in lists)
    assert len(lists) == 1
    assert it.rows("SELECT is_deleted FROM ads WHERE ad_id = ?", living[0]) == [(False,)]
    assert it.rows("SELECT is_deleted FROM ads WHERE ad_id = ?", living[1]) == [(True,)]
    assert it.rows("SELECT ad_name FROM ads WHERE ad_id = ?", living[2]) == [("Other name",)]
    it.pass_days(1)
    complete(it.sync())
    assert it.rows("SELECT is_deleted FROM ads WHERE ad_id = ?", living[0]) == [(True,)]
    assert it.wrong() == []


def test_deleted_objects_can_be_left_out_and_taken_in_again(tmp_path: Path) -> None:
    """The setting changes which rows there are, so a change of it is read in by itself."""
    it = desk(tmp_path, EAST_AND_WEST, tables=(*ENTITIES, "ad_insights"))
    complete(it.sync())
    campaign = it.rows("SELECT campaign_id FROM ads WHERE ad_id = ?", spenders(it)[0])[0][0]
    it.delete("campaign", campaign)
    complete(it.sync())
    whole = it.content(*RUN_COLUMNS, "_deleted_at", tables=(*ENTITIES, "ad_insights"))
    complete(it.sync(include_deleted=False))
    for table in (*ENTITIES, "ad_insights"):
        assert it.rows(f'SELECT count(*) FROM "{table}" WHERE campaign_id = ?', campaign) == [(0,)], table
    assert it.rows("SELECT count(*) FROM campaigns WHERE is_deleted") == [(0,)]
    complete(it.sync())
    assert it.wrong() == []
    assert it.content(*RUN_COLUMNS, "_deleted_at", tables=(*ENTITIES, "ad_insights")) == whole


def test_an_earlier_start_and_a_new_advertiser_are_read_in(tmp_path: Path) -> None:
    """Days before are added without asking the settled ones again; a new account gets its whole history."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("ads", "ad_insights"), lookback_days=2)
    late = NOW.date() - 8 * DAY
    complete(it.sync(start_date=late.isoformat(), advertisers=(FIRST,)))
    asked = len(it.asked)
    early = NOW.date() - 25 * DAY
    complete(it.sync(start_date=early.isoformat()))
    assert it.wrong(tables=("ads", "ad_insights"), first=early) == []
    mine = days_asked(it, "ad_insights", FIRST, since=asked)
    today = it.today(FIRST)
    assert sorted(mine) == [
        d for n in range(60) if (d := early + n * DAY) < late or today - 2 * DAY <= d <= today
    ]
    assert len(days_asked(it, "ad_insights", SECOND)) == len(set(days_asked(it, "ad_insights", SECOND)))


def test_a_new_metric_is_null_in_the_past_until_a_backfill(tmp_path: Path) -> None:
    """The run report says which days lack it and what reading them costs; a backfill fills them."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("ads", "ad_insights"), lookback_days=2)
    complete(it.sync())
    wider = {"ad_insights": {"extra_metrics": ["total_purchase_value"]}}
    ran = complete(it.sync(table_settings=wider))
    today = min(it.today(one) for one in it.advertisers)
    empty = "SELECT count(total_purchase_value) FROM ad_insights WHERE stat_time_day < ?"
    assert it.rows(empty, today - 2 * DAY) == [(0,)]
    assert it.rows("SELECT count(total_purchase_value) > 0 FROM ad_insights") == [(True,)]
    note = next(note for note in ran.notes if "backfill" in note.text)
    assert "NULL" in note.text
    assert "2 calls" in note.text
    complete(it.sync(table_settings=wider, backfill=True))
    assert it.rows("SELECT count(*) FROM ad_insights WHERE total_purchase_value IS NULL") == [(0,)]
    assert not [note for note in complete(it.sync(table_settings=wider)).notes if "backfill" in note.text]
    assert it.wrong(tables=("ads", "ad_insights")) == []


def test_more_than_a_hundred_metrics_are_joined(tmp_path: Path) -> None:
    """A call takes a hundred metrics; more come in several calls, and each row is whole."""
    known = catalog()
    allowed = allowed_metrics("BASIC", "AUCTION_AD", ("ad_id", "stat_time_day"))
    wanted = sorted(name for name in allowed if not known.metrics[name].is_attribute)[:240]
    wider = {"ad_insights": {"extra_metrics": wanted}}
    it = desk(tmp_path, EAST_AND_WEST, tables=("ad_insights",), table_settings=wider)
    planned = it.plan()
    ran = complete(it.sync())
    assert it.wrong(tables=("ad_insights",)) == []
    sizes = [len(json.loads(params["metrics"])) for params in it.reports_asked()]
    assert max(sizes) <= 100
    assert planned.calls.by_purpose["first_page"] == 6 == ran.made.by_purpose["first_page"] + ran.saved_calls
    columns = {
        name
        for (name,) in it.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'ad_insights'")
    }
    assert set(wanted) <= columns
    firsts, lasts = wanted[0], wanted[-1]
    assert it.rows(f'SELECT count(*) FROM ad_insights WHERE "{firsts}" IS NULL') == it.rows(
        f'SELECT count(*) FROM ad_insights WHERE "{lasts}" IS NULL'
    )


def test_top_view_is_in_the_tables_and_smart_plus_is_named(tmp_path: Path) -> None:
    """TopView comes by calls of its own; creatives of upgraded Smart+ are counted in a note."""
    it = desk(tmp_path, WITH_TOP_VIEW, tables=(*ENTITIES, "ad_insights"))
    ran = complete(it.sync())
    assert it.wrong() == []
    shown = it.rows(
        "SELECT sum(r.spend) FROM ad_insights r JOIN campaigns c USING (advertiser_id, campaign_id) "
        "WHERE c.objective_type = 'TOPVIEW_REACH'"
    )
    assert shown[0][0] > 0
    amount = it.rows(
        "SELECT sum(spend) FROM ad_insights r WHERE NOT EXISTS (FROM ads a WHERE a.ad_id = r.ad_id)"
    )[0][0]
    note = next(note for note in ran.notes if "upgraded Smart+" in note.text)
    assert f"{amount:,.2f}" in note.text
    kinds = it.rows("SELECT DISTINCT campaign_automation_type FROM ad_insights")
    assert ("UPGRADED_SMART_PLUS",) in kinds


def test_blank_parents_are_filled_from_the_lists(tmp_path: Path) -> None:
    """Where TikTok leaves campaign or ad group blank, the entity tables know them."""
    it = desk(tmp_path, EAST_AND_WEST, tables=(*ENTITIES, "ad_insights", "ad_insights_by_country"))
    it.fault("blank_parents", path="report/integrated/get", times=None)
    complete(it.sync())
    it.heal()
    sure = it.aside("sure")
    complete(sure.sync())
    reports = ("ad_insights", "ad_insights_by_country")
    assert it.content(*RUN_COLUMNS, tables=reports) == sure.content(*RUN_COLUMNS, tables=reports)


def test_what_did_we_know_on_monday(tmp_path: Path) -> None:
    """With store_changes each earlier state of a report can be asked for, row by row."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("ads", "ad_insights"), store_changes="all")
    complete(it.sync())
    monday, known = (
        it.world.now(),
        it.rows("SELECT advertiser_id, ad_id, stat_time_day, spend FROM ad_insights"),
    )
    ad = spenders(it)[0]
    old_name = it.rows("SELECT ad_name FROM ads WHERE ad_id = ?", ad)
    last = it.today(FIRST)
    it.restate(FIRST, last - 5 * DAY, last - 3 * DAY, 1700)
    it.restate(FIRST, last - 2 * DAY, last - 2 * DAY, 0)
    changes.edit(it.world, "ad", ad, {"ad_name": "Renamed"})
    it.pass_days(1)
    complete(it.sync())
    it.pass_days(1)
    complete(it.sync())
    then = monday.replace(tzinfo=None)
    at_that_time = "FROM {}__history WHERE _valid_from <= ? AND (_valid_to IS NULL OR _valid_to > ?)"
    past = it.rows(
        "SELECT advertiser_id, ad_id, stat_time_day, spend " + at_that_time.format("ad_insights"), then, then
    )
    assert sorted(past) == sorted(known)
    named = "SELECT ad_name " + at_that_time.format("ads") + " AND ad_id = ?"
    assert it.rows(named, then, then, ad) == old_name
    assert it.rows("SELECT ad_name FROM ads__history WHERE _is_current AND ad_id = ?", ad) == [("Renamed",)]
    now = it.world.now().replace(tzinfo=None)
    present = it.rows(
        "SELECT advertiser_id, ad_id, stat_time_day, spend " + at_that_time.format("ad_insights"), now, now
    )
    assert sorted(present) == sorted(
        it.rows("SELECT advertiser_id, ad_id, stat_time_day, spend FROM ad_insights")
    )


def test_equal_ids_of_two_advertisers_are_both_kept(tmp_path: Path) -> None:
    """Ids are only unique within their advertiser: nothing of one overwrites the other's."""
    it = desk(tmp_path, [Plot(PLACES[5], SMALL), Plot(PLACES[5], SMALL)])
    one, two = (it.world.advertisers[key] for key in (FIRST, SECOND))
    levels: tuple[Level, ...] = ("campaign", "adgroup", "ad")
    for level in levels:
        for mine, yours in zip(it.world.items(one, level), it.world.items(two, level), strict=True):
            yours.id = mine.id
        two.by_id[level] = {item.id: item for item in two.items[level]}
    it.world.changed()
    complete(it.sync())
    assert it.wrong() == []
    it.restate(FIRST, it.today(FIRST) - 5 * DAY, it.today(FIRST), 0)
    it.pass_days(1)
    complete(it.sync())
    assert it.wrong() == []
    assert it.rows("SELECT count(DISTINCT advertiser_id) FROM ads") == [(2,)]


def test_an_idle_account_is_cheap_and_the_probe_loses_no_row(tmp_path: Path) -> None:
    """One call tells that a window has nothing below; with and without it the tables are the same."""
    it = desk(tmp_path, MOSTLY_IDLE, start_date=(NOW.date() - 25 * DAY).isoformat())
    plain = it.aside("without")
    # What is asked below depends on the probe; so does what the totals are asked for anew.
    careful = complete(plain.sync(probe=False, reconcile=False))
    probed = complete(it.sync())
    assert it.content(*RUN_COLUMNS) == plain.content(*RUN_COLUMNS)
    assert it.wrong() == []
    idle = {line.table: line for line in probed.lines if line.advertiser_id == SECOND}
    assert sum(line.calls for table, line in idle.items() if table in REPORTS) <= 1
    assert probed.saved_calls == 1 + 4 * 4
    assert probed.made.total == careful.made.total - probed.saved_calls + probed.made.by_purpose["probe"]
    assert probed.made.by_purpose["probe"] == 2
    again = complete(it.sync())
    assert it.content(*RUN_COLUMNS) == plain.content(*RUN_COLUMNS)
    assert again.saved_calls == probed.saved_calls


def test_one_advertiser_that_is_not_granted_leaves_the_run_partial(tmp_path: Path) -> None:
    """The others are complete; the run report names it, the cause, what to do and the request."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("ads", "ad_insights"))
    it.world.advertisers[SECOND].removed = True
    ran = it.sync()
    assert (ran.outcome, ran.exit_code) == ("partial", 3)
    assert [(one.advertiser_id, one.code) for one in ran.skipped] == [(SECOND, 40001)]
    assert all(one.remedy and one.request_id for one in ran.skipped)
    assert it.wrong(tables=("ads", "ad_insights"), advertisers=[FIRST]) == []
    it.world.advertisers[SECOND].removed = False
    complete(it.sync())
    assert it.wrong(tables=("ads", "ad_insights")) == []


def test_spend_without_an_ad_is_told_by_the_run_that_read_it(tmp_path: Path) -> None:
    """Two logins load into one file: each run names what its own advertisers spent so."""
    it = desk(tmp_path, WITH_TOP_VIEW, tables=("ads", "ad_insights"))
    first, second = (it.sync(advertisers=(one,)) for one in (FIRST, SECOND))
    assert any("that ads does not list" in note.text and "USD" in note.text for note in first.notes)
    assert [note for note in second.notes if note.advertiser_id == FIRST] == []


def test_nobody_granted_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    """Only advertisers that the login does not grant: a setting to change, and no file."""
    it = desk(tmp_path, EAST_AND_WEST)
    with pytest.raises(ConfigError, match="7999"):
        it.sync(advertisers=("7999999999999999999",))
    assert not it.file.exists()


def test_much_less_than_before_is_confirmed_and_then_believed(tmp_path: Path) -> None:
    """When most rows of a window vanish, TikTok is asked again, and the truth is loaded all the same."""
    it = desk(tmp_path, WITH_TOP_VIEW)
    complete(it.sync())
    last = it.today(FIRST)
    it.restate(FIRST, last - 30 * DAY, last - 2 * DAY, 0)
    it.pass_days(1)
    ran = complete(it.sync())
    assert it.wrong() == []
    assert ran.made.by_purpose["confirm"] > 0
