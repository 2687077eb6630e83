"""What a dataset has loaded, by the JSON API: its tables in words, rows, statistics, charts, freshness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from tiktok_ads.config import Settings
from tiktok_ads.output import FileFormat
from tiktok_ads.ui import datasets
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.data import chart as charting
from tiktok_ads.ui.data import rows as reading
from tiktok_ads.ui.data import statistics as counting
from tiktok_ads.ui.data.freshness import freshness
from tiktok_ads.ui.data.tables import DataTable, Role, data_table, data_tables
from tiktok_ads.ui.downloads import download
from tiktok_ads.ui.paging import Limit, Offset

router = APIRouter(prefix="/api/v1/datasets/{name}", tags=["data"])
OnDesk = Annotated[Desk, Depends(desk_of)]
TableName = Annotated[str, Query(max_length=200, description="A table; if blank the first report.")]
ColumnName = Annotated[str, Query(max_length=200)]


class ColumnOf(BaseModel):
    """A column. `adds_up` is null where it is no figure of a report; `why_not` says why it is false."""

    name: str
    type: str
    unit: str
    doc: str
    role: Role
    is_key: bool
    adds_up: bool | None
    why_not: str
    expires: bool
    note: str


class TableOf(BaseModel):
    """A table of the dataset as the catalog describes it."""

    name: str
    doc: str
    is_report: bool
    owner_column: str
    day_column: str | None
    columns: list[ColumnOf]


class RowsOf(BaseModel):
    """Rows of a table, each with a value for each of `columns`; none while nothing is loaded."""

    table: str
    columns: list[str]
    items: list[list[Any]]
    total: int
    limit: int
    offset: int


class ColumnFigures(BaseModel):
    """What a column holds; `distinct`, `least` and `greatest` are null where values have no order."""

    name: str
    filled: int
    blank: int
    distinct: int | None
    least: str | None
    greatest: str | None
    mean: float | None


class Statistics(BaseModel):
    """`rows` is null while nothing is loaded; `is_about` says that `distinct` may be off by some percent."""

    table: str
    rows: int | None
    is_about: bool
    columns: list[ColumnFigures]


class SeriesOf(BaseModel):
    """Values for each `x` of the chart, null where nothing is loaded; `is_rest` are all other parts."""

    name: str
    values: list[float | None]
    is_rest: bool


class ChartOf(BaseModel):
    """Stacked series add up to the whole. `unit` is a currency or blank."""

    title: str
    unit: str
    kind: Literal["line", "bars"]
    x: list[str]
    series: list[SeriesOf]
    total: float


class ChartsOf(BaseModel):
    """A chart for each currency, since amounts of two are never added up; `told` says why there is none."""

    charts: list[ChartOf]
    notes: list[str]
    told: str


class OwnerFreshness(BaseModel):
    """How far one advertiser's rows are complete; null while nothing is whole."""

    advertiser_id: str
    name: str
    first: date | None
    complete_to: date | None
    loaded_at: datetime | None


class Freshness(BaseModel):
    """How complete a table is: for all at least to `complete_to`, for the best to `newest`."""

    table: str
    rows: int
    first: date | None
    complete_to: date | None
    newest: date | None
    advertisers: list[OwnerFreshness]


@router.get("/tables")
def tables(desk: OnDesk, name: str) -> list[TableOf]:
    """The tables of a dataset with their columns in words."""
    return [_table(one) for one in data_tables(_settings(desk, name)).values()]


@router.get("/tables/{table}")
def table(desk: OnDesk, name: str, table: str) -> TableOf:
    """One table with its columns in words."""
    return _table(data_table(_settings(desk, name), table))


@router.get("/rows")
def rows(
    desk: OnDesk,
    name: str,
    table: TableName = "",
    advertiser: ColumnName = "",
    sort: ColumnName = "",
    order: Literal["asc", "desc"] = "desc",
    limit: Limit = reading.PER_PAGE,
    offset: Offset = 0,
) -> RowsOf:
    """Rows of a table, the newest first or sorted by a column."""
    wanted = reading.RowsWanted(table, advertiser, sort, order == "desc", offset, limit)
    seen = reading.rows(_settings(desk, name), wanted)
    return RowsOf(
        table=seen.table.name,
        columns=list(seen.columns),
        items=[list(row) for row in seen.rows],
        total=seen.found,
        limit=limit,
        offset=offset,
    )


@router.get("/rows/{kind}", response_class=Response, responses={200: {"description": "The file."}})
def rows_file(
    desk: OnDesk,
    name: str,
    kind: FileFormat,
    table: TableName = "",
    advertiser: ColumnName = "",
    sort: ColumnName = "",
    order: Literal["asc", "desc"] = "desc",
) -> Response:
    """The same rows as a file, up to a million."""
    settings = _settings(desk, name)
    found = data_table(settings, table)
    wanted = reading.RowsWanted(found.name, advertiser, sort, order == "desc")
    called = "_".join(filter(None, (found.name, advertiser)))
    return download(reading.all_rows(settings, wanted), name=called, kind=kind, description=found.doc)


@router.get("/statistics")
def statistics(desk: OnDesk, name: str, table: TableName = "") -> Statistics:
    """How many values each column of a table has, and from where to where they go."""
    seen = counting.statistics(_settings(desk, name), table)
    columns = [ColumnFigures(**asdict(one)) for one in seen.columns]
    return Statistics(table=seen.table.name, rows=seen.rows, is_about=seen.is_about, columns=columns)


@router.get("/chart")
def chart(
    desk: OnDesk,
    name: str,
    table: TableName = "",
    metric: ColumnName = "",
    by: ColumnName = "",
    per: charting.Per = "day",
    days: Annotated[int, Query(ge=0, le=4000, description="How far back; 0 is everything.")] = 90,
    top: Annotated[int, Query(ge=1, le=charting.MOST_PARTS, description="Parts shown by themselves.")] = 5,
) -> ChartsOf:
    """A figure over time, in total or split; parts beyond the greatest are added up as all others."""
    found = charting.charts(_settings(desk, name), charting.ChartWanted(table, metric, by, per, days, top))
    return ChartsOf.model_validate(_listed(asdict(found)))


@router.get("/freshness")
def fresh(desk: OnDesk, name: str) -> list[Freshness]:
    """How complete each table is, for each advertiser."""
    return [
        Freshness(
            table=one.table,
            rows=one.rows,
            first=one.first,
            complete_to=one.complete_to,
            newest=one.newest,
            advertisers=[
                OwnerFreshness(
                    advertiser_id=who.owner,
                    name=who.name,
                    first=who.first,
                    complete_to=who.complete_to,
                    loaded_at=who.at,
                )
                for who in one.each
            ],
        )
        for one in freshness(_settings(desk, name))
    ]


def _settings(desk: Desk, name: str) -> Settings:
    return datasets.dataset(desk, name).settings


def _table(one: DataTable) -> TableOf:
    return TableOf(
        name=one.name,
        doc=one.doc,
        is_report=one.is_report,
        owner_column=one.owner_column,
        day_column=one.day_column,
        columns=[ColumnOf(**asdict(column)) for column in one.columns],
    )


def _listed(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(one) if isinstance(one, tuple) else one for key, one in value.items()}
