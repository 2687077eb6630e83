"""Connections by the JSON API: what they are, what TikTok says of them, rename, hand over, disconnect."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from tiktok_ads.client.scopes import SCOPES, missing_scopes
from tiktok_ads.errors import ConfigError
from tiktok_ads.signin.grant import NEEDED
from tiktok_ads.ui import connections as doing
from tiktok_ads.ui.api.call import Asked, ConnectionName, Done, OnDesk
from tiktok_ads.ui.connections import Kind, Login
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.look import Status, look
from tiktok_ads.ui.paging import Limit, Offset, Part, part

router = APIRouter(prefix="/api/v1/connections", tags=["connections"])


class Scope(BaseModel):
    """A permission that TikTok asks for; `name` is empty if nobody documented it."""

    id: str
    name: str


class Connection(BaseModel):
    """A login as the settings file has it, without asking TikTok.

    `scopes` is null where TikTok did not tell them, as for a pasted token; `missing_scopes` are those that
    the usual tables need beside.
    """

    name: str
    kind: Kind
    app_id: str | None
    has_token: bool
    datasets: list[str]
    scopes: list[Scope] | None
    missing_scopes: list[Scope]


class GrantedAdvertiser(BaseModel):
    """An advertiser that the login grants."""

    advertiser_id: str
    name: str
    zone: str
    currency: str
    status: str


class Check(BaseModel):
    """What TikTok says of a connection now; `problem`, `remedy` and `request_id` if it is not verified."""

    status: Status
    signed_in_as: str
    advertisers: list[GrantedAdvertiser]
    problem: str
    remedy: str
    request_id: str


class NewName(Asked):
    name: str


class Transfer(Asked):
    """Which connection takes datasets over, and which of them; null for all."""

    to: str
    datasets: list[str] | None = None


class Transferred(BaseModel):
    """The datasets that use the other connection now."""

    to: str
    datasets: list[str]


@router.get("", name="list")
def listed(desk: OnDesk, limit: Limit = 100, offset: Offset = 0) -> Part[Connection]:
    """All connections."""
    return part(doing.logins(desk), lambda one: told(desk, one), limit=limit, offset=offset)


@router.get("/{name}", name="get")
def show(desk: OnDesk, name: ConnectionName) -> Connection:
    """One connection, as the settings file has it."""
    return told(desk, doing.login(desk, name))


@router.post("/{name}/check")
async def check(desk: OnDesk, name: ConnectionName) -> Check:
    """Ask TikTok who signed in and which advertisers are granted, with zones, currencies and status."""
    await run_in_threadpool(doing.login, desk, name)
    seen = await look(desk, name)
    return Check(
        status=seen.status,
        signed_in_as=seen.who,
        advertisers=[GrantedAdvertiser(**vars(one)) for one in seen.accounts],
        problem=seen.told,
        remedy=seen.remedy,
        request_id=seen.request_id,
    )


@router.post("/{name}/rename")
def rename(desk: OnDesk, name: ConnectionName, wanted: NewName) -> Connection:
    """Give it another name; what uses it goes on using it."""
    doing.login(desk, name)
    doing.rename(desk, name, wanted.name)
    return told(desk, doing.login(desk, wanted.name))


@router.post("/{name}/transfer")
def transfer(desk: OnDesk, name: ConnectionName, wanted: Transfer) -> Transferred:
    """Let its datasets, or some of them, use another connection."""
    with desk.changing:
        used = doing.login(desk, name).used_by
        chosen = used if wanted.datasets is None else tuple(dict.fromkeys(wanted.datasets))
        if foreign := [one for one in chosen if one not in used]:
            raise ConfigError(f"datasets: {foreign[0][:60]!r} does not use this connection.")
        doing.hand_over(desk, chosen, wanted.to)
    return Transferred(to=wanted.to, datasets=list(chosen))


@router.delete("/{name}")
async def disconnect(desk: OnDesk, name: ConnectionName) -> Done:
    """End its token at TikTok, delete it here and take the connection out of the settings file.

    What was loaded stays. Datasets that use it are handed over or deleted first.
    """
    return Done(said=await doing.disconnect(desk, name))


def told(desk: Desk, one: Login) -> Connection:
    """A login as calls are told of it."""
    known = desk.settings().connections.get(one.name)
    granted = known.scopes if known else None
    missing = missing_scopes(granted, NEEDED) if granted else []
    return Connection(
        name=one.name,
        kind=one.kind,
        app_id=one.app_id,
        has_token=one.has_token,
        datasets=list(one.used_by),
        scopes=None if granted is None else [_scope(number) for number in granted],
        missing_scopes=[_scope(number) for number in missing],
    )


def _scope(number: int) -> Scope:
    return Scope(id=str(number), name=SCOPES.get(number, ""))
