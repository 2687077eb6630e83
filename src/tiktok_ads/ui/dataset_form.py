"""The form of a dataset: what it says, as keys of the settings file, and the other way round."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tiktok_ads.config import load_settings
from tiktok_ads.config.job import EVENTS
from tiktok_ads.config.values import has_password
from tiktok_ads.config.write import Section, write_table
from tiktok_ads.errors import ConfigError, InTheWay, UnknownName
from tiktok_ads.load import check_spelling
from tiktok_ads.schedules import parse_schedule
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.datasets import Dataset, report_name


@dataclass(frozen=True)
class Wanted:
    """What the form of a replication says, as typed. It is told to be stale where it says after how long."""

    name: str = ""
    description: str = ""
    connection: str = ""
    tables: tuple[str, ...] = ("core",)
    advertisers: str = "all"
    start_date: str = ""
    include_deleted: bool = True
    lookback_days: str = "28"
    store_changes: str = "entities"
    destination: str = "duckdb:///tiktok.duckdb"
    schedule: str = "daily at 06:00"
    zone: str = "UTC"
    retries: str = "3"
    retry_minutes: str = "10"
    notices: tuple[str, ...] = ()
    notice_events: tuple[str, ...] = EVENTS
    stale_after_hours: str = ""


def first_day() -> str:
    """What the form of a new dataset begins with: ninety days back."""
    return (datetime.now(UTC).date() - timedelta(days=90)).isoformat()


def wanted_of(one: Dataset) -> Wanted:
    """The form of a dataset that exists."""
    settings, job = one.settings, one.settings.jobs[one.name]
    return Wanted(
        one.name,
        one.description,
        settings.connection,
        settings.tables,
        ", ".join(settings.advertisers),
        settings.start_date.isoformat() if settings.start_date else "",
        settings.include_deleted,
        str(settings.lookback_days),
        settings.store_changes,
        # With a password it comes from the environment, and stays there.
        "" if has_password(settings.destination) else settings.destination,
        job.schedule,
        job.zone,
        str(job.retries),
        str(job.retry_minutes),
        job.notices,
        job.notice_events,
        str(job.stale_after_hours or "") if "stale" in job.notice_events else "",
    )


def save(desk: Desk, wanted: Wanted, *, new: bool) -> None:
    """Write the dataset into the settings file, once all of it can be used.

    Raises:
        UnknownName: it is to be changed, and there is none of that name that loads tables.
        InTheWay: it is to be made, and there is one of that name already.
        ConfigError: with a line for each thing that is wrong, each begun by the name of its field.
    """
    told: list[str] = []
    values: dict[str, object] = {}
    try:
        check_name(wanted.name)
    except ConfigError as error:
        told.append(f"name: {error}")
    try:
        values = job_values(wanted)
    except ConfigError as error:
        told.append(error.message)
    if told:
        raise ConfigError("\n".join(told))
    with desk.changing:
        known = desk.jobs().get(wanted.name)
        if new and known:
            raise InTheWay(f"name: there is a dataset {wanted.name!r} already.", "Choose another name.")
        if not new and (known is None or report_name(known)):
            raise UnknownName(f"There is no replication {wanted.name[:60]!r}.")
        try_out(desk, wanted.name, [("jobs", wanted.name, values)])
        write_table("jobs", wanted.name, values, path=desk.config)


def job_values(wanted: Wanted) -> dict[str, object]:
    """The keys of the job's table, None for what is as usual and left out.

    Raises:
        ConfigError: values cannot be read; each line begins with the name of its field.
    """
    problems: list[str] = []

    def read(reader: Callable[..., object], *said: object) -> object:
        try:
            return reader(*said)
        except ConfigError as error:
            problems.append(error.message)
            return None

    advertisers = [one.strip() for one in re.split(r"[,\n]", wanted.advertisers) if one.strip()] or ["all"]
    usual = Wanted()
    values: dict[str, object] = {
        "description": wanted.description or None,
        "connection": wanted.connection or None,
        "tables": list(wanted.tables),
        "advertisers": None if advertisers == ["all"] else advertisers,
        "start_date": _day(wanted.start_date),
        "include_deleted": None if wanted.include_deleted else False,
        "lookback_days": read(_unusual, "lookback_days", wanted.lookback_days, usual.lookback_days),
        "store_changes": None if wanted.store_changes == usual.store_changes else wanted.store_changes,
        "destination": wanted.destination or None,
        "schedule": read(_schedule, wanted.schedule),
        "zone": None if wanted.zone == usual.zone else wanted.zone,
        "retries": read(_number, "retries", wanted.retries) or None,
        "retry_minutes": read(_unusual, "retry_minutes", wanted.retry_minutes, usual.retry_minutes),
        "notices": list(wanted.notices) or None,
        "notice_events": read(_events, wanted),
        "stale_after_hours": read(_unusual, "stale_after_hours", wanted.stale_after_hours, ""),
    }
    if problems:
        raise ConfigError("\n".join(problems))
    return values


def _events(wanted: Wanted) -> list[str] | None:
    """Of what is told, None for all; being stale goes by whether there are hours for it."""
    chosen = [one for one in EVENTS if one in wanted.notice_events and one != "stale"]
    if not wanted.notices or len(chosen) == len(EVENTS) - 1:
        return None
    if not chosen and not wanted.stale_after_hours:
        raise ConfigError("notice_events: tick of what it is told.")
    return [*chosen, *(["stale"] if wanted.stale_after_hours else [])]


def _schedule(text: str) -> str:
    try:
        return str(parse_schedule(text))
    except ConfigError as error:
        raise ConfigError(f"schedule: {error.message}") from None


def _day(text: str) -> date | str | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        # The settings say what is wrong with it, in their words.
        return text


def _unusual(field: str, text: str, usual: str) -> int | None:
    return None if text.strip() == usual else _number(field, text)


def _number(field: str, text: str) -> int:
    if not text.strip().isdigit():
        raise ConfigError(f"{field}: {text[:20]!r} is no whole number.")
    return int(text)


def try_out(desk: Desk, job: str, tables: Sequence[tuple[Section, str, Mapping[str, object]]]) -> None:
    """Have the settings check what the job would be, in a file of its own that is thrown away.

    Args:
        desk: whose settings file it would stand in.
        job: the job to look at; none if it is "".
        tables: what would be written: sections, names and keys.

    Raises:
        ConfigError: with a line for each thing that is wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tiktok_ads.toml"
        if desk.config.exists():
            shutil.copyfile(desk.config, place)
        for section, name, values in tables:
            write_table(section, name, values, path=place)
        try:
            settings = load_settings({"job": job}, config=place, needs_start_date=bool(job))
        except ConfigError as error:
            known = tuple(f"{section}.{name}." for section, name, _ in tables)
            lines = [_without(line, known) for line in error.message.splitlines()]
            raise ConfigError("\n".join(lines), error.hint) from None
        try:
            check_spelling(settings.destination, settings.schema_name)
        except ConfigError as error:
            raise ConfigError(f"destination: {error.message}", error.hint) from None


def _without(line: str, places: Sequence[str]) -> str:
    for place in places:
        line = line.removeprefix(place)
    return line
