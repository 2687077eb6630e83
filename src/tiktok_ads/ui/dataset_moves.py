"""Copies a dataset under another name, and hands it over to another connection."""

from __future__ import annotations

from collections.abc import Mapping

from tiktok_ads.config.sections import section_values
from tiktok_ads.config.write import Section, write_table
from tiktok_ads.errors import ConfigError, InTheWay
from tiktok_ads.ui.connections import check_name, hand_over
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import try_out
from tiktok_ads.ui.datasets import dataset, report_name


def duplicate(desk: Desk, name: str, new_name: str) -> None:
    """Make a dataset like this one. It is paused, so that it can be changed before its first run.

    A report becomes a report of its own, with a table of its own; a replication of tables goes on loading
    the same tables.

    Raises:
        UnknownName: there is no dataset `name`.
        InTheWay: there is a dataset or report `new_name` already.
        ConfigError: it cannot be a name.
    """
    try:
        check_name(new_name)
    except ConfigError as error:
        raise ConfigError(f"new_name: {error.message}", error.hint) from None
    with desk.changing:
        report = report_name(dataset(desk, name).settings)
        settings = desk.settings()
        if new_name in (*settings.jobs, *settings.reports):
            raise InTheWay(f"new_name: there is a dataset {new_name!r} already.", "Choose another name.")
        job = section_values("jobs", name, path=desk.config) | {"paused": True}
        made: list[tuple[Section, str, Mapping[str, object]]] = []
        if report:
            job["tables"] = [new_name]
            made.append(("reports", new_name, section_values("reports", report, path=desk.config)))
        made.append(("jobs", new_name, job))
        try_out(desk, new_name, made)
        for section, table, values in made:
            write_table(section, table, values, path=desk.config)


def free_name(desk: Desk, name: str) -> str:
    """What a copy of a dataset could be called."""
    settings = desk.settings()
    taken = {*settings.jobs, *settings.reports}
    stem = name[:32]
    return next(made for at in range(2, 10_000) if (made := f"{stem}_{at}") not in taken)


def transfer(desk: Desk, name: str, to: str) -> None:
    """Let a dataset be loaded with another connection from its next run on.

    Raises:
        UnknownName: there is no such dataset.
        InTheWay: it runs.
        ConfigError: there is no such connection.
    """
    if desk.scheduler.is_running(name):
        raise InTheWay(f"{name} is running.", "Stop its run first, or wait until it is over.")
    with desk.changing:
        dataset(desk, name)
        hand_over(desk, [name], to)
