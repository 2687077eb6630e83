"""One request in, one answer out: paced by the gate, sent again where that helps, never more than asked."""

from __future__ import annotations

import asyncio
import logging
import random as _random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import httpx2
import stamina
from pydantic import SecretStr

from tiktok_ads.client.envelope import Answer, error_in_file, read_envelope
from tiktok_ads.client.exchange import CONNECT_SECONDS, TOO_LONG, Line, Question, Reply, exchange, open_pool
from tiktok_ads.client.gate import Gate, Turn
from tiktok_ads.client.posting import posting
from tiktok_ads.client.remedies import Backoff, backoff_of, error_for
from tiktok_ads.client.watched import WatchedCall
from tiktok_ads.client.wire import fingerprint, hide_queries
from tiktok_ads.config.api_url import check_api_url
from tiktok_ads.errors import ApiError, QuotaExceeded, ReportTimeout, TikTokAdsError, TransportError

MAX_ANSWER_BYTES = 64 * 2**20
INTERNAL_TIMEOUT = 51010

T = TypeVar("T")

# Retries are told in the run report; without a handler Python would print them over the progress display.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass
class Meter:
    """What one slice costs; handed in by the caller, added to by the client."""

    calls: int = 0
    retries: int = 0
    waited_seconds: float = 0.0
    bytes_read: int = 0


class Client:
    """Sends requests with one login, and answers with data or with the error that TikTok meant.

    Args:
        api_url: TikTok's production or sandbox address, or a loopback one.
        token: the access token; None for the calls that fetch one.
        gate: keeps the app under its limits; shared by everything that uses the app.
        timeout_seconds: longest silence of TikTok while it answers; a whole answer may take twice that.
        attempts: how often one request goes out at most.
        max_answer_bytes: longest answer that is accepted, unpacked.
        transport: stands in for the network in tests.
        random: between 0 and 1, spreads the pauses before a request goes out again.
        sleep: waits for some seconds.

    Raises:
        ConfigError: the address is neither TikTok's nor on this machine.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token: SecretStr | None,
        gate: Gate,
        timeout_seconds: float = 60,
        attempts: int = 6,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        transport: httpx2.AsyncBaseTransport | None = None,
        random: Callable[[], float] = _random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        checked = check_api_url(api_url)
        self._gate = gate
        self._attempts = attempts
        self._random = random
        self._sleep = sleep
        self._ahead: timedelta | None = None
        hide_queries()
        self._line = Line(
            open_pool(checked, timeout_seconds=timeout_seconds, transport=transport),
            api_url=checked,
            token=token,
            deadline_seconds=CONNECT_SECONDS + 2 * timeout_seconds,
            max_answer_bytes=max_answer_bytes,
        )

    async def __aenter__(self) -> Self:
        await self._line.http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._line.http.__aexit__(kind, error, trace)

    @property
    def ahead(self) -> timedelta | None:
        """How far TikTok's clock is ahead of this machine's, by its newest answer; None before one came."""
        return self._ahead

    async def get(self, path: str, params: Mapping[str, object], *, meter: Meter | None = None) -> Answer:
        """Ask for something. `path` is like `campaign/get`; lists, objects and booleans become JSON text.

        Raises:
            ApiError: TikTok refused; the class says what to do next.
            ReportTimeout: a report took too long, now or within the last ten minutes.
            TransportError: no usable answer came, however often it was tried.
        """
        question = Question("GET", path.strip("/"), params)
        return await self._ask(question, meter or Meter(), self._read_answer)

    async def post(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        meter: Meter | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Have a token or a task made. Raises like `get`; what TikTok may have seen is not sent again.

        Raises:
            ValueError: the path is neither for tokens nor for tasks, so it could change something.
        """
        question = Question("POST", posting(path.strip("/")), body, headers or {})
        return await self._ask(question, meter or Meter(), self._read_answer)

    async def download(
        self,
        path: str,
        params: Mapping[str, object],
        *,
        meter: Meter | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The bytes of a file. Raises like `get` where TikTok answers with an error in the file's place."""
        question = Question("GET", path.strip("/"), params, headers or {})
        return await self._ask(question, meter or Meter(), self._read_file)

    async def _ask(self, question: Question, meter: Meter, read: Callable[[Question, Reply], T]) -> T:
        mark = fingerprint(question.path, question.params) if question.is_report else ""
        if mark and (blocked := await self._gate.seconds_blocked(mark)) > 0:
            raise ReportTimeout(
                f"the same report took too long before; it may be asked again in {blocked:.0f} seconds",
                question.path,
            )
        tries, pause = 0, 0.0
        last: TikTokAdsError | None = None

        def worth_repeating(error: Exception) -> bool:
            backoff = backoff_of(error) if isinstance(error, TikTokAdsError) else None
            return backoff is not None and (backoff.attempts is None or tries < backoff.attempts)

        # stamina bounds the tries; the pauses are made here, where they are counted and can be replaced.
        async for attempt in stamina.retry_context(
            worth_repeating, attempts=self._attempts, timeout=None, wait_initial=0, wait_max=0, wait_jitter=0
        ):
            waited = meter.waited_seconds
            turn = await self._turn(question, meter, pause, last)
            tries += 1
            meter.calls += 1
            meter.retries += tries > 1
            seen = WatchedCall(question, tries, meter.waited_seconds - waited)
            reply = await exchange(self._line, question, sent=partial(self._gate.sent, turn))
            meter.bytes_read += len(reply.body)
            if reply.date is not None:
                self._ahead = reply.date - datetime.now(UTC)
            if not reply.repeat and not (reply.late and question.is_report):
                last = TransportError(self._line.hidden(question, reply.failure), question.path, tries)
                seen.ended(reply, last)
                raise last
            with attempt:
                try:
                    found = read(question, reply)
                except (ApiError, TransportError) as error:
                    last = self._judge(question, reply, error, tries)
                else:
                    seen.ended(reply)
                    return found
                seen.ended(reply, last)
                if isinstance(last, ReportTimeout):
                    await self._gate.timed_out(mark)
                pause = await self._pause_after(last, question, turn, tries)
                raise last
        raise AssertionError("unreachable")

    async def _turn(
        self, question: Question, meter: Meter, pause: float, last: TikTokAdsError | None
    ) -> Turn:
        """Wait as long as the last failure asks for and then for the gate."""
        if pause:
            await self._sleep(pause)
        try:
            turn = await self._gate.enter(question.path, advertiser_id=question.advertiser_id)
        except QuotaExceeded as error:
            if not isinstance(last, ApiError):
                raise
            raise QuotaExceeded(
                f"{last.message}; {error.message}", last.code, last.path, last.request_id, error.until
            ) from None
        meter.waited_seconds += pause + turn.waited_seconds
        return turn

    async def _pause_after(self, error: TikTokAdsError, question: Question, turn: Turn, tries: int) -> float:
        """Seconds until the same request may go out again. Limits of calls are the gate's own matter."""
        if isinstance(error, QuotaExceeded):
            await self._gate.refused(
                turn, question.path, error.code, error.message, advertiser_id=question.advertiser_id
            )
            return 0.0
        backoff = backoff_of(error)
        return 0.0 if backoff is None else spread(backoff, tries, self._random())

    def _read_answer(self, question: Question, reply: Reply) -> Answer:
        _refuse_failure(question, reply)
        return read_envelope(reply.body, status=reply.status, path=question.path, truncated=reply.cut)

    def _read_file(self, question: Question, reply: Reply) -> bytes:
        _refuse_failure(question, reply)
        if reply.is_json or reply.is_page or not 200 <= reply.status < 300:
            raise error_in_file(reply.body, status=reply.status, path=question.path)
        if not reply.body:
            # Even a report without rows has the names of its columns.
            raise TransportError("an empty file came", question.path)
        return reply.body

    def _judge(
        self, question: Question, reply: Reply, error: ApiError | TransportError, tries: int
    ) -> TikTokAdsError:
        """The error as it leaves the client: without secrets, and a time-out where a report was too slow."""
        message = self._line.hidden(question, error.message)
        if question.is_report and _took_too_long(reply, error):
            return ReportTimeout(f"the report took too long: {message}", question.path, tries)
        if isinstance(error, ApiError):
            request_id = self._line.hidden(question, error.request_id)
            return type(error)(message, error.code, question.path, request_id)
        return TransportError(message, question.path, tries)


def spread(backoff: Backoff, tries: int, chance: float) -> float:
    """Seconds to wait after the `tries`-th try, spread by `chance` (0 to 1)."""
    return float(min(backoff.first * 2.0 ** (tries - 1), backoff.most) * (0.5 + chance))


def _refuse_failure(question: Question, reply: Reply) -> None:
    if reply.status == TOO_LONG and reply.failure:
        raise error_for(TOO_LONG, reply.failure, question.path, "")
    if reply.failure:
        raise TransportError(reply.failure, question.path)


def _took_too_long(reply: Reply, error: ApiError | TransportError) -> bool:
    if reply.late or reply.status in (408, 504):
        return True
    if not isinstance(error, ApiError):
        return False
    # 50002 covers two things, of which only the time-out is punished when it is repeated.
    spoken = error.message.lower().replace("-", "").replace(" ", "")
    return error.code == INTERNAL_TIMEOUT or (
        error.code == 50002 and ("timeout" in spoken or "timedout" in spoken)
    )
