"""What jobs ran, when, and what came of it: one small SQLite file in the state folder."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Literal

from tiktok_ads.errors import ConfigError, UnknownName

Trigger = Literal["schedule", "manual", "retry"]
RunOutcome = Literal["running", "complete", "partial", "failed", "interrupted"]
_VERSION = 2
_BUSY_SECONDS = 30.0

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, trigger TEXT NOT NULL, attempt INTEGER NOT NULL, due_at TEXT,
    started_at TEXT NOT NULL, finished_at TEXT, outcome TEXT NOT NULL, calls INTEGER, rows_read INTEGER,
    problem TEXT, remedy TEXT, report TEXT
);
CREATE INDEX IF NOT EXISTS runs_of_job ON runs (job, started_at);
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (started_at);
CREATE INDEX IF NOT EXISTS runs_by_outcome ON runs (outcome, started_at);
CREATE TABLE IF NOT EXISTS lines (run TEXT NOT NULL, at TEXT NOT NULL, line TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS lines_of_run ON lines (run);
CREATE TABLE IF NOT EXISTS due (job TEXT PRIMARY KEY, schedule TEXT NOT NULL, counted_to TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS zones (job TEXT PRIMARY KEY, zones TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS told (
    job TEXT NOT NULL, channel TEXT NOT NULL, event TEXT NOT NULL, cause TEXT NOT NULL,
    claimed_at TEXT NOT NULL, sent_at TEXT, PRIMARY KEY (job, channel, event, cause)
);
CREATE TABLE IF NOT EXISTS notices (
    id TEXT PRIMARY KEY, job TEXT NOT NULL, run TEXT NOT NULL, event TEXT NOT NULL, channel TEXT NOT NULL,
    at TEXT NOT NULL, tries INTEGER NOT NULL, arrived INTEGER NOT NULL, problem TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS notices_of_run ON notices (run);
CREATE INDEX IF NOT EXISTS notices_by_time ON notices (at);
"""
_ALL = (
    "SELECT id, job, trigger, attempt, due_at, started_at, finished_at, outcome, calls, rows_read, "
    "problem, remedy, report FROM runs "
)


@dataclass(frozen=True)
class JobRun:
    """One run of a job. `due_at` is the time of the schedule that it stands for, None if a person started it.

    `problem` and `remedy` are in words; `report` is the run report, None if the run did not come so far.
    """

    id: str
    job: str
    trigger: Trigger
    attempt: int
    due_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    outcome: RunOutcome
    calls: int | None = None
    rows_read: int | None = None
    problem: str = ""
    remedy: str = ""
    report: dict[str, object] | None = None

    @property
    def seconds(self) -> float | None:
        return None if self.finished_at is None else (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class Usual:
    """How runs of a job usually go: of so many, the share that did not fail, and the middle duration."""

    runs: int
    success: float | None
    seconds: float | None


class History:
    """The file of runs. Every method is one short transaction, so that several processes may use it.

    Raises, when opened:
        ConfigError: the file cannot be used, or a newer release wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "jobs.sqlite"
        # One connection has one transaction, and pages ask from threads of their own.
        self._lock = threading.RLock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            os.close(handle)
            self._connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise ConfigError(f"{self.path} was written by a newer release.", "Use that one.")
            self._connection.executescript(_TABLES)
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(f"The history of jobs in {self.path} cannot be used: {error}.") from None

    def close(self) -> None:
        self._connection.close()

    def begin(
        self, job: str, *, trigger: Trigger, attempt: int, due_at: datetime | None, now: datetime
    ) -> JobRun:
        """Note that a run starts."""
        run = JobRun(uuid.uuid4().hex, job, trigger, attempt, due_at, now, None, "running")
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO runs (id, job, trigger, attempt, due_at, started_at, outcome) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [run.id, job, trigger, attempt, text_of(due_at), text_of(now), run.outcome],
            )
        return run

    def finish(
        self,
        run: JobRun,
        outcome: RunOutcome,
        *,
        now: datetime,
        calls: int | None = None,
        rows_read: int | None = None,
        problem: str = "",
        remedy: str = "",
        report: dict[str, object] | None = None,
    ) -> JobRun:
        """Note what came of a run; a run that was noted as over stays as it is."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE runs SET finished_at = ?, outcome = ?, calls = ?, rows_read = ?, problem = ?, "
                "remedy = ?, report = ? WHERE id = ? AND outcome = 'running'",
                [
                    text_of(now),
                    outcome,
                    calls,
                    rows_read,
                    problem,
                    remedy,
                    None if report is None else _packed(report),
                    run.id,
                ],
            )
        return self.run(run.id)

    def run(self, run_id: str) -> JobRun:
        """A run with its report.

        Raises:
            UnknownName: there is none of that id.
        """
        found = self._select("WHERE id = ?", [run_id], reports=True)
        if not found:
            raise UnknownName(f"There is no run {run_id[:40]!r}.", "`tiktok-ads jobs history` shows them.")
        return found[0]

    def runs(self, job: str | None = None, *, limit: int = 20, offset: int = 0) -> list[JobRun]:
        """The newest runs, newest first, without their reports."""
        where, values = ("WHERE job = ?", [job]) if job else ("", [])
        return self._select(
            f"{where} ORDER BY started_at DESC, rowid DESC LIMIT ? OFFSET ?", [*values, limit, offset]
        )

    def last(self, job: str) -> JobRun | None:
        found = self.runs(job, limit=1)
        return found[0] if found else None

    def first(self, job: str) -> JobRun | None:
        found = self._select("WHERE job = ? ORDER BY started_at, rowid LIMIT 1", [job])
        return found[0] if found else None

    def last_good(self, job: str) -> JobRun | None:
        """The last run that loaded something."""
        good = "WHERE job = ? AND outcome IN ('complete', 'partial') ORDER BY started_at DESC LIMIT 1"
        found = self._select(good, [job])
        return found[0] if found else None

    def count(self, job: str | None = None) -> int:
        where, values = ("WHERE job = ?", [job]) if job else ("", [])
        with self.reading() as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM runs {where}", values).fetchone()  # noqa: S608 (own words)
        return int(count)

    def usual(self, job: str, *, among: int = 50) -> Usual:
        """How the last runs of a job went, those that are over."""
        return usual_of((run.outcome, run.seconds) for run in self.runs(job, limit=among))

    def unfinished(self, job: str) -> list[JobRun]:
        return self._select("WHERE job = ? AND outcome = 'running' ORDER BY started_at", [job])

    def counted_to(self, job: str, schedule: str, *, now: datetime) -> datetime:
        """Up to when the times of a job's schedule are dealt with; a new or changed one begins now."""
        with self.writing() as connection:
            row = connection.execute("SELECT schedule, counted_to FROM due WHERE job = ?", [job]).fetchone()
            if row and row[0] == schedule:
                return datetime.fromisoformat(row[1])
            connection.execute("INSERT OR REPLACE INTO due VALUES (?, ?, ?)", [job, schedule, text_of(now)])
        return now

    def count_to(self, job: str, schedule: str, moment: datetime) -> None:
        """The times of the schedule up to this one are dealt with."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO due VALUES (?, ?, ?)", [job, schedule, text_of(moment)]
            )

    def zones(self, job: str) -> tuple[str, ...]:
        """The zones of the accounts that the job last read."""
        with self.reading() as connection:
            row = connection.execute("SELECT zones FROM zones WHERE job = ?", [job]).fetchone()
        return tuple(json.loads(row[0])) if row else ()

    def remember_zones(self, job: str, zones: Sequence[str]) -> None:
        with self.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO zones VALUES (?, ?)", [job, json.dumps(sorted(set(zones)))]
            )

    def _select(self, rest: str, values: Sequence[object], *, reports: bool = False) -> list[JobRun]:
        # Reports are long; lists of runs do without them.
        with self.reading() as connection:
            return select_runs(connection, rest, values, reports=reports)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For what else is kept in the file."""
        with self._lock:
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, which others wait for; undone if an error leaves it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


def usual_of(went: Iterable[tuple[str, float | None]]) -> Usual:
    """How runs go, from the outcome and the seconds of each; those that are not over are left out."""
    ended = [one for one in went if one[0] not in ("running", "interrupted")]
    took = [seconds for outcome, seconds in ended if outcome != "failed" and seconds is not None]
    good = sum(outcome != "failed" for outcome, _ in ended)
    return Usual(len(ended), good / len(ended) if ended else None, median(took) if took else None)


def select_runs(
    connection: sqlite3.Connection,
    rest: str,
    values: Sequence[object] | dict[str, object],
    *,
    reports: bool = False,
) -> list[JobRun]:
    """Runs; `rest` of the statement says which."""
    asked = (_ALL if reports else _ALL.replace(", report", ", NULL AS report")) + rest
    return [_run(row) for row in connection.execute(asked, values).fetchall()]


def _run(row: sqlite3.Row) -> JobRun:
    return JobRun(
        id=row["id"],
        job=row["job"],
        trigger=row["trigger"],
        attempt=row["attempt"],
        due_at=_moment(row["due_at"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=_moment(row["finished_at"]),
        outcome=row["outcome"],
        calls=row["calls"],
        rows_read=row["rows_read"],
        problem=row["problem"] or "",
        remedy=row["remedy"] or "",
        report=None if row["report"] is None else _unpacked(row["report"]),
    )


def _packed(report: dict[str, object]) -> bytes:
    # A report has a line for each table and advertiser, much of which is the same; it becomes a tenth.
    return zlib.compress(json.dumps(report, default=str).encode())


def _unpacked(kept: bytes | str) -> dict[str, object]:
    """Files of version 1 hold reports as text."""
    told: dict[str, object] = json.loads(kept if isinstance(kept, str) else zlib.decompress(kept))
    return told


def text_of(moment: datetime | None) -> str | None:
    """A moment as the file has it: one form for all, so that texts sort as the moments do."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
