"""Runs as the app shows them: the list, one with its tries and its log, and how far one is that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from tiktok_ads.errors import UnknownName
from tiktok_ads.jobs.history import JobRun, Usual
from tiktok_ads.jobs.live import Standing
from tiktok_ads.jobs.past import Chosen, chosen_runs, count_runs, standings, tries_of
from tiktok_ads.jobs.runlog import kept_log
from tiktok_ads.ui.context import Desk


@dataclass(frozen=True)
class RunList:
    """A part of the runs, newest first, and how many there are in all. `usual` is by job."""

    runs: Sequence[JobRun]
    total: int
    usual: Mapping[str, Usual]


@dataclass(frozen=True)
class RunSeen:
    """One run. `tries` are all tries of the same task, this one among them, the first one first."""

    run: JobRun
    tries: Sequence[JobRun]
    usual: Usual
    log: Sequence[tuple[datetime, str]]
    standing: Standing | None


@dataclass(frozen=True)
class Followed:
    """How far a task is: the last of its tries, and whether it is `over` or another try follows.

    `standing` is None where another process runs it, or it has ended.
    """

    run: JobRun
    standing: Standing | None
    over: bool


def run_list(desk: Desk, chosen: Chosen, *, limit: int, offset: int = 0) -> RunList:
    """The newest of these runs; how a job's runs usually go comes for those that are among them."""
    found = chosen_runs(desk.history, chosen, limit=limit, offset=offset)
    names = sorted({run.job for run in found} | ({chosen.job} if chosen.job else set()))
    usual = standings(desk.history, names).usual
    return RunList(found, count_runs(desk.history, chosen), usual)


def run_seen(desk: Desk, run_id: str) -> RunSeen:
    """One run with everything that is known of it.

    Raises:
        UnknownName: there is none of that id.
    """
    run = desk.history.run(run_id)
    return RunSeen(
        run,
        tries_of(desk.history, run),
        desk.history.usual(run.job),
        kept_log(desk.history, run.id),
        _standing(desk, run),
    )


def followed(desk: Desk, run_id: str) -> Followed:
    """How far the task of this run is.

    Raises:
        UnknownName: there is no run of that id.
    """
    first = desk.history.run(run_id)
    last = tries_of(desk.history, first)[-1]
    if last.outcome == "running":
        return Followed(last, _standing(desk, last), False)
    # Between two tries the job still runs, and nothing is noted as running.
    standing = desk.scheduler.live.standing(last.job)
    over = standing is None or desk.scheduler.live.has_ended(last.id)
    return Followed(last, None if over else standing, over)


async def watched(desk: Desk, run_id: str) -> AsyncIterator[Followed]:
    """How far the task of this run is, now and after each step, until it is over.

    Raises:
        UnknownName: there is no run of that id.
    """
    seen = await run_in_threadpool(followed, desk, run_id)
    yield seen
    if seen.over or (seen.run.outcome == "running" and seen.standing is None):
        return
    async for standing in desk.scheduler.live.watch(seen.run.job):
        seen = await run_in_threadpool(followed, desk, run_id)
        yield seen
        if seen.over or standing.over:
            return


def cancel(desk: Desk, run_id: str) -> bool:
    """Stop the task of this run; what it committed stays. Whether there was one to stop.

    Belongs to the event loop, as the runs do.

    Raises:
        UnknownName: there is no run of that id.
    """
    seen = followed(desk, run_id)
    return not seen.over and desk.scheduler.cancel(seen.run.job)


def newest(desk: Desk, job: str) -> JobRun:
    """The last run of a job.

    Raises:
        UnknownName: it has not run yet.
    """
    last = desk.history.last(job)
    if last is None:
        raise UnknownName(f"{job[:60]!r} has not run yet.")
    return last


def _standing(desk: Desk, run: JobRun) -> Standing | None:
    """How far the run is, if it is this process that runs it."""
    standing = desk.scheduler.live.standing(run.job) if run.outcome == "running" else None
    return standing if standing and standing.run and standing.run.id == run.id else None
