"""Reports that TikTok cannot give at once: cut by days, by campaigns, and at last asked for as a task."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.worlds import FIRST, NOW, Desk, desk
from tiktok_ads.simulator.presets import PLACES, Plot, Size

MANY = Size(campaigns=40, adgroups_per_campaign=1, ads_per_adgroup=2, history_days=40)
FEW = Size(campaigns=4, adgroups_per_campaign=1, ads_per_adgroup=3, history_days=40)
ONE = Size(campaigns=1, adgroups_per_campaign=1, ads_per_adgroup=6, history_days=20)


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def at(folder: Path, size: Size, *tables: str, days: int = 25) -> Desk:
    start = (NOW.date() - timedelta(days=days)).isoformat()
    return desk(folder, (Plot(PLACES[1], size),), tables=tables or ("ad_insights",), start_date=start)


def campaign_filters(at: Desk) -> list[int]:
    """How many campaigns each call named."""
    named: list[int] = []
    for asked in at.reports_asked():
        for one in json.loads(asked.get("filtering", "[]")):
            if one["field_name"] == "campaign_ids":
                named.append(len(json.loads(one["filter_value"])))
    return named


def test_a_query_that_is_too_large_is_cut_by_days(tmp_path: Path) -> None:
    """Nobody lowers a window by hand, and the next run begins with what worked."""
    here = at(tmp_path, FEW)
    here.fault(
        "code",
        path="report/integrated/get",
        min_days=10,
        times=None,
        code=40067,
        message="Query is too large.",
    )
    report = here.sync()
    assert (report.outcome, here.wrong()) == ("complete", [])
    assert report.lines[0].splits > 0
    assert report.made.by_purpose.get("task", 0) == 0
    again = here.sync()
    assert again.lines[0].splits == 0
    assert again.made.total < report.made.total
    assert here.wrong() == []


def test_a_day_that_is_too_large_is_cut_by_campaigns(tmp_path: Path) -> None:
    """At most 30 campaigns stand in one call, as TikTok advises."""
    here = at(tmp_path, MANY, days=3)
    here.options(too_large_above=40 * 70)
    report = here.sync()
    assert (report.outcome, here.wrong()) == ("complete", [])
    assert campaign_filters(here)
    assert max(campaign_filters(here)) <= 30


def test_a_report_that_timed_out_is_not_sent_again(tmp_path: Path) -> None:
    """TikTok blocks apps that repeat it; the same request waits ten minutes, smaller ones go out at once."""
    here = at(tmp_path, FEW)
    here.fault("hang", path="report/integrated/get", min_days=10, times=None)
    report = here.sync()
    assert (report.outcome, here.wrong()) == ("complete", [])
    late = [json.dumps(asked, sort_keys=True) for asked in here.reports_asked() if _days(asked) >= 10]
    assert late
    assert max(Counter(late).values()) == 1
    assert here.simulator.quota.counters()["violations"] == {}


def test_rows_cut_at_the_limit_of_ads_are_read_by_campaign(tmp_path: Path) -> None:
    """Only a response header tells of the cut; all of the spend is there all the same."""
    here = at(tmp_path, MANY)
    here.options(cut_above=60)
    report = here.sync()
    assert (report.outcome, here.wrong()) == ("complete", [])
    assert report.lines[0].splits > 0
    first = len(here.asked)
    assert here.sync().outcome == "complete"
    assert here.wrong() == []
    whole = [one for one in here.reports_asked()[first:] if "campaign_ids" not in one.get("filtering", "")]
    assert all(json.loads(one["dimensions"]) != ["ad_id", "stat_time_day"] for one in whole)


def test_a_campaign_that_is_cut_by_itself_comes_as_a_task(tmp_path: Path) -> None:
    """What no call can give at once comes asynchronously, and is held against the advertiser's total."""
    here = at(tmp_path, ONE, days=8)
    here.options(cut_above=2)
    report = here.sync()
    assert report.made.by_purpose["task"] >= 3
    assert (report.outcome, here.wrong()) == ("complete", [])


def test_a_task_that_does_not_add_up_is_partial(tmp_path: Path) -> None:
    """Asynchronous reports lack a deleted ad's spend: the days are loaded, but not called complete."""
    here = at(tmp_path, ONE, days=8)
    ad = next(one for one in here.world.items(here.world.advertisers[FIRST], "ad"))
    here.delete("ad", ad.id)
    here.options(cut_above=2)
    report = here.sync()
    assert report.outcome == "partial"
    assert any("adds up to" in one.what for one in report.skipped)
    assert report.lines[0].complete_to is None
    here.options(cut_above=20_000)
    assert here.sync().outcome == "complete"
    assert here.wrong() == []


def test_countries_of_a_task_are_codes(tmp_path: Path) -> None:
    """Asynchronous reports name countries; the table holds codes like those of every other day."""
    here = at(tmp_path, ONE, "ad_insights_by_country", days=8)
    here.options(cut_above=2)
    report = here.sync()
    assert report.made.by_purpose["task"] >= 3
    codes = {code for (code,) in here.rows("SELECT DISTINCT country_code FROM ad_insights_by_country")}
    assert codes
    assert all(len(code) == 2 for code in codes)
    assert any("lacks (NULL)" in note.text and "result_rate" in note.text for note in report.notes)


def _days(asked: dict[str, str]) -> int:
    return (date.fromisoformat(asked["end_date"]) - date.fromisoformat(asked["start_date"])).days + 1
