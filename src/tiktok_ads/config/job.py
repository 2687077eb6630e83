"""A job: what is read on a schedule, as `[jobs.NAME]` in the settings file says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from tiktok_ads.config.values import as_texts, nearest
from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules import Schedule, parse_schedule, zone_names

Event = Literal["failed", "partial", "recovered", "stale", "nothing"]
EVENTS: tuple[Event, ...] = get_args(Event)
OWN = (
    "description",
    "schedule",
    "zone",
    "paused",
    "retries",
    "retry_minutes",
    "notices",
    "notice_events",
    "stale_after_hours",
)
"""What a job says of itself; everything else in its table replaces the general setting of that name."""


class Job(BaseModel):
    """When a job runs and what happens when it fails. What it reads stands in the settings of its run.

    `notices` are the channels that hear of it, `notice_events` what they hear of. It is stale when no run has
    loaded anything for `stale_after_hours`; None leaves that unjudged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    schedule: str = "manual"
    zone: str = "UTC"
    paused: bool = False
    retries: int = Field(default=0, ge=0, le=20)
    retry_minutes: int = Field(default=10, ge=1, le=24 * 60)
    notices: Annotated[tuple[str, ...], BeforeValidator(as_texts)] = ()
    # Before the events, one of which needs it.
    stale_after_hours: int | None = Field(default=None, ge=1, le=24 * 366)
    notice_events: Annotated[tuple[Event, ...], BeforeValidator(as_texts)] = EVENTS

    @field_validator("schedule")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        try:
            return str(parse_schedule(text))
        except ConfigError as refused:
            raise ValueError(str(refused)) from None

    @field_validator("notice_events")
    @classmethod
    def _can_be_judged(cls, events: tuple[Event, ...], info: ValidationInfo) -> tuple[Event, ...]:
        if "stale" in events and info.data.get("stale_after_hours") is None:
            raise ValueError("stale needs stale_after_hours: how long is too long")
        return events

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        known = zone_names()
        if name not in known:
            raise ValueError(
                f"there is no zone {name[:60]!r}; {nearest(name, known) or 'as in Europe/Berlin'}"
            )
        return ZoneInfo(name).key

    @property
    def when(self) -> Schedule:
        return parse_schedule(self.schedule)


def own_part(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a job's table, what it says of itself."""
    return {name: value for name, value in found.items() if name in OWN}


def laid_over(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a job's table, the settings that its runs have instead of the general ones."""
    return {name: value for name, value in found.items() if name not in OWN}
