"""Killed at any instant: the next run ends up where an uninterrupted one does.

By default a handful of kills; TIKTOK_ADS_BATTERY=full makes it 200 for each kind of run. TIKTOK_ADS_SEED
repeats a series; the seed is printed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.worlds import EAST_AND_WEST
from tiktok_ads.load import open_destination
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running

KILLS = 200 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 5
SEED = int(os.environ.get("TIKTOK_ADS_SEED") or random.SystemRandom().randrange(2**31))
NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
OF_A_RUN = ("_synced_at", "_run_id", "_changed_at", "_deleted_at", "run_id", "synced_at", "updated_at")
"""Columns that tell when something was loaded, and so differ between any two runs."""


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(EAST_AND_WEST, options=Options(tier=None), clock=NOW) as simulator:
        yield simulator


def started(served: Running, file: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tiktok_ads.cli.main", "sync", "--json", "--tier", "ultimate"]
    said = {
        "--api-url": served.url,
        "--start-date": "2026-09-01",
        "--destination": f"duckdb:///{file}",
        "--store-changes": "all",
    }
    for name, value in said.items():
        command += [name, value]
    for advertiser in served.simulator.world.advertisers:
        command += ["--advertiser", advertiser]
    environment = {
        **os.environ,
        "HOME": str(file.parent),
        "TIKTOK_ADS_ACCESS_TOKEN": "simulator-token",
        "TIKTOK_ADS_STATE_DIR": str(file.parent / "state"),
    }
    return subprocess.Popen(
        command, env=environment, cwd=file.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def finished(served: Running, file: Path) -> float:
    """Seconds that an undisturbed run takes."""
    begun = time.monotonic()
    assert started(served, file).wait(timeout=120) == 0
    return time.monotonic() - begun


def contents(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table as sorted rows, without what tells only when they came; and the bookmarks."""
    with closing(duckdb.connect(file, read_only=True)) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tiktok_ads' "
            "AND table_type = 'BASE TABLE' AND table_name NOT IN ('_runs', '_state') ORDER BY ALL"
        ).fetchall()
        found: dict[str, list[tuple[object, ...]]] = {}
        for (table,) in tables:
            columns = [
                f'"{name}"::VARCHAR'
                for (name, *_) in connection.execute(f'DESCRIBE tiktok_ads."{table}"').fetchall()
                if name not in OF_A_RUN
            ]
            rows = connection.execute(f'SELECT {", ".join(columns)} FROM tiktok_ads."{table}" ORDER BY ALL')
            found[table] = rows.fetchall()
    with open_destination(f"duckdb:///{file}", read_only=True) as destination:
        marks = destination.bookmarks()
    found["bookmarks"] = sorted(
        (key[0], key[1], str(mark.days), str(mark.unsettled), str(mark.modified))
        for key, mark in marks.items()
    )
    return found


def check_what_was_left(file: Path) -> None:
    """Right after a kill: the file opens, and rows and bookmarks tell of the same days."""
    if not file.exists():
        return
    with open_destination(f"duckdb:///{file}", read_only=True) as destination:
        marks = destination.bookmarks()
    with closing(duckdb.connect(file, read_only=True)) as connection:
        dated = connection.execute(
            "SELECT table_name FROM duckdb_columns() WHERE column_name = 'stat_time_day' "
            "AND table_name IN (SELECT table_name FROM tiktok_ads._tables)"
        ).fetchall() if marks else []  # fmt: skip
        for (table,) in dated:
            held = connection.execute(
                f'SELECT DISTINCT advertiser_id, stat_time_day FROM tiktok_ads."{table}"'
            ).fetchall()
            for advertiser_id, day in held:
                days = marks[table, advertiser_id].days
                assert any(one.first <= day <= one.last for one in days), f"{table}, {day}: no bookmark"


def killed(served: Running, file: Path, seconds: float) -> bool:
    """Start a run and kill it after so long; whether it was still alive."""
    run = started(served, file)
    try:
        run.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait(timeout=30)
        return True
    return False


def same_after_kills(
    served: Running, whole: dict[str, list[tuple[object, ...]]], make: Callable[[int], Path], took: float
) -> None:
    chance = random.Random(SEED)
    kills = 0
    print(f"seed {SEED}")
    file = make(0)
    for number in range(20 * KILLS):
        # A run spends its first part starting up; most kills should come while rows are on their way.
        if killed(served, file, chance.uniform(0.25, 1.0) * took):
            kills += 1
            check_what_was_left(file)
            if chance.random() < 0.5 and kills < KILLS:
                continue  # killed again before anything could heal
        finished(served, file)
        assert contents(file) == whole, f"seed {SEED}, kill {kills}"
        if kills >= KILLS:
            return
        file = make(number + 1)
    raise AssertionError(f"only {kills} of {KILLS} runs could be killed in time (seed {SEED})")


@pytest.mark.timeout(7200 if KILLS > 5 else 300)
def test_a_first_load_that_is_killed_ends_up_the_same(served: Running, tmp_path: Path) -> None:
    """Killing the process at any instant leaves the old window or the new one."""

    def empty(number: int) -> Path:
        folder = tmp_path / str(number)
        folder.mkdir()
        return folder / "out.duckdb"

    took = finished(served, empty(-1))
    whole = contents(tmp_path / "-1" / "out.duckdb")
    assert len(whole["ad_insights"]) > 20
    same_after_kills(served, whole, empty, took)


@pytest.mark.timeout(7200 if KILLS > 5 else 300)
def test_a_lookback_that_is_killed_ends_up_the_same(tmp_path: Path) -> None:
    """Restated days, deleted ads and their changes are the same, however often the run was killed."""
    with running(EAST_AND_WEST, options=Options(tier=None), clock=NOW) as served:
        before = tmp_path / "before.duckdb"
        finished(served, before)
        served.simulator.world.set_clock(NOW + timedelta(days=3))

        def loaded(number: int) -> Path:
            folder = tmp_path / str(number)
            folder.mkdir()
            file = folder / "out.duckdb"
            file.write_bytes(before.read_bytes())
            return file

        took = finished(served, loaded(-1))
        whole = contents(tmp_path / "-1" / "out.duckdb")
        assert whole["ad_insights__changes"]
        same_after_kills(served, whole, loaded, took)


def test_a_run_that_is_asked_to_stop_does_so(served: Running, tmp_path: Path) -> None:
    """SIGTERM ends a run within ten seconds; what was committed stays, and the next run goes on."""
    file = tmp_path / "out.duckdb"
    run = started(served, file)
    deadline = time.monotonic() + 60
    while not file.exists() and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    run.terminate()
    assert run.wait(timeout=10) in (0, 130)
    finished(served, file)
    assert len(contents(file)["ad_insights"]) > 20
