"""Killed at any instant and failed at any statement, whatever a table's update method is."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from tests.loading import (
    REPORT_COLUMNS,
    ad,
    ads,
    column,
    landed,
    later,
    report,
    spent,
    table,
    window,
)
from tests.test_load_kill import Failing
from tiktok_ads.catalog.streams import UpdateMethod
from tiktok_ads.errors import LoadError
from tiktok_ads.load import Load, open_destination
from tiktok_ads.load.duckdb import DuckDB
from tiktok_ads.load.relational import Relational
from tiktok_ads.plan import Bookmark, LoadedDays

KILLS = 100 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 4
ROWS = 30
OWNERS = ("1", "2")
METHODS: tuple[UpdateMethod, ...] = ("partition", "replace", "merge", "append")

WRITER = """
import sys
from tests.test_load_kill_methods import write_for_ever
write_for_ever(sys.argv[1], sys.argv[2], int(sys.argv[3]))
"""


def round_of(method: UpdateMethod, number: int) -> list[Load]:
    """What run `number` loads of two owners: rows by hour that say it, and a list of ads likewise."""
    loads: list[Load] = []
    first = 1 + number % 4
    days = window(first, first + 2)
    hour = column("stat_time_hour", pa.timestamp("us"), "hour")
    extra = [column(f"metric_{number // 5}", pa.int64(), "count")]
    schema = pa.schema([hour if f.name == "stat_time_day" else f for f in (*REPORT_COLUMNS, *extra)])
    for owner in OWNERS:
        rows = []
        for i in range(ROWS + number % 5):
            row = spent(str(i), first + i % 3, str(number), advertiser_id=owner, impressions=1)
            at = datetime.combine(row.pop("stat_time_day"), datetime.min.time())  # type: ignore[arg-type]
            rows.append({**row, "stat_time_hour": at.replace(hour=i % 24)})
        load = report([], days, advertiser_id=owner, schema=schema, store_changes=True)
        held = (LoadedDays(days.first, days.last, "s", "c"),)
        mark = Bookmark("ad_insights", owner, held, lookback_days=number)
        uniqueness = ("advertiser_id", "ad_id", "stat_time_hour")
        spec = replace(load.spec, day_column="stat_time_hour", uniqueness=uniqueness, update_method=method)
        loads.append(replace(load, spec=spec, bookmark=mark, rows=table(rows, schema)))
    listed = ads([ad(str(i), ad_name=str(number)) for i in range(5 + number % 4)])
    return [*loads, replace(listed, spec=replace(listed.spec, update_method=_of_list(method)))]


def _of_list(method: UpdateMethod) -> UpdateMethod:
    return "replace" if method == "partition" else method


def write_for_ever(path: str, method: UpdateMethod, first: int) -> None:
    """Commit round after round, each owner's slice by itself and then all again, as a run tried twice."""
    number = first
    while True:
        with open_destination(path) as destination:
            for _ in range(5):
                for loads in (round_of(method, number)[:1], round_of(method, number)):
                    destination.commit(loads, run_id=f"r{number}", at=later(number))
                print(number, flush=True)
                number += 1


Ask = Callable[[str], list[tuple[object, ...]]]
"""Runs one query in our schema."""


def standing(url: str, ask: Ask, method: UpdateMethod) -> int:
    """The last round that is wholly there, after checking that every row says what its bookmark says."""
    with open_destination(url, read_only=True) as destination:
        marks = destination.bookmarks()
    rounds = [marks[key].lookback_days for key in (("ad_insights", one) for one in OWNERS) if key in marks]
    if not rounds:
        return -1
    for owner, number in zip(OWNERS, rounds, strict=False):
        rows = round_of(method, number)[int(owner) - 1].rows
        mine = f"FROM ad_insights WHERE advertiser_id = '{owner}'"
        newest = ask(f"SELECT count(*), CAST(sum(spend) AS BIGINT) {mine} AND _run_id = 'r{number}'")
        assert newest == [(rows.num_rows, number * rows.num_rows)], (owner, number)
        keys = "advertiser_id, ad_id, stat_time_hour" + (", _run_id" if method == "append" else "")
        assert ask(f"SELECT 1 {mine} GROUP BY {keys} HAVING count(*) > 1") == []
        others = ask(f"SELECT _run_id, count(*) {mine} GROUP BY _run_id")
        if method == "append":
            expected = Counter({f"r{one}": ROWS + one % 5 for one in range(number + 1)})
            assert Counter({str(run): int(str(rows)) for run, rows in others}) == expected
        if method == "replace":
            assert [run for run, _ in others] == [f"r{number}"]
    told = ask("SELECT DISTINCT ad_name FROM ads WHERE ad_id = '0'") if ("ads", "1") in marks else []
    if told:
        assert (str(min(rounds)),) in told
        assert len(told) == (min(rounds) + 1 if method == "append" else 1)
    return min(rounds) if len(rounds) == len(OWNERS) else -1


def kill_again_and_again(
    url: str, ask: Ask, method: UpdateMethod, kills: int, *, within: float = 0.3, repeats: bool = False
) -> None:
    """Kill a writer at random moments; after each, the last round that it told of, or the next, stands.

    Args:
        within: seconds after a round in which it is killed.
        repeats: rows come before their bookmarks, so the round is loaded again before it is looked at.
    """
    seed = int(os.environ.get("TIKTOK_ADS_SEED") or random.SystemRandom().randrange(10**9))
    print(f"seed {seed} (TIKTOK_ADS_SEED={seed} repeats the moments)")
    rng = random.Random(seed)
    shown = -1
    for kill in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, method, str(shown + 1)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        assert writer.stdout is not None
        said = writer.stdout.readline()
        time.sleep(rng.random() * within)
        writer.send_signal(signal.SIGKILL)
        said += writer.communicate(timeout=60)[0]
        committed = [int(line) for line in said.split()][-1]
        if repeats:
            with open_destination(url) as destination:
                again = committed + 1
                destination.commit(round_of(method, again), run_id=f"r{again}", at=later(again))
        shown = standing(url, ask, method)
        assert shown in (committed, committed + 1), f"kill {kill}: {committed} was committed"
    assert shown >= kills - 1, "the kills let rounds through"


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("method", METHODS)
def test_kill_9_doubles_and_loses_nothing(tmp_path: Path, method: UpdateMethod) -> None:
    """Snapshots are whole and there once, merged rows stay, replaced ones are wholly old or new."""
    path = tmp_path / "out.duckdb"
    kill_again_and_again(str(path), partial(landed, path), method, KILLS)


EVERYTHING = ("ad_insights", "ads", "_daily_sums", "_state", "_tables")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_a_statement_that_fails_changes_nothing(tmp_path: Path, method: UpdateMethod, after: bool) -> None:
    """Each statement of a load in turn fails; then the load succeeds in the same process."""
    path = tmp_path / "out.duckdb"
    with DuckDB(path, schema="tiktok_ads", read_only=False, memory_limit="150MB") as database:
        destination = Relational(database)
        for number in (0, 1):
            destination.commit(round_of(method, number), run_id=f"r{number}", at=later(number))
        real = database._connection

        def all_of() -> Sequence[object]:
            held = database.tables()
            names = [*EVERYTHING, *(name for name in ("ads__changes",) if name in held)]
            return [real.execute(f"FROM tiktok_ads.{name} ORDER BY ALL").fetchall() for name in names]

        before = all_of()
        for at in range(1, 500):
            database._connection = Failing(real, at, after=after)  # type: ignore[assignment]
            try:
                destination.commit(round_of(method, 2), run_id="r2", at=later(2))
                break
            except LoadError as error:
                said = str(error)
            finally:
                database._connection = real
            assert "disk is full" in said
            assert all_of() == before, f"after statement {at} failed"
        assert at > 15
    assert standing(str(path), partial(landed, path), method) == 2
