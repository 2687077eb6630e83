"""The gate that every call passes: it keeps an app under its limits, whoever else uses it too."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from tiktok_ads.client.book import Book, LocalBook
from tiktok_ads.client.ledger import LATE_MS, Blocked, Ledger, Slot
from tiktok_ads.client.ledger_file import APP
from tiktok_ads.client.quota import Tier
from tiktok_ads.errors import ConfigError, QuotaExceeded

TOO_MANY_CALLS = 40100
# These two concern one value of one path; all others the whole app.
NARROW_CODES = frozenset({40132, 40133})
LOCAL = "sqlite"


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
            QuotaStoreLost: so long was the server away on which machines share the quota.
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

    def notes(self) -> tuple[str, ...]:
        """What befell the count of calls since the gate was opened, in words."""


class QuotaGate:
    """The gate over a book of calls. It belongs to one event loop; the book to all processes.

    Args:
        book: where calls are booked, and whose clock counts.
        max_wait_seconds: longest single wait; what takes longer is raised instead.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        book: Book,
        *,
        max_wait_seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book = book
        self._max_wait_seconds = max_wait_seconds
        self._sleep = sleep
        self._turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(book.places))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    async def enter(self, path: str, *, advertiser_id: str | None = None) -> Turn:
        begun = self._book.now()
        narrow = _narrow(path, advertiser_id)
        while True:
            # Only so many calls of a process stand in the queue at a time; so processes take turns.
            async with self._turns[path if self._book.counts_paths(path) else APP]:
                found = await self._slot(path, narrow)
            if not isinstance(found, Blocked):
                now = self._book.now()
                return Turn(now / 1000, (now - begun) / 1000, found)
            await self._sleep(self._affordable(found, path))

    async def sent(self, turn: Turn) -> None:
        if turn.slot is not None and self._book.now() - turn.slot.at > LATE_MS:
            await self._book.sent(turn.slot)

    async def refused(
        self, turn: Turn, path: str, code: int, message: str, *, advertiser_id: str | None
    ) -> None:
        scope = _narrow(path, advertiser_id) if code in NARROW_CODES else APP
        await self._book.refused(scope, message, sent=round(turn.at * 1000))

    async def timed_out(self, fingerprint: str) -> None:
        await self._book.timed_out(fingerprint)

    async def seconds_blocked(self, fingerprint: str) -> float:
        return await self._book.milliseconds_blocked(fingerprint) / 1000

    def used_today(self) -> int:
        return self._book.calls_today()

    def notes(self) -> tuple[str, ...]:
        return tuple(self._book.notes)

    async def _slot(self, path: str, narrow: str) -> Slot | Blocked:
        """Wait for a moment at which a call may go out: its booking, or what stands against it."""
        slot: Slot | Blocked | None = None
        while True:
            if slot is None:
                slot = await self._book.reserve(path, narrow)
            if isinstance(slot, Blocked):
                return slot
            if slot.at - self._book.now() > self._max_wait_seconds * 1000:
                await self._book.release(slot)
                return Blocked(slot.at, "other calls come first")
            # The book is asked so early that its answer is here at the booked moment.
            lead = self._book.lead_ms
            await self._until(slot.at - lead)
            slot = await self._book.claim(slot, narrow)
            if isinstance(slot, Slot) and slot.at - self._book.now() <= lead:
                if slot.at > self._book.now():
                    await self._until(slot.at)
                return slot

    async def _until(self, moment: int) -> None:
        await self._sleep(max(0.0, (moment - self._book.now()) / 1000))

    def _affordable(self, blocked: Blocked, path: str) -> float:
        """Seconds to wait; raises QuotaExceeded if they are too many."""
        seconds = max(0.0, (blocked.until - self._book.now()) / 1000)
        if seconds <= self._max_wait_seconds:
            return seconds
        until = datetime.fromtimestamp(blocked.until / 1000, UTC).replace(microsecond=0)
        told = f"{blocked.why}; calls are allowed again at {until:%Y-%m-%d %H:%M:%S} UTC"
        raise QuotaExceeded(told, TOO_MANY_CALLS, path, "", until)


def open_gate(
    *,
    api_url: str,
    app_id: str | None,
    token: SecretStr | None,
    tier: Tier,
    state_dir: Path | None,
    store: str = LOCAL,
    max_wait_seconds: float = 900,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> QuotaGate:
    """The gate of one app, shared with all processes that use the same folder or the same server.

    Args:
        api_url: the address that is called; each host counts for itself.
        app_id: TikTok's id of the app. None if it is not known: then the calls of the token are counted,
            under a hash of it.
        token: see `app_id`.
        tier: the level of limits that TikTok gives the app.
        state_dir: folder of the count; None counts in memory, for this process alone.
        store: `sqlite`, or the address of a Redis or Postgres server on which several machines count.
        max_wait_seconds: longest single wait for a call; what takes longer raises QuotaExceeded.
        clock: epoch seconds, the same for all processes; a server goes by its own clock.
        sleep: waits for some seconds.

    Raises:
        ConfigError: the folder cannot be written, or the server cannot be used.
    """
    key = app_key(api_url, app_id or (token.get_secret_value() if token else ""))
    if store != LOCAL:
        book = _shared(store, key, app_id=app_id, tier=tier, max_wait_seconds=max_wait_seconds, sleep=sleep)
        return QuotaGate(book, max_wait_seconds=max_wait_seconds, sleep=sleep)
    path = None if state_dir is None else state_dir / f"quota-{key}.sqlite"
    ledger = Ledger(path, tier)
    ledger.calls_on(0)
    return QuotaGate(LocalBook(ledger, clock=clock), max_wait_seconds=max_wait_seconds, sleep=sleep)


def app_key(api_url: str, who: str) -> str:
    """What the count of an app goes by; it tells nobody which app that is."""
    return hashlib.sha256(f"{urlsplit(api_url).hostname}|{who}".encode()).hexdigest()[:16]


def _shared(
    store: str,
    key: str,
    *,
    app_id: str | None,
    tier: Tier,
    max_wait_seconds: float,
    sleep: Callable[[float], Awaitable[None]],
) -> Book:
    from tiktok_ads.client.shared import SharedBook, server_maker

    if app_id is None:
        raise ConfigError(
            "Machines that share a quota must know whose it is.",
            "Set app_id, --app-id or TIKTOK_ADS_APP_ID to the id of the TikTok app.",
        )
    book = SharedBook(server_maker(store), key=key, tier=tier, max_wait_seconds=max_wait_seconds, sleep=sleep)
    book.look()
    return book


def _narrow(path: str, advertiser_id: str | None) -> str:
    return f"{path}|{advertiser_id or ''}"
