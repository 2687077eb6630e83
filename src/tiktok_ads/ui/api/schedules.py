"""Schedules by the JSON API: what they may say, and when they would run, before anything is saved."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from tiktok_ads.config.job import Job
from tiktok_ads.config.values import nearest
from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules import FORMS, parse_schedule, zone_names
from tiktok_ads.ui.api.call import Asked
from tiktok_ads.ui.datasets import following

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"])


class Forms(BaseModel):
    """How schedules are written, by example, and the zones that they may be in."""

    forms: list[str]
    zones: list[str]


class WantedSchedule(Asked):
    """A schedule to look at. `account_zones` are the advertisers' zones, for *when yesterday is final*."""

    schedule: str = Field(max_length=500, examples=["weekdays at 06:00"])
    zone: str = Field(default=Job().zone, max_length=100, examples=["Europe/Berlin"])
    account_zones: list[str] = Field(default=[], max_length=100)


class Times(BaseModel):
    """The schedule as the settings file writes it, and its next five times; none if it is manual."""

    schedule: str
    zone: str
    times: list[datetime]


@router.get("", name="list")
def forms() -> Forms:
    """What schedules may say."""
    return Forms(forms=list(FORMS), zones=list(zone_names()))


@router.post("/preview")
def preview(wanted: WantedSchedule) -> Times:
    """The next five times of a schedule."""
    known = zone_names()
    for field, zone in (("zone", wanted.zone), *(("account_zones", one) for one in wanted.account_zones)):
        if zone not in known:
            raise ConfigError(f"{field}: there is no zone {zone[:60]!r}.", nearest(zone, known))
    try:
        said = str(parse_schedule(wanted.schedule))
        times = following(wanted.schedule, wanted.zone, wanted.account_zones)
    except ConfigError as error:
        raise ConfigError(f"schedule: {error.message}", error.hint) from None
    return Times(schedule=said, zone=wanted.zone, times=times)
