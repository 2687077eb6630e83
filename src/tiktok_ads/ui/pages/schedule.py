"""The fields of a schedule, for every form that has one, and its next times before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules import FORMS, parse_schedule, zone_names
from tiktok_ads.ui.datasets import following
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.said import schedule_said, when_said
from tiktok_ads.ui.when import KINDS, NTH_NAMES, WEEKDAY_NAMES, When, lacking, when_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Scheduling:
    """What the fields of a schedule need."""

    when: When
    kinds: Mapping[str, str]
    weekdays_named: Mapping[str, str]
    nths: Sequence[str]
    forms: Sequence[str]
    zones: Sequence[str]


@dataclass(frozen=True)
class Times(Shown):
    """The schedule as text and its next times, or what is wrong with it."""

    schedule: str
    times: Sequence[datetime]
    problem: str = ""


def scheduling(schedule: str, when: When | None = None) -> Scheduling:
    """What the fields show for this schedule, or as they were filled in."""
    return Scheduling(when or when_of(schedule), KINDS, WEEKDAY_NAMES, NTH_NAMES, FORMS, zone_names())


def in_fields(problems: Mapping[str, str], when: When | None) -> Mapping[str, str]:
    """What is wrong, with what the fields of the schedule lack in place of what is wrong with its text."""
    if "schedule" in problems and when is not None and (told := lacking(when)):
        return {**problems, "schedule": told}
    return problems


@router.get("/schedule/times")
def times(request: Request, zone: str = "UTC") -> Response:
    """The next five times, for the form to show before anything is saved."""
    text = schedule_said(request.query_params)
    try:
        schedule = str(parse_schedule(text))
        context = Times("", "datasets", schedule, following(schedule, zone))
    except ConfigError as error:
        when = when_said(request.query_params)
        told = (lacking(when) if when else "") or error.message
        context = Times("", "datasets", text, (), told)
    except (KeyError, ValueError):
        context = Times("", "datasets", text, (), f"There is no zone {zone[:60]!r}.")
    return page(request, "schedule_times.html", context)
