"""The first page: what is set up, what runs, what needs somebody; at first, the way to first rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.jobs.past import standings
from tiktok_ads.schedules import next_times
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown, page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class JobLine:
    """One job as the first page shows it."""

    name: str
    description: str
    schedule: str
    paused: bool
    running: bool
    following: datetime | None
    last: JobRun | None

    @property
    def trouble(self) -> bool:
        """Whether its last run ended without loading all."""
        return self.last is not None and self.last.outcome in ("failed", "partial", "interrupted")


@dataclass(frozen=True)
class Home(Shown):
    """`problem` says what is wrong with the settings file; `connections` are the names of the logins.

    `any_rows` is whether any run loaded something; until then the page leads on, step by step.
    """

    connections: tuple[str, ...]
    jobs: tuple[JobLine, ...]
    simulator: bool
    any_rows: bool
    problem: str


@router.get("/")
def home(request: Request, desk: Annotated[Desk, Depends(desk_of)]) -> Response:
    try:
        connections = tuple(desk.settings().connections)
        jobs = tuple(_lines(desk))
        problem = ""
    except TikTokAdsError as error:
        connections, jobs, problem = (), (), str(error)
    any_rows = any(job.last is not None and job.last.outcome in ("complete", "partial") for job in jobs)
    if not any_rows and jobs:
        any_rows = any(run.outcome in ("complete", "partial") for run in desk.history.runs(None, limit=50))
    simulator = desk.simulator is not None
    context = Home("Overview", "home", connections, jobs, simulator, any_rows, problem)
    return page(request, "home.html", context)


def _lines(desk: Desk) -> list[JobLine]:
    now = datetime.now(UTC)
    found = []
    jobs = desk.jobs()
    stand = standings(desk.history, list(jobs))
    for name, settings in jobs.items():
        job = settings.jobs[name]
        last = stand.last.get(name)
        times = next_times(job.when, now, zone=job.zone, account_zones=stand.zones.get(name, ()))
        following = None if job.paused else next(times, None)
        running = last is not None and last.outcome == "running"
        found.append(JobLine(name, job.description, job.schedule, job.paused, running, following, last))
    return found
