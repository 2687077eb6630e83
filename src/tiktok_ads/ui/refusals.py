"""How the app says that something cannot be done: one shape in JSON for calls, a page for people."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from tiktok_ads.client import remedy_of
from tiktok_ads.credentials import mask
from tiktok_ads.errors import (
    ApiError,
    ConfigError,
    DestinationBusy,
    InTheWay,
    TikTokAdsError,
    TransportError,
    UnknownName,
)
from tiktok_ads.jobs.runner import JobRunning
from tiktok_ads.ui.render import Shown, page

_log = logging.getLogger(__name__)
KINDS = {
    400: "NotJson",
    401: "NotSignedIn",
    403: "Refused",
    404: "UnknownName",
    405: "NotAllowed",
    413: "TooLong",
    415: "NotJson",
    422: "ConfigError",
    429: "TooManyTries",
    500: "Bug",
    503: "TooManyCalls",
}
"""The `kind` of what goes wrong before anything is done."""
_OF_THE_BODY = ("body", "query", "path", "header")
_BUSY_SECONDS = 5
_NOT_JSON = "The body is not JSON."


class WrongField(BaseModel):
    """A value that cannot be used: where it stands, such as `report.dimensions`, and why."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, and what to do about it.

    `kind` is the class of the error, as the page of errors lists them, or a word for the HTTP status.
    `request_id` is TikTok's, for its support.
    """

    kind: str
    message: str
    hint: str = ""
    request_id: str = ""
    fields: list[WrongField] = []


class Refusal(BaseModel):
    """Every answer that is no success has this shape."""

    error: Problem


def refused(status: int, message: str, *, path: str, wait_seconds: int = 0, **said: Any) -> Response:
    """A refusal: JSON under /api/, a line of text elsewhere. `said` are further values of `Problem`."""
    headers = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
    if not path.startswith("/api/"):
        return PlainTextResponse(f"{message}\n", status, headers)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    kind = said.pop("kind", "") or KINDS.get(status, "Bug")
    told = Refusal(error=Problem(kind=kind, message=mask(message), **said))
    # What was asked may hold half a character; as ASCII it can be told all the same.
    text = json.dumps(told.model_dump(), ensure_ascii=True)
    return Response(text, status, headers, media_type="application/json")


def add_refusals(app: FastAPI) -> None:
    """Have the app answer every error in the one shape."""
    app.add_exception_handler(TikTokAdsError, _raised_on_purpose)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _bug)


def status_of(error: TikTokAdsError) -> int:
    """The HTTP status that an error is told with."""
    if isinstance(error, UnknownName):
        return 404
    if isinstance(error, (InTheWay, JobRunning, DestinationBusy)):
        return 409
    # The rest is TikTok's or the destination's: the app itself did what it could.
    return 422 if isinstance(error, ConfigError) else 502


@dataclass(frozen=True)
class Refused(Shown):
    """What cannot be done, and what to do instead."""

    message: str
    hint: str = ""


def _answer(
    request: Request, status: int, message: str, *, hint: str = "", wait_seconds: int = 0, **said: Any
) -> Response:
    """A refusal as whoever asked can show it: JSON, a page, or the part of one."""
    if request.url.path.startswith("/api/"):
        return refused(
            status, message, path=request.url.path, wait_seconds=wait_seconds, hint=mask(hint), **said
        )
    title = {404: "Not found", 409: "Not now", 500: "Something went wrong"}.get(status, "This did not work")
    template = "refused_part.html" if "hx-request" in request.headers else "refused.html"
    return page(request, template, Refused(title, "home", mask(message), mask(hint)), status=status)


def _raised_on_purpose(request: Request, error: Exception) -> Response:
    """An error that we raise on purpose; pages show it where it belongs before it comes so far."""
    assert isinstance(error, TikTokAdsError)  # noqa: S101
    hint = error.hint if isinstance(error, ConfigError) else ""
    if isinstance(error, (ApiError, TransportError)):
        hint = remedy_of(error)
    message = error.message if isinstance(error, ConfigError) else str(error)
    return _answer(
        request,
        status_of(error),
        message,
        hint=hint,
        wait_seconds=_BUSY_SECONDS if isinstance(error, DestinationBusy) else 0,
        kind=type(error).__name__,
        request_id=getattr(error, "request_id", ""),
        fields=_fields_in(message) if isinstance(error, ConfigError) else [],
    )


def _not_understood(request: Request, error: Exception) -> Response:
    """A call whose values do not fit. What was sent is not repeated: it may hold a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return _answer(request, 400, _NOT_JSON)
    fields = [_wrong(one) for one in error.errors()]
    told = "; ".join(f"{one.field}: {one.message}" if one.field else one.message for one in fields)
    return _answer(request, 422, told, fields=fields)


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    words = {404: "There is nothing here.", 405: "This cannot be done here.", 400: _NOT_JSON}
    answer = _answer(request, error.status_code, words.get(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


def _bug(request: Request, error: Exception) -> Response:
    _log.error("%s %s: %s", request.method, request.url.path, mask(repr(error)))
    told = "Something went wrong that should not have."
    return _answer(request, 500, told, hint="Report it, please.")


def _wrong(one: Mapping[str, Any]) -> WrongField:
    where = [str(part) for part in one["loc"]]
    if where and where[0] in _OF_THE_BODY:
        del where[0]
    return WrongField(field=_plain(".".join(where))[:200], message=_plain(_words(one)))


def _words(one: Mapping[str, Any]) -> str:
    text = str(one["msg"]).removeprefix("Value error, ")
    return {"missing": "is missing", "extra_forbidden": "there is no such value"}.get(one["type"], text)


def _fields_in(message: str) -> Sequence[WrongField]:
    """The lines that begin with the name of a field."""
    found = (line.partition(": ") for line in message.splitlines())
    return [WrongField(field=name, message=text) for name, colon, text in found if colon and _is_name(name)]


def _is_name(text: str) -> bool:
    return text.replace("_", "").replace(".", "").isalnum() and " " not in text and text.islower()


def _plain(text: str) -> str:
    """Without halves of characters, which UTF-8 cannot spell."""
    return text.encode("utf-8", "replace").decode()
