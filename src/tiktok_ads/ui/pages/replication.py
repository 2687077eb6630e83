"""The form of a replication: tables, advertisers, days, destination and schedule, new or to be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.runreport import PlanReport
from tiktok_ads.schedules import zone_names
from tiktok_ads.ui import connections
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.dataset_form import Wanted, first_day, save, wanted_of
from tiktok_ads.ui.datasets import dataset, report_name
from tiktok_ads.ui.estimate import estimate
from tiktok_ads.ui.look import Look, look
from tiktok_ads.ui.pages.schedule import Scheduling, in_fields, scheduling
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.said import Form, advertisers_said, many, said, schedule_said, when_said
from tiktok_ads.ui.table_choices import TableGroup, table_groups
from tiktok_ads.ui.told import by_field
from tiktok_ads.ui.when import When

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]


@dataclass(frozen=True)
class Editing(Shown):
    """The form, with what was typed; `problems` are by field, `other` those of no field."""

    scheduling: Scheduling
    wanted: Wanted
    new: bool
    first: bool
    logins: Sequence[str]
    groups: Sequence[TableGroup]
    problems: Mapping[str, str]
    other: str = ""
    channels: Sequence[str] = ()


@dataclass(frozen=True)
class Advertisers(Shown):
    """The advertisers of a connection to tick; `written` are those that are not among them."""

    look: Look
    ticked: Sequence[str]
    written: str


@dataclass(frozen=True)
class Estimated(Shown):
    plan: PlanReport | None
    problem: str


@router.get("/datasets/new")
def new(request: Request, desk: OnDesk, connection: str = "") -> Response:
    names = [one.name for one in connections.logins(desk)]
    chosen = connection if connection in names else (names[0] if names else "")
    wanted = Wanted(connection=chosen, start_date=first_day(), name=free_name(desk, "every-morning"))
    return page(request, "dataset_edit.html", _editing(desk, wanted, new=True))


@router.post("/datasets/first")
async def first(request: Request, desk: OnDesk) -> Response:
    """The usual first dataset, as one click makes it, and its first run."""
    form = await request.form()
    zone = said(form, "zone")
    wanted = Wanted(
        name=free_name(desk, "every-morning"),
        description="The nine tables that most people need",
        connection=said(form, "connection"),
        start_date=first_day(),
        zone=zone if zone in zone_names() else "UTC",
    )
    try:
        await run_in_threadpool(save, desk, wanted, new=True)
    except ConfigError as error:
        context = await run_in_threadpool(_editing, desk, wanted, new=True, error=error)
        return page(request, "dataset_edit.html", context, status=422)
    try:
        await desk.start(wanted.name)
    except TikTokAdsError:
        # Its page says what became of it.
        return RedirectResponse(f"/datasets/{wanted.name}", 303)
    last = desk.history.last(wanted.name)
    return RedirectResponse(f"/runs/{last.id}" if last else f"/datasets/{wanted.name}", 303)


@router.post("/connections/advertisers")
async def advertisers(request: Request, desk: OnDesk) -> Response:
    """The advertisers that the chosen connection grants, to be ticked."""
    form = await request.form()
    seen = await look(desk, said(form, "connection"))
    chosen = [one.strip() for one in advertisers_said(form).split(",") if one.strip()]
    chosen = [one for one in chosen if one.lower() != "all"]
    known = {one.advertiser_id for one in seen.accounts}
    named = {one.name: one.advertiser_id for one in seen.accounts}
    ticked = [named.get(one, one) for one in chosen if one in known or one in named]
    written = ", ".join(one for one in chosen if one not in known and one not in named)
    return page(request, "advertisers.html", Advertisers("", "datasets", seen, ticked, written))


@router.post("/datasets/estimate")
async def calls(request: Request, desk: OnDesk) -> Response:
    """How many calls it would take; nothing is written."""
    found = await estimate(desk, said_of(await request.form()))
    return page(request, "estimate.html", Estimated("", "datasets", *found))


@router.post("/datasets")
async def create(request: Request, desk: OnDesk) -> Response:
    return await _saved(request, desk, new=True)


@router.post("/datasets/{name}")
async def change(request: Request, desk: OnDesk, name: str) -> Response:
    return await _saved(request, desk, new=False, name=name)


@router.get("/datasets/{name}/edit")
def edit(request: Request, desk: OnDesk, name: str) -> Response:
    one = dataset(desk, name)
    if report_name(one.settings):
        return RedirectResponse(f"/reports/{name}/edit", 303)
    return page(request, "dataset_edit.html", _editing(desk, wanted_of(one), new=False))


def free_name(desk: Desk, wanted: str) -> str:
    """The name, with a number behind it if there is a dataset of that name."""
    taken = set(desk.settings().jobs)
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)


def said_of(form: Form) -> Wanted:
    """What the form says, as typed."""
    return Wanted(
        name=said(form, "name"),
        description=said(form, "description"),
        connection=said(form, "connection"),
        tables=many(form, "tables"),
        advertisers=advertisers_said(form),
        start_date=said(form, "start_date"),
        include_deleted=bool(said(form, "include_deleted")),
        lookback_days=said(form, "lookback_days"),
        store_changes=said(form, "store_changes"),
        destination=said(form, "destination"),
        schedule=schedule_said(form),
        zone=said(form, "zone"),
        retries=said(form, "retries"),
        retry_minutes=said(form, "retry_minutes"),
        notices=many(form, "notices"),
        notice_events=many(form, "notice_events"),
        stale_after_hours=said(form, "stale_after_hours"),
    )


async def _saved(request: Request, desk: Desk, *, new: bool, name: str = "") -> Response:
    form = await request.form()
    wanted = said_of(form)
    wanted = replace(wanted, name=name or wanted.name)
    try:
        await run_in_threadpool(save, desk, wanted, new=new)
    except ConfigError as error:
        when = when_said(form)
        context = await run_in_threadpool(_editing, desk, wanted, new=new, error=error, when=when)
        return page(request, "dataset_edit.html", context, status=422)
    return RedirectResponse(f"/datasets/{wanted.name}", 303)


def _editing(
    desk: Desk,
    wanted: Wanted,
    *,
    new: bool,
    error: ConfigError | None = None,
    when: When | None = None,
) -> Editing:
    problems, other = by_field(error, Wanted.__dataclass_fields__)
    problems = dict(in_fields(problems, when))
    return Editing(
        "New replication" if new else f"Change {wanted.name}",
        "datasets",
        scheduling(wanted.schedule, when),
        wanted,
        new,
        not desk.settings().jobs,
        [one.name for one in connections.logins(desk)],
        table_groups(),
        problems,
        other,
        tuple(desk.settings().notices),
    )
