"""The book in Postgres: one function takes each step, under a lock and by the server's own clock."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from tiktok_ads.client.shared.server import Lost, Request
from tiktok_ads.errors import ConfigError

SCHEMA = "tiktok_ads_quota"
# A network that swallows packets would otherwise be waited for by the quarter of an hour.
_PATIENCE = {"connect_timeout": "5", "tcp_user_timeout": "5000", "keepalives_idle": "10"}
_LOGIN = ("password authentication failed", "no password supplied", "authentication")


class PostgresServer:
    """A Postgres server, reached like a destination: the password is PGPASSWORD's or that of ~/.pgpass.

    pyrate-limiter's Postgres bucket is not used: it needs a second driver, turns callers away instead of
    letting them queue, knows neither pauses nor days, and believes an empty book.
    """

    def __init__(self, url: str) -> None:
        try:
            from adbc_driver_manager import Error
            from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]
        except ImportError:
            raise ConfigError(
                "A quota store in Postgres needs a driver that is not installed.",
                "Run pip install 'tiktok-ads-connector[postgres]'.",
            ) from None
        self._dbapi, self._error = dbapi, Error
        parts = urlsplit(url)
        query = urlencode({**_PATIENCE, **dict(parse_qsl(parts.query))})
        self._url = urlunsplit(parts._replace(query=query))
        self.shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        text = resources.files(__package__).joinpath("book.sql").read_text(encoding="utf-8")
        self._ask = f"ask_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        filled = text.replace("{schema}", SCHEMA).replace("{ask}", self._ask)
        self._statements = re.split(r";\n\n(?=CREATE)", filled[filled.index("CREATE") :])
        self._connection: Any = None
        self._cursor: Any = None

    def ask(self, request: Request) -> bytes:
        try:
            if self._connection is None:
                self._open()
            sql = f"SELECT CAST({SCHEMA}.{self._ask}(CAST($1 AS jsonb)) AS text)"
            self._cursor.execute(sql, [msgspec.json.encode(request).decode()])
            return str(self._cursor.fetchone()[0]).encode()
        except self._error as error:
            self.close()
            raise Lost(_in_words(error)) from None

    def close(self) -> None:
        connection, cursor, self._connection = self._connection, self._cursor, None
        if connection is not None:
            with suppress(Exception):
                cursor.close()
            with suppress(Exception):
                connection.close()

    def _open(self) -> None:
        self._connection = self._dbapi.connect(self._url, autocommit=True)
        self._cursor = self._connection.cursor()
        self._cursor.execute(f"SELECT to_regprocedure('{SCHEMA}.{self._ask}(jsonb)') IS NOT NULL")
        if self._cursor.fetchone()[0]:
            return
        # Several processes may come first at once.
        self._cursor.execute(f"SELECT pg_advisory_lock(hashtextextended('{SCHEMA}', 0))")
        self._cursor.fetchall()
        self._cursor.execute(f"SELECT to_regnamespace('{SCHEMA}') IS NULL")
        if self._cursor.fetchone()[0]:
            self._cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        for statement in self._statements:
            self._cursor.execute(statement)
        self._cursor.execute(f"SELECT pg_advisory_unlock(hashtextextended('{SCHEMA}', 0))")
        self._cursor.fetchall()


def _in_words(error: Exception) -> str:
    said = " ".join(str(error).partition("Query was:")[0].split())[:300]
    code = getattr(error, "sqlstate", None) or ""
    if code == "42501":
        return f"the user lacks a right there ({said})"
    if code in ("28P01", "28000") or any(mark in said for mark in _LOGIN):
        return f"it refused the login ({said}); the user stands in the address, the password in PGPASSWORD"
    return said.rstrip(".")
