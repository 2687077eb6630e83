"""What replications and reports have in common in calls: whose figures, where to, when, whom to tell."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from tiktok_ads.config.job import EVENTS, Event
from tiktok_ads.ui.api.call import Asked
from tiktok_ads.ui.dataset_form import Wanted, wanted_of
from tiktok_ads.ui.datasets import Dataset

USUAL = Wanted()
Text = Annotated[str, Field(max_length=500)]


class AskedJob(Asked):
    """When a dataset runs, whose figures it is about, where its rows go, and who hears of its runs."""

    description: Text = ""
    connection: Text
    advertisers: Annotated[
        tuple[Text, ...],
        Field(max_length=10_000, description="Ids, names or patterns; `all` for every one that is granted."),
    ] = ("all",)
    start_date: Annotated[
        date | None, Field(description="First day of reports, in each advertiser's own calendar.")
    ] = None
    include_deleted: bool = True
    lookback_days: Annotated[
        int, Field(ge=0, le=365, description="Days that each run reads again, since numbers still change.")
    ] = int(USUAL.lookback_days)
    destination: Annotated[
        str, Field(max_length=2000, description="Empty: the one of the environment or of the whole file.")
    ] = USUAL.destination
    schedule: Annotated[Text, Field(description="As `/api/v1/schedules` shows.")] = USUAL.schedule
    zone: Text = USUAL.zone
    retries: Annotated[int, Field(ge=0, le=20, description="How often a failed run is tried again.")] = int(
        USUAL.retries
    )
    retry_minutes: Annotated[int, Field(ge=1, le=1440, description="Minutes between these tries.")] = int(
        USUAL.retry_minutes
    )
    notices: Annotated[
        tuple[Text, ...], Field(max_length=100, description="Channels that hear of its runs.")
    ] = ()
    notice_events: Annotated[tuple[Event, ...], Field(description="Of what they hear.")] = EVENTS
    stale_after_hours: Annotated[
        int | None, Field(ge=1, le=8784, description="Hours without anything loaded that are too long.")
    ] = None


def job_said(body: AskedJob) -> dict[str, Any]:
    """The body as the fields of the form say it."""
    return {
        "description": body.description,
        "connection": body.connection,
        "advertisers": ", ".join(body.advertisers),
        "start_date": body.start_date.isoformat() if body.start_date else "",
        "include_deleted": body.include_deleted,
        "lookback_days": str(body.lookback_days),
        "destination": body.destination,
        "schedule": body.schedule,
        "zone": body.zone,
        "retries": str(body.retries),
        "retry_minutes": str(body.retry_minutes),
        "notices": body.notices,
        "notice_events": body.notice_events,
        "stale_after_hours": str(body.stale_after_hours or ""),
    }


def job_shown(one: Dataset, wanted: Wanted | None = None) -> dict[str, Any]:
    """A dataset as a body says it; `wanted` is its form where that is not the usual one."""
    form, job = wanted or wanted_of(one), one.settings.jobs[one.name]
    return {
        "description": form.description,
        "connection": form.connection,
        "advertisers": tuple(name.strip() for name in form.advertisers.split(",")),
        "start_date": one.settings.start_date,
        "include_deleted": form.include_deleted,
        "lookback_days": int(form.lookback_days),
        "destination": form.destination,
        "schedule": form.schedule,
        "zone": form.zone,
        "retries": job.retries,
        "retry_minutes": job.retry_minutes,
        "notices": job.notices,
        "notice_events": job.notice_events,
        "stale_after_hours": job.stale_after_hours,
    }
