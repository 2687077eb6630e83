"""Replications by the JSON API: datasets that load tables as they are, made, read and written anew."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from tiktok_ads.config.settings import StoreChanges
from tiktok_ads.errors import UnknownName
from tiktok_ads.ui import dataset_form as doing
from tiktok_ads.ui import datasets
from tiktok_ads.ui.api.call import DatasetName, Done, OnDesk, same_name
from tiktok_ads.ui.api.job import USUAL, AskedJob, Text, job_said, job_shown
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import Wanted
from tiktok_ads.ui.paging import Limit, Offset, Part, part

router = APIRouter(prefix="/api/v1/replications", tags=["replications"])


class Replication(AskedJob):
    """What a replication reads, where to, and when."""

    tables: Annotated[
        tuple[Text, ...],
        Field(
            min_length=1,
            max_length=1000,
            description="Names or patterns such as `ad_*`; `core` stands for those that most need.",
        ),
    ] = USUAL.tables
    store_changes: Annotated[
        StoreChanges,
        Field(description="`entities` keeps each change of lists, `all` those of reports too."),
    ] = "entities"


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
    settings = one.settings
    return NamedReplication(
        name=name, tables=settings.tables, store_changes=settings.store_changes, **job_shown(one)
    )


def _wanted(name: str, said: Replication) -> Wanted:
    return Wanted(name=name, tables=said.tables, store_changes=said.store_changes, **job_said(said))
