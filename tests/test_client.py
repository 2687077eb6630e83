"""The client: one request in, one answer out, whatever the network and TikTok do in between."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import ssl
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus

import httpx2
import pytest
from pydantic import SecretStr

from tiktok_ads.client import Answer, Client, Meter, open_gate
from tiktok_ads.client.http import spread
from tiktok_ads.client.oauth import exchange, granted_advertisers
from tiktok_ads.client.remedies import SOON
from tiktok_ads.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    ConfigError,
    DecodeError,
    InvalidRequest,
    QuotaExceeded,
    ReportTimeout,
    ServerFault,
    TikTokAdsError,
    TooLarge,
    TransportError,
    UnknownCode,
)

URL = "https://business-api.tiktok.com"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
REPORT = "report/integrated/get"
ASKED = {"advertiser_id": "1", "metrics": ["spend"]}

Behaviour = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


def envelope(code: int = 0, message: str = "OK", **extra: Any) -> httpx2.Response:
    body = {"code": code, "message": message, "request_id": "r-1", "data": {"list": []}, **extra}
    return httpx2.Response(200, json=body)


def packed(body: bytes) -> httpx2.Response:
    return httpx2.Response(200, stream=httpx2.ByteStream(body), headers={"Content-Encoding": "gzip"})


@dataclass
class Play:
    """Answers in order, the last one for ever; keeps what it was asked, on a clock that only sleep moves."""

    answers: Sequence[Behaviour]
    requests: list[httpx2.Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    at: float = NOON

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.times.append(self.at)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, httpx2.Response):
            return answer(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def clock(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds

    def run(
        self, work: Callable[[Client], Awaitable[Any]], state_dir: Path | None = None, **settings: Any
    ) -> Any:
        async def scene() -> Any:
            with open_gate(
                api_url=URL,
                app_id="7",
                token=None,
                tier="basic",
                state_dir=state_dir,
                clock=self.clock,
                sleep=self.sleep,
            ) as gate:
                async with Client(
                    api_url=URL,
                    token=SecretStr("tok"),
                    gate=gate,
                    transport=httpx2.MockTransport(self),
                    random=lambda: 0.5,
                    sleep=self.sleep,
                    **settings,
                ) as client:
                    return await work(client)

        return asyncio.run(scene())

    def get(self, path: str = "campaign/get", params: Any = ASKED, **settings: Any) -> Answer:
        answer = self.run(lambda client: client.get(path, params, meter=self.meter), **settings)
        assert isinstance(answer, Answer)
        return answer


def test_a_request_is_spelled_as_tiktok_reads_it() -> None:
    """Lists, objects and booleans are JSON text, the token is a header, the path ends with a slash."""
    play = Play([envelope()])
    params = {
        "advertiser_id": "123",
        "fields": ["a", "ü"],
        "filtering": {"primary_status": "STATUS_ALL"},
        "page": 2,
        "query_lifetime": True,
        "nothing": None,
    }
    play.get(params=params)
    (request,) = play.requests
    assert str(request.url).startswith(f"{URL}/open_api/v1.3/campaign/get/?advertiser_id=123&fields=")
    assert dict(request.url.params) == {
        "advertiser_id": "123",
        "fields": '["a","ü"]',
        "filtering": '{"primary_status":"STATUS_ALL"}',
        "page": "2",
        "query_lifetime": "true",
    }
    assert request.headers["Access-Token"] == "tok"
    assert "Authorization" not in request.headers
    assert request.headers["User-Agent"].startswith("tiktok-ads-connector/")


def test_a_post_carries_json() -> None:
    """Bodies hold real arrays, not JSON text."""
    play = Play([envelope()])
    play.run(lambda client: client.post("report/task/create", {"metrics": ["spend"], "none": None}))
    (request,) = play.requests
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    assert json.loads(request.content) == {"metrics": ["spend"]}


def test_the_cut_at_20000_ads_is_seen() -> None:
    """A header is the only sign that rows are missing."""
    assert not Play([envelope()]).get().truncated
    cut = envelope()
    cut.headers["x-tt-ads-throttle"] = ""
    assert Play([cut]).get().truncated


def test_a_file_comes_as_bytes_and_its_error_as_an_error() -> None:
    """A CSV is handed on untouched; an envelope in its place is never taken for one."""
    csv = httpx2.Response(200, content=b"a,b\n1,2\n", headers={"Content-Type": "text/csv"})
    play = Play([csv])
    assert play.run(lambda client: client.download("report/task/download", {})) == b"a,b\n1,2\n"
    with pytest.raises(AccessDenied):
        Play([envelope(40001, "no")]).run(lambda client: client.download("report/task/download", {}))
    with pytest.raises(TransportError):
        Play([envelope()]).run(lambda client: client.download("report/task/download", {}))


AGAIN: list[Behaviour] = [
    envelope(50000),
    envelope(51305),
    envelope(59998),
    envelope(60001),
    envelope(40202),
    envelope(40016),
    envelope(40100, "Too many requests"),
    envelope(40133),
    envelope(61000),
    httpx2.Response(429, text="slow down"),
    httpx2.Response(500),
    httpx2.Response(502, text="<html>"),
    httpx2.Response(503, json={"code": 0, "data": {}}),
    httpx2.Response(200, text="<html>sorry</html>"),
    httpx2.Response(200, content=b""),
    httpx2.Response(200, content=b'{"code":0,"da'),
    httpx2.Response(200, json={"code": 0, "data": None}),
    lambda _: packed(b"\x1f\x8b broken"),
    httpx2.ConnectError("connection refused"),
    httpx2.ConnectTimeout("slow"),
    httpx2.ReadError("reset by peer"),
    httpx2.ReadTimeout("slow"),
    httpx2.RemoteProtocolError("peer closed connection"),
]


@pytest.mark.parametrize("fault", AGAIN)
def test_passing_trouble_is_tried_again_inside_the_request(fault: Behaviour) -> None:
    """Once and three times in a row: the page comes all the same."""
    for times in (1, 3):
        play = Play([*[fault] * times, envelope()])
        assert play.get().request_id == "r-1"
        assert (play.meter.calls, play.meter.retries) == (times + 1, times)
        assert play.meter.waited_seconds == pytest.approx(play.at - NOON, abs=0.1)


@pytest.mark.parametrize("fault", AGAIN)
def test_lasting_trouble_ends_after_a_bounded_number_of_tries(fault: Behaviour) -> None:
    """Nothing is asked for ever, and what was wrong is said."""
    play = Play([fault])
    with pytest.raises((TransportError, QuotaExceeded, ServerFault)) as caught:
        play.get()
    assert len(play.requests) == 6
    assert play.times == sorted(play.times)
    assert "campaign/get" in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (envelope(40105), AuthError),
        (envelope(40102), AuthError),
        (envelope(40001), AccessDenied),
        (envelope(40002), InvalidRequest),
        (envelope(40067), TooLarge),
        (envelope(49999), UnknownCode),
        (httpx2.Response(404, text="404 page not found"), InvalidRequest),
        (httpx2.Response(301, headers={"Location": "https://example.com/"}), InvalidRequest),
        (httpx2.Response(307, headers={"Location": f"{URL}/elsewhere"}), InvalidRequest),
    ],
)
def test_what_cannot_get_better_is_asked_once(fault: Behaviour, kind: type[ApiError]) -> None:
    """A dead token, a refusal or a redirect costs one call."""
    play = Play([fault])
    with pytest.raises(kind):
        play.get()
    assert len(play.requests) == 1


def test_failed_tasks_are_tried_a_few_times_only() -> None:
    """Some codes rarely heal."""
    play = Play([envelope(40200)])
    with pytest.raises(ServerFault):
        play.get()
    assert len(play.requests) == 3


def test_pauses_grow_and_are_spread() -> None:
    """Processes that failed together do not come back together."""
    assert [spread(SOON, tries, 0.5) for tries in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert spread(SOON, 20, 0.5) == SOON.most
    assert (spread(SOON, 1, 0), spread(SOON, 1, 1)) == (0.5, 1.5)


def test_a_throttled_call_stays_away_for_the_rest_of_the_second() -> None:
    """And TikTok's own words decide about five minutes."""
    play = Play([envelope(40100, "Too many requests"), envelope()])
    play.get()
    assert play.times[1] - play.times[0] >= 1
    play = Play([envelope(40100, "Too many requests per minute"), envelope()])
    play.get()
    assert play.times[1] - play.times[0] >= 300


def test_a_used_up_day_is_told_with_the_hour_of_its_end() -> None:
    """The user reads when it goes on, and the request id of the refusal."""
    play = Play([envelope(40100, "The daily limit is reached")])
    with pytest.raises(QuotaExceeded) as caught:
        play.get()
    assert caught.value.until == datetime(2026, 11, 21, tzinfo=UTC)
    assert caught.value.request_id == "r-1"
    assert len(play.requests) == 1


LATE: list[Behaviour] = [
    httpx2.ReadTimeout("slow"),
    httpx2.WriteTimeout("slow"),
    httpx2.Response(408),
    httpx2.Response(504, text="<html>"),
    envelope(51010),
    envelope(50002, "Internal service timed out"),
]


@pytest.mark.parametrize("fault", LATE)
@pytest.mark.parametrize("path", [REPORT, "gmv_max/report/get", "creative/report/get"])
def test_a_slow_report_is_never_asked_twice(fault: Behaviour, path: str, tmp_path: Path) -> None:
    """TikTok blocks apps that repeat it: not again in place, nor within ten minutes from any process."""
    play = Play([fault, envelope()])
    with pytest.raises(ReportTimeout):
        play.get(path, state_dir=tmp_path)
    later = Play([envelope()], at=play.at + 590)
    reordered = dict(reversed(ASKED.items()))
    with pytest.raises(ReportTimeout, match="seconds"):
        later.get(path, reordered, state_dir=tmp_path)
    assert (len(play.requests), len(later.requests), later.meter.calls) == (1, 0, 0)
    assert later.get(path, {**ASKED, "metrics": ["clicks"]}, state_dir=tmp_path).request_id == "r-1"
    later.at += 60
    assert later.get(path, state_dir=tmp_path).request_id == "r-1"


def test_other_trouble_of_a_report_is_tried_again() -> None:
    """A reset or a server fault is no time-out."""
    play = Play([httpx2.ConnectTimeout("x"), httpx2.ReadError("reset"), envelope(50002, "error"), envelope()])
    assert play.get(REPORT).request_id == "r-1"


def test_polling_a_task_may_repeat_itself() -> None:
    """The state of a task is asked for in the same words each time."""
    play = Play([httpx2.ReadTimeout("slow"), envelope()])
    assert play.get("report/task/check").request_id == "r-1"


def test_what_tiktok_may_have_done_is_not_done_twice() -> None:
    """A code works once; a task would be made twice."""
    for fault in (httpx2.ReadTimeout("slow"), httpx2.ReadError("reset")):
        play = Play([fault, envelope()])
        with pytest.raises(TransportError):
            play.run(lambda client: client.post("report/task/create", {"a": 1}))
        assert len(play.requests) == 1
    play = Play([httpx2.ConnectError("refused"), envelope()])
    play.run(lambda client: client.post("report/task/create", {"a": 1}))
    assert len(play.requests) == 2


def test_long_answers_are_cut_off() -> None:
    """A packed gigabyte does not fill the memory; asking for less is the way out."""
    bomb = gzip.compress(bytes(50 * 2**20))
    play = Play([lambda _: packed(bomb)])
    with pytest.raises(TooLarge, match="longer than 1048576 bytes"):
        play.get(max_answer_bytes=2**20)
    assert len(play.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://business-api.tiktok.com",
        "https://business-api.tiktok.com.example.com",
        "https://user:pw@business-api.tiktok.com",
        "https://business-api.tiktok.com@example.com",
        "https://business-api.tiktok.com:8443",
        "https://business-api.tiktok.com/../x",
        "https://business-api.tiktok.com\\@example.com",
        "https://example.com",
        "http://10.0.0.1",
        "http://169.254.169.254",
        "http://127.0.0.1.example.com",
        "http://[::ffff:10.0.0.1]",
        "http://0.0.0.0",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_token_goes_to_tiktok_or_this_machine_only(url: str) -> None:
    """No setting sends it anywhere else."""
    with (
        open_gate(api_url=URL, app_id="7", token=None, tier="basic", state_dir=None) as gate,
        pytest.raises(ConfigError) as caught,
    ):
        Client(api_url=url, token=SecretStr("tok"), gate=gate)
    assert "pw" not in str(caught.value)


# Secrets.

TOKEN, SECRET, CODE = "canary/token+1", "canary secret&2", "canary=code#3"
SPELLINGS = [s for c in (TOKEN, SECRET, CODE) for s in (c, quote(c, safe=""), c.replace(" ", "+"))]


def echoing(request: httpx2.Request) -> httpx2.Response:
    """A server that repeats all it was told."""
    told = f"{request.url} {unquote_plus(str(request.url))} {request.content.decode()} {request.headers.raw}"
    return httpx2.Response(200, json={"code": 40002, "message": told, "request_id": TOKEN})


@pytest.mark.parametrize("fault", [*AGAIN, *LATE, echoing, envelope(40105), httpx2.Response(404)])
@pytest.mark.parametrize("call", ["get", "report", "exchange", "advertisers"])
def test_no_failure_shows_a_secret(fault: Any, call: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither logs at DEBUG nor errors, nor a traceback with all local values, hold token, secret or code."""
    caplog.set_level(logging.DEBUG)
    works: dict[str, Callable[[Client], Awaitable[object]]] = {
        "get": lambda client: client.get("campaign/get", {"secret": SecretStr(SECRET), "c": SecretStr(CODE)}),
        "report": lambda client: client.get(REPORT, {"secret": SecretStr(SECRET), "c": SecretStr(CODE)}),
        "exchange": lambda client: exchange(
            client, app_id="7", secret=SecretStr(SECRET), auth_code=SecretStr(CODE)
        ),
        "advertisers": lambda client: granted_advertisers(client, app_id="7", secret=SecretStr(SECRET)),
    }
    play = Play([fault])

    async def scene() -> None:
        with open_gate(
            api_url=URL, app_id=None, token=SecretStr(TOKEN), tier="basic", state_dir=None,
            clock=play.clock, sleep=play.sleep,
        ) as gate:  # fmt: skip
            async with Client(
                api_url=URL,
                token=SecretStr(TOKEN),
                gate=gate,
                transport=httpx2.MockTransport(play),
                sleep=play.sleep,
            ) as client:
                assert "canary" not in repr(client)
                await works[call](client)

    with pytest.raises(TikTokAdsError) as caught:
        asyncio.run(scene())
    error = caught.value
    shown = io.StringIO()
    frames = [f for f in traceback.walk_tb(error.__traceback__) if "/tests/" not in f[0].f_code.co_filename]
    for frame, line in frames:
        shown.write(f"{frame.f_code.co_name}:{line} {frame.f_locals!r}\n")
    shown.write("".join(traceback.format_exception(error)) + repr(error.args) + str(error) + caplog.text)
    for record in caplog.records:
        shown.write(repr(record.__dict__))
    text = shown.getvalue()
    assert [spelled for spelled in SPELLINGS if spelled in text] == []
    # The whole chain of errors, for those who print more than Python does.
    seen: BaseException | None = error
    while seen is not None:
        assert isinstance(seen, TikTokAdsError)
        seen = seen.__cause__ or seen.__context__


def test_a_success_logs_no_secret_either(caplog: pytest.LogCaptureFixture) -> None:
    """httpx2 logs every address, and one of them carries the app's secret."""
    caplog.set_level(logging.DEBUG)
    play = Play([envelope()])
    play.run(lambda client: granted_advertisers(client, app_id="7", secret=SecretStr(SECRET)))
    assert "oauth2/advertiser/get" in caplog.text
    assert not any(spelled in caplog.text for spelled in SPELLINGS)


# A real network on loopback.

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(talk: Talk, context: ssl.SSLContext | None = None) -> Any:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    scheme = "https" if context else "http"
    try:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def over_tcp(talk: Talk, context: ssl.SSLContext | None = None, **settings: Any) -> Answer:
    async with served(talk, context) as url:
        with open_gate(api_url=url, app_id="7", token=None, tier="ultimate", state_dir=None) as gate:
            async with Client(
                api_url=url, token=SecretStr("tok"), gate=gate, sleep=lambda _: asyncio.sleep(0), **settings
            ) as client:
                return await client.get("campaign/get", {})


def test_a_server_that_drips_is_given_up() -> None:
    """One byte at a time keeps the connection alive, and still the try ends."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for byte in b"{" * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)

    async def scene() -> None:
        async with served(drip) as url:
            with open_gate(api_url=url, app_id="7", token=None, tier="basic", state_dir=None) as gate:
                async with Client(
                    api_url=url, token=SecretStr("tok"), gate=gate, attempts=1, timeout_seconds=0.2
                ) as client:
                    object.__setattr__(client._line, "deadline_seconds", 0.4)
                    await client.get("campaign/get", {})

    begun = time.monotonic()
    with pytest.raises(TransportError, match="in time"):
        asyncio.run(scene())
    assert time.monotonic() - begun < 4


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    """A length that does not hold means that rows are missing."""

    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"code":0,"data":{}}')
        await writer.drain()

    with pytest.raises(TransportError):
        asyncio.run(over_tcp(cut, attempts=2))


def test_proxies_of_the_environment_do_not_see_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of a simulator stays on this machine; TikTok itself is reached through the proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    body = b'{"code":0,"request_id":"here","data":{}}'

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    assert asyncio.run(over_tcp(answer)).request_id == "here"


def test_the_proxy_of_the_environment_is_used_for_tiktok(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a company's proxy the connector works like any other program, and the token stays inside TLS."""
    heard: list[bytes] = []

    async def scene() -> None:
        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        with open_gate(api_url=URL, app_id="7", token=None, tier="basic", state_dir=None) as gate:
            async with Client(api_url=URL, token=SecretStr("tok"), gate=gate, attempts=1) as client:
                with pytest.raises(TransportError):
                    await client.get("campaign/get", {})
        server.close()

    asyncio.run(scene())
    assert heard[0].startswith(b"CONNECT business-api.tiktok.com:443 ")
    assert b"tok\r\n" not in heard[0]


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server certificate that nobody vouches for."""
    x509 = pytest.importorskip("cryptography.x509")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    forms = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        + made.public_bytes(forms.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_server_that_cannot_prove_itself_is_not_talked_to(self_signed: ssl.SSLContext) -> None:
    """No setting turns the check of certificates off, and trying again is pointless."""
    talked: list[bool] = []

    async def talk(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        talked.append(True)

    with pytest.raises(TransportError, match=r"(?i)certificate") as caught:
        asyncio.run(over_tcp(talk, self_signed))
    assert caught.value.attempts == 1
    assert talked == []


def test_a_strange_sign_in_answer_shows_nothing() -> None:
    """The token stands in that answer."""
    play = Play([envelope(data={"access_token": ["canary"]})])
    with pytest.raises(DecodeError) as caught:
        play.run(lambda c: exchange(c, app_id="7", secret=SecretStr("s"), auth_code=SecretStr("c")))
    assert "canary" not in "".join(traceback.format_exception(caught.value))
