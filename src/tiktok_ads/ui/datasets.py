"""Datasets as the app shows and changes them: each is a job of the settings file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from tiktok_ads.config import Settings
from tiktok_ads.config.write import delete_table, write_table
from tiktok_ads.errors import InTheWay, UnknownName
from tiktok_ads.jobs.history import JobRun, Usual
from tiktok_ads.jobs.past import Standings, standings
from tiktok_ads.schedules import next_times, parse_schedule
from tiktok_ads.ui.context import Desk

_NEXT = 5


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


def datasets(desk: Desk) -> list[Dataset]:
    """Every job. Raises ConfigError if the settings file cannot be used."""
    jobs = desk.jobs()
    stand = standings(desk.history, list(jobs))
    return [_dataset(name, settings, stand) for name, settings in jobs.items()]


def dataset(desk: Desk, name: str) -> Dataset:
    """One job.

    Raises:
        UnknownName: there is none of that name.
    """
    jobs = desk.jobs()
    if name not in jobs:
        raise UnknownName(f"There is no dataset {name[:60]!r}.", "Datasets shows those that there are.")
    return _dataset(name, jobs[name], standings(desk.history, [name]))


def set_paused(desk: Desk, name: str, paused: bool) -> None:
    """Whether its schedule rests.

    Raises:
        UnknownName: there is none of that name.
    """
    with desk.changing:
        dataset(desk, name)
        write_table("jobs", name, {"paused": paused or None}, path=desk.config)


def delete(desk: Desk, name: str) -> None:
    """Take the dataset out of the settings file; what it loaded stays.

    Raises:
        UnknownName: there is none of that name.
        InTheWay: it runs.
    """
    if desk.scheduler.is_running(name):
        raise InTheWay(f"{name} is running.", "Stop its run first.")
    with desk.changing:
        report = report_name(dataset(desk, name).settings)
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


def _dataset(name: str, settings: Settings, stand: Standings) -> Dataset:
    job = settings.jobs[name]
    times = [] if job.paused else following(job.schedule, job.zone, stand.zones.get(name, ()))
    last = stand.last.get(name)
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
        stand.usual_of(name),
    )
