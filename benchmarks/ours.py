"""One real sync over TCP, and what it cost this process since its imports: CPU, memory, calls."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

# The destination is imported late; its imports are no rows.
import tiktok_ads.load.duckdb
import tiktok_ads.load.relational  # noqa: F401
from tiktok_ads.config import Settings
from tiktok_ads.sync import run_sync


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def megabytes(name: str) -> float:
    """VmRSS (now) or VmHWM (most ever) of this process; what its parent held before is not in it."""
    status = Path("/proc/self/status")
    if not status.exists():
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 2**20 if sys.platform == "darwin" else most / 2**10
    line = next(one for one in status.read_text().splitlines() if one.startswith(name))
    return int(line.split()[1]) / 2**10


def main(settings: dict[str, Any]) -> None:
    os.environ["TIKTOK_ADS_ACCESS_TOKEN"] = "simulator-token"
    memory, cpu = megabytes("VmRSS"), cpu_seconds()
    report = asyncio.run(run_sync(Settings(**settings)))
    told = report.to_json()
    said = {
        "cpu": cpu_seconds() - cpu,
        "memory": megabytes("VmHWM") - memory,
        "outcome": report.outcome,
        "rows": told["rows"]["read"],  # type: ignore[index]
        "calls": report.made.total,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
