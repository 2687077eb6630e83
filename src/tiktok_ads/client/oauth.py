"""Sign-in: the link that the advertiser opens, the code that comes back, and the token that it buys."""

from __future__ import annotations

import contextlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from pydantic import SecretStr

from tiktok_ads.client.envelope import Answer
from tiktok_ads.client.http import Client, Meter
from tiktok_ads.config.api_url import PRODUCTION
from tiktok_ads.errors import ConfigError, DecodeError

CONSENT_PAGE = "/portal/auth"
T = TypeVar("T")
_AGAIN = "Open the authorization link again and paste the address that TikTok sends you to."


@dataclass(frozen=True)
class Grant:
    """What a sign-in brought. The token does not expire; it ends when the advertiser revokes it.

    `scope` are the ids that were granted, which can be fewer than the app asked for.
    """

    access_token: SecretStr
    advertiser_ids: tuple[str, ...]
    scope: tuple[int, ...]


@dataclass(frozen=True)
class GrantedAdvertiser:
    """An ad account that the login may see."""

    advertiser_id: str
    name: str


@dataclass(frozen=True)
class UserInfo:
    """Who signed in."""

    display_name: str
    email: str


class _Token(msgspec.Struct):
    access_token: str
    advertiser_ids: list[str] = []
    scope: list[int] = []


class _Account(msgspec.Struct):
    advertiser_id: str
    advertiser_name: str | None = ""


class _Accounts(msgspec.Struct):
    # An attribute that is itself named `list` would hide the type of the annotation.
    accounts: list[_Account] = msgspec.field(name="list")


class _User(msgspec.Struct):
    display_name: str | None = ""
    email: str | None = ""


def new_state() -> str:
    """A text that nobody can guess, to tell our own sign-in from a foreign one."""
    return secrets.token_urlsafe(32)


def consent_url(app_id: str, *, redirect_uri: str, state: str, api_url: str = PRODUCTION) -> str:
    """The page on which the advertiser picks accounts and permissions."""
    asked = urlencode({"app_id": app_id, "state": state, "redirect_uri": redirect_uri})
    return f"{api_url}{CONSENT_PAGE}?{asked}"


def read_code(pasted: str, *, state: str | None = None) -> SecretStr:
    """The authorization code in what the user pasted: the code itself, or the whole address with it.

    Args:
        pasted: the text, with blanks around it.
        state: the state of the link; None if it is not known. A bare code cannot carry one.

    Raises:
        ConfigError: there is no code, or the address belongs to another sign-in. The text is not repeated.
    """
    text = pasted.strip().strip("\"'<>").strip()
    if not any(sign in text for sign in "?&=/"):
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigError("That is not an authorization code.", _AGAIN)
        return SecretStr(text)
    query = urlsplit(text).query if "?" in text else text
    found = parse_qs(query.partition("#")[0])
    if state is not None and not hmac.compare_digest(found.get("state", [""])[0].encode(), state.encode()):
        raise ConfigError("That address belongs to another sign-in: its state differs.", _AGAIN)
    # TikTok sends the same code under both names; older redirects have one of them.
    for name in ("auth_code", "code"):
        if found.get(name):
            return SecretStr(found[name][0])
    raise ConfigError("That address holds no authorization code.", _AGAIN)


async def exchange(
    client: Client, *, app_id: str, secret: SecretStr, auth_code: SecretStr, meter: Meter | None = None
) -> Grant:
    """Buy a token with a code, which works once and for one hour.

    Raises:
        AuthError: the code, the app's id or its secret are not right.
    """
    body = {"app_id": app_id, "secret": secret, "auth_code": auth_code}
    answer = await client.post("oauth2/access_token", body, meter=meter)
    token = _read(answer, _Token, "oauth2/access_token")
    return Grant(SecretStr(token.access_token), tuple(token.advertiser_ids), tuple(token.scope))


async def granted_advertisers(
    client: Client, *, app_id: str, secret: SecretStr, meter: Meter | None = None
) -> list[GrantedAdvertiser]:
    """Every ad account that the login may see; not in the sandbox.

    TikTok wants the secret in the query here, so nothing may ever show that address.
    """
    asked = {"app_id": app_id, "secret": secret}
    answer = await client.get("oauth2/advertiser/get", asked, meter=meter)
    accounts = _read(answer, _Accounts, "oauth2/advertiser/get").accounts
    return [GrantedAdvertiser(one.advertiser_id, one.advertiser_name or "") for one in accounts]


async def user_info(client: Client, *, meter: Meter | None = None) -> UserInfo:
    """Who signed in: the cheapest test of a token, in the sandbox too."""
    user = _read(await client.get("user/info", {}, meter=meter), _User, "user/info")
    return UserInfo(user.display_name or "", user.email or "")


async def revoke(client: Client, *, app_id: str, secret: SecretStr, token: SecretStr) -> None:
    """End a token for good."""
    body: Mapping[str, object] = {"app_id": app_id, "secret": secret, "access_token": token}
    await client.post("oauth2/revoke_token", body)


def _read(answer: Answer, kind: type[T], path: str) -> T:
    # What stands there may be the token, so the error repeats none of it and is raised outside the handler.
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(answer.data, type=kind)
    raise DecodeError("the answer has an unknown shape", path)
