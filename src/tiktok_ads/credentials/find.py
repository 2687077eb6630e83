"""Where a login's token and app secret come from: environment, then keyring, then private file."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from tiktok_ads.credentials import keychain, private_file
from tiktok_ads.credentials.masking import keep_out_of_sight
from tiktok_ads.errors import ConfigError

ENV_TOKEN = "TIKTOK_ADS_ACCESS_TOKEN"  # noqa: S105 - the variable's name
ENV_APP_SECRET = "TIKTOK_ADS_APP_SECRET"  # noqa: S105 - the variable's name
Kind = Literal["access_token", "app_secret"]
Source = Literal["environment", "keyring", "file"]
_VARIABLES: dict[Kind, str] = {"access_token": ENV_TOKEN, "app_secret": ENV_APP_SECRET}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoundSecret:
    secret: SecretStr
    source: Source


FoundToken = FoundSecret


def find_token(connection: str = "default", *, path: Path | None = None) -> FoundToken:
    """The access token of a login.

    Raises:
        ConfigError: there is none, or it is no token.
    """
    found = _find(connection, "access_token", path)
    if found is None:
        raise ConfigError(
            f"There is no access token for the login {connection!r}.",
            f"Run `tiktok-ads connect`, or set {ENV_TOKEN}.",
        )
    return found


def find_app_secret(connection: str = "default", *, path: Path | None = None) -> FoundSecret | None:
    """The secret of the TikTok app; None if it was never given."""
    return _find(connection, "app_secret", path)


def save(
    connection: str,
    *,
    access_token: SecretStr,
    app_secret: SecretStr | None = None,
    path: Path | None = None,
) -> Source:
    """Keep a login's secrets in the keyring, or in a private file where there is none; says which."""
    place = path or private_file.default_path()
    new: dict[Kind, SecretStr] = {"access_token": clean_secret(access_token, "access token")}
    if app_secret is not None:
        new["app_secret"] = clean_secret(app_secret, "app secret")
    logins = private_file.read(place)
    if all(keychain.write(f"{connection}/{kind}", secret) for kind, secret in new.items()):
        if logins.pop(connection, None) is not None:
            private_file.write(place, logins)
        return "keyring"
    for kind in new:
        keychain.delete(f"{connection}/{kind}")
    kept = dict(logins.get(connection, {}))
    for kind, one in new.items():
        kept[kind] = one.get_secret_value()
    private_file.write(place, {**logins, connection: kept})
    _log.warning(
        "There is no keyring on this machine: the login is kept in %s, readable by you alone.", place
    )
    return "file"


def forget(connection: str, *, path: Path | None = None) -> bool:
    """Delete what is kept of a login; whether there was anything. The environment is left alone."""
    place = path or private_file.default_path()
    gone = [keychain.delete(f"{connection}/{kind}") for kind in _VARIABLES]
    logins = private_file.read(place)
    if logins.pop(connection, None) is not None:
        private_file.write(place, logins)
        return True
    return any(gone)


def clean_secret(secret: SecretStr, what: str) -> SecretStr:
    """The secret without blanks around it; refused if a header could not carry it. Never says the value."""
    text = secret.get_secret_value().strip()
    if not text:
        raise ConfigError(f"The {what} is empty.")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(
            f"The {what} holds characters that do not belong in one.", "Copy it again, alone and on one line."
        )
    cleaned = SecretStr(text)
    keep_out_of_sight(cleaned)
    return cleaned


def _find(connection: str, kind: Kind, path: Path | None) -> FoundSecret | None:
    what = kind.replace("_", " ")
    if text := os.environ.get(_VARIABLES[kind]):
        return FoundSecret(clean_secret(SecretStr(text), f"{what} in {_VARIABLES[kind]}"), "environment")
    if kept := keychain.read(f"{connection}/{kind}"):
        return FoundSecret(clean_secret(kept, f"{what} in the keyring"), "keyring")
    place = path or private_file.default_path()
    if text := private_file.read(place).get(connection, {}).get(kind):
        return FoundSecret(clean_secret(SecretStr(text), f"{what} in {place}"), "file")
    return None
