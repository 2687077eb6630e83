"""Runs by the JSON API: start, follow, cancel, look back; how the app is found by the command `sync`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from tiktok_ads.client import remedy_of
from tiktok_ads.credentials.masking import mask
from tiktok_ads.errors import ApiError, ConfigError, InTheWay, TransportError
from tiktok_ads.jobs.handover import Marks, is_same, marks_of, own_version
from tiktok_ads.jobs.history import JobRun, RunOutcome, Trigger
from tiktok_ads.jobs.past import Chosen
from tiktok_ads.ui import runs as doing
from tiktok_ads.ui.api.call import Asked, DatasetName, Done, OnCaller, OnDesk
from tiktok_ads.ui.paging import Limit, Offset, Part
from tiktok_ads.ui.runs import Followed

router = APIRouter(prefix="/api/v1", tags=["runs"])
RunId = Annotated[str, Path(alias="id", max_length=100, description="Id of a run.")]


class OtherSettings(InTheWay):
    """A command means another job than the app by the same name."""


class Health(BaseModel):
    """The app answers."""

    version: str
    pid: int


class Handover(Asked):
    """What a command of this machine means by a job; `sync` makes these marks."""

    settings: str = ""
    token: str = ""


class RunLine(BaseModel):
    """A run, without its report. `due_at` is the time of the schedule that it stands for."""

    id: str
    dataset: str
    trigger: Trigger
    attempt: int
    due_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    outcome: RunOutcome
    calls: int | None
    rows_read: int | None
    problem: str
    remedy: str


class LogLine(BaseModel):
    """A line of a run's log."""

    at: datetime
    line: str


class RunTold(RunLine):
    """A run with its report, its log, and the ids of all tries of the same task, the first one first."""

    tries: list[str]
    log: list[LogLine]
    report: dict[str, Any] | None


class TableSteps(BaseModel):
    """How much of a table is read."""

    parts: int
    rows: int


class Failure(BaseModel):
    """What the last try failed by; `kind` is the class of the error, as the page of errors lists them."""

    kind: str
    message: str
    hint: str
    code: int | None
    request_id: str


class Steps(BaseModel):
    """How far a task is. `run` is its last try; if that failed, the next one begins at `again_at`.

    Once it is `over`, `report` is the run report, unless it failed before there was one.
    """

    run: RunLine
    over: bool
    again_at: datetime | None = None
    parts_done: int = 0
    parts: int = 0
    rows: int = 0
    calls: int = 0
    calls_expected: int = 0
    waiting_seconds: float = 0
    tables: dict[str, TableSteps] = {}
    report: dict[str, Any] | None = None
    failure: Failure | None = None


@router.get("/health")
def health() -> Health:
    """Whether the app answers, and which release it is."""
    return Health(version=own_version(), pid=os.getpid())


@router.post("/datasets/{name}/run", status_code=202)
async def start(desk: OnDesk, caller: OnCaller, name: DatasetName, asked: Handover | None = None) -> RunLine:
    """Run a dataset now. It goes on if nobody follows it."""
    if asked and asked.settings:
        jobs = await run_in_threadpool(desk.jobs)
        own = await run_in_threadpool(marks_of, jobs[name], key=caller.mark) if name in jobs else None
        if own is None or not is_same(Marks(asked.settings, asked.token), own):
            raise OtherSettings(f"The app has other settings for {name}.")
    return _line(await desk.start(name))


@router.get("/runs", name="list")
def listed(
    desk: OnDesk,
    dataset: Annotated[str, Query(max_length=100, description="Only runs of this one.")] = "",
    outcome: Annotated[RunOutcome | None, Query(description="Only runs that ended so.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Part[RunLine]:
    """The runs, newest first."""
    found = doing.run_list(desk, Chosen(dataset, outcome), limit=limit, offset=offset)
    return Part(items=[_line(one) for one in found.runs], total=found.total, limit=limit, offset=offset)


@router.get("/runs/{id}", name="get")
def show(desk: OnDesk, run_id: RunId) -> RunTold:
    """One run with its report and its log."""
    seen = doing.run_seen(desk, run_id)
    return RunTold(
        **_line(seen.run).model_dump(),
        tries=[one.id for one in seen.tries],
        log=[LogLine(at=at, line=line) for at, line in seen.log],
        report=seen.run.report,
    )


@router.get("/runs/{id}/progress")
def progress(desk: OnDesk, run_id: RunId) -> Steps:
    """How far the task of this run is, other tries included."""
    return _steps(desk, doing.followed(desk, run_id))


@router.get(
    "/runs/{id}/events",
    response_class=StreamingResponse,
    responses={200: {"description": "A stream of `Steps`.", "content": {"text/event-stream": {}}}},
)
async def events(desk: OnDesk, run_id: RunId) -> StreamingResponse:
    """How far the task of this run is, after each step, until it is over."""
    # Asked before the stream begins, so that an unknown run is told as such.
    await run_in_threadpool(desk.history.run, run_id)

    async def stream() -> AsyncIterator[str]:
        async for seen in doing.watched(desk, run_id):
            steps = await run_in_threadpool(_steps, desk, seen)
            yield f"event: progress\ndata: {steps.model_dump_json()}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


@router.post("/runs/{id}/cancel")
async def cancel(desk: OnDesk, run_id: RunId) -> Done:
    """Stop the run, and its further tries; what it has loaded stays."""
    if not doing.cancel(desk, run_id):
        raise InTheWay("This run does not run here any more.", "There is nothing to stop.")
    return Done(said="It is being stopped. What it has loaded stays.")


def _line(run: JobRun) -> RunLine:
    return RunLine(
        id=run.id,
        dataset=run.job,
        trigger=run.trigger,
        attempt=run.attempt,
        due_at=run.due_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        seconds=run.seconds,
        outcome=run.outcome,
        calls=run.calls,
        rows_read=run.rows_read,
        problem=run.problem,
        remedy=run.remedy,
    )


def _steps(desk: OnDesk, seen: Followed) -> Steps:
    told = Steps(run=_line(seen.run), over=seen.over)
    if seen.over:
        told.report = desk.history.run(seen.run.id).report
        told.failure = _failure(desk.scheduler.live.error_of(seen.run.id))
        return told
    standing = seen.standing
    if standing is None:
        return told
    told.again_at, told.waiting_seconds = standing.again_at, standing.waiting_seconds
    told.tables = {name: TableSteps(parts=n, rows=rows) for name, (n, rows) in standing.tables.items()}
    if event := standing.event:
        told.parts_done, told.parts, told.rows = event.done, event.total, event.rows
        told.calls, told.calls_expected = event.calls, event.calls_expected
    return told


def _failure(error: Exception | None) -> Failure | None:
    if error is None:
        return None
    hint = error.hint if isinstance(error, ConfigError) else ""
    if isinstance(error, (ApiError, TransportError)):
        hint = remedy_of(error)
    return Failure(
        kind=type(error).__name__,
        message=mask(error.message if isinstance(error, ConfigError) else str(error)),
        hint=mask(hint),
        code=getattr(error, "code", None),
        request_id=getattr(error, "request_id", ""),
    )
