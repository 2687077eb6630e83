"""How much of the past is kept: the newest runs of each job with their logs and notices, and no more."""

from __future__ import annotations

from tiktok_ads.jobs.history import History

RUNS_KEPT = 2000
"""Of each job; one that runs every hour has those of twelve weeks."""

_OLD = (
    "SELECT id FROM (SELECT id, outcome FROM runs WHERE job = :job "
    "ORDER BY started_at DESC, rowid DESC LIMIT -1 OFFSET :kept) "
    "WHERE outcome <> 'running' AND id <> :beginning"
)


def forget_old(history: History, job: str, *, kept: int = RUNS_KEPT) -> None:
    """Delete what is older than the newest `kept` runs of a job, and its oldest notices beyond as many.

    The last run that loaded something stays, however old it is, or the first one where none did: since when
    a job is stale is counted from it.
    """
    beginning = history.last_good(job) or history.first(job)
    values = {"job": job, "kept": kept, "beginning": beginning.id if beginning else ""}
    with history.writing() as connection:
        old = [(row[0],) for row in connection.execute(_OLD, values)]
        connection.executemany("DELETE FROM lines WHERE run = ?", old)
        connection.executemany("DELETE FROM notices WHERE run = ?", old)
        connection.executemany("DELETE FROM runs WHERE id = ?", old)
        connection.execute(
            "DELETE FROM notices WHERE rowid IN (SELECT rowid FROM notices WHERE job = :job "
            "ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET :kept)",
            values,
        )
