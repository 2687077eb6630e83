"""Jobs from the command line: what stands in the file runs, is noted, pauses, and is explained when wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.test_cli import Ran
from tests.worlds import EAST_AND_WEST
from tiktok_ads.simulator.logins import TOKEN
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

FILE = Path("tiktok_ads.toml")
START = (datetime.now(UTC) - timedelta(days=6)).date().isoformat()


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None)) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a state and a token of the test's own."""
    for name in list(os.environ):
        if name.startswith("TIKTOK_ADS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)


def write(served: Running | None = None, **jobs: str) -> None:
    """A settings file with these jobs: name → lines of its table."""
    general = [f'start_date = "{START}"', 'tables = ["ads"]', 'destination = "duckdb:///ads.duckdb"']
    if served is not None:
        advertisers = json.dumps(list(served.simulator.world.advertisers))
        general += [f'api_url = "{served.url}"', f"advertisers = {advertisers}"]
    tables = [f"[jobs.{name}]\n{lines}" for name, lines in jobs.items()]
    FILE.write_text("\n".join([*general, *tables]) + "\n", encoding="utf-8")


def test_jobs_are_listed_with_their_next_times() -> None:
    """Before anything runs I see whether the schedule means what I think."""
    write(morning='schedule = "daily at 06:00"\nzone = "Asia/Tokyo"\ndescription = "For the team"', byhand="")
    told = {one["job"]: one for one in Ran("jobs", "--json").json["jobs"]}
    assert [at[11:] for at in told["morning"]["next"]] == ["06:00+09:00"] * 5
    assert told["byhand"]["next"] == []
    assert told["morning"]["last_run"] is None
    shown = Ran("jobs").out
    assert "For the team" in shown
    assert "never by itself" in shown


def test_a_file_without_jobs_says_where_to_read_on() -> None:
    write()
    assert "docs/jobs.md" in Ran("jobs").out
    ran = Ran("serve", "--headless")
    assert (ran.code, "docs/jobs.md" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('schedule = "dayly at 06:00"', "jobs.a.schedule: The schedule 'dayly at 06:00' cannot be read"),
        ('zone = "Europe/Berln"', "Europe/Berlin"),
        ('shedule = "daily at 06:00"', "jobs.a.shedule: there is no such setting. Did you mean schedule?"),
        ("retries = 99", "jobs.a.retries"),
        ('tables = ["nonsense"]', "Job a: tables: "),
        ('state_dir = "/tmp"', "jobs.a.state_dir: there is no such setting"),
    ],
)
def test_what_is_wrong_with_a_job_is_told_before_anything_runs(lines: str, told: str) -> None:
    write(a=lines)
    ran = Ran("jobs")
    assert ran.code == 2
    assert told in ran.err


def test_a_job_runs_by_name_with_its_own_settings_and_is_noted(served: Running) -> None:
    """The same line for me, for cron and for an orchestrator."""
    write(served, a='tables = ["campaigns"]\ndestination = "duckdb:///own.duckdb"')
    ran = Ran("sync", "a", "--json")
    assert ran.code == 0
    with closing(duckdb.connect("own.duckdb", read_only=True)) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM tiktok_ads.campaigns").fetchall() == [(True,)]
    assert not Path("ads.duckdb").exists()
    (run,) = Ran("jobs", "history", "a", "--json").json["runs"]
    assert (run["outcome"], run["trigger"], run["calls"]) == (
        "complete",
        "manual",
        ran.json["calls"]["made"]["total"],
    )
    assert "complete" in Ran("jobs").out


def test_the_command_line_comes_before_the_job(served: Running) -> None:
    write(served, a='tables = ["campaigns"]')
    assert {line["table"] for line in Ran("sync", "a", "--table", "adgroups", "--json").json["tables"]} == {
        "adgroups"
    }


def test_a_job_that_fails_is_noted_with_its_remedy(served: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "wrong-token")
    write(served, a="retries = 5")
    ran = Ran("sync", "a")
    assert ran.code == 2
    (run,) = Ran("jobs", "history", "--json").json["runs"]
    assert run["outcome"] == "failed"
    assert run["remedy"]
    assert "wrong-token" not in json.dumps(run)


@pytest.mark.parametrize("command", [("sync", "aa"), ("plan", "aa"), ("jobs", "pause", "aa")])
def test_an_unknown_job_is_told_with_the_nearest(command: tuple[str, ...]) -> None:
    write(aab="")
    ran = Ran(*command)
    assert ran.code == 2
    assert "Did you mean aab?" in ran.err


def test_pausing_writes_the_file_and_keeps_what_stands_in_it() -> None:
    """Comments and order are mine."""
    write(a='# why: the team comes at seven\nschedule = "daily at 06:00"')
    before = FILE.read_text(encoding="utf-8")
    assert Ran("jobs", "pause", "a").code == 0
    assert Ran("jobs", "--json").json["jobs"][0]["next"] == []
    assert "# why: the team comes at seven" in FILE.read_text(encoding="utf-8")
    assert Ran("jobs", "resume", "a").code == 0
    assert FILE.read_text(encoding="utf-8").replace("paused = false\n", "") == before
    assert len(Ran("jobs", "--json").json["jobs"][0]["next"]) == 5


def test_serve_runs_what_is_due_and_ends_on_ctrl_c(served: Running) -> None:
    """A real process over TCP: the run that was killed is made good, and Ctrl-C leaves no run in the dark."""
    write(served, a='schedule = "every minute"')
    from tiktok_ads.jobs.history import History

    state = Path(os.environ["TIKTOK_ADS_STATE_DIR"])
    now = datetime.now(UTC)
    with closing(History(state)) as history:
        history.begin("a", trigger="schedule", attempt=1, due_at=now - timedelta(minutes=5), now=now)
    process = subprocess.Popen(
        [sys.executable, "-m", "tiktok_ads.cli.main", "serve", "--headless"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with closing(History(state)) as history:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                done = [run.outcome for run in history.runs("a")]
                if done.count("complete") >= 1:
                    break
                assert process.poll() is None
                time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, told
    assert done[-1] == "interrupted"
    assert "a: complete" in told
    assert Path("ads.duckdb").exists()
