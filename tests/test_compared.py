"""Beside other connectors: each report table of theirs is ours, or a report in a few lines, and runs."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import NOW, SPECIAL, Desk, desk
from tiktok_ads.builder import check_definition, definition_from
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator.presets import PLACES, Plot

GENERATE = runpy.run_path(str(Path(__file__).parent.parent / "docs" / "generate_compared.py"))
THEIRS = [one for _, tables in GENERATE["connectors"]().values() for one in tables]
NAMED = [one for one in THEIRS if one.table]
DESCRIBED = [one for one in THEIRS if one.report]
DAYS = 2


def called(one: Any) -> str:
    return f"{one.connector}-{one.name}"


def test_every_connector_is_there() -> None:
    """The seven whose tables are public, each with its tables."""
    assert {one.connector for one in THEIRS} == {
        "singer", "airbyte", "estuary", "fivetran", "databricks", "seatunnel", "ingestr",
    }  # fmt: skip
    assert len(THEIRS) == len({called(one) for one in THEIRS}) >= 100
    assert all(bool(one.table) != bool(one.report) for one in THEIRS)


@pytest.mark.parametrize("one", NAMED, ids=called)
def test_our_table_holds_the_same_rows(one: Any) -> None:
    """The table that is named exists, and its rows are split in the same way."""
    ours = catalog().reports[one.table]
    assert (ours.report_type, ours.data_level, ours.lifetime) == (
        one.report_type,
        one.data_level,
        one.lifetime,
    )
    assert {*ours.dimensions} - {"advertiser_id"} == {*one.dimensions} - {"advertiser_id"}


@pytest.mark.parametrize("one", NAMED, ids=called)
def test_each_of_their_metrics_is_accounted_for(one: Any) -> None:
    """Ours has it, can have it, or says that TikTok's lists do not name it; none is forgotten."""
    found = GENERATE["metrics_of"](one)
    assert sorted((*found.own, *found.extra, *found.refused)) == sorted(one.metrics)
    assert {*one.metrics} <= catalog().metrics.keys()


@pytest.mark.parametrize("one", DESCRIBED, ids=called)
def test_a_report_in_a_few_lines_is_allowed(one: Any) -> None:
    """What stands on the page is accepted as it stands there."""
    assert len(one.report) <= 3
    check_definition(definition_from(one.report_name, ReportSettings.model_validate(one.report)))


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, RunReport]]:
    """One sync of all tables and reports of the page."""
    reports = {one.report_name: ReportSettings.model_validate(one.report) for one in DESCRIBED}
    tables = tuple(dict.fromkeys(one.table for one in NAMED))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
        it = desk(tmp_path_factory.mktemp("compared"), [Plot(PLACES[0], replace(SPECIAL, campaigns=12))])
        start = (NOW.date() - timedelta(days=DAYS)).isoformat()
        report = it.sync(tables=(*tables, *reports), reports=reports, start_date=start)
        with it.looking():
            yield it, report


@pytest.mark.parametrize("one", THEIRS, ids=called)
def test_each_of_theirs_runs(one: Any, synced: tuple[Desk, RunReport]) -> None:
    """It is asked for, comes and lands; where TikTok refuses what they ask, that is said."""
    it, report = synced
    name = one.table or one.report_name
    left_out = [skipped for skipped in report.skipped if skipped.table == name]
    assert bool(left_out) == one.refused
    if not one.refused:
        assert it.rows(f'SELECT count(*) FROM "{name}"')[0][0] > 0
