"""What a run changed, and tables as they stood after it, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tiktok_ads.errors import TikTokAdsError, UnknownName
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.jobs.past import Chosen, chosen_runs
from tiktok_ads.ui import datasets
from tiktok_ads.ui.api.changes import run_and_settings, run_of
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.data.as_of import AsOfSeen, AsOfWanted, as_of, tables_with_versions
from tiktok_ads.ui.data.changes import (
    CHANGES,
    ChangedTable,
    ChangesSeen,
    ChangesWanted,
    changed_tables,
    changes,
)
from tiktok_ads.ui.data.reading import amount_text
from tiktok_ads.ui.data.rows import PER_PAGE
from tiktok_ads.ui.render import Shown, page

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Offset = Annotated[int, Query(ge=0, le=10**9)]
_MOST_RUNS = 100


@dataclass(frozen=True)
class Changed(Shown):
    """What a run changed: by table, and if one is chosen, row by row. `problem` says why it cannot be told.

    `link` holds what is chosen, for other parts of the list and for files.
    """

    run: JobRun
    wanted: ChangesWanted
    tables: Sequence[ChangedTable] = ()
    seen: ChangesSeen | None = None
    kinds: Sequence[str] = CHANGES
    link: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Stood(Shown):
    """A table as it stood. `runs` are those that can be chosen, `tables` those whose changes are stored."""

    name: str
    tables: Sequence[str]
    runs: Sequence[JobRun]
    wanted: AsOfWanted
    at: str = ""
    seen: AsOfSeen | None = None
    cells: Sequence[Sequence[object]] = field(default_factory=tuple)
    link: str = ""
    problem: str = ""


@router.get("/runs/{run_id}/changes")
def show_changes(
    request: Request,
    desk: OnDesk,
    run_id: str,
    table: str = "",
    advertiser: str = "",
    change: str = "",
    offset: Offset = 0,
) -> Response:
    kind = next((one for one in CHANGES if one == change), None)
    wanted = ChangesWanted(table, advertiser, kind, offset, PER_PAGE)
    run = desk.history.run(run_id)
    title = f"What a run of {run.job} changed"
    link = _link(advertiser=advertiser, change=kind or "")
    try:
        run, settings = run_and_settings(desk, run_id)
        tables = changed_tables(settings, run)
        seen = changes(settings, run, wanted) if table else None
        context = Changed(title, "runs", run, wanted, tables, seen, CHANGES, link)
    except TikTokAdsError as error:
        context = Changed(title, "runs", run, wanted, problem=str(error))
    return page(request, "run_changes.html", context)


@router.get("/datasets/{name}/as-of")
def show_as_of(
    request: Request,
    desk: OnDesk,
    name: str,
    table: str = "",
    run: str = "",
    at: str = "",
    advertiser: str = "",
    offset: Offset = 0,
) -> Response:
    """A table as it stood after a run, or at a moment, which is said in UTC."""
    settings = datasets.dataset(desk, name).settings
    tables = tables_with_versions(settings)
    runs = chosen_runs(desk.history, Chosen(name), limit=_MOST_RUNS)
    chosen = table or (tables[0] if tables else "")
    moment, problem = _moment(at)
    found = run_of(desk, name, run)
    if found is None and moment is None and not problem:
        found = next((one for one in runs if one.outcome in ("complete", "partial")), None)
    wanted = AsOfWanted(chosen, found, moment, advertiser, offset, PER_PAGE)
    seen = None
    if chosen and (found or moment) and not problem:
        try:
            seen = as_of(settings, wanted)
        except UnknownName:
            raise
        except TikTokAdsError as error:
            problem = str(error)
    cells = [[_cell(value) for value in row] for row in seen.rows] if seen else ()
    said = {"run": found.id if found and not moment else "", "at": moment.isoformat() if moment else ""}
    link = _link(**said, advertiser=advertiser)
    context = Stood(
        f"{name} as it was", "datasets", name, tables, runs, wanted, at, seen, cells, link, problem
    )
    return page(request, "dataset_as_of.html", context)


def _moment(text: str) -> tuple[datetime | None, str]:
    if not text.strip():
        return None, ""
    try:
        said = datetime.fromisoformat(text.strip())
    except ValueError:
        return None, f"{text[:40]!r} is no moment; write it as 2026-03-01 12:00."
    return (said if said.tzinfo else said.replace(tzinfo=UTC)), ""


def _cell(value: object) -> object:
    return amount_text(str(value)) if isinstance(value, Decimal) else value


def _link(**said: str) -> str:
    kept: Mapping[str, str] = {key: value for key, value in said.items() if value}
    return urlencode(kept)
