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
from tiktok_ads.schedules import FORMS, zone_names
from tiktok_ads.ui import connections, dataset_form, datasets
from tiktok_ads.ui import reports as doing
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.report_days import periods
from tiktok_ads.ui.report_form import FilterLine, WantedReport
from tiktok_ads.ui.report_menus import Builder, builder
from tiktok_ads.ui.report_section import wanted_report_of
from tiktok_ads.ui.reports import Glimpse

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

    logins: Sequence[str]
    forms: Sequence[str]
    zones: Sequence[str]
    other: str = ""


@dataclass(frozen=True)
class Looked(Shown):
    glimpse: Glimpse


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
    context = Menus("", "datasets", made, wanted, made.problems, _is_new(form), *_lists(wanted))
    return page(request, "report_builder.html", context)


@router.post("/reports/preview")
async def preview(request: Request, desk: OnDesk) -> Response:
    """The first rows, or what is wrong; nothing is written."""
    wanted = _said(await request.form())
    return page(request, "report_preview.html", Looked("", "datasets", await doing.glimpse(desk, wanted)))


@router.post("/reports")
async def create(request: Request, desk: OnDesk) -> Response:
    return await _saved(request, desk, _said(await request.form()), new=True)


@router.get("/reports/{name}/edit")
def edit(request: Request, desk: OnDesk, name: str) -> Response:
    wanted = wanted_report_of(datasets.dataset(desk, name))
    return page(request, "report_edit.html", _editing(desk, wanted, new=False))


@router.post("/reports/{name}")
async def change(request: Request, desk: OnDesk, name: str) -> Response:
    return await _saved(request, desk, _said(await request.form(), name=name), new=False)


async def _saved(request: Request, desk: Desk, wanted: WantedReport, *, new: bool) -> Response:
    try:
        await run_in_threadpool(doing.save_report, desk, wanted, new=new)
    except ConfigError as error:
        context = await run_in_threadpool(_editing, desk, wanted, new=new, error=error)
        return page(request, "report_edit.html", context, status=422)
    return RedirectResponse(f"/datasets/{wanted.name}", 303)


def _editing(desk: Desk, wanted: WantedReport, *, new: bool, error: ConfigError | None = None) -> Editing:
    made = builder(wanted)
    wrong = dict(made.problems) if error else {}
    other: list[str] = []
    for line in error.message.splitlines() if error else ():
        field, colon, told = line.partition(": ")
        if colon and field in (*WantedReport.__dataclass_fields__, "dates"):
            wrong[field] = told
        elif line not in wrong.values():
            other.append(line)
    if error and error.hint:
        other.append(error.hint)
    if (unplaced := wrong.pop("other", "")) and unplaced not in other:
        other.append(unplaced)
    return Editing(
        "New report" if new else f"Change {wanted.name}",
        "datasets",
        made,
        wanted,
        wrong,
        new,
        *_lists(wanted),
        [one.name for one in connections.logins(desk)],
        FORMS,
        zone_names(),
        " ".join(other),
    )


def _lists(wanted: WantedReport) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    return periods(wanted.period), WEEKDAYS, UNITS


def _is_new(form: FormData) -> bool:
    return form.get("is_new") == "yes"


def _said(form: FormData, *, name: str = "") -> WantedReport:
    """What the form says, as typed."""

    def said(field: str) -> str:
        value = form.get(field, "")
        return value.strip() if isinstance(value, str) else ""

    def many(field: str) -> tuple[str, ...]:
        values = [value.strip() for value in form.getlist(field) if isinstance(value, str)]
        return tuple(dict.fromkeys(value for value in values if value))

    def in_order(field: str) -> tuple[str, ...]:
        """As they stood before, and what was added behind them."""
        before = said(f"{field}_order").split(",")
        return tuple(sorted(many(field), key=lambda one: before.index(one) if one in before else len(before)))

    lines = zip(
        *(
            [str(value).strip() for value in form.getlist(f"filter_{part}")]
            for part in ("field", "operator", "value")
        ),
        strict=False,
    )
    return WantedReport(
        name=name or said("name"),
        description=said("description"),
        connection=said("connection"),
        advertisers=said("advertisers"),
        start_date=said("start_date"),
        include_deleted=bool(said("include_deleted")),
        lookback_days=said("lookback_days"),
        destination=said("destination"),
        schedule=said("schedule"),
        zone=said("zone"),
        retries=said("retries"),
        retry_minutes=said("retry_minutes"),
        report_type=said("report_type"),
        data_level=said("data_level"),
        dimensions=in_order("dimensions"),
        metrics=in_order("metrics"),
        force_metrics=said("force_metrics"),
        filters=tuple(FilterLine(*line) for line in lines if line[0]),
        order_by=said("order_by"),
        descending=said("order") != "asc",
        days=said("days") or "kept",
        day=said("day"),
        range_first=said("range_first"),
        range_last=said("range_last"),
        period=said("period"),
        period_begins=said("period_begins"),
        roll_up=said("roll_up"),
        roll_up_begins=said("roll_up_begins"),
        update_method=said("update_method"),
        term_type=many("term_type"),
        language=many("language"),
        changes=bool(said("changes")),
        force=bool(said("force")),
    )
