"""What `tiktok-ads report` writes: the same rows in every format, weeks as meant, nothing by half."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests.test_output import sheet_cells
from tests.worlds import FIRST, SMALL
from tiktok_ads.cli.main import app
from tiktok_ads.simulator.logins import TOKEN
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import PLACES, Plot
from tiktok_ads.simulator.server import Running, running
from tiktok_ads.simulator.truth import true_rows

ADS = (
    "--dimension",
    "ad_id,stat_time_day",
    "--metric",
    "campaign_name,spend,clicks",
    "--dates",
    "last 3 days",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    plot = Plot(PLACES[0], replace(SMALL, campaigns=8))
    with running([plot], options=Options(tier=None)) as made:
        yield made


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Running) -> None:
    """A folder and variables of the test's own."""
    for name in list(os.environ):
        if name.startswith("TIKTOK_ADS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("TIKTOK_ADS_API_URL", server.url)
    monkeypatch.setenv("TIKTOK_ADS_TIER", "ultimate")
    monkeypatch.chdir(tmp_path)


def said(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["report", "--advertiser", FIRST, *arguments])
    assert "Traceback" not in result.output, result.output
    assert result.exit_code == code, result.output
    return result


def rows_of(file: str) -> list[dict[str, Any]]:
    with open(file, encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def key(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["ad_id"]), str(row["stat_time_day"])[:10]


def test_every_format_holds_the_same_rows() -> None:
    """Ids, cents and names are the same in CSV, JSON lines, Parquet and Excel."""
    for ending in ("csv", "jsonl", "parquet", "xlsx"):
        said(*ADS, "--keep-formulas", "-o", f"out.{ending}")
    spend = {key(row): Decimal(row["spend"]) for row in rows_of("out.csv")}
    assert len(spend) > 5
    lines = [json.loads(line, parse_float=Decimal) for line in Path("out.jsonl").read_text().splitlines()]
    assert {key(row): row["spend"] for row in lines} == spend
    table = pq.read_table("out.parquet").to_pylist()
    assert {key(row): row["spend"] for row in table} == spend
    names, *cells = sheet_cells(Path("out.xlsx"))
    place = [text for _, text in names].index("ad_id")
    assert sorted(row[place] for row in cells) == sorted(("inlineStr", ad) for ad, _ in spend)
    amounts = [text for _, text in names].index("spend")
    assert sum(Decimal(row[amounts][1]) for row in cells) == sum(spend.values())
    assert {row["campaign_name"] for row in lines} == {row["campaign_name"] for row in rows_of("out.csv")}


def test_names_that_look_like_formulas_are_disarmed_unless_that_is_asked_for() -> None:
    """The same campaign is safe for a spreadsheet by default, and itself for a program."""
    campaigns = ("--dimension", "campaign_id", "--metric", "campaign_name", "--dates", "lifetime")
    said(*campaigns, "-o", "safe.csv")
    said(*campaigns, "-o", "raw.csv", "--keep-formulas", "--bom")
    raw = {row["campaign_name"] for row in rows_of("raw.csv")}
    risky = {name for name in raw if name[:1] in "=+-@"}
    assert risky
    safe = {row["campaign_name"] for row in rows_of("safe.csv")}
    assert safe == {f"'{name}" if name in risky else name for name in raw}
    assert Path("raw.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not Path("safe.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_week_begins_when_i_say(server: Running) -> None:
    """`--week-start sunday` holds for the dates and for the roll-up, and the sum is TikTok's."""
    said("--dimension", "advertiser_id,stat_time_day", "--metric", "spend", "--dates", "last week",
         "--week-start", "sunday", "-o", "days.csv")  # fmt: skip
    days = sorted(row["stat_time_day"] for row in rows_of("days.csv"))
    assert date.fromisoformat(days[0]).strftime("%A") == "Sunday"
    assert len(days) == 7
    said("--dimension", "advertiser_id", "--metric", "spend,reach", "--dates", "last week",
         "--roll-up", "week", "--week-start", "sunday", "-o", "weeks.csv")  # fmt: skip
    (week,) = rows_of("weeks.csv")
    assert (week["stat_time_day"], week["period_last_day"]) == (days[0], days[-1])
    (true,) = true_rows(
        server.simulator.world,
        advertiser_ids=[FIRST],
        report_type="BASIC",
        data_level="AUCTION_ADVERTISER",
        dimensions=("advertiser_id",),
        metrics=("spend", "reach"),
        first=date.fromisoformat(days[0]),
        last=date.fromisoformat(days[0]) + timedelta(days=6),
        lifetime=False,
    )
    assert (Decimal(week["spend"]), week["reach"]) == (Decimal(true["spend"]), true["reach"])
    assert Decimal(week["spend"]) == sum(Decimal(row["spend"]) for row in rows_of("days.csv"))


def test_what_cannot_be_written_is_said_before_anything_is_asked(server: Running) -> None:
    """A file that is there, a folder that is not, a format that nobody knows: no call is spent on them."""
    Path("there.csv").write_text("mine", encoding="utf-8")
    before = next(server.simulator.serials)
    assert "--overwrite" in said(*ADS, "-o", "there.csv", code=2).output
    assert "no folder" in said(*ADS, "-o", "nowhere/out.csv", code=2).output
    assert "Formats: csv, jsonl, parquet, xlsx" in said(*ADS, "-o", "out.pdf", code=2).output
    assert "day of the week" in said(*ADS, "--week-start", "someday", code=2).output
    assert "Did you mean 'last week'" in said(*ADS[:-1], "lst week", code=2).output
    assert Path("there.csv").read_text(encoding="utf-8") == "mine"
    assert next(server.simulator.serials) == before + 1
    said(*ADS, "-o", "there.csv", "--overwrite")
    assert len(rows_of("there.csv")) > 5
    assert sorted(one.name for one in Path.cwd().iterdir() if one.is_file()) == ["there.csv"]


def test_a_pipe_gets_rows_and_nothing_else() -> None:
    """`-o - --format csv | …` works: what is to be said goes elsewhere."""
    told = said(*ADS, "-o", "-", "--format", "csv")
    rows = list(csv.DictReader(told.stdout.splitlines()))
    assert len(rows) > 5
    assert all(row["ad_id"].isdigit() for row in rows)


def test_excel_missing_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that brings it stands in the message."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert "pip install 'tiktok-ads-connector[xlsx]'" in said(*ADS, "-o", "out.xlsx", code=2).output
