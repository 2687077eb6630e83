"""A standalone cluster of two workers, one of them killed in mid-read: the same rows, and the quota kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.spark_places import QUIET, rows_in, rows_of, session, stage
from tests.worlds import FIRST, SECOND
from tiktok_ads.simulator.options import Options

pytestmark = [
    pytest.mark.filterwarnings(QUIET),
    pytest.mark.xdist_group("spark"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        os.environ.get("TIKTOK_ADS_BATTERY") != "full", reason="a cluster: TIKTOK_ADS_BATTERY=full starts one"
    ),
]
PER_SECOND = 10
HISTORY = "2026-08-10"


@contextmanager
def daemon(folder: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of Spark's servers, in a process group of its own; gone at the end with all that it started."""
    import pyspark

    program = Path(pyspark.__file__).parent / "bin" / "spark-class"
    own = {"SPARK_HOME": str(program.parent.parent), "PYSPARK_PYTHON": sys.executable}
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), *arguments],
            env={**os.environ, **own, "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """As a power cut does it, executors included."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A master and two workers; gives the master's address and the workers."""
    port, page = free_port(), free_port()
    deploy = "org.apache.spark.deploy"
    place = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
    url = f"spark://127.0.0.1:{port}"
    worker = (f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--webui-port", "0", "-c", "4", "-m", "1g")
    with daemon(folder, "master", f"{deploy}.master.Master", *place):
        for _ in range(600):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        one, two = folder / "one", folder / "two"
        with (
            daemon(folder, "one", *worker, "-d", str(one), url) as first,
            daemon(folder, "two", *worker, "-d", str(two), url) as second,
        ):
            yield url, [first, second]


def test_a_worker_killed_in_mid_read_changes_no_row_and_no_limit_is_passed(tmp_path: Path) -> None:
    """Its slices are read again by the other one; TikTok's own count shows no call too many."""
    times: list[float] = []

    def clock() -> float:
        times.append(time.time())
        return times[-1]

    # The quota's clock is asked when a call comes in, first of all.
    options = Options(tier="basic", sliding=True, latency_ms=300, quota_time=clock)
    with (
        cluster(tmp_path) as (url, workers),
        session(tmp_path, master=url, **{"spark.executor.memory": "700m"}) as spark,
        stage(spark, tmp_path, options=options) as on_stage,
    ):
        quota = on_stage.api.simulator.quota
        said = {"start_date": HISTORY, "tier": "basic", "slices_per_partition": "4"}
        aside = on_stage.desk.aside("sync")
        aside.sync(tables=("ad_insights_hourly",), advertisers=(FIRST, SECOND), start_date=HISTORY)
        there = rows_in(aside, "ad_insights_hourly")
        times.clear()

        def strike() -> None:
            for _ in range(6000):
                if quota.calls["report/integrated/get"] >= 60:
                    break
                time.sleep(0.05)
            kill(workers[0])

        killer = threading.Thread(target=strike)
        killer.start()
        rows = rows_of(on_stage.read(table="ad_insights_hourly", **said))
        killer.join()
        assert workers[0].poll() is not None
        assert rows == there

        over = sum(later - one < 1 for one, later in zip(times, times[PER_SECOND:], strict=False))
        # While the first tasks begin and the last ones end, there is not enough to ask.
        steady = times[20:-20]
        used = (len(steady) - 1) / (steady[-1] - steady[0]) / PER_SECOND
        print(f"\n{len(there)} rows, {len(times)} calls, {used:.0%} of the quota used, {over} calls above it")
        assert over == 0
        assert quota.violations["second"] + quota.violations["minute"] == 0
