"""Killed at any instant, failed at any statement: the old window or the new one, and its own bookmark."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.loading import (
    AT,
    REPORT_COLUMNS,
    ad,
    ads,
    column,
    landed,
    later,
    report,
    spent,
    window,
    with_columns,
)
from tiktok_ads.errors import LoadError
from tiktok_ads.load import Load, open_destination
from tiktok_ads.load.duckdb import DuckDB
from tiktok_ads.load.relational import Relational

FULL = os.environ.get("TIKTOK_ADS_BATTERY") == "full"
KILLS = 200 if FULL else 15
ROWS = 40

WRITER = """
import sys
from tests.test_load_kill import write_for_ever
write_for_ever(sys.argv[1], int(sys.argv[2]))
"""


def round_of(number: int) -> list[Load]:
    """What run `number` loads: a window and ads whose rows all say it; now and then with a new column."""
    days = window(1 + number % 3, 4 + number % 3)
    extra = [column(f"metric_{number // 5}", pa.int64(), "count")]
    widened = pa.float64() if number % 2 else pa.int64()
    schema = pa.schema([*REPORT_COLUMNS, column("flip", widened, "ratio"), *extra])
    rows = [
        spent(str(i), 1 + number % 3 + i % 4, str(number), flip=number, **{f"metric_{number // 5}": number})
        for i in range(ROWS + number % 7)
    ]
    loads = report([], days, schema=schema, store_changes=True, loaded=window(1, 7))
    mark = loads.bookmark.__class__("ad_insights", "1", loads.bookmark.days, lookback_days=number)
    told = with_columns(loads, schema, rows)
    told = Load(told.spec, told.slice, told.rows, mark, ("1",))
    return [told, ads([ad(str(i), ad_name=str(number)) for i in range(5 + number % 4)])]


def write_for_ever(path: str, first: int) -> None:
    """Commit round after round, saying each one's number once it is committed; open anew every few rounds."""
    number = first
    while True:
        with open_destination(path) as destination:
            for _ in range(6):
                destination.commit(round_of(number), run_id=f"r{number}", at=later(number))
                print(number, flush=True)
                number += 1


def standing(path: Path) -> int:
    """The round that the file shows, after checking that it shows one round and no other; -1 for none."""
    with open_destination(str(path)) as destination:
        marks = destination.bookmarks()
        if not marks:
            assert destination.count_rows("ad_insights", "1", None) == 0
            return -1
        number = marks["ad_insights", "1"].lookback_days
        days = window(1 + number % 3, 4 + number % 3)
        assert destination.count_rows("ad_insights", "1", days) == ROWS + number % 7
        assert destination.totals("ad_insights", "1", days, ["spend"]) == {
            "spend": Decimal(number) * (ROWS + number % 7)
        }
    assert landed(path, "SELECT DISTINCT ad_name FROM ads WHERE NOT is_deleted") == [(str(number),)]
    assert landed(path, "SELECT count(*) FROM ads WHERE NOT is_deleted") == [(5 + number % 4,)]
    assert landed(path, "SELECT max(run_id) = min(run_id), min(run_id) FROM _state") == [(True, f"r{number}")]
    newest = "SELECT DISTINCT _run_id FROM ads__changes QUALIFY _changed_at = max(_changed_at) OVER ()"
    if number > 0:
        assert landed(path, newest) == [(f"r{number}",)]
    doubled = landed(
        path, "SELECT 1 FROM ad_insights GROUP BY advertiser_id, ad_id, stat_time_day HAVING count(*) > 1"
    )
    assert doubled == []
    assert landed(path, "SELECT count(*) >= 0 FROM ad_insights__history") == [(True,)]
    return number


@pytest.mark.timeout(1800 if FULL else 240)
def test_kill_9_at_any_moment_leaves_one_whole_round(tmp_path: Path) -> None:
    """The file opens, each window is wholly old or new, and its bookmark says which."""
    seed = int(os.environ.get("TIKTOK_ADS_SEED") or random.SystemRandom().randrange(10**9))
    print(f"seed {seed} (TIKTOK_ADS_SEED={seed} repeats the moments)")
    rng = random.Random(seed)
    path = tmp_path / "out.duckdb"
    shown = -1
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(shown + 1)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        assert writer.stdout is not None
        # Kill in the middle of the rounds rather than while Python starts: wait for the first one, mostly.
        said = writer.stdout.readline() if rng.random() < 0.9 else ""
        time.sleep(rng.random() * 0.4)
        writer.send_signal(signal.SIGKILL)
        said += writer.communicate(timeout=60)[0]
        told = [int(line) for line in said.split()]
        committed = told[-1] if told else shown
        shown = standing(path)
        assert shown in (committed, committed + 1), (
            f"kill {kill}: {committed} was committed, {shown} is there"
        )
    assert shown >= KILLS // 2, "the kills let rounds through"


class Failing:
    """A connection whose statement number `at` is refused, as a full disk or a lost file would refuse it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, at: int, *, after: bool) -> None:
        self._connection, self._left, self._after = connection, at, after

    def execute(self, sql: str, values: object = None) -> duckdb.DuckDBPyConnection:
        self._count(sql, values)
        return self._connection.execute(sql, values)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        self._count(query, None)
        return self._connection.sql(query)

    def _count(self, sql: str, values: object) -> None:
        self._left -= 1
        if self._left == 0:
            if self._after and not sql.startswith("COMMIT"):
                self._connection.execute(sql, values)
            raise duckdb.IOException("IO Error: No space left on device")

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


EVERYTHING = (
    "FROM ad_insights ORDER BY ALL",
    "FROM ads ORDER BY ALL",
    "FROM ads__changes ORDER BY ALL",
    "FROM ad_insights__changes ORDER BY ALL",
    "FROM _daily_sums ORDER BY ALL",
    "FROM _state ORDER BY ALL",
    "FROM _tables ORDER BY ALL",
    "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL",
)


def all_of(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    connection.execute("SET schema = 'tiktok_ads'")
    return [connection.execute(sql).fetchall() for sql in EVERYTHING]


@pytest.mark.parametrize("after", [False, True])
def test_a_statement_that_fails_changes_nothing(tmp_path: Path, after: bool) -> None:
    """Each statement of a load in turn: before it, or after it did its work. At the end the load succeeds."""
    path = tmp_path / "out.duckdb"
    with DuckDB(path, schema="tiktok_ads", read_only=False, memory_limit="150MB") as database:
        destination = Relational(database)
        for number in (0, 1):
            destination.commit(round_of(number), run_id=f"r{number}", at=later(number))
        real = database._connection
        before = all_of(real)
        for at in range(1, 500):
            database._connection = Failing(real, at, after=after)  # type: ignore[assignment]
            try:
                destination.commit(round_of(5), run_id="r5", at=later(5))
                break
            except LoadError as error:
                said = str(error)
            finally:
                database._connection = real
            assert "disk is full" in said
            assert all_of(real) == before, f"after statement {at} failed"
        assert at > 40
    assert standing(path) == 5


def test_a_failed_load_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Also for those who open it afterwards, and the next load heals everything."""
    path = tmp_path / "out.duckdb"
    with open_destination(str(path)) as destination:
        for number in (0, 1):
            destination.commit(round_of(number), run_id=f"r{number}", at=later(number))
    for at in (5, 20, 35):
        with DuckDB(path, schema="tiktok_ads", read_only=False, memory_limit="150MB") as opened:
            real = opened._connection
            opened._connection = Failing(real, at, after=True)  # type: ignore[assignment]
            with pytest.raises(LoadError, match="disk is full"):
                Relational(opened).commit(round_of(5), run_id="r5", at=later(5))
            opened._connection = real
        assert standing(path) == 1
    with open_destination(str(path)) as destination:
        destination.commit(round_of(5), run_id="r5", at=later(5))
    assert standing(path) == 5


def test_a_log_that_was_left_is_read_back(tmp_path: Path) -> None:
    """A process that died after a commit loses nothing: the next one finds it in the log, read-only too."""
    path = tmp_path / "out.duckdb"
    code = (
        "import os, sys\n"
        "from tests.test_load_kill import round_of\n"
        "from tests.loading import AT\n"
        "from tiktok_ads.load import open_destination\n"
        "with open_destination(sys.argv[1]) as destination:\n"
        "    destination.commit(round_of(0), run_id='r0', at=AT)\n"
        "    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False, cwd=Path(__file__).parent.parent)
    assert sorted(os.listdir(tmp_path)) == ["out.duckdb", "out.duckdb.wal"]
    with open_destination(str(path), read_only=True) as destination:
        assert destination.bookmarks()["ad_insights", "1"].lookback_days == 0
    assert standing(path) == 0
    assert os.listdir(tmp_path) == ["out.duckdb"]


def test_days_far_away_do_no_harm(tmp_path: Path) -> None:
    """A clock that was wrong: rows and bookmark of the year 9999 stay until they are read again."""
    path = tmp_path / "out.duckdb"
    far = window(1, 1).__class__(date(9999, 12, 30), date(9999, 12, 31))
    with open_destination(str(path)) as destination:
        destination.commit([report([spent("a", 1, stat_time_day=far.last)], far)], run_id="r", at=AT)
        assert destination.count_rows("ad_insights", "1", far) == 1
        destination.commit([report([], far)], run_id="r", at=AT)
        assert destination.count_rows("ad_insights", "1", far) == 0
