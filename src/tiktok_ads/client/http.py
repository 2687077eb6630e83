"""One request in, one answer out: paced by the gate, sent again where that helps, never more than asked."""

from __future__ import annotations

import asyncio
import logging
import random as _random
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Self, TypeVar

import httpx2
import stamina
from pydantic import SecretStr

from tiktok_ads.client.addresses import check_api_url, is_loopback_url
from tiktok_ads.client.envelope import Answer, error_in_file, read_envelope
from tiktok_ads.client.gate import Gate, Turn
from tiktok_ads.client.remedies import Backoff, backoff_of, error_for
from tiktok_ads.client.wire import API, body_bytes, fingerprint, hide_queries, query_text, secrets_in, without
from tiktok_ads.errors import ApiError, QuotaExceeded, ReportTimeout, TikTokAdsError, TransportError

CONNECT_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 2**20
CUT_HEADER = "X-Tt-Ads-Throttle"
INTERNAL_TIMEOUT = 51010
TOO_LONG = 413

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


@dataclass(frozen=True)
class _Question:
    """A request as asked, before it is spelled out; its repr shows no secret."""

    method: str
    path: str
    params: Mapping[str, object]

    @property
    def advertiser_id(self) -> str | None:
        value = self.params.get("advertiser_id")
        return value if isinstance(value, str) else None

    @property
    def is_report(self) -> bool:
        """Whether TikTok punishes asking again after a time-out; tasks are exempt, polling repeats itself."""
        named = self.path.startswith(("report/", "gmv_max/report/", "smart_plus/material_report/"))
        return (named or "/report/" in self.path) and not self.path.startswith("report/task/")


@dataclass(frozen=True)
class _Reply:
    """What came over the network: a whole answer, or in words why there is none.

    `late` says that no answer came in time; `repeat` that sending the request again does no harm.
    """

    status: int = 0
    body: bytes = b""
    is_json: bool = True
    cut: bool = False
    failure: str = ""
    late: bool = False
    repeat: bool = True


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
        self._api_url = check_api_url(api_url)
        self._token = token
        self._gate = gate
        self._attempts = attempts
        self._max_answer_bytes = max_answer_bytes
        self._deadline_seconds = CONNECT_SECONDS + 2 * timeout_seconds
        self._random = random
        self._sleep = sleep
        hide_queries()
        self._http = httpx2.AsyncClient(
            headers={
                "Accept-Encoding": "gzip, deflate",
                "User-Agent": f"tiktok-ads-connector/{version('tiktok-ads-connector')}",
            },
            timeout=httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS, pool=None),
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30),
            follow_redirects=False,
            # A proxy from the environment would be handed the token in clear on the way to this machine.
            transport=transport or (httpx2.AsyncHTTPTransport() if is_loopback_url(self._api_url) else None),
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def get(self, path: str, params: Mapping[str, object], *, meter: Meter | None = None) -> Answer:
        """Ask for something. `path` is like `campaign/get`; lists, objects and booleans become JSON text.

        Raises:
            ApiError: TikTok refused; the class says what to do next.
            ReportTimeout: a report took too long, now or within the last ten minutes.
            TransportError: no usable answer came, however often it was tried.
        """
        question = _Question("GET", path.strip("/"), params)
        return await self._ask(question, meter or Meter(), self._read_answer)

    async def post(self, path: str, body: Mapping[str, object], *, meter: Meter | None = None) -> Answer:
        """Have something done. Raises like `get`; what TikTok may have seen is not sent again."""
        question = _Question("POST", path.strip("/"), body)
        return await self._ask(question, meter or Meter(), self._read_answer)

    async def download(self, path: str, params: Mapping[str, object], *, meter: Meter | None = None) -> bytes:
        """The bytes of a file. Raises like `get` where TikTok answers with an error in the file's place."""
        question = _Question("GET", path.strip("/"), params)
        return await self._ask(question, meter or Meter(), self._read_file)

    async def _ask(self, question: _Question, meter: Meter, read: Callable[[_Question, _Reply], T]) -> T:
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
            turn = await self._turn(question, meter, pause, last)
            tries += 1
            meter.calls += 1
            meter.retries += tries > 1
            reply = await self._exchange(question)
            meter.bytes_read += len(reply.body)
            if not reply.repeat and not (reply.late and question.is_report):
                raise TransportError(self._hidden(question, reply.failure), question.path, tries)
            with attempt:
                try:
                    return read(question, reply)
                except (ApiError, TransportError) as error:
                    last = self._judge(question, reply, error, tries)
                if isinstance(last, ReportTimeout):
                    await self._gate.timed_out(mark)
                pause = await self._pause_after(last, question, turn, tries)
                raise last
        raise AssertionError("unreachable")

    async def _turn(
        self, question: _Question, meter: Meter, pause: float, last: TikTokAdsError | None
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

    async def _pause_after(self, error: TikTokAdsError, question: _Question, turn: Turn, tries: int) -> float:
        """Seconds until the same request may go out again. Limits of calls are the gate's own matter."""
        if isinstance(error, QuotaExceeded):
            await self._gate.refused(
                turn, question.path, error.code, error.message, advertiser_id=question.advertiser_id
            )
            return 0.0
        backoff = backoff_of(error)
        return 0.0 if backoff is None else spread(backoff, tries, self._random())

    async def _exchange(self, question: _Question) -> _Reply:
        """Send the request and read the answer; what goes wrong on the way comes back as words."""
        is_get = question.method == "GET"
        try:
            async with (
                asyncio.timeout(self._deadline_seconds),
                self._http.stream(
                    question.method,
                    self._address(question),
                    content=None if is_get else body_bytes(question.params),
                    headers=self._headers(is_get),
                ) as response,
            ):
                pieces: list[bytes] = []
                size = 0
                async for piece in response.aiter_bytes():
                    size += len(piece)
                    if size > self._max_answer_bytes:
                        return _Reply(
                            status=TOO_LONG,
                            failure=f"the answer is longer than {self._max_answer_bytes} bytes",
                        )
                    pieces.append(piece)
                return _Reply(
                    status=response.status_code,
                    body=b"".join(pieces),
                    is_json="json" in response.headers.get("Content-Type", ""),
                    cut=CUT_HEADER in response.headers,
                )
        except (httpx2.ConnectTimeout, httpx2.PoolTimeout):
            return _Reply(failure="no connection in time")
        except (TimeoutError, httpx2.TimeoutException):
            return _Reply(failure="no answer in time", late=True, repeat=is_get)
        except (httpx2.ConnectError, httpx2.ProxyError) as error:
            return _Reply(failure=_told(error), repeat=not _is_bad_certificate(error))
        except httpx2.HTTPError as error:
            return _Reply(failure=_told(error), repeat=is_get)

    def _address(self, question: _Question) -> str:
        query = query_text(question.params) if question.method == "GET" else ""
        return f"{self._api_url}{API}/{question.path}/" + (f"?{query}" if query else "")

    def _headers(self, is_get: bool) -> dict[str, str]:
        headers = {} if is_get else {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Access-Token"] = self._token.get_secret_value()
        return headers

    def _read_answer(self, question: _Question, reply: _Reply) -> Answer:
        _refuse_failure(question, reply)
        return read_envelope(reply.body, status=reply.status, path=question.path, truncated=reply.cut)

    def _read_file(self, question: _Question, reply: _Reply) -> bytes:
        _refuse_failure(question, reply)
        if reply.is_json or not 200 <= reply.status < 300:
            raise error_in_file(reply.body, status=reply.status, path=question.path)
        return reply.body

    def _judge(
        self, question: _Question, reply: _Reply, error: ApiError | TransportError, tries: int
    ) -> TikTokAdsError:
        """The error as it leaves the client: without secrets, and a time-out where a report was too slow."""
        message = self._hidden(question, error.message)
        if question.is_report and _took_too_long(reply, error):
            return ReportTimeout(f"the report took too long: {message}", question.path, tries)
        if isinstance(error, ApiError):
            request_id = self._hidden(question, error.request_id)
            return type(error)(message, error.code, question.path, request_id)
        return TransportError(message, question.path, tries)

    def _hidden(self, question: _Question, text: str) -> str:
        own = [] if self._token is None else [self._token.get_secret_value()]
        return without([*own, *secrets_in(question.params)], text)


def spread(backoff: Backoff, tries: int, chance: float) -> float:
    """Seconds to wait after the `tries`-th try, spread by `chance` (0 to 1)."""
    return float(min(backoff.first * 2.0 ** (tries - 1), backoff.most) * (0.5 + chance))


def _refuse_failure(question: _Question, reply: _Reply) -> None:
    if reply.status == TOO_LONG and reply.failure:
        raise error_for(TOO_LONG, reply.failure, question.path, "")
    if reply.failure:
        raise TransportError(reply.failure, question.path)


def _took_too_long(reply: _Reply, error: ApiError | TransportError) -> bool:
    if reply.late or reply.status in (408, 504):
        return True
    if not isinstance(error, ApiError):
        return False
    # 50002 covers two things, of which only the time-out is punished when it is repeated.
    spoken = error.message.lower().replace("-", "").replace(" ", "")
    return error.code == INTERNAL_TIMEOUT or (
        error.code == 50002 and ("timeout" in spoken or "timedout" in spoken)
    )


def _told(error: httpx2.HTTPError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_bad_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
