"""Lets a few calls of programs work at a time, so that one gone wild leaves the schedules their threads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tiktok_ads.ui.refusals import refused

AT_ONCE = 8
"""Calls that work at a time; each may hold a thread, and the app has forty for all its pages."""
MOST_WAITING = 64
WAIT_SECONDS = 30.0
MOST_STREAMS = 100
"""Event streams that may be open; they hold no thread, only memory."""


@dataclass
class Crowd:
    """Middleware around the app: calls under /api/ wait for their turn, or are told to come again."""

    app: ASGIApp
    at_once: int = AT_ONCE
    most_waiting: int = MOST_WAITING
    wait_seconds: float = WAIT_SECONDS
    most_streams: int = MOST_STREAMS
    _waiting: int = 0
    _streams: int = 0
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/api/"):
            await self._streaming(scope, receive, send)
            return
        if not await self._has_turn():
            told = "Too many calls at once; try again."
            await refused(503, told, path=scope["path"], wait_seconds=1)(scope, receive, send)
            return
        turn = _Turn(self._turns)
        try:
            await self._streaming(scope, receive, send, turn)
        finally:
            turn.end()

    async def _has_turn(self) -> bool:
        if not self._turns.locked():
            return await self._turns.acquire()
        if self._waiting >= self.most_waiting:
            return False
        self._waiting += 1
        try:
            await asyncio.wait_for(self._turns.acquire(), self.wait_seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _streaming(self, scope: Scope, receive: Receive, send: Send, turn: _Turn | None = None) -> None:
        """Ask the app. An event stream gives its turn back once it has begun, and is counted on its own."""
        if self._streams >= self.most_streams and "text/event-stream" in Headers(scope=scope).get(
            "accept", ""
        ):
            told = "Too many pages follow a run; close some of them."
            await refused(503, told, path=scope["path"], wait_seconds=10)(scope, receive, send)
            return
        counted = False

        async def sent(message: Message) -> None:
            nonlocal counted
            if message["type"] == "http.response.start" and _is_stream(message):
                counted = True
                self._streams += 1
                if turn:
                    turn.end()
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            self._streams -= counted


@dataclass
class _Turn:
    """One turn of a semaphore, given back once."""

    turns: asyncio.Semaphore
    over: bool = False

    def end(self) -> None:
        if not self.over:
            self.over = True
            self.turns.release()


def _is_stream(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message.get("headers", ())
    )
