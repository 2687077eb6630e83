"""`tiktok-ads query`: one SELECT on the terminal or into a file, and nothing else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.loading import ad, ads, later
from tiktok_ads.cli.main import app
from tiktok_ads.load import open_destination


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    with open_destination("ads.duckdb") as opened:
        opened.commit([ads([ad("7", ad_name="=1+1"), ad("8")])], run_id="r1", at=later(0))
    return "ads.duckdb"


def test_rows_are_printed_or_written(place: str, tmp_path: Path) -> None:
    run = CliRunner()
    sql = "SELECT ad_id, ad_name FROM ads ORDER BY 1"
    shown = run.invoke(app, ["query", sql, "--destination", place])
    assert shown.exit_code == 0, shown.output
    assert "Ad 8" in shown.output
    told = run.invoke(app, ["query", "-", "--destination", place, "--json"], input=sql)
    assert json.loads(told.stdout)["data"][0] == {"ad_id": "7", "ad_name": "=1+1"}
    saved = run.invoke(app, ["query", sql, "--destination", place, "-o", "out.csv"])
    assert "2 rows in out.csv" in saved.output
    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.reader(file))[1] == ["7", "'=1+1"]
    again = run.invoke(app, ["query", sql, "--destination", place, "-o", "out.csv"])
    assert again.exit_code == 2
    assert "exists already" in again.output


@pytest.mark.parametrize("sql", ["DROP TABLE ads", "SELECT 1; SELECT 2", "SELEC 1", ""])
def test_anything_but_one_select_is_refused(place: str, sql: str) -> None:
    before = Path(place).read_bytes()
    told = CliRunner().invoke(app, ["query", sql, "--destination", place])
    assert told.exit_code == 2
    assert Path(place).read_bytes() == before


def test_nothing_is_made_by_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["query", "SELECT 1", "--destination", "none.duckdb"])
    assert (told.exit_code, "no file" in told.output) == (2, True)
    assert not (tmp_path / "none.duckdb").exists()
