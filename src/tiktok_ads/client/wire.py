"""How a request is spelled on the wire, and how its secrets stay out of everything that people read."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, urlencode

import httpx2
import msgspec
from pydantic import SecretStr

API = "/open_api/v1.3"
HIDDEN = "**********"


def query_text(params: Mapping[str, object]) -> str:
    """The query string: scalars plain, everything else as compact JSON text; None is left out."""
    return urlencode({name: _query_value(value) for name, value in params.items() if value is not None})


def body_bytes(body: Mapping[str, object]) -> bytes:
    """The JSON of a POST; None is left out."""
    return msgspec.json.encode({name: _bare(value) for name, value in body.items() if value is not None})


def fingerprint(path: str, params: Mapping[str, object]) -> str:
    """The same for the same question, whatever the order of its parameters; secrets do not enter it."""
    told = {k: v for k, v in params.items() if v is not None and not isinstance(v, SecretStr)}
    asked = msgspec.json.encode([path, sorted((name, _query_value(value)) for name, value in told.items())])
    return hashlib.sha256(asked).hexdigest()


def secrets_in(params: Mapping[str, object]) -> list[str]:
    return [value.get_secret_value() for value in params.values() if isinstance(value, SecretStr)]


def without(secrets: Iterable[str], text: str) -> str:
    """The text with each secret hidden, as it is and as URLs spell it; servers echo what they were sent."""
    for secret in secrets:
        if secret:
            for spelled in {secret, quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(spelled, HIDDEN)
    return text


def _query_value(value: object) -> str:
    value = _bare(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _bare(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


class HideQueries(logging.Filter):
    """Cuts the query off API addresses in httpx2's log; one of them carries the app's secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None) if isinstance(arg, httpx2.URL) and arg.path.startswith(API) else arg
                for arg in record.args
            )
        return True


def hide_queries() -> None:
    """Make httpx2's log of requests safe; doing so twice changes nothing."""
    log = logging.getLogger("httpx2")
    if not any(isinstance(present, HideQueries) for present in log.filters):
        log.addFilter(HideQueries())
