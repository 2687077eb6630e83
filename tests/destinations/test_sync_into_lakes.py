"""A whole sync into a lake: every value that a sync into DuckDB holds, and nothing new the second time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.destinations.lakes import ask_lake
from tests.worlds import EAST_AND_WEST, NOW, desk

TABLES = ("advertisers", "campaigns", "adgroups", "ads", "ad_insights", "ad_insights_by_age_and_gender")


@pytest.mark.timeout(600)
def test_a_sync_into_a_lake_holds_what_one_into_duckdb_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    first = NOW.date() - timedelta(days=3)
    it = desk(tmp_path, EAST_AND_WEST, start_date=first.isoformat(), tables=TABLES)
    assert it.sync().outcome == "complete"
    for url in (f"parquet:///{tmp_path}/parquet", f"delta:///{tmp_path}/delta"):
        assert it.sync(destination=url).outcome == "complete"
        for table in TABLES:
            columns = it.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_name = ?", table
            )
            picked = ", ".join(f'CAST("{name}" AS VARCHAR)' for (name,) in columns if str(name)[0] != "_")
            held = f"SELECT {picked} FROM {table}"
            assert sorted(map(repr, ask_lake(url, held))) == sorted(map(repr, it.rows(held))), table

        again = it.sync(destination=url)
        assert again.outcome == "complete"
        assert ask_lake(url, "SELECT count(*) FROM ads__changes") == [(0,)]
        assert ask_lake(url, "SELECT count(DISTINCT _run_id) FROM ad_insights") == [(1,)]
        assert ask_lake(url, "SELECT count(*) FROM _runs") == [(2,)]
