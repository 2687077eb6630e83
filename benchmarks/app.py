"""The web app over a long history: how fast its pages are, and what open pages cost a run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from benchmarks.world import ROOT
from tiktok_ads.jobs.history import History, RunOutcome, text_of
from tiktok_ads.runreport import CallCount, QuotaUse, RunReport, TableLine

ADVERTISERS, DATASETS, RUNS, FOLLOWERS = 200, 50, 10_000, 20
TABLES = 9
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class App:
    """An app in a process of its own, and somebody who was let in."""

    client: httpx2.Client
    cookies: dict[str, str]
    url: str
    pid: int

    def cpu_seconds(self) -> float:
        parts = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def write_settings(folder: Path, *, loads: int, load: str) -> None:
    """A settings file with many datasets of an agency, and some that really load, as `load` says."""
    ids = ", ".join(f'"{7_000_000_000_000_000_000 + number}"' for number in range(ADVERTISERS))
    parts = [f'[connections.agency]\napp_id = "1"\nadvertisers = [{ids}]']
    for number in range(DATASETS):
        parts.append(
            f'[jobs.dataset-{number}]\nconnection = "agency"\nstart_date = 2026-01-01\n'
            # Far between, so that nothing begins while pages are measured.
            'schedule = "every 3 months on day 1 since 2026-01-01 at 06:00"\nzone = "Europe/Berlin"\n'
            'destination = "duckdb:///agency.duckdb"'
        )
    parts += [
        f'[jobs.load-{number}]\ndestination = "duckdb:///load-{number}.duckdb"\n{load}'
        for number in range(loads)
    ]
    (folder / "tiktok_ads.toml").write_text("\n".join(parts) + "\n", encoding="utf-8")


def write_history(state: Path) -> None:
    """Runs of all datasets; each dataset's last one has the report of a whole agency."""
    outcomes: tuple[RunOutcome, ...] = ("complete",) * 18 + ("partial", "failed")
    rows = []
    for number in range(RUNS):
        at, outcome = _BEGIN + timedelta(minutes=number), outcomes[number % 20]
        advertisers = ADVERTISERS if number >= RUNS - DATASETS else 2
        report = None if outcome == "failed" else json.dumps(_report(at, advertisers))
        problem = "" if number % 20 < 18 else "TikTok's side failed although it was asked again."
        begun, ended = text_of(at), text_of(at + timedelta(seconds=40 + number % 30))
        job = f"dataset-{number % DATASETS}"
        rows.append((uuid.uuid4().hex, job, begun, begun, ended, outcome, problem, report))
    with closing(History(state)) as history, history.writing() as connection:
        connection.executemany(
            "INSERT INTO runs (id, job, trigger, attempt, due_at, started_at, finished_at, outcome, calls, "
            "rows_read, problem, report) VALUES (?, ?, 'schedule', 1, ?, ?, ?, ?, 720, 41000, ?, ?)",
            rows,
        )


def _report(at: datetime, advertisers: int) -> dict[str, object]:
    lines = tuple(
        TableLine(f"table_{table}", str(7_000_000_000_000_000_000 + number), rows_read=200, calls=4)
        for table in range(TABLES)
        for number in range(advertisers)
    )
    calls = CallCount({"first_page": 720})
    quota = QuotaUse("basic", 10, 864_000, 9_000)
    return RunReport("1", at, at, "complete", "duckdb:///x", calls, calls, lines, (), (), quota).to_json()


@contextmanager
def opened(folder: Path, state: Path) -> Iterator[App]:
    """The app over this folder, until the block ends."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"TIKTOK_ADS_STATE_DIR": str(state), "TIKTOK_ADS_ACCESS_TOKEN": "simulator-token"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tiktok_ads.cli.main", "serve", "--no-browser", "--port", str(port)],
        cwd=folder,
        env={**os.environ, **own, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        link = next((found for line in lines if (found := re.search(r"http://\S+launch\S+", line))), None)
        if link is None:
            raise RuntimeError("The app did not start.")
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            cookies = dict(client.get(link[0]).cookies)
            client.headers.update({"Sec-Fetch-Site": "same-origin"})
            yield App(client, cookies, f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.kill()
        process.communicate()


def page_seconds(app: App, *, tries: int) -> dict[str, float]:
    """Page → the median of its times, headers to last byte."""
    newest = app.client.get("/api/v1/runs?limit=1&dataset=dataset-0").json()["items"][0]["id"]
    pages = {
        "overview": "/",
        "datasets": "/datasets",
        "a dataset": "/datasets/dataset-7",
        "its history": "/datasets/dataset-7/history",
        "its form": "/datasets/dataset-7/edit",
        "connections": "/connections",
        "runs": "/runs",
        "the oldest runs": f"/runs?page={RUNS // 50}",
        "failed runs": "/runs?outcome=failed",
        "a run": f"/runs/{newest}",
        "its advertisers": f"/runs/{newest}/advertisers",
    }
    found: dict[str, float] = {}
    for name, path in pages.items():
        took = []
        for _ in range(tries):
            begun = time.perf_counter()
            answer = app.client.get(path)
            took.append(time.perf_counter() - begun)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        found[name] = statistics.median(took)
    return found


async def run_cpu(app: App, job: str, *, followers: int) -> float:
    """CPU seconds of the app while it runs this job, with so many open pages that follow it."""
    async with httpx2.AsyncClient(
        base_url=app.url, cookies=app.cookies, headers=dict(app.client.headers), timeout=60, trust_env=False
    ) as client:
        before = app.cpu_seconds()
        begun = (await client.post(f"/api/v1/datasets/{job}/run")).json()["id"]
        pages = [asyncio.create_task(_follow(client, begun, number)) for number in range(followers)]
        outcome = "running"
        while outcome == "running":
            await asyncio.sleep(0.5)
            outcome = (await client.get(f"/api/v1/runs?limit=1&dataset={job}")).json()["items"][0]["outcome"]
        used = app.cpu_seconds() - before
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    if outcome != "complete":
        raise RuntimeError(f"The run of {job} was {outcome}.")
    return used


async def _follow(client: httpx2.AsyncClient, run_id: str, number: int) -> None:
    """As the page does: every two seconds; the pages were not opened at the same moment."""
    await asyncio.sleep(number / FOLLOWERS * 2)
    while True:
        await client.get(f"/runs/{run_id}/progress", headers={"HX-Request": "true"})
        await asyncio.sleep(2)
