"""Reports by the JSON API before they are saved: what may still be chosen, and first rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from tiktok_ads.catalog.choices import choices
from tiktok_ads.catalog.menus import SoFar, State
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.ui import reports as doing
from tiktok_ads.ui.api.call import OnDesk
from tiktok_ads.ui.report_section import wanted_from

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])


class Chosen(BaseModel):
    """What is chosen of a report so far; nothing begins anew. `filters` are names of fields."""

    model_config = ConfigDict(extra="forbid")

    report_type: str | None = None
    data_level: str | None = None
    dimensions: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    lifetime: bool = False


class MenuChoice(BaseModel):
    """One thing that could be chosen; `closed` does not go with the rest, and `reason` says why."""

    menu: str
    name: str
    state: State
    reason: str


class WantedReport(BaseModel):
    """A report to look at: as `[reports.NAME]` says it, and whose figures it is about."""

    model_config = ConfigDict(extra="forbid")

    connection: str = "default"
    advertisers: tuple[str, ...] = ("all",)
    report: ReportSettings


class FirstRows(BaseModel):
    """First rows, or `problems` with what to do. Amounts are texts, so that none loses a digit."""

    problems: tuple[str, ...] = ()
    remedy: str = ""
    request_id: str = ""
    preview: dict[str, Any] | None = None


@router.post("/menus")
def menus(chosen: Chosen) -> list[MenuChoice]:
    """Everything that can be chosen, given what is chosen; takes milliseconds and asks nobody."""
    found = choices(SoFar(**chosen.model_dump()))
    return [
        MenuChoice(menu=menu, name=one.name, state=one.state, reason=one.reason) for menu, one in found.all()
    ]


@router.post("/preview")
async def preview(desk: OnDesk, asked: WantedReport) -> FirstRows:
    """The first rows in a couple of calls; nothing is written."""
    wanted = wanted_from(
        "report", asked.report, connection=asked.connection, advertisers=", ".join(asked.advertisers)
    )
    seen = await doing.glimpse(desk, wanted)
    shown = _plain(seen.seen.to_json()) if seen.seen else None
    return FirstRows(problems=seen.problems, remedy=seen.remedy, request_id=seen.request_id, preview=shown)


def _plain(value: Any) -> Any:
    """Decimals and days as text; the rest as it is."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
