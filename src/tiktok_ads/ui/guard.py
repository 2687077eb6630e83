"""Stands before every page: the right host, no foreign site, somebody who was let in, safe headers."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tiktok_ads.ui.sessions import Doors

MOST_BYTES = 2**20
"""Longest body that is taken in; forms and settings are far shorter."""
OPEN = frozenset({"/launch", "/login", "/oauth/callback"})
"""Paths that anybody may ask for; each checks for itself whom it lets in."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_ELSEWHERE = frozenset({"/oauth/callback"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Middleware around the whole app; what it refuses reaches no page.

    Args:
        app: what it guards.
        hosts: names under which the app may be addressed, with their port; any other is an attack that
            points a foreign name at this machine.
        doors: knows who was let in.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], doors: Doors) -> None:
        self._app, self._hosts, self._doors = app, frozenset(one.lower() for one in hosts), doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There are no web sockets here.
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send, request.url.path))
            return
        await self._app(scope, _limited(receive, request.headers), _with_headers(send, request.url.path))

    def _refusal(self, request: Request) -> Response | None:
        path = request.url.path
        if request.headers.get("host", "").lower() not in self._hosts:
            return _told(request, 403, "This address does not belong to the app.")
        token = _bearer(request.headers)
        if path not in _FROM_ELSEWHERE and not token and self._is_foreign(request):
            return _told(request, 403, "This request comes from another site.")
        if _length(request.headers) > MOST_BYTES:
            return _told(request, 413, f"At most {MOST_BYTES} bytes are taken in.")
        if path in OPEN:
            return None
        if token:
            if self._doors.is_program(token):
                return None
        elif self._doors.is_session(request.cookies.get(self._doors.cookie, "")):
            return None
        if self._doors.is_closed:
            return _told(request, 429, "Too many wrong tries; wait a minute.")
        return _told(request, 401, "You are not signed in. `tiktok-ads serve` in a terminal opens the app.")

    def _is_foreign(self, request: Request) -> bool:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        if request.method in _SAFE:
            return False
        # A browser that tells neither is too old to be trusted with anything that changes something.
        return urlsplit(request.headers.get("origin", "")).netloc.lower() not in self._hosts


def _bearer(headers: Headers) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _length(headers: Headers) -> int:
    said = headers.get("content-length", "0")
    return int(said) if said.isdigit() else 0


def _limited(receive: Receive, headers: Headers) -> Receive:
    """`receive`, which ends a body that grows longer than it may be."""
    taken = 0

    async def next_message() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            return {"type": "http.disconnect"}
        return message

    return next_message


def _with_headers(send: Send, path: str) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if path.startswith("/static/"):
                headers.setdefault("Cache-Control", "private, max-age=86400")
            else:
                headers["Cache-Control"] = "no-store"
        await send(message)

    return sent


def _told(request: Request, status: int, text: str) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": {"message": text}}, status)
    return PlainTextResponse(text + "\n", status)
