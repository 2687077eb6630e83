"""Our tables in a dlt pipeline of somebody's own: what lands is what TikTok says, run after run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.worlds import Desk, desk
from tiktok_ads import dlt_source
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError

TABLES = ("campaigns", "campaign_insights")
NUMBERS = "SELECT campaign_id, stat_time_day, spend, impressions FROM {0}.campaign_insights ORDER BY ALL"
LISTED = "SELECT advertiser_id, campaign_id, campaign_name FROM {0}.campaigns ORDER BY ALL"


@pytest.fixture
def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    return desk(tmp_path, "tiny")


def source(it: Desk, tables: tuple[str, ...] = TABLES, **changed: object) -> Any:
    return dlt_source(it.settings(**changed), tables=tables, transport=it.line, now=it.world.now())


def load(it: Desk, given: Any) -> None:
    import dlt

    there = dlt.destinations.duckdb(str(it.folder / "own.duckdb"))
    pipeline = dlt.pipeline(
        "own", pipelines_dir=str(it.folder / "dlt"), destination=there, dataset_name="ads"
    )
    pipeline.run(given)


def ask(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(file) as connection:
        return connection.execute(sql).fetchall()


def test_two_runs_hold_what_a_sync_holds(it: Desk) -> None:
    """Restated days are replaced, rows that TikTok no longer has go, and no day is doubled."""
    own = it.folder / "own.duckdb"
    load(it, source(it))
    first = len(it.reports_asked())
    assert ask(own, NUMBERS.format("ads")) != []
    newest = "WHERE _part = (SELECT max(_part) FROM ads.campaign_insights)"
    for sql in (
        f"UPDATE ads.campaign_insights SET spend = spend + 1 {newest}",
        "INSERT INTO ads.campaign_insights BY NAME SELECT * REPLACE ('9' AS campaign_id) "
        f"FROM ads.campaign_insights {newest} LIMIT 1",
        "INSERT INTO ads.campaigns BY NAME SELECT * REPLACE ('9' AS campaign_id) FROM ads.campaigns LIMIT 1",
    ):
        ask(own, sql)
    it.pass_days(2)
    load(it, source(it))
    assert len(it.reports_asked()) - first <= first, "history is not read again"
    it.sync(tables=TABLES)
    for sql in (NUMBERS, LISTED):
        assert ask(own, sql.format("ads")) == ask(it.file, sql.format("tiktok_ads"))


def test_it_runs_where_an_event_loop_runs(it: Desk) -> None:
    """As in a notebook."""

    async def notebook() -> None:
        load(it, source(it, ("campaigns",)))

    asyncio.run(notebook())
    assert ask(it.folder / "own.duckdb", LISTED.format("ads")) != []


def test_a_failed_read_loads_and_remembers_nothing(it: Desk) -> None:
    """The pipeline's next run reads the days again."""
    from dlt.pipeline.exceptions import PipelineStepFailed

    it.fault("code", code=40105, path="campaign/get", times=None)
    with pytest.raises(PipelineStepFailed, match="campaigns could not be read"):
        load(it, source(it, ("campaigns",)))
    it.heal()
    load(it, source(it, ("campaigns",)))
    assert ask(it.folder / "own.duckdb", LISTED.format("ads")) != []


def test_what_cannot_be_promised_is_refused(it: Desk) -> None:
    """A table that only grows would be doubled by a repeat."""
    grows = ReportSettings.model_validate(
        {"dimensions": "campaign_id", "metrics": "spend", "dates": "last 7 days", "update_method": "append"}
    )
    with pytest.raises(ConfigError, match="append"):
        source(it, ("grows",), reports={"grows": grows})
