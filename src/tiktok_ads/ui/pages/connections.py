"""Connections: sign in at TikTok in the browser, see what was granted, rename, hand over, disconnect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.ui import connections as doing
from tiktok_ads.ui import signins as signing
from tiktok_ads.ui.connections import Login
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.look import Look
from tiktok_ads.ui.look import look as ask_look
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.signins import CALLBACK, SignIns

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
class New(Shown):
    """The form of a new login, with what was typed; `problem` stands beside the form."""

    callback: str
    simulator: bool
    name: str = "tiktok"
    app_id: str = ""
    again: bool = False
    has_secret: bool = False
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Asking(Shown):
    """The link to TikTok's page, and the field for what it sends back where the browser cannot return."""

    name: str
    link: str
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Returned(Shown):
    """What TikTok sent back; a page of ours hands it on, since cookies do not come from another site."""

    query: dict[str, str]


@dataclass(frozen=True)
class One(Shown):
    """One login; what TikTok says of it comes by a second request."""

    login: Login
    others: tuple[str, ...]
    problem: str = ""
    hint: str = ""
    said: str = ""


@dataclass(frozen=True)
class Seen(Shown):
    look: Look
    name: str = field(default="")


def signins_of(request: Request) -> SignIns:
    """The sign-ins under way; they live as long as the process."""
    state = request.app.state
    if not hasattr(state, "signins"):
        state.signins = SignIns()
    found = state.signins
    assert isinstance(found, SignIns)  # noqa: S101
    return found


OnSignIns = Annotated[SignIns, Depends(signins_of)]


@router.get("/connections")
def show_all(request: Request, desk: OnDesk) -> Response:
    try:
        context = All("Connections", "connections", tuple(doing.logins(desk)), desk.simulator is not None)
    except TikTokAdsError as error:
        context = All("Connections", "connections", (), desk.simulator is not None, str(error))
    return page(request, "connections.html", context)


@router.get("/connections/new")
def new(request: Request, desk: OnDesk, name: str = "") -> Response:
    return page(request, "connection_new.html", _form(desk, name))


@router.post("/connections/connect")
def connect(
    request: Request, desk: OnDesk, signins: OnSignIns, name: Text = "", app_id: Text = "", secret: Text = ""
) -> Response:
    try:
        known = desk.settings().connections.get(name)
        link = signing.begin(
            desk,
            signins,
            name=name.strip(),
            app_id=app_id or str(known.app_id if known else ""),
            secret=secret,
            api_url=str(known.api_url or "") if known else "",
            session=_session(request, desk),
        )
    except ConfigError as error:
        form = _form(desk, name, app_id=app_id, problem=error.message, hint=error.hint)
        return page(request, "connection_new.html", form, status=422)
    return page(
        request, "connection_asking.html", Asking("Sign in at TikTok", "connections", name.strip(), link)
    )


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
        session=_session(request, desk),
    )
    return page(request, "connection_asking.html", Asking("Try the simulator", "connections", name, link))


@router.get(CALLBACK)
def returned(request: Request) -> Response:
    """TikTok sends the browser here. Nothing is done yet: only a page of ours can show who is signed in."""
    query = {
        name: value for name, value in request.query_params.items() if name in ("auth_code", "code", "state")
    }
    return page(request, "connection_returned.html", Returned("Back from TikTok", "connections", query))


@router.post("/connections/finish")
async def finish(
    request: Request,
    desk: OnDesk,
    signins: OnSignIns,
    auth_code: Text = "",
    code: Text = "",
    state: Text = "",
    name: Text = "",
    pasted: Text = "",
) -> Response:
    """Exchange what came back, by itself or pasted."""
    session = _session(request, desk)
    try:
        if pasted:
            begun = signins.newest(name, session)
            if begun is None:
                raise ConfigError("No sign-in of this browser is under way.", "Begin again with Connect.")
            pending, text = signins.take(begun.consent.state, session), pasted
        else:
            pending = signins.take(state, session)
            text = f"?auth_code={auth_code or code}&state={state}"
        done = await signing.finish(desk, pending, text)
    except TikTokAdsError as error:
        told = error.message if isinstance(error, ConfigError) else str(error)
        form = _form(desk, name, problem=told, hint=error.hint if isinstance(error, ConfigError) else "")
        return page(request, "connection_new.html", form, status=422)
    return RedirectResponse(f"/connections/{done}", 303)


@router.get("/connections/{name}")
def show(request: Request, desk: OnDesk, name: str, said: str = "") -> Response:
    return page(request, "connection.html", _one(desk, name, said=said))


@router.get("/connections/{name}/look")
async def look(request: Request, desk: OnDesk, name: str) -> Response:
    """What TikTok says of the login now; asked for by its page."""
    return page(request, "connection_look.html", Seen("", "connections", await ask_look(desk, name), name))


@router.post("/connections/{name}/rename")
def rename(request: Request, desk: OnDesk, name: str, new_name: Text = "") -> Response:
    try:
        doing.rename(desk, name, new_name.strip())
    except ConfigError as error:
        return page(request, "connection.html", _one(desk, name, error=error), status=422)
    return RedirectResponse(f"/connections/{new_name.strip()}", 303)


@router.post("/connections/{name}/hand-over")
def hand_over(request: Request, desk: OnDesk, name: str, to: Text = "") -> Response:
    try:
        doing.hand_over(desk, doing.login(desk, name).used_by, to)
    except ConfigError as error:
        return page(request, "connection.html", _one(desk, name, error=error), status=422)
    return RedirectResponse(f"/connections/{to}", 303)


@router.post("/connections/{name}/disconnect")
async def disconnect(request: Request, desk: OnDesk, name: str) -> Response:
    try:
        await doing.disconnect(desk, name)
    except ConfigError as error:
        return page(request, "connection.html", _one(desk, name, error=error), status=422)
    return RedirectResponse("/connections", 303)


def _form(desk: Desk, name: str, *, app_id: str = "", problem: str = "", hint: str = "") -> New:
    known = desk.settings().connections.get(name)
    return New(
        "Connect again" if known else "Connect",
        "connections",
        desk.url + CALLBACK,
        desk.simulator is not None,
        name or doing.free_name(desk, "tiktok"),
        app_id or str((known.app_id or "") if known else ""),
        known is not None,
        bool(known) and doing.has_secret(name),
        problem,
        hint,
    )


def _one(desk: Desk, name: str, *, error: ConfigError | None = None, said: str = "") -> One:
    one = doing.login(desk, name)
    others = tuple(other.name for other in doing.logins(desk) if other.name != name)
    problem, hint = (error.message, error.hint) if error else ("", "")
    return One(name, "connections", one, others, problem, hint, said)


def _session(request: Request, desk: Desk) -> str:
    return request.cookies.get(desk.doors.cookie, "")
