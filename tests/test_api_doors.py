"""Every call, enumerated: who is refused, with which word, and that one gone wild stops nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse

from tests.app_desk import PORT, SAME, URL, Browser, app_in
from tests.test_app_guard import every_route
from tiktok_ads.ui.api.routers import API
from tiktok_ads.ui.app import ROUTERS
from tiktok_ads.ui.crowd import Crowd
from tiktok_ads.ui.guard import MOST_BYTES, OPEN
from tiktok_ads.ui.refusals import KINDS, Refusal

CALLS = [(method, path) for method, path in every_route() if path.startswith("/api/")]
PATHS = sorted({path for _, path in every_route() if path not in OPEN})
EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with app_in(tmp_path_factory.mktemp("doors")) as made:
        yield made


@pytest.fixture
def browser(app: Browser) -> Browser:
    """The app, which has forgotten who guessed before."""
    app.desk.doors._wrong.clear()
    return app


@pytest.fixture
def token(browser: Browser) -> Iterator[str]:
    yield browser.desk.tokens.add("tests").get_secret_value()
    if browser.desk.tokens.listed():
        browser.desk.tokens.remove("tests")


def refusal(answer: httpx2.Response) -> str:
    """The kind of a refusal, which has the one shape."""
    return Refusal.model_validate_json(answer.content).error.kind


def test_every_call_is_in_the_description(browser: Browser) -> None:
    """None is forgotten, none stands twice, and each says what it does."""
    made = browser.get("/api/openapi.json").json()
    ids = [call["operationId"] for calls in made["paths"].values() for call in calls.values()]
    assert len(ids) == len(set(ids))
    routes = [route for router in API for route in router.routes if isinstance(route, APIRoute)]
    assert sum(len(route.methods or ()) for route in routes if route.include_in_schema) == len(ids)
    for path, calls in made["paths"].items():
        assert path.startswith("/api/v1/")
        for method, call in calls.items():
            assert call.get("description"), (method, path)
            assert {"401", "403", "422"} <= call["responses"].keys()
    assert not [name for name in made["components"]["schemas"] if "__" in name], "two shapes of one name"
    assert made["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_no_page_hides_among_the_calls() -> None:
    """And no call among the pages: tokens open the one, sessions both."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert route.path.startswith("/api/") == (router in API), route.path
            assert route.path.startswith("/api/v1/") == route.include_in_schema, route.path


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_refuses_wrong_removed_and_foreign_tokens(
    browser: Browser, token: str, method: str, path: str
) -> None:
    """In JSON, and with nothing of the app in the answer."""
    browser.desk.tokens.remove("tests")
    for said in (f"Bearer {token}", "Bearer nonsense", f"Basic {token}", ""):
        answer = browser.ask(method, path, signed_in=False, headers={"Authorization": said} if said else {})
        assert (answer.status_code, refusal(answer)) == (401, "NotSignedIn")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_refuses_other_sites_even_with_a_token(
    browser: Browser, token: str, method: str, path: str
) -> None:
    right = {"Authorization": f"Bearer {token}"}
    for site in ("cross-site", "same-site"):
        answer = browser.ask(method, path, signed_in=False, headers={**right, "Sec-Fetch-Site": site})
        assert (answer.status_code, refusal(answer)) == (403, "Refused")
    answer = browser.ask(method, path, signed_in=False, headers={**right, "Host": f"evil.example:{PORT}"})
    assert (answer.status_code, refusal(answer)) == (403, "Refused")


@pytest.mark.parametrize("path", PATHS)
def test_every_path_refuses_what_cannot_be_done_there(browser: Browser, path: str) -> None:
    """A wrong method is told as such, and never does anything."""
    known = methods_of(path)
    if path.startswith("/static/") or path == "/api/openapi.json":
        known = {"GET", "HEAD"}
    for method in EVERY_METHOD:
        if method in known:
            continue
        answer = browser.ask(method, path)
        assert answer.status_code in (404, 405), (method, answer.status_code)
        if path.startswith("/api/") and method != "HEAD":
            assert refusal(answer) in ("NotAllowed", "UnknownName")
            assert answer.status_code == 404 or answer.headers["allow"]


def methods_of(path: str) -> set[str]:
    """Of every route that could mean this path: a name may be called as a page is."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}


def test_event_streams_are_behind_the_door_too(browser: Browser, token: str) -> None:
    """What goes on for hours is refused before it begins."""
    streams = [
        path for method, path in every_route() if method == "GET" and path.endswith(("/events", "/live"))
    ]
    assert any(path.startswith("/api/") for path in streams)
    accept = {"Accept": "text/event-stream"}
    for path in streams:
        assert browser.get(path, signed_in=False, headers=accept).status_code == 401
        assert browser.get(path, headers={**accept, "Host": "evil.example"}).status_code == 403
        assert browser.get(path, headers={**accept, "Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert browser.get(path, headers=accept).status_code == 404


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/api", "/api/", "/api/v1", "/api/v1/.."]
)
def test_nothing_else_stands_beside_the_calls(browser: Browser, path: str) -> None:
    """No pages of the framework, which would load scripts from elsewhere."""
    assert browser.get(path, signed_in=False).status_code == 401
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_calls_take_json_alone(browser: Browser, kind: str) -> None:
    """What a form of another site could send is no call."""
    answer = send(browser, "/api/v1/schedules/preview", b'{"schedule": "manual"}', kind)
    assert (answer.status_code, refusal(answer)) == (415, "NotJson")
    right = send(
        browser, "/api/v1/schedules/preview", b'{"schedule": "manual"}', "application/json; charset=utf-8"
    )
    assert right.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"schedule": ' + b"9" * 5_000 + b"}", 400),
        (b'{"schedule": "\\ud800"}', 422),
        (b'{"\\ud800": 1, "schedule": "manual"}', 422),
        (b'{"schedule": "\\u0000"}', 422),
        (b'{"schedule": "manual", "zone": "../../etc/passwd"}', 422),
        (b'{"schedule": NaN}', 422),
        (b"null", 422),
    ],
)
def test_broken_bodies_are_told_as_such(browser: Browser, body: bytes, status: int) -> None:
    """And not repeated: they may hold a secret."""
    answer = send(browser, "/api/v1/schedules/preview", body, "application/json")
    assert answer.status_code == status, answer.text
    assert refusal(answer) in KINDS.values()


def test_what_was_sent_is_not_repeated(browser: Browser) -> None:
    """A misplaced secret does not come back, nor does it land in a log."""
    body = {"access_token": ["hidden-1"], "app_secret": {"a": "hidden-2"}, "tokn": "hidden-3"}
    answer = browser.ask("PUT", "/api/v1/connections/x/token", json=body)
    assert answer.status_code == 422
    assert "hidden" not in answer.text
    assert {one["field"] for one in answer.json()["error"]["fields"]} == {
        "access_token",
        "app_secret",
        "tokn",
    }


def test_long_bodies_are_refused_however_they_come(browser: Browser) -> None:
    """Said in advance or in pieces."""
    path, kind = "/api/v1/schedules/preview", "application/json"
    assert send(browser, path, b" " * (MOST_BYTES + 1), kind).status_code == 413

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (MOST_BYTES // 16)

    answer = send(browser, path, pieces(), kind)
    assert (answer.status_code, refusal(answer)) == (413, "TooLong")


def send(browser: Browser, path: str, body: Any, kind: str) -> httpx2.Response:
    """A body as it is, from a browser that was let in."""

    async def story() -> httpx2.Response:
        headers = {**SAME, "Cookie": f"{browser.desk.doors.cookie}={browser.cookie}"}
        if kind:
            headers["Content-Type"] = kind
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=browser.app), base_url=URL
        ) as client:
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(story())


def test_a_program_gone_wild_leaves_threads_to_the_rest() -> None:
    """A hundred calls at once: a few work, some wait, the others are told to come again."""
    app, crowd = slow_app(at_once=3, most_waiting=10)

    async def story() -> list[int]:
        async with client_of(crowd) as client:
            calls = [asyncio.create_task(client.get("/api/slow")) for _ in range(100)]
            while app.state.inside < 3:
                await asyncio.sleep(0.001)
            page = await client.get("/page")
            assert page.status_code == 200, "pages do not wait for programs"
            app.state.go.set()
            answers = await asyncio.gather(*calls)
        for one in answers:
            if one.status_code == 503:
                assert one.headers["retry-after"] == "1"
                assert refusal(one) == "TooManyCalls"
        return [one.status_code for one in answers]

    statuses = asyncio.run(story())
    assert app.state.most == 3
    assert (statuses.count(200), statuses.count(503)) == (13, 87)


def test_whoever_waits_too_long_is_told(tmp_path: Path) -> None:
    app, crowd = slow_app(at_once=1, wait_seconds=0.01)

    async def story() -> None:
        async with client_of(crowd) as client:
            first = asyncio.create_task(client.get("/api/slow"))
            while app.state.inside < 1:
                await asyncio.sleep(0.001)
            assert (await client.get("/api/slow")).status_code == 503
            app.state.go.set()
            assert (await first).status_code == 200
            assert (await client.get("/api/slow")).status_code == 200, "its place is free again"

    asyncio.run(story())


def test_streams_hold_no_turn_and_are_counted() -> None:
    """Twenty open progress pages leave calls their turns."""
    app, crowd = slow_app(at_once=1, most_streams=2)

    async def story() -> None:
        done = asyncio.Event()
        app.state.done = done
        opened = [asyncio.create_task(stream(crowd)) for _ in range(2)]
        while crowd._streams < 2:
            await asyncio.sleep(0.001)
        async with client_of(crowd) as client:
            app.state.go.set()
            assert (await client.get("/api/slow")).status_code == 200
            more = await client.get("/api/stream", headers={"Accept": "text/event-stream"})
            assert more.status_code == 503
            done.set()
            await asyncio.gather(*opened)
            assert crowd._streams == 0
            assert (await client.get("/api/stream")).status_code == 200

    asyncio.run(story())


async def stream(crowd: Crowd) -> None:
    async with client_of(crowd) as client:
        await client.get("/api/stream")


def client_of(crowd: Crowd) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=crowd), base_url=URL)


def slow_app(**limits: Any) -> tuple[FastAPI, Crowd]:
    """An app whose calls hold a thread until they are let go."""
    app = FastAPI()
    app.state.go, app.state.inside, app.state.most = threading.Event(), 0, 0
    lock = threading.Lock()

    @app.get("/api/slow")
    def slow() -> None:
        with lock:
            app.state.inside += 1
            app.state.most = max(app.state.most, app.state.inside)
        app.state.go.wait(10)
        with lock:
            app.state.inside -= 1

    @app.get("/page")
    def page() -> None:
        pass

    @app.get("/api/stream")
    async def events() -> StreamingResponse:
        async def told() -> AsyncIterator[str]:
            yield "data: 1\n\n"
            await app.state.done.wait()

        return StreamingResponse(told(), media_type="text/event-stream")

    return app, Crowd(app, **limits)
