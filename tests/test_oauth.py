"""Sign-in: what the user pastes becomes a login, and nothing of it is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from tiktok_ads.client import Client
from tiktok_ads.client.gate import open_gate
from tiktok_ads.client.oauth import (
    GrantedAdvertiser,
    consent_url,
    exchange,
    granted_advertisers,
    new_state,
    read_code,
    revoke,
    user_info,
)
from tiktok_ads.client.scopes import SCOPES, missing_scopes, parents_of
from tiktok_ads.errors import AuthError, ConfigError, DecodeError

T = TypeVar("T")
URL = "https://business-api.tiktok.com"
CODE = "0123456789abcdef"


def asked(
    work: Callable[[Client], Awaitable[T]], data: object, *, code: int = 0, token: str | None = "tok"
) -> tuple[T, httpx2.Request]:
    """Do something with a client whose every answer is the same; give the result and the request."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"code": code, "message": "m", "request_id": "r", "data": data})

    async def run() -> T:
        with open_gate(api_url=URL, app_id="7", token=None, tier="basic", state_dir=None) as gate:
            login = SecretStr(token) if token else None
            async with Client(
                api_url=URL, token=login, gate=gate, transport=httpx2.MockTransport(answer)
            ) as client:
                return await work(client)

    return asyncio.run(run()), seen[-1]


def test_the_link_carries_app_state_and_redirect() -> None:
    """The advertiser lands on TikTok's own page and comes back to us."""
    parts = urlsplit(consent_url("7", redirect_uri="http://localhost:8391/callback?x=1", state="s&1"))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{URL}/portal/auth"
    assert parse_qs(parts.query) == {
        "app_id": ["7"],
        "state": ["s&1"],
        "redirect_uri": ["http://localhost:8391/callback?x=1"],
    }


def test_states_cannot_be_guessed_and_never_repeat() -> None:
    """Each sign-in has its own, of 256 bits."""
    states = {new_state() for _ in range(100)}
    assert len(states) == 100
    assert min(map(len, states)) >= 43


@pytest.mark.parametrize(
    "pasted",
    [
        CODE,
        f"  {CODE}\n",
        f'"{CODE}"',
        f"https://example.com/cb?auth_code={CODE}&code=other&state=st",
        f"https://example.com/cb?code={CODE}&state=st",
        f"http://localhost:8391/callback?state=st&auth_code={CODE}#fragment",
        f"auth_code={CODE}&state=st",
    ],
)
def test_the_code_is_found_in_whatever_was_pasted(pasted: str) -> None:
    """The code alone or the whole address: both work."""
    assert read_code(pasted, state="st").get_secret_value() == CODE


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "  ",
        "two words",
        "https://example.com/cb",
        "https://example.com/cb?error=denied&state=st",
        f"https://example.com/cb?auth_code={CODE}&state=other",
        f"https://example.com/cb?auth_code={CODE}",
        f"https://example.com/cb?auth_code={CODE}&state=",
    ],
)
def test_what_is_no_code_of_this_sign_in_is_refused_without_repeating_it(pasted: str) -> None:
    """A foreign address buys no token, and its code is not printed."""
    with pytest.raises(ConfigError) as caught:
        read_code(pasted, state="st")
    assert CODE not in str(caught.value)


def test_a_code_buys_a_token() -> None:
    """The token, the advertisers and the scopes come back; the secret goes in the body."""
    data = {"access_token": "bought", "advertiser_ids": ["1", "2"], "scope": [4, 200]}
    grant, request = asked(
        lambda client: exchange(client, app_id="7", secret=SecretStr("sec"), auth_code=SecretStr(CODE)),
        data,
        token=None,
    )
    assert request.method == "POST"
    assert request.url.path == "/open_api/v1.3/oauth2/access_token/"
    assert not request.url.query
    assert "Access-Token" not in request.headers
    assert json.loads(request.content) == {"app_id": "7", "secret": "sec", "auth_code": CODE}
    assert grant.access_token.get_secret_value() == "bought"
    assert (grant.advertiser_ids, grant.scope) == (("1", "2"), (4, 200))
    assert "bought" not in repr(grant)


def test_a_grant_without_advertisers_is_a_grant() -> None:
    """The user may have ticked none; that is told, not crashed on."""
    grant, _ = asked(
        lambda client: exchange(client, app_id="7", secret=SecretStr("s"), auth_code=SecretStr(CODE)),
        {"access_token": "bought"},
    )
    assert grant.advertiser_ids == ()


@pytest.mark.parametrize("data", [{}, {"access_token": 5}, {"access_token": "bought", "scope": "x"}])
def test_a_strange_answer_is_refused_without_its_content(data: object) -> None:
    """The token may stand in it."""
    with pytest.raises(DecodeError) as caught:
        asked(
            lambda client: exchange(client, app_id="7", secret=SecretStr("s"), auth_code=SecretStr(CODE)),
            data,
        )
    assert "bought" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("code", [40110, 40113, 40101])
def test_a_wrong_code_or_secret_is_told_as_such(code: int) -> None:
    """The user learns which of the two to mend."""
    with pytest.raises(AuthError):
        asked(
            lambda client: exchange(client, app_id="7", secret=SecretStr("s"), auth_code=SecretStr(CODE)),
            {},
            code=code,
        )


def test_granted_advertisers_are_listed() -> None:
    """All accounts of the login, with their names."""
    listed, request = asked(
        lambda client: granted_advertisers(client, app_id="7", secret=SecretStr("sec")),
        {"list": [{"advertiser_id": "1", "advertiser_name": "A"}, {"advertiser_id": "2"}]},
    )
    assert request.headers["Access-Token"] == "tok"
    assert request.url.params["secret"] == "sec"
    assert listed == [GrantedAdvertiser("1", "A"), GrantedAdvertiser("2", "")]


def test_a_token_is_tested_and_revoked() -> None:
    """The cheapest call tells who signed in; revoking names the token to end."""
    user, _ = asked(user_info, {"display_name": "Somebody", "email": "e@example.com", "new": 1})
    assert user.display_name == "Somebody"
    _, request = asked(
        lambda client: revoke(client, app_id="7", secret=SecretStr("sec"), token=SecretStr("tok")), {}
    )
    assert json.loads(request.content) == {"app_id": "7", "secret": "sec", "access_token": "tok"}


@pytest.mark.parametrize(
    ("granted", "needed", "missing"),
    [
        ([200, 210], ["200", "210", "220"], [220]),
        ([2], ["200", "210", "220"], []),
        ([20], ["200", "210"], [210]),
        ([1], ["100", "150", "7078191955347259394"], []),
        ([10], ["100", "120"], [120]),
        ([4], [44, 40], []),
        ([12000000], ["12010000"], []),
        ([15000000], ["12010000"], [12010000]),
        ([6], ["6110100", "600"], []),
        ([], [99999999999], [99999999999]),
        ([10000], ["100"], [100]),
    ],
)
def test_a_parent_scope_grants_its_children(
    granted: list[int], needed: list[str], missing: list[int]
) -> None:
    """Only what is truly missing is asked for."""
    assert missing_scopes(granted, needed) == missing


def test_parents_never_lead_in_a_circle() -> None:
    """A scope is not its own parent."""
    for scope in SCOPES:
        assert scope not in parents_of(scope)
