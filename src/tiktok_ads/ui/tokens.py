"""Tokens for programs: each has a name, is shown once, and can be taken back. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import SecretStr

from tiktok_ads.credentials import keep_out_of_sight, private_file
from tiktok_ads.errors import ConfigError, InTheWay, UnknownName

USUAL_DAYS = 365
MOST_DAYS = 3650
MOST_TOKENS = 100
_PREFIX = "tta_"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_NOTED_EVERY = timedelta(minutes=1)
_LOCK_SECONDS = 10.0
_ANEW = "Move the file away and make the tokens anew."


@dataclass(frozen=True)
class Token:
    """What is known of a token. `expires_at` is None if it does not, `used_at` if it never was.

    `used_at` is right to a minute.
    """

    name: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass
class Tokens:
    """The tokens of a state folder, in a file for its owner alone; several processes may use it.

    The file holds the SHA-256 of each. A slow hash protects what people can remember and others can guess;
    256 random bits cannot be guessed, and every call is checked.
    """

    folder: Path
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _seen: tuple[int, ...] = ()
    _known: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> Path:
        return self.folder / "tokens.json"

    def add(self, name: str, *, days: int | None = USUAL_DAYS) -> SecretStr:
        """Make a token. It is given this once; nobody can tell it again.

        Args:
            name: what it is for.
            days: how long it is good; None for as long as it is not removed.

        Raises:
            InTheWay: there is one of that name.
            ConfigError: the name or the days cannot be used, or there are too many.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"name: {name[:60]!r} cannot be a name.",
                "Use a letter, then letters, digits, - and _, at most 40 in all.",
            )
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise ConfigError(f"days: a token is good for 1 to {MOST_DAYS} days.")
        token = SecretStr(_PREFIX + secrets.token_urlsafe(32))
        keep_out_of_sight(token)
        now = self.clock()
        with self._changing() as known:
            if name in known:
                raise InTheWay(f"name: there is a token {name!r} already.", "Remove it, or choose another.")
            if len(known) >= MOST_TOKENS:
                raise ConfigError(f"There are {MOST_TOKENS} tokens already.", "Remove those not in use.")
            known[name] = {
                "sha256": _digest(token.get_secret_value()),
                "made_at": now.isoformat(timespec="seconds"),
                "expires_at": "" if days is None else (now + timedelta(days=days)).isoformat("T", "seconds"),
                "used_at": "",
            }
        return token

    def remove(self, name: str) -> None:
        """Let nobody in with this token from now on.

        Raises:
            UnknownName: there is none of that name.
        """
        with self._changing() as known:
            if name not in known:
                raise UnknownName(f"There is no token {name[:60]!r}.", "Access shows those that there are.")
            del known[name]

    def listed(self) -> list[Token]:
        """All of them, the newest first; those that have expired too."""
        found = [_token(name, one) for name, one in self._read().items()]
        return sorted(found, key=lambda one: (one.made_at, one.name), reverse=True)

    def holder(self, said: str) -> Token | None:
        """The token that was said; None if it is unknown, removed or expired."""
        digest, now, found = _digest(said), self.clock(), None
        for name, one in self._read().items():
            # All are compared, each in constant time, so that how long it takes tells nothing.
            if hmac.compare_digest(one["sha256"].encode(), digest.encode()):
                found = _token(name, one)
        return found if found and (found.expires_at is None or found.expires_at > now) else None

    def is_noted(self, token: Token) -> bool:
        """Whether its use was noted lately."""
        return token.used_at is not None and self.clock() - token.used_at < _NOTED_EVERY

    def note_use(self, token: Token) -> None:
        """Note that it was used now; left out where another process holds the file."""
        try:
            with self._changing(wait=0) as known:
                if token.name in known:
                    known[token.name]["used_at"] = self.clock().isoformat(timespec="seconds")
        except Timeout:
            return

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            self._seen, self._known = (), {}
            return {}
        # The file is replaced whole at each change.
        seen = (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)
        if seen != self._seen:
            try:
                known = private_file.read(self.path)
                for name, one in known.items():
                    _token(name, one)
                    one["sha256"].encode()
            except ConfigError as error:
                told = error.message.replace("The credentials in", "The tokens in")
                raise ConfigError(told, _ANEW) from None
            except (AttributeError, KeyError, TypeError, ValueError):
                raise ConfigError(f"The tokens in {self.path} are not as they were written.", _ANEW) from None
            self._seen, self._known = seen, known
        return self._known

    @contextmanager
    def _changing(self, *, wait: float = _LOCK_SECONDS) -> Iterator[dict[str, dict[str, str]]]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self.folder / "tokens.lock", timeout=wait, mode=0o600):
            known = {name: dict(one) for name, one in self._read().items()}
            yield known
            private_file.write(self.path, known)


def _token(name: str, one: dict[str, str]) -> Token:
    return Token(
        name,
        datetime.fromisoformat(one["made_at"]),
        datetime.fromisoformat(one["expires_at"]) if one.get("expires_at") else None,
        datetime.fromisoformat(one["used_at"]) if one.get("used_at") else None,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
