"""Tells the channels of a job what happened to it: each cause once, recovery to who heard of trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tiktok_ads.config import Settings
from tiktok_ads.config.job import Event, Job
from tiktok_ads.jobs.history import History, JobRun
from tiktok_ads.jobs.notices import memory
from tiktok_ads.jobs.notices.events import BAD, Happened, Lateness, happened, lateness
from tiktok_ads.jobs.notices.send import Deliver, deliver
from tiktok_ads.jobs.notices.text import Notice, clean, notice_of_run, notice_of_staleness

_NOTHING: tuple[Event, ...] = ("nothing",)
_OVER: dict[Event, tuple[Event, ...]] = {
    "recovered": (*BAD, "recovered"),
    "failed": ("partial",),
    "partial": ("failed",),
}
"""What is over once something else was told, so that it is news when it comes again."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Teller:
    """What telling needs; time and the sending itself come from outside. What goes wrong is not raised."""

    history: History
    clock: Callable[[], datetime]
    deliver: Deliver

    async def of_run(self, settings: Settings, run: JobRun) -> None:
        """Tell what there is to tell of a run that is over, after its last retry."""
        with _only_logged():
            job, found = settings.jobs[run.job], happened(run)
            await _all(self._run_by(settings, job, channel, run, found) for channel in job.notices)

    async def of_staleness(self, name: str, settings: Settings) -> None:
        """Tell that a job is stale, if it is, to whom has not heard of it."""
        with _only_logged():
            job, late = settings.jobs[name], self.late(name, settings)
            if late is None:
                return
            told = Happened("stale", frozenset({late.since.isoformat()}))
            notice = notice_of_staleness(name, late, description=job.description, at=self.clock())
            await _all(self._tell(settings, channel, told, notice) for channel in job.notices)

    def late(self, name: str, settings: Settings) -> Lateness | None:
        """Since when a job is stale; None if it is not, nobody asked, or a run may be about to end that."""
        job, now = settings.jobs[name], self.clock()
        if not job.notices or "stale" not in job.notice_events or job.stale_after_hours is None:
            return None
        running = self.history.unfinished(name)
        if running and now - running[-1].started_at < timedelta(hours=job.stale_after_hours):
            return None
        good = self.history.last_good(name)
        first = None if good else self.history.first(name)
        return lateness(job, now=now, last_good=good, first=first)

    def has_to_say_stale(self, name: str, settings: Settings) -> bool:
        """Whether a job is stale and a channel has not heard of it."""
        late = self.late(name, settings)
        if late is None:
            return False
        cause, now = late.since.isoformat(), self.clock()
        known = (
            memory.knows(self.history, name, channel, "stale", cause, now=now)
            for channel in settings.jobs[name].notices
        )
        return not all(known)

    async def _run_by(
        self, settings: Settings, job: Job, channel: str, run: JobRun, found: Sequence[Happened]
    ) -> None:
        history, name = self.history, run.job
        for one in found:
            told = one.event in job.notice_events
            if one.event == "recovered" and not (told and memory.was_told(history, name, channel, BAD)):
                memory.end(history, name, channel, BAD)
            elif told:
                notice = notice_of_run(one.event, run, description=job.description, at=self.clock())
                if await self._tell(settings, channel, one, notice):
                    memory.end(history, name, channel, _OVER.get(one.event, ()))
        if run.outcome in ("complete", "partial"):
            still = {cause for one in found if one.event == "nothing" for cause in one.causes}
            memory.end(history, name, channel, _NOTHING, but=still)

    async def _tell(self, settings: Settings, channel: str, what: Happened, notice: Notice) -> bool:
        """Tell it by this channel unless it was; whether it arrived now."""
        known = (self.history, notice.job, channel, what.event)
        causes = memory.claim(*known, what.causes, now=self.clock())
        if not causes:
            return False
        delivered = await self.deliver(notice, channel, settings.notices[channel])
        if delivered.arrived:
            memory.confirm(*known, causes, now=self.clock())
        if delivered.problem:
            _log.warning("A notice of %s by %s: %s", notice.job, channel, delivered.problem)
        memory.note(
            self.history,
            memory.Sent(
                notice.job,
                notice.run,
                what.event,
                channel,
                self.clock(),
                delivered.tries,
                delivered.arrived,
                delivered.problem,
            ),
        )
        return delivered.arrived


def open_teller(history: History) -> Teller:
    """Tells in real time."""
    return Teller(history, lambda: datetime.now(UTC), deliver)


async def _all(telling: Iterable[Coroutine[None, None, bool | None]]) -> None:
    """Tell all channels at once; what goes wrong with one keeps nothing from the others."""
    for came in await asyncio.gather(*telling, return_exceptions=True):
        with _only_logged():
            if isinstance(came, BaseException):
                raise came


@contextmanager
def _only_logged() -> Iterator[None]:
    """What goes wrong with a notice is no reason for a run to fail."""
    try:
        yield
    except Exception as error:
        _log.warning("A notice could not be told: %s", clean(f"{type(error).__name__}: {error}"))
