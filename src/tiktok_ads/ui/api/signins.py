"""Signing in by the JSON API: an address for a person to open, and the code or token that comes of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, SecretStr
from starlette.concurrency import run_in_threadpool

from tiktok_ads.client import remedy_of
from tiktok_ads.config.api_url import SANDBOX
from tiktok_ads.errors import AuthError, ConfigError, InTheWay
from tiktok_ads.signin.consent import STATE_SECONDS, read_pasted
from tiktok_ads.ui.api.call import Asked, ConnectionName, OnCaller, OnDesk
from tiktok_ads.ui.api.connections import Connection
from tiktok_ads.ui.api.connections import told as told_of
from tiktok_ads.ui.connections import free_name, login
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.signins import CALLBACK, SignIns, begin, by_pasted_token, finish, signins_of

router = APIRouter(prefix="/api/v1", tags=["sign-in"])
OnSignIns = Annotated[SignIns, Depends(signins_of)]
_LONGEST = 16_384


class SignIn(BaseModel):
    """A sign-in under way: a person opens `address`, and what TikTok sends back is pasted to `finish`.

    `redirect_uri` must stand in the TikTok app. It is good until `expires_at`, once, for whoever began it.
    """

    connection: str
    address: str
    redirect_uri: str
    expires_at: datetime


class TikTokApp(Asked):
    """The TikTok app to sign in with; what is left out is as this connection had it before."""

    app_id: str = Field(default="", max_length=100)
    app_secret: SecretStr = Field(default=SecretStr(""), max_length=_LONGEST)
    sandbox: bool = False


class Pasted(Asked):
    """The address that TikTok sent the browser to, or the bare code in it."""

    pasted: SecretStr = Field(min_length=1, max_length=_LONGEST)


class OwnToken(Asked):
    """A token that was made elsewhere, as in TikTok's sandbox. App ID and secret tell its advertisers."""

    access_token: SecretStr = Field(min_length=1, max_length=_LONGEST)
    app_id: str = Field(default="", max_length=100)
    app_secret: SecretStr = Field(default=SecretStr(""), max_length=_LONGEST)
    sandbox: bool = False


@router.post("/connections/{name}/sign-in")
def start(desk: OnDesk, signins: OnSignIns, caller: OnCaller, name: ConnectionName, app: TikTokApp) -> SignIn:
    """Begin to sign in, for a new connection or for one that is connected again."""
    known = desk.settings().connections.get(name)
    return _begun(
        desk,
        signins,
        name=name,
        app_id=app.app_id or str((known.app_id or "") if known else ""),
        secret=app.app_secret.get_secret_value(),
        api_url=SANDBOX if app.sandbox else str((known.api_url or "") if known else ""),
        session=caller.mark,
    )


@router.post("/connections/{name}/sign-in/finish")
async def end(
    desk: OnDesk, signins: OnSignIns, caller: OnCaller, name: ConnectionName, what: Pasted
) -> Connection:
    """Exchange what TikTok sent back for a token, and keep it."""
    begun = signins.newest(name, caller.mark)
    if begun is None:
        raise InTheWay(
            "No sign-in of yours for this connection is under way.", "Begin one; it takes a minute."
        )
    pasted = what.pasted.get_secret_value()
    try:
        read_pasted(pasted, begun.consent)
    except ConfigError as error:
        # A slip of the hand does not use the sign-in up.
        raise ConfigError(f"pasted: {error.message}", error.hint) from None
    pending = signins.take(begun.consent.state, caller.mark)
    try:
        done = await finish(desk, pending, pasted)
    except AuthError as error:
        raise ConfigError(f"pasted: {error.message}", remedy_of(error)) from None
    return await run_in_threadpool(_connection, desk, done)


@router.put("/connections/{name}/token")
async def paste_token(desk: OnDesk, name: ConnectionName, own: OwnToken) -> Connection:
    """Try a token that was made elsewhere, and keep it if TikTok takes it."""
    try:
        done = await by_pasted_token(
            desk,
            name=name,
            token=own.access_token.get_secret_value(),
            app_id=own.app_id,
            secret=own.app_secret.get_secret_value(),
            sandbox=own.sandbox,
        )
    except AuthError as error:
        raise ConfigError(f"access_token: {error.message}", remedy_of(error)) from None
    except ConfigError as error:
        raise ConfigError(_in_its_words(error.message), error.hint) from None
    return await run_in_threadpool(_connection, desk, done)


@router.post("/simulator/sign-in")
def try_out(desk: OnDesk, signins: OnSignIns, caller: OnCaller) -> SignIn:
    """Begin to sign in at the simulator of this machine, which is started for it."""
    if desk.simulator is None:
        raise InTheWay("There is no simulator here.", "`tiktok-ads serve` offers one.")
    app_id, secret = desk.simulator_app
    url = desk.simulator()
    name = free_name(desk, "simulator")
    return _begun(desk, signins, name=name, app_id=app_id, secret=secret, api_url=url, session=caller.mark)


def _begun(
    desk: Desk, signins: SignIns, *, name: str, app_id: str, secret: str, api_url: str, session: str
) -> SignIn:
    try:
        with desk.changing:
            address = begin(
                desk, signins, name=name, app_id=app_id, secret=secret, api_url=api_url, session=session
            )
    except ConfigError as error:
        raise ConfigError(_in_its_words(error.message), error.hint) from None
    until = datetime.now(UTC) + timedelta(seconds=STATE_SECONDS)
    return SignIn(connection=name, address=address, redirect_uri=desk.url + CALLBACK, expires_at=until)


def _in_its_words(told: str) -> str:
    """What the pages call token and secret, calls name in full."""
    return re.sub(
        "^secret: ", "app_secret: ", re.sub("^token: ", "access_token: ", told, flags=re.M), flags=re.M
    )


def _connection(desk: Desk, name: str) -> Connection:
    return told_of(desk, login(desk, name))
