"""Every table at once, as `*` asks for them: it fits into memory, is complete, and stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import EAST_AND_WEST, NOW, desk
from tiktok_ads.catalog.lookup import catalog


def test_all_tables_together_are_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes everything gets everything, in one run, but nobody's personal data."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    it = desk(tmp_path, EAST_AND_WEST[:1], tables=("*",), start_date=NOW.date().isoformat())
    plan = it.plan()
    report = it.sync()
    assert report.outcome == "complete", report.skipped
    assert report.planned == plan.calls
    chosen = {one.name for one in catalog().streams.values() if not one.personal_data} | {"advertisers"}
    assert {line.table for line in report.lines} == chosen
    integrated = [one for one in catalog().reports.values() if one.endpoint == "report/integrated/get"]
    filled = {line.table for line in report.lines if line.rows_read}
    # An account may well have no playables, shops or reservation ads, and nobody has catalogs by default.
    assert len(filled & {one.name for one in integrated}) > 0.9 * len(integrated) - len(
        [one for one in integrated if one.group in ("playable reports", "GMV Max ads", "reservation reports")]
    )
