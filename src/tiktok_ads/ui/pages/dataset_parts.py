"""The parts of a dataset's page that are read from its database; each asks again while a run holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tiktok_ads.errors import ConfigError, DestinationBusy, TikTokAdsError, UnknownName
from tiktok_ads.ui import datasets as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.data.freshness import Fresh, freshness
from tiktok_ads.ui.data.reading import amount_text
from tiktok_ads.ui.data.rows import PER_PAGE, RowsSeen, RowsWanted, rows
from tiktok_ads.ui.data.statistics import TableStatistics, statistics
from tiktok_ads.ui.render import Shown, page

router = APIRouter(prefix="/datasets/{name}", include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Try = Annotated[int, Query(ge=1, le=100, alias="try")]
TRIES = 5
"""How often a part asks again by itself."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Part(Shown):
    """`problem` says why it cannot be told now, `again` where to ask anew; `by_itself` if the page does."""

    name: str
    problem: str = ""
    again: str = ""
    by_itself: bool = False


@dataclass(frozen=True)
class FreshPart(Part):
    fresh: tuple[Fresh, ...] = ()


@dataclass(frozen=True)
class RowsPart(Part):
    """`link` gives the query of the same rows, but for what is changed; `cells` are the rows as shown."""

    wanted: RowsWanted = field(default_factory=RowsWanted)
    seen: RowsSeen | None = None
    link: Callable[..., str] = str
    cells: tuple[tuple[object, ...], ...] = ()


@dataclass(frozen=True)
class StatisticsPart(Part):
    seen: TableStatistics | None = None


@router.get("/freshness")
def show_freshness(request: Request, desk: OnDesk, name: str, tried: Try = 1) -> Response:
    """How complete each table is."""
    settings = doing.dataset(desk, name).settings
    seen, problem, is_busy, is_passing = _looked(lambda: freshness(settings))
    again = _again(request, tried) if is_passing else ""
    context = FreshPart("", "datasets", name, problem, again, is_busy and tried < TRIES, seen or ())
    return page(request, "dataset_freshness.html", context)


@router.get("/rows/part")
def rows_part(
    request: Request,
    desk: OnDesk,
    name: str,
    table: str = "",
    advertiser: str = "",
    sort: str = "",
    order: str = "desc",
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    tried: Try = 1,
) -> Response:
    """A page of rows."""
    settings = doing.dataset(desk, name).settings
    wanted = RowsWanted(table, advertiser, sort, order != "asc", offset, PER_PAGE)
    seen, problem, is_busy, is_passing = _looked(lambda: rows(settings, wanted))
    again = _again(request, tried) if is_passing else ""
    by_itself, link = is_busy and tried < TRIES, partial(_link, wanted)
    cells = tuple(tuple(map(_cell, row)) for row in seen.rows) if seen else ()
    context = RowsPart("", "datasets", name, problem, again, by_itself, wanted, seen, link, cells)
    return page(request, "dataset_rows_part.html", context)


@router.get("/statistics/part")
def statistics_part(request: Request, desk: OnDesk, name: str, table: str = "", tried: Try = 1) -> Response:
    """What each column of a table holds."""
    settings = doing.dataset(desk, name).settings
    seen, problem, is_busy, is_passing = _looked(lambda: statistics(settings, table))
    again = _again(request, tried) if is_passing else ""
    context = StatisticsPart("", "datasets", name, problem, again, is_busy and tried < TRIES, seen)
    return page(request, "dataset_statistics_part.html", context)


def _looked(look: Callable[[], Found]) -> tuple[Found | None, str, bool, bool]:
    """What is seen, or why it cannot be told now; whether a run is in the way; whether trying again may help.

    Raises:
        UnknownName: there is no such table or column.
    """
    try:
        return look(), "", False, False
    except UnknownName:
        raise
    except TikTokAdsError as error:
        is_passing = not isinstance(error, ConfigError)
        return None, str(error), isinstance(error, DestinationBusy), is_passing


def _again(request: Request, tried: int) -> str:
    said = [(key, value) for key, value in request.query_params.items() if key != "try"]
    return f"{request.url.path}?{urlencode([*said, ('try', tried + 1)])}"


def _cell(value: object) -> object:
    return amount_text(str(value)) if isinstance(value, Decimal) else value


def _link(wanted: RowsWanted, **changed: object) -> str:
    said: dict[str, object] = {
        "table": wanted.table,
        "advertiser": wanted.advertiser,
        "sort": wanted.sort,
        "order": "desc" if wanted.descending else "asc",
        "offset": wanted.offset,
    }
    return urlencode({key: one for key, one in (said | changed).items() if one not in ("", 0)})
