"""Connecting in the browser: only the browser that began a sign-in ends it, and nothing secret comes back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import keyring
import pytest

from tests.app_desk import Browser, app_in
from tests.test_credentials import MemoryKeyring
from tiktok_ads.config import load_settings
from tiktok_ads.credentials import find_app_secret, find_token
from tiktok_ads.errors import ConfigError
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running


@pytest.fixture
def served() -> Iterator[Running]:
    with running("tiny", options=Options(tier=None)) as made:
        yield made


@pytest.fixture
def browser(tmp_path: Path, served: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.delenv("TIKTOK_ADS_ACCESS_TOKEN", raising=False)
    monkeypatch.delenv("TIKTOK_ADS_APP_SECRET", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    with app_in(tmp_path) as made:
        desk = replace(made.desk, simulator=lambda: served.url, simulator_app=(APP_ID, APP_SECRET))
        yield Browser(desk)
    keyring.set_keyring(before)


def asked(browser: Browser, path: str = "/connections/simulator", **form: str) -> str:
    """Begin a sign-in; the link to TikTok's page."""
    answer = browser.post(path, data=form)
    assert answer.status_code == 200, answer.text
    found = re.search(r'href="(http[^"]+/portal/auth[^"]+)"', answer.text)
    assert found
    return found[1].replace("&amp;", "&")


def agreed(link: str) -> dict[str, str]:
    """Confirm on the simulator's page; what it sends the browser back with."""
    page = link.replace("/portal/auth?", "/portal/auth/allow?")
    back = httpx2.get(page, follow_redirects=False).headers["location"]
    assert urlsplit(back).path == "/oauth/callback"
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def connected(browser: Browser) -> str:
    answer = browser.post("/connections/finish", data=agreed(asked(browser)))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def test_a_login_is_kept_where_secrets_belong(browser: Browser) -> None:
    """The file names the app; the token and the secret are in the keyring alone."""
    name = connected(browser)
    text = browser.desk.config.read_text(encoding="utf-8")
    assert f"[connections.{name}]" in text
    token = find_token(name)
    assert token.source == "keyring"
    secret = find_app_secret(name)
    assert secret is not None
    for hidden in (token.secret.get_secret_value(), APP_SECRET):
        assert hidden not in text
        for path in ("/connections", f"/connections/{name}", f"/connections/{name}/look", "/connections/new"):
            assert hidden not in browser.get(path).text
    assert load_settings({"connection": name}, config=browser.desk.config).app_id == APP_ID


def test_the_page_says_who_signed_in_and_what_was_granted(browser: Browser, served: Running) -> None:
    """Users authorize the wrong login without noticing elsewhere."""
    told = browser.get(f"/connections/{connected(browser)}/look").text
    assert "verified" in told
    assert "Simulator user" in told
    for advertiser in served.simulator.world.advertisers.values():
        assert advertiser.id in told


def test_the_callback_does_nothing_by_itself(browser: Browser) -> None:
    """It is the one page that another site may open; it only hands on what came, as text."""
    back = agreed(asked(browser))
    page = browser.get(
        "/oauth/callback?state=%22%3E%3Cscript%3E&auth_code=x&evil=1",
        signed_in=False,
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert page.status_code == 200
    assert "<script>" not in page.text.replace('<script src="', "")
    assert "evil" not in page.text
    assert browser.post("/connections/finish", data=back).status_code == 303


@pytest.mark.parametrize("change", ["wrong", "missing", "replayed", "other session"])
def test_a_foreign_or_used_state_buys_nothing(browser: Browser, served: Running, change: str) -> None:
    """An attacker's code must not become my connection, nor mine be taken twice."""
    back = agreed(asked(browser))
    who = browser
    if change == "wrong":
        back["state"] = "x" * 43
    elif change == "missing":
        del back["state"]
    elif change == "replayed":
        assert browser.post("/connections/finish", data=back).status_code == 303
    else:
        who = Browser(browser.desk)
        who.app = browser.app
    before = browser.desk.config.read_bytes() if browser.desk.config.exists() else b""
    answer = who.post("/connections/finish", data=back)
    assert answer.status_code == 422
    assert "no sign-in of this browser" in answer.text
    assert (browser.desk.config.read_bytes() if browser.desk.config.exists() else b"") == before


def test_where_the_browser_cannot_return_the_address_is_pasted(browser: Browser) -> None:
    """A server without a browser: the person pastes where it ended."""
    back = agreed(asked(browser))
    pasted = f"http://127.0.0.1:8321/oauth/callback?auth_code={back['auth_code']}&state={back['state']}"
    answer = browser.post("/connections/finish", data={"name": "simulator", "pasted": pasted})
    assert answer.status_code == 303
    again = browser.post("/connections/finish", data={"name": "simulator", "pasted": pasted})
    assert again.status_code == 422


def test_a_wrong_secret_is_told_beside_the_form(browser: Browser, served: Running) -> None:
    back = agreed(asked(browser))
    pending = next(iter(browser.app._app.app.state.signins._pending.values()))  # type: ignore[attr-defined]
    wrong = replace(pending, secret=type(pending.secret)("wrong-secret"))
    browser.app._app.app.state.signins._pending[pending.consent.state] = wrong  # type: ignore[attr-defined]
    answer = browser.post("/connections/finish", data=back)
    assert answer.status_code == 422
    assert "wrong-secret" not in answer.text
    assert 'role="alert"' in answer.text


def test_a_login_without_advertisers_is_not_kept(browser: Browser, served: Running) -> None:
    """Consent was given and nothing ticked: said at once, not at the first sync."""
    for advertiser in served.simulator.world.advertisers.values():
        advertiser.removed = True
    answer = browser.post("/connections/finish", data=agreed(asked(browser)))
    assert answer.status_code == 422
    assert "granted no advertiser" in answer.text
    assert not browser.desk.config.exists()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "my shop", "app_id": "1", "secret": "s"}, "cannot be a name"),
        ({"name": "shop", "app_id": "abc", "secret": "s"}, "digits only"),
        ({"name": "shop", "app_id": "1", "secret": ""}, "app secret is empty"),
        ({"name": "<script>", "app_id": "1", "secret": "s"}, "cannot be a name"),
    ],
)
def test_what_is_typed_wrong_is_told_and_kept(browser: Browser, form: dict[str, str], told: str) -> None:
    answer = browser.post("/connections/connect", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")


def test_a_login_is_renamed_with_all_that_uses_it(browser: Browser) -> None:
    """Nothing must be set up anew."""
    name = connected(browser)
    file = browser.desk.config
    file.write_text(
        file.read_text(encoding="utf-8")
        + f'\n[jobs.a]\nconnection = "{name}"\nstart_date = 2026-01-01\ntables = ["ads"]\n',
        encoding="utf-8",
    )
    token = find_token(name).secret
    answer = browser.post(f"/connections/{name}/rename", data={"new_name": "shop"})
    assert answer.status_code == 303, answer.text
    assert find_token("shop").secret == token
    with pytest.raises(ConfigError):
        find_token(name)
    assert load_settings({"job": "a"}, config=file).connection == "shop"
    assert browser.post("/connections/shop/disconnect").status_code == 422
    other = connected(browser)
    assert browser.post("/connections/shop/hand-over", data={"to": other}).status_code == 303
    assert load_settings({"job": "a"}, config=file).connection == other


def test_disconnecting_ends_the_token_at_tiktok(browser: Browser, served: Running) -> None:
    """A token that is only forgotten here would still open the account for whoever has a copy."""
    name = connected(browser)
    token = find_token(name).secret.get_secret_value()
    assert browser.post(f"/connections/{name}/disconnect").status_code == 303
    assert not browser.desk.config.exists() or name not in browser.desk.config.read_text(encoding="utf-8")
    answer = httpx2.get(f"{served.url}/open_api/v1.3/user/info/", headers={"Access-Token": token}).json()
    assert answer["code"] == 40105


def test_a_revoked_login_is_shown_with_what_to_do(browser: Browser) -> None:
    """`keyring` still has the token; TikTok does not take it."""
    from pydantic import SecretStr

    from tiktok_ads.credentials import save

    name = connected(browser)
    save(name, access_token=SecretStr("revoked-somewhere-else"))
    told = browser.get(f"/connections/{name}/look").text
    assert "revoked" in told
    assert f"/connections/new?name={name}" in told


def test_connecting_again_keeps_name_and_app(browser: Browser) -> None:
    name = connected(browser)
    form = browser.get(f"/connections/new?name={name}").text
    assert APP_ID in form
    assert "Kept already" in form
    link = asked(browser, "/connections/connect", name=name, app_id=APP_ID, secret="", again="yes")
    assert (
        browser.post("/connections/finish", data=agreed(link)).headers["location"] == f"/connections/{name}"
    )


def test_an_unknown_login_is_a_clear_answer(browser: Browser) -> None:
    assert browser.get("/connections/nobody").status_code in (404, 422)
