"""The simulator in a process of its own, so that its work does not count; and children that are measured."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LAST_DAY = "2026-09-08"


@dataclass
class Served:
    """A simulator's address; once it has ended, when calls arrived and what its quota counted."""

    url: str
    arrivals: list[float] = field(default_factory=list)
    counters: dict[str, Any] = field(default_factory=dict)


@contextmanager
def serving(preset: str, **options: object) -> Iterator[Served]:
    """Run the simulator for as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.world", preset, json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        served = Served(process.stdout.readline().strip())
        yield served
        told = json.loads(process.communicate(timeout=60)[0])
        served.arrivals, served.counters = told["arrivals"], told["counters"]
    finally:
        process.kill()
        process.wait()


def measured(module: str, *arguments: str) -> dict[str, Any]:
    """What a child says of itself."""
    return gathered([start(module, *arguments)])[0]


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def gathered(children: Sequence[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    """What children that run at the same time say of themselves, as JSON in their last line."""
    said = [child.communicate(timeout=1800)[0] for child in children]
    for child in children:
        if child.returncode:
            raise RuntimeError(f"{child.args!r} ended with {child.returncode}")
    return [json.loads(text.strip().splitlines()[-1]) for text in said]


def _serve(preset: str, *, ads: int | None = None, advertisers: int | None = None, **options: Any) -> None:
    from tiktok_ads.simulator.options import Options
    from tiktok_ads.simulator.presets import plots
    from tiktok_ads.simulator.server import running

    arrivals: list[float] = []

    def clock() -> float:
        # The quota looks at its clock once for each call that comes in.
        arrivals.append(time.time())
        return arrivals[-1]

    world = plots(preset, ads=ads, advertisers=advertisers)
    with running(world, options=Options(quota_time=clock, **options)) as simulator:
        print(simulator.url, flush=True)
        sys.stdin.read()
        counters = simulator.simulator.quota.counters()
    print(json.dumps({"arrivals": arrivals, "counters": counters}))


if __name__ == "__main__":
    _serve(sys.argv[1], **json.loads(sys.argv[2]))
