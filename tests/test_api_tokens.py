"""Tokens of programs: shown once, kept as hashes, refused from the moment that they are taken back."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.app_desk import Browser, app_in
from tiktok_ads.cli.main import app
from tiktok_ads.errors import ConfigError, InTheWay, UnknownName
from tiktok_ads.ui.tokens import MOST_TOKENS, Tokens

CALL = "/api/v1/schedules"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with app_in(tmp_path) as made:
        yield made


def status(browser: Browser, token: str, path: str = CALL, **headers: str) -> int:
    """Of a call that carries this token and nothing else."""
    sent = {"Authorization": f"Bearer {token}", **headers}
    return browser.get(path, signed_in=False, headers=sent).status_code


def test_a_token_opens_the_calls_until_it_is_removed(browser: Browser) -> None:
    """Another process removes it, and the app that runs refuses it at once."""
    token = browser.desk.tokens.add("nightly").get_secret_value()
    assert status(browser, token) == 200
    Tokens(browser.desk.tokens.folder).remove("nightly")
    assert status(browser, token) == 401
    with pytest.raises(UnknownName):
        browser.desk.tokens.remove("nightly")


def test_wrong_tokens_open_nothing(browser: Browser) -> None:
    """Nearly right is wrong."""
    token = browser.desk.tokens.add("nightly").get_secret_value()
    digest = hashlib.sha256(token.encode()).hexdigest()
    for wrong in (
        "",
        "x",
        token[:-1],
        token + "x",
        token.swapcase(),
        digest,
        "nightly",
        token.encode().hex(),
    ):
        assert status(browser, wrong) in (401, 429), wrong
    assert status(browser, token) == 200, "those who guess do not shut others out"
    for header in (f"Basic {token}", token, f"Token {token}"):
        answer = browser.get(CALL, signed_in=False, headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_in_an_address_or_a_cookie_opens_nothing(browser: Browser) -> None:
    """Addresses end up in logs and histories."""
    token = browser.desk.tokens.add("nightly").get_secret_value()
    for name in ("token", "access_token", "authorization", "api_key"):
        assert browser.get(f"{CALL}?{name}={token}", signed_in=False).status_code == 401
    for cookie in (f"token={token}", f"{browser.desk.doors.cookie}={token}"):
        assert browser.get(CALL, signed_in=False, headers={"Cookie": cookie}).status_code == 401


def test_pages_are_for_people(browser: Browser) -> None:
    token = browser.desk.tokens.add("nightly").get_secret_value()
    for path in ("/", "/access", "/connections", "/static/app.js"):
        assert status(browser, token, path) == 401


def test_a_page_of_another_site_cannot_use_a_token(browser: Browser) -> None:
    """Not even one that has found it: browsers say where a call comes from."""
    token = browser.desk.tokens.add("nightly").get_secret_value()
    for site, expected in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert status(browser, token, **{"Sec-Fetch-Site": site}) == expected


def test_a_token_grows_old(tmp_path: Path) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    tokens = Tokens(tmp_path / "state", lambda: now[0])
    short = tokens.add("short", days=1).get_secret_value()
    long = tokens.add("long", days=None).get_secret_value()
    now[0] += timedelta(days=1, seconds=-1)
    assert tokens.holder(short)
    now[0] += timedelta(seconds=1)
    assert tokens.holder(short) is None
    now[0] += timedelta(days=36_500)
    assert tokens.holder(long)
    assert {one.name for one in tokens.listed()} == {"short", "long"}


def test_only_hashes_are_kept_and_for_their_owner_alone(tmp_path: Path) -> None:
    """Who reads a backup of the folder gets in nowhere."""
    tokens = Tokens(tmp_path / "state")
    token = tokens.add("nightly").get_secret_value()
    assert len(token) >= 43
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    text = "".join(one.read_text() for one in (tmp_path / "state").iterdir())
    assert token not in text
    assert token[4:] not in text
    assert hashlib.sha256(token.encode()).hexdigest() in text
    assert token not in repr(tokens)
    for broken in ('{"nightly": {}}', '{"nightly": {"sha256": 1, "made_at": "2026-01-01"}}', "[]", "{"):
        tokens.path.write_text(broken)
        with pytest.raises(ConfigError, match="make the tokens anew"):
            Tokens(tmp_path / "state").holder(token)
    tokens.path.unlink()
    tokens.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError):
        tokens.holder(token)


def test_the_last_use_is_noted_now_and_then(browser: Browser, tmp_path: Path) -> None:
    """A program that asks a thousand times a minute does not write a thousand files."""
    token = browser.desk.tokens.add("nightly").get_secret_value()
    assert browser.desk.tokens.listed()[0].used_at is None
    status(browser, token)
    (used,) = browser.desk.tokens.listed()
    assert used.used_at
    before = browser.desk.tokens.path.stat().st_mtime_ns
    for _ in range(5):
        status(browser, token)
    assert browser.desk.tokens.path.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["", "a b", "ä", "../x", "1", "x" * 41, "<b>", "a\n"])
def test_names_are_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="name"):
        Tokens(tmp_path).add(name)


def test_tokens_are_told_apart_and_not_without_end(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    tokens.add("one")
    with pytest.raises(InTheWay):
        tokens.add("one")
    for days in (0, -1, 4000):
        with pytest.raises(ConfigError, match="days"):
            tokens.add("two", days=days)
    known = json.loads(tokens.path.read_text())
    tokens.path.write_text(json.dumps({f"t{n}": known["one"] for n in range(MOST_TOKENS)}))
    with pytest.raises(ConfigError, match="already"):
        tokens.add("more")


def test_the_page_shows_a_token_once(browser: Browser) -> None:
    """And says what programs do with it."""
    made = browser.post("/access", data={"name": "nightly", "days": "30"})
    assert made.status_code == 200, made.text
    found = re.search(r"tta_[A-Za-z0-9_-]{43}", made.text)
    assert found
    assert status(browser, found[0]) == 200
    assert found[0] not in browser.get("/access").text
    (one,) = browser.desk.tokens.listed()
    assert one.expires_at
    assert (one.expires_at - one.made_at).days == 30
    wrong = browser.post("/access", data={"name": "nightly"})
    assert (wrong.status_code, "already" in wrong.text) == (422, True)
    wrong = browser.post("/access", data={"name": "<b>x"})
    assert (wrong.status_code, "<b>x" in wrong.text) == (422, False)
    assert browser.post("/access/nightly/remove").status_code == 303
    assert browser.post("/access/nightly/remove").status_code == 303
    assert status(browser, found[0]) == 401


def test_programs_see_tokens_but_make_none(browser: Browser) -> None:
    """Whoever finds one token cannot keep the door open with another."""
    token = browser.desk.tokens.add("nightly").get_secret_value()
    headers = {"Authorization": f"Bearer {token}"}
    listed = browser.get("/api/v1/tokens", signed_in=False, headers=headers)
    assert [one["name"] for one in listed.json()["items"]] == ["nightly"]
    assert "sha256" not in listed.text
    refused = browser.post("/api/v1/tokens", signed_in=False, headers=headers, json={"name": "more"})
    assert (refused.status_code, refused.json()["error"]["kind"]) == (403, "Refused")
    made = browser.post("/api/v1/tokens", json={"name": "by-hand", "days": None})
    assert made.status_code == 201
    assert status(browser, made.json()["token"]) == 200
    gone = browser.ask("DELETE", "/api/v1/tokens/nightly", signed_in=False, headers=headers)
    assert gone.status_code == 200
    assert status(browser, token) == 401


def test_the_terminal_makes_lists_and_removes_tokens(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a machine without a browser; the app that runs takes and refuses them at once."""
    monkeypatch.chdir(browser.desk.tokens.folder.parent)
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(browser.desk.tokens.folder))
    run = CliRunner().invoke
    assert "No program has a token" in run(app, ["access"]).stdout
    token = run(app, ["access", "add", "nightly"]).stdout.strip()
    assert status(browser, token) == 200
    listed = run(app, ["access", "--json"]).stdout
    assert json.loads(listed)["tokens"][0]["name"] == "nightly"
    assert token not in listed + run(app, ["access"]).stdout
    assert run(app, ["access", "add", "nightly"]).exit_code == 2
    assert run(app, ["access", "remove", "nightly"]).exit_code == 0
    assert status(browser, token) == 401
    assert run(app, ["access", "remove", "nightly"]).exit_code == 2
    forever = json.loads(run(app, ["access", "add", "other", "--days", "0", "--json"]).stdout)
    assert browser.desk.tokens.listed()[0].expires_at is None
    assert status(browser, forever["token"]) == 200
