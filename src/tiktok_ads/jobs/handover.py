"""How a command finds the app that is open, and whether both mean the same by a job."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from tiktok_ads.config import Settings
from tiktok_ads.credentials import find_token
from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.load.opening import duckdb_path
from tiktok_ads.load.postgres_server import is_postgres

_NAME = "serve.json"
_MOST_BYTES = 10_000


class AppGone(TikTokAdsError):
    """The app ended before the run that it was given was over."""

    def __init__(self, job: str) -> None:
        super().__init__(job)
        self.job = job

    def __str__(self) -> str:
        return (
            f"The app ended while it ran {self.job}. What was committed stays; "
            f"`tiktok-ads jobs history {self.job}` tells the rest."
        )


@dataclass(frozen=True)
class OpenApp:
    """An app that said it is open: its address, its process, and what lets a program of this user in."""

    url: str
    pid: int
    token: str = field(repr=False)
    version: str

    @property
    def key(self) -> str:
        """What marks are made with: both sides have it, and it lets nobody in."""
        return hashlib.sha256(self.token.encode()).hexdigest()


@dataclass(frozen=True)
class Marks:
    """What tells the same job from another one of that name, without telling what it is.

    `token` is blank where no login was found.
    """

    settings: str
    token: str


@contextmanager
def announced(folder: Path, *, url: str, token: str) -> Iterator[None]:
    """Tell other commands of this machine's user where the app is, and let them in."""
    place = folder / _NAME
    told = {"url": url, "pid": os.getpid(), "token": token, "version": own_version()}
    write_private(place, json.dumps(told))
    try:
        yield
    finally:
        # A second app may have taken the place meanwhile.
        found = open_app(folder)
        if found is None or found.token == token:
            place.unlink(missing_ok=True)


def open_app(folder: Path) -> OpenApp | None:
    """The app that was opened over this state folder, which may have been killed since; None without one."""
    try:
        # A link could lead to what somebody else has written.
        handle = os.open(folder / _NAME, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, encoding="utf-8") as file:
            told = json.loads(file.read(_MOST_BYTES))
        return OpenApp(str(told["url"]), int(told["pid"]), str(told["token"]), str(told["version"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def own_version() -> str:
    return version("tiktok-ads-connector")


def marks_of(settings: Settings, *, key: str) -> Marks:
    """The marks of a job as these settings have it; both sides know `key`, and nobody else does."""
    shown = settings.model_dump(mode="json", exclude={"state_dir"})
    shown["place"] = _place(settings.destination)
    try:
        token = find_token(settings.connection).secret.get_secret_value()
    except ConfigError:
        token = ""
    text = json.dumps(shown, sort_keys=True, default=str)
    return Marks(_mark(key, text), _mark(key, token) if token else "")


def is_same(asked: Marks, own: Marks) -> bool:
    """Whether a command means what the app means; one without a login leaves that to the app."""
    return _are_same(asked.settings, own.settings) and (not asked.token or _are_same(asked.token, own.token))


def write_private(place: Path, text: str) -> None:
    """A file that its owner alone can read."""
    place.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(place, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _place(destination: str) -> str:
    """Where it is; the same words mean another file in another folder."""
    if is_postgres(destination):
        return ""
    try:
        return str(duckdb_path(destination).absolute())
    except ConfigError:
        return os.getcwd()


def _mark(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _are_same(said: str, own: str) -> bool:
    # As bytes, since what a program says may hold anything.
    return hmac.compare_digest(said.encode("utf-8", "replace"), own.encode())
