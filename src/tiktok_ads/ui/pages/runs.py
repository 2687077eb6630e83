"""Runs: what ran, why, how long, what came of it; the one that runs now, live, with a way to stop it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.jobs.history import JobRun, RunOutcome, Usual
from tiktok_ads.jobs.live import Standing
from tiktok_ads.jobs.notices.memory import Sent, sent_of_run
from tiktok_ads.jobs.past import Chosen
from tiktok_ads.ui import runs as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.downloads import file_name
from tiktok_ads.ui.render import Shown, page

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Number = Annotated[int, Query(ge=1, le=100_000, alias="page")]
OUTCOMES: tuple[RunOutcome, ...] = get_args(RunOutcome)
_PER_PAGE = 50


@dataclass(frozen=True)
class Runs(Shown):
    """A page of runs, newest first. `usual` is of the one job that is looked at, None for all.

    `link` holds what is chosen, for the addresses of other pages of the list.
    """

    runs: Sequence[JobRun]
    total: int
    job: str
    outcome: str
    jobs: Sequence[str]
    outcomes: Sequence[str]
    usual: Usual | None
    number: int
    pages: int
    link: str


@dataclass(frozen=True)
class Run(Shown):
    """One run with its report, its log and its tries. `standing` is how far it is, None if it is over.

    `sent` are its notices.
    """

    run: JobRun
    report: Mapping[str, Any]
    usual: Usual
    standing: Standing | None
    sent: Sequence[Sent]
    tries: Sequence[JobRun]
    log: Sequence[tuple[datetime, str]]


@dataclass(frozen=True)
class Advertisers(Shown):
    """What a run did for each advertiser, of one table or of all."""

    run: JobRun
    lines: Sequence[Mapping[str, Any]]
    tables: Sequence[str]
    table: str


@dataclass(frozen=True)
class Progress(Shown):
    """How far a run is; `over` once it has ended."""

    run: JobRun
    standing: Standing | None
    usual: Usual
    over: bool


@router.get("/runs")
def runs(request: Request, desk: OnDesk, job: str = "", outcome: str = "", number: Number = 1) -> Response:
    chosen = Chosen(job, next((one for one in OUTCOMES if one == outcome), None))
    found = doing.run_list(desk, chosen, limit=_PER_PAGE, offset=(number - 1) * _PER_PAGE)
    context = Runs(
        "Runs",
        "runs",
        found.runs,
        found.total,
        job,
        chosen.outcome or "",
        _names(desk),
        OUTCOMES,
        found.usual.get(job),
        number,
        max(-(-found.total // _PER_PAGE), 1),
        urlencode({"job": job, "outcome": chosen.outcome or ""}),
    )
    return page(request, "runs.html", context)


@router.get("/runs/{run_id}")
def run(request: Request, desk: OnDesk, run_id: str) -> Response:
    seen = doing.run_seen(desk, run_id)
    context = Run(
        f"Run of {seen.run.job}",
        "runs",
        seen.run,
        seen.run.report or {},
        seen.usual,
        seen.standing,
        sent_of_run(desk.history, run_id),
        seen.tries,
        seen.log,
    )
    return page(request, "run.html", context)


@router.get("/runs/{run_id}/advertisers")
def advertisers(request: Request, desk: OnDesk, run_id: str, table: str = "") -> Response:
    """Rows and calls by table and advertiser."""
    found = desk.history.run(run_id)
    lines = (found.report or {}).get("tables")
    every: list[dict[str, Any]] = lines if isinstance(lines, list) else []
    tables = list(dict.fromkeys(str(line["table"]) for line in every))
    chosen = table if table in tables else (tables[0] if tables else "")
    some = [line for line in every if line["table"] == chosen]
    return page(
        request, "run_advertisers.html", Advertisers("By advertiser", "runs", found, some, tables, chosen)
    )


@router.get("/runs/{run_id}/report.json")
def report(desk: OnDesk, run_id: str) -> Response:
    """The run report as a file."""
    found = desk.history.run(run_id)
    name = file_name(f"{found.job}_{found.started_at:%Y-%m-%d_%H%M}")
    text = json.dumps(found.report or {}, ensure_ascii=False, indent=2)
    return Response(
        text,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name.encode("ascii", "replace").decode()}.json"'
        },
    )


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
        begun = await desk.start(name)
    except TikTokAdsError as error:
        if isinstance(error, ConfigError):
            raise
        # It runs already: what is wanted is to see it.
        return _to_last(desk, name)
    return RedirectResponse(f"/runs/{begun.id}", 303)


@router.post("/jobs/{name}/cancel")
async def cancel(request: Request, desk: OnDesk, name: str) -> Response:
    """Stop the run of a job; what it committed stays."""
    desk.scheduler.cancel(name)
    return _to_last(desk, name)


def _to_last(desk: Desk, name: str) -> Response:
    last = desk.history.last(name)
    return RedirectResponse(f"/runs/{last.id}" if last else "/runs", 303)


def _names(desk: Desk) -> list[str]:
    try:
        return sorted(desk.settings().jobs)
    except TikTokAdsError:
        return []
