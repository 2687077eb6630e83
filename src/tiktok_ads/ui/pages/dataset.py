"""The page of one dataset, tab by tab, and what can be done with it; none of it opens the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from tiktok_ads.config.sections import section_text
from tiktok_ads.errors import ConfigError
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.ui import connections, dataset_moves
from tiktok_ads.ui import datasets as doing
from tiktok_ads.ui.chart_form import TOPS, ChartForm, chart_form
from tiktok_ads.ui.context import Desk, desk_of
from tiktok_ads.ui.data.chart import PERS, SPANS, Per
from tiktok_ads.ui.data.tables import DataTable, data_table, data_tables
from tiktok_ads.ui.datasets import Dataset
from tiktok_ads.ui.render import Shown, page
from tiktok_ads.ui.told import by_field

router = APIRouter(prefix="/datasets/{name}", include_in_schema=False)
OnDesk = Annotated[Desk, Depends(desk_of)]
Text = Annotated[str, Form()]
TABS = {
    "": "Overview",
    "rows": "Rows",
    "schema": "Schema",
    "statistics": "Statistics",
    "settings": "Settings",
    "history": "History",
}
_RUNS = 50


@dataclass(frozen=True)
class Frame(Shown):
    """What every part of the page stands in: the dataset and what can be done with it."""

    dataset: Dataset
    tab: str
    others: Sequence[tuple[str, str]] = ()
    copy_name: str = ""
    is_report: bool = False
    problems: dict[str, str] = field(default_factory=dict)
    other: str = ""
    tabs: dict[str, str] = field(default_factory=lambda: TABS)


@dataclass(frozen=True)
class Overview(Frame):
    form: ChartForm = field(kw_only=True)
    runs: Sequence[JobRun] = ()
    pers: Sequence[str] = PERS
    spans: dict[int, str] = field(default_factory=lambda: SPANS)
    tops: Sequence[int] = TOPS


@dataclass(frozen=True)
class OfTable(Frame):
    """A part of the page about one table; `asked` is what the address said beside it.

    `advertiser` is whose rows are shown, also when another table is chosen.
    """

    tables: Sequence[str] = ()
    table: DataTable = field(kw_only=True)
    asked: str = ""
    advertiser: str = ""


@dataclass(frozen=True)
class Settings(Frame):
    """`texts` are the sections of the settings file that make the dataset."""

    texts: Sequence[str] = ()


@dataclass(frozen=True)
class History(Frame):
    runs: Sequence[JobRun] = ()


@router.get("")
def overview(
    request: Request,
    desk: OnDesk,
    name: str,
    table: str = "",
    metric: str = "",
    by: str = "",
    per: Per = "day",
    days: int = 90,
    top: int = 5,
) -> Response:
    frame = _frame(desk, name, "")
    form = chart_form(frame.dataset, table, metric, by, per, days, top)
    return page(request, "dataset.html", _overview(desk, frame, form))


@router.get("/charts")
def charts(
    request: Request,
    desk: OnDesk,
    name: str,
    table: str = "",
    metric: str = "",
    by: str = "",
    per: Per = "day",
    days: int = 90,
    top: int = 5,
) -> Response:
    """The charts with their form, when something else was chosen in it."""
    frame = _frame(desk, name, "")
    form = chart_form(frame.dataset, table, metric, by, per, days, top)
    answer = page(request, "dataset_charts.html", _overview(desk, frame, form))
    answer.headers["HX-Replace-Url"] = f"/datasets/{name}?{form.query()}"
    return answer


@router.get("/rows")
def show_rows(request: Request, desk: OnDesk, name: str, table: str = "") -> Response:
    return page(request, "dataset_rows.html", _of_table(request, desk, name, "rows", table))


@router.get("/schema")
def schema(request: Request, desk: OnDesk, name: str, table: str = "") -> Response:
    return page(request, "dataset_schema.html", _of_table(request, desk, name, "schema", table))


@router.get("/statistics")
def show_statistics(request: Request, desk: OnDesk, name: str, table: str = "") -> Response:
    return page(request, "dataset_statistics.html", _of_table(request, desk, name, "statistics", table))


@router.get("/settings")
def settings(request: Request, desk: OnDesk, name: str) -> Response:
    return _settings(request, desk, _frame(desk, name, "settings"))


@router.get("/history")
def history(request: Request, desk: OnDesk, name: str) -> Response:
    frame = _frame(desk, name, "history")
    context = History(**vars(frame), runs=desk.history.runs(name, limit=_RUNS))
    return page(request, "dataset_history.html", context)


@router.post("/pause")
def pause(desk: OnDesk, name: str, paused: Text = "yes") -> Response:
    doing.set_paused(desk, name, paused == "yes")
    return RedirectResponse(f"/datasets/{name}", 303)


@router.post("/duplicate")
def duplicate(request: Request, desk: OnDesk, name: str, new_name: Text = "") -> Response:
    """Make a dataset like this one, and go on to change it."""
    wanted = new_name.strip()
    return _done(
        request, desk, name, lambda: dataset_moves.duplicate(desk, name, wanted), f"/datasets/{wanted}/edit"
    )


@router.post("/transfer")
def transfer(request: Request, desk: OnDesk, name: str, to: Text = "") -> Response:
    """Let it be loaded with another connection."""
    return _done(
        request, desk, name, lambda: dataset_moves.transfer(desk, name, to), f"/datasets/{name}/settings"
    )


@router.post("/delete")
def delete(request: Request, desk: OnDesk, name: str) -> Response:
    return _done(request, desk, name, lambda: doing.delete(desk, name), "/datasets")


def _done(request: Request, desk: Desk, name: str, do: Callable[[], None], then: str) -> Response:
    """Where it leads once it is done; else the settings of the dataset with what is wrong."""
    try:
        do()
    except ConfigError as error:
        problems, other = by_field(error, ("new_name", "to"))
        frame = _frame(desk, name, "settings", problems=problems, other=other)
        return _settings(request, desk, frame, status=422)
    return RedirectResponse(then, 303)


def _settings(request: Request, desk: Desk, frame: Frame, *, status: int = 200) -> Response:
    """The sections of the file that make the dataset, without what its destination must not tell."""
    of = frame.dataset.settings
    report = doing.report_name(of)
    texts = [section_text("jobs", frame.dataset.name, path=desk.config)]
    if report:
        texts.append(section_text("reports", report, path=desk.config))
    shown = str(of.redacted()["destination"])
    context = Settings(**vars(frame), texts=[text.replace(of.destination, shown) for text in texts])
    return page(request, "dataset_settings.html", context, status=status)


def _frame(
    desk: Desk, name: str, tab: str, *, problems: dict[str, str] | None = None, other: str = ""
) -> Frame:
    one = doing.dataset(desk, name)
    logins = [login.name for login in connections.logins(desk)] if tab == "settings" else []
    return Frame(
        name,
        "datasets",
        one,
        tab,
        [(login, login) for login in logins if login != one.settings.connection],
        dataset_moves.free_name(desk, name) if tab == "settings" else "",
        doing.report_name(one.settings) is not None,
        problems or {},
        other,
    )


def _overview(desk: Desk, frame: Frame, form: ChartForm) -> Overview:
    return Overview(**vars(frame), form=form, runs=desk.history.runs(frame.dataset.name, limit=5))


def _of_table(request: Request, desk: Desk, name: str, tab: str, table: str) -> OfTable:
    frame = _frame(desk, name, tab)
    chosen = data_table(frame.dataset.settings, table)
    asked = urlencode([(key, value) for key, value in request.query_params.items() if key != "table"])
    return OfTable(
        **vars(frame),
        tables=list(data_tables(frame.dataset.settings)),
        table=chosen,
        asked=f"&{asked}" if asked else "",
        advertiser=request.query_params.get("advertiser", ""),
    )
