"""The one secret that a channel of notices has: found in the environment, the keyring or the private file."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from tiktok_ads.credentials.find import FoundSecret, clean_secret
from tiktok_ads.credentials.keeping import drop, keep, kept
from tiktok_ads.credentials.masking import keep_out_of_sight
from tiktok_ads.errors import ConfigError

ENV_NOTICE = "TIKTOK_ADS_NOTICE_"
KEY_PREFIX = "whsec_"
_KIND = "secret"
# Of the Standard Webhooks specification.
_KEY_BYTES = range(24, 65)
ChannelKind = Literal["mail", "webhook", "slack"]
WHAT: dict[ChannelKind, str] = {
    "mail": "password of the mail server",
    "webhook": "signing key of the webhook",
    "slack": "address of the Slack webhook",
}
"""What the secret of a channel is, by the channel's kind."""


def variable_of(name: str) -> str:
    """The variable that may hold the secret of this channel."""
    return ENV_NOTICE + name.upper().replace("-", "_")


def find_notice_secret(name: str, kind: ChannelKind, *, path: Path | None = None) -> FoundSecret | None:
    """The secret of a channel; None if it was never given.

    Raises:
        ConfigError: what is there cannot be one.
    """
    if text := os.environ.get(variable_of(name)):
        return FoundSecret(check_notice_secret(SecretStr(text), kind), "environment")
    found = kept(_owner(name), _KIND, path=path)
    return FoundSecret(check_notice_secret(found[0], kind), found[1]) if found else None


def save_notice_secret(
    name: str, kind: ChannelKind, secret: SecretStr, *, path: Path | None = None
) -> Literal["keyring", "file"]:
    """Keep the secret of a channel in place of the one before; says where.

    Raises:
        ConfigError: it cannot be one.
    """
    checked = check_notice_secret(secret, kind)
    return keep(_owner(name), {_KIND: checked}, path=path, what=f"the {WHAT[kind]}")


def forget_notice_secret(name: str, *, path: Path | None = None) -> bool:
    """Delete what is kept for a channel; whether there was anything. The environment is left alone."""
    return drop(_owner(name), [_KIND], path=path)


def check_notice_secret(secret: SecretStr, kind: ChannelKind) -> SecretStr:
    """The secret without blanks around it.

    Raises:
        ConfigError: it cannot be what a channel of this kind needs. Its value is not said.
    """
    if kind == "mail":
        return _password(secret)
    cleaned = clean_secret(secret, WHAT[kind])
    if kind == "webhook":
        signing_key(cleaned)
    elif not cleaned.get_secret_value().startswith(("https://", "http://")):
        raise ConfigError(
            "The address of a Slack webhook begins with https://.", "Copy it from the app's page at Slack."
        )
    return cleaned


def signing_key(secret: SecretStr) -> bytes:
    """The key itself, as the Standard Webhooks specification spells it: base64 after `whsec_`.

    Raises:
        ConfigError: it is no base64, or shorter or longer than the specification has it.
    """
    text = secret.get_secret_value().removeprefix(KEY_PREFIX)
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _KEY_BYTES:
        raise ConfigError(
            "The signing key is not 24 to 64 bytes in base64.",
            "`openssl rand -base64 32` makes one; the receiver needs the same.",
        )
    return key


def _password(secret: SecretStr) -> SecretStr:
    """A password may hold blanks: some providers write theirs in groups."""
    text = secret.get_secret_value().strip()
    if not text or not text.isascii() or not text.isprintable():
        raise ConfigError("The password is empty or holds characters that mail servers do not take.")
    cleaned = SecretStr(text)
    keep_out_of_sight(cleaned)
    return cleaned


def _owner(name: str) -> str:
    # A login's name holds no slash.
    return f"notices/{name}"
