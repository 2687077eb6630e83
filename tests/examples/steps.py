"""Starts an example's own Python on a script of steps, against a simulator, and reads what came of each."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from examples.run import DAYS, prepare, surroundings

from tests.examples.tools import programs
from tests.worlds import SECOND, Clock, Desk, Listening
from tiktok_ads.client.ledger import Ledger
from tiktok_ads.simulator.server import Running

HERE = Path(__file__).parent
TABLES = ("advertisers", "campaigns", "adgroups", "ads", "ad_insights")
CLOSED = {"kind": "code", "code": 40001, "path": "ad/get", "advertiser_id": SECOND, "times": None}
"""A fault: the list of ads is closed to the login, for one advertiser of the second one."""


def walked(name: str, folder: Path, tiktok: Running, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the driver of that name says of each step.

    A step is `tell` (what the simulator's control endpoint is told before it), `env`, and what the driver
    understands.
    """
    tool = programs(name)
    prepare(name, folder)
    asked, told = folder / "asked.json", folder / "told.json"
    asked.write_text(json.dumps(steps), encoding="utf-8")
    done = subprocess.run(
        [str(tool / "python"), str(HERE / f"{name}_driver.py"), str(asked), str(told)],
        cwd=folder,
        env={**surroundings(name, folder, api_url=tiktok.url, programs=tool), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    answers: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
    return answers


def differences(folder: Path, tiktok: Running) -> list[str]:
    """What the tables of a run hold otherwise than the simulator's world, in words."""
    shutil.copy(folder / "ads.duckdb", folder / "out.duckdb")
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    desk = Desk(
        folder,
        tiktok.simulator,
        Listening(None),
        Clock(),
        Ledger(None, "ultimate"),
        {"tables": TABLES, "start_date": first.isoformat()},
    )
    return desk.wrong()
