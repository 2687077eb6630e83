"""The book of calls that all processes of a machine share: when calls go out, who pauses, what timed out."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, cast

from pyrate_limiter import RateItem, SQLiteBucket, SQLiteQueries

from tiktok_ads.client.ledger_file import APP, connect, connect_file, inode_of
from tiktok_ads.client.quota import SECOND_MS, Tier, quotas_of

SLOW = "slow"
LATE_MS = 5
"""Lateness of a call that the margin of the limits makes up for."""
SILENCE_MS = 300_000
TIMEOUT_MEMORY_MS = 600_000
# Nothing is ever booked so far ahead; such an entry was made before the clock was set back.
_FARTHEST_SLOT_MS = 3_600_000
_FARTHEST_PAUSE_MS = 25 * 3_600_000
_LEAK_EVERY = 64


@dataclass(frozen=True)
class Slot:
    """A moment (epoch milliseconds) at which one call may go out; `names` says which quotas hold it."""

    name: str
    at: int
    scopes: tuple[str, ...]
    day: str


@dataclass(frozen=True)
class Blocked:
    """No call before `until` (epoch milliseconds), and why."""

    until: int
    why: str


class Ledger:
    """One file per app. Every method is one short transaction; times are epoch milliseconds.

    `path` None keeps the book in memory, for one process.

    Raises, from every method:
        sqlite3.OperationalError: another process is writing; try again in a moment (`is_busy`).
        ConfigError: the file cannot be used.
    """

    def __init__(self, path: Path | None, tier: Tier) -> None:
        self._path, self._tier = path, tier
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._buckets: dict[str, SQLiteBucket] = {}
        self._reserved = 0
        self._prefix = uuid.uuid4().hex[:12]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._buckets.clear()

    def reserve(self, path: str, narrow: str, *, now: int) -> Slot | Blocked:
        """Book the next free moment for a call, or say until when there is none.

        `narrow` is the scope of pauses that concern this call alone: its path and advertiser.
        """
        quotas = quotas_of(path, self._tier)
        with self._writing(now) as connection:
            for scope, quota in quotas.items():
                if _calls_on(connection, _day_of(now), scope) >= quota.per_day:
                    return Blocked(_next_day(now), f"the {quota.per_day} calls of the day are used up")
            if blocked := _paused(connection, narrow, now):
                return blocked
            self._reserved += 1
            name = f"{self._prefix}-{self._reserved}"
            buckets = [self._bucket(connection, scope) for scope in quotas]
            if self._reserved % _LEAK_EVERY == 0:
                for bucket in buckets:
                    bucket.leak(now)
            earliest = max(now, _earliest_when_slow(connection, buckets, now))
            at = _first_free(connection, buckets, name, earliest)
            slot = Slot(name, at, tuple(quotas), _day_of(at))
            _count(connection, slot, 1)
            return slot

    def claim(self, slot: Slot, narrow: str, *, now: int) -> Slot | Blocked | None:
        """Use a booked moment that has come.

        Returns:
            The slot with its true time: in the future, it was moved, wait again; otherwise send now.
            Blocked if a pause began meanwhile. None if the booking is lost. It is given back in both cases.
        """
        connection = self._open()
        row = connection.execute(
            f"SELECT item_timestamp FROM {_table(slot.scopes[0])} WHERE name = ?",  # noqa: S608 (own name)
            [slot.name],
        ).fetchone()
        blocked = _paused(connection, narrow, now)
        if row is None:
            return None
        at = int(row[0])
        if not blocked and now - at <= LATE_MS:
            return Slot(slot.name, at, slot.scopes, slot.day)
        with self._writing(now) as connection:
            if blocked:
                self._give_back(connection, slot)
                return blocked
            _move(connection, slot.name, at, now)
        return Slot(slot.name, now, slot.scopes, slot.day)

    def sent(self, slot: Slot, *, now: int) -> None:
        """The call went out at `now`, later than booked; the others keep their distance from it."""
        with self._writing(now) as connection:
            _move(connection, slot.name, slot.at, now)

    def release(self, slot: Slot, *, now: int) -> None:
        """Give a booked moment back unused."""
        with self._writing(now) as connection:
            self._give_back(connection, slot)

    def refused(self, scope: str, message: str, *, sent: int, now: int) -> Blocked:
        """TikTok refused a call sent at `sent` as one too many: pause the scope.

        A second's limit asks for the rest of that second. If the calls behind that pause are refused too, the
        next one is longer, and the fourth is the five minutes that follow a breach of the minute's limit.
        Calls that went well in between show that it was the second's limit alone.
        """
        with self._writing(now) as connection:
            row = connection.execute("SELECT until, level FROM pauses WHERE scope = ?", [scope]).fetchone()
            if row and sent < row[0]:
                # Sent before the pause was over, so it tells nothing new.
                return Blocked(int(row[0]), "TikTok asked for a pause")
            again = row and now - row[0] <= 60_000 and not self._went_well(connection, scope, row[0], sent)
            level = int(row[1]) + 1 if again else 1
            until, why = _pause_for(limit_named(message), level, now)
            connection.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?, ?)", [scope, until, level])
            return Blocked(until, why)

    def _went_well(self, connection: sqlite3.Connection, scope: str, since: int, before: int) -> bool:
        """Whether so many calls went out between a pause and a refusal that not all can have been refused."""
        if scope != APP or self._tier == "sandbox":
            return False
        self._bucket(connection, APP)
        asked = f"SELECT count(*) FROM {_table(APP)} WHERE item_timestamp > ? AND item_timestamp < ?"  # noqa: S608 (own name)
        return _number(connection, asked, [since, before]) > 2 * quotas_of(APP, self._tier)[APP].per_second

    def timed_out(self, fingerprint: str, *, now: int) -> None:
        """Remember a report that took too long. Many at once make TikTok slow the app down; so do we."""
        with self._writing(now) as connection:
            connection.execute("DELETE FROM timeouts WHERE at < ?", [now - TIMEOUT_MEMORY_MS])
            connection.execute("INSERT INTO timeouts VALUES (?, ?)", [fingerprint, now])
            recent = _number(connection, "SELECT count(*) FROM timeouts WHERE at > ?", [now - 10_000])
            until = now + SILENCE_MS
            if recent >= 30:
                connection.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?, 4)", [APP, until])
            elif recent >= 10:
                per_second = 1 if recent >= 20 else 5
                connection.execute(
                    "INSERT OR REPLACE INTO pauses VALUES (?, ?, ?)", [SLOW, until, per_second]
                )

    def milliseconds_blocked(self, fingerprint: str, *, now: int) -> int:
        """How long this report must not be asked again, 0 if it may."""
        asked = "SELECT coalesce(max(at), 0) FROM timeouts WHERE fingerprint = ?"
        return max(0, _number(self._open(), asked, [fingerprint]) + TIMEOUT_MEMORY_MS - now)

    def counts_paths(self, path: str) -> bool:
        """Whether the path has a limit of its own."""
        return path in quotas_of(path, self._tier)

    def calls_on(self, now: int) -> int:
        asked = "SELECT coalesce(sum(calls), 0) FROM days WHERE day = ?"
        only_app = "" if self._tier == "sandbox" else f" AND scope = '{APP}'"
        return _number(self._open(), asked + only_app, [_day_of(now)])

    def _give_back(self, connection: sqlite3.Connection, slot: Slot) -> None:
        for scope in slot.scopes:
            connection.execute(f"DELETE FROM {_table(scope)} WHERE name = ?", [slot.name])  # noqa: S608 (own name)
        _count(connection, slot, -1)

    @contextlib.contextmanager
    def _writing(self, now: int) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("DELETE FROM pauses WHERE until > ?", [now + _FARTHEST_PAUSE_MS])
            # What lies so far ahead was booked while the machine's clock was wrong.
            for table in _call_tables(connection):
                connection.execute(
                    f"DELETE FROM {table} WHERE item_timestamp > ?",  # noqa: S608 (own name)
                    [now + _FARTHEST_SLOT_MS],
                )
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
                # Tables made in this transaction are gone with it.
                self._buckets.clear()

    def _bucket(self, connection: sqlite3.Connection, scope: str) -> SQLiteBucket:
        if scope not in self._buckets:
            table = _table(scope)
            connection.execute(SQLiteQueries.CREATE_BUCKET_TABLE.format(table=table))
            connection.execute(
                SQLiteQueries.CREATE_INDEX_ON_TIMESTAMP.format(index_name=f"{table}_at", table_name=table)
            )
            quota = quotas_of(scope, self._tier)[scope]
            self._buckets[scope] = SQLiteBucket(quota.rates(), connection, table=table)
        return self._buckets[scope]

    def _open(self) -> sqlite3.Connection:
        """The open book; a new one if the file was taken away or cannot be read."""
        if self._connection is not None and (self._path is None or inode_of(self._path) == self._inode):
            return self._connection
        self.close()
        if self._path is None:
            self._connection = connect(":memory:")
        else:
            self._connection = connect_file(self._path)
            self._inode = inode_of(self._path)
        return self._connection


def _table(scope: str) -> str:
    return "calls_" + re.sub(r"[^a-z0-9]", "_", scope.lower())


def _call_tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'calls_*' AND type = 'table'")
    return [name for (name,) in found.fetchall()]


def _move(connection: sqlite3.Connection, name: str, at: int, to: int) -> None:
    """Book the call of `at` for the later `to`. Whatever comes a second or more behind it moves as much; the
    calls between need not: they stand with this one in fewer seconds than before."""
    for table in _call_tables(connection):
        connection.execute(
            f"UPDATE {table} SET item_timestamp = item_timestamp + ? "  # noqa: S608 (own name)
            "WHERE item_timestamp >= ? OR name = ?",
            [to - at, at + SECOND_MS, name],
        )


def _paused(connection: sqlite3.Connection, narrow: str, now: int) -> Blocked | None:
    asked = "SELECT coalesce(max(until), 0) FROM pauses WHERE scope IN (?, ?)"
    until = _number(connection, asked, [APP, narrow])
    return Blocked(until, "TikTok asked for a pause") if until > now else None


def _earliest_when_slow(connection: sqlite3.Connection, buckets: list[SQLiteBucket], now: int) -> int:
    row = connection.execute("SELECT level FROM pauses WHERE scope = ? AND until > ?", [SLOW, now]).fetchone()
    last = buckets[0].peek(0) if row else None
    return now if row is None or last is None else int(last.timestamp) + SECOND_MS // int(row[0]) + 1


def _first_free(connection: sqlite3.Connection, buckets: list[SQLiteBucket], name: str, earliest: int) -> int:
    """Book the first moment from `earliest` on that every log allows, behind all that is booked already."""
    at = max([earliest, *(int(last.timestamp) for bucket in buckets if (last := bucket.peek(0)))])
    while True:
        connection.execute("SAVEPOINT slot")
        wait = 0
        for bucket in buckets:
            item = RateItem(name, at)
            if not bucket.put(item):
                wait = max(1, cast(int, bucket.waiting(item)))
                break
        if not wait:
            connection.execute("RELEASE slot")
            return at
        connection.execute("ROLLBACK TO slot")
        connection.execute("RELEASE slot")
        at += wait


def _count(connection: sqlite3.Connection, slot: Slot, calls: int) -> None:
    for scope in slot.scopes:
        connection.execute(
            "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls",
            [slot.day, scope, calls],
        )


def _calls_on(connection: sqlite3.Connection, day: str, scope: str) -> int:
    asked = "SELECT coalesce(max(calls), 0) FROM days WHERE day = ? AND scope = ?"
    return _number(connection, asked, [day, scope])


def _number(connection: sqlite3.Connection, asked: str, values: list[object]) -> int:
    return int(connection.execute(asked, values).fetchone()[0])


def limit_named(message: str) -> Literal["day", "minute", ""]:
    """Which limit TikTok says was broken; "" if it says none, or that of the second."""
    words = set(re.findall(r"[a-z]+", message.lower()))
    if words & {"day", "daily", "qpd"}:
        return "day"
    return "minute" if words & {"minute", "minutes", "qpm"} else ""


def _pause_for(limit: str, level: int, now: int) -> tuple[int, str]:
    if limit == "day":
        return _next_day(now), "the calls of the day are used up"
    if level >= 4 or limit == "minute":
        return now + SILENCE_MS, "the calls of the minute are used up"
    return now + SECOND_MS * 2 ** (level - 1), "TikTok asked for a pause"


def _day_of(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def _next_day(now: int) -> int:
    day = datetime.fromtimestamp(now / 1000, UTC).date() + timedelta(days=1)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
