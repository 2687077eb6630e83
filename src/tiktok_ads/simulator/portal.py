"""The consent page that a person sees in the browser, and the redirect that brings the code back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from tiktok_ads.simulator.logins import Logins
from tiktok_ads.simulator.world import World

Page = Callable[[Request], Awaitable[Response]]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def consent(logins: Logins, world: World) -> Page:
    """Shows which app asks for what, with one link to allow it."""

    async def page(request: Request) -> Response:
        refused = _refused(logins, request)
        if refused:
            return refused
        names = "".join(f"<li>{escape(a.name)} ({a.id})</li>" for a in world.advertisers.values())
        link = "/portal/auth/allow?" + urlencode(dict(request.query_params))
        return HTMLResponse(
            "<!doctype html><title>Authorize</title><h1>Authorize this app?</h1>"
            f"<p>App {escape(request.query_params['app_id'])} asks to read:</p><ul>{names}</ul>"
            f'<p><a href="{escape(link)}">Confirm</a></p>'
        )

    return page


def allow(logins: Logins, world: World) -> Page:
    """Sends the browser back with `auth_code`, `code` (the same) and `state`."""

    async def page(request: Request) -> Response:
        refused = _refused(logins, request)
        if refused:
            return refused
        asked = request.query_params
        code = logins.new_code(asked["app_id"], world.now())
        back = {"auth_code": code, "code": code, "state": asked.get("state", "")}
        target = asked["redirect_uri"]
        return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(back)}", status_code=302)

    return page


def _refused(logins: Logins, request: Request) -> Response | None:
    asked = request.query_params
    if asked.get("app_id") not in logins.apps:
        return PlainTextResponse("The app does not exist.", status_code=400)
    target = urlsplit(asked.get("redirect_uri", ""))
    # A code must not leave this machine, whatever page the link came from.
    if target.scheme not in ("http", "https") or not target.hostname:
        return PlainTextResponse("redirect_uri is missing or wrong.", status_code=400)
    if target.hostname not in LOOPBACK and not target.hostname.endswith("example.com"):
        return PlainTextResponse("The simulator redirects to this machine only.", status_code=400)
    return None
