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
from typing import Literal

from itsdangerous import BadSignature, TimestampSigner

from tiktok_ads.errors import ConfigError
from tiktok_ads.ui.tokens import Token, Tokens

LAUNCH_SECONDS = 60
SESSION_SECONDS = 7 * 24 * 3600
_MOST_WRONG = 10
_WRONG_SECONDS = 60.0


Way = Literal["link", "token", "password"]


@dataclass(frozen=True)
class Caller:
    """Who asks: a browser that was let in, a program of this machine's user, or whoever has a named token."""

    kind: Literal["browser", "program", "token"]
    token: Token | None = None
    mark: str = field(default="", repr=False)


@dataclass
class Doors:
    """Checks and hands out what lets somebody in. Secrets are compared in constant time and never shown.

    Args:
        key: signs cookies; kept, so that a restart leaves people signed in.
        port: part of the cookie's name, since cookies of one host are shared by its ports.
        password: asked for where the app can be reached from other machines; "" asks for none.
        clock: epoch seconds.
        tokens: the named tokens; None where there are none.
    """

    key: bytes
    port: int
    password: str = field(default="", repr=False)
    clock: Callable[[], float] = time.time
    tokens: Tokens | None = None
    _links: dict[bytes, float] = field(default_factory=dict, repr=False)
    _programs: set[bytes] = field(default_factory=set, repr=False)
    _wrong: dict[Way, list[float]] = field(default_factory=dict)

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
        return self._counted("link", self._links.pop(_digest(token), None) is not None)

    def new_program(self) -> str:
        """A token that a program of this machine sends as `Authorization: Bearer`."""
        token = secrets.token_urlsafe(32)
        self.admit_program(token)
        return token

    def admit_program(self, token: str) -> None:
        self._programs.add(_digest(token))

    def holder(self, said: str) -> Caller | None:
        """Whose token a call carries; None if it is nobody's, or not any more.

        Raises:
            ConfigError: the file of tokens cannot be used.
        """
        digest = _digest(said)
        if any(hmac.compare_digest(digest, known) for known in self._programs):
            return Caller("program", mark=digest.hex())
        token = self.tokens.holder(said) if self.tokens else None
        self._counted("token", token is not None)
        return Caller("token", token, mark=digest.hex()) if token else None

    def is_password(self, said: str) -> bool:
        right = hmac.compare_digest(said.encode("utf-8", "replace"), self.password.encode())
        # A password can be guessed, so after too many wrong ones the right one has to wait as well.
        return not self.is_closed("password") and self._counted("password", bool(self.password) and right)

    def is_closed(self, way: Way) -> bool:
        """Whether so many wrong ones came within a minute that they are told to wait."""
        since = self.clock() - _WRONG_SECONDS
        self._wrong[way] = [at for at in self._wrong.get(way, ()) if at > since]
        return len(self._wrong[way]) >= _MOST_WRONG

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

    def _counted(self, way: Way, right: bool) -> bool:
        if not right and not self.is_closed(way):
            self._wrong[way].append(self.clock())
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
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
