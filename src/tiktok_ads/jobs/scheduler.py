"""Keeps the schedules: starts each job at its times, one run for all that were missed, never two at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from tiktok_ads.config import Settings
from tiktok_ads.config.job import Job
from tiktok_ads.errors import TikTokAdsError, UnknownName
from tiktok_ads.jobs.history import JobRun, Trigger
from tiktok_ads.jobs.live import Live
from tiktok_ads.jobs.past import unfinished_jobs
from tiktok_ads.jobs.runner import Ended, JobRunning, Runner
from tiktok_ads.schedules import next_times

LOOK_AGAIN = timedelta(seconds=30)
"""How often the settings file is read again, and the longest sleep."""

Load = Callable[[], Mapping[str, Settings]]
Told = Callable[[str], None]


@dataclass
class Scheduler:
    """Starts what is due until it is cancelled.

    `load` gives the jobs with the settings of their runs, read anew each time, so that the file may change.
    `tell` hears one line for each run that begins or ends, and for what is wrong with the file.
    """

    runner: Runner
    load: Load
    tell: Told
    live: Live = field(default_factory=Live)
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _telling: set[asyncio.Task[None]] = field(default_factory=set)
    _looked_at: set[str] = field(default_factory=set)
    _trouble: str = ""
    _jobs: Mapping[str, Settings] = field(default_factory=dict)

    async def keep(self) -> None:
        """Run until cancelled; runs under way are stopped then, and what they committed stays."""
        try:
            while True:
                await self.runner.sleep((await self.start_what_is_due()).total_seconds())
        finally:
            under_way = [*self._running.values(), *self._telling]
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def start_what_is_due(self) -> timedelta:
        """Start each job whose time has come; how long until the next look."""
        now = self.runner.clock()
        # Files are read and written in a thread, so that pages and runs never wait for a disk.
        due, wake = await asyncio.to_thread(self._look, now, frozenset(self._running))
        for name, at in due:
            # Meanwhile a person may have started it.
            if name not in self._running:
                self._begin(name, self._jobs[name], "schedule", at)
        # A run that begins now, after a night of the machine, may be what was missing.
        for name in await asyncio.to_thread(self._stale, frozenset(self._running)):
            self._say_stale(name)
        return max(wake - now, timedelta(0))

    def _look(self, now: datetime, running: frozenset[str]) -> tuple[list[tuple[str, datetime]], datetime]:
        """The jobs whose time has come with that time, and when to look again."""
        self._read_jobs()
        due, wake = [], now + LOOK_AGAIN
        for name, settings in self._jobs.items():
            if name in running or settings.jobs[name].paused:
                continue
            at = self.due(name, settings, now)
            if at is not None:
                due.append((name, at))
            elif (following := self.following(name, settings, now)) is not None:
                wake = min(wake, following)
        self._mark_killed(running)
        return due, wake

    def _mark_killed(self, running: frozenset[str]) -> None:
        """Runs that are noted as running, and whose process was killed, are shown as what they are."""
        for name in unfinished_jobs(self.runner.history):
            if name not in running:
                with suppress(JobRunning), self.runner.alone(name):
                    self.runner.mark_interrupted(name)

    def _stale(self, running: frozenset[str]) -> list[str]:
        """The jobs that are stale and whose channels have not all heard of it."""
        teller = self.runner.teller
        if teller is None:
            return []
        return [
            name
            for name, settings in self._jobs.items()
            if name not in running and teller.has_to_say_stale(name, settings)
        ]

    def _say_stale(self, name: str) -> None:
        if self.runner.teller is not None:
            task = asyncio.create_task(self.runner.teller.of_staleness(name, self._jobs[name]))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    def due(self, name: str, settings: Settings, now: datetime) -> datetime | None:
        """The newest time of the schedule that has come and is not dealt with; it stands for those before."""
        job = settings.jobs[name]
        since = self.runner.history.counted_to(name, _mark(job), now=now)
        times = next_times(job.when, since, zone=job.zone, account_zones=self.runner.history.zones(name))
        missed = deque(takewhile(lambda at: at <= now, times), maxlen=1)
        return missed[0] if missed else self._left_behind(name)

    def _left_behind(self, name: str) -> datetime | None:
        """The time of a run whose process was killed; asked once, when the schedules begin to be kept."""
        if name in self._looked_at:
            return None
        self._looked_at.add(name)
        unfinished = self.runner.history.unfinished(name)
        return unfinished[-1].due_at if unfinished else None

    def following(self, name: str, settings: Settings, after: datetime) -> datetime | None:
        job = settings.jobs[name]
        zones = self.runner.history.zones(name)
        return next(next_times(job.when, after, zone=job.zone, account_zones=zones), None)

    def run_now(self, name: str) -> asyncio.Future[JobRun | None]:
        """Start a job because a person wants it; its schedule goes on as before.

        Gives its first try once that is noted; None if another process runs the job.

        Raises:
            JobRunning: it runs already.
            UnknownName: there is no such job.
            ConfigError: the settings file cannot be used.
        """
        jobs = self.load()
        if name not in jobs:
            raise UnknownName(f"There is no job {name[:60]!r}.", "The settings file names the jobs.")
        if name in self._running:
            raise JobRunning(name)
        return self._begin(name, jobs[name], "manual", None)

    def cancel(self, name: str) -> bool:
        """Stop the run of a job; what it committed stays. Whether there was one to stop."""
        task = self._running.get(name)
        return task is not None and task.cancel()

    def is_running(self, name: str) -> bool:
        return name in self._running

    def _begin(
        self, name: str, settings: Settings, trigger: Trigger, due: datetime | None
    ) -> asyncio.Future[JobRun | None]:
        begun: asyncio.Future[JobRun | None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(name, settings, trigger, due, begun))
        self._running[name] = task

        def over(_: asyncio.Task[None]) -> None:
            self._running.pop(name, None)
            if not begun.done():
                begun.set_result(None)

        task.add_done_callback(over)
        return begun

    async def _run(
        self,
        name: str,
        settings: Settings,
        trigger: Trigger,
        due: datetime | None,
        begun: asyncio.Future[JobRun | None],
    ) -> None:
        self.tell(f"{name}: begins")
        progress = self.live.begin(name)

        try:
            if due is not None:
                mark = _mark(settings.jobs[name])
                await asyncio.to_thread(self.runner.history.count_to, name, mark, due)
            ended = await self.runner.run(
                name,
                settings,
                trigger=trigger,
                due_at=due,
                progress=progress,
                watcher=_Watching(self.live, begun),
            )
            self.tell(told_of(ended.run))
        except JobRunning as error:
            self.tell(str(error))
        except TikTokAdsError as error:
            self.tell(f"{name}: {error}")
        finally:
            self.live.end(name)

    def _read_jobs(self) -> None:
        """A file that cannot be read leaves the jobs as they were; it is told once."""
        try:
            self._jobs = self.load()
            self._trouble = ""
        except TikTokAdsError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                self.tell(f"The settings were changed and cannot be used, so the old ones stay: {error}")


@dataclass(frozen=True)
class _Watching:
    """Tells what runs now, and whoever started the job that it has begun."""

    live: Live
    begun: asyncio.Future[JobRun | None]

    def noted(self, run: JobRun) -> None:
        self.live.noted(run)
        if not self.begun.done():
            self.begun.set_result(run)

    def ended(self, ended: Ended, *, again_at: datetime | None) -> None:
        self.live.ended(ended, again_at=again_at)


def _mark(job: Job) -> str:
    """What tells a schedule from a changed one."""
    return f"{job.schedule} in {job.zone}"


def told_of(run: JobRun) -> str:
    """One line on how a run ended."""
    took = "" if run.seconds is None else f" after {timedelta(seconds=round(run.seconds))}"
    rows = "" if run.rows_read is None else f", {run.rows_read:,} rows in {run.calls:,} calls"
    why = f": {run.problem} {run.remedy}".rstrip() if run.problem else ""
    return f"{run.job}: {run.outcome}{took}{rows}{why}"
