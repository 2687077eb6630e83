"""Stands before every page: the right host, no foreign site, somebody who was let in, safe headers."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tiktok_ads.errors import ConfigError
from tiktok_ads.ui.refusals import refused
from tiktok_ads.ui.sessions import Caller, Doors

MOST_BYTES = 2**20
"""Longest body that is taken in; forms and settings are far shorter."""
_LOOKS = frozenset({"/static/app.css", "/static/vendor/pico.min.css", "/static/icon.svg"})
OPEN = frozenset({"/launch", "/login", "/oauth/callback", *_LOOKS})
"""Paths that anybody may ask for: each checks whom it lets in, or gives the sign-in page its looks."""
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
        path = request.url.path
        dressed = _with_headers(send, path)
        refusal = await self._refusal(request)
        if refusal is None:
            body = await _body(receive)
            if body is not None:
                await self._app(scope, _again(body, receive), dressed)
                return
            refusal = _too_long(path)
        await refusal(scope, receive, dressed)

    async def _refusal(self, request: Request) -> Response | None:
        path = request.url.path
        if request.headers.get("host", "").lower() not in self._hosts:
            return refused(403, "This address does not belong to the app.", path=path)
        token = _bearer(request.headers)
        if path not in _FROM_ELSEWHERE and self._is_foreign(request, by_token=bool(token)):
            return refused(403, "This request comes from another site.", path=path)
        if _length(request.headers) > MOST_BYTES:
            return _too_long(path)
        if path in OPEN:
            return None
        if token:
            return await self._by_token(request, token)
        if not self._doors.is_session(request.cookies.get(self._doors.cookie, "")):
            told = "You are not signed in. `tiktok-ads serve` in a terminal opens the app."
            return refused(401, told, path=path)
        request.state.caller = Caller("browser", mark=request.cookies[self._doors.cookie])
        return _of_another_type(request)

    async def _by_token(self, request: Request, said: str) -> Response | None:
        path = request.url.path
        if not path.startswith("/api/"):
            # Pages show more than calls tell, and change more: they are for people.
            return refused(401, "A token opens /api/ alone.", path=path)
        try:
            caller = self._doors.holder(said)
        except ConfigError as error:
            return refused(401, error.message, path=path, hint=error.hint)
        if caller is None and self._doors.is_closed("token"):
            return refused(429, "Too many wrong tokens; wait a minute.", path=path, wait_seconds=60)
        if caller is None:
            return refused(401, "This token is unknown, was removed or has expired.", path=path)
        tokens = self._doors.tokens
        if tokens and caller.token and not tokens.is_noted(caller.token):
            await run_in_threadpool(tokens.note_use, caller.token)
        request.state.caller = caller
        return _of_another_type(request)

    def _is_foreign(self, request: Request, *, by_token: bool) -> bool:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site not in ("same-origin", "none")
        # Programs tell no origin. A browser sends no token of ours by itself, so none can be misused.
        if by_token or request.method in _SAFE:
            return False
        # A browser that tells neither is too old to be trusted with anything that changes something.
        return urlsplit(request.headers.get("origin", "")).netloc.lower() not in self._hosts


def _bearer(headers: Headers) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _length(headers: Headers) -> int:
    said = headers.get("content-length", "0")
    return int(said) if said.isdigit() else 0


def _of_another_type(request: Request) -> Response | None:
    """Calls take JSON alone: other sites can make a browser send forms, but not this."""
    path, kind = request.url.path, request.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = _length(request.headers) > 0 or "transfer-encoding" in request.headers
    if not path.startswith("/api/") or not has_body or kind == "application/json":
        return None
    return refused(415, "Calls take application/json.", path=path)


def _too_long(path: str) -> Response:
    return refused(413, f"At most {MOST_BYTES:,} bytes are taken in.", path=path)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too long, or nobody waits for the answer any more."""
    parts: list[bytes] = []
    taken = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        taken += len(parts[-1])
        if taken > MOST_BYTES or message["type"] == "http.disconnect":
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive` that gives the body, then what follows it."""
    told = False

    async def next_message() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

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
