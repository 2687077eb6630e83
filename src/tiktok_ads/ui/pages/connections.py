"""Connections: what was granted and whether it still holds; rename, hand over, disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.ui import connections as doing
from tiktok_ads.ui.connections import Login
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.look import Look
from tiktok_ads.ui.look import look as ask_look
from tiktok_ads.ui.permissions import Permissions, permissions
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.told import by_field

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]


@dataclass(frozen=True)
class All(Shown):
    """`problem` says what is wrong with the settings file."""

    logins: tuple[Login, ...]
    simulator: bool
    problem: str = ""


@dataclass(frozen=True)
class One(Shown):
    """One login; what TikTok says of it comes by a second request. `ticked` are datasets to hand over."""

    login: Login
    others: tuple[str, ...]
    permissions: Permissions | None
    first: bool
    new_name: str
    ticked: tuple[str, ...]
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class Seen(Shown):
    look: Look
    name: str


@router.get("/connections")
def show_all(request: Request, desk: OnDesk) -> Response:
    try:
        context = All("Connections", "connections", tuple(doing.logins(desk)), desk.simulator is not None)
    except TikTokAdsError as error:
        context = All("Connections", "connections", (), desk.simulator is not None, str(error))
    return page(request, "connections.html", context)


@router.get("/connections/{name}")
def show(request: Request, desk: OnDesk, name: str) -> Response:
    return page(request, "connection.html", _one(desk, name))


@router.get("/connections/{name}/look")
async def look(request: Request, desk: OnDesk, name: str) -> Response:
    """What TikTok says of the login now; asked for by its page."""
    return page(request, "connection_look.html", Seen("", "connections", await ask_look(desk, name), name))


@router.post("/connections/{name}/rename")
def rename(request: Request, desk: OnDesk, name: str, new_name: Text = "") -> Response:
    new_name = new_name.strip()
    try:
        doing.rename(desk, name, new_name)
    except ConfigError as error:
        told = ConfigError(f"new_name: {error}")
        return page(request, "connection.html", _one(desk, name, told, new_name=new_name), status=422)
    return RedirectResponse(f"/connections/{new_name}", 303)


@router.post("/connections/{name}/hand-over")
async def hand_over(request: Request, desk: OnDesk, name: str, to: Text = "") -> Response:
    """Let another login load datasets: those that are ticked, or all where the form ticks none."""
    form = await request.form()
    used = doing.login(desk, name).used_by
    ticked = tuple(str(one) for one in form.getlist("jobs")) if form.get("some") else used
    try:
        if not ticked:
            raise ConfigError("jobs: tick the datasets to hand over.")
        doing.hand_over(desk, [one for one in used if one in ticked], to)
    except ConfigError as error:
        told = error if error.message.startswith("jobs: ") else ConfigError(f"to: {error}")
        return page(request, "connection.html", _one(desk, name, told, ticked=ticked), status=422)
    return RedirectResponse(f"/connections/{to}", 303)


@router.post("/connections/{name}/disconnect")
async def disconnect(request: Request, desk: OnDesk, name: str) -> Response:
    try:
        await doing.disconnect(desk, name)
    except ConfigError as error:
        return page(request, "connection.html", _one(desk, name, error), status=422)
    return RedirectResponse("/connections", 303)


def _one(
    desk: Desk,
    name: str,
    error: ConfigError | None = None,
    *,
    new_name: str = "",
    ticked: tuple[str, ...] | None = None,
) -> One:
    one = doing.login(desk, name)
    settings = desk.settings()
    others = tuple(other.name for other in doing.logins(desk) if other.name != name)
    known = settings.connections.get(name)
    problems, other = by_field(error, ("new_name", "to", "jobs"))
    return One(
        name,
        "connections",
        one,
        others,
        permissions(known.scopes if known else None),
        not settings.jobs,
        new_name or name,
        one.used_by if ticked is None else ticked,
        problems,
        other,
    )
