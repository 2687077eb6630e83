"""Explore by the JSON API: which databases can be asked, what is in them, and the answer to one SELECT."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tiktok_ads.errors import UnknownName
from tiktok_ads.explore import MOST_LETTERS
from tiktok_ads.output import FileFormat
from tiktok_ads.ui import explore as doing
from tiktok_ads.ui.api.call import Asked, OnDesk
from tiktok_ads.ui.cells import Kind

router = APIRouter(prefix="/api/v1/query", tags=["query"])
Which = Annotated[str, Query(alias="database", description="Id of a database; blank is the first.")]
_GONE = 499


class Database(BaseModel):
    """A database of datasets. Only DuckDB files can be asked."""

    id: str
    datasets: list[str]
    can_be_asked: bool


class TableColumn(BaseModel):
    name: str
    type: str
    comment: str


class Table(BaseModel):
    """A table or view as it stands in the database; names with a low line first are the loader's own."""

    name: str
    columns: list[TableColumn]


class Question(Asked):
    """Exactly one SELECT, in DuckDB's SQL; tables need no schema in front."""

    sql: str = Field(max_length=MOST_LETTERS)
    database: str = ""


class FileQuestion(Question):
    kind: FileFormat


class AnswerColumn(BaseModel):
    name: str
    kind: Kind


class Answered(BaseModel):
    """The first thousand rows; `is_cut`: there are more. Amounts, large numbers and times are texts."""

    columns: list[AnswerColumn]
    rows: list[list[Any]]
    is_cut: bool
    seconds: float


@router.get("/databases")
def databases(desk: OnDesk) -> list[Database]:
    """The databases that datasets load into."""
    return [
        Database(id=one.id, datasets=list(one.datasets), can_be_asked=one.is_file)
        for one in doing.places(desk)
    ]


@router.get("/tables")
def tables(desk: OnDesk, database: Which = "") -> list[Table]:
    """What stands in a database; nothing while nothing is loaded."""
    return [
        Table(
            name=one.name,
            columns=[
                TableColumn(name=column.name, type=column.sql_type, comment=column.comment)
                for column in one.columns
            ],
        )
        for one in doing.tables(doing.place(desk, database))
    ]


@router.post("")
async def run(request: Request, desk: OnDesk, question: Question) -> Answered:
    """Run one SELECT for at most 20 seconds. It can change nothing and read nothing but the database."""
    where = await run_in_threadpool(doing.place, desk, question.database)
    grid = await doing.unless_gone(request, doing.answer(where, question.sql))
    if grid is None:
        raise UnknownName("Nobody waits for the answer any more.")
    return Answered(
        columns=[AnswerColumn(name=one.name, kind=one.kind) for one in grid.columns],
        rows=grid.values(),
        is_cut=grid.is_cut,
        seconds=round(grid.seconds, 3),
    )


@router.post("/file", response_class=Response, responses={200: {"description": "The file."}})
async def file(request: Request, desk: OnDesk, question: FileQuestion) -> Response:
    """Up to a million rows of one SELECT as a file; it too runs for at most 20 seconds."""
    where = await run_in_threadpool(doing.place, desk, question.database)
    sent = await doing.unless_gone(request, doing.answer_file(where, question.sql, question.kind))
    return sent or Response(status_code=_GONE)
