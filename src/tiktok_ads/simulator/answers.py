"""The envelope that every answer of the API wears, and the refusals that go into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

NO_RELATION = "Conflict occurs. The input params including metrics and dimensions have no relation."


class Refused(Exception):
    """The API answers with a `code` other than 0 instead of data."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def wrong(message: str) -> Refused:
    """A parameter error, code 40002."""
    return Refused(40002, message)


def bad_metrics(names: list[str]) -> Refused:
    """The refusal that names each metric, in the spelling that TikTok uses."""
    asked = "Please correct the information in invalid metric fields and try again."
    return wrong(f"{asked} Invalid metric fields: {names}.")


@dataclass
class Answer:
    """What an endpoint says: `data` for the envelope, or a `file` that stands alone."""

    data: object = field(default_factory=dict)
    code: int = 0
    message: str = "OK"
    headers: dict[str, str] = field(default_factory=dict)
    file: bytes | None = None
    file_type: str = "text/csv; charset=utf-8"


def envelope(answer: Answer, request_id: str) -> bytes:
    """The body of an answer; `msgspec.Raw` inside `data` goes through as it is."""
    body: Mapping[str, object] = {
        "code": answer.code,
        "message": answer.message,
        "request_id": request_id,
        "data": answer.data,
    }
    return msgspec.json.encode(body)
