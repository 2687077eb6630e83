"""What was told of which job and by which channel, kept beside the runs, so that nothing is told twice."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tiktok_ads.config.job import Event
from tiktok_ads.jobs.history import History, text_of

AGAIN = timedelta(hours=1)
"""After that a notice that could not be sent, or whose process was killed over it, may be tried again."""


@dataclass(frozen=True)
class Sent:
    """A notice by one channel; `problem` says why it did not arrive, or not everywhere.

    `run` is empty if it is about no run.
    """

    job: str
    run: str
    event: Event
    channel: str
    at: datetime
    tries: int
    arrived: bool
    problem: str


def claim(
    history: History, job: str, channel: str, event: Event, causes: Iterable[str], *, now: datetime
) -> list[str]:
    """Those of these causes that nobody tells or has told by this channel; they are the caller's to tell."""
    values = [(job, channel, event, one, text_of(now), text_of(now - AGAIN)) for one in sorted(causes)]
    with history.writing() as connection:
        return [
            one[3]
            for one in values
            if connection.execute(
                "INSERT INTO told (job, channel, event, cause, claimed_at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (job, channel, event, cause) DO UPDATE SET claimed_at = excluded.claimed_at "
                "WHERE sent_at IS NULL AND claimed_at < ?",
                one,
            ).rowcount
        ]


def confirm(
    history: History, job: str, channel: str, event: Event, causes: Iterable[str], *, now: datetime
) -> None:
    """These were told."""
    values = [(text_of(now), job, channel, event, one) for one in causes]
    with history.writing() as connection:
        connection.executemany(
            "UPDATE told SET sent_at = ? WHERE job = ? AND channel = ? AND event = ? AND cause = ?", values
        )


def was_told(history: History, job: str, channel: str, events: Collection[Event]) -> bool:
    """Whether one of these was told by this channel and is not over."""
    marks = ", ".join("?" * len(events))
    with history.reading() as connection:
        found = connection.execute(
            f"SELECT 1 FROM told WHERE job = ? AND channel = ? AND event IN ({marks}) "  # noqa: S608 (marks)
            "AND sent_at IS NOT NULL LIMIT 1",
            [job, channel, *events],
        ).fetchone()
    return found is not None


def knows(history: History, job: str, channel: str, event: Event, cause: str, *, now: datetime) -> bool:
    """Whether this was told by this channel, or is being told."""
    with history.reading() as connection:
        found = connection.execute(
            "SELECT 1 FROM told WHERE job = ? AND channel = ? AND event = ? AND cause = ? "
            "AND (sent_at IS NOT NULL OR claimed_at >= ?)",
            [job, channel, event, cause, text_of(now - AGAIN)],
        ).fetchone()
    return found is not None


def end(
    history: History,
    job: str,
    channel: str,
    events: Collection[Event],
    *,
    but: Collection[str] = (),
) -> None:
    """These events are over, but for these causes: they are news when they come again."""
    with history.writing() as connection:
        for event in events:
            kept = ", ".join("?" * len(but))
            connection.execute(
                "DELETE FROM told WHERE job = ? AND channel = ? AND event = ? "  # noqa: S608 (marks)
                f"AND cause NOT IN ({kept})",
                [job, channel, event, *but],
            )


def note(history: History, sent: Sent) -> None:
    """Keep what came of a notice."""
    with history.writing() as connection:
        connection.execute(
            "INSERT INTO notices (id, job, run, event, channel, at, tries, arrived, problem) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                uuid.uuid4().hex,
                sent.job,
                sent.run,
                sent.event,
                sent.channel,
                text_of(sent.at),
                sent.tries,
                sent.arrived,
                sent.problem,
            ],
        )


def sent_of_run(history: History, run: str) -> list[Sent]:
    """The notices about a run, in the order in which they went out."""
    return _sent(history, "WHERE run = ? AND run <> '' ORDER BY at, rowid", [run])


def sent_lately(history: History, *, channel: str = "", limit: int = 20) -> list[Sent]:
    """The newest notices, newest first."""
    where, values = ("WHERE channel = ? ", [channel]) if channel else ("", [])
    return _sent(history, f"{where}ORDER BY at DESC, rowid DESC LIMIT ?", [*values, limit])


def _sent(history: History, rest: str, values: list[object]) -> list[Sent]:
    with history.reading() as connection:
        asked = f"SELECT job, run, event, channel, at, tries, arrived, problem FROM notices {rest}"  # noqa: S608
        rows = connection.execute(asked, values).fetchall()
    return [
        Sent(
            job=row["job"],
            run=row["run"],
            event=row["event"],
            channel=row["channel"],
            at=datetime.fromisoformat(row["at"]),
            tries=row["tries"],
            arrived=bool(row["arrived"]),
            problem=row["problem"],
        )
        for row in rows
    ]
