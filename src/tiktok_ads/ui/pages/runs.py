"""Runs: what ran, why, how long, what came of it; the one that runs now, live, with a way to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.jobs.history import JobRun, Usual
from tiktok_ads.jobs.live import Standing
from tiktok_ads.jobs.notices.memory import Sent, sent_of_run
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown, page

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Number = Annotated[int, Query(ge=1, le=100_000, alias="page")]
_PER_PAGE = 50


@dataclass(frozen=True)
class Runs(Shown):
    """A page of runs, newest first. `usual` is of the one job that is looked at, None for all."""

    runs: Sequence[JobRun]
    job: str
    jobs: Sequence[str]
    usual: Usual | None
    number: int
    pages: int


@dataclass(frozen=True)
class Run(Shown):
    """One run with its report. `standing` is how far it is, None if it is over; `sent` are its notices."""

    run: JobRun
    report: dict[str, Any]
    usual: Usual
    standing: Standing | None
    sent: Sequence[Sent]


@dataclass(frozen=True)
class Progress(Shown):
    """How far a run is; `over` once it has ended."""

    run: JobRun
    standing: Standing | None
    usual: Usual
    over: bool


@router.get("/runs")
def runs(request: Request, desk: OnDesk, job: str = "", number: Number = 1) -> Response:
    count = desk.history.count(job or None)
    found = desk.history.runs(job or None, limit=_PER_PAGE, offset=(number - 1) * _PER_PAGE)
    usual = desk.history.usual(job) if job else None
    pages = max(-(-count // _PER_PAGE), 1)
    return page(request, "runs.html", Runs("Runs", "runs", found, job, _names(desk), usual, number, pages))


@router.get("/runs/{run_id}")
def run(request: Request, desk: OnDesk, run_id: str) -> Response:
    found = desk.history.run(run_id)
    standing = desk.scheduler.live.standing(found.job) if found.outcome == "running" else None
    context = Run(
        f"Run of {found.job}",
        "runs",
        found,
        found.report or {},
        desk.history.usual(found.job),
        standing,
        sent_of_run(desk.history, run_id),
    )
    return page(request, "run.html", context)


@router.get("/runs/{run_id}/progress")
def progress(request: Request, desk: OnDesk, run_id: str) -> Response:
    """How far the run is, for its page to ask again and again; the whole page once it is over."""
    found = desk.history.run(run_id)
    over = found.outcome != "running"
    standing = None if over else desk.scheduler.live.standing(found.job)
    context = Progress("", "runs", found, standing, desk.history.usual(found.job), over)
    answer = page(request, "run_progress.html", context)
    if over:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/jobs/{name}/run")
async def start(request: Request, desk: OnDesk, name: str) -> Response:
    """Run a job now; its page shows how far it is."""
    try:
        await desk.start(name)
    except TikTokAdsError as error:
        if isinstance(error, ConfigError):
            raise
    last = desk.history.last(name)
    return RedirectResponse(f"/runs/{last.id}" if last else "/runs", 303)


@router.post("/jobs/{name}/cancel")
async def cancel(request: Request, desk: OnDesk, name: str) -> Response:
    """Stop the run of a job; what it committed stays."""
    desk.scheduler.cancel(name)
    last = desk.history.last(name)
    return RedirectResponse(f"/runs/{last.id}" if last else "/runs", 303)


def _names(desk: Desk) -> list[str]:
    try:
        return sorted(desk.settings().jobs)
    except TikTokAdsError:
        return []
