"""A report that is replaced holds the days that its owner chose last, through a whole run's slices."""

from __future__ import annotations

from dataclasses import replace

from tests.loading import REPORT, day, window
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
