"""Signing in at TikTok: the forms of a new login, by TikTok's own page, with a token, or at the simulator."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.ui import connections as doing
from tiktok_ads.ui import signins as signing
from tiktok_ads.ui.pages.signin_forms import (
    FIELDS,
    Asking,
    ByToken,
    OnDesk,
    OnSignIns,
    Text,
    as_config,
    is_first,
    new_form,
    not_taken,
    session_of,
)
from tiktok_ads.ui.render import page
from tiktok_ads.ui.told import by_field

router = APIRouter(include_in_schema=False)


@router.get("/connections/new")
def new(request: Request, desk: OnDesk, name: str = "") -> Response:
    return page(request, "connection_new.html", new_form(desk, name))


@router.post("/connections/connect")
def connect(
    request: Request,
    desk: OnDesk,
    signins: OnSignIns,
    name: Text = "",
    app_id: Text = "",
    secret: Text = "",
    again: Text = "",
) -> Response:
    name = name.strip()
    try:
        known = desk.settings().connections.get(name)
        not_taken(name, known is not None and not again)
        link = signing.begin(
            desk,
            signins,
            name=name,
            app_id=app_id or str((known.app_id or "") if known else ""),
            secret=secret,
            api_url=str(known.api_url or "") if known else "",
            session=session_of(request, desk),
        )
    except ConfigError as error:
        form = new_form(desk, name, app_id=app_id, again=bool(again), error=error)
        return page(request, "connection_new.html", form, status=422)
    asking = Asking("Sign in at TikTok", "connections", name, link, is_first(desk))
    return page(request, "connection_asking.html", asking)


@router.get("/connections/token")
def token_form(request: Request, desk: OnDesk) -> Response:
    form = ByToken("Connect with a token", "connections", doing.free_name(desk, "tiktok"))
    return page(request, "connection_token.html", form)


@router.post("/connections/token")
async def with_token(
    request: Request,
    desk: OnDesk,
    name: Text = "",
    token: Text = "",
    app_id: Text = "",
    secret: Text = "",
    sandbox: Text = "",
) -> Response:
    """Try the token, and keep it."""
    name = name.strip()
    try:
        not_taken(name, name in desk.settings().connections)
        done = await signing.by_pasted_token(
            desk, name=name, token=token, app_id=app_id, secret=secret, sandbox=bool(sandbox)
        )
    except TikTokAdsError as error:
        wrong = by_field(as_config(error, "token"), FIELDS)
        form = ByToken("Connect with a token", "connections", name, app_id, bool(sandbox), *wrong)
        return page(request, "connection_token.html", form, status=422)
    return RedirectResponse(f"/connections/{done}", 303)


@router.post("/connections/simulator")
async def try_out(request: Request, desk: OnDesk, signins: OnSignIns) -> Response:
    """A login at the simulator of this machine, through its own consent page."""
    if desk.simulator is None:
        raise ConfigError("There is no simulator here.")
    url = await run_in_threadpool(desk.simulator)
    name = await run_in_threadpool(doing.free_name, desk, "simulator")
    link = signing.begin(
        desk,
        signins,
        name=name,
        app_id=desk.simulator_app[0],
        secret=desk.simulator_app[1],
        api_url=url,
        session=session_of(request, desk),
    )
    asking = Asking("Try the simulator", "connections", name, link, is_first(desk))
    return page(request, "connection_asking.html", asking)
