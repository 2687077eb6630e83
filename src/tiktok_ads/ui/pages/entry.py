"""The ways in: the launch link that the terminal opens, and the password where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.sessions import SESSION_SECONDS


@dataclass(frozen=True)
class Login(Shown):
    """`problem` says why the last try did not let anybody in."""

    problem: str = ""


router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]


@router.get("/launch")
def launch(desk: OnDesk, token: str = "") -> Response:
    """Let one browser in; the token is dead afterwards."""
    if desk.doors.use_link(token):
        return _let_in(desk)
    if desk.doors.is_closed("link"):
        return PlainTextResponse("Too many wrong tries; wait a minute.\n", 429)
    told = "This link was used or is older than a minute. `tiktok-ads serve` in a terminal makes a new one.\n"
    return PlainTextResponse(told, 403)


@router.get("/login")
def login_form(request: Request, desk: OnDesk) -> Response:
    if not desk.doors.password:
        return PlainTextResponse("There is no password; the terminal opens the app.\n", 404)
    return page(request, "login.html", Login("Sign in", ""))


@router.post("/login")
def login(request: Request, desk: OnDesk, password: Annotated[str, Form()] = "") -> Response:
    if desk.doors.is_password(password):
        return _let_in(desk)
    if desk.doors.is_closed("password"):
        told, status = "Too many wrong tries; wait a minute.", 429
    else:
        told, status = "That is not the password.", 403
    return page(request, "login.html", Login("Sign in", "", told), status=status)


def _let_in(desk: Desk) -> Response:
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        desk.doors.cookie,
        desk.doors.new_session(),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=desk.url.startswith("https://"),
    )
    return answer
