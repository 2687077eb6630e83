"""The book in Redis: one script takes each step, by the server's own clock."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import msgspec
from pydantic import SecretStr

from tiktok_ads.client.shared.server import Lost, Request
from tiktok_ads.credentials import keep_out_of_sight, mask
from tiktok_ads.errors import ConfigError

PASSWORD = "REDISCLI_AUTH"  # noqa: S105 - the variable's name; redis-cli reads it, too
_SECONDS = 3.0


class RedisServer:
    """A Redis or Valkey server, not a cluster of them; see `Server`.

    pyrate-limiter's Redis bucket is not used: it goes by each machine's own clock, lets whoever asks at the
    right moment in before those who wait, knows neither pauses nor days, and believes an empty book.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis
        except ImportError:
            raise ConfigError(
                "A quota store in Redis needs a library that is not installed.",
                "Run pip install 'tiktok-ads-connector[redis]'.",
            ) from None
        self._redis = redis
        self._url = url
        self.shown = _shown(url)
        self._client: Any = None
        self._script: Any = None

    def ask(self, request: Request) -> bytes:
        book = f"tiktok_ads:quota:1:{{{request.book}}}"
        keys = [book, f"{book}:timeouts", *(f"{book}:calls:{scope.name}" for scope in request.scopes)]
        try:
            if self._client is None:
                self._open()
            answer = self._script(keys, [msgspec.json.encode(request)])
        except self._redis.RedisError as error:
            # The next step opens a new connection: this one may still hold the answer to this one.
            self.close()
            raise Lost(_in_words(error)) from None
        except OSError as error:
            self.close()
            raise Lost(str(error)) from None
        return bytes(answer)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.close()

    def _open(self) -> None:
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        password = os.environ.get(PASSWORD) or None
        if password is not None:
            keep_out_of_sight(SecretStr(password))
        self._client = self._redis.Redis.from_url(
            self._url,
            password=password,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            # A step that is repeated in silence would be taken twice.
            retry=Retry(NoBackoff(), 0),
            single_connection_client=True,
            protocol=2,
        )
        self._script = self._client.register_script(_text())
        policy = str(self._client.info("memory").get("maxmemory_policy", "noeviction"))
        if policy.startswith("allkeys"):
            raise self._redis.DataError(
                f"it throws away any key when its memory is full (maxmemory-policy {policy}), "
                "and with it the count of calls; use one with noeviction or volatile-*"
            )


def _text() -> str:
    return resources.files(__package__).joinpath("book.lua").read_text(encoding="utf-8")


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _in_words(error: Exception) -> str:
    said = mask(" ".join(str(error).split()))[:300] or type(error).__name__
    if any(mark in said for mark in ("NOAUTH", "WRONGPASS", "Authentication required", "invalid username")):
        return f"it refused the login ({said}); the user stands in the address and the password in {PASSWORD}"
    if "NOPERM" in said:
        return f"its user lacks a right ({said})"
    if "MOVED" in said or "CROSSSLOT" in said:
        return "it is part of a cluster, which is not supported"
    return said.rstrip(".")
