"""What the history tells about many runs at once, in one question for all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tiktok_ads.jobs.history import History, JobRun, RunOutcome, Usual, select_runs, usual_of

_AMONG = 50


@dataclass(frozen=True)
class Chosen:
    """Which runs: of one job or of all, with one outcome or with any."""

    job: str = ""
    outcome: RunOutcome | None = None


@dataclass(frozen=True)
class Standings:
    """How the jobs stand, by name; a job that never ran is in none of the three but `zones`, perhaps."""

    last: dict[str, JobRun]
    usual: dict[str, Usual]
    zones: dict[str, tuple[str, ...]]

    def usual_of(self, job: str) -> Usual:
        return self.usual.get(job) or usual_of(())


def chosen_runs(history: History, chosen: Chosen, *, limit: int, offset: int = 0) -> list[JobRun]:
    """The newest of these runs, newest first, without their reports."""
    where, values = _where(chosen)
    rest = f"{where} ORDER BY started_at DESC, rowid DESC LIMIT ? OFFSET ?"
    with history.reading() as connection:
        return select_runs(connection, rest, [*values, limit, offset])


def count_runs(history: History, chosen: Chosen) -> int:
    where, values = _where(chosen)
    with history.reading() as connection:
        (count,) = connection.execute(f"SELECT count(*) FROM runs {where}", values).fetchone()  # noqa: S608 (own words)
    return int(count)


def standings(history: History, jobs: Sequence[str]) -> Standings:
    """How these jobs stand."""
    names = json.dumps(list(jobs))
    newest = (
        "SELECT n.rowid FROM json_each(?) AS j JOIN runs AS n ON n.rowid IN (SELECT m.rowid FROM runs AS m "
        "WHERE m.job = j.value ORDER BY m.started_at DESC, m.rowid DESC LIMIT ?)"
    )
    with history.reading() as connection:
        last = select_runs(connection, f"WHERE rowid IN ({newest})", [names, 1])
        # Thousands of runs: what is not asked for is not made.
        went = connection.execute(
            "SELECT job, outcome, (julianday(finished_at) - julianday(started_at)) * 86400 "  # noqa: S608 (own words)
            f"FROM runs WHERE rowid IN ({newest})",
            [names, _AMONG],
        ).fetchall()
        zones = connection.execute("SELECT job, zones FROM zones").fetchall()
    by_job: dict[str, list[tuple[str, float | None]]] = {}
    for job, outcome, seconds in went:
        by_job.setdefault(job, []).append((outcome, seconds))
    return Standings(
        {run.job: run for run in last},
        {job: usual_of(ended) for job, ended in by_job.items()},
        {job: tuple(json.loads(text)) for job, text in zones},
    )


def unfinished_jobs(history: History) -> list[str]:
    """The jobs that have runs noted as running, whether they run or their process was killed."""
    with history.reading() as connection:
        rows = connection.execute("SELECT DISTINCT job FROM runs WHERE outcome = 'running' ORDER BY job")
        return [str(job) for (job,) in rows.fetchall()]


def tries_of(history: History, run: JobRun) -> list[JobRun]:
    """The run with those that it tried again and those that tried it again, the first try first.

    A job never runs twice at a time, so its runs from a first try to the next one belong together.
    """
    rest = (
        "WHERE job = :job AND rowid >= coalesce((SELECT max(b.rowid) FROM runs b, runs me WHERE me.id = :id "
        "AND b.job = :job AND b.attempt = 1 AND b.rowid <= me.rowid), 0) "
        "AND rowid < coalesce((SELECT min(a.rowid) FROM runs a, runs me WHERE me.id = :id AND a.job = :job "
        "AND a.attempt = 1 AND a.rowid > me.rowid), 9223372036854775807) ORDER BY rowid"
    )
    with history.reading() as connection:
        return select_runs(connection, rest, {"job": run.job, "id": run.id})


def _where(chosen: Chosen) -> tuple[str, list[object]]:
    tests = {"job = ?": chosen.job, "outcome = ?": chosen.outcome}
    said = {test: value for test, value in tests.items() if value}
    return (f"WHERE {' AND '.join(said)}" if said else ""), list(said.values())
