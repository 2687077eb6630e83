"""Where a login's token and app secret come from: environment, then keyring, then private file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from tiktok_ads.credentials import private_file
from tiktok_ads.credentials.keeping import drop, keep, kept
from tiktok_ads.credentials.masking import keep_out_of_sight
from tiktok_ads.errors import ConfigError

ENV_TOKEN = "TIKTOK_ADS_ACCESS_TOKEN"  # noqa: S105 - the variable's name
ENV_APP_SECRET = "TIKTOK_ADS_APP_SECRET"  # noqa: S105 - the variable's name
Kind = Literal["access_token", "app_secret"]
Source = Literal["environment", "keyring", "file", "caller"]
_VARIABLES: dict[Kind, str] = {"access_token": ENV_TOKEN, "app_secret": ENV_APP_SECRET}
_NOTHING: dict[Kind, SecretStr] = {}
_LENT: ContextVar[Mapping[Kind, SecretStr]] = ContextVar("_LENT", default=_NOTHING)


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
    new = {"access_token": clean_secret(access_token, "access token")}
    if app_secret is not None:
        new["app_secret"] = clean_secret(app_secret, "app secret")
    return keep(connection, new, path=path, what="the login")


def forget(connection: str, *, path: Path | None = None) -> bool:
    """Delete what is kept of a login; whether there was anything. The environment is left alone."""
    return drop(connection, _VARIABLES, path=path)


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


@contextmanager
def lent(*, access_token: SecretStr | None = None, app_secret: SecretStr | None = None) -> Iterator[None]:
    """Within the block these secrets count, for whichever login; None looks where it usually is.

    They stand in no environment, so no other process comes by them.

    Raises:
        ConfigError: one of them is no secret.
    """
    given: dict[Kind, SecretStr] = {}
    if access_token is not None:
        given["access_token"] = clean_secret(access_token, "access token")
    if app_secret is not None:
        given["app_secret"] = clean_secret(app_secret, "app secret")
    token = _LENT.set(given)
    try:
        yield
    finally:
        _LENT.reset(token)


def _find(connection: str, kind: Kind, path: Path | None) -> FoundSecret | None:
    what = kind.replace("_", " ")
    if lent_secret := _LENT.get().get(kind):
        return FoundSecret(lent_secret, "caller")
    if text := os.environ.get(_VARIABLES[kind]):
        return FoundSecret(clean_secret(SecretStr(text), f"{what} in {_VARIABLES[kind]}"), "environment")
    found = kept(connection, kind, path=path)
    if found is None:
        return None
    secret, source = found
    place = "the keyring" if source == "keyring" else path or private_file.default_path()
    return FoundSecret(clean_secret(secret, f"{what} in {place}"), source)
