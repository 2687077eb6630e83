"""Signing in at TikTok in the browser, with what it sends back, by itself or pasted, or with a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tiktok_ads.client import remedy_of
from tiktok_ads.errors import ApiError, ConfigError, TikTokAdsError, TransportError
from tiktok_ads.signin.consent import read_pasted
from tiktok_ads.ui import connections as doing
from tiktok_ads.ui import signins as signing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.signins import CALLBACK, SignIns
from tiktok_ads.ui.told import by_field

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]
_FIELDS = ("name", "app_id", "secret", "token", "pasted")


@dataclass(frozen=True)
class New(Shown):
    """The form of a new login, with what was typed; `problems` are by field, `other` those of none.

    `first` is whether nothing is set up yet, `again` whether the login exists.
    """

    callback: str
    simulator: bool
    first: bool
    name: str = "tiktok"
    app_id: str = ""
    again: bool = False
    has_secret: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class ByToken(Shown):
    """The form of a login by a token that was made elsewhere; secrets that were typed are not repeated."""

    name: str
    app_id: str = ""
    sandbox: bool = True
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class Asking(Shown):
    """The link to TikTok's page, and the field for what it sends back where the browser cannot return."""

    name: str
    link: str
    first: bool
    pasted: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    other: str = ""


@dataclass(frozen=True)
class Returned(Shown):
    """What TikTok sent back; a page of ours hands it on, since cookies do not come from another site."""

    query: dict[str, str]


def signins_of(request: Request) -> SignIns:
    """The sign-ins under way; they live as long as the process."""
    state = request.app.state
    if not hasattr(state, "signins"):
        state.signins = SignIns()
    found = state.signins
    assert isinstance(found, SignIns)  # noqa: S101
    return found


OnSignIns = Annotated[SignIns, Depends(signins_of)]


@router.get("/connections/new")
def new(request: Request, desk: OnDesk, name: str = "") -> Response:
    return page(request, "connection_new.html", _form(desk, name))


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
        _not_taken(name, known is not None and not again)
        link = signing.begin(
            desk,
            signins,
            name=name,
            app_id=app_id or str((known.app_id or "") if known else ""),
            secret=secret,
            api_url=str(known.api_url or "") if known else "",
            session=_session(request, desk),
        )
    except ConfigError as error:
        form = _form(desk, name, app_id=app_id, again=bool(again), error=error)
        return page(request, "connection_new.html", form, status=422)
    asking = Asking("Sign in at TikTok", "connections", name, link, _is_first(desk))
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
        _not_taken(name, name in desk.settings().connections)
        done = await signing.by_pasted_token(
            desk, name=name, token=token, app_id=app_id, secret=secret, sandbox=bool(sandbox)
        )
    except TikTokAdsError as error:
        wrong = by_field(_as_config(error, "token"), _FIELDS)
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
        session=_session(request, desk),
    )
    asking = Asking("Try the simulator", "connections", name, link, _is_first(desk))
    return page(request, "connection_asking.html", asking)


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
    """Exchange what came back by itself."""
    session = _session(request, desk)
    if name:
        return await _pasted(request, desk, signins, name, pasted, session)
    try:
        pending = signins.take(state, session)
        done = await signing.finish(desk, pending, f"?auth_code={auth_code or code}&state={state}")
    except TikTokAdsError as error:
        form = _form(desk, name, error=_as_config(error))
        return page(request, "connection_new.html", form, status=422)
    return RedirectResponse(f"/connections/{done}", 303)


async def _pasted(
    request: Request, desk: Desk, signins: SignIns, name: str, pasted: str, session: str
) -> Response:
    """Exchange what was pasted; what cannot be one leaves the sign-in as it was, to be tried again."""
    begun = signins.newest(name, session)
    if begun is None:
        error = ConfigError("No sign-in of this browser is under way.", "Begin again with Connect.")
        return page(request, "connection_new.html", _form(desk, name, error=error), status=422)
    try:
        read_pasted(pasted, begun.consent)
    except ConfigError as error:
        asking = Asking(
            "Sign in at TikTok",
            "connections",
            name,
            begun.consent.link,
            _is_first(desk),
            pasted[:2000],
            {"pasted": str(error)},
        )
        return page(request, "connection_asking.html", asking, status=422)
    try:
        done = await signing.finish(desk, signins.take(begun.consent.state, session), pasted)
    except TikTokAdsError as error:
        form = _form(desk, name, error=_as_config(error))
        return page(request, "connection_new.html", form, status=422)
    return RedirectResponse(f"/connections/{done}", 303)


def _form(
    desk: Desk,
    name: str,
    *,
    app_id: str = "",
    again: bool | None = None,
    error: ConfigError | None = None,
) -> New:
    known = desk.settings().connections.get(name)
    is_again = known is not None if again is None else again and known is not None
    problems, other = by_field(error, _FIELDS)
    return New(
        "Connect again" if is_again else "Connect",
        "connections",
        desk.url + CALLBACK,
        desk.simulator is not None,
        _is_first(desk),
        name or doing.free_name(desk, "tiktok"),
        app_id or str((known.app_id or "") if known else ""),
        is_again,
        is_again and doing.has_secret(name),
        problems,
        other,
    )


def _is_first(desk: Desk) -> bool:
    return not desk.settings().connections


def _not_taken(name: str, taken: bool) -> None:
    if taken:
        raise ConfigError(f"name: there is a connection {name!r} already, choose another name.")


def _as_config(error: TikTokAdsError, field: str = "") -> ConfigError:
    """What TikTok refused, with its remedy, as something wrong in the form."""
    if isinstance(error, ConfigError):
        return error
    told = error.message if isinstance(error, ApiError) else str(error)
    remedy = remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""
    return ConfigError(f"{field}: {told} {remedy}" if field else told, "" if field else remedy)


def _session(request: Request, desk: Desk) -> str:
    return request.cookies.get(desk.doors.cookie, "")
