"""Reports of accounts larger than one answer covers: past 20,000 ads, or too large at once."""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.worlds import FIRST, NOW, Desk, desk
from tiktok_ads.simulator.presets import big
from tiktok_ads.simulator.truth import true_rows

FULL = os.environ.get("TIKTOK_ADS_BATTERY") == "full"
ADS = 30_000
DAYS = 30 if FULL else 3
METRICS = ("spend", "impressions")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def landed(it: Desk, table: str) -> tuple[int, Decimal, int]:
    count, spend, shown = it.rows(f'SELECT count(*), sum(spend), sum(impressions) FROM "{table}"')[0]
    return int(str(count)), Decimal(str(spend)), int(str(shown))


def true(it: Desk, dimensions: list[str], first: date | None) -> tuple[int, Decimal, int]:
    rows = true_rows(
        it.world,
        advertiser_ids=[FIRST],
        data_level="AUCTION_AD",
        dimensions=dimensions,
        metrics=METRICS,
        first=first,
        lifetime=first is None,
    )
    return (
        len(rows),
        sum((Decimal(row["spend"]) for row in rows), Decimal()),
        sum(int(Decimal(row["impressions"])) for row in rows),
    )


def test_thirty_thousand_ads_are_complete_for_all_time(tmp_path: Path) -> None:
    """TikTok covers 20,000 ads in a report and tells in a header alone; none of the others is missing."""
    it = desk(tmp_path, big(ADS), tables=("ad_insights_lifetime",), start_date="2026-09-20")
    assert len(it.world.items(it.world.advertisers[FIRST], "ad")) == ADS
    report = it.sync()
    assert report.outcome == "complete", report.skipped
    assert any("campaign_ids" in params.get("filtering", "") for params in it.reports_asked())
    assert landed(it, "ad_insights_lifetime") == true(it, ["ad_id"], None)
    assert landed(it, "ad_insights_lifetime")[0] > 20_000


def test_what_is_too_large_at_once_completes_by_itself(tmp_path: Path) -> None:
    """Thirty days of it are refused with 40067, so less is asked at a time, and nothing is missing."""
    first = NOW.date() - timedelta(days=DAYS)
    it = desk(tmp_path, big(2_000), tables=("ad_insights",), start_date=first.isoformat())
    it.options(too_large_above=2_000 * 69 * DAYS // 2)
    report = it.sync()
    assert report.outcome == "complete", report.skipped
    assert it.simulator.quota.answers["40067"] > 0
    assert landed(it, "ad_insights") == true(it, ["ad_id", "stat_time_day"], first)
