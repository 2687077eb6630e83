"""Whoever was not let in gets nothing from the app, from whichever site, host or path it asks."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from tests.app_desk import PORT, URL, Browser, app_in
from tiktok_ads.errors import ConfigError
from tiktok_ads.ui import guard
from tiktok_ads.ui.app import ROUTERS
from tiktok_ads.ui.guard import MOST_BYTES, OPEN
from tiktok_ads.ui.server import Place, serve
from tiktok_ads.ui.sessions import Doors, signing_key

FOREIGN_HOSTS = [
    "evil.example",
    f"evil.example:{PORT}",
    "127.0.0.1",
    "127.0.0.1:80",
    f"127.0.0.1.evil.example:{PORT}",
    f"localhost.evil.example:{PORT}",
    f"0.0.0.0:{PORT}",
    f"[::1]:{PORT}x",
    f"2130706433:{PORT}",
    f"127.1:{PORT}",
    f"0x7f.1:{PORT}",
    f"localhost.:{PORT}",
    f"user@127.0.0.1:{PORT}",
    f"127.0.0.1:{PORT}, evil.example",
    "",
    " ",
    f"[::ffff:127.0.0.1]:{PORT}",
    f"xn--lcalhost-54a:{PORT}",
    f"127.0.0.1:{PORT}/",
    f"169.254.169.254:{PORT}",
]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with app_in(tmp_path) as made:
        yield made


def every_route() -> list[tuple[str, str]]:
    """Method and path of all that the app answers, with something in the place of names."""
    found = [
        ("GET", "/static/app.js"),
        ("GET", "/static/app.css"),
        ("GET", "/api/openapi.json"),
        ("GET", "/nothing-here"),
    ]
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                path = route.path
                while "{" in path:
                    begin, end = path.index("{"), path.index("}")
                    path = f"{path[:begin]}something{path[end + 1 :]}"
                found.append((method, path))
    return found


@pytest.mark.parametrize(("method", "path"), every_route())
def test_every_route_refuses_whoever_was_not_let_in(browser: Browser, method: str, path: str) -> None:
    """A page that somebody adds later is behind the door too."""
    answer = browser.ask(method, path, signed_in=False)
    if path in OPEN:
        assert answer.status_code in (200, 303, 400, 403, 404, 422)
        return
    assert answer.status_code == 401
    forged = browser.ask(
        method, path, signed_in=False, headers={"Cookie": f"{browser.desk.doors.cookie}=forged"}
    )
    assert forged.status_code == 401


def test_the_sign_in_page_has_its_looks_before_anybody_signed_in(tmp_path: Path) -> None:
    """What it links to is answered, and it needs no script; the app's own scripts are behind the door."""
    with app_in(tmp_path, password="something long") as browser:
        shown = browser.get("/login", signed_in=False).text
        linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', shown)
        assert len(linked) > 2
        assert [browser.get(one, signed_in=False).status_code for one in linked] == [200] * len(linked)
        assert "<script" not in shown
        assert browser.get("/static/charts.js", signed_in=False).status_code == 401


@pytest.mark.parametrize(("method", "path"), every_route())
def test_every_route_refuses_foreign_hosts_and_sites(browser: Browser, method: str, path: str) -> None:
    """Neither a rebound name nor a page of another site gets in, even with the reader's own cookie."""
    assert browser.ask(method, path, headers={"Host": f"evil.example:{PORT}"}).status_code == 403
    for site in ("cross-site", "same-site"):
        answer = browser.ask(method, path, headers={"Sec-Fetch-Site": site})
        if path != "/oauth/callback":
            assert answer.status_code == 403


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_only_the_apps_own_names_are_answered(browser: Browser, host: str) -> None:
    """DNS rebinding: a name of the attacker's that points at this machine."""
    assert browser.get("/", headers={"Host": host}).status_code == 403
    assert browser.get("/", headers={"Host": f"LOCALHOST:{PORT}"}).status_code == 200


def test_a_browser_without_fetch_metadata_must_name_its_origin(browser: Browser) -> None:
    """Old browsers tell the origin of a form at least."""
    for origin, expected in ((URL, 404), ("http://evil.example", 403), ("null", 403), ("", 403)):
        answer = _without_metadata(browser, "POST", "/nothing-here", origin)
        assert answer == expected


def _without_metadata(browser: Browser, method: str, path: str, origin: str) -> int:
    import asyncio

    import httpx2

    async def story() -> int:
        headers = {"Cookie": f"{browser.desk.doors.cookie}={browser.cookie}"}
        if origin:
            headers["Origin"] = origin
        transport = httpx2.ASGITransport(app=browser.app)
        async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
            return (await client.request(method, path, headers=headers)).status_code

    return asyncio.run(story())


def test_a_launch_link_lets_one_browser_in_once(browser: Browser) -> None:
    """Somebody who finds the link in a history later finds it dead."""
    token = browser.desk.doors.new_link()
    first = browser.get(f"/launch?token={token}", signed_in=False)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert browser.get(f"/launch?token={token}", signed_in=False).status_code == 403
    value = cookie.split("=", 1)[1].split(";")[0]
    let_in = {"Cookie": f"{browser.desk.doors.cookie}={value}"}
    assert browser.get("/", signed_in=False, headers=let_in).status_code == 200


def test_links_and_sessions_grow_old() -> None:
    """A minute for a link, a week for a browser."""
    now = [1_000_000.0]
    doors = Doors(b"k" * 32, PORT, clock=lambda: now[0])
    token = doors.new_link()
    now[0] += 61
    assert not doors.use_link(token)


def test_guessing_is_stopped_after_a_few_tries() -> None:
    """Ten wrong ones in a minute close all doors for a while; the right one opens them again later."""
    now = [1_000_000.0]
    doors = Doors(b"k" * 32, PORT, "right", clock=lambda: now[0])
    for _ in range(10):
        assert not doors.is_password("wrong")
    assert doors.is_closed("password")
    assert not doors.is_password("right")
    # A link cannot be guessed, so nobody is held up who has the right one.
    link = doors.new_link()
    for _ in range(10):
        assert not doors.use_link("wrong")
    assert doors.is_closed("link")
    assert doors.use_link(link)
    now[0] += 61
    assert doors.is_password("right")


def test_programs_come_in_with_their_token(browser: Browser) -> None:
    """Automation needs no cookie, and a cookie's checks for foreign sites do not stand in its way."""
    token = browser.desk.doors.new_program()
    right = {"Authorization": f"Bearer {token}"}
    assert browser.get("/api/openapi.json", signed_in=False, headers=right).status_code == 200
    wrong = {"Authorization": "Bearer nonsense"}
    assert browser.get("/api/openapi.json", signed_in=False, headers=wrong).status_code == 401
    # A wrong token is not made good by a cookie, nor a foreign page by a token.
    assert browser.get("/api/openapi.json", headers=wrong).status_code == 401
    for site in ("cross-site", "same-site"):
        foreign = {**right, "Sec-Fetch-Site": site}
        assert browser.get("/api/openapi.json", headers=foreign).status_code == 403
    assert browser.get("/", signed_in=False, headers=right).status_code == 401


def test_a_cookie_of_another_key_port_or_password_is_worth_nothing() -> None:
    cookie = Doors(b"k" * 32, PORT, "").new_session()
    assert Doors(b"k" * 32, PORT, "").is_session(cookie)
    for other in (Doors(b"x" * 32, PORT, ""), Doors(b"k" * 32, PORT + 1, ""), Doors(b"k" * 32, PORT, "new")):
        assert not other.is_session(cookie)


def test_answers_carry_the_headers_that_keep_pages_apart(browser: Browser) -> None:
    """No foreign script, no frame, no sniffing, nothing kept in caches."""
    headers = browser.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    refused = browser.get("/", signed_in=False).headers
    assert "frame-ancestors 'none'" in refused["content-security-policy"]


def test_long_bodies_are_not_taken_in(browser: Browser) -> None:
    answer = browser.ask("POST", "/login", headers={"Content-Length": str(MOST_BYTES + 1)})
    assert answer.status_code == 413
    assert browser.post("/login", data={"password": "x" * (MOST_BYTES + 1)}).status_code == 413


def test_a_password_is_asked_for_where_there_is_one(tmp_path: Path) -> None:
    with app_in(tmp_path, password="right") as browser:
        assert "Password" in browser.get("/login", signed_in=False).text
        wrong = browser.post("/login", signed_in=False, data={"password": "wrong"})
        assert (wrong.status_code, "That is not the password" in wrong.text) == (403, True)
        assert browser.post("/login", signed_in=False, data={"password": "right"}).status_code == 303


def test_other_machines_are_served_only_with_a_password(tmp_path: Path) -> None:
    """Nobody opens the app to the office by accident."""
    with pytest.raises(ConfigError, match="TIKTOK_ADS_UI_PASSWORD"):
        serve(
            Place("0.0.0.0", PORT),
            config=tmp_path / "x.toml",
            state_dir=tmp_path,
            load=dict,
            tell=lambda _: None,
            browser=False,
        )


def test_the_signing_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    """And stays the same, so that a restart signs nobody out."""
    before = os.umask(0)
    try:
        key = signing_key(tmp_path / "state")
    finally:
        os.umask(before)
    assert key == signing_key(tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "state" / "ui.key").stat().st_mode) == 0o600
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "ui.key").symlink_to(tmp_path / "state" / "ui.key")
    with pytest.raises(ConfigError):
        signing_key(tmp_path / "link")


def test_there_are_no_web_sockets(browser: Browser) -> None:
    """What does not exist needs no guarding; a handshake is closed at once."""
    import asyncio

    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        sent.append(message)

    async def story() -> None:
        await browser.app({"type": "websocket", "path": "/", "headers": []}, receive, send)

    asyncio.run(story())
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_open_paths_are_few() -> None:
    """Each path that needs no session is a decision."""
    looks = {"/static/app.css", "/static/vendor/pico.min.css", "/static/icon.svg"}
    assert {"/launch", "/login", "/oauth/callback"} | looks == guard.OPEN


def test_what_cannot_be_found_is_a_page_for_people(browser: Browser) -> None:
    """With a way back, and as text whatever the address said."""
    for path in ("/nothing-here", "/datasets/%3Cb%3Enone", "/runs/none"):
        answer = browser.get(path)
        assert (answer.status_code, "Back to the overview" in answer.text) == (404, True)
        assert answer.headers["content-type"].startswith("text/html")
        assert "<b>none" not in answer.text
    part = browser.get("/datasets/none", headers={"HX-Request": "true"})
    assert (part.status_code, "<html" in part.text, 'role="alert"' in part.text) == (404, False, True)
