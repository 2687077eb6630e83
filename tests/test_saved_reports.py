"""Reports of the settings file as tables: read again without change, and rolled on a day later."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.worlds import EAST_AND_WEST, FIRST, SECOND, Desk, desk
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator.truth import true_rows

REPORTS = {
    "weekly": {"dimensions": "campaign_id,stat_time_day", "metrics": "spend,reach", "roll_up": "week"},
    "snapshots": {
        "dimensions": "campaign_id,age",
        "metrics": "spend",
        "dates": "last 7 days",
        "update_method": "append",
    },
    "parts": {"dimensions": "ad_id,age,stat_time_day", "metrics": "spend,complete_payment"},
}


@pytest.fixture
def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    return desk(tmp_path, EAST_AND_WEST)


def sync(it: Desk, **more: object) -> RunReport:
    described = {name: ReportSettings.model_validate({**said, **more}) for name, said in REPORTS.items()}
    return it.sync(reports=described, tables=tuple(described))


def test_reports_are_kept_like_any_table(it: Desk) -> None:
    """A second run changes nothing but the snapshots, and a new day comes with the next."""
    first, again = sync(it), sync(it)
    assert (first.outcome, again.outcome) == ("complete", "complete")
    for line in again.lines:
        changed = line.inserted + line.updated + line.deleted
        assert (changed > 0) == (line.table == "snapshots"), line
    before = it.rows("SELECT count(*) FROM parts")
    it.pass_days(1)
    sync(it)
    assert it.rows("SELECT count(*) FROM parts") > before
    assert it.rows("SELECT count(DISTINCT _run_id) FROM snapshots") == [(3,)]


def test_weeks_are_whole_and_what_tiktok_says_of_them(it: Desk) -> None:
    """The first one begins with its monday, and its spend and reach are those of the week itself."""
    sync(it)
    held = it.rows(
        "SELECT campaign_id, spend, reach, period_last_day, stat_time_day FROM weekly "
        "WHERE advertiser_id = ? AND stat_time_day = (SELECT min(stat_time_day) FROM weekly)",
        FIRST,
    )
    monday, sunday = held[0][4], held[0][3]
    assert (monday.strftime("%A"), sunday.strftime("%A")) == ("Monday", "Sunday")
    true = true_rows(
        it.world,
        advertiser_ids=[FIRST],
        data_level="AUCTION_CAMPAIGN",
        dimensions=["campaign_id"],
        metrics=["spend", "reach"],
        first=monday,
        last=sunday,
    )
    expected = {(row["campaign_id"], Decimal(row["spend"]), int(row["reach"])) for row in true}
    assert {(row[0], row[1], row[2]) for row in held} == {one for one in expected if one[1]}


def test_a_report_keeps_to_its_own_advertisers(it: Desk) -> None:
    """Others of the same sync are left out, and nobody at all is a mistake that is named."""
    report = sync(it, advertisers=SECOND)
    assert {line.advertiser_id for line in report.lines} == {SECOND}
    with pytest.raises(ConfigError, match="whom this run leaves out"):
        sync(it, advertisers="7000000000000000009")
