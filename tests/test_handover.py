"""`sync JOB` while the app is open: the app runs it, the command follows, and nobody has to know."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.test_cli import Ran
from tests.worlds import EAST_AND_WEST
from tiktok_ads.cli.told_report import read_report
from tiktok_ads.jobs.handover import open_app
from tiktok_ads.jobs.history import History, JobRun
from tiktok_ads.runreport import CallCount as Calls
from tiktok_ads.runreport import Note, QuotaUse, RunReport, Skipped, TableLine, Unloaded
from tiktok_ads.simulator.logins import TOKEN
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

START = (datetime.now(UTC) - timedelta(days=6)).date().isoformat()
COMMAND = [sys.executable, "-m", "tiktok_ads.cli.main"]
HANDED = "The app is open, so it runs this job."


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, a state and a token of the test's own."""
    for name in list(os.environ):
        if name.startswith("TIKTOK_ADS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("TIKTOK_ADS_TIER", "ultimate")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


def write(served: Running, lines: str = 'tables = ["ads"]') -> None:
    advertisers = json.dumps(list(served.simulator.world.advertisers))
    Path("tiktok_ads.toml").write_text(
        f'start_date = "{START}"\ndestination = "duckdb:///ads.duckdb"\napi_url = "{served.url}"\n'
        f"advertisers = {advertisers}\n[jobs.a]\n{lines}\n",
        encoding="utf-8",
    )


@contextmanager
def serving(state: Path) -> Iterator[subprocess.Popen[str]]:
    """The app, up and answering."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = ["serve", "--no-browser", "--port", str(port)]
    process = subprocess.Popen([*COMMAND, *said], stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: (found := open_app(state)) is not None and found.pid == process.pid)
        yield process
    finally:
        process.kill()
        process.communicate()


def until(is_so: Callable[[], object], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sync(*said: str) -> Ran:
    return Ran("sync", "a", *said)


def runs(state: Path) -> list[JobRun]:
    with closing(History(state)) as history:
        return history.runs("a")


def test_the_app_runs_the_job_and_the_command_tells_the_same(served: Running, state: Path) -> None:
    """Table, sums, JSON and exit code are those of a run in the terminal; the history has one run each."""
    write(served)
    with serving(state):
        shown = sync()
        told = sync("--json")
    assert (shown.code, told.code) == (0, 0), shown.err + told.err
    assert HANDED in shown.err
    assert "Complete." in shown.out
    report = json.loads(told.out)
    later, first = runs(state)
    assert (later.outcome, first.outcome, later.trigger) == ("complete", "complete", "manual")
    with closing(History(state)) as history:
        assert history.run(later.id).report == report
    here = sync("--json")
    assert HANDED not in here.err
    assert json.loads(here.out).keys() == report.keys()


def test_what_fails_in_the_app_ends_the_command_as_it_would_here(
    served: Running, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script sees the same exit code and the same error, wherever the job ran."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "wrong-token")
    write(served)
    here = sync("--json")
    with serving(state):
        there = sync("--json")
    assert HANDED in there.err
    assert (here.code, there.code) == (2, 2)
    first, second = json.loads(here.out)["error"], json.loads(there.out)["error"]
    for one in (first, second):
        assert one.pop("request_id")
        one["message"] = one["message"].partition(" (code")[0]
    assert first == second


def test_what_the_app_does_not_mean_by_the_job_runs_here(
    served: Running, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option of the command line counts, and so does another login; the file is free between runs."""
    write(served)
    with serving(state):
        other = sync("--table", "campaigns", "--json")
        monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "another-token")
        login = sync("--json")
    assert other.code == 0, other.err
    assert "other settings or another login for this job, so it runs here" in other.err
    assert {line["table"] for line in json.loads(other.out)["tables"]} == {"campaigns"}
    assert (login.code, HANDED in login.err) == (2, False)


@pytest.mark.parametrize(
    "left",
    [
        "",
        "{",
        "[]",
        '{"url": "http://127.0.0.1:1", "pid": 1, "token": "x", "version": "0"}',
        '{"url": "SIMULATOR", "pid": 1, "token": "x", "version": "0"}',
    ],
)
def test_what_a_killed_app_left_behind_is_no_hindrance(served: Running, state: Path, left: str) -> None:
    """A broken file, a dead port, a port that somebody else has taken: the job runs here."""
    write(served)
    state.mkdir()
    (state / "serve.json").write_text(left.replace("SIMULATOR", served.url), encoding="utf-8")
    ran = sync("--json")
    assert (ran.code, ran.err.count("app")) == (0, 0), ran.err


def test_a_job_that_runs_in_the_app_is_not_started_twice(served: Running, state: Path) -> None:
    with slow(served), serving(state):
        write(served)
        first = subprocess.Popen([*COMMAND, "sync", "a"], stderr=subprocess.PIPE, text=True)
        until(lambda: [run.outcome for run in runs(state)] == ["running"])
        second = sync()
        first.send_signal(signal.SIGINT)
        told = first.communicate(timeout=60)[1]
    assert second.code == 1
    assert "is running already" in second.err
    assert first.returncode == 130
    assert "Stopping the run in the app" in told
    (run,) = runs(state)
    assert (run.outcome, run.problem) == (
        "interrupted",
        "Somebody stopped this run. What was committed stays.",
    )


def test_an_app_killed_in_mid_run_is_told_and_its_run_made_good(served: Running, state: Path) -> None:
    """The command does not wait for ever; the next app shows the run as interrupted and runs it again."""
    write(served, 'tables = ["ads"]\nschedule = "every 5 minutes"')
    with closing(History(state)) as history:
        past = datetime.now(UTC) - timedelta(minutes=10)
        history.count_to("a", "every 5 minutes in UTC", past)
    with slow(served), serving(state) as app:
        until(lambda: any(run.outcome == "running" for run in runs(state)))
        app.kill()
        app.wait()
    killed = runs(state)[-1]
    assert killed.outcome == "running"
    with serving(state):
        until(lambda: any(run.outcome == "complete" for run in runs(state)))
    found = {run.id: run for run in runs(state)}
    assert found[killed.id].outcome == "interrupted"
    assert "process ended in the middle" in found[killed.id].problem
    assert all(run.trigger == "schedule" for run in found.values())


def test_a_follower_of_a_killed_app_is_told(served: Running, state: Path) -> None:
    """A run that a person started is shown as interrupted as soon as an app is open again."""
    write(served)
    with slow(served), serving(state) as app:
        follower = subprocess.Popen([*COMMAND, "sync", "a"], stderr=subprocess.PIPE, text=True)
        until(lambda: [run.outcome for run in runs(state)] == ["running"])
        app.kill()
        told = follower.communicate(timeout=60)[1]
    assert follower.returncode == 1
    assert "The app ended while it ran a." in told
    with serving(state):
        until(lambda: [run.outcome for run in runs(state)] == ["interrupted"])


def test_a_report_comes_over_whole() -> None:
    """What is shown of a run that was handed over is what the app knew."""
    report = RunReport(
        run_id="1",
        started_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        finished_at=datetime(2026, 3, 1, 13, tzinfo=UTC),
        outcome="partial",
        destination="x.duckdb",
        planned=Calls({"probe": 2}),
        made=Calls({"probe": 3, "retry": 1}),
        lines=(TableLine("ads", "1", rows_read=5, complete_to=datetime(2026, 3, 1, tzinfo=UTC).date()),),
        skipped=(Skipped("gone", "look", code=40001),),
        notes=(Note("late", "ads"),),
        quota=QuotaUse("basic", 10, 864_000, None),
        unloaded=(Unloaded("1", "2026-03-01", Decimal("1.50"), "EUR"),),
    )
    told = json.loads(json.dumps(report.to_json()))
    assert read_report(told).to_json() == told


@contextmanager
def slow(served: Running) -> Iterator[None]:
    """A TikTok that takes its time, so that a run can be met in its middle."""
    before = served.simulator.options
    served.simulator.options = Options(tier=None, latency_ms=3000)
    try:
        yield
    finally:
        served.simulator.options = before
