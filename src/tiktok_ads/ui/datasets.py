"""Datasets as the app shows and changes them: a job of the settings file, and what it has loaded."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from tiktok_ads.catalog.lookup import catalog, pick_streams
from tiktok_ads.catalog.model import Stream
from tiktok_ads.config import Settings, load_settings
from tiktok_ads.config.write import Section, delete_table, write_table
from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.jobs.history import JobRun, Usual
from tiktok_ads.load import exists, open_destination
from tiktok_ads.plan import Bookmark
from tiktok_ads.schedules import next_times, parse_schedule
from tiktok_ads.ui.connections import check_name
from tiktok_ads.ui.context import Desk

_NEXT = 5


@dataclass(frozen=True)
class TableChoice:
    """A table that a replication may have, as its form offers it."""

    name: str
    doc: str
    group: str
    key: tuple[str, ...]
    personal: bool


@dataclass(frozen=True)
class Fresh:
    """How complete one table is: for all `owners` at least to `complete_to`, for the best to `newest`.

    `behind` are those that are not as far as the others, None standing for one that has nothing whole yet.
    """

    table: str
    owners: int
    first: date | None
    complete_to: date | None
    newest: date | None
    behind: tuple[tuple[str, date | None], ...]


@dataclass(frozen=True)
class Held:
    """What a dataset has loaded. `problem` says why it cannot be told now."""

    rows: Mapping[str, int]
    fresh: tuple[Fresh, ...]
    problem: str = ""


@dataclass(frozen=True)
class Dataset:
    """One job with its settings and how it stands."""

    name: str
    description: str
    settings: Settings
    schedule: str
    zone: str
    paused: bool
    running: bool
    following: tuple[datetime, ...]
    last: JobRun | None
    usual: Usual


@dataclass(frozen=True)
class Wanted:
    """What the form of a replication says, as typed."""

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


def choices() -> dict[str, list[TableChoice]]:
    """Every table by group, the nine that most need first."""
    core = {one.name for one in pick_streams(["core"])}
    found: dict[str, list[TableChoice]] = {"the nine that most need": []}
    for stream in catalog().streams.values():
        group = "the nine that most need" if stream.name in core else stream.group
        found.setdefault(group, []).append(_choice(stream))
    return found


def datasets(desk: Desk) -> list[Dataset]:
    """Every job. Raises ConfigError if the settings file cannot be used."""
    return [_dataset(desk, name, settings) for name, settings in desk.jobs().items()]


def dataset(desk: Desk, name: str) -> Dataset:
    """One job.

    Raises:
        ConfigError: there is none of that name.
    """
    jobs = desk.jobs()
    if name not in jobs:
        raise ConfigError(f"There is no dataset {name[:60]!r}.", "Datasets shows those that there are.")
    return _dataset(desk, name, jobs[name])


def held(settings: Settings) -> Held:
    """What the destination holds of the dataset; the file is open only meanwhile."""
    names = {stream.name for stream in settings.chosen_streams()} | settings.chosen_reports().keys()
    try:
        if not exists(settings.destination):
            return Held({}, ())
        with open_destination(settings.destination, schema=settings.schema_name, read_only=True) as opened:
            marks = opened.bookmarks()
            rows = {
                table: opened.count_rows(table, "*", None)
                for table in sorted({table for table, _ in marks} & names)
            }
    except TikTokAdsError as error:
        return Held({}, (), str(error))
    by_table: dict[str, list[Bookmark]] = {}
    for (table, _), mark in sorted(marks.items()):
        if table in names:
            by_table.setdefault(table, []).append(mark)
    return Held(rows, tuple(_fresh(table, own) for table, own in by_table.items()))


def _fresh(table: str, marks: Sequence[Bookmark]) -> Fresh:
    ends = {mark.advertiser_id: _end(mark) for mark in marks}
    known = [day for day in ends.values() if day]
    newest = max(known, default=None)
    # Zones differ by a day at most; whoever is further behind than that lacks something.
    behind = [(one, day) for one, day in ends.items() if day is None or (newest and (newest - day).days > 1)]
    firsts = [mark.days[0].first for mark in marks if mark.days]
    least = min(known) if len(known) == len(ends) else None
    return Fresh(table, len(ends), min(firsts, default=None), least, newest, tuple(behind))


def _end(mark: Bookmark) -> date | None:
    if mark.days:
        return mark.days[-1].last
    return mark.full_list_at.date() if mark.full_list_at else None


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
        settings.destination,
        job.schedule,
        job.zone,
        str(job.retries),
        str(job.retry_minutes),
    )


def save(desk: Desk, wanted: Wanted, *, new: bool) -> None:
    """Write the dataset into the settings file, once all of it can be used.

    Raises:
        ConfigError: with a line for each thing that is wrong, each begun by the name of its field.
    """
    check_name(wanted.name)
    if new and wanted.name in desk.settings().jobs:
        raise ConfigError(f"name: there is a dataset {wanted.name!r} already.", "Choose another name.")
    values = job_values(wanted)
    try_out(desk, wanted.name, [("jobs", wanted.name, values)])
    write_table("jobs", wanted.name, values, path=desk.config)


def set_paused(desk: Desk, name: str, paused: bool) -> None:
    dataset(desk, name)
    write_table("jobs", name, {"paused": paused or None}, path=desk.config)


def delete(desk: Desk, name: str) -> None:
    """Take the dataset out of the settings file; what it loaded stays.

    Raises:
        ConfigError: it runs, or there is none.
    """
    if desk.scheduler.is_running(name):
        raise ConfigError(f"{name} is running.", "Stop its run first.")
    settings = desk.jobs().get(name)
    report = report_name(settings) if settings else None
    delete_table("jobs", name, path=desk.config)
    if report and not any(report in other.tables for other in desk.jobs().values()):
        delete_table("reports", report, path=desk.config)


def report_name(settings: Settings) -> str | None:
    """The report that a job is about; None if it loads tables."""
    only = settings.tables[0] if len(settings.tables) == 1 else ""
    return only if only in settings.reports else None


def following(schedule: str, zone: str, zones: Sequence[str] = ()) -> list[datetime]:
    """The next five times of a schedule. Raises ConfigError if it cannot be read."""
    times = next_times(parse_schedule(schedule), datetime.now(UTC), zone=zone, account_zones=zones)
    return list(islice(times, _NEXT))


def first_day() -> str:
    """What the form of a new dataset begins with: ninety days back."""
    return (datetime.now(UTC).date() - timedelta(days=90)).isoformat()


def _dataset(desk: Desk, name: str, settings: Settings) -> Dataset:
    job = settings.jobs[name]
    times = [] if job.paused else following(job.schedule, job.zone, desk.history.zones(name))
    last = desk.history.last(name)
    return Dataset(
        name,
        job.description,
        settings,
        job.schedule,
        job.zone,
        job.paused,
        last is not None and last.outcome == "running",
        tuple(times),
        last,
        desk.history.usual(name),
    )


def _choice(stream: Stream) -> TableChoice:
    return TableChoice(stream.name, stream.doc, stream.group, stream.primary_key, stream.personal_data)


def job_values(wanted: Wanted) -> dict[str, object]:
    """The keys of the job's table, None for what is as usual and left out.

    Raises:
        ConfigError: values cannot be read; each line begins with the name of its field.
    """
    problems: list[str] = []

    def read(reader: Callable[..., object], *texts: str) -> object:
        try:
            return reader(*texts)
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
        "destination": wanted.destination,
        "schedule": read(_schedule, wanted.schedule),
        "zone": None if wanted.zone == usual.zone else wanted.zone,
        "retries": read(_number, "retries", wanted.retries) or None,
        "retry_minutes": read(_unusual, "retry_minutes", wanted.retry_minutes, usual.retry_minutes),
    }
    if problems:
        raise ConfigError("\n".join(problems))
    return values


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
        job: the job to look at.
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
            load_settings({"job": job}, config=place, needs_start_date=True)
        except ConfigError as error:
            known = tuple(f"{section}.{name}." for section, name, _ in tables)
            lines = [_without(line, known) for line in error.message.splitlines()]
            raise ConfigError("\n".join(lines), error.hint) from None


def _without(line: str, places: Sequence[str]) -> str:
    for place in places:
        line = line.removeprefix(place)
    return line
