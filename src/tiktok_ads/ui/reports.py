"""Report datasets as the app makes them: what the form says, as a definition, and in the settings file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tiktok_ads.builder import ReportDefinition, definition_from, definition_notes, definition_to, problems
from tiktok_ads.builder.problems import smallest
from tiktok_ads.client import remedy_of
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.config.settings import Settings
from tiktok_ads.config.write import write_table
from tiktok_ads.errors import ApiError, ConfigError, TikTokAdsError, TransportError
from tiktok_ads.plan.date_text import format_dates, menu, parse_dates
from tiktok_ads.plan.dates import DateChoice, Days, Lifetime, Period, day_text, resolve
from tiktok_ads.plan.periods import Weekday
from tiktok_ads.plan.rollup import RollUp, parse_roll_up
from tiktok_ads.reports import Preview, define_report, preview_report
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.datasets import Dataset, Wanted, job_values, report_name, try_out, wanted_of

SECONDS = 90
_ON_COMMAND_LINE = ("ask for it with --force-metric", "name it under More, as one that is not listed")
_FIELDS = (*ReportSettings.model_fields, "name")


@dataclass(frozen=True)
class FilterLine:
    """One filter as typed; it has no effect without a field."""

    field: str = ""
    operator: str = ""
    value: str = ""


@dataclass(frozen=True)
class WantedReport(Wanted):
    """What the form of a report says, as typed, beside what the form of every dataset does.

    `days` is kept, day, range, period or lifetime; what the other kinds of it had is kept. `changes` is
    whether each change of a row is stored.
    """

    tables: tuple[str, ...] = ()
    report_type: str = ""
    data_level: str = ""
    dimensions: tuple[str, ...] = ("campaign_id", "stat_time_day")
    metrics: tuple[str, ...] = ("spend", "impressions", "clicks", "conversion")
    force_metrics: str = ""
    filters: tuple[FilterLine, ...] = ()
    order_by: str = ""
    descending: bool = True
    days: str = "kept"
    day: str = "yesterday"
    range_first: str = "today-7"
    range_last: str = "yesterday"
    period: str = "last 7 days"
    period_begins: str = "monday"
    roll_up: str = ""
    roll_up_begins: str = "monday"
    update_method: str = ""
    term_type: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    changes: bool = False
    force: bool = False

    @property
    def is_term(self) -> bool:
        return self.report_type.upper() in ("TERM", "TERMS")


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


def report_values(wanted: WantedReport) -> dict[str, object]:
    """The keys of `[reports.NAME]`, None for those that are left out.

    Raises:
        ConfigError: the days or the roll-up cannot be read.
    """
    values: dict[str, object] = dict.fromkeys(ReportSettings.model_fields)
    del values["advertisers"], values["lookback_days"], values["store_changes"]
    values |= {"description": wanted.description or None, "report_type": wanted.report_type or None}
    if wanted.is_term:
        return values | {
            "term_type": list(wanted.term_type) or None,
            "language": list(wanted.language) or None,
        }
    lines = [f"{one.field} {one.operator.lower()} {one.value}" for one in wanted.filters if one.field]
    order = f"{wanted.order_by} {'desc' if wanted.descending else 'asc'}"
    return values | {
        "data_level": wanted.data_level or None,
        "dimensions": list(wanted.dimensions),
        "metrics": list(wanted.metrics) or None,
        "force_metrics": [name for name in re.split(r"[,\s]+", wanted.force_metrics) if name] or None,
        "filters": lines or None,
        "order_by": order if wanted.order_by else None,
        "dates": _dates(wanted),
        "roll_up": _roll_up(wanted),
        "update_method": wanted.update_method or None,
        "force": wanted.force or None,
    }


def wanted_report_of(one: Dataset) -> WantedReport:
    """The form of a report dataset that exists.

    Raises:
        ConfigError: it is none, or what the file says of it cannot be read.
    """
    name = report_name(one.settings)
    if name is None:
        raise ConfigError(f"{one.name} is not a report.", "It is a replication of tables.")
    said = one.settings.reports[name]
    common: dict[str, Any] = {field: getattr(wanted_of(one), field) for field in Wanted.__dataclass_fields__}
    common["description"] = said.description or one.description
    if said.advertisers:
        common["advertisers"] = ", ".join(said.advertisers)
    if said.lookback_days is not None:
        common["lookback_days"] = str(said.lookback_days)
    stored = said.store_changes
    common["changes"] = one.settings.store_changes == "all" if stored is None else stored
    del common["name"]
    return replace(wanted_from(name, said, **common), name=one.name)


def wanted_from(name: str, said: ReportSettings, **common: Any) -> WantedReport:
    """The form of a report as a section of the file says it.

    Args:
        name: of the report.
        said: the section.
        common: further fields of the form.

    Raises:
        ConfigError: what the section says cannot be read.
    """
    made = definition_from(name, said)
    changes = {"changes": bool(said.store_changes)}
    return WantedReport(
        **{"name": name, **changes, **_days_said(made.dates), **_definition_said(made), **common}
    )


def section_of(wanted: WantedReport) -> ReportSettings:
    """The section of the file that the form stands for.

    Raises:
        ConfigError: the form cannot be read.
    """
    values = {key: value for key, value in report_values(wanted).items() if value is not None}
    values.pop("description", None)
    return ReportSettings.model_validate(values | ({"store_changes": True} if wanted.changes else {}))


def save_report(desk: Desk, wanted: WantedReport, *, new: bool) -> None:
    """Write the report and its job into the settings file, once all of it can be used.

    Raises:
        ConfigError: with a line for each thing that is wrong, each begun by the name of its field.
    """
    settings = desk.settings()
    table = wanted.name if new else _table_of(desk, wanted.name)
    said = settings.reports.get(table, ReportSettings(dimensions=("advertiser_id",)))
    told: list[str] = []
    try:
        check_name(wanted.name)
        if new and wanted.name in (*settings.jobs, *settings.reports):
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
        raise ConfigError("\n".join(told), judged.change)
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


def days_in_words(wanted: WantedReport) -> str:
    """What the days of the form mean today; "" where there are none, or they cannot be read."""
    try:
        text = _dates(wanted)
        if text is None or text == "lifetime":
            return ""
        days = resolve(parse_dates(text), datetime.now(UTC).date())
    except ConfigError:
        return ""
    if isinstance(days, Lifetime):
        return ""
    return f"Where it is {datetime.now(UTC).date()} now, that is {days.first} to {days.last}."


def periods(chosen: str = "") -> tuple[str, ...]:
    """The named periods that the form offers, and one that stands in the file beside them."""
    listed = tuple(name for name in menu() if name not in ("today", "yesterday", "lifetime"))
    return listed if not chosen or chosen in listed else (chosen, *listed)


def _settings_for(desk: Desk, wanted: WantedReport) -> Settings:
    said = job_values(replace(wanted, tables=(), schedule="manual", retries="0", retry_minutes="10"))
    known = ("connection", "advertisers", "start_date", "include_deleted")
    return desk.settings(**{key: said[key] for key in known})


def _table_of(desk: Desk, name: str) -> str:
    settings = desk.jobs().get(name)
    table = report_name(settings) if settings else None
    if table is None:
        raise ConfigError(f"There is no report {name[:60]!r}.", "Datasets shows those that there are.")
    return table


def _dates(wanted: WantedReport) -> str | None:
    texts = {
        "kept": None,
        "day": wanted.day or " ",
        "range": f"{wanted.range_first}..{wanted.range_last}",
        "period": wanted.period,
        "lifetime": "lifetime",
    }
    text = texts.get(wanted.days, wanted.days)
    if text is None:
        return None
    try:
        return format_dates(parse_dates(text, week_start=_weekday(wanted.period_begins, text)))
    except ConfigError as error:
        # The hint lists every form; the form's own labels have said that.
        guess = error.hint.partition(" Choices:")[0] if error.hint.startswith("Did you mean") else ""
        raise ConfigError(f"dates: {error.message} {guess}".rstrip()) from None


def _weekday(said: str, text: str) -> Weekday | None:
    return said if text.endswith(" week") else None  # type: ignore[return-value]


def _roll_up(wanted: WantedReport) -> str | None:
    if not wanted.roll_up:
        return None
    begun = f"week from {wanted.roll_up_begins}" if wanted.roll_up == "week" else wanted.roll_up
    try:
        return str(parse_roll_up(begun))
    except ConfigError as error:
        raise ConfigError(f"roll_up: {error}") from None


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


def _days_said(dates: DateChoice | None) -> dict[str, str]:
    if dates is None:
        return {"days": "kept"}
    if isinstance(dates, Lifetime):
        return {"days": "lifetime"}
    if isinstance(dates, Period):
        return {"days": "period", "period": dates.name, "period_begins": dates.week_start}
    assert isinstance(dates, Days)  # noqa: S101
    if dates.first == dates.last:
        return {"days": "day", "day": day_text(dates.first)}
    return {"days": "range", "range_first": day_text(dates.first), "range_last": day_text(dates.last)}


def _definition_said(made: ReportDefinition) -> dict[str, Any]:
    said = definition_to(made)
    rolled = made.roll_up or RollUp("week")
    return {
        "report_type": made.report_type,
        "data_level": made.data_level or "",
        "dimensions": made.dimensions,
        "metrics": made.metrics,
        "force_metrics": ", ".join(made.force_metrics),
        "filters": tuple(
            FilterLine(one.field, one.type, one.value if isinstance(one.value, str) else ", ".join(one.value))
            for one in made.filters
        ),
        "order_by": made.order_by,
        "descending": made.descending,
        "roll_up": made.roll_up.unit if made.roll_up else "",
        "roll_up_begins": rolled.week_start,
        "update_method": made.update_method or "",
        "term_type": said.term_type,
        "language": said.language,
        "force": made.force,
    }
