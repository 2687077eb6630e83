"""Replications by the JSON API: datasets that load tables as they are, made, read and written anew."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from tiktok_ads.config.settings import StoreChanges
from tiktok_ads.errors import UnknownName
from tiktok_ads.ui import dataset_form as doing
from tiktok_ads.ui import datasets
from tiktok_ads.ui.api.call import Asked, DatasetName, Done, OnDesk, same_name
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import Wanted
from tiktok_ads.ui.paging import Limit, Offset, Part, part

router = APIRouter(prefix="/api/v1/replications", tags=["replications"])
_USUAL = Wanted()
Text = Annotated[str, Field(max_length=500)]


class Replication(Asked):
    """What a replication reads, where to, and when."""

    description: Text = ""
    connection: Text
    tables: Annotated[
        tuple[Text, ...],
        Field(
            min_length=1,
            max_length=1000,
            description="Names or patterns such as `ad_*`; `core` stands for those that most need.",
        ),
    ] = _USUAL.tables
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
    ] = 28
    store_changes: Annotated[
        StoreChanges,
        Field(description="`entities` keeps each change of lists, `all` those of reports too."),
    ] = "entities"
    destination: Annotated[
        str, Field(max_length=2000, description="Empty: the one of the environment or of the whole file.")
    ] = _USUAL.destination
    schedule: Text = _USUAL.schedule
    zone: Text = _USUAL.zone
    retries: Annotated[int, Field(ge=0, le=20, description="How often a failed run is tried again.")] = 3
    retry_minutes: Annotated[int, Field(ge=1, le=1440, description="Minutes between these tries.")] = 10


class ChangedReplication(Replication):
    """A replication to write anew; its name, if said, is the one of the address."""

    name: str | None = None


class NamedReplication(Replication):
    """A replication with its name."""

    name: str


@router.get("", name="list")
def listed(
    desk: OnDesk,
    connection: Annotated[str, Query(max_length=100, description="Only those that use it.")] = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Part[NamedReplication]:
    """All replications as the settings file has them."""
    found = [
        name
        for name, settings in desk.jobs().items()
        if not datasets.report_name(settings) and (not connection or settings.connection == connection)
    ]
    return part(found, lambda name: _shown(desk, name), limit=limit, offset=offset)


@router.post("", status_code=201)
def create(desk: OnDesk, wanted: NamedReplication) -> NamedReplication:
    """Make a replication: the section `[jobs.NAME]` of the settings file."""
    doing.save(desk, _wanted(wanted.name, wanted), new=True)
    return _shown(desk, wanted.name)


@router.get("/{name}", name="get")
def show(desk: OnDesk, name: DatasetName) -> NamedReplication:
    """A replication as the settings file has it."""
    return _shown(desk, name)


@router.put("/{name}")
def change(desk: OnDesk, name: DatasetName, wanted: ChangedReplication) -> NamedReplication:
    """Write a replication anew; what is left out is as usual, not as it was."""
    _shown(desk, name)
    same_name(wanted.name, name)
    doing.save(desk, _wanted(name, wanted), new=False)
    return _shown(desk, name)


@router.delete("/{name}")
def delete(desk: OnDesk, name: DatasetName) -> Done:
    """Take it out of the settings file; the tables that it loaded stay."""
    _shown(desk, name)
    datasets.delete(desk, name)
    return Done(said=f"{name} is deleted. What it loaded is still there.")


def _shown(desk: Desk, name: str) -> NamedReplication:
    one = datasets.dataset(desk, name)
    if datasets.report_name(one.settings):
        raise UnknownName(f"{name} is not a replication.", f"It is a report: see /api/v1/reports/{name}.")
    wanted = doing.wanted_of(one)
    return NamedReplication.model_construct(
        name=name,
        description=wanted.description,
        connection=wanted.connection,
        tables=wanted.tables,
        advertisers=one.settings.advertisers,
        start_date=one.settings.start_date,
        include_deleted=wanted.include_deleted,
        lookback_days=one.settings.lookback_days,
        store_changes=wanted.store_changes,
        destination=wanted.destination,
        schedule=wanted.schedule,
        zone=wanted.zone,
        retries=int(wanted.retries),
        retry_minutes=int(wanted.retry_minutes),
        notices=wanted.notices,
        notice_events=one.settings.jobs[name].notice_events,
        stale_after_hours=int(wanted.stale_after_hours) if wanted.stale_after_hours else None,
    )


def _wanted(name: str, said: Replication) -> Wanted:
    return Wanted(
        name=name,
        description=said.description,
        connection=said.connection,
        tables=said.tables,
        advertisers=", ".join(said.advertisers),
        start_date=said.start_date.isoformat() if said.start_date else "",
        include_deleted=said.include_deleted,
        lookback_days=str(said.lookback_days),
        store_changes=said.store_changes,
        destination=said.destination,
        schedule=said.schedule,
        zone=said.zone,
        retries=str(said.retries),
        retry_minutes=str(said.retry_minutes),
        notices=said.notices,
        notice_events=said.notice_events,
        stale_after_hours=str(said.stale_after_hours or ""),
    )
