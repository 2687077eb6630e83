"""What a run changed, and tables as they stood earlier, by the JSON API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel
from starlette.responses import Response

from tiktok_ads.config import Settings
from tiktok_ads.errors import UnknownName
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.output import FileFormat
from tiktok_ads.ui import datasets
from tiktok_ads.ui.api.call import DatasetName, OnDesk
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.data import as_of as versions
from tiktok_ads.ui.data import changes as doing
from tiktok_ads.ui.data.rows import PER_PAGE
from tiktok_ads.ui.downloads import download
from tiktok_ads.ui.paging import Limit, Offset

router = APIRouter(prefix="/api/v1", tags=["changes"])
RunId = Annotated[str, Path(alias="id", max_length=100, description="Id of a run.")]
TableName = Annotated[str, Path(alias="table", max_length=200, description="A table of its dataset.")]
Advertiser = Annotated[str, Query(max_length=100, description="Only its rows.")]
Kind = Annotated[FileFormat, Path(description="The format of the file.")]
OfKind = Annotated[doing.Change | None, Query(description="Only changes of this kind.")]
OfRun = Annotated[str, Query(max_length=100, description="As of this run of the dataset.")]
AtMoment = Annotated[AwareDatetime | None, Query(description="As of this moment, with its zone.")]
_FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file."}}


class TableChanges(BaseModel):
    """How many rows of a table a run changed; `is_kept` is false where the dataset stores no changes."""

    table: str
    is_kept: bool
    inserted: int
    updated: int
    deleted: int


class Value(BaseModel):
    """A value that differs; before an insert and after a delete it is null."""

    column: str
    before: Any
    after: Any


class Row(BaseModel):
    """A row that changed, and what of it."""

    change: doing.Change
    key: dict[str, Any]
    values: list[Value]


class Rows(BaseModel):
    """A part of what changed in a table."""

    items: list[Row]
    total: int
    limit: int
    offset: int


class Stood(BaseModel):
    """A part of a table as it stood at `at`; each row has a value for each of `columns`."""

    table: str
    at: datetime | None
    columns: list[str]
    items: list[list[Any]]
    total: int
    limit: int
    offset: int


@router.get("/runs/{id}/changes")
def tables(desk: OnDesk, run_id: RunId) -> list[TableChanges]:
    """How many rows of each table the run inserted, updated and deleted."""
    run, settings = run_and_settings(desk, run_id)
    return [
        TableChanges(
            table=one.name,
            is_kept=one.is_kept,
            inserted=one.inserted,
            updated=one.updated,
            deleted=one.deleted,
        )
        for one in doing.changed_tables(settings, run)
    ]


@router.get("/runs/{id}/changes/{table}")
def rows(
    desk: OnDesk,
    run_id: RunId,
    table: TableName,
    advertiser: Advertiser = "",
    change: OfKind = None,
    limit: Limit = PER_PAGE,
    offset: Offset = 0,
) -> Rows:
    """The rows that the run changed, each with what differs."""
    run, settings = run_and_settings(desk, run_id)
    wanted = doing.ChangesWanted(table, advertiser, change, offset, limit)
    seen = doing.changes(settings, run, wanted)
    items = [
        Row(
            change=one.change,
            key=dict(one.key),
            values=[Value(column=v.column, before=v.before, after=v.after) for v in one.values],
        )
        for one in seen.rows
    ]
    return Rows(items=items, total=seen.found, limit=limit, offset=offset)


@router.get("/runs/{id}/changes/{table}/{kind}", response_class=Response, responses=_FILE)
def rows_file(
    desk: OnDesk,
    run_id: RunId,
    table: TableName,
    kind: Kind,
    advertiser: Advertiser = "",
    change: OfKind = None,
) -> Response:
    """The same rows as a file, up to a million, with what differs beside its value before."""
    run, settings = run_and_settings(desk, run_id)
    found = doing.all_changes(settings, run, doing.ChangesWanted(table, advertiser, change))
    called = f"{table}_changes_{run.started_at:%Y-%m-%d_%H%M}"
    return download(found, name=called, kind=kind, description=f"What a run changed in {table}.")


@router.get("/datasets/{name}/as-of/{table}")
def stood(
    desk: OnDesk,
    name: DatasetName,
    table: TableName,
    run: OfRun = "",
    at: AtMoment = None,
    advertiser: Advertiser = "",
    limit: Limit = PER_PAGE,
    offset: Offset = 0,
) -> Stood:
    """A table as it stood after a run, or at a moment; its changes must be stored."""
    settings = datasets.dataset(desk, name).settings
    wanted = versions.AsOfWanted(table, run_of(desk, name, run), at, advertiser, offset, limit)
    seen = versions.as_of(settings, wanted)
    return Stood(
        table=seen.table,
        at=seen.at,
        columns=list(seen.columns),
        items=[list(row) for row in seen.rows],
        total=seen.found,
        limit=limit,
        offset=offset,
    )


@router.get("/datasets/{name}/as-of/{table}/{kind}", response_class=Response, responses=_FILE)
def stood_file(
    desk: OnDesk,
    name: DatasetName,
    table: TableName,
    kind: Kind,
    run: OfRun = "",
    at: AtMoment = None,
    advertiser: Advertiser = "",
) -> Response:
    """The same rows as a file, up to a million."""
    settings = datasets.dataset(desk, name).settings
    wanted = versions.AsOfWanted(table, run_of(desk, name, run), at, advertiser)
    found = versions.all_as_of(settings, wanted)
    return download(found, name=f"{table}_as_of", kind=kind, description=f"{table} as it stood.")


def run_and_settings(desk: Desk, run_id: str) -> tuple[JobRun, Settings]:
    """A run and the settings of its dataset as they are now.

    Raises:
        UnknownName: there is no such run, or its dataset was deleted.
    """
    run = desk.history.run(run_id)
    return run, datasets.dataset(desk, run.job).settings


def run_of(desk: Desk, name: str, run_id: str) -> JobRun | None:
    """A run of this dataset; None if none is named.

    Raises:
        UnknownName: the dataset has no such run.
    """
    if not run_id:
        return None
    run = desk.history.run(run_id)
    if run.job != name:
        raise UnknownName(f"{name} has no run {run_id[:40]!r}.", "Its history shows those that it has.")
    return run
