"""A dataset made in the browser and the same one written by hand are one job, and the terminal runs both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.app_desk import Browser, app_at
from tests.test_app_datasets import FORM as REPLICATION
from tests.test_app_report import FORM as REPORT
from tests.test_cli import Ran
from tests.worlds import EAST_AND_WEST
from tiktok_ads.config import load_settings
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running


@dataclass(frozen=True)
class Case:
    """The same dataset as a form and as text; `address` takes the form."""

    name: str
    address: str
    form: dict[str, str | list[str]]
    by_hand: str
    table: str


CASES = (
    Case(
        "nine",
        "/datasets",
        {**REPLICATION, "tables": ["campaigns", "ad_insights"], "start_date": "2026-09-01"},
        """
        [jobs.nine]
        retries = 2  # the order does not matter
        schedule = "weekdays at 6:00"
        zone = "Europe/Berlin"
        description = "For the team"
        connection = "shop"
        destination = "duckdb:///ads.duckdb"
        start_date = 2026-09-01
        tables = ["campaigns", "ad_insights"]
        """,
        "ad_insights",
    ),
    Case(
        "by_day",
        "/reports",
        REPORT,
        """
        [reports.by_day]
        description = "For Mondays"
        dimensions = ["campaign_id", "stat_time_day"]
        metrics = ["spend", "clicks"]

        [jobs.by_day]
        description = "For Mondays"
        connection = "shop"
        tables = ["by_day"]
        start_date = 2026-09-01
        destination = "duckdb:///ads.duckdb"
        schedule = "daily at 06:00"
        zone = "Europe/Berlin"
        retries = 2
        """,
        "by_day",
    ),
)


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with app_at(served, tmp_path, monkeypatch) as made:
        yield made


def loaded(folder: Path, table: str) -> list[tuple[object, ...]]:
    """What a run brought, but for when it came; the file is taken away."""
    file = folder / "ads.duckdb"
    with closing(duckdb.connect(str(file), read_only=True)) as opened:
        asked = f"SELECT * EXCLUDE (_synced_at, _run_id) FROM tiktok_ads.{table} ORDER BY ALL"
        rows = opened.execute(asked).fetchall()
    file.unlink()
    return rows


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_dataset_made_twice_is_one_job(browser: Browser, tmp_path: Path, case: Case) -> None:
    """The settings are equal, the form is equal, and `tiktok-ads sync JOB` loads the same rows."""
    config = browser.desk.config
    beginning = config.read_text(encoding="utf-8")
    made = browser.post(case.address, data=case.form)
    assert made.headers["location"] == f"/datasets/{case.name}", made.text
    of_the_app = load_settings({"job": case.name}, config=config)
    form = browser.get(f"{case.address}/{case.name}/edit").text
    assert case.name in form
    assert Ran("sync", case.name).code == 0
    rows = loaded(tmp_path, case.table)
    assert rows

    config.write_text(beginning + case.by_hand, encoding="utf-8")
    assert load_settings({"job": case.name}, config=config) == of_the_app
    assert browser.get(f"{case.address}/{case.name}/edit").text == form
    assert Ran("sync", case.name).code == 0
    assert loaded(tmp_path, case.table) == rows
    runs = browser.desk.history.runs(case.name)
    assert [(run.trigger, run.outcome) for run in runs] == [("manual", "complete")] * 2
