"""The log of a run: a bounded number of lines in words, kept with its history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from tiktok_ads.credentials.masking import mask
from tiktok_ads.jobs.history import History, text_of
from tiktok_ads.runreport import Progress, ProgressEvent

MOST_LINES = 500
_MOST_LETTERS = 1000
_LONG_WAIT_SECONDS = 5.0
_LOGGER = "tiktok_ads"


@dataclass
class RunLog:
    """The lines of one run. They are kept at its end, or every so many, so that a run waits for no disk."""

    run_id: str
    clock: Callable[[], datetime]
    lines: list[tuple[datetime, str]] = field(default_factory=list)
    left_out: int = 0
    _tables: set[str] = field(default_factory=set)

    def say(self, line: str) -> None:
        """Note a line; those beyond the bound are only counted."""
        if len(self.lines) >= MOST_LINES:
            self.left_out += 1
            return
        self.lines.append((self.clock(), mask(line)[:_MOST_LETTERS]))

    def hear(self, event: ProgressEvent) -> None:
        """Note what is worth a line of how a run goes."""
        if event.kind == "planned":
            self.say(f"Planned: {event.total:,} parts in about {event.calls_expected:,} calls.")
        elif event.kind == "wait" and event.seconds >= _LONG_WAIT_SECONDS:
            self.say(f"Waits {event.seconds:,.0f} seconds for TikTok's limit of calls.")
        elif event.kind == "loaded" and event.table and event.table not in self._tables:
            self._tables.add(event.table)
            self.say(f"First rows of {event.table} are loaded, after {event.calls:,} calls.")

    def all_lines(self) -> list[tuple[datetime, str]]:
        if not self.left_out:
            return self.lines
        return [*self.lines, (self.lines[-1][0], f"… and {self.left_out:,} more lines, which were not kept.")]


_CURRENT: ContextVar[RunLog | None] = ContextVar("run log", default=None)


@contextmanager
def listening(log: RunLog, progress: Progress | None) -> Iterator[Progress]:
    """Note what is told and warned of meanwhile; gives the function that the run tells its progress to."""
    handler = _OfThisRun(log)
    logger = logging.getLogger(_LOGGER)
    logger.addHandler(handler)
    before = _CURRENT.set(log)

    def told(event: ProgressEvent) -> None:
        log.hear(event)
        if progress:
            progress(event)

    try:
        yield told
    finally:
        _CURRENT.reset(before)
        logger.removeHandler(handler)


def keep_log(history: History, log: RunLog) -> None:
    """Write the lines down; those of an earlier time of the same run go."""
    lines = [(log.run_id, text_of(at), line) for at, line in log.all_lines()]
    with history.writing() as connection:
        connection.execute("DELETE FROM lines WHERE run = ?", [log.run_id])
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?)", lines)


def kept_log(history: History, run_id: str) -> list[tuple[datetime, str]]:
    """The lines of a run in order; none while it runs."""
    with history.reading() as connection:
        rows = connection.execute("SELECT at, line FROM lines WHERE run = ? ORDER BY rowid", [run_id])
        return [(datetime.fromisoformat(at), line) for at, line in rows.fetchall()]


class _OfThisRun(logging.Handler):
    """Several runs share the process and its loggers; each hears what its own tasks and threads say."""

    def __init__(self, log: RunLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if _CURRENT.get() is self._log:
            self._log.say(f"{record.levelname.capitalize()}: {record.getMessage()}")
