"""The book of calls that the gate asks: on this machine in a file, or on a server for several machines."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from tiktok_ads.client.ledger import Blocked, Ledger, Slot
from tiktok_ads.client.ledger_file import is_busy
from tiktok_ads.errors import ConfigError

_BUSY_TRIES = 1000
_BUSY_SECONDS = 0.003

T = TypeVar("T")


class Book(Protocol):
    """The steps of a call through the book; see `Ledger`, whose words these are. Moments are milliseconds.

    A booked moment is a ticket as well: they stand one behind the other, a process holds one of each queue at
    a time, and that of a process that was killed runs out when its moment has passed.
    """

    notes: list[str]
    """What befell the book, in words."""
    places: int
    """How many calls of a process stand in one queue at a time; the same for all, so that they take turns."""

    @property
    def lead_ms(self) -> int:
        """How much earlier than its moment a booking is claimed."""

    def now(self) -> int:
        """The present by the clock that the book goes by."""

    def counts_paths(self, path: str) -> bool: ...

    def calls_today(self) -> int: ...

    async def reserve(self, path: str, narrow: str) -> Slot | Blocked: ...

    async def claim(self, slot: Slot, narrow: str) -> Slot | Blocked | None: ...

    async def sent(self, slot: Slot) -> None: ...

    async def release(self, slot: Slot) -> None: ...

    async def refused(self, scope: str, message: str, *, sent: int) -> None: ...

    async def timed_out(self, fingerprint: str) -> None: ...

    async def milliseconds_blocked(self, fingerprint: str) -> int: ...

    def close(self) -> None: ...


class LocalBook:
    """The book in a file of this machine or in memory, by this machine's clock."""

    lead_ms = 0
    places = 1

    def __init__(self, ledger: Ledger, *, clock: Callable[[], float] = time.time) -> None:
        self._ledger, self._clock = ledger, clock
        self.notes: list[str] = []

    def now(self) -> int:
        return int(self._clock() * 1000)

    def counts_paths(self, path: str) -> bool:
        return self._ledger.counts_paths(path)

    def calls_today(self) -> int:
        return self._ledger.calls_on(self.now())

    async def reserve(self, path: str, narrow: str) -> Slot | Blocked:
        return await self._write(partial(self._ledger.reserve, path, narrow))

    async def claim(self, slot: Slot, narrow: str) -> Slot | Blocked | None:
        return await self._write(partial(self._ledger.claim, slot, narrow))

    async def sent(self, slot: Slot) -> None:
        await self._write(partial(self._ledger.sent, slot))

    async def release(self, slot: Slot) -> None:
        await self._write(partial(self._ledger.release, slot))

    async def refused(self, scope: str, message: str, *, sent: int) -> None:
        await self._write(partial(self._ledger.refused, scope, message, sent=sent))

    async def timed_out(self, fingerprint: str) -> None:
        await self._write(partial(self._ledger.timed_out, fingerprint))

    async def milliseconds_blocked(self, fingerprint: str) -> int:
        return await self._write(partial(self._ledger.milliseconds_blocked, fingerprint))

    def close(self) -> None:
        self._ledger.close()

    async def _write(self, work: Callable[..., T]) -> T:
        """Do something in the file, giving way to other tasks while another process writes in it."""
        for _ in range(_BUSY_TRIES):
            try:
                return work(now=self.now())
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise ConfigError(f"The count of calls cannot be kept: {error}.") from None
            except sqlite3.DatabaseError:
                self._ledger.close()
            await asyncio.sleep(_BUSY_SECONDS)
        raise ConfigError(
            "Another program holds the file that counts calls.", "Choose another folder with state_dir."
        )
