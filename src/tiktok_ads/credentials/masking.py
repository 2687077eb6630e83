"""Takes the secrets that this process has read out of any text, as the last net under logs and tracebacks."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

HIDDEN = "(hidden)"
# Shorter texts would blank out ordinary words.
_MIN_LENGTH = 6
_seen: set[str] = set()


def keep_out_of_sight(secret: SecretStr) -> None:
    """From now on `mask` takes this secret out of texts, also as a URL, JSON or base64 spells it."""
    text = secret.get_secret_value()
    if len(text) < _MIN_LENGTH:
        return
    encoded = base64.b64encode(text.encode()).decode().rstrip("=")
    _seen.update({text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1], encoded})


def mask(text: str) -> str:
    for secret in sorted(_seen, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
