"""Bytes of an answer → its data, or the error that it means."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from tiktok_ads.client.remedies import error_for
from tiktok_ads.errors import ApiError, TransportError

PARTLY_DONE = 20001


@dataclass(frozen=True)
class Answer:
    """What one request brought.

    `data` is the raw JSON of "data", `{}` if TikTok left it out. `truncated` says that the header for rows
    cut at 20,000 ads was there; `partial` that TikTok calls the answer partly successful (code 20001).
    """

    data: msgspec.Raw
    request_id: str
    truncated: bool = False
    partial: bool = False


class _Envelope(msgspec.Struct):
    code: int
    message: str | None = ""
    request_id: str | None = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


_decoder = msgspec.json.Decoder(_Envelope)


def read_envelope(body: bytes, *, status: int, path: str, truncated: bool = False) -> Answer:
    """The answer in a body.

    Raises:
        ApiError: the class that the body's `code` means, or the HTTP status where there is no envelope.
        TransportError: the body is no whole envelope although the status is 200; asking again may help.
    """
    found = _decode(body)
    good = 200 <= status < 300
    if isinstance(found, str):
        if not good:
            raise error_for(status, f"HTTP status {status} without an answer of the API", path, "")
        raise TransportError(f"the answer is {found}", path)
    request_id = found.request_id or ""
    if found.code not in (0, PARTLY_DONE):
        raise error_for(found.code, found.message or "", path, request_id)
    if not good:
        raise error_for(status, f"HTTP status {status} with code {found.code}", path, request_id)
    if not bytes(found.data).startswith(b"{"):
        raise TransportError(
            f"the answer has no object in its data (request {request_id or 'unknown'})", path
        )
    return Answer(found.data, request_id, truncated=truncated, partial=found.code == PARTLY_DONE)


def error_in_file(body: bytes, *, status: int, path: str) -> ApiError | TransportError:
    """The error that came where a file was asked for."""
    try:
        answer = read_envelope(body, status=status, path=path)
    except (ApiError, TransportError) as error:
        return error
    return TransportError(f"no file came, only an answer (request {answer.request_id or 'unknown'})", path)


def _decode(body: bytes) -> _Envelope | str:
    """The envelope, or in words what the body is instead."""
    start = body[:200].lstrip()
    if not start:
        return "empty"
    if start.startswith(b"<"):
        return "a web page, not JSON"
    try:
        found = _decoder.decode(body)
        data = bytes(found.data)
        data.decode()
        if _names_repeat(body, data):
            return "JSON that names a field twice"
    except msgspec.ValidationError:
        return "JSON of an unknown shape"
    except ValueError:
        return "broken JSON"
    except RecursionError:
        return "JSON nested too deeply"
    return found


def _names_repeat(body: bytes, data: bytes) -> bool:
    """Whether the envelope says a thing twice, such as two codes; parsers would silently take the last.

    Only the few bytes around `data` are read again, so that this costs nothing on large pages.
    """
    around = body.replace(data, b"null", 1) if len(data) > 2 else body
    repeated = False

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        kept = dict(pairs)
        repeated = repeated or len(kept) < len(pairs)
        return kept

    json.loads(around, object_pairs_hook=note)
    return repeated
