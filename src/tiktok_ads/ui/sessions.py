"""Who may talk to the web app: one-time launch links, session cookies, tokens for programs, a password."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from itsdangerous import BadSignature, TimestampSigner

from tiktok_ads.errors import ConfigError

LAUNCH_SECONDS = 60
SESSION_SECONDS = 7 * 24 * 3600
_MOST_WRONG = 10
_WRONG_SECONDS = 60.0


@dataclass
class Doors:
    """Checks and hands out what lets somebody in. Secrets are compared in constant time and never shown.

    Args:
        key: signs cookies; kept, so that a restart leaves people signed in.
        port: part of the cookie's name, since cookies of one host are shared by its ports.
        password: asked for where the app can be reached from other machines; "" asks for none.
        clock: epoch seconds.
    """

    key: bytes
    port: int
    password: str = field(default="", repr=False)
    clock: Callable[[], float] = time.time
    _links: dict[bytes, float] = field(default_factory=dict, repr=False)
    _programs: set[bytes] = field(default_factory=set, repr=False)
    _wrong: list[float] = field(default_factory=list)

    @property
    def cookie(self) -> str:
        return f"tiktok_ads_{self.port}"

    def new_link(self) -> str:
        """A token that lets one browser in once, within a minute."""
        token = secrets.token_urlsafe(32)
        self._links[_digest(token)] = self.clock() + LAUNCH_SECONDS
        return token

    def use_link(self, token: str) -> bool:
        """Whether the token lets somebody in; it is dead afterwards."""
        now = self.clock()
        self._links = {known: until for known, until in self._links.items() if until > now}
        return self._counted(self._links.pop(_digest(token), None) is not None)

    def new_program(self) -> str:
        """A token that a program of this machine sends as `Authorization: Bearer`."""
        token = secrets.token_urlsafe(32)
        self.admit_program(token)
        return token

    def admit_program(self, token: str) -> None:
        self._programs.add(_digest(token))

    def is_program(self, token: str) -> bool:
        # A look-up by digest tells an attacker nothing about the tokens themselves.
        return self._counted(_digest(token) in self._programs)

    def is_password(self, said: str) -> bool:
        right = bool(self.password) and hmac.compare_digest(said.encode(), self.password.encode())
        return self._counted(right)

    @property
    def is_closed(self) -> bool:
        """Whether so many wrong tokens or passwords came within a minute that nobody is let in."""
        since = self.clock() - _WRONG_SECONDS
        self._wrong = [at for at in self._wrong if at > since]
        return len(self._wrong) >= _MOST_WRONG

    def new_session(self) -> str:
        """The value of a cookie that keeps a browser signed in."""
        return self._signer().sign(secrets.token_urlsafe(32)).decode()

    def is_session(self, cookie: str) -> bool:
        try:
            self._signer().unsign(cookie, max_age=SESSION_SECONDS)
        except BadSignature:
            return False
        return True

    def _signer(self) -> TimestampSigner:
        salt = f"session on port {self.port}, password {hashlib.sha256(self.password.encode()).hexdigest()}"
        return TimestampSigner(self.key, salt=salt, digest_method=hashlib.sha256)

    def _counted(self, right: bool) -> bool:
        if self.is_closed:
            return False
        if not right:
            self._wrong.append(self.clock())
        return right


def signing_key(folder: Path) -> bytes:
    """The key of this machine's web app; made at the first start, readable by its owner alone.

    Raises:
        ConfigError: the folder cannot be written.
    """
    place = folder / "ui.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(place, flags, 0o600), "r+b") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            key = file.read()
            if len(key) < 32:
                key = secrets.token_bytes(32)
                file.seek(0)
                file.truncate()
                file.write(key)
    except OSError as error:
        raise ConfigError(
            f"{place} cannot be written: {error.strerror}.", "Choose another state_dir."
        ) from None
    return key


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
