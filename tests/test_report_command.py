"""The command `report`: each kind of report as CSV and in DuckDB, held against the world to the cent."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from tests.worlds import FIRST, SECOND, SMALL, THIRD
from tiktok_ads.catalog import catalog
from tiktok_ads.cli.main import app
from tiktok_ads.plan.date_text import parse_dates
from tiktok_ads.plan.dates import resolve
from tiktok_ads.plan.windows import Window
from tiktok_ads.simulator.logins import TOKEN, Login
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import PLACES, Plot
from tiktok_ads.simulator.server import Running, running
from tiktok_ads.simulator.truth import true_rows

PLOTS = (
    Plot(PLACES[0], replace(SMALL, specials=True, campaigns=6)),
    *(Plot(PLACES[n], SMALL) for n in (5, 6)),
)
MANY = tuple(
    one.name
    for one in catalog().metrics.values()
    if one.kind in ("count", "money") and not (one.is_attribute or one.needs or one.plain)
    if one.requestable and "BASIC" in one.report_types and len(one.levels) == 4
)[:150]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(PLOTS, options=Options(tier=None)) as made:
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
    result = CliRunner().invoke(app, ["report", *arguments])
    assert "Traceback" not in result.output, result.output
    assert result.exit_code == code, result.output
    return result


def both(
    *arguments: str, name: str, advertisers: Sequence[str] = (FIRST,), code: int = 0
) -> list[dict[str, Any]]:
    """The rows that a report gives as a CSV file, once the same report in DuckDB was found to be equal."""
    whose = [part for one in advertisers for part in ("--advertiser", one)]
    said(*arguments, *whose, "--name", name, "-o", f"{name}.csv", code=code)
    said(*arguments, *whose, "--name", name, "--destination", "duckdb:///there.duckdb", code=code)
    with open(f"{name}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with duckdb.connect("there.duckdb", read_only=True) as database:
        there = database.execute(f'SELECT * FROM tiktok_ads."{name}"').fetchall()
        columns = [one[0] for one in database.description]
    landed = sorted(_texts(dict(zip(columns, row, strict=True)), rows[0]) for row in there)
    assert landed == sorted(_texts(row, rows[0]) for row in rows)
    return rows


def _texts(row: Mapping[str, Any], like: Mapping[str, Any]) -> list[str]:
    return [_text(row[name]) for name in like]


def _text(value: object) -> str:
    """A value as a number if it is one, however it is written."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    try:
        return str(Decimal(str(value)).normalize() + 0)
    except ArithmeticError:
        return str(value).replace("T", " ")


def days_of(server: Running, advertiser_id: str, text: str) -> Window:
    world = server.simulator.world
    found = resolve(parse_dates(text), world.today(world.advertisers[advertiser_id]))
    assert isinstance(found, Window)
    return found


def truth(
    server: Running, dimensions: Sequence[str], metrics: Sequence[str], *, dates: str = "", **asked: Any
) -> list[dict[str, str]]:
    """What the world knows, advertiser by advertiser in its own days."""
    world = server.simulator.world
    rows = []
    for one in asked.pop("advertisers", (FIRST,)):
        window = days_of(server, one, dates) if dates else None
        rows += true_rows(
            world,
            advertiser_ids=[one],
            dimensions=dimensions,
            metrics=metrics,
            first=window.first if window else None,
            last=window.last if window else None,
            lifetime=window is None,
            **asked,
        )
    return rows


def assert_equal(
    rows: Sequence[Mapping[str, str]], true: Sequence[Mapping[str, str]], keys: Sequence[str]
) -> None:
    """Every row and every value, money to the cent; a dash is nothing."""
    ours = {tuple(_day(row[key]) for key in keys): row for row in rows}
    theirs = {tuple(_day(row[key]) for key in keys): row for row in true}
    assert len(ours) == len(rows) > 0
    assert ours.keys() == theirs.keys()
    for key, row in theirs.items():
        for name, value in row.items():
            if name not in keys:
                assert _text(ours[key][name]) == _text("" if value == "-" else value), (key, name)


def _day(value: str) -> str:
    return value.removesuffix(" 00:00:00").replace("T", " ")


def test_an_ad_by_day_with_150_metrics_is_whole(server: Running) -> None:
    """More metrics than a call takes are asked for in several and stand in one row."""
    dates = "last 7 days"
    rows = both(
        "--dimension", "ad_id,stat_time_day", "--metric", ",".join(MANY), "--dates", dates, name="wide"
    )  # fmt: skip
    true = truth(server, ["ad_id", "stat_time_day"], MANY, dates=dates, data_level="AUCTION_AD")
    assert len(MANY) == 150
    assert_equal(rows, true, ["ad_id", "stat_time_day"])
    told = said(
        "--advertiser", FIRST, "--dimension", "ad_id,stat_time_day", "--metric", ",".join(MANY), "--json"
    )  # fmt: skip
    notes = [note["text"] for note in json.loads(told.stdout)["run"]["notes"]]
    assert any("150 metrics are more than one call takes" in note for note in notes)


def test_one_revoked_advertiser_does_not_stop_the_others(server: Running) -> None:
    """Campaigns by age and gender, last week from Sunday, in each advertiser's own days."""
    logins = server.simulator.logins
    before = logins.tokens[TOKEN]
    logins.tokens[TOKEN] = Login(TOKEN, advertiser_ids=(FIRST, SECOND))
    try:
        arguments = ("--dimension", "campaign_id,age,gender", "--metric", "spend,impressions,clicks")
        dates = "last week from sunday"
        rows = both(
            *arguments, "--dates", dates, name="ages", advertisers=(FIRST, SECOND, THIRD), code=3
        )  # fmt: skip
        told = said(
            *arguments, "--dates", dates, "--advertiser", FIRST, "--advertiser", THIRD, code=3
        )  # fmt: skip
    finally:
        logins.tokens[TOKEN] = before
    true = truth(
        server,
        ["campaign_id", "age", "gender"],
        ["spend", "impressions", "clicks"],
        dates=dates,
        advertisers=(FIRST, SECOND),
        report_type="AUDIENCE",
        data_level="AUCTION_CAMPAIGN",
    )
    assert_equal(rows, true, ["advertiser_id", "campaign_id", "age", "gender"])
    assert {row["currency"] for row in rows} == {PLOTS[0].place.currency, PLOTS[1].place.currency}
    assert days_of(server, FIRST, dates).first.strftime("%A") == "Sunday"
    assert THIRD in told.output
    assert "Connect again and tick this advertiser" in told.output


def test_the_lifetime_of_each_ad_is_one_row(server: Running) -> None:
    """No days are asked for, and deleted ads are there with what they spent."""
    rows = both("--dimension", "ad_id", "--metric", "spend,clicks", "--dates", "lifetime", name="ever")
    true = truth(server, ["ad_id"], ["spend", "clicks"], data_level="AUCTION_AD")
    assert_equal(rows, true, ["ad_id"])


def test_yesterday_comes_by_the_hour(server: Running) -> None:
    """Each hour of the advertiser's own yesterday, and no other."""
    rows = both(
        "--dimension", "campaign_id,stat_time_hour", "--metric", "spend,clicks", "--dates", "yesterday",
        name="hours",
    )  # fmt: skip
    true = truth(
        server,
        ["campaign_id", "stat_time_hour"],
        ["spend", "clicks"],
        dates="yesterday",
        data_level="AUCTION_CAMPAIGN",
    )
    ours = [{**row, "stat_time_hour": row["stat_time_hour"].replace("T", " ")[:19]} for row in rows]
    assert_equal(ours, true, ["campaign_id", "stat_time_hour"])


def test_a_term_report_comes_in_japanese() -> None:
    """One agreement in one language, as text."""
    rows = both("--report", "term", "--term-type", "leadads", "--language", "ja", name="agreements")
    assert [(row["term_type"], row["lang"]) for row in rows] == [("LeadAds", "JA")]
    assert "利用規約" in rows[0]["terms"]


def test_gmv_max_is_asked_for_like_any_report(server: Running) -> None:
    """Every shop and promotion type is asked for, and the cost is the world's."""
    world = server.simulator.world
    rows = both(
        "--report", "gmv_max", "--dimension", "advertiser_id,stat_time_day", "--metric", "cost,orders",
        "--dates", "last 7 days", name="shops",
    )  # fmt: skip
    window = days_of(server, FIRST, "last 7 days")
    days = [window.first + timedelta(days=n) for n in range(window.days)]
    spent = sum(world.gmv_max_cents(world.advertisers[FIRST], day) for day in days)
    assert sum(Decimal(row["cost"]) for row in rows) * 100 == spent > 0


def test_coarser_figures_stand_under_names_of_their_own(server: Running) -> None:
    """What a breakdown refuses is asked for without it, and never looks like something to add up."""
    rows = both(
        "--dimension", "campaign_id,age,stat_time_day", "--metric", "spend,complete_payment,cash_spend",
        "--dates", "last 3 days", name="parts",
    )  # fmt: skip
    whole = truth(
        server, ["campaign_id", "stat_time_day"], ["complete_payment"], dates="last 3 days",
        data_level="AUCTION_CAMPAIGN",
    )  # fmt: skip
    known = {(row["campaign_id"], _day(row["stat_time_day"])): row["complete_payment"] for row in whole}
    for row in rows:
        expected = known.get((row["campaign_id"], row["stat_time_day"]), "")
        assert _text(row["complete_payment_of_campaign"]) == _text(expected)
    assert "complete_payment" not in rows[0]
    assert "cash_spend_of_advertiser" in rows[0]
    with duckdb.connect("there.duckdb", read_only=True) as database:
        comments = dict(
            database.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'parts'"
            ).fetchall()
        )
    assert "repeats on every row" in comments["complete_payment_of_campaign"]


def test_any_preset_table_is_read_into_a_file() -> None:
    """Lists too: campaigns as Parquet, by name."""
    import pyarrow.parquet as pq

    said("--table", "campaigns", "--advertiser", FIRST, "-o", "campaigns.parquet")
    assert "campaign_name" in pq.read_table("campaigns.parquet").column_names


def test_a_preview_takes_two_calls_and_tells_what_all_would_take(server: Running) -> None:
    """One for the advertisers, one for the first rows with their types."""
    told = said(
        "--advertiser", FIRST, "--dimension", "ad_id,stat_time_day", "--metric", "spend", "--preview",
        "--json",
    )  # fmt: skip
    seen = json.loads(told.stdout)
    assert seen["calls_made"] == 2
    assert seen["full_run"]["calls"] >= 1
    assert {"name": "spend", "type": "decimal128(18, 6)"}.items() <= next(
        one for one in seen["columns"] if one["name"] == "spend"
    ).items()
    assert 0 < len(seen["rows"]) <= 20


@pytest.mark.parametrize(
    "arguments",
    [
        ("--report", "gmv_max", "--dimension", "campaign_id,stat_time_day", "--metric", "cost"),
        ("--report", "term", "--language", "ja"),
        ("--table", "campaigns"),
    ],
)
def test_what_has_no_first_page_is_looked_at_in_small(arguments: tuple[str, ...]) -> None:
    """One advertiser and one day, and what all of it would take."""
    seen = json.loads(said(*arguments, "--advertiser", FIRST, "--preview", "--json").stdout)
    assert seen["rows"]
    assert seen["advertiser_id"] == FIRST
    assert seen["full_run"]["calls"] >= 1


def test_an_impossible_report_is_refused_before_any_call(server: Running) -> None:
    """With the reason, and the smallest change that helps."""
    before = next(server.simulator.serials)
    told = said(
        "--advertiser", FIRST, "--report", "basic", "--dimension", "ad_id,age", "--metric", "spend", code=2
    )
    assert "age belongs to AUDIENCE reports" in told.output
    assert "Leave out age, or make it an AUDIENCE report." in told.output
    assert next(server.simulator.serials) == before + 1


def test_a_metric_that_nobody_knows_yet_can_be_forced() -> None:
    """TikTok's own list of what it refuses is understood; the column stays, empty and as text."""
    told = said(
        "--advertiser", FIRST, "--dimension", "ad_id,stat_time_day", "--metric", "spend",
        "--force-metric", "brand_new_metric", "--json",
    )  # fmt: skip
    made = json.loads(told.stdout)
    assert "brand_new_metric" in made["columns"]
    assert any("did not accept" in note["text"] for note in made["run"]["notes"])
    refused = said("--dimension", "ad_id", "--metric", "brand_new_metric", "--advertiser", FIRST, code=2)
    assert "--force-metric" in refused.output


def test_appended_reports_keep_every_run(server: Running) -> None:
    """Each run's snapshot stays, told apart by when it was taken."""
    for _ in range(2):
        said(
            "--advertiser", FIRST, "--dimension", "campaign_id", "--metric", "spend", "--dates", "lifetime",
            "--update-method", "append", "--name", "snapshots", "--destination", "duckdb:///kept.duckdb",
        )  # fmt: skip
    with duckdb.connect("kept.duckdb", read_only=True) as database:
        runs, rows, ids = database.execute(
            "SELECT count(DISTINCT _run_id), count(*), count(DISTINCT campaign_id) FROM tiktok_ads.snapshots"
        ).fetchall()[0]
    assert runs == 2
    assert rows == 2 * ids


def test_a_report_of_the_settings_file_is_synced_like_any_table(server: Running, tmp_path: Path) -> None:
    """A few lines describe it, and its name and description stay with the table."""
    start = date.today() - timedelta(days=5)
    (tmp_path / "tiktok_ads.toml").write_text(
        f'advertisers = ["{FIRST}"]\nstart_date = {start.isoformat()}\ntables = ["by_day"]\n'
        'destination = "duckdb:///mine.duckdb"\n\n[reports.by_day]\ndescription = "Spend by day"\n'
        'dimensions = ["campaign_id", "stat_time_day"]\nmetrics = ["spend"]\n',
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["sync"])
    assert result.exit_code == 0, result.output
    with duckdb.connect("mine.duckdb", read_only=True) as database:
        assert database.execute("SELECT count(*) > 0 FROM tiktok_ads.by_day").fetchall() == [(True,)]
        told = database.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'by_day'").fetchall()
    assert told == [("Spend by day",)]


def test_days_said_of_a_table_count_or_are_refused() -> None:
    """A list of things that happened takes them, a list of things that exist has none."""
    said("--table", "change_log", "--advertiser", FIRST, "--dates", "last 3 days", "-o", "few.csv")
    said("--table", "change_log", "--advertiser", FIRST, "--dates", "last 60 days", "-o", "many.csv")
    few, many = (len(Path(name).read_text(encoding="utf-8").splitlines()) for name in ("few.csv", "many.csv"))
    assert few < many
    told = said("--table", "campaigns", "--advertiser", FIRST, "--dates", "yesterday", code=2)
    assert "not about days" in told.output
    told = said("--table", "ad_insights", "--advertiser", FIRST, "--dates", "lifetime", code=2)
    assert "ad_insights_lifetime" in told.output
