"""Answers that are broken on the wire: wrong lengths, cut bodies, bombs, silence."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from tiktok_ads.simulator.faults import Fault, bomb
from tiktok_ads.simulator.options import Options

HANGS, DRIPS = 90.0, 1.0  # seconds, unless the fault says
PARTS = 50


class ConnectionCut(Exception):
    """Makes the server close the connection in the middle of an answer."""


def broken_answer(
    fault: Fault, body: bytes, headers: Mapping[str, str], kind: str, options: Options
) -> Response | None:
    """The answer that stands in for the good one; None if the fault lies elsewhere."""
    if fault.kind == "http":
        return Response(body if fault.value is None else str(fault.value), fault.status, media_type=kind)
    if fault.kind == "html":
        page = f"<html><head><title>{fault.status}</title></head><body>upstream error</body></html>"
        return HTMLResponse(page, fault.status)
    if fault.kind == "empty_body":
        return Response(b"", 200, media_type=kind)
    if fault.kind == "redirect":
        return RedirectResponse(str(fault.value or "https://redirected.invalid/"), 301)
    if fault.kind == "truncated_json":
        return Response(body[: max(len(body) * 2 // 3, 1)], headers=dict(headers), media_type=kind)
    if fault.kind == "gzip_bomb":
        return Response(bomb(fault.size), headers={"Content-Encoding": "gzip"}, media_type=kind)
    if fault.kind in ("hang", "reset", "wrong_content_length", "slow_body"):
        return Broken(fault, body, headers, kind, options)
    return None


class Broken(Response):
    """Sends a good body badly, or not at all."""

    def __init__(
        self, fault: Fault, body: bytes, headers: Mapping[str, str], kind: str, options: Options
    ) -> None:
        super().__init__(body, headers=dict(headers), media_type=kind)
        self.fault, self.options = fault, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, options = self.fault.kind, self.options
        body = bytes(self.body)
        if kind == "hang":
            if options.broken is not None:
                raise options.broken(kind)
            await options.sleep(HANGS if self.fault.seconds is None else self.fault.seconds)
            await send({"type": "http.response.start", "status": 504, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = self.raw_headers
        if kind == "wrong_content_length":
            headers = [(n, v) for n, v in headers if n != b"content-length"]
            headers.append((b"content-length", str(len(body) + 100).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if kind == "slow_body":
            length = max(len(body) // PARTS, 1)
            for at in range(0, len(body), length):
                await options.sleep((DRIPS if self.fault.seconds is None else self.fault.seconds) / PARTS)
                part = body[at : at + length]
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        half = body if kind == "wrong_content_length" else body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        if options.broken is not None:
            raise options.broken("reset")
        raise ConnectionCut
