"""Bytes of an answer → its data, or the error that it means."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass

import msgspec

from tiktok_ads.client.remedies import error_for
from tiktok_ads.errors import ApiError, TransportError

PARTLY_DONE = 20001
_PIECE = 2**16
_BEGINNING = 64


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
        _check_utf8(data)
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
    around = _around(body, data) if len(data) > 2 else body
    repeated = False

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeated
        kept = dict(pairs)
        repeated = repeated or len(kept) < len(pairs)
        return kept

    json.loads(around, object_pairs_hook=note)
    return repeated


def _check_utf8(data: bytes) -> None:
    """Raise UnicodeDecodeError where the bytes are no UTF-8; in pieces, as one text takes much memory."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    for start in range(0, len(view), _PIECE):
        decoder.decode(view[start : start + _PIECE])
    decoder.decode(b"", final=True)


def _around(body: bytes, data: bytes) -> bytes:
    """The body with null in the place of `data`, found by how it begins: searching for all of it is slow."""
    start = body.find(data[:_BEGINNING])
    while start >= 0 and body[start : start + len(data)] != data:
        start = body.find(data[:_BEGINNING], start + 1)
    if start < 0:
        return body
    return body[:start] + b"null" + body[start + len(data) :]
