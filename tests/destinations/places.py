"""Real destinations for tests: a DuckDB file, and a Postgres server of the test's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.destinations.lakes import ask_lake
from tests.loading import landed

PASSWORD = "canary-5b1e-password"


@dataclass(frozen=True)
class Place:
    """A destination by its URL, and how a user asks it."""

    kind: str
    url: str

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """What a user sees, with our schema in front."""
        if self.file:
            return landed(self.file, sql)
        if self.speaks == "postgres":
            return ask_server(self.url.removeprefix("dlt+"), sql)
        return ask_lake(self.url, sql)

    @property
    def speaks(self) -> str:
        """The SQL that it is asked in."""
        return "postgres" if self.kind.endswith("postgres") else "duckdb"

    @property
    def through_dlt(self) -> bool:
        return self.url.startswith("dlt+")

    @property
    def file(self) -> Path | None:
        """The DuckDB file, where it is one."""
        return Path(self.url.removeprefix("dlt+duckdb:///")) if self.kind.endswith("duckdb") else None

    @property
    def is_store(self) -> bool:
        """Whether it is in an object store."""
        return "+" in self.url.partition("://")[0] and not self.through_dlt


def tell_server(url: str, *statements: str) -> None:
    """Run statements, each by itself."""
    from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]

    with dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


def ask_server(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements in one transaction; gives the last one's rows."""
    from adbc_driver_postgresql import dbapi

    connection = dbapi.connect(url)
    try:
        cursor = connection.cursor()
        cursor.execute("SET search_path = tiktok_ads")
        for sql in statements:
            cursor.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        cursor.close()
        connection.commit()
        return rows
    finally:
        connection.close()


def _programs() -> Path | None:
    """Where initdb and pg_ctl are; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _user() -> str | None:
    """Postgres refuses to run as root, so root lends it the user that its package made."""
    if os.getuid() != 0:
        return None
    return "postgres" if any(one.pw_name == "postgres" for one in pwd.getpwall()) else ""


@contextmanager
def server() -> Iterator[str]:
    """A cluster on a free loopback port, and its URL up to the database; PGPASSWORD opens it."""
    programs, user = _programs(), _user()
    if programs is None or user == "":
        if os.environ.get("CI"):
            pytest.fail("CI must have a Postgres server: apt-get install postgresql")
        pytest.skip("no Postgres server is installed")
    folder = Path(tempfile.mkdtemp(prefix="tiktok_ads_postgres_"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    if user:
        for one in (folder, folder / "password"):
            shutil.chown(one, user, user)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(programs / program), "-D", str(folder / "data"), *arguments],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()[-500:]

    try:
        run("initdb", "-U", "owner", "-A", "scram-sha-256", "--pwfile", str(folder / "password"), "-N")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://owner@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
