"""What runs now and how far it is, for everybody who wants to watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tiktok_ads.jobs.history import JobRun
from tiktok_ads.jobs.runner import Ended
from tiktok_ads.runreport import Progress, ProgressEvent

_MOST_ERRORS = 200


@dataclass(frozen=True)
class Standing:
    """How far the run of a job is. `event` holds the sums since it began; None before anything is known.

    `run` is the try that was begun last, `again_at` when the next one begins if it failed. `tables` holds
    slices and rows by table.
    """

    job: str
    run: JobRun | None = None
    event: ProgressEvent | None = None
    waiting_seconds: float = 0.0
    tables: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    again_at: datetime | None = None
    over: bool = False


@dataclass
class Live:
    """The running jobs. It belongs to one event loop; watchers that are slow miss steps, not the end."""

    _standing: dict[str, Standing] = field(default_factory=dict)
    _changed: dict[str, asyncio.Event] = field(default_factory=dict)
    _errors: dict[str, Exception | None] = field(default_factory=dict)

    def begin(self, job: str) -> Progress:
        """Note that the job runs; gives the function that its run tells its progress to."""
        self._set(Standing(job))
        return lambda event: self._set(_moved(self._standing.get(job, Standing(job)), event))

    def noted(self, run: JobRun) -> None:
        """Note that a try begins; what was told of the one before it is past."""
        self._set(Standing(run.job, run))

    def ended(self, ended: Ended, *, again_at: datetime | None) -> None:
        """Note how a try ended; the history knows what it failed by in words alone."""
        run = ended.run
        if again_at is not None:
            self._set(replace(self._standing.get(run.job, Standing(run.job, run)), again_at=again_at))
            return
        self._errors[run.id] = ended.error
        while len(self._errors) > _MOST_ERRORS:
            del self._errors[next(iter(self._errors))]

    def error_of(self, run_id: str) -> Exception | None:
        """What the run failed by, of the last ones that ended here."""
        return self._errors.get(run_id)

    def has_ended(self, run_id: str) -> bool:
        """Whether the run ended here lately, and no other try follows it."""
        return run_id in self._errors

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


def _moved(before: Standing, event: ProgressEvent) -> Standing:
    """The standing after an event."""
    if event.kind == "wait":
        return replace(before, waiting_seconds=event.seconds)
    known, tables = before.event, before.tables
    if known is not None:
        event = replace(
            event,
            total=event.total or known.total,
            calls_expected=event.calls_expected or known.calls_expected,
        )
    if event.table and event.kind in ("slice", "loaded"):
        slices, rows = tables.get(event.table, (0, 0))
        done, read = (known.done, known.rows) if known else (0, 0)
        grown = (slices + max(event.done - done, 0), rows + max(event.rows - read, 0))
        tables = {**tables, event.table: grown}
    return replace(before, event=event, waiting_seconds=0.0, tables=tables)
