"""Reports by the JSON API: what may still be chosen, first rows, and report datasets in the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from tiktok_ads.catalog.choices import choices
from tiktok_ads.catalog.menus import SoFar, State
from tiktok_ads.config.job import EVENTS, Event
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.ui import datasets
from tiktok_ads.ui import reports as doing
from tiktok_ads.ui.api.call import DatasetName, Done, OnDesk, same_name
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import Wanted
from tiktok_ads.ui.paging import Limit, Offset, Part, part
from tiktok_ads.ui.report_section import section_of, wanted_from, wanted_report_of

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])
Asker = Annotated[str, Query(max_length=100, description="Only those that use it.")]
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


class WantedReport(BaseModel):
    """A report to look at: as `[reports.NAME]` says it, and whose figures it is about."""

    model_config = ConfigDict(extra="forbid")

    connection: str = "default"
    advertisers: tuple[str, ...] = ("all",)
    report: ReportSettings


class ReportDataset(WantedReport):
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
    notices: tuple[str, ...] = Field(default=(), max_length=100)
    notice_events: tuple[Event, ...] = EVENTS
    stale_after_hours: int | None = Field(default=None, ge=1, le=8784)


class ChangedReport(ReportDataset):
    """A report dataset to write anew; its name, if said, is the one of the address."""

    name: str | None = None


class NamedReport(ReportDataset):
    """A report dataset with its name."""

    name: str


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


@router.get("", name="list")
def listed(desk: OnDesk, connection: Asker = "", limit: Limit = 100, offset: Offset = 0) -> Part[NamedReport]:
    """All report datasets as the settings file has them."""
    found = [
        name
        for name, settings in desk.jobs().items()
        if datasets.report_name(settings) and (not connection or settings.connection == connection)
    ]
    return part(found, lambda name: _shown(desk, name), limit=limit, offset=offset)


@router.post("", status_code=201)
def create(desk: OnDesk, wanted: NamedReport) -> NamedReport:
    """Make a report dataset: its sections `[reports.NAME]` and `[jobs.NAME]`."""
    return _saved(desk, wanted.name, wanted, new=True)


@router.get("/{name}", name="get")
def show(desk: OnDesk, name: DatasetName) -> NamedReport:
    """A report dataset as the settings file has it."""
    return _shown(desk, name)


@router.put("/{name}")
def change(desk: OnDesk, name: DatasetName, wanted: ChangedReport) -> NamedReport:
    """Write the dataset anew; what is left out is as usual, not as it was."""
    _shown(desk, name)
    same_name(wanted.name, name)
    return _saved(desk, name, wanted, new=False)


@router.delete("/{name}")
def delete(desk: OnDesk, name: DatasetName) -> Done:
    """Take the dataset and its report out of the settings file; the table that it loaded stays."""
    _shown(desk, name)
    datasets.delete(desk, name)
    return Done(said=f"{name} is deleted. What it loaded is still there.")


def _shown(desk: Desk, name: str) -> NamedReport:
    wanted = wanted_report_of(datasets.dataset(desk, name))
    return NamedReport(
        name=name,
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
        notices=wanted.notices,
        notice_events=desk.jobs()[name].jobs[name].notice_events,
        stale_after_hours=int(wanted.stale_after_hours) if wanted.stale_after_hours else None,
    )


def _saved(desk: Desk, name: str, asked: ReportDataset, *, new: bool) -> NamedReport:
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
        notices=asked.notices,
        notice_events=asked.notice_events,
        stale_after_hours=str(asked.stale_after_hours or ""),
    )
    doing.save_report(desk, wanted, new=new)
    return _shown(desk, name)


def _plain(value: Any) -> Any:
    """Decimals and days as text; the rest as it is."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
