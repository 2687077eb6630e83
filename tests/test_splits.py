"""Reports that are too large for one call: how they are cut, that nothing is lost, and what is learnt."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import FIRST, NOW, RUN_COLUMNS, SECOND, Desk, desk
from tiktok_ads.extract.requests import CAMPAIGNS_PER_CALL
from tiktok_ads.load import Outcome
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator import changes
from tiktok_ads.simulator.presets import PLACES, Plot, Size
from tiktok_ads.sync.loader import Loader
from tiktok_ads.sync.read import Read

DAY = timedelta(days=1)
HEAVY = Size(campaigns=3, adgroups_per_campaign=1, ads_per_adgroup=4, history_days=45)
ONE = (Plot(PLACES[5], HEAVY),)
TWO = (Plot(PLACES[5], HEAVY), Plot(PLACES[0], HEAVY))
TOP_VIEW = (Plot(PLACES[0], Size(campaigns=6, adgroups_per_campaign=1, ads_per_adgroup=3, specials=True)),)


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def month(tmp_path: Path, plots: tuple[Plot, ...] = ONE, **settings: object) -> Desk:
    said: dict[str, Any] = {"tables": ("ad_insights",), "start_date": (NOW.date() - 28 * DAY).isoformat()}
    return desk(tmp_path, plots, **{**said, **settings})


def complete(report: RunReport) -> RunReport:
    assert report.skipped == ()
    assert report.outcome == "complete"
    return report


def lengths(it: Desk, since: int = 0) -> list[int]:
    """How many days each ad report asked for."""
    return [
        (date.fromisoformat(one["end_date"]) - date.fromisoformat(one["start_date"])).days + 1
        for path, one in it.asked[since:]
        if path == "report/integrated/get" and one["data_level"] == "AUCTION_AD"
    ]


def asked_again(it: Desk, since: int = 0) -> list[tuple[tuple[str, str], ...]]:
    """Report requests that went out more than once, to the letter."""
    sent = [tuple(sorted(one.items())) for path, one in it.asked[since:] if path == "report/integrated/get"]
    return [one for one in set(sent) if sent.count(one) > 1]


@pytest.mark.parametrize("longest", [15, 7, 2, 1])
def test_too_many_days_are_asked_in_parts_and_that_is_learnt(tmp_path: Path, longest: int) -> None:
    """40067 halves the days until TikTok answers; the next run begins with what worked."""
    it = month(tmp_path)
    it.fault(
        "code", code=40067, path="report/*", min_days=longest + 1, times=None, params={"data_level": "AD"}
    )
    first = complete(it.sync())
    assert it.wrong() == []
    assert sum(line.splits for line in first.lines) > 0
    refused = [days for days in lengths(it) if days > longest]
    assert len(refused) <= 5
    before = len(it.asked)
    it.pass_days(1)
    second = complete(it.sync())
    assert it.wrong() == []
    assert max(lengths(it, before)) <= longest
    assert second.made.total < first.made.total
    assert second.planned.total == second.made.total


def test_a_single_day_that_is_too_large_is_asked_by_campaigns(tmp_path: Path) -> None:
    """Where fewer days do not help, fewer campaigns do."""
    it = month(tmp_path, start_date=(NOW.date() - 3 * DAY).isoformat())
    it.options(too_large_above=4 * 60)
    complete(it.sync())
    assert it.wrong() == []
    before = len(it.asked)
    complete(it.sync())
    assert all("campaign_ids" in one["filtering"] for one in ads_asked(it, before))


def ads_asked(it: Desk, since: int = 0) -> list[dict[str, str]]:
    return [
        one
        for path, one in it.asked[since:]
        if path == "report/integrated/get" and one["data_level"] == "AUCTION_AD"
    ]


@pytest.mark.parametrize("longest", [10, 1])
def test_a_report_that_timed_out_never_goes_out_again_unchanged(tmp_path: Path, longest: int) -> None:
    """It is asked in parts at once; neither this run nor one soon after repeats what was too slow."""
    it = month(tmp_path)
    it.fault("hang", path="report/*", min_days=longest + 1, times=None)
    complete(it.sync())
    assert it.wrong() == []
    assert asked_again(it) == []
    it.clock.now += 60
    complete(it.sync())
    slow = [one for one in asked_again(it) if spans(one) > longest]
    assert slow == []
    assert "repeated_after_timeout" not in it.simulator.quota.violations


def spans(one: tuple[tuple[str, str], ...]) -> int:
    said = dict(one)
    return (date.fromisoformat(said["end_date"]) - date.fromisoformat(said["start_date"])).days + 1


def test_reports_that_always_time_out_are_left_alone_soon(tmp_path: Path) -> None:
    """TikTok slows apps down whose reports time out: a slice gives up after a few, and says so."""
    it = month(tmp_path, TWO)
    it.fault("hang", path="report/integrated/get", advertiser_id=FIRST, times=None)
    ran = it.sync()
    assert ran.outcome == "partial"
    assert {one.advertiser_id for one in ran.skipped} == {FIRST}
    assert it.wrong(advertisers=[SECOND]) == []
    mine = [one for one in it.reports_asked() if one["advertiser_id"] == FIRST]
    assert len(mine) <= 16
    assert asked_again(it) == []
    it.clock.now += 60
    asked = len(it.asked)
    it.sync()
    repeated = {tuple(sorted(one.items())) for one in mine} & {
        tuple(sorted(one.items())) for path, one in it.asked[asked:] if path == "report/integrated/get"
    }
    assert repeated == set()


@pytest.mark.parametrize("entities", [True, False])
def test_reports_cut_at_twenty_thousand_ads_are_asked_by_campaigns(tmp_path: Path, entities: bool) -> None:
    """The header is the only sign; every campaign's spend is there, from the lists or without them."""
    tables = ("campaigns", "ad_insights") if entities else ("ad_insights",)
    it = month(tmp_path, (Plot(PLACES[0], Size(campaigns=40, adgroups_per_campaign=1, ads_per_adgroup=2)),))
    it.options(cut_above=62)
    first = complete(it.sync(tables=tables))
    assert it.wrong(tables=tables) == []
    chunks = [json.loads(one["filtering"]) for one in ads_asked(it) if "campaign_ids" in one["filtering"]]
    sizes = [
        len(json.loads(one["filter_value"]))
        for f in chunks
        for one in f
        if one["field_name"] == "campaign_ids"
    ]
    assert max(sizes) <= CAMPAIGNS_PER_CALL
    assert not entities or [(sum(sizes),)] == it.rows("SELECT count(*) FROM campaigns")
    before = len(it.asked)
    second = complete(it.sync(tables=tables))
    assert it.wrong(tables=tables) == []
    assert all("campaign_ids" in one["filtering"] for one in ads_asked(it, before))
    assert second.made.total < first.made.total
    if entities:
        assert second.planned.by_purpose["split"] == second.made.by_purpose["split"] == 2
        assert second.planned.total == second.made.total


def test_a_campaign_that_alone_is_cut_comes_as_a_task(tmp_path: Path) -> None:
    """The asynchronous report is never cut; what it lacks is said, and the next run asks for it at once."""
    wider = {"ad_insights": {"extra_metrics": ["billed_cost"]}}
    it = month(
        tmp_path,
        start_date=(NOW.date() - 6 * DAY).isoformat(),
        tables=("campaigns", "ad_insights"),
        table_settings=wider,
    )
    it.options(cut_above=3)
    first = complete(it.sync())
    assert it.wrong() == []
    assert first.made.by_purpose["task"] >= 3
    lacks = next(note.text for note in first.notes if "lacks" in note.text)
    assert "billed_cost" in lacks
    assert it.rows("SELECT count(billed_cost), count(*) > 0 FROM ad_insights") == [(0, True)]
    second = complete(it.sync())
    assert it.wrong() == []
    assert second.made.total < first.made.total
    assert second.made.by_purpose["task"] < first.made.by_purpose["task"]
    assert sum(line.splits for line in second.lines) < sum(line.splits for line in first.lines)


def test_countries_of_a_task_come_as_codes(tmp_path: Path) -> None:
    """It names countries where the other reports have codes; the table has codes."""
    world = (Plot(PLACES[4], HEAVY),)
    table = ("ad_insights_by_country",)
    it = month(tmp_path, world, tables=table, start_date=(NOW.date() - 3 * DAY).isoformat())
    it.options(cut_above=3)
    complete(it.sync())
    assert it.wrong() == []
    assert set(it.rows("SELECT DISTINCT country_code FROM ad_insights_by_country")) == {
        ("EG",),
        ("SA",),
        ("None",),
    }


def test_a_task_that_differs_from_the_total_is_partial_and_asked_again(tmp_path: Path) -> None:
    """A task has no status filter: without the deleted campaign's spend the days do not count as read."""
    it = month(tmp_path, start_date=(NOW.date() - 6 * DAY).isoformat(), tables=("campaigns", "ad_insights"))
    it.options(cut_above=3)
    biggest = it.world.items(it.world.advertisers[FIRST], "campaign")[-1]
    it.pass_days(0)
    it.delete("campaign", biggest.id)
    ran = it.sync()
    assert ran.outcome == "partial"
    assert any("adds up to" in one.what and one.remedy for one in ran.skipped)
    assert it.bookmarks()["ad_insights", FIRST].days == ()
    it.options(cut_above=20_000)
    complete(it.sync())
    assert it.wrong() == []


def test_top_view_does_not_spoil_the_check_of_a_task(tmp_path: Path) -> None:
    """TopView stands in no total of the advertiser, so it is left out where the two are compared."""
    it = month(tmp_path, TOP_VIEW, start_date=(NOW.date() - 3 * DAY).isoformat(), tables=("ad_insights",))
    one = it.world.advertisers[FIRST]
    plain = it.aside("plain")
    complete(plain.sync())
    adgroup = next(
        item
        for item in it.world.existing(one, "adgroup")
        if (item.buying_type, item.origin, item.automation) == ("AUCTION", "TT_ADS_PLATFORM", "MANUAL")
    )
    for _ in range(4):
        changes.create(it.world, "ad", parent_id=adgroup.id)
    it.options(cut_above=6)
    ran = it.sync()
    assert ran.made.by_purpose["task"] > 0
    assert all("adds up" not in one.what for one in ran.skipped), ran.skipped
    assert spend(it) == spend(plain)


def test_top_view_is_cut_by_days_too(tmp_path: Path) -> None:
    """Its own call may be too large as well."""
    it = month(tmp_path, TOP_VIEW)
    it.fault("code", code=40067, path="report/*", min_days=8, times=None)
    complete(it.sync())
    assert it.wrong() == []


def spend(it: Desk) -> list[tuple[Decimal, int]]:
    return it.rows("SELECT sum(spend), sum(clicks) FROM ad_insights")


def test_parts_leave_the_same_table_as_the_whole(tmp_path: Path) -> None:
    """However a report had to be cut, each cell is the one that a single call gives."""
    it = month(tmp_path)
    complete(it.sync())
    cut = it.aside("cut")
    cut.fault("code", code=40067, path="report/*", min_days=4, times=None)
    complete(cut.sync())
    cut.heal()
    by_campaign = it.aside("by_campaign")
    by_campaign.options(cut_above=8)
    complete(by_campaign.sync())
    whole = it.content(*RUN_COLUMNS)
    assert cut.content(*RUN_COLUMNS) == whole
    assert by_campaign.content(*RUN_COLUMNS) == whole


@pytest.fixture
def held_at_once(monkeypatch: pytest.MonkeyPatch) -> int:
    """Few rows fit into memory."""
    few = 60
    monkeypatch.setattr("tiktok_ads.extract.reports.MOST_ROWS", few)
    monkeypatch.setattr("tiktok_ads.sync.estimate.MOST_ROWS", few)
    return few


@pytest.mark.parametrize("by_campaign", [False, True])
def test_a_long_report_is_loaded_in_steps_however_it_is_cut(
    tmp_path: Path, held_at_once: int, monkeypatch: pytest.MonkeyPatch, by_campaign: bool
) -> None:
    """Memory does not grow with a window: no load is much larger than what is held at once."""
    sizes: list[int] = []
    load = Loader.load

    async def noted(self: Loader, read: Read) -> Outcome:
        sizes.append(read.rows.num_rows)
        return await load(self, read)

    plain = month(tmp_path)
    complete(plain.sync())
    monkeypatch.setattr(Loader, "load", noted)
    it = plain.aside("steps")
    if by_campaign:
        it.options(cut_above=8)
    first = complete(it.sync())
    assert it.content(*RUN_COLUMNS) == plain.content(*RUN_COLUMNS)
    assert sum(sizes) > 3 * held_at_once
    assert max(sizes) <= 2 * held_at_once

    since = len(it.asked)
    again = complete(it.sync(backfill=True))
    assert again.made.total <= first.made.total
    assert it.content(*RUN_COLUMNS) == plain.content(*RUN_COLUMNS)
    if by_campaign:
        # What was learnt is begun with: nothing is asked that will be cut.
        assert all("campaign_ids" in one.get("filtering", "") for one in ads_asked(it, since))


def test_a_plan_foresees_the_steps_of_a_long_report(tmp_path: Path, held_at_once: int) -> None:
    """A window with more rows than are held at once takes a call for each step, and one that found out."""
    it = month(tmp_path, probe=False)
    complete(it.sync())
    again = complete(it.sync(backfill=True))
    assert again.made.by_purpose["first_page"] > 3
    assert again.planned == again.made


def test_learnt_days_are_steps_from_the_beginning(tmp_path: Path) -> None:
    """A report that had to be asked by so many days is loaded by so many days, and planned so."""
    it = month(tmp_path, probe=False)
    it.fault("code", code=40067, path="report/*", min_days=8, times=None)
    complete(it.sync())
    assert it.wrong() == []
    again = complete(it.sync(backfill=True))
    assert again.planned == again.made
    assert it.wrong() == []
