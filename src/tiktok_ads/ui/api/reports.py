"""Reports by the JSON API: what may still be chosen, first rows, and report datasets in the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from tiktok_ads.catalog.choices import choices
from tiktok_ads.catalog.menus import SoFar, State
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.ui import datasets
from tiktok_ads.ui import reports as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.dataset_form import Wanted
from tiktok_ads.ui.report_section import section_of, wanted_from, wanted_report_of

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])
OnDesk = Annotated[Desk, Depends(desk_of)]
_USUAL = Wanted()


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


class Asked(BaseModel):
    """A report to look at: as `[reports.NAME]` says it, and whose figures it is about."""

    model_config = ConfigDict(extra="forbid")

    connection: str = "default"
    advertisers: tuple[str, ...] = ("all",)
    report: ReportSettings


class ReportDataset(Asked):
    """A report dataset: the report, where its rows go, and when it runs."""

    description: str = ""
    start_date: date | None = None
    include_deleted: bool = True
    lookback_days: int = Field(default=28, ge=0, le=365)
    destination: str = _USUAL.destination
    schedule: str = _USUAL.schedule
    zone: str = _USUAL.zone
    retries: int = Field(default=3, ge=0, le=20)
    retry_minutes: int = Field(default=10, ge=1, le=1440)


class NewReport(ReportDataset):
    """A report dataset that is to be made."""

    name: str


class Made(BaseModel):
    """The dataset that was written."""

    name: str


class Rows(BaseModel):
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
async def preview(desk: OnDesk, asked: Asked) -> Rows:
    """The first rows in a couple of calls; nothing is written."""
    wanted = wanted_from(
        "report", asked.report, connection=asked.connection, advertisers=", ".join(asked.advertisers)
    )
    seen = await doing.glimpse(desk, wanted)
    shown = _plain(seen.seen.to_json()) if seen.seen else None
    return Rows(problems=seen.problems, remedy=seen.remedy, request_id=seen.request_id, preview=shown)


@router.post("", status_code=201)
async def create(desk: OnDesk, wanted: NewReport) -> Made:
    """Make a report dataset: its sections `[reports.NAME]` and `[jobs.NAME]`."""
    return await _saved(desk, wanted.name, wanted, new=True)


@router.get("/{name}")
def show(desk: OnDesk, name: str) -> ReportDataset:
    """A report dataset as the settings file has it."""
    wanted = wanted_report_of(datasets.dataset(desk, name))
    return ReportDataset(
        connection=wanted.connection,
        advertisers=tuple(one.strip() for one in wanted.advertisers.split(",")),
        report=section_of(wanted),
        description=wanted.description,
        start_date=date.fromisoformat(wanted.start_date) if wanted.start_date else None,
        include_deleted=wanted.include_deleted,
        lookback_days=int(wanted.lookback_days),
        destination=wanted.destination,
        schedule=wanted.schedule,
        zone=wanted.zone,
        retries=int(wanted.retries),
        retry_minutes=int(wanted.retry_minutes),
    )


@router.put("/{name}")
async def change(desk: OnDesk, name: str, wanted: ReportDataset) -> Made:
    """Write the dataset anew."""
    return await _saved(desk, name, wanted, new=False)


async def _saved(desk: Desk, name: str, asked: ReportDataset, *, new: bool) -> Made:
    for twice in ("description", "advertisers", "lookback_days"):
        if getattr(asked.report, twice):
            raise ConfigError(f"report.{twice}: say it of the dataset, beside its report.")
    wanted = wanted_from(
        name,
        asked.report,
        description=asked.description,
        connection=asked.connection,
        advertisers=", ".join(asked.advertisers),
        start_date=asked.start_date.isoformat() if asked.start_date else "",
        include_deleted=asked.include_deleted,
        lookback_days=str(asked.lookback_days),
        destination=asked.destination,
        schedule=asked.schedule,
        zone=asked.zone,
        retries=str(asked.retries),
        retry_minutes=str(asked.retry_minutes),
    )
    await run_in_threadpool(doing.save_report, desk, wanted, new=new)
    return Made(name=name)


def _plain(value: Any) -> Any:
    """Decimals and days as text; the rest as it is."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
