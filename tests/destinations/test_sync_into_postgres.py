"""A whole sync into Postgres: every value that a sync into DuckDB holds, and nothing new the second time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.destinations.places import Place
from tests.worlds import EAST_AND_WEST, NOW, desk

TABLES = ("advertisers", "campaigns", "adgroups", "ads", "ad_insights", "ad_insights_by_age_and_gender")
PLAIN = ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE")


@pytest.mark.timeout(600)
def test_a_sync_into_postgres_holds_what_one_into_duckdb_holds(
    postgres: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    first = NOW.date() - timedelta(days=3)
    it = desk(tmp_path, EAST_AND_WEST, start_date=first.isoformat(), tables=TABLES)
    assert it.sync().outcome == "complete"
    assert it.sync(destination=postgres.url).outcome == "complete"

    for table in TABLES:
        columns = it.rows(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?", table
        )
        picked = [f'"{name}"' for name, kind in columns if kind in PLAIN and not str(name).startswith("_")]
        picked += [f'CAST("{name}" AS VARCHAR)' for name, kind in columns if str(kind).startswith("DECIMAL")]
        assert len(picked) > len(columns) // 2
        held = f"SELECT {', '.join(picked)} FROM {table}"
        assert sorted(map(repr, postgres.ask(held))) == sorted(map(repr, it.rows(held))), table

    again = it.sync(destination=postgres.url)
    assert again.outcome == "complete"
    assert postgres.ask("SELECT count(*) FROM ads__changes") == [(0,)]
    assert postgres.ask("SELECT count(DISTINCT _run_id) FROM ad_insights") == [(1,)]
