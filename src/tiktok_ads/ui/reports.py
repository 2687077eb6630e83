"""Report datasets as the app makes them: judged, looked at, and written into the settings file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tiktok_ads.builder import ReportDefinition, definition_notes, problems
from tiktok_ads.builder.problems import smallest
from tiktok_ads.client import remedy_of
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.config.settings import Settings
from tiktok_ads.config.write import write_table
from tiktok_ads.errors import (
    ApiError,
    ConfigError,
    InTheWay,
    TikTokAdsError,
    TransportError,
    UnknownName,
)
from tiktok_ads.reports import Preview, define_report, preview_report
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import job_values, try_out
from tiktok_ads.ui.datasets import report_name
from tiktok_ads.ui.report_form import WantedReport
from tiktok_ads.ui.report_section import report_values

SECONDS = 90
_ON_COMMAND_LINE = ("ask for it with --force-metric", "name it under More, as one that is not listed")
_FIELDS = (*ReportSettings.model_fields, "name")


@dataclass(frozen=True)
class Judged:
    """A form as a definition, as far as it can be read, and what is wrong with it by field.

    `change` is the smallest change that helps; `notes` are what should be known of a report that can be had.
    """

    definition: ReportDefinition | None
    problems: Mapping[str, str]
    change: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Glimpse:
    """First rows, or why there are none."""

    seen: Preview | None = None
    problems: tuple[str, ...] = ()
    remedy: str = ""
    request_id: str = ""


def judge(wanted: WantedReport) -> Judged:
    """What the form says and what speaks against it; asks nobody."""
    try:
        asked = define_report(wanted.name or "report", **report_values(wanted))
    except ConfigError as error:
        return Judged(None, dict(_by_field(error)))
    found: dict[str, str] = {}
    for one in problems(asked):
        part = _of_terms(one.text) if asked.is_term and one.part == "report_type" else one.part
        text = one.text.replace(*_ON_COMMAND_LINE)
        found[part] = " ".join(filter(None, (found.get(part), text)))
    if found:
        return Judged(asked, found, smallest(asked))
    return Judged(asked, {}, notes=definition_notes(asked))


def save_report(desk: Desk, wanted: WantedReport, *, new: bool) -> None:
    """Write the report and its job into the settings file, once all of it can be used.

    Raises:
        UnknownName: it is to be changed, and there is none of that name.
        InTheWay: it is to be made, and there is a dataset of that name already.
        ConfigError: with a line for each thing that is wrong, each begun by the name of its field.
    """
    with desk.changing:
        _save_report(desk, wanted, new=new)


def _save_report(desk: Desk, wanted: WantedReport, *, new: bool) -> None:
    settings = desk.settings()
    table = wanted.name if new else _table_of(desk, wanted.name)
    said = settings.reports.get(table, ReportSettings(dimensions=("advertiser_id",)))
    told: list[str] = []
    taken = False
    try:
        check_name(wanted.name)
        if taken := new and wanted.name in (*settings.jobs, *settings.reports):
            told.append(f"name: there is a dataset {wanted.name!r} already, choose another name.")
    except ConfigError as error:
        told.append(f"name: {error}")
    judged = judge(replace(wanted, name=table))
    told += [f"{part}: {text}" for part, text in judged.problems.items() if part != "name" or not told]
    if wanted.days == "kept" and not (wanted.is_term or wanted.start_date or settings.start_date):
        told.append("start_date: choose the first day, or days of another kind.")
    job: dict[str, object] = {}
    try:
        job = job_values(replace(wanted, tables=(table,)))
    except ConfigError as error:
        told.append(str(error))
    if told:
        raise (InTheWay if taken and len(told) == 1 else ConfigError)("\n".join(told), judged.change)
    values = report_values(wanted)
    # What the whole job says of changes is not this form's: it speaks of the one table.
    del job["store_changes"]
    every = (settings if new else desk.jobs()[wanted.name]).store_changes == "all"
    values["store_changes"] = None if wanted.changes == every else wanted.changes
    own = {"advertisers": bool(said.advertisers), "lookback_days": said.lookback_days is not None}
    for key, kept in own.items():
        # Where the file says it of the report and not of the job, it stays there.
        if kept:
            values[key] = job.pop(key)
    try_out(desk, wanted.name, [("reports", table, values), ("jobs", wanted.name, job)])
    write_table("reports", table, values, path=desk.config)
    write_table("jobs", wanted.name, job, path=desk.config)


async def glimpse(desk: Desk, wanted: WantedReport) -> Glimpse:
    """The first rows, in a couple of calls. Nothing is raised; what is wrong is told."""
    # Neither its name nor when it runs matters yet.
    judged = judge(replace(wanted, name="report"))
    if judged.definition is None or judged.problems:
        return Glimpse(problems=tuple(judged.problems.values()), remedy=judged.change)
    try:
        settings = await asyncio.to_thread(_settings_for, desk, wanted)
        async with asyncio.timeout(SECONDS):
            return Glimpse(await preview_report(judged.definition, settings=settings))
    except TimeoutError:
        return Glimpse(
            problems=(f"TikTok had not answered after {SECONDS} seconds.",),
            remedy="Try again, or ask for fewer days or fewer metrics.",
        )
    except ConfigError as error:
        return Glimpse(problems=tuple(error.message.splitlines()), remedy=error.hint)
    except TikTokAdsError as error:
        known = remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""
        told = error.message if isinstance(error, ApiError) else str(error)
        return Glimpse(problems=(told,), remedy=known, request_id=getattr(error, "request_id", ""))


def _settings_for(desk: Desk, wanted: WantedReport) -> Settings:
    said = job_values(replace(wanted, tables=(), schedule="manual", retries="0", retry_minutes="10"))
    known = ("connection", "advertisers", "start_date", "include_deleted")
    return desk.settings(**{key: said[key] for key in known})


def _table_of(desk: Desk, name: str) -> str:
    settings = desk.jobs().get(name)
    table = report_name(settings) if settings else None
    if table is None:
        raise UnknownName(f"There is no report {name[:60]!r}.", "Datasets shows those that there are.")
    return table


def _of_terms(text: str) -> str:
    """Beside which field a reason against agreements belongs."""
    return "language" if "language" in text else "term_type" if "term type" in text else "report_type"


def _by_field(error: ConfigError) -> Iterator[tuple[str, str]]:
    for line in error.message.splitlines():
        field, colon, told = line.partition(": ")
        place = field.split(".")[0]
        if colon and place in _FIELDS:
            yield place, told
        else:
            yield "dimensions" if "dimensions" in line else "other", line
