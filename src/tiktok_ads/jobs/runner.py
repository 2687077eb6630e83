"""One job, run and tried again if it fails: what is noted, and that it never runs twice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from tiktok_ads.client import remedy_of
from tiktok_ads.config import Settings
from tiktok_ads.credentials.masking import mask
from tiktok_ads.errors import ApiError, AuthError, ConfigError, TikTokAdsError, TransportError
from tiktok_ads.jobs.history import History, JobRun, RunOutcome, Trigger
from tiktok_ads.jobs.keeping import forget_old
from tiktok_ads.jobs.notices.tell import Teller, open_teller
from tiktok_ads.jobs.runlog import RunLog, keep_log, listening
from tiktok_ads.runreport import Progress, RunReport
from tiktok_ads.sync import run_sync

Sleep = Callable[[float], Awaitable[None]]
Work = Callable[[Settings, Progress | None], Awaitable[RunReport]]


class JobRunning(TikTokAdsError):
    """The job runs already, here or in another process."""

    def __init__(self, job: str) -> None:
        super().__init__(job)
        self.job = job

    def __str__(self) -> str:
        return (
            f"The job {self.job} is running already; `tiktok-ads jobs history {self.job}` shows since when."
        )


@dataclass(frozen=True)
class Ended:
    """How the last try of a job ended: as it is noted, and its report or the error in its place."""

    run: JobRun
    report: RunReport | None = None
    error: Exception | None = None


class Watcher(Protocol):
    """Whoever wants to know of each try of a job."""

    def noted(self, run: JobRun) -> None:
        """A try was noted and begins."""

    def ended(self, ended: Ended, *, again_at: datetime | None) -> None:
        """A try ended; None means that no other one follows."""


@dataclass(frozen=True)
class Runner:
    """What running a job needs. `work` is the sync itself; time and sleep come from outside.

    `teller` sends the notices about runs; None tells nobody.
    """

    history: History
    folder: Path
    work: Work
    clock: Callable[[], datetime]
    sleep: Sleep
    teller: Teller | None = None

    async def run(
        self,
        name: str,
        settings: Settings,
        *,
        trigger: Trigger,
        due_at: datetime | None = None,
        progress: Progress | None = None,
        watcher: Watcher | None = None,
    ) -> Ended:
        """Run the job until it does not fail or its retries are used up, and tell; what came of the last try.

        What needs a person (a setting, a new sign-in) is not tried again. A partial run is no failure: what
        it left out is named, and the next run reads it. `watcher` hears of each try.

        Raises:
            JobRunning: it runs already; nothing was done.
        """
        with self.alone(name):
            self.mark_interrupted(name)
            forget_old(self.history, name)
            ended = await self._tries(name, settings, trigger, due_at, progress, watcher)
        # The job is free again meanwhile: a mail server may take its time.
        if self.teller is not None:
            await self.teller.of_run(settings, ended.run)
        return ended

    async def _tries(
        self,
        name: str,
        settings: Settings,
        trigger: Trigger,
        due_at: datetime | None,
        progress: Progress | None,
        watcher: Watcher | None,
    ) -> Ended:
        job = settings.jobs[name]
        for attempt in range(1, job.retries + 2):
            begun = self.history.begin(
                name,
                trigger=trigger if attempt == 1 else "retry",
                attempt=attempt,
                due_at=due_at,
                now=self.clock(),
            )
            if watcher:
                watcher.noted(begun)
            ended = await self._once(begun, settings, progress)
            again = attempt <= job.retries and _may_help(ended)
            if watcher:
                pause = timedelta(minutes=job.retry_minutes)
                watcher.ended(ended, again_at=self.clock() + pause if again else None)
            if not again:
                return ended
            await self.sleep(job.retry_minutes * 60)
        raise AssertionError("unreachable")

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Hold the job, so that no other process runs it. A process that is killed lets go of it.

        Raises:
            JobRunning: another one holds it.
        """
        folder = self.folder / "jobs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock", mode=0o600, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise JobRunning(name) from None
        try:
            yield
        finally:
            lock.release()

    def mark_interrupted(self, name: str) -> None:
        """Whoever holds the job knows that runs noted as running are not: their process was killed."""
        for run in self.history.unfinished(name):
            self.history.finish(
                run,
                "interrupted",
                now=self.clock(),
                problem="The process ended in the middle of this run. What was committed stays.",
                remedy="The next run goes on where it stopped.",
            )

    async def _once(self, begun: JobRun, settings: Settings, progress: Progress | None) -> Ended:
        log = RunLog(begun.id, self.clock)
        with listening(log, progress) as told:
            try:
                return await self._worked(begun, settings, told)
            finally:
                keep_log(self.history, log)

    async def _worked(self, begun: JobRun, settings: Settings, progress: Progress) -> Ended:
        try:
            report = await self.work(settings, progress)
        except asyncio.CancelledError:
            self._note(begun, "interrupted", "Somebody stopped this run. What was committed stays.", "")
            raise
        except Exception as error:
            return Ended(self._note(begun, "failed", *_in_words(error)), error=error)
        self.history.remember_zones(begun.job, report.zones)
        first = report.skipped[0] if report.skipped else None
        run = self.history.finish(
            begun,
            report.outcome,
            now=self.clock(),
            calls=report.made.total,
            rows_read=sum(line.rows_read for line in report.lines),
            problem=mask(first.what) if first else "",
            remedy=mask(first.remedy) if first else "",
            report=report.to_json(),
        )
        return Ended(run, report)

    def _note(self, begun: JobRun, outcome: RunOutcome, problem: str, remedy: str) -> JobRun:
        return self.history.finish(
            begun, outcome, now=self.clock(), problem=mask(problem), remedy=mask(remedy)
        )


def open_runner(folder: Path, *, history: History) -> Runner:
    """A runner of real syncs in real time."""

    async def work(settings: Settings, progress: Progress | None) -> RunReport:
        return await run_sync(settings, progress=progress)

    teller = open_teller(history)
    return Runner(history, folder, work, lambda: datetime.now(UTC), asyncio.sleep, teller)


def _may_help(ended: Ended) -> bool:
    """Whether another try may end better; what needs a person does not get better by itself."""
    if ended.error is not None:
        return not isinstance(ended.error, (ConfigError, AuthError))
    return ended.run.outcome == "failed"


def _in_words(error: Exception) -> tuple[str, str]:
    if isinstance(error, ConfigError):
        return error.message, error.hint
    if isinstance(error, (ApiError, TransportError)):
        return str(error), remedy_of(error)
    if isinstance(error, TikTokAdsError):
        return str(error), ""
    told = f"Something went wrong that should not have: {type(error).__name__}: {error}"
    return told, "Report it, please."
