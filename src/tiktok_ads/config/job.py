"""A job: what is read on a schedule, as `[jobs.NAME]` in the settings file says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tiktok_ads.config.values import nearest
from tiktok_ads.errors import ConfigError
from tiktok_ads.schedules import Schedule, parse_schedule, zone_names

OWN = ("description", "schedule", "zone", "paused", "retries", "retry_minutes")
"""What a job says of itself; everything else in its table replaces the general setting of that name."""


class Job(BaseModel):
    """When a job runs and what happens when it fails. What it reads stands in the settings of its run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    schedule: str = "manual"
    zone: str = "UTC"
    paused: bool = False
    retries: int = Field(default=0, ge=0, le=20)
    retry_minutes: int = Field(default=10, ge=1, le=24 * 60)

    @field_validator("schedule")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        try:
            return str(parse_schedule(text))
        except ConfigError as refused:
            raise ValueError(str(refused)) from None

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
