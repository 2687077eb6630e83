"""Report datasets: build one with menus that depend on each other, look at its first rows, keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.periods import WEEKDAYS
from tiktok_ads.plan.rollup import UNITS
from tiktok_ads.ui import connections, dataset_form, datasets
from tiktok_ads.ui import reports as doing
from tiktok_ads.ui.cells import Grid, grid_of
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.pages.replication import said_of
from tiktok_ads.ui.pages.schedule import Scheduling, in_fields, scheduling
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.report_days import periods
from tiktok_ads.ui.report_form import FilterLine, WantedReport
from tiktok_ads.ui.report_menus import Builder, builder
from tiktok_ads.ui.report_section import wanted_report_of
from tiktok_ads.ui.reports import Glimpse
from tiktok_ads.ui.said import many, said, when_said
from tiktok_ads.ui.told import by_field, in_app
from tiktok_ads.ui.when import When

router = APIRouter(include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]


@dataclass(frozen=True)
class Menus(Shown):
    """The part of the form whose menus depend on each other."""

    builder: Builder
    wanted: WantedReport
    problems: Mapping[str, str]
    new: bool
    periods: Sequence[str]
    weekdays: Sequence[str]
    units: Sequence[str]


@dataclass(frozen=True)
class Editing(Menus):
    """The whole form, with what was typed; `other` are problems of no field."""

    scheduling: Scheduling
    logins: Sequence[str]
    first: bool
    other: str = ""
    channels: Sequence[str] = ()


@dataclass(frozen=True)
class Looked(Shown):
    """What a look brought; `grid` are its rows as they are shown."""

    glimpse: Glimpse
    grid: Grid | None


@router.get("/datasets/new-report")
def new(request: Request, desk: OnDesk, connection: str = "", report_type: str = "") -> Response:
    names = [one.name for one in connections.logins(desk)]
    chosen = connection if connection in names else (names[0] if names else "")
    wanted = WantedReport(name="report", connection=chosen, start_date=dataset_form.first_day())
    if report_type in ("TERM", *catalog().report_types, *catalog().special):
        kind = catalog().report_types.get(report_type)
        metrics = kind.default_metrics if kind else ()
        wanted = WantedReport(
            name=f"{report_type.lower()}_report",
            connection=chosen,
            start_date=dataset_form.first_day(),
            report_type=report_type,
            dimensions=(),
            metrics=metrics,
        )
    return page(request, "report_edit.html", _editing(desk, wanted, new=True))


@router.post("/reports/menus")
async def menus(request: Request) -> Response:
    """What may be chosen next, given what the form says now."""
    form = await request.form()
    wanted = _said(form)
    made = await run_in_threadpool(builder, wanted)
    problems = {field: in_app(text) for field, text in made.problems.items()}
    context = Menus("", "datasets", made, wanted, problems, _is_new(form), *_lists(wanted))
    return page(request, "report_builder.html", context)


@router.post("/reports/preview")
async def preview(request: Request, desk: OnDesk) -> Response:
    """The first rows, or what is wrong; nothing is written."""
    wanted = _said(await request.form())
    seen = await doing.glimpse(desk, wanted)
    grid = grid_of(seen.seen.rows, is_cut=False, seconds=0) if seen.seen else None
    return page(request, "report_preview.html", Looked("", "datasets", seen, grid))


@router.post("/reports")
async def create(request: Request, desk: OnDesk) -> Response:
    return await _saved(request, desk, new=True)


@router.get("/reports/{name}/edit")
def edit(request: Request, desk: OnDesk, name: str) -> Response:
    wanted = wanted_report_of(datasets.dataset(desk, name))
    return page(request, "report_edit.html", _editing(desk, wanted, new=False))


@router.post("/reports/{name}")
async def change(request: Request, desk: OnDesk, name: str) -> Response:
    return await _saved(request, desk, new=False, name=name)


async def _saved(request: Request, desk: Desk, *, new: bool, name: str = "") -> Response:
    form = await request.form()
    wanted = _said(form, name=name)
    try:
        await run_in_threadpool(doing.save_report, desk, wanted, new=new)
    except ConfigError as error:
        when = when_said(form)
        context = await run_in_threadpool(_editing, desk, wanted, new=new, error=error, when=when)
        return page(request, "report_edit.html", context, status=422)
    return RedirectResponse(f"/datasets/{wanted.name}", 303)


def _editing(
    desk: Desk,
    wanted: WantedReport,
    *,
    new: bool,
    error: ConfigError | None = None,
    when: When | None = None,
) -> Editing:
    made = builder(wanted)
    wrong, other = by_field(error, (*WantedReport.__dataclass_fields__, "dates"))
    if error:
        wrong = {**{field: in_app(text) for field, text in made.problems.items()}, **wrong}
    if (unplaced := wrong.pop("other", "")) and unplaced not in other:
        other = f"{other} {unplaced}".strip()
    wrong = dict(in_fields(wrong, when))
    return Editing(
        "New report" if new else f"Change {wanted.name}",
        "datasets",
        made,
        wanted,
        wrong,
        new,
        *_lists(wanted),
        scheduling(wanted.schedule, when),
        [one.name for one in connections.logins(desk)],
        not desk.settings().jobs,
        other,
        tuple(desk.settings().notices),
    )


def _lists(wanted: WantedReport) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    return periods(wanted.period), WEEKDAYS, UNITS


def _is_new(form: FormData) -> bool:
    return form.get("is_new") == "yes"


def _said(form: FormData, *, name: str = "") -> WantedReport:
    """What the form says, as typed."""

    def in_order(field: str) -> tuple[str, ...]:
        """As they stood before, and what was added behind them."""
        before = said(form, f"{field}_order").split(",")
        ticked = many(form, field)
        return tuple(sorted(ticked, key=lambda one: before.index(one) if one in before else len(before)))

    lines = zip(
        *(
            [str(value).strip() for value in form.getlist(f"filter_{part}")]
            for part in ("field", "operator", "value")
        ),
        strict=False,
    )
    shared = said_of(form)
    return WantedReport(
        name=name or shared.name,
        description=shared.description,
        connection=shared.connection,
        advertisers=shared.advertisers,
        start_date=shared.start_date,
        include_deleted=shared.include_deleted,
        lookback_days=shared.lookback_days,
        destination=shared.destination,
        schedule=shared.schedule,
        zone=shared.zone,
        retries=shared.retries,
        retry_minutes=shared.retry_minutes,
        notices=shared.notices,
        notice_events=shared.notice_events,
        stale_after_hours=shared.stale_after_hours,
        report_type=said(form, "report_type"),
        data_level=said(form, "data_level"),
        dimensions=in_order("dimensions"),
        metrics=in_order("metrics"),
        force_metrics=said(form, "force_metrics"),
        filters=tuple(FilterLine(*line) for line in lines if line[0]),
        order_by=said(form, "order_by"),
        descending=said(form, "order") != "asc",
        days=said(form, "days") or "kept",
        day=said(form, "day"),
        range_first=said(form, "range_first"),
        range_last=said(form, "range_last"),
        period=said(form, "period"),
        period_begins=said(form, "period_begins"),
        roll_up=said(form, "roll_up"),
        roll_up_begins=said(form, "roll_up_begins"),
        update_method=said(form, "update_method"),
        term_type=many(form, "term_type"),
        language=many(form, "language"),
        changes=bool(said(form, "changes")),
        force=bool(said(form, "force")),
    )
