"""Datasets and runs in the app: what is made there stands in the file, runs, and is shown as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.app_desk import Browser, app_at, app_in
from tests.worlds import EAST_AND_WEST
from tiktok_ads.config import load_settings
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.jobs.listed import load_jobs
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

FORM = {
    "name": "nine",
    "description": "For the team",
    "connection": "shop",
    "tables": "campaigns",
    "advertisers": "all",
    "start_date": "2026-01-01",
    "include_deleted": "yes",
    "lookback_days": "28",
    "store_changes": "entities",
    "destination": "duckdb:///ads.duckdb",
    "schedule": "Weekdays at 6:00",
    "zone": "Europe/Berlin",
    "retries": "2",
    "retry_minutes": "10",
}
HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with app_at(served, tmp_path, monkeypatch) as made:
        yield made


def ran(browser: Browser, name: str) -> JobRun:
    """The job, run by the app's own scheduler to its end."""
    desk = browser.desk

    async def story() -> JobRun:
        await desk.start(name)
        while desk.scheduler.is_running(name):
            await asyncio.sleep(0.05)
        last = desk.history.last(name)
        assert last is not None
        return last

    return asyncio.run(asyncio.wait_for(story(), 60))


def test_the_first_page_leads_on_step_by_step(tmp_path: Path) -> None:
    """Nothing is set up: the page says what to do, and so does each empty part."""
    with app_in(tmp_path) as browser:
        assert "/connections/new" in browser.get("/").text
        assert "There is none yet" in browser.get("/datasets").text
        assert "Connect first" in browser.get("/datasets/new").text
        assert "Nothing has run yet" in browser.get("/runs").text


def test_a_dataset_made_in_the_browser_is_the_one_of_the_file(browser: Browser) -> None:
    """The same job, whoever wrote it; nothing that is as usual clutters the file."""
    assert browser.post("/datasets", data=FORM).headers["location"] == "/datasets/nine"
    text = browser.desk.config.read_text(encoding="utf-8")
    assert 'schedule = "weekdays at 06:00"' in text
    assert "lookback_days" not in text
    settings = load_settings({"job": "nine"}, config=browser.desk.config)
    job = settings.jobs["nine"]
    assert (settings.connection, settings.tables, str(settings.start_date)) == (
        "shop",
        ("campaigns",),
        "2026-01-01",
    )
    assert (job.schedule, job.zone, job.retries) == ("weekdays at 06:00", "Europe/Berlin", 2)
    form = browser.get("/datasets/nine/edit").text
    for value in ("For the team", "2026-01-01", "weekdays at 06:00"):
        assert value in form
    changed = browser.post("/datasets/nine", data={**FORM, "description": "", "retries": "0"})
    assert changed.status_code == 303
    assert load_settings({"job": "nine"}, config=browser.desk.config).jobs["nine"].retries == 0


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "my data", "cannot be a name"),
        ("schedule", "dayly at 06:00", "no day of the week"),
        ("start_date", "2026-02-30", "not a day of the calendar"),
        ("start_date", "", "start date is missing"),
        ("tables", "nonsense", "nonsense"),
        ("lookback_days", "many", "no whole number"),
        ("lookback_days", "999", "365"),
        ("advertisers", "7000-0000", "digits only"),
        ("zone", "Europe/Berln", "Europe/Berlin"),
        ("retries", "99", "20"),
        ("destination", "sqlite:///x.db", "is no destination"),
        ("destination", "mysql://user@host/x", "is no destination"),
        ("destination", "duckdb://", "is no destination"),
        ("destination", "https://host/x.duckdb", "is no destination"),
        ("destination", "postgresql://host", "names no database"),
    ],
)
def test_what_is_typed_wrong_is_told_and_nothing_is_written(
    browser: Browser, field: str, value: str, told: str
) -> None:
    """What was typed stays in the form."""
    before = browser.desk.config.read_bytes()
    answer = browser.post("/datasets", data={**FORM, "tables": "ad_insights", field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert "For the team" in answer.text
    assert browser.desk.config.read_bytes() == before


def test_a_name_that_is_taken_is_refused(browser: Browser) -> None:
    browser.post("/datasets", data=FORM)
    answer = browser.post("/datasets", data=FORM)
    assert (answer.status_code, "already" in answer.text) == (422, True)


def test_the_next_times_are_shown_before_saving(browser: Browser) -> None:
    shown = browser.get("/schedule/times?schedule=daily+at+06:00&zone=Asia/Tokyo").text
    assert shown.count("<time") == 5
    assert "21:00:00+00:00" in shown
    assert "cannot be read" in browser.get("/schedule/times?schedule=dayly").text
    assert "There is no zone" in browser.get("/schedule/times?schedule=daily+at+06:00&zone=Mars").text
    assert "only by hand" in browser.get("/schedule/times?schedule=manual").text


def test_a_run_is_shown_with_rows_calls_and_freshness(browser: Browser) -> None:
    """From the run's page to what is in the tables."""
    browser.post("/datasets", data=FORM)
    assert "Nothing is loaded yet" in browser.get("/datasets/nine/freshness").text
    run = ran(browser, "nine")
    assert run.outcome == "complete", run.problem
    shown = browser.get(f"/runs/{run.id}").text
    assert "campaigns" in shown
    assert f"{run.rows_read:,} rows read" in shown
    held = browser.get("/datasets/nine/freshness").text
    assert "campaigns" in held
    assert str(datetime.now(UTC).date()) in held
    assert "nine" in browser.get("/runs?job=nine").text
    assert "complete" in browser.get("/").text
    over = browser.get(f"/runs/{run.id}/progress")
    assert over.headers["HX-Refresh"] == "true"


def test_pausing_and_deleting_change_the_file_alone(browser: Browser) -> None:
    browser.post("/datasets", data=FORM)
    browser.post("/datasets/nine/pause", data={"paused": "yes"})
    assert load_jobs(browser.desk.config)["nine"].jobs["nine"].paused
    browser.post("/datasets/nine/pause", data={"paused": "no"})
    assert not load_jobs(browser.desk.config)["nine"].jobs["nine"].paused
    assert browser.post("/datasets/nine/delete").status_code == 303
    assert "nine" not in browser.desk.config.read_text(encoding="utf-8")
    assert "[connections.shop]" in browser.desk.config.read_text(encoding="utf-8")


def test_ten_thousand_runs_are_paged(browser: Browser) -> None:
    """The history of years stays quick to look at."""
    history, start = browser.desk.history, datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        (
            str(n),
            (start + timedelta(hours=n)).isoformat(),
            (start + timedelta(hours=n, minutes=2)).isoformat(),
        )
        for n in range(10_000)
    ]
    with history.writing() as connection:
        connection.executemany(
            "INSERT INTO runs (id, job, trigger, attempt, started_at, finished_at, outcome, calls, "
            "rows_read) VALUES (?, 'nine', 'schedule', 1, ?, ?, 'complete', 3, 4)",
            rows,
        )
    assert "Page 1 of 200" in browser.get("/runs").text
    last = browser.get("/runs?page=200").text
    assert "Older" not in last
    assert last.count('<span class="tag complete">') == 50


def test_hostile_names_and_messages_are_text(browser: Browser) -> None:
    """What somebody calls a campaign, and what TikTok answers, runs nowhere."""
    browser.post("/datasets", data={**FORM, "description": HOSTILE})
    run = browser.desk.history.begin("nine", trigger="manual", attempt=1, due_at=None, now=datetime.now(UTC))
    browser.desk.history.finish(run, "failed", now=datetime.now(UTC), problem=HOSTILE, remedy=HOSTILE)
    for path in ("/", "/datasets", "/datasets/nine", "/datasets/nine/edit", "/runs", f"/runs/{run.id}"):
        text = browser.get(path).text
        assert "<img src=x" not in text
        assert "49" not in text or "{{7*7}}" in text


def test_a_broken_settings_file_is_told_on_each_page(browser: Browser) -> None:
    """And mended in an editor, while the app goes on."""
    browser.desk.config.write_text("[jobs.a\n", encoding="utf-8")
    for path in ("/", "/datasets", "/connections"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "settings file cannot be used" in answer.text
