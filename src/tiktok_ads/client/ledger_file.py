"""The file in which a machine counts its calls: made for its owner alone, rebuilt when it is damaged."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from tiktok_ads.client.quota import SECOND_MS
from tiktok_ads.errors import ConfigError

log = logging.getLogger(__name__)

APP = "app"
_OPEN_TRIES = 400

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pauses (
    scope TEXT PRIMARY KEY, until INTEGER NOT NULL, level INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS days (
    day TEXT, scope TEXT, calls INTEGER NOT NULL, PRIMARY KEY (day, scope)
);
CREATE TABLE IF NOT EXISTS timeouts (fingerprint TEXT, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS timeouts_at ON timeouts (at);
"""


class _HeldConnection(sqlite3.Connection):
    """Leaves commits to the book: the library's buckets would end the transaction after half of the work."""

    def commit(self) -> None:
        return


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process is writing at this moment."""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def connect(where: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        where, timeout=0.005, isolation_level=None, check_same_thread=False, factory=_HeldConnection
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last moments of the book, never its use; waiting for the disk costs more.
        connection.execute("PRAGMA synchronous = OFF")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_file(path: Path) -> sqlite3.Connection:
    hint = "Choose another folder with the setting state_dir."
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create_private(path)
        try:
            return _connect_patiently(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # Starting with an empty book could send twice what is allowed; a second of rest prevents that.
            aside = path.with_suffix(f".damaged-{uuid.uuid4().hex[:8]}")
            log.warning("The count of calls was damaged and starts anew; the old file is %s", aside.name)
            _move_aside(path, aside)
            _create_private(path)
            connection = connect(str(path))
            until = int(datetime.now(UTC).timestamp() * 1000) + SECOND_MS
            connection.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?, 1)", [APP, until])
            return connection
    except OSError as error:
        raise ConfigError(
            f"The file that counts calls, {path}, cannot be written: {error.strerror}.", hint
        ) from None
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise
        raise ConfigError(f"The file that counts calls, {path}, cannot be used: {error}.", hint) from None


def _connect_patiently(path: Path) -> sqlite3.Connection:
    """Several processes may make the file at once; each holds it for a moment only."""
    for _ in range(_OPEN_TRIES):
        try:
            return connect(str(path))
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            time.sleep(0.005)
    return connect(str(path))


def _create_private(path: Path) -> None:
    """Make the file for its owner alone, whatever the umask is; a link in its place is refused."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _move_aside(path: Path, aside: Path) -> None:
    path.replace(aside)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def inode_of(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return -1
