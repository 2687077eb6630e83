"""The file that remembers, between runs, what campaigns' days came to when their tables were last read.

It may be lost at any time: then the next run reads everything. What it says of a table counts only while the
table's bookmark in the destination carries the same mark, so that neither a destination that was put back
from a copy nor a run that was killed can make it vouch for rows that are not there.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tiktok_ads.sync.compared import Compared

_TABLES = """
CREATE TABLE IF NOT EXISTS tables (
    place TEXT, name TEXT, advertiser_id TEXT, mark TEXT NOT NULL, full_at TEXT NOT NULL,
    prints TEXT NOT NULL, PRIMARY KEY (place, name, advertiser_id)
);
CREATE TABLE IF NOT EXISTS prints (id TEXT PRIMARY KEY, compared BLOB NOT NULL);
"""
_BUSY_SECONDS = 30.0


@dataclass(frozen=True)
class Vouched:
    """What is known of one table and advertiser: the mark of its last load, and the prints of its rows.

    `full_at` is when all days of its lookback were last read whole.
    """

    mark: str
    full_at: datetime
    prints: Compared


class PrintsFile:
    """The file for one destination; each method opens and closes it."""

    def __init__(self, state_dir: Path, *, destination: str, schema: str) -> None:
        self._path = state_dir / "lookback.sqlite"
        self._place = hashlib.sha256(f"{destination}\n{schema}".encode()).hexdigest()[:16]

    def of(self, advertiser_id: str) -> dict[str, Vouched]:
        """By table, what is known of an advertiser; nothing where the file cannot be read."""
        with suppress(sqlite3.Error, zlib.error, OSError, ValueError, KeyError), self._open() as connection:
            rows = connection.execute(
                "SELECT t.name, t.mark, t.full_at, p.compared FROM tables t "
                "JOIN prints p ON p.id = t.prints WHERE t.place = ? AND t.advertiser_id = ?",
                [self._place, advertiser_id],
            ).fetchall()
            return {
                name: Vouched(mark, datetime.fromisoformat(full_at), Compared.from_bytes(compared))
                for name, mark, full_at, compared in rows
            }
        return {}

    def keep(
        self, advertiser_id: str, prints: Compared, tables: Mapping[str, tuple[str, datetime]], *, run_id: str
    ) -> None:
        """Vouch for these tables, each with its mark and when it was last read whole; the others stay."""
        if not tables:
            return
        name_of_prints = f"{run_id}:{advertiser_id}"
        with self._open() as connection, connection:
            connection.execute(
                "INSERT OR REPLACE INTO prints VALUES (?, ?)", [name_of_prints, prints.to_bytes()]
            )
            connection.executemany(
                "INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (self._place, name, advertiser_id, mark, full_at.isoformat(), name_of_prints)
                    for name, (mark, full_at) in tables.items()
                ],
            )
            connection.execute(
                "DELETE FROM prints WHERE id LIKE ? AND id NOT IN (SELECT prints FROM tables)",
                [f"%:{advertiser_id}"],
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        os.close(handle)
        try:
            connection = self._connected()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # Damaged: nothing in it is worth more than a run that reads everything.
            self._path.unlink()
            connection = self._connected()
        try:
            yield connection
        finally:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            connection.executescript(_TABLES)
        except BaseException:
            connection.close()
            raise
        return connection
