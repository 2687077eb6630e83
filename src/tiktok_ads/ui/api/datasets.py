"""Datasets by the JSON API: how each stands, pause and resume, delete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tiktok_ads.ui import dataset_moves as moves
from tiktok_ads.ui import datasets as doing
from tiktok_ads.ui.api.call import Asked, DatasetName, Done, LastRun, OnDesk, last_run
from tiktok_ads.ui.datasets import Dataset as OwnDataset
from tiktok_ads.ui.datasets import report_name
from tiktok_ads.ui.paging import Limit, Offset, Part, part

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])
Kind = Literal["replication", "report"]


class UsualRun(BaseModel):
    """How runs usually go: of so many, the share that did not fail, and the middle duration."""

    runs: int
    success: float | None
    seconds: float | None


class Dataset(BaseModel):
    """A dataset: a job of the settings file, how it stands, and its next five times unless it is paused.

    What it reads stands in `/api/v1/replications/{name}` or `/api/v1/reports/{name}`, as its `kind` says.
    """

    name: str
    kind: Kind
    description: str
    connection: str
    tables: list[str]
    destination: str
    schedule: str
    zone: str
    paused: bool
    running: bool
    next_times: list[datetime]
    last_run: LastRun | None
    usual: UsualRun


class CopyName(Asked):
    """What the copy is called."""

    new_name: str


class OtherConnection(Asked):
    """Which connection takes the dataset over."""

    to: str


@router.get("", name="list")
def listed(
    desk: OnDesk,
    q: Annotated[str, Query(max_length=200, description="What name or description must hold.")] = "",
    connection: Annotated[str, Query(max_length=100, description="Only those that use it.")] = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> Part[Dataset]:
    """All datasets, or those that are searched for."""
    found = [
        one
        for one in doing.datasets(desk)
        if q.lower() in f"{one.name} {one.description}".lower()
        and (not connection or one.settings.connection == connection)
    ]
    return part(found, _told, limit=limit, offset=offset)


@router.get("/{name}", name="get")
def show(desk: OnDesk, name: DatasetName) -> Dataset:
    """One dataset and how it stands."""
    return _told(doing.dataset(desk, name))


@router.post("/{name}/pause")
def pause(desk: OnDesk, name: DatasetName) -> Dataset:
    """Let its schedule rest; it can still be run by hand."""
    doing.set_paused(desk, name, True)
    return _told(doing.dataset(desk, name))


@router.post("/{name}/resume")
def resume(desk: OnDesk, name: DatasetName) -> Dataset:
    """Let its schedule go on, from now."""
    doing.set_paused(desk, name, False)
    return _told(doing.dataset(desk, name))


@router.post("/{name}/duplicate", status_code=201)
def duplicate(desk: OnDesk, name: DatasetName, wanted: CopyName) -> Dataset:
    """Make a dataset like this one. It is paused, so that it can be changed before its first run."""
    moves.duplicate(desk, name, wanted.new_name)
    return _told(doing.dataset(desk, wanted.new_name))


@router.post("/{name}/transfer")
def transfer(desk: OnDesk, name: DatasetName, wanted: OtherConnection) -> Dataset:
    """Load it with another connection from its next run on."""
    moves.transfer(desk, name, wanted.to)
    return _told(doing.dataset(desk, name))


@router.delete("/{name}")
def delete(desk: OnDesk, name: DatasetName) -> Done:
    """Take it out of the settings file; the tables that it loaded stay."""
    doing.delete(desk, name)
    return Done(said=f"{name} is deleted. What it loaded is still there.")


def _told(one: OwnDataset) -> Dataset:
    return Dataset(
        name=one.name,
        kind="report" if report_name(one.settings) else "replication",
        description=one.description,
        connection=one.settings.connection,
        tables=list(one.settings.tables),
        destination=str(one.settings.redacted()["destination"]),
        schedule=one.schedule,
        zone=one.zone,
        paused=one.paused,
        running=one.running,
        next_times=list(one.following),
        last_run=last_run(one.last) if one.last else None,
        usual=UsualRun(**vars(one.usual)),
    )
