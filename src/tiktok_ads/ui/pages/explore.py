"""Explore: a box for one SELECT, what stands in the database beside it, its answer as grid and chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tiktok_ads.errors import ConfigError, DestinationBusy, TikTokAdsError
from tiktok_ads.explore import MOST_LETTERS, MOST_SECONDS, QueryError
from tiktok_ads.output import FileFormat
from tiktok_ads.ui import explore as doing
from tiktok_ads.ui.cells import Grid
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.examples import Example, examples
from tiktok_ads.ui.explore import GRID_ROWS, MOST_DOWNLOADED, Listed, Place
from tiktok_ads.ui.render import Shown, page

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Wrong:
    """What is wrong, and where in the text if that is known."""

    message: str
    hint: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Exploring(Shown):
    """The box. `unusable` says why nothing can be asked; an answer is there once something was."""

    places: Sequence[Place]
    place: Place | None
    sql: str
    unusable: str = ""
    grid: Grid | None = None
    wrong: Wrong | None = None
    seconds: int = MOST_SECONDS
    letters: int = MOST_LETTERS
    grid_rows: int = GRID_ROWS
    most_rows: int = MOST_DOWNLOADED


@dataclass(frozen=True)
class Beside(Shown):
    """What stands in the database, and questions to begin with."""

    place: Place
    tables: Sequence[Listed]
    examples: Sequence[Example]
    problem: str = ""


@router.get("/explore")
def show(request: Request, desk: OnDesk, place: str = "", sql: str = "") -> Response:
    return page(request, "explore.html", _exploring(desk, place, sql))


@router.get("/explore/tables")
def beside(request: Request, desk: OnDesk, place: str = "") -> Response:
    """The side of the box comes by itself, since the file may be busy."""
    where = doing.place(desk, place)
    try:
        found = doing.tables(where)
        offered = examples({one.name: [column.name for column in one.columns] for one in found})
        context = Beside("", "explore", where, found, offered)
    except DestinationBusy:
        busy = "A run, or another program, has the database open. Its tables are shown once that is done."
        context = Beside("", "explore", where, (), (), busy)
    except TikTokAdsError as error:
        context = Beside("", "explore", where, (), (), str(error))
    return page(request, "explore_tables.html", context)


@router.post("/explore")
async def run(request: Request, desk: OnDesk, sql: Text = "", place: Text = "") -> Response:
    """The whole page, for browsers without scripts."""
    return page(request, "explore.html", await _answered(request, desk, sql, place))


@router.post("/explore/answer")
async def answer(request: Request, desk: OnDesk, sql: Text = "", place: Text = "") -> Response:
    """The answer alone."""
    return page(request, "explore_answer.html", await _answered(request, desk, sql, place))


@router.post("/explore/file")
async def file(
    request: Request, desk: OnDesk, kind: Annotated[FileFormat, Form()], sql: Text = "", place: Text = ""
) -> Response:
    """All rows of a statement as a file; what is wrong is told on the page."""
    try:
        where = await run_in_threadpool(doing.place, desk, place)
        sent = await doing.unless_gone(request, doing.answer_file(where, sql, kind))
        return sent or Response(status_code=499)
    except TikTokAdsError as error:
        context = await run_in_threadpool(_exploring, desk, place, sql, wrong=_wrong(error))
        return page(request, "explore.html", context, status=422)


async def _answered(request: Request, desk: Desk, sql: str, place: str) -> Exploring:
    try:
        where = await run_in_threadpool(doing.place, desk, place)
        grid = await doing.unless_gone(request, doing.answer(where, sql))
        return await run_in_threadpool(_exploring, desk, place, sql, grid=grid)
    except TikTokAdsError as error:
        return await run_in_threadpool(_exploring, desk, place, sql, wrong=_wrong(error))


def _exploring(
    desk: Desk, known: str, sql: str, *, grid: Grid | None = None, wrong: Wrong | None = None
) -> Exploring:
    try:
        offered = doing.places(desk)
        where = next((one for one in offered if one.id == known), doing.place(desk))
        return Exploring("Explore", "explore", offered, where, sql, grid=grid, wrong=wrong)
    except ConfigError as error:
        return Exploring("Explore", "explore", (), None, sql, str(error), wrong=wrong)


def _wrong(error: TikTokAdsError) -> Wrong:
    if isinstance(error, QueryError):
        return Wrong(error.message, error.hint, error.line, error.column)
    if isinstance(error, DestinationBusy):
        return Wrong("A run, or another program, has the database open.", "Try again when it is done.")
    if isinstance(error, ConfigError):
        return Wrong(error.message, error.hint)
    return Wrong(str(error))
