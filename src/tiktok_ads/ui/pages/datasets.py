"""Datasets: choose tables of a connection, look at what was loaded, run, pause, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.schedules import FORMS, zone_names
from tiktok_ads.ui import connections, dataset_form, freshness, table_choices
from tiktok_ads.ui import datasets as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.dataset_form import Wanted
from tiktok_ads.ui.datasets import Dataset
from tiktok_ads.ui.freshness import Held
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.table_choices import TableChoice

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]


@dataclass(frozen=True)
class All(Shown):
    datasets: Sequence[Dataset]
    problem: str = ""


@dataclass(frozen=True)
class One(Shown):
    """One dataset; what it has loaded comes by a second request, since the file may be busy."""

    dataset: Dataset
    problem: str = ""


@dataclass(frozen=True)
class Loaded(Shown):
    held: Held


@dataclass(frozen=True)
class Editing(Shown):
    """The form, with what was typed; `problems` are by field, `other` those of no field."""

    wanted: Wanted
    new: bool
    logins: Sequence[str]
    choices: Mapping[str, Sequence[TableChoice]]
    forms: Sequence[str]
    zones: Sequence[str]
    problems: Mapping[str, str]
    other: str = ""


@dataclass(frozen=True)
class Times(Shown):
    """The next times of a schedule, or what is wrong with it."""

    times: Sequence[datetime]
    zone: str
    problem: str = ""


@router.get("/datasets")
def show_all(request: Request, desk: OnDesk) -> Response:
    try:
        context = All("Datasets", "datasets", doing.datasets(desk))
    except TikTokAdsError as error:
        context = All("Datasets", "datasets", (), str(error))
    return page(request, "datasets.html", context)


@router.get("/datasets/new")
def new(request: Request, desk: OnDesk, connection: str = "") -> Response:
    names = [one.name for one in connections.logins(desk)]
    chosen = connection if connection in names else (names[0] if names else "")
    wanted = Wanted(connection=chosen, start_date=dataset_form.first_day(), name="replication")
    return page(request, "dataset_edit.html", _editing(desk, wanted, new=True))


@router.get("/schedule/times")
def times(request: Request, schedule: str = "", zone: str = "UTC") -> Response:
    """The next five times, for the form to show before anything is saved."""
    try:
        context = Times("", "datasets", doing.following(schedule, zone), zone)
    except ConfigError as error:
        context = Times("", "datasets", (), zone, error.message)
    except (KeyError, ValueError):
        context = Times("", "datasets", (), zone, f"There is no zone {zone[:60]!r}.")
    return page(request, "schedule_times.html", context)


@router.post("/datasets")
async def create(request: Request, desk: OnDesk) -> Response:
    return await _saved(request, desk, new=True)


@router.post("/datasets/{name}")
async def change(request: Request, desk: OnDesk, name: str) -> Response:
    return await _saved(request, desk, new=False, name=name)


@router.get("/datasets/{name}")
def show(request: Request, desk: OnDesk, name: str) -> Response:
    return page(request, "dataset.html", One(name, "datasets", doing.dataset(desk, name)))


@router.get("/datasets/{name}/held")
def held(request: Request, desk: OnDesk, name: str) -> Response:
    one = doing.dataset(desk, name)
    return page(request, "dataset_held.html", Loaded("", "datasets", freshness.held(one.settings)))


@router.get("/datasets/{name}/edit")
def edit(request: Request, desk: OnDesk, name: str) -> Response:
    one = doing.dataset(desk, name)
    if doing.report_name(one.settings):
        return RedirectResponse(f"/reports/{name}/edit", 303)
    return page(request, "dataset_edit.html", _editing(desk, dataset_form.wanted_of(one), new=False))


@router.post("/datasets/{name}/pause")
def pause(desk: OnDesk, name: str, paused: Text = "yes") -> Response:
    doing.set_paused(desk, name, paused == "yes")
    return RedirectResponse(f"/datasets/{name}", 303)


@router.post("/datasets/{name}/delete")
def delete(request: Request, desk: OnDesk, name: str) -> Response:
    try:
        doing.delete(desk, name)
    except ConfigError as error:
        context = One(name, "datasets", doing.dataset(desk, name), str(error))
        return page(request, "dataset.html", context, status=422)
    return RedirectResponse("/datasets", 303)


async def _saved(request: Request, desk: Desk, *, new: bool, name: str = "") -> Response:
    form = await request.form()

    def said(field: str) -> str:
        value = form.get(field, "")
        return value.strip() if isinstance(value, str) else ""

    wanted = Wanted(
        name=name or said("name"),
        description=said("description"),
        connection=said("connection"),
        tables=tuple(str(one) for one in form.getlist("tables")),
        advertisers=said("advertisers"),
        start_date=said("start_date"),
        include_deleted=bool(said("include_deleted")),
        lookback_days=said("lookback_days"),
        store_changes=said("store_changes"),
        destination=said("destination"),
        schedule=said("schedule"),
        zone=said("zone"),
        retries=said("retries"),
        retry_minutes=said("retry_minutes"),
    )
    try:
        dataset_form.save(desk, wanted, new=new)
    except ConfigError as error:
        return page(request, "dataset_edit.html", _editing(desk, wanted, new=new, error=error), status=422)
    return RedirectResponse(f"/datasets/{wanted.name}", 303)


def _editing(desk: Desk, wanted: Wanted, *, new: bool, error: ConfigError | None = None) -> Editing:
    problems: dict[str, str] = {}
    other: list[str] = []
    for line in error.message.splitlines() if error else ():
        field, colon, told = line.partition(": ")
        if colon and field in Wanted.__dataclass_fields__:
            problems[field] = " ".join(filter(None, (problems.get(field), told)))
        else:
            other.append(line)
    if error and error.hint:
        other.append(error.hint)
    return Editing(
        "New replication" if new else f"Change {wanted.name}",
        "datasets",
        wanted,
        new,
        [one.name for one in connections.logins(desk)],
        table_choices.choices(),
        FORMS,
        zone_names(),
        problems,
        " ".join(other),
    )
