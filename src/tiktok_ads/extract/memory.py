"""How much may be held at once: slices wait for room, and the oldest one never does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

BUDGET_BYTES = 32 * 2**20


class Room:
    """Bytes of decoded rows that wait to be loaded, for all slices together.

    A slice asks for room before each further page. Only the oldest slice goes on without it: whatever
    waits for its turn behind it can then always follow.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._tickets: set[Ticket] = set()
        self._changed = asyncio.Event()

    @contextmanager
    def ticket(self, order: int) -> Iterator[Ticket]:
        """A place for the slice with this order in the plan; it ends when the rows are loaded."""
        ticket = Ticket(self, order)
        self._tickets.add(ticket)
        try:
            yield ticket
        finally:
            self._tickets.discard(ticket)
            self.changed()

    def changed(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, ticket: Ticket) -> None:
        """Return when there is room, or when no older slice is under way."""
        while sum(one.held for one in self._tickets) > self._budget:
            if ticket.order <= min(one.order for one in self._tickets):
                return
            await self._changed.wait()


class Ticket:
    """One slice's share of the room: `held` bytes of decoded rows."""

    def __init__(self, room: Room, order: int) -> None:
        self.order, self.held = order, 0
        self._room = room

    async def wait(self) -> None:
        """Return when there is room for another page."""
        await self._room.wait(self)

    def add(self, size: int) -> None:
        """Count bytes that are held now; less than 0 when they are let go."""
        self.held += size
        if size < 0:
            self._room.changed()
