"""Asks the server in a thread of its own, so that one that hangs holds up neither other work nor the exit."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from tiktok_ads.client.shared.server import Lost, Request, Server

_LONGEST_SECONDS = 10.0

_Question = tuple[Request, asyncio.AbstractEventLoop, "asyncio.Future[bytes]"]


class Desk:
    """One question at a time. A thread whose question was not answered in time is left behind."""

    def __init__(self, make: Callable[[], Server]) -> None:
        self._make = make
        self._server = make()
        self._questions: queue.SimpleQueue[_Question | None] | None = None
        self.shown = self._server.shown

    def ask_now(self, request: Request) -> bytes:
        """Ask and wait; only before the first `ask`."""
        return self._server.ask(request)

    async def ask(self, request: Request) -> bytes:
        """Raises Lost as the server does, and after ten seconds without an answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        if self._questions is None:
            self._questions = queue.SimpleQueue()
            threading.Thread(
                target=_serve, args=(self._server, self._questions), name="quota store", daemon=True
            ).start()
        self._questions.put((request, loop, answer))
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await answer
        except TimeoutError:
            self.close()
            self._questions, self._server = None, self._make()
            raise Lost(f"it did not answer within {_LONGEST_SECONDS:.0f} seconds") from None

    def close(self) -> None:
        if self._questions is None:
            self._server.close()
        else:
            self._questions.put(None)


def _serve(server: Server, questions: queue.SimpleQueue[_Question | None]) -> None:
    while (question := questions.get()) is not None:
        request, loop, answer = question
        result: bytes | Exception
        try:
            result = server.ask(request)
        except Exception as error:
            result = error
        # Nobody may be there to hear it: the run was stopped meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell, answer, result)
    server.close()


def _tell(answer: asyncio.Future[bytes], result: bytes | Exception) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
