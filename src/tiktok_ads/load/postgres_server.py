"""The Postgres server: which one a URL names, how it is reached, and its errors in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError

if TYPE_CHECKING:
    from adbc_driver_manager import Error

SCHEMES = ("postgresql", "postgres")
_LOGIN = ("28P01", "28000", "password authentication failed", "no password supplied", "authentication")
_ADVICE = {
    "42501": "the user lacks a right there; docs/destinations.md lists those that are needed",
    "53100": "the disk is full; make room and run again",
    "53200": "the server is out of memory; load less at once",
    "53300": "the server has no connection left; try again later",
    "40001": "somebody else changed the same rows meanwhile; run again",
    "40P01": "somebody else held the same rows meanwhile; run again",
    "2BP01": "something of yours depends on one of our views or columns; drop it, and make it again after",
    "0A000": "something of yours depends on one of our views or columns; drop it, and make it again after",
    "25006": "the server takes no writes; name the primary",
    "57P01": "the server was shut down; run again when it is back",
}


def is_postgres(url: str) -> bool:
    return url.partition("://")[0] in SCHEMES and "://" in url


def shown(url: str) -> str:
    """The URL without anything that could be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def check_url(url: str) -> None:
    """Refuse what cannot be a server, and a password where everybody may read it.

    Raises:
        ConfigError: with how to write it.
    """
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ConfigError("The destination is no URL of a Postgres server.", _EXAMPLE) from None
    if not port_is_fine or not parts.path.strip("/"):
        raise ConfigError(f"{shown(url)!r} names no database.", _EXAMPLE)
    if parts.password is not None or "password" in parts.query.lower():
        raise ConfigError(
            "A password in a destination URL ends up in logs and process lists.",
            "Leave it out, and set PGPASSWORD or write it into ~/.pgpass.",
        )


_EXAMPLE = "Write postgresql://user@host:5432/database."


def connect(url: str) -> Any:
    """A connection of the driver (its module is not typed); the password comes from PGPASSWORD or ~/.pgpass.

    Raises:
        ConfigError: the driver is not installed, or the login is refused.
        LoadError: the server cannot be reached.
    """
    check_url(url)
    try:
        from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]
    except ImportError:
        raise ConfigError(
            "Postgres needs a driver that is not installed.",
            "Run pip install 'tiktok-ads-connector[postgres]'.",
        ) from None
    with explained(url):
        return dbapi.connect(url)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn the driver's errors into ours, with words that say what to do."""
    from adbc_driver_manager import Error

    try:
        yield
    except Error as error:
        raise in_words(error, url) from error


def in_words(error: Error, url: str) -> LoadError | ConfigError:
    """Our error for one of the driver's."""
    said = " ".join(str(error).partition("Query was:")[0].split())
    code, where = error.sqlstate or "", shown(url)
    if code == "55P03":
        return DestinationBusy("another process writes into this schema. Wait until it is done.", where)
    if "Failed to connect" in said or code.startswith(("08", "28", "3D")):
        if any(mark in (code, said) or mark in said for mark in _LOGIN):
            return ConfigError(
                f"{where} refused the login.",
                "Name the user in the URL, and the password in PGPASSWORD or ~/.pgpass.",
            )
        if "does not exist" in said:
            return ConfigError(f"{where}: there is no such database or user.", _EXAMPLE)
        return LoadError(f"the server cannot be reached ({said[:300]}).", where)
    advice = _ADVICE.get(code, "the database refused it")
    return LoadError(f"{advice} ({said[:400]}).", where)
