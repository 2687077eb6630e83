"""The gate that every call passes: it keeps an app under its limits in all processes of a machine."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from tiktok_ads.client.ledger import LATE_MS, Blocked, Ledger, Slot
from tiktok_ads.client.ledger_file import APP, is_busy
from tiktok_ads.client.quota import Tier
from tiktok_ads.errors import ConfigError, QuotaExceeded

TOO_MANY_CALLS = 40100
# These two concern one value of one path; all others the whole app.
NARROW_CODES = frozenset({40132, 40133})
_BUSY_TRIES = 1000
_BUSY_SECONDS = 0.003

T = TypeVar("T")


@dataclass(frozen=True)
class Turn:
    """Leave to send one call now: when it was given (epoch seconds), how long it took, and its booking."""

    at: float
    waited_seconds: float = 0.0
    slot: Slot | None = None


class Gate(Protocol):
    """What the client needs of a gate."""

    async def enter(self, path: str, *, advertiser_id: str | None = None) -> Turn:
        """Wait until one call may go out.

        Raises:
            QuotaExceeded: that would take longer than the gate is willing to wait.
        """

    async def sent(self, turn: Turn) -> None:
        """The call of this turn has just gone out."""

    async def refused(
        self, turn: Turn, path: str, code: int, message: str, *, advertiser_id: str | None
    ) -> None:
        """TikTok refused the call of this turn as one too many; everybody concerned pauses."""

    async def timed_out(self, fingerprint: str) -> None:
        """Remember, for the whole machine, that TikTok did not answer this report in time."""

    async def seconds_blocked(self, fingerprint: str) -> float:
        """How long this report must not be asked again, 0 if it may."""

    def used_today(self) -> int:
        """Calls of the app since 00:00 UTC that this machine knows of."""


class QuotaGate:
    """The gate over a book of calls. It belongs to one event loop; the book to all processes.

    Args:
        ledger: the book.
        max_wait_seconds: longest single wait; what takes longer is raised instead.
        clock: epoch seconds.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        max_wait_seconds: float,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._sleep = sleep
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ledger.close()

    async def enter(self, path: str, *, advertiser_id: str | None = None) -> Turn:
        begun = self._now()
        narrow = _narrow(path, advertiser_id)
        while True:
            # Only one call of a process stands in the queue at a time; so processes take turns.
            async with self._turns[path if self._ledger.counts_paths(path) else APP]:
                found = await self._slot(path, narrow)
            if not isinstance(found, Blocked):
                now = self._now()
                return Turn(now / 1000, (now - begun) / 1000, found)
            await self._sleep(self._affordable(found, path))

    async def sent(self, turn: Turn) -> None:
        if turn.slot is not None and self._now() - turn.slot.at > LATE_MS:
            await self._book(partial(self._ledger.sent, turn.slot))

    async def refused(
        self, turn: Turn, path: str, code: int, message: str, *, advertiser_id: str | None
    ) -> None:
        scope = _narrow(path, advertiser_id) if code in NARROW_CODES else APP
        sent = round(turn.at * 1000)
        await self._book(partial(self._ledger.refused, scope, message, sent=sent))

    async def timed_out(self, fingerprint: str) -> None:
        await self._book(partial(self._ledger.timed_out, fingerprint))

    async def seconds_blocked(self, fingerprint: str) -> float:
        return await self._book(partial(self._ledger.milliseconds_blocked, fingerprint)) / 1000

    def used_today(self) -> int:
        return self._ledger.calls_on(self._now())

    async def _slot(self, path: str, narrow: str) -> Slot | Blocked:
        """Wait for a moment at which a call may go out: its booking, or what stands against it."""
        slot: Slot | Blocked | None = None
        while True:
            if slot is None:
                slot = await self._book(partial(self._ledger.reserve, path, narrow))
            if isinstance(slot, Blocked):
                return slot
            if slot.at - self._now() > self._max_wait_seconds * 1000:
                await self._book(partial(self._ledger.release, slot))
                return Blocked(slot.at, "other calls come first")
            await self._sleep(max(0.0, (slot.at - self._now()) / 1000))
            slot = await self._book(partial(self._ledger.claim, slot, narrow))
            if isinstance(slot, Slot) and slot.at <= self._now():
                return slot

    def _affordable(self, blocked: Blocked, path: str) -> float:
        """Seconds to wait; raises QuotaExceeded if they are too many."""
        seconds = max(0.0, (blocked.until - self._now()) / 1000)
        if seconds <= self._max_wait_seconds:
            return seconds
        until = datetime.fromtimestamp(blocked.until / 1000, UTC).replace(microsecond=0)
        told = f"{blocked.why}; calls are allowed again at {until:%Y-%m-%d %H:%M:%S} UTC"
        raise QuotaExceeded(told, TOO_MANY_CALLS, path, "", until)

    async def _book(self, work: Callable[..., T]) -> T:
        """Do something in the book, giving way to other tasks while another process writes in it."""
        for _ in range(_BUSY_TRIES):
            try:
                return work(now=self._now())
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise ConfigError(f"The count of calls cannot be kept: {error}.") from None
            except sqlite3.DatabaseError:
                self._ledger.close()
            await asyncio.sleep(_BUSY_SECONDS)
        raise ConfigError(
            "Another program holds the file that counts calls.", "Choose another folder with state_dir."
        )

    def _now(self) -> int:
        return int(self._clock() * 1000)


def open_gate(
    *,
    api_url: str,
    app_id: str | None,
    token: SecretStr | None,
    tier: Tier,
    state_dir: Path | None,
    max_wait_seconds: float = 900,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> QuotaGate:
    """The gate of one app, shared with all processes that use the same folder.

    Args:
        api_url: the address that is called; each host counts for itself.
        app_id: TikTok's id of the app. None if it is not known: then the calls of the token are counted,
            under a hash of it.
        token: see `app_id`.
        tier: the level of limits that TikTok gives the app.
        state_dir: folder of the count; None counts in memory, for this process alone.
        max_wait_seconds: longest single wait for a call; what takes longer raises QuotaExceeded.
        clock: epoch seconds, the same for all processes.
        sleep: waits for some seconds.

    Raises:
        ConfigError: the folder cannot be written.
    """
    who = app_id or (token.get_secret_value() if token else "")
    key = hashlib.sha256(f"{urlsplit(api_url).hostname}|{who}".encode()).hexdigest()[:16]
    path = None if state_dir is None else state_dir / f"quota-{key}.sqlite"
    ledger = Ledger(path, tier)
    ledger.calls_on(0)
    return QuotaGate(ledger, max_wait_seconds=max_wait_seconds, clock=clock, sleep=sleep)


def _narrow(path: str, advertiser_id: str | None) -> str:
    return f"{path}|{advertiser_id or ''}"
