"""Jobs run at their times, never twice at once, and what came of each run is noted whatever happened."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path

import pytest

from tiktok_ads.config import Settings, load_settings
from tiktok_ads.credentials import find_token
from tiktok_ads.errors import AuthError, ConfigError, ServerFault
from tiktok_ads.jobs.history import History, JobRun
from tiktok_ads.jobs.runner import Ended, JobRunning, Runner
from tiktok_ads.jobs.scheduler import Scheduler
from tiktok_ads.runreport import CallCount, OutcomeWord, Progress, QuotaUse, RunReport, Skipped, TableLine
from tiktok_ads.schedules import next_times, parse_schedule

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")


def report(outcome: OutcomeWord = "complete", *, skipped: tuple[Skipped, ...] = ()) -> RunReport:
    return RunReport(
        run_id="1",
        started_at=BEGIN,
        finished_at=BEGIN,
        outcome=outcome,
        destination="duckdb:///x.duckdb",
        planned=CallCount(),
        made=CallCount({"first_page": 7}),
        lines=(TableLine("ads", "1", rows_read=41, complete_to=date(2026, 1, 1)),),
        skipped=skipped,
        notes=(),
        quota=QuotaUse("basic", 10, 864_000, 7),
        zones=("Asia/Tokyo",),
    )


@dataclass
class Desk:
    """A runner in a folder of its own, with a clock that sleeping moves and a sync that is told its end."""

    folder: Path
    now: datetime = BEGIN
    ends: list[RunReport | Exception] = field(default_factory=list)
    takes: timedelta = timedelta(minutes=3)
    ran: list[tuple[str, datetime]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.history = History(self.folder)
        self.runner = Runner(self.history, self.folder, self.work, lambda: self.now, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    async def work(self, settings: Settings, progress: Progress | None) -> RunReport:
        self.ran.append((settings.job, self.now))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.until(self.now + self.takes)
        finally:
            self.at_once -= 1
        end = self.ends.pop(0) if self.ends else report()
        if isinstance(end, Exception):
            raise end
        return end

    async def until(self, moment: datetime) -> None:
        while self.now < moment:
            await asyncio.sleep(0)

    def jobs(self, text: str) -> Callable[[], dict[str, Settings]]:
        place = self.folder / "tiktok_ads.toml"
        place.write_text(text, encoding="utf-8")

        def load() -> dict[str, Settings]:
            found = load_settings(config=place, now=BEGIN).jobs
            return {name: load_settings({"job": name}, config=place, now=BEGIN) for name in found}

        return load

    def run(self, text: str = "[jobs.a]\nretries = 2\nretry_minutes = 5\n", name: str = "a") -> JobRun:
        async def story() -> JobRun:
            running = asyncio.create_task(self.runner.run(name, self.jobs(text)()[name], trigger="manual"))
            while not running.done():
                await self.sleep(60)
            return (await running).run

        return asyncio.run(story())

    def keep(self, text: str, until: datetime) -> list[str]:
        """Keep the schedules from now until then; the lines that were told."""
        told: list[str] = []

        async def story() -> None:
            scheduler = Scheduler(self.runner, self.jobs(text), told.append)
            keeping = asyncio.create_task(scheduler.keep())
            while self.now < until and not keeping.done():
                await asyncio.sleep(0)
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

        asyncio.run(story())
        return told


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path))
    made = Desk(tmp_path)
    yield made
    made.history.close()


def test_a_run_is_noted_with_what_came_of_it(desk: Desk) -> None:
    """Start, end, duration, rows, calls and the whole report can be looked at later."""
    run = desk.run()
    assert (run.outcome, run.attempt, run.trigger) == ("complete", 1, "manual")
    assert (run.rows_read, run.calls, run.seconds) == (41, 7, 180)
    kept = desk.history.run(run.id).report
    assert kept is not None
    assert kept["outcome"] == "complete"
    assert desk.history.zones("a") == ("Asia/Tokyo",)


def test_a_failure_is_tried_again_after_a_pause(desk: Desk) -> None:
    """TikTok's side failed twice; the third try is what counts, and all three are seen."""
    fault = ServerFault("system error", 50000, "ad/get", "r1")
    desk.ends = [fault, fault]
    assert desk.run().outcome == "complete"
    runs = desk.history.runs("a")
    assert [(run.outcome, run.attempt, run.trigger) for run in runs] == [
        ("complete", 3, "retry"),
        ("failed", 2, "retry"),
        ("failed", 1, "manual"),
    ]
    assert "request r1" in runs[1].problem
    for earlier, later in pairwise(reversed(runs)):
        assert earlier.finished_at is not None
        assert later.started_at - earlier.finished_at >= timedelta(minutes=5)


def test_the_last_failure_stands_when_the_retries_are_used_up(desk: Desk) -> None:
    desk.ends = [ServerFault("system error", 50000, "ad/get", f"r{n}") for n in range(5)]
    run = desk.run()
    assert (run.outcome, run.attempt, len(desk.ran)) == ("failed", 3, 3)
    assert "r2" in run.problem
    assert run.remedy


@pytest.mark.parametrize(
    "error",
    [AuthError("token revoked", 40105, "ad/get", "r"), ConfigError("start_date is missing.", "Set it.")],
)
def test_what_needs_a_person_is_not_tried_again(desk: Desk, error: Exception) -> None:
    """A revoked login asked every ten minutes only earns a block."""
    desk.ends = [error]
    run = desk.run()
    assert (run.outcome, len(desk.ran)) == ("failed", 1)
    assert run.problem
    assert run.remedy


def test_an_error_that_nobody_expected_is_noted_too(desk: Desk) -> None:
    desk.ends = [ZeroDivisionError("oops"), report()]
    assert desk.run().outcome == "complete"
    assert "ZeroDivisionError" in desk.history.runs("a")[1].problem


def test_a_partial_run_names_what_it_left_out_and_is_no_failure(desk: Desk) -> None:
    """One revoked advertiser must not have the others read again and again."""
    desk.ends = [report("partial", skipped=(Skipped("advertiser 7 is closed", "Ask for access."),))]
    run = desk.run()
    assert (run.outcome, len(desk.ran)) == ("partial", 1)
    assert (run.problem, run.remedy) == ("advertiser 7 is closed", "Ask for access.")


def test_a_token_in_an_error_is_not_noted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history is a file that people copy and send."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "canary-4f1c9a77d2")
    find_token("default")
    desk.ends = [RuntimeError("https://x/?access_token=canary-4f1c9a77d2")]
    desk.run("[jobs.a]\n")
    for file in desk.folder.glob("jobs.sqlite*"):
        assert b"canary-4f1c9a77d2" not in file.read_bytes()
    assert "canary" not in desk.history.runs("a")[0].problem


def test_the_history_is_for_its_owner_alone(desk: Desk) -> None:
    assert stat.S_IMODE(os.stat(desk.history.path).st_mode) == 0o600


def test_a_history_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    """Going back a release must not damage what the newer one noted."""
    import sqlite3

    History(tmp_path).close()
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError, match="newer release"):
        History(tmp_path)


def test_a_job_never_runs_twice_at_a_time(desk: Desk) -> None:
    """Two runs of one job would write the same windows; the second one is told."""

    async def story() -> list[BaseException | Ended]:
        settings = desk.jobs("[jobs.a]\n")()["a"]
        both = [asyncio.create_task(desk.runner.run("a", settings, trigger="manual")) for _ in range(2)]
        while not all(task.done() for task in both):
            await desk.sleep(60)
        return await asyncio.gather(*both, return_exceptions=True)

    first, second = asyncio.run(story())
    assert isinstance(first, Ended)
    assert isinstance(second, JobRunning)
    assert desk.most_at_once == 1


def test_a_run_that_was_killed_is_shown_as_interrupted_and_made_good_at_once(desk: Desk) -> None:
    """After a power cut the history tells the truth, and nobody waits a day for the data."""
    due = BEGIN - timedelta(hours=6)
    dead = desk.history.begin("a", trigger="schedule", attempt=1, due_at=due, now=due)
    desk.keep('[jobs.a]\nschedule = "daily at 06:00"\n', until=BEGIN + timedelta(hours=2))
    assert desk.history.run(dead.id).outcome == "interrupted"
    again, first = desk.history.runs("a")
    assert (again.outcome, again.due_at, first.id) == ("complete", due, dead.id)
    assert len(desk.ran) == 1


def test_runs_that_were_missed_are_made_up_for_once(desk: Desk) -> None:
    """A machine that was off for three days runs the job once, not 72 times."""
    text = '[jobs.a]\nschedule = "every hour"\n'
    desk.keep(text, until=BEGIN + timedelta(hours=2, minutes=30))
    before = len(desk.ran)
    desk.now += timedelta(days=3)
    back = desk.now
    desk.keep(text, until=back + timedelta(minutes=10))
    assert len(desk.ran) == before + 1
    assert desk.history.runs("a")[0].due_at == back.replace(minute=0, second=0, microsecond=0)


def test_a_new_or_changed_schedule_begins_now(desk: Desk) -> None:
    """Writing `daily at 06:00` at noon must not start a run for this morning."""
    desk.keep('[jobs.a]\nschedule = "daily at 06:00"\n', until=BEGIN + timedelta(hours=1))
    desk.keep('[jobs.a]\nschedule = "daily at 12:30"\n', until=BEGIN + timedelta(hours=2))
    assert desk.ran == []


def test_a_paused_job_waits_and_others_go_on(desk: Desk) -> None:
    text = '[jobs.a]\nschedule = "every hour"\npaused = true\n[jobs.b]\nschedule = "every hour"\n'
    desk.keep(text, until=BEGIN + timedelta(hours=5))
    assert {name for name, _ in desk.ran} == {"b"}


def test_a_broken_settings_file_is_told_once_and_the_old_jobs_stay(desk: Desk) -> None:
    """A slip of the pen at noon must not cost tonight's run."""
    place = desk.folder / "tiktok_ads.toml"
    load = desk.jobs('[jobs.a]\nschedule = "every hour"\n')
    told: list[str] = []

    async def story() -> None:
        keeping = asyncio.create_task(Scheduler(desk.runner, load, told.append).keep())
        await desk.until(BEGIN + timedelta(minutes=30))
        place.write_text("[jobs.a]\nschedule = 'every hour", encoding="utf-8")
        await desk.until(BEGIN + timedelta(hours=3, minutes=30))
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    asyncio.run(story())
    assert len(desk.ran) == 3
    assert len([line for line in told if "cannot be used" in line]) == 1


def test_a_long_run_is_not_overtaken_by_its_next_time(desk: Desk) -> None:
    """Runs that take longer than their hour follow each other; the times between are one run."""
    desk.takes = timedelta(minutes=150)
    desk.keep('[jobs.a]\nschedule = "every hour"\n', until=BEGIN + timedelta(hours=12))
    assert desk.most_at_once == 1
    assert 4 <= len(desk.ran) <= 5


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_runs_come_each_once_through_restarts(desk: Desk, zone: str) -> None:
    """Every expected time exactly once, whatever the clocks do and however often the process is restarted."""
    desk.takes = timedelta(0)
    text = f'[jobs.a]\nschedule = "daily at 02:30"\nzone = "{zone}"\n'
    end = BEGIN + timedelta(days=730)
    expected = list(
        takewhile(lambda at: at < end, next_times(parse_schedule("daily at 02:30"), BEGIN, zone=zone))
    )
    history = desk.history
    load = desk.jobs(text)
    settings = load()
    started: list[datetime] = []
    while desk.now < end:
        # A new scheduler each month: what it knows of the past stands in the history alone.
        stop = min(desk.now + timedelta(days=31), end)
        scheduler = Scheduler(replace(desk.runner), lambda: settings, lambda _: None)
        while desk.now < stop:
            due = scheduler.due("a", settings["a"], desk.now)
            if due is not None:
                history.count_to("a", f"{settings['a'].jobs['a'].schedule} in {zone}", due)
                started.append(due)
            following = scheduler.following("a", settings["a"], desk.now)
            assert following is not None
            desk.now = min(following, stop)
    assert started == [at for at in expected if at < end]


def test_stopping_the_scheduler_notes_the_run_that_was_under_way(desk: Desk) -> None:
    desk.takes = timedelta(days=9)
    desk.keep('[jobs.a]\nschedule = "every hour"\n', until=BEGIN + timedelta(hours=2))
    assert desk.history.runs("a")[0].outcome == "interrupted"
