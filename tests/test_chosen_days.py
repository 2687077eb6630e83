"""A report that is replaced holds the days that its owner chose last, through a whole run's slices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.loading import REPORT, day, window
from tests.worlds import FIRST, desk
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.plan import Bookmark, LoadedDays, Slice, within
from tiktok_ads.sync.loader import chosen_days


def test_days_outside_are_let_go_of() -> None:
    days = (LoadedDays(day(1), day(5), "s", "c"), LoadedDays(day(8), day(9), "s", "c"))
    bookmark = Bookmark("ad_insights", "1", days)
    assert within(bookmark, window(4, 8)).days == (
        LoadedDays(day(4), day(5), "s", "c"),
        LoadedDays(day(8), day(8), "s", "c"),
    )
    assert within(bookmark, window(6, 7)).days == ()


def test_only_replaced_reports_with_chosen_days_are_cut() -> None:
    """A table that grows by its start date keeps all it has; so does every other update method."""
    replaced = replace(REPORT, update_method="replace")
    slices = [
        Slice(replaced, "1", window(3, 4), reason="chosen"),
        Slice(replaced, "1", window(5, 9), reason="chosen"),
        Slice(replaced, "2", window(5, 9), reason="lookback"),
        Slice(REPORT, "3", window(5, 9), reason="chosen"),
    ]
    assert chosen_days(slices) == {("ad_insights", "1"): window(3, 9)}


@pytest.mark.parametrize(
    ("method", "held"),
    [
        ("replace", [18, 19, 20]),
        ("partition", [17, 18, 19, 20]),
        ("append", [17, 18, 18, 19, 19, 20]),
        ("merge", [17, 18, 19, 20]),
    ],
)
def test_a_synced_report_keeps_what_its_update_method_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, held: list[int]
) -> None:
    """«Three days» and again a day later: replaced there are three, partitioned four, appended both looks."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    mine = ReportSettings.model_validate(
        {
            "data_level": "AUCTION_ADVERTISER",
            "dimensions": ("advertiser_id", "stat_time_day"),
            "metrics": ("spend",),
            "dates": "6..4",
            "update_method": method,
        }
    )
    it = desk(tmp_path, tables=("mine",), reports={"mine": mine}, advertisers=(FIRST,))
    assert it.sync().outcome == "complete"
    it.pass_days(1)
    assert it.sync().outcome == "complete"
    assert it.rows("SELECT day(stat_time_day) FROM mine ORDER BY ALL") == [(number,) for number in held]
