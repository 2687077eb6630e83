"""Hours, lifetimes, stamped days, Business Centers, TopView: what is asked, and what is there after it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import EAST_AND_WEST, FIRST, NOW, RUN_COLUMNS, SECOND, WITH_TOP_VIEW, Desk, desk
from tiktok_ads.runreport import PlanReport, RunReport
from tiktok_ads.simulator.faults import EDITS, Fault
from tiktok_ads.simulator.presets import PLACES, Plot, Size
from tiktok_ads.simulator.truth import true_rows

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def reading(tmp_path: Path, *tables: str, plots: Any = EAST_AND_WEST, days: int = 3, **said: Any) -> Desk:
    start = (NOW.date() - days * DAY).isoformat()
    return desk(tmp_path, plots, tables=tables, start_date=start, **said)


def synced(it: Desk, **changed: Any) -> tuple[PlanReport, RunReport]:
    """A plan and the run after it, which must agree."""
    plan = it.plan(**changed)
    report = it.sync(**changed)
    assert report.outcome == "complete", report.skipped
    assert report.planned == plan.calls
    return plan, report


def asked(it: Desk, since: int = 0) -> list[dict[str, str]]:
    """First pages of reports, without the probe's."""
    return [
        one
        for path, one in it.asked[since:]
        if path == "report/integrated/get" and one.get("page", "1") == "1"
    ]


def total(it: Desk, advertiser_id: str, **said: Any) -> Decimal:
    rows = true_rows(it.world, advertiser_ids=[advertiser_id], metrics=["spend"], **said)
    return sum((Decimal(row["spend"]) for row in rows), Decimal(0))


def held(it: Desk, table: str, advertiser_id: str) -> Decimal:
    return Decimal(
        it.rows(f'SELECT coalesce(sum(spend), 0) FROM "{table}" WHERE advertiser_id = ?', advertiser_id)[0][0]
    )


def test_hours_are_asked_a_day_at_a_time_and_only_young_days_again(tmp_path: Path) -> None:
    """Hours follow the same bookmarks as days: nothing twice on the first run, the lookback on the next."""
    it = reading(tmp_path, "campaign_insights_hourly", lookback_days=1, probe=False)
    synced(it)
    first = asked(it)
    assert all(one["start_date"] == one["end_date"] for one in first)
    days = Counter((one["advertiser_id"], one["start_date"]) for one in first)
    assert set(days.values()) == {1}
    for one in it.advertisers:
        assert {day for owner, day in days if owner == one} == {
            (it.today(one) - n * DAY).isoformat() for n in range((it.today(one) - NOW.date()).days + 4)
        }
        bookmark = it.bookmarks()["campaign_insights_hourly", one]
        assert bookmark.days[-1].last == it.today(one)

    before, since = it.content(*RUN_COLUMNS, tables=["campaign_insights_hourly"]), len(it.asked)
    plan, report = synced(it)
    assert len(asked(it, since)) == 2 * len(it.advertisers) == report.made.total - plan_overhead(plan)
    assert it.content(*RUN_COLUMNS, tables=["campaign_insights_hourly"]) == before


def plan_overhead(plan: PlanReport) -> int:
    """Calls that are no first pages of tables."""
    return plan.calls.total - plan.calls.by_purpose["first_page"]


def test_restated_hours_are_replaced_with_their_day(tmp_path: Path) -> None:
    """A day's hours are replaced together when TikTok changes them."""
    it = reading(tmp_path, "ad_insights_hourly", lookback_days=2)
    synced(it)
    it.restate(FIRST, it.today(FIRST) - DAY, it.today(FIRST) - DAY, 1500)
    synced(it)
    span = {"first": NOW.date() - 3 * DAY, "last": it.today(FIRST)}
    wanted = total(it, FIRST, data_level="AUCTION_AD", dimensions=["ad_id", "stat_time_hour"], **span)
    assert held(it, "ad_insights_hourly", FIRST) == wanted > 0


def test_a_lifetime_is_read_whole_in_every_run(tmp_path: Path) -> None:
    """One call an advertiser, no dates; each run replaces all of the advertiser's rows."""
    it = reading(tmp_path, "ad_insights_lifetime")
    synced(it)
    assert [(one["query_lifetime"], "start_date" in one) for one in asked(it)] == [("true", False)] * 2
    old = date(2020, 1, 1)
    it.restate(FIRST, old, it.today(FIRST), 3000)
    synced(it)
    for one in it.advertisers:
        wanted = total(it, one, data_level="AUCTION_AD", dimensions=["ad_id"], lifetime=True)
        assert held(it, "ad_insights_lifetime", one) == wanted > 0
    before = it.content(*RUN_COLUMNS, tables=["ad_insights_lifetime"])
    synced(it)
    assert it.content(*RUN_COLUMNS, tables=["ad_insights_lifetime"]) == before


def test_a_lifetime_needs_no_start_date(tmp_path: Path) -> None:
    """Who wants all time need not say where to begin."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("campaign_insights_lifetime",))
    synced(it, start_date=None)
    assert held(it, "campaign_insights_lifetime", FIRST) > 0


def test_ads_that_a_lifetime_no_longer_has_are_gone(tmp_path: Path) -> None:
    """Replacing means replacing: a row that TikTok no longer gives does not stay."""
    it = reading(tmp_path, "ad_insights_lifetime", include_deleted=False)
    synced(it)
    ad = it.rows('SELECT ad_id FROM "ad_insights_lifetime" WHERE advertiser_id = ? LIMIT 1', FIRST)[0][0]
    it.delete("ad", str(ad))
    synced(it)
    assert it.rows('SELECT count(*) FROM "ad_insights_lifetime" WHERE ad_id = ?', ad) == [(0,)]


def test_days_that_tiktok_does_not_give_are_stamped(tmp_path: Path) -> None:
    """Interests have no days at TikTok, yet ours can be followed by day like any other table."""
    it = reading(tmp_path, "campaign_insights_by_interest", lookback_days=1, probe=False)
    synced(it)
    for question in asked(it):
        assert question["start_date"] == question["end_date"]
        assert "stat_time_day" not in json.loads(question["dimensions"])
    for one in it.advertisers:
        for day in (NOW.date() - 2 * DAY, it.today(one)):
            wanted = total(
                it, one, report_type="AUDIENCE", data_level="AUCTION_CAMPAIGN",
                dimensions=["campaign_id", "interest_category"], first=day, last=day,
            )  # fmt: skip
            got = it.rows(
                "SELECT coalesce(sum(spend), 0), count(interest_category_v2) "
                "FROM campaign_insights_by_interest WHERE advertiser_id = ? AND stat_time_day = ?",
                one, day,
            )[0]  # fmt: skip
            assert Decimal(got[0]) == wanted
            assert bool(got[1]) == bool(wanted)
    since = len(it.asked)
    synced(it)
    parts = [one for one in asked(it, since) if one["report_type"] == "AUDIENCE"]
    assert len(parts) == 2 * len(it.advertisers)


def test_a_probe_saves_the_days_of_an_idle_advertiser(tmp_path: Path) -> None:
    """Days that are asked one by one are not asked at all where the advertiser had nothing."""
    from tests.worlds import MOSTLY_IDLE

    it = reading(tmp_path, "ad_insights_hourly", "ad_insights_by_interest", plots=MOSTLY_IDLE, days=20)
    plan, report = synced(it)
    idle = [one for one in asked(it) if one["advertiser_id"] == SECOND]
    assert len(idle) == 1
    assert plan.least_calls <= report.made.total < plan.calls.total


def test_top_view_stands_apart_at_the_advertiser_and_together_below(tmp_path: Path) -> None:
    """No row is about the same thing as another, and no spend is missing from all tables together."""
    names = (
        "advertiser_insights",
        "advertiser_insights_top_view",
        "campaign_insights",
        "ad_insights_top_view",
    )
    it = reading(tmp_path, *names, plots=WITH_TOP_VIEW)
    synced(it)
    span = {"first": NOW.date() - 3 * DAY, "last": it.today(FIRST)}
    whole = total(
        it, FIRST, data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id", "stat_time_day"], **span
    )
    apart = held(it, "advertiser_insights_top_view", FIRST)
    assert held(it, "campaign_insights", FIRST) == whole
    assert apart == held(it, "ad_insights_top_view", FIRST) > 0
    assert held(it, "advertiser_insights", FIRST) + apart == whole
    before = it.content(*RUN_COLUMNS, tables=names)
    synced(it)
    assert it.content(*RUN_COLUMNS, tables=names) == before


def test_business_centers_own_their_rows(tmp_path: Path) -> None:
    """Their tables carry bc_id, days by themselves where TikTok gives none, and are bookmarked by center."""
    names = (
        "business_center_insights",
        "business_center_insights_by_advertiser",
        "business_center_insights_by_advertiser_and_country",
    )
    it = reading(tmp_path, *names)
    synced(it)
    sums = [it.rows(f'SELECT count(*), sum(spend), min(bc_id) FROM "{name}"')[0] for name in names]
    assert all(count for count, _, _ in sums)
    assert len({spend for _, spend, _ in sums[1:]}) == 1
    assert {key for key, _ in it.bookmarks()} == set(names)
    assert {owner for _, owner in it.bookmarks()} == {center for _, _, center in sums}
    columns = [
        name
        for (name,) in it.rows(f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{names[0]}'")
    ]
    assert "advertiser_id" not in columns
    assert "currency" not in columns
    before = it.content(*RUN_COLUMNS, tables=names)
    synced(it)
    assert it.content(*RUN_COLUMNS, tables=names) == before


def test_shop_reports_send_no_filter(tmp_path: Path) -> None:
    """TikTok takes none there, and deleted campaigns are in them all the same."""
    it = reading(tmp_path, "advertiser_shop_insights", "campaign_shop_insights_by_country")
    synced(it)
    assert asked(it)
    assert not [one for one in asked(it) if one["report_type"] == "TT_SHOP" and "filtering" in one]


def test_the_status_filter_goes_only_where_it_is_known(tmp_path: Path) -> None:
    """Deleted objects are asked for where that is documented, and nowhere else."""
    it = reading(tmp_path, "campaign_insights", "advertiser_insights", "ad_insights_by_catalog", probe=False)
    synced(it)
    said = {
        (one["report_type"], one.get("data_level"), one.get("filtering", ""))
        for one in asked(it)
        if one["report_type"] != "TT_SHOP"
    }
    status = '[{"field_name":"campaign_status","filter_type":"IN","filter_value":"[\\"STATUS_ALL\\"]"}]'
    assert {(kind, level) for kind, level, filters in said if json.loads(filters or "[]")} == {
        ("BASIC", "AUCTION_CAMPAIGN")
    }
    assert [json.loads(filters) for *_, filters in said if filters] == [json.loads(status)]


MANY = (Plot(PLACES[5], Size(campaigns=5, adgroups_per_campaign=2, ads_per_adgroup=24, history_days=20)),)


def test_no_call_is_about_more_objects_than_tiktok_takes(tmp_path: Path) -> None:
    """Interests and behaviours are blocked above so many ids, so large accounts are asked in parts."""
    names = ("ad_insights_by_interest_tier3", "ad_insights_by_behavior", "ad_insights_by_interest")
    it = reading(tmp_path, *names, plots=MANY, days=1, probe=False)
    synced(it)
    parts = [one for one in asked(it) if one["report_type"] == "AUDIENCE"]
    objects: dict[tuple[str, str], list[str]] = {}
    for one in parts:
        picked = [said for said in json.loads(one["filtering"]) if said["field_name"] == "ad_ids"]
        ids = json.loads(picked[0]["filter_value"]) if picked else []
        broad = "interest_category" in json.loads(one["dimensions"])
        assert len(ids) <= 100
        assert ids or broad, "only the first tier takes so many"
        objects.setdefault((one["dimensions"], one["start_date"]), []).extend(ids)
    assert max(len(ids) for ids in objects.values()) > 100
    assert all(len(set(ids)) == len(ids) for ids in objects.values())
    for name, dimension in zip(
        names, ("interest_category_tier3", "behavior_id", "interest_category"), strict=True
    ):
        day = NOW.date()
        wanted = total(
            it, FIRST, report_type="AUDIENCE", data_level="AUCTION_AD",
            dimensions=["ad_id", dimension], first=day, last=day,
        )  # fmt: skip
        got = it.rows(f'SELECT sum(spend) FROM "{name}" WHERE stat_time_day = ?', day)
        assert got == [(wanted,)]

    before, since = it.content(*RUN_COLUMNS, tables=names), len(it.asked)
    again = it.sync(backfill=True)
    assert again.planned == again.made
    named = [one for one in asked(it, since) if one["report_type"] == "BASIC"]
    # Both tables of single days ask for the same ids, once.
    assert len({(one["start_date"], one["end_date"]) for one in named}) == len(named)
    assert it.content(*RUN_COLUMNS, tables=names) == before


@pytest.mark.parametrize(
    ("table", "dimension"),
    [
        ("ad_insights_lifetime", "ad_id"),
        ("ad_insights_hourly", "ad_id"),
        ("campaign_insights_by_search_term", "search_terms"),
    ],
)
def test_an_empty_answer_deletes_nothing_while_the_advertiser_had_something(
    tmp_path: Path, table: str, dimension: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even twice the same: the level above tells that it cannot be."""

    def nothing(body: dict[str, Any], fault: Fault) -> None:
        body["data"]["list"].clear()
        body["data"]["page_info"] |= {"total_number": 0, "total_page": 0}

    it = reading(tmp_path, table, days=1, lookback_days=0, probe=False)
    synced(it)
    before = it.content(*RUN_COLUMNS, tables=[table])
    assert before[table]
    monkeypatch.setitem(EDITS, "page_empty", nothing)
    it.fault("page_empty", path="report/*", times=None, params={"dimensions": dimension})
    report = it.sync(backfill=True)
    assert report.outcome in ("failed", "partial")
    assert report.skipped
    assert all("the stored rows stay" in one.what for one in report.skipped)
    assert it.content(*RUN_COLUMNS, tables=[table]) == before
    it.heal()
    synced(it)
    assert it.content(*RUN_COLUMNS, tables=[table]) == before


def test_more_objects_than_had_rows_are_no_obstacle(tmp_path: Path) -> None:
    """If TikTok counts ads that had nothing as well, the report is asked in parts after all."""
    it = reading(tmp_path, "ad_insights_by_interest", plots=MANY, days=1, probe=False)
    it.fault("code", code=40067, path="report/*", times=1, params={"dimensions": "interest_category"})
    synced(it)
    day = NOW.date()
    wanted = total(
        it, FIRST, report_type="AUDIENCE", data_level="AUCTION_AD",
        dimensions=["ad_id", "interest_category"], first=day, last=day,
    )  # fmt: skip
    got = it.rows("SELECT sum(spend) FROM ad_insights_by_interest WHERE stat_time_day = ?", day)
    assert got == [(wanted,)]


def test_a_plan_of_every_grain_is_what_the_run_takes(tmp_path: Path) -> None:
    """Days, hours, lifetimes, stamped days, objects, centers, TopView: to the call, in each run."""
    names = (
        "core", "advertiser_insights", "campaign_insights_hourly", "ad_insights_lifetime",
        "ad_insights_by_interest_tier2", "adgroup_insights_skan", "advertiser_insights_top_view",
        "playable_insights", "business_center_insights*", "*_shop_insights*", "ad_insights_by_behavior",
    )  # fmt: skip
    it = reading(tmp_path, *names, plots=WITH_TOP_VIEW, days=2, probe=False)
    for backfill in (False, False, True):
        plan = it.plan()
        report = it.sync(backfill=backfill)
        assert report.outcome == "complete", report.skipped
        assert report.planned == report.made
        assert backfill or plan.calls == report.made
