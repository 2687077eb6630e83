"""Real servers for the shared quota, a clock that only sleeping moves, and gates over both."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.quota import MINUTE_MS, Tier
from tiktok_ads.client.shared import SharedBook, server_maker

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


@dataclass
class Clock:
    """Stands in for the server's clock; only sleeping moves it."""

    at: float = NOON
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


@dataclass
class Redis:
    """A Redis server of the test's own, which can be killed and started again at the same place."""

    folder: Path
    port: int = 0
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            if os.environ.get("CI"):
                pytest.fail("CI must have a Redis server: apt-get install redis-server")
            pytest.skip("no Redis server is installed")
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            [program, *place, "--save", "", *self.options], stdout=subprocess.DEVNULL
        )
        for _ in range(500):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        pytest.fail("the Redis server did not start")

    def kill(self) -> None:
        """As a power cut does it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def tell(self, *words: str) -> object:
        import redis

        client: Any = redis.Redis(port=self.port)
        with closing(client):
            return client.execute_command(*words)


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[Redis]:
    server = Redis(folder, options=options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def book_of(
    store: str,
    clock: Clock | None = None,
    *,
    key: str = "app",
    tier: Tier = "basic",
    max_wait_seconds: float = 900,
) -> SharedBook:
    return SharedBook(
        server_maker(store),
        key=key,
        tier=tier,
        max_wait_seconds=max_wait_seconds,
        sleep=clock.sleep if clock else asyncio.sleep,
        clock=clock,
    )


def gate_over(book: SharedBook, clock: Clock | None = None, *, max_wait_seconds: float = 900) -> QuotaGate:
    return QuotaGate(book, max_wait_seconds=max_wait_seconds, sleep=clock.sleep if clock else asyncio.sleep)


def begin_book(store: str, *, key: str = "app", tier: Tier = "basic", at: float | None = None) -> None:
    """Begin a book so long ago that the wait of a new one is over."""
    clock = Clock((time.time() if at is None else at) - MINUTE_MS / 1000 - 1)
    with closing(book_of(store, clock, key=key, tier=tier)) as book:
        book.look()


def most_in(times: list[float], seconds: float) -> int:
    """The largest number of calls in any stretch of so many seconds."""
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
