"""The page of a dataset: calm whatever the database does; its parts, copies, hand-overs, and its API."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import pytest
import tomlkit
from pyarrow import parquet

from tests.app_desk import Browser, app_at
from tests.test_app_datasets import FORM, HOSTILE, ran
from tests.worlds import EAST_AND_WEST
from tiktok_ads.config.write import write_table
from tiktok_ads.jobs.listed import load_jobs
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

REPORT = """
# What the team looks at on Mondays.
[reports.weekly]
description = "By country"  # of the audience
dimensions = ["campaign_id", "country_code", "stat_time_day"]
metrics = ["spend", "impressions", "reach"]

[jobs.weekly]
connection = "shop"
tables = ["weekly"]
start_date = 2026-01-01
schedule = "mon at 06:00"
destination = "duckdb:///ads.duckdb"
"""
PARTS = ("freshness", "rows/part", "statistics/part")
PAGES = ("", "/rows", "/schema", "/statistics", "/settings", "/history")
DATA = ("rows", "statistics", "chart", "freshness", "rows/csv")


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """An app with a dataset of three tables that has not run yet, and a report."""
    with app_at(served, tmp_path, monkeypatch) as made:
        first = datetime.now(UTC).date() - timedelta(days=20)
        tables = ["advertisers", "campaigns", "ad_insights"]
        made.post("/datasets", data={**FORM, "tables": tables, "start_date": str(first)})
        made.desk.config.write_text(made.desk.config.read_text(encoding="utf-8") + REPORT, encoding="utf-8")
        yield made


def text_of(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.text[:500])
    return answer.text


def test_before_the_first_run_each_part_says_so(browser: Browser) -> None:
    """No part of the page is an error because nothing is there yet."""
    for page in PAGES:
        assert "nine" in text_of(browser, f"/datasets/nine{page}")
    for part in PARTS:
        assert "Nothing is loaded yet" in text_of(browser, f"/datasets/nine/{part}")
    chart = browser.get("/api/v1/datasets/nine/chart").json()
    assert (chart["charts"], chart["told"]) == ([], "Nothing is loaded yet.")
    assert browser.get("/api/v1/datasets/nine/rows").json()["items"] == []
    assert browser.get("/api/v1/datasets/nine/statistics").json()["rows"] is None
    assert browser.get("/api/v1/datasets/nine/freshness").json() == []


def test_what_a_run_loaded_is_on_every_part(browser: Browser) -> None:
    """Rows, statistics, days and charts are those of the tables; files are safe to open."""
    assert ran(browser, "nine").outcome == "complete"
    with closing(duckdb.connect("ads.duckdb", read_only=True)) as file:
        (count, spend) = file.execute("SELECT count(*), sum(spend) FROM tiktok_ads.ad_insights").fetchone()  # type: ignore[misc]
        (campaigns,) = file.execute("SELECT count(*) FROM tiktok_ads.campaigns").fetchone()  # type: ignore[misc]
    assert f"of {count:,}" in text_of(browser, "/datasets/nine/rows/part?table=ad_insights")
    assert f"{count:,} rows" in text_of(browser, "/datasets/nine/statistics/part?table=ad_insights")
    assert f'<td class="num">{campaigns:,}</td>' in text_of(browser, "/datasets/nine/freshness")
    said = browser.get("/api/v1/datasets/nine/rows?table=ad_insights&limit=5&sort=spend").json()
    assert (said["total"], len(said["items"])) == (count, 5)
    chart = browser.get("/api/v1/datasets/nine/chart?metric=spend&by=campaign_id&days=0&top=2").json()
    assert sum(one["total"] for one in chart["charts"]) == pytest.approx(float(spend))
    saved = browser.get("/api/v1/datasets/nine/rows/csv?table=campaigns")
    assert saved.headers["content-disposition"] == 'attachment; filename="campaigns.csv"'
    assert len(saved.text.strip().splitlines()) >= campaigns + 1
    saved = browser.get("/api/v1/datasets/nine/rows/parquet?table=ad_insights")
    assert parquet.read_table(io.BytesIO(saved.content)).num_rows == count
    history = text_of(browser, "/datasets/nine/history")
    assert "100 %" in history


def test_while_a_run_writes_the_page_stands_and_its_parts_come_later(browser: Browser) -> None:
    """The page itself never needs the database; what does says so, asks again by itself, and then stops."""
    assert ran(browser, "nine").outcome == "complete"
    with closing(duckdb.connect("ads.duckdb")):
        for page in PAGES:
            text_of(browser, f"/datasets/nine{page}")
        part = text_of(browser, "/datasets/nine/rows/part?table=campaigns&sort=campaign_id")
        assert 'hx-trigger="load delay:3s"' in part
        assert "table=campaigns&amp;sort=campaign_id&amp;try=2" in part
        last = text_of(browser, "/datasets/nine/rows/part?table=campaigns&try=5")
        assert "load delay" not in last
        assert "Try again" in last
        told = browser.get("/api/v1/datasets/nine/chart")
        assert (told.status_code, told.json()["error"]["kind"]) == (409, "DestinationBusy")
        assert int(told.headers["Retry-After"]) > 0
    assert "of " in text_of(browser, "/datasets/nine/rows/part?table=campaigns&try=3")


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", ["nothing", HOSTILE, "_state", "ads; DROP TABLE ads"])
def test_tables_and_columns_that_are_not_there_are_not_found(browser: Browser, data: str, name: str) -> None:
    """Neither our own tables nor somebody's SQL can be asked for by name."""
    if data != "freshness":
        answer = browser.get(f"/api/v1/datasets/nine/{data}?{urlencode({'table': name})}")
        assert (answer.status_code, answer.json()["error"]["kind"]) == (404, "UnknownName")
    assert browser.get(f"/api/v1/datasets/nobody/{data}").status_code == 404


def test_values_that_cannot_be_are_refused(browser: Browser) -> None:
    wrong = ("per=hour", "days=-1", "top=0", "top=1000", "metric=reach&table=ad_insights", "by=spend")
    asked = [
        *(f"chart?{one}" for one in wrong),
        "rows?limit=0",
        "rows?offset=-1",
        "rows?order=up",
        "rows/exe",
    ]
    for one in asked:
        assert browser.get(f"/api/v1/datasets/nine/{one}").status_code == 422, one


def test_the_schema_says_what_each_column_is_and_whether_it_adds_up(browser: Browser) -> None:
    """The same on the page as by the API."""
    page = text_of(browser, "/datasets/nine/schema?table=ad_insights")
    (table,) = (
        one for one in browser.get("/api/v1/datasets/nine/tables").json() if one["name"] == "ad_insights"
    )
    columns = {one["name"]: one for one in table["columns"]}
    assert columns["spend"]["adds_up"] is True
    assert columns["reach"]["adds_up"] is False
    assert columns["reach"]["why_not"] in page
    keys = {name for name, one in columns.items() if one["is_key"]}
    assert keys == {"advertiser_id", "campaign_id", "adgroup_id", "ad_id", "stat_time_day"}
    for name in columns:
        assert name in page
    links = browser.get("/api/v1/datasets/nine/tables/advertisers").json()["columns"]
    assert [one["name"] for one in links if one["expires"]] == ["license_url"]
    assert "link expires" in text_of(browser, "/datasets/nine/schema?table=advertisers")


def test_the_page_offers_only_what_adds_up(browser: Browser) -> None:
    """Reach is not among the figures, and the page says why."""
    page = text_of(browser, "/datasets/nine")
    assert "<option>reach</option>" not in page
    assert "<option>impressions</option>" in page
    assert "the same people may be in several rows" in page
    chosen = browser.get("/datasets/nine/charts?table=ad_insights&metric=clicks&by=campaign_id&per=week")
    assert "metric=clicks&amp;by=campaign_id&amp;per=week" in chosen.text
    assert chosen.headers["HX-Replace-Url"].startswith("/datasets/nine?table=ad_insights&metric=clicks")


def test_the_settings_part_is_the_text_of_the_file(browser: Browser) -> None:
    """With its comments, ready to copy; both sections of a report."""
    page = text_of(browser, "/datasets/weekly/settings")
    for line in ("[jobs.weekly]", "[reports.weekly]", "# of the audience"):
        assert line in page
    assert "connections.shop" not in page


def test_a_copy_is_its_own_dataset_and_paused(browser: Browser) -> None:
    """A report gets a table of its own; a replication keeps its tables; the first one stays as it is."""
    before = tomlkit.parse(browser.desk.config.read_text(encoding="utf-8")).unwrap()
    made = browser.post("/datasets/weekly/duplicate", data={"new_name": "weekly_2"})
    assert (made.status_code, made.headers["location"]) == (303, "/datasets/weekly_2/edit")
    browser.post("/datasets/nine/duplicate", data={"new_name": "ten"})
    after = tomlkit.parse(browser.desk.config.read_text(encoding="utf-8")).unwrap()
    assert after["reports"]["weekly_2"] == before["reports"]["weekly"]
    assert after["jobs"]["weekly_2"] == {**before["jobs"]["weekly"], "tables": ["weekly_2"], "paused": True}
    assert after["jobs"]["ten"] == {**before["jobs"]["nine"], "paused": True}
    assert {name: after["jobs"][name] for name in before["jobs"]} == before["jobs"]
    assert "# What the team looks at on Mondays." in browser.desk.config.read_text(encoding="utf-8")
    assert load_jobs(browser.desk.config)["weekly_2"].jobs["weekly_2"].paused


@pytest.mark.parametrize(
    ("name", "told"),
    [("weekly", "already"), ("nine", "already"), ("no name", "cannot be"), ("", "cannot be")],
)
def test_a_copy_under_a_name_that_cannot_be_is_refused(browser: Browser, name: str, told: str) -> None:
    before = browser.desk.config.read_bytes()
    answer = browser.post("/datasets/nine/duplicate", data={"new_name": name})
    assert answer.status_code == 422
    assert told in answer.text
    assert browser.desk.config.read_bytes() == before


def test_a_dataset_is_handed_over_to_another_connection(browser: Browser) -> None:
    """Only that one, and only to a connection that there is."""
    write_table("connections", "other", {"api_url": "http://127.0.0.1:9"}, path=browser.desk.config)
    assert '<option value="other">' in text_of(browser, "/datasets/nine/settings")
    assert browser.post("/datasets/nine/transfer", data={"to": "nobody"}).status_code == 422
    assert browser.post("/datasets/nine/transfer", data={"to": "other"}).status_code == 303
    jobs = load_jobs(browser.desk.config)
    assert (jobs["nine"].connection, jobs["weekly"].connection) == ("other", "shop")


def test_names_from_tiktok_are_text_on_every_part(browser: Browser) -> None:
    """A campaign that is called like a script is a campaign."""
    assert ran(browser, "nine").outcome == "complete"
    with closing(duckdb.connect("ads.duckdb")) as file:
        file.execute("UPDATE tiktok_ads.campaigns SET campaign_name = ?", [HOSTILE])
        file.execute("UPDATE tiktok_ads.advertisers SET name = ?", [HOSTILE])
    for path in ("freshness", "rows/part?table=campaigns", "statistics/part?table=campaigns"):
        page = text_of(browser, f"/datasets/nine/{path}")
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
    chart = browser.get("/api/v1/datasets/nine/chart?by=campaign_id")
    assert chart.headers["content-type"] == "application/json"
    assert all(HOSTILE in one["name"] or one["is_rest"] for one in chart.json()["charts"][0]["series"])
