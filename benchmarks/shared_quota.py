"""Processes that call as often as one shared quota lets them, and a server that notes each call."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from benchmarks.world import ROOT
from tiktok_ads.client import Client
from tiktok_ads.client.gate import LOCAL, Turn, app_key, open_gate
from tiktok_ads.client.quota import MINUTE_MS, TIERS, Tier
from tiktok_ads.client.shared import SharedBook, server_maker

APP_ID = "7"
_ASKING_AT_ONCE = 16
_LATENCY_SECONDS = 0.2
_BODY = b'{"code":0,"message":"OK","request_id":"r","data":{}}'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)


@dataclass(frozen=True)
class Shared:
    """When calls went out and arrived (epoch seconds, in order), and how many came from each process."""

    left: list[float]
    arrived: list[float]
    by_process: dict[str, int]
    seconds: float

    @property
    def shares(self) -> list[float]:
        return sorted(count / len(self.arrived) for count in self.by_process.values())

    @property
    def calls_a_second(self) -> float:
        within = [at for at in self.arrived if at < self.arrived[0] + self.seconds]
        return len(within) / self.seconds


def above(times: list[float], limit: int, seconds: float) -> int:
    """How many calls came when `limit` others had come within the seconds before."""
    return sum(later - earlier < seconds for earlier, later in zip(times, times[limit:], strict=False))


async def measured(
    store: str, folder: Path, *, tier: Tier, seconds: float, processes: int = 4, kill_one: bool = False
) -> Shared:
    """Let processes call for some seconds, all by one book; `kill_one` ends one of them half-way."""
    stamps: list[tuple[float, str]] = []
    async with _noting(stamps) as url:
        if store != LOCAL:
            _begin(store, url, tier)
        said: dict[str, object] = {"url": url, "store": store, "folder": str(folder), "tier": tier}
        children = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.shared_quota", json.dumps({**said, "who": str(number)})],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(processes)
        ]
        killed = children[:1] if kill_one else []
        try:
            begin = await _together(children, seconds)
            if killed:
                await asyncio.sleep(max(0.0, begin + seconds / 2 - time.time()))
                killed[0].kill()
            while any(child.poll() is None for child in children) and time.time() < begin + seconds + 60:
                await asyncio.sleep(0.05)
        finally:
            for child in children:
                child.kill()
                child.communicate()
    if any(child.returncode for child in children if child not in killed):
        raise RuntimeError("a process failed")
    left = sorted(float(at) for file in folder.glob("left-*") for at in file.read_text().split())
    arrived = sorted(at for at, _ in stamps)
    return Shared(left, arrived, dict(Counter(who for _, who in stamps)), seconds)


async def _together(children: Sequence[subprocess.Popen[str]], seconds: float) -> float:
    """Let all begin at once when the last one is ready; gives that moment."""
    for child in children:
        assert child.stdout is not None
        if not await asyncio.to_thread(child.stdout.readline):
            raise RuntimeError("a process failed")
    begin = time.time() + 0.2
    for child in children:
        assert child.stdin is not None
        child.stdin.write(f"{begin} {begin + seconds}\n")
        child.stdin.flush()
    return begin


def _begin(store: str, url: str, tier: Tier) -> None:
    """Begin the app's book a while ago: a new one lets nothing out for a minute."""
    past = time.time() - MINUTE_MS / 1000 - 1
    book = SharedBook(
        server_maker(store), key=app_key(url, APP_ID), tier=tier, max_wait_seconds=0, clock=lambda: past
    )
    book.look()
    book.close()


@asynccontextmanager
async def _noting(stamps: list[tuple[float, str]]) -> AsyncIterator[str]:
    """Serve on loopback; each call is noted as it arrives."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                stamps.append((time.time(), asked.split(b"who=")[1].split(b" ")[0].decode()))
                await asyncio.sleep(_LATENCY_SECONDS)
                writer.write(_HEAD + _BODY)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _call(*, url: str, store: str, folder: str, tier: Tier, who: str) -> None:
    """One of the processes: told when, it calls, and writes down when each call went out."""
    with (
        Path(folder, f"left-{who}").open("w", encoding="utf-8") as notes,
        open_gate(
            api_url=url, app_id=APP_ID, token=None, tier=tier, state_dir=Path(folder), store=store
        ) as gate,
    ):
        told = gate.sent

        async def noted(turn: Turn) -> None:
            print(time.time(), file=notes, flush=True)
            await told(turn)

        gate.sent = noted  # type: ignore[method-assign]  # what the client sees stays the same
        async with Client(api_url=url, token=SecretStr("t"), gate=gate) as client:
            print("ready", flush=True)
            begin, end = map(float, sys.stdin.readline().split())
            await asyncio.sleep(max(0.0, begin - time.time()))

            async def ask() -> None:
                while time.time() < end:
                    await client.get("campaign/get", {"who": who})

            await asyncio.gather(*(ask() for _ in range(_ASKING_AT_ONCE)))


def stores() -> Iterator[tuple[str, AbstractContextManager[str]]]:
    """Each kind of store by name; the servers are those of the tests, and go when they are left."""
    from tests.destinations.places import PASSWORD, server
    from tests.quota.places import redis_server

    @contextmanager
    def redis() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as running:
            yield running.url

    @contextmanager
    def postgres() -> Iterator[str]:
        os.environ["PGPASSWORD"] = PASSWORD
        with server() as url:
            yield f"{url}/postgres"

    yield "SQLite file", nullcontext(LOCAL)
    yield "Redis", redis()
    yield "Postgres", postgres()


def limits(tier: Tier) -> tuple[int, int]:
    """Calls a second and a minute."""
    return TIERS[tier].per_second, TIERS[tier].per_minute


if __name__ == "__main__":
    asyncio.run(_call(**json.loads(sys.argv[1])))
