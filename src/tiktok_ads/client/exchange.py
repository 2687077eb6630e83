"""The one place that touches the network: a question goes out, and what came of it comes back as a value."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version

import httpx2
from pydantic import SecretStr

from tiktok_ads.client.wire import API, body_bytes, query_text, secrets_in, without
from tiktok_ads.config.api_url import is_loopback_url

CONNECT_SECONDS = 10.0
CUT_HEADER = "X-Tt-Ads-Throttle"
TOO_LONG = 413


@dataclass(frozen=True)
class Question:
    """A request as asked, before it is spelled out; its repr shows no secret."""

    method: str
    path: str
    params: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def advertiser_id(self) -> str | None:
        value = self.params.get("advertiser_id")
        return value if isinstance(value, str) else None

    @property
    def is_report(self) -> bool:
        """Whether TikTok punishes asking again after a time-out; tasks are exempt, polling repeats itself."""
        return "report/" in self.path and not self.path.startswith("report/task/")


@dataclass(frozen=True)
class Reply:
    """What came over the network: a whole answer, or in words why there is none.

    `date` is the moment that the answer names as its own; None if it names none. `late` says that no answer
    came in time; `repeat` that sending the request again does no harm and may help.
    """

    status: int = 0
    # Not shown: a server may repeat in it what it was sent, and a new token comes in one.
    body: bytes = field(default=b"", repr=False)
    is_json: bool = True
    cut: bool = False
    date: datetime | None = None
    failure: str = ""
    late: bool = False
    repeat: bool = True

    @property
    def is_page(self) -> bool:
        """Whether a web page came, as gateways send it in place of an answer."""
        return self.body[:200].lstrip().startswith(b"<")


@dataclass(frozen=True)
class Line:
    """An open connection pool with the login that goes over it. `token` is None before there is one."""

    http: httpx2.AsyncClient
    api_url: str
    token: SecretStr | None
    deadline_seconds: float
    max_answer_bytes: int

    def hidden(self, question: Question, text: str) -> str:
        """The text without the secrets that this question was sent with."""
        own = [] if self.token is None else [self.token.get_secret_value()]
        return without([*own, *secrets_in(question.params)], text)


def open_pool(
    api_url: str, *, timeout_seconds: float, transport: httpx2.AsyncBaseTransport | None
) -> httpx2.AsyncClient:
    """Connections to one address. Certificates are always checked and redirects never followed."""
    if transport is None and is_loopback_url(api_url):
        # A transport of our own leaves out proxies of the environment: the token stays on this machine.
        transport = httpx2.AsyncHTTPTransport(verify=_tls())
    return httpx2.AsyncClient(
        verify=_tls() if transport is None else True,
        headers={
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": f"tiktok-ads-connector/{version('tiktok-ads-connector')}",
        },
        timeout=httpx2.Timeout(timeout_seconds, connect=CONNECT_SECONDS, pool=None),
        limits=httpx2.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30),
        follow_redirects=False,
        transport=transport,
    )


async def exchange(
    line: Line, question: Question, *, sent: Callable[[], Awaitable[None]] | None = None
) -> Reply:
    """Send the question once. Nothing that goes wrong on the way is raised; it comes back in words.

    `sent` is called when the request has gone out over the network, before the answer.
    """
    is_get = question.method == "GET"
    try:
        async with asyncio.timeout(line.deadline_seconds), _stream(line, question, sent) as response:
            pieces: list[bytes] = []
            size = 0
            async for piece in response.aiter_bytes():
                size += len(piece)
                if size > line.max_answer_bytes:
                    told = f"the answer is longer than {line.max_answer_bytes} bytes"
                    return Reply(status=TOO_LONG, failure=told)
                pieces.append(piece)
            return Reply(
                status=response.status_code,
                body=b"".join(pieces),
                is_json="json" in response.headers.get("Content-Type", ""),
                cut=CUT_HEADER in response.headers,
                date=_moment(response.headers.get("Date", "")),
            )
    except (httpx2.ConnectTimeout, httpx2.PoolTimeout):
        return Reply(failure="no connection in time")
    except (TimeoutError, httpx2.TimeoutException):
        return Reply(failure="no answer in time", late=True, repeat=is_get)
    except (httpx2.ConnectError, httpx2.ProxyError) as error:
        return Reply(failure=_told(error), repeat=not _is_bad_certificate(error))
    except httpx2.HTTPError as error:
        return Reply(failure=_told(error), repeat=is_get)


def _stream(
    line: Line, question: Question, sent: Callable[[], Awaitable[None]] | None
) -> AbstractAsyncContextManager[httpx2.Response]:
    is_get = question.method == "GET"
    query = query_text(question.params) if is_get else ""
    headers = {**question.headers, **({} if is_get else {"Content-Type": "application/json"})}
    if line.token is not None:
        headers["Access-Token"] = line.token.get_secret_value()
    return line.http.stream(
        question.method,
        f"{line.api_url}{API}/{question.path}/" + (f"?{query}" if query else ""),
        content=None if is_get else body_bytes(question.params),
        headers=headers,
        extensions={} if sent is None else {"trace": partial(_watch, sent)},
    )


async def _watch(sent: Callable[[], Awaitable[None]], event: str, info: dict[str, object]) -> None:
    if event == "http11.send_request_body.complete":
        await sent()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tls() -> ssl.SSLContext:
    context = httpx2.create_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _told(error: httpx2.HTTPError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _is_bad_certificate(error: BaseException) -> bool:
    """Whether the other side could not prove who it is; asking again would not change that."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
