"""The history of runs: found by dataset and outcome, with tries, log, report, and what runs now."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.app_desk import Browser, app_in
from tests.test_jobs import report
from tiktok_ads.config import Settings
from tiktok_ads.errors import ServerFault
from tiktok_ads.jobs.history import History, JobRun, RunOutcome
from tiktok_ads.jobs.listed import load_jobs
from tiktok_ads.jobs.past import Chosen, chosen_runs, count_runs, standings, tries_of
from tiktok_ads.jobs.runlog import MOST_LINES, RunLog, keep_log, kept_log
from tiktok_ads.jobs.runner import Runner
from tiktok_ads.jobs.scheduler import Scheduler
from tiktok_ads.runreport import Progress, ProgressEvent, RunReport
from tiktok_ads.simulator.logins import TOKEN

BEGIN = datetime(2026, 3, 1, 6, tzinfo=UTC)
SETTINGS = """
start_date = 2026-01-01
tables = ["ads"]
destination = "duckdb:///ads.duckdb"
[jobs.a]
retries = 2
[jobs.b]
"""


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    with app_in(tmp_path, settings=SETTINGS) as made:
        yield made


def note(
    history: History, job: str, minute: int, outcome: RunOutcome, *, attempt: int = 1, problem: str = ""
) -> JobRun:
    at = BEGIN + timedelta(minutes=minute)
    begun = history.begin(
        job, trigger="schedule" if attempt == 1 else "retry", attempt=attempt, due_at=at, now=at
    )
    return history.finish(begun, outcome, now=at + timedelta(seconds=30 + minute % 7), problem=problem)


def test_runs_are_found_by_dataset_and_outcome_over_many_pages(browser: Browser) -> None:
    """The one failure of last month is found among hundreds of good runs."""
    history = browser.desk.history
    for minute in range(240):
        note(
            history,
            "ab"[minute % 2],
            minute,
            "failed" if minute == 7 else "complete",
            problem="x" * (minute == 7),
        )
    assert browser.get("/runs?outcome=failed").text.count('<a href="/runs/') == 1
    assert "There are no such runs" in browser.get("/runs?job=a&outcome=failed").text
    assert "Page 3 of 3" in browser.get("/runs?job=b&page=3").text
    told = browser.get("/api/v1/runs?dataset=b&outcome=failed").json()
    assert (told["total"], told["items"][0]["dataset"], told["items"][0]["problem"]) == (1, "b", "x")
    every = browser.get("/api/v1/runs?limit=1000").json()["items"]
    assert [one["started_at"] for one in every] == sorted((one["started_at"] for one in every), reverse=True)
    assert len(every) == 240


def test_one_question_for_all_jobs_tells_what_one_for_each_would(browser: Browser) -> None:
    history = browser.desk.history
    outcomes: tuple[RunOutcome, ...] = ("complete", "failed", "partial", "interrupted", "complete")
    for minute in range(330):
        note(history, f"job-{minute % 3}", minute, outcomes[minute % 5])
    history.begin("job-0", trigger="manual", attempt=1, due_at=None, now=BEGIN + timedelta(days=1))
    history.remember_zones("job-1", ["Asia/Tokyo"])
    names = ["job-0", "job-1", "job-2", "never"]
    told = standings(history, names)
    for name in names:
        assert told.last.get(name) == history.last(name)
        one, other = told.usual_of(name), history.usual(name)
        assert (one.runs, one.success) == (other.runs, other.success)
        assert one.seconds == pytest.approx(other.seconds, abs=0.01) if other.seconds else one.seconds is None
    assert told.zones == {"job-1": ("Asia/Tokyo",)}
    assert count_runs(history, Chosen("job-0", "running")) == 1
    assert chosen_runs(history, Chosen("job-0"), limit=1)[0].outcome == "running"


def test_the_tries_of_one_task_are_shown_together(browser: Browser) -> None:
    """A run that came good at its third try leads to the two before it, and to no other run."""
    history = browser.desk.history
    note(history, "a", 0, "failed")
    tries = [note(history, "a", 10 + n, "failed" if n < 3 else "complete", attempt=n) for n in (1, 2, 3)]
    note(history, "b", 20, "complete")
    note(history, "a", 30, "complete")
    for one in tries:
        assert [run.id for run in tries_of(history, one)] == [run.id for run in tries]
    text = browser.get(f"/runs/{tries[1].id}").text
    assert tries[0].id in text
    assert tries[2].id in text
    assert browser.get(f"/api/v1/runs/{tries[0].id}").json()["tries"] == [run.id for run in tries]


def working(browser: Browser, *ends: RunReport | Exception, pause: float = 0.0) -> Scheduler:
    """The app's scheduler with a sync that says something and ends as told."""
    left = list(ends)

    async def work(settings: Settings, progress: Progress | None) -> RunReport:
        assert progress is not None
        progress(ProgressEvent("planned", total=4, calls_expected=9))
        progress(ProgressEvent("loaded", table="ads", done=1, rows=41, calls=3))
        await asyncio.to_thread(logging.getLogger("tiktok_ads.x").warning, "odd: %s", TOKEN)
        await asyncio.sleep(pause)
        end = left.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(1.2)

    before = browser.desk.scheduler
    runner = Runner(browser.desk.history, before.runner.folder, work, lambda: datetime.now(UTC), sleep)
    before.runner = runner
    return before


def test_the_log_of_a_run_is_kept_and_bounded(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was warned of can be read days later; no secret is among it, and no run fills the disk."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "a-very-secret-token")
    working(browser, report(), report())

    async def story() -> list[JobRun]:
        runs = [await browser.desk.start("a"), await browser.desk.start("b")]
        while browser.desk.scheduler.is_running("a") or browser.desk.scheduler.is_running("b"):
            await asyncio.sleep(0.01)
        return runs

    for run in asyncio.run(asyncio.wait_for(story(), 30)):
        lines = [line for _, line in kept_log(browser.desk.history, run.id)]
        assert lines[:2] == [
            "Planned: 4 parts in about 9 calls.",
            "First rows of ads are loaded, after 3 calls.",
        ]
        assert len([line for line in lines if line.startswith("Warning: odd")]) == 1
        assert "Planned: 4 parts" in browser.get(f"/runs/{run.id}").text
    log = RunLog("x", lambda: BEGIN)
    for number in range(MOST_LINES + 7):
        log.say(f"line {number}")
    keep_log(browser.desk.history, log)
    kept = kept_log(browser.desk.history, "x")
    assert len(kept) == MOST_LINES + 1
    assert "7 more lines" in kept[-1][1]


def test_a_run_is_followed_through_its_tries_and_events_end(browser: Browser) -> None:
    """A follower hears of the failure, of the next try, and of the end, and the stream then closes."""
    working(browser, ServerFault("busy", 50000, "ad/get", "r"), report(), pause=0.8)

    async def story() -> list[dict[str, object]]:
        import httpx2

        transport = httpx2.ASGITransport(app=browser.app)
        cookie = {"Cookie": f"{browser.desk.doors.cookie}={browser.cookie}", "Sec-Fetch-Site": "same-origin"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8321", headers=cookie, timeout=30
        ) as client:
            begun = (await client.post("/api/v1/datasets/a/run")).json()
            again = await client.post("/api/v1/datasets/a/run")
            assert (again.status_code, again.json()["error"]["kind"]) == (409, "JobRunning")
            text = (await client.get(f"/api/v1/runs/{begun['id']}/events")).text
        return [
            json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data")
        ]

    seen = asyncio.run(asyncio.wait_for(story(), 60))
    first, last = seen[0], seen[-1]
    assert (first["over"], last["over"]) == (False, True)
    assert last["report"] is not None
    assert {one["run"]["attempt"] for one in seen} == {1, 2}  # type: ignore[index]
    assert any(one["again_at"] for one in seen)
    assert any(one["tables"] == {"ads": {"parts": 1, "rows": 41}} for one in seen)


def test_the_report_and_advertisers_of_a_run_can_be_looked_at(browser: Browser) -> None:
    history = browser.desk.history
    begun = history.begin("a", trigger="manual", attempt=1, due_at=None, now=BEGIN)
    run = history.finish(begun, "complete", now=BEGIN, report=report().to_json())
    answer = browser.get(f"/runs/{run.id}/report.json")
    assert answer.json() == run.report
    assert "a_2026-03-01_0600.json" in answer.headers["content-disposition"]
    shown = browser.get(f"/runs/{run.id}/advertisers").text
    assert "<td>1</td>" in shown
    assert "41" in shown


def test_an_older_history_with_its_reports_can_be_read(tmp_path: Path) -> None:
    """Reports were kept as plain text before."""
    with closing(History(tmp_path)) as history:
        begun = history.begin("a", trigger="manual", attempt=1, due_at=None, now=BEGIN)
        history.finish(begun, "complete", now=BEGIN)
        with history.writing() as connection:
            connection.execute("UPDATE runs SET report = ? WHERE id = ?", ['{"run_id": "7"}', begun.id])
        assert history.run(begun.id).report == {"run_id": "7"}


def test_settings_are_read_anew_as_soon_as_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the same length, written in the same instant and given its old time, still counts."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "tiktok_ads.toml"
    for text in ("lookback_days = 11", "lookback_days = 12"):
        place.write_text(f"start_date = 2026-01-01\n{text}\n[jobs.a]\n", encoding="utf-8")
        os.utime(place, (1_700_000_000, 1_700_000_000))
        assert load_jobs(place)["a"].lookback_days == int(text[-2:])
    monkeypatch.setenv("TIKTOK_ADS_LOOKBACK_DAYS", "13")
    assert load_jobs(place)["a"].lookback_days == 13
    jobs = load_jobs(place)
    jobs.clear()
    assert load_jobs(place).keys() == {"a"}
    begun = time.process_time()
    for _ in range(100):
        # `serve` without --config names no file, and its pages name the one of the folder.
        assert load_jobs(place)["a"] is load_jobs(place)["a"]
        assert load_jobs(None)["a"] is load_jobs(None)["a"]
        assert load_jobs(place)["a"] is load_jobs(place)["a"]
    assert time.process_time() - begun < 0.5
