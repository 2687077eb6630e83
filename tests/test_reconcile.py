"""After each run: do the days add up to what TikTok says of the whole advertiser, and if not, why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import pytest
from typer.testing import CliRunner

from tests.worlds import (
    EAST_AND_WEST,
    ENTITIES,
    FIRST,
    MOSTLY_IDLE,
    REPORTS,
    SECOND,
    WITH_TOP_VIEW,
    Desk,
    desk,
)
from tiktok_ads.cli.main import app
from tiktok_ads.load import open_destination
from tiktok_ads.load.quality import agreement, known_on
from tiktok_ads.load.reading import open_reader
from tiktok_ads.runreport import CAUSES, Agreement, RunReport
from tiktok_ads.simulator.presets import PLACES, Plot, Size
from tiktok_ads.sync.causes import Circumstances, Compared, cause_of
from tiktok_ads.sync.days_read import DayRead

DAY = timedelta(days=1)
TABLES = (*ENTITIES, "ad_insights")
MANY = 200 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 12
LEVELS = ("ad_insights", "adgroup_insights", "campaign_insights", "advertiser_insights")


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    monkeypatch.setenv("TIKTOK_ADS_RECONCILE", "true")


class Interrupting(httpx2.AsyncBaseTransport):
    """Lets something happen at TikTok just before it is asked for an account's totals, or to its answers."""

    def __init__(
        self, it: Desk, *, before_totals: Callable[[], None] | None = None, without: str = ""
    ) -> None:
        self._line, self._before, self._without = it.line, before_totals, without

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        params = dict(request.url.params)
        is_total = params.get("data_level") == "AUCTION_ADVERTISER" and params.get("report_type") == "BASIC"
        if self._before and is_total and "conversion" not in params["metrics"]:
            before, self._before = self._before, None
            before()
        answer = await self._line.handle_async_request(request)
        if self._without in answer.headers:
            del answer.headers[self._without]
        return answer


def of(report: RunReport, table: str = "ad_insights", advertiser_id: str = FIRST) -> Agreement:
    return next(one for one in report.agreement if (one.table, one.advertiser_id) == (table, advertiser_id))


def causes(it: Desk, table: str = "ad_insights", advertiser_id: str = FIRST) -> set[str]:
    return {
        cause
        for (cause,) in it.rows(
            "SELECT DISTINCT cause FROM _quality WHERE cause IS NOT NULL AND table_name = ? "
            "AND advertiser_id = ?",
            table,
            advertiser_id,
        )
    }


def by_hand(it: Desk, sql: str, *values: object) -> None:
    with duckdb.connect(str(it.file)) as connection:
        connection.execute("SET search_path = 'tiktok_ads'")
        connection.execute(sql, list(values))


def test_every_day_of_every_level_agrees(tmp_path: Path) -> None:
    """Ads, ad groups, campaigns and the account: each day is checked, each agrees, and _quality says so."""
    it = desk(tmp_path, EAST_AND_WEST, tables=(*TABLES, *LEVELS[1:]))
    ran = it.sync()
    assert {(one.table, one.advertiser_id) for one in ran.agreement} == {
        (table, owner) for table in LEVELS for owner in (FIRST, SECOND)
    }
    assert all(one.days == one.agreed > 10 and not one.causes for one in ran.agreement)
    sums = it.rows(
        "SELECT q.stat_time_day, q.ours, q.theirs, sum(r.spend) FROM _quality q LEFT JOIN ad_insights r "
        "USING (advertiser_id, stat_time_day) WHERE q.table_name = 'ad_insights' AND metric = 'spend' "
        "GROUP BY ALL HAVING sum(r.spend) > 0"
    )
    assert sums
    assert all(ours == theirs == held for _, ours, theirs, held in sums)
    again = it.sync()
    assert again.agreement == ran.agreement
    newest = it.rows(
        "SELECT count(*), count(DISTINCT (advertiser_id, table_name, stat_time_day)), min(run_id) "
        "FROM _quality"
    )
    assert newest == [(sum(one.days for one in ran.agreement),) * 2 + (again.run_id,)]


def test_top_view_is_the_cause_where_a_table_cannot_hold_it(tmp_path: Path) -> None:
    """Ads hold TopView and agree; what is about the whole account does not, and says by how much."""
    it = desk(tmp_path, WITH_TOP_VIEW, tables=(*TABLES, "advertiser_insights"))
    planned = it.plan()
    ran = it.sync()
    assert ran.made.by_purpose["reconcile"] == planned.calls.by_purpose["reconcile"]
    assert of(ran).agreed == of(ran).days
    assert of(ran, "advertiser_insights").causes.keys() == {"top_view"}
    shown = it.rows(
        "SELECT sum(r.spend) FROM ad_insights r JOIN campaigns c USING (advertiser_id, campaign_id) "
        "WHERE c.objective_type = 'TOPVIEW_REACH' AND advertiser_id = ?",
        FIRST,
    )[0][0]
    assert of(ran, "advertiser_insights").apart == {"top_view": shown}
    assert ran.outcome == "complete"


def test_deleted_objects_are_the_cause_where_they_are_left_out(tmp_path: Path) -> None:
    """With include_deleted off the account's total is higher, and the run says it is what was deleted."""
    it = desk(tmp_path, EAST_AND_WEST, tables=TABLES, include_deleted=False)
    it.sync()
    biggest = (
        "SELECT campaign_id FROM ad_insights WHERE advertiser_id = ? GROUP BY 1 ORDER BY sum(spend) DESC"
    )
    it.delete("campaign", it.rows(biggest, FIRST)[0][0])
    ran = it.sync()
    whole = it.aside("whole")
    whole.sync(include_deleted=True)
    all_of_it = "SELECT sum(spend) FROM ad_insights WHERE advertiser_id = ?"
    spend = whole.rows(all_of_it, FIRST)[0][0] - it.rows(all_of_it, FIRST)[0][0]
    today = str(it.today(FIRST))
    assert of(ran).causes.keys() == {"deleted", "running"}
    assert sum(of(ran).apart.values()) == spend
    assert it.rows(
        "SELECT DISTINCT cause FROM _quality WHERE cause IS NOT NULL AND stat_time_day < ?", today
    ) == [("deleted",)]
    assert of(ran, advertiser_id=SECOND).causes == {}
    assert ran.outcome == "complete"
    assert not any("no known cause" in note.text for note in ran.notes)


def test_rows_that_were_forgotten_are_the_cause(tmp_path: Path) -> None:
    """An ad that was forgotten by key stays out, and its amount is told as such."""
    it = desk(tmp_path, EAST_AND_WEST, tables=TABLES)
    it.sync()
    ad, spend = it.rows(
        "SELECT ad_id, sum(spend) FROM ad_insights WHERE advertiser_id = ? GROUP BY 1 ORDER BY 2 DESC", FIRST
    )[0]
    with open_destination(f"duckdb:///{it.file}") as held:
        held.forget_keys("ad_insights", {"ad_id": ad}, at=it.world.now())
    ran = it.sync()
    assert of(ran).causes.keys() == {"forgotten"}
    assert of(ran).apart == {"forgotten": spend}


def test_a_day_that_changed_between_two_questions_is_restated(tmp_path: Path) -> None:
    """TikTok corrects a day after the ads were read and before the totals: asked again, it shows."""
    it = desk(tmp_path, EAST_AND_WEST, tables=TABLES, advertisers=(FIRST,))
    it.sync()
    last = it.today(FIRST)
    it.line = Interrupting(it, before_totals=lambda: it.restate(FIRST, last - 3 * DAY, last, 1500))  # type: ignore[assignment]
    ran = it.sync()
    assert of(ran).causes == {"restated": 3, "running": 1}
    assert it.rows("SELECT min(stat_time_day) FROM _quality WHERE cause = 'restated'") == [(last - 3 * DAY,)]
    assert ran.made.by_purpose["reconcile"] <= 3
    after = it.sync()
    assert of(after).causes == {}
    assert causes(it) == set()


def test_rows_that_a_cut_answer_hid_are_found(tmp_path: Path) -> None:
    """Were an answer cut without a word, its campaigns would tell: the ads lack what these have."""
    deep = Size(campaigns=2, adgroups_per_campaign=1, ads_per_adgroup=6, history_days=30)
    it = desk(tmp_path, [Plot(PLACES[5], deep)], tables=("ad_insights", "campaign_insights"))
    it.options(cut_above=6)
    it.line = Interrupting(it, without="x-tt-ads-throttle")  # type: ignore[assignment]
    ran = it.sync()
    assert "cut" in of(ran).causes
    assert of(ran).causes.keys() <= {"cut", "running"}
    assert of(ran).apart["cut"] > 0
    assert of(ran, "campaign_insights").causes == {}


@pytest.mark.parametrize(("spend", "cause"), [(-7, "unexplained"), (7, "kept")])
def test_a_row_that_tiktok_never_gave_is_told(tmp_path: Path, spend: int, cause: str) -> None:
    """A row put in by hand stays where runs only add: too little is told with its numbers, more as kept."""
    mine = {
        "dimensions": ["ad_id", "stat_time_day"],
        "metrics": ["spend", "impressions", "clicks"],
        "update_method": "merge",
    }
    it = desk(tmp_path, EAST_AND_WEST, tables=("mine",), reports={"mine": mine}, advertisers=(FIRST,))
    assert of(it.sync(), "mine").causes == {}
    day = it.today(FIRST) - 4 * DAY
    by_hand(
        it,
        "INSERT INTO mine (advertiser_id, ad_id, stat_time_day, spend, impressions, clicks) "
        "VALUES (?, '1', ?, ?, 0, 0)",
        FIRST,
        day,
        spend,
    )
    ran = it.sync()
    assert ran.outcome == "complete"
    assert of(ran, "mine").causes == {cause: 1}
    found = it.rows("SELECT stat_time_day, metric, difference FROM _quality WHERE cause = ?", cause)
    assert found == [(day, "spend", Decimal(-spend))]
    notes = [one for one in ran.notes if "no known cause" in one.text]
    assert [str(day) in one.text for one in notes] == ([True] if cause == "unexplained" else [])


def numbers(value: int) -> tuple[Decimal, ...]:
    return (Decimal(value),)


@pytest.mark.parametrize(
    ("ours", "came", "theirs", "changed", "cause"),
    [
        (5, 5, 8, {"splits": True}, "late"),
        (5, 5, 8, {"splits": True, "today": date(2026, 9, 22)}, "breakdown"),
        (9, 9, 8, {"splits": True}, "unexplained"),
        (9, 8, 8, {"keeps": True}, "kept"),
        (7, 8, 8, {"keeps": True}, "unexplained"),
        (7, 8, 8, {"left_out": True}, "forgotten"),
        (7, 8, 9, {"left_out": True}, "unexplained"),
        (7, 8, 8, {}, "unexplained"),
        (7, None, 8, {}, None),
        (5, 5, 8, {"today": date(2026, 9, 10)}, "running"),
        (5, 5, 8, {}, None),
    ],
)
def test_each_cause_needs_numbers_that_fit(
    ours: int, came: int | None, theirs: int, changed: dict[str, Any], cause: str | None
) -> None:
    """A cause is named where the numbers bear it out, and never to explain a difference away."""
    one = Compared(
        date(2026, 9, 10),
        numbers(ours),
        DayRead(1, None if came is None else numbers(came)),
        numbers(theirs),
        numbers(0),
    )
    plain = Circumstances(date(2026, 9, 12), True, False, False, False, True)
    assert cause_of(one, replace(plain, **changed)) == cause
    assert cause is None or cause in CAUSES


def test_what_a_day_was_known_to_be(tmp_path: Path) -> None:
    """The command tells a day as it stood before TikTok corrected it, and as it stands now."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("ad_insights",), advertisers=(FIRST,))
    it.sync()
    day, then = it.today(FIRST) - 3 * DAY, it.world.now().date()
    spend = "SELECT sum(spend) FROM ad_insights WHERE stat_time_day = ?"
    before = it.rows(spend, day)[0][0]
    it.restate(FIRST, day, day, 2000)
    it.pass_days(1)
    it.sync()

    def told(*more: str) -> Any:
        where = ("--destination", f"duckdb:///{it.file}", "--day", str(day), "--json")
        ran = CliRunner().invoke(app, ["status", *where, *more])
        assert ran.exit_code == 0
        return [Decimal(one["spend"]) for one in json.loads(ran.stdout)["tables"]]

    assert told("--as-of", str(then)) == [before]
    assert told() == [it.rows(spend, day)[0][0]] != [before]
    assert told("--as-of", str(then - DAY)) == []


def test_switched_off_it_asks_and_writes_nothing(tmp_path: Path) -> None:
    """No call, no row, no word in the report."""
    it = desk(tmp_path, EAST_AND_WEST, tables=TABLES, reconcile=False)
    planned, ran = it.plan(), it.sync()
    assert "reconcile" not in planned.calls.by_purpose
    assert "reconcile" not in ran.made.by_purpose
    assert ran.agreement == ()
    assert it.rows("SELECT count(*) FROM _quality") == [(0,)]


def test_a_quiet_account_costs_at_most_one_call_more(tmp_path: Path) -> None:
    """An idle account is probed anyway and costs none; a busy one costs one for thirty days."""
    it = desk(tmp_path, MOSTLY_IDLE, tables=TABLES)
    it.sync()
    plain, checked = it.plan(reconcile=False).calls, it.plan().calls
    assert checked.total - plain.total == len(it.advertisers)
    many = (*TABLES, *REPORTS)
    it.sync(tables=many)
    plain, checked = it.plan(tables=many, reconcile=False).calls, it.plan(tables=many).calls
    assert checked.total - plain.total == 1
    ran = it.sync(tables=many)
    assert ran.made.by_purpose["reconcile"] == 1
    assert of(ran, advertiser_id=SECOND).days == of(ran, advertiser_id=SECOND).agreed > 0


def test_many_accounts_cost_a_call_each(tmp_path: Path) -> None:
    """One call for each account that is read, never one for each table or day."""
    tiny = Size(campaigns=1, adgroups_per_campaign=1, ads_per_adgroup=1, history_days=8)
    it = desk(tmp_path, [Plot(PLACES[n % 8], tiny) for n in range(MANY)], tables=LEVELS[:2])
    start = (it.today(FIRST) - 3 * DAY).isoformat()
    it.sync(start_date=start)
    ran = it.sync(start_date=start)
    assert ran.made.by_purpose["reconcile"] == ran.planned.by_purpose["reconcile"] <= MANY
    assert len(ran.agreement) == 2 * MANY
    assert all(one.days == one.agreed for one in ran.agreement)


def test_totals_that_cannot_be_had_leave_the_run_complete(tmp_path: Path) -> None:
    """The rows are true whether or not they could be checked."""
    it = desk(tmp_path, EAST_AND_WEST, tables=("ad_insights",))
    it.fault("code", code=40002, path="report/*", params={"data_level": "AUCTION_ADVERTISER"}, times=None)
    ran = it.sync(probe=False)
    assert ran.outcome == "complete"
    assert ran.agreement == ()


def test_the_report_and_the_readers_tell_it(tmp_path: Path) -> None:
    """The run report as JSON, and what `status` and the app read from the file, say the same."""
    it = desk(tmp_path, WITH_TOP_VIEW, tables=("ad_insights", "advertiser_insights"))
    ran = it.sync()
    told: Any = json.loads(json.dumps(ran.to_json()))["agreement"]
    assert {(one["table"], one["days"], one["agreed"]) for one in told} == {
        (one.table, one.days, one.agreed) for one in ran.agreement
    }
    with open_reader(f"duckdb:///{it.file}") as reader:
        found = agreement(reader)
        day = it.today(FIRST) - 2 * DAY
        now = known_on(reader, day, it.world.now().date()).to_pylist()
        before = known_on(reader, day, it.world.now().date() - 2 * DAY).to_pylist()
    assert {key: (one.days, one.agreed, one.causes) for key, one in found.items()} == {
        (one.table, one.advertiser_id): (one.days, one.agreed, one.causes) for one in ran.agreement
    }
    assert before == []
    assert {row["table_name"] for row in now} == {"ad_insights", "advertiser_insights"}
