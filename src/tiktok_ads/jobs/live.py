"""What runs now and how far it is, for everybody who wants to watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from tiktok_ads.runreport import Progress, ProgressEvent


@dataclass(frozen=True)
class Standing:
    """How far the run of a job is. `event` holds the sums since it began; None before anything is known."""

    job: str
    event: ProgressEvent | None = None
    waiting_seconds: float = 0.0
    over: bool = False


@dataclass
class Live:
    """The running jobs. It belongs to one event loop; watchers that are slow miss steps, not the end."""

    _standing: dict[str, Standing] = field(default_factory=dict)
    _changed: dict[str, asyncio.Event] = field(default_factory=dict)

    def begin(self, job: str) -> Progress:
        """Note that the job runs; gives the function that its run tells its progress to."""
        self._set(Standing(job))

        def progress(event: ProgressEvent) -> None:
            before = self._standing.get(job, Standing(job))
            if event.kind == "wait":
                self._set(replace(before, waiting_seconds=event.seconds))
                return
            known = before.event
            if known is not None:
                event = replace(
                    event,
                    total=event.total or known.total,
                    calls_expected=event.calls_expected or known.calls_expected,
                )
            self._set(replace(before, event=event, waiting_seconds=0.0))

        return progress

    def end(self, job: str) -> None:
        self._standing.pop(job, None)
        changed = self._changed.pop(job, None)
        if changed is not None:
            # Whoever watches finds the job gone.
            changed.set()

    def standing(self, job: str) -> Standing | None:
        """How far the job is; None if it does not run."""
        return self._standing.get(job)

    def running(self) -> list[Standing]:
        return list(self._standing.values())

    async def watch(self, job: str, *, at_most_every: float = 0.5) -> AsyncIterator[Standing]:
        """The standing of the job, now and after each change, until it is over."""
        while (standing := self._standing.get(job)) is not None:
            changed = self._changed.setdefault(job, asyncio.Event())
            yield standing
            await changed.wait()
            # Steps that follow each other faster than anybody looks become one.
            await asyncio.sleep(at_most_every)
        yield Standing(job, over=True)

    def _set(self, standing: Standing) -> None:
        self._standing[standing.job] = standing
        changed = self._changed.get(standing.job)
        if changed is not None:
            self._changed[standing.job] = asyncio.Event()
            changed.set()
