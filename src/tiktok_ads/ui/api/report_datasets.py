"""Report datasets by the JSON API: listed, made, read, written anew and deleted, in the settings file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.ui import datasets
from tiktok_ads.ui import reports as doing
from tiktok_ads.ui.api.call import DatasetName, Done, OnDesk, same_name
from tiktok_ads.ui.api.job import AskedJob, Text, job_said, job_shown
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.paging import Limit, Offset, Part, part
from tiktok_ads.ui.report_section import section_of, wanted_from, wanted_report_of

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])
Asker = Annotated[str, Query(max_length=100, description="Only those that use it.")]


class ReportDataset(AskedJob):
    """A report dataset: the report as `[reports.NAME]` says it, where its rows go, and when it runs."""

    connection: Text = "default"
    report: ReportSettings


class ChangedReport(ReportDataset):
    """A report dataset to write anew; its name, if said, is the one of the address."""

    name: str | None = None


class NamedReport(ReportDataset):
    """A report dataset with its name."""

    name: str


@router.get("", name="list")
def listed(desk: OnDesk, connection: Asker = "", limit: Limit = 100, offset: Offset = 0) -> Part[NamedReport]:
    """All report datasets as the settings file has them."""
    found = [
        name
        for name, settings in desk.jobs().items()
        if datasets.report_name(settings) and (not connection or settings.connection == connection)
    ]
    return part(found, lambda name: _shown(desk, name), limit=limit, offset=offset)


@router.post("", status_code=201)
def create(desk: OnDesk, wanted: NamedReport) -> NamedReport:
    """Make a report dataset: its sections `[reports.NAME]` and `[jobs.NAME]`."""
    return _saved(desk, wanted.name, wanted, new=True)


@router.get("/{name}", name="get")
def show(desk: OnDesk, name: DatasetName) -> NamedReport:
    """A report dataset as the settings file has it."""
    return _shown(desk, name)


@router.put("/{name}")
def change(desk: OnDesk, name: DatasetName, wanted: ChangedReport) -> NamedReport:
    """Write the dataset anew; what is left out is as usual, not as it was."""
    _shown(desk, name)
    same_name(wanted.name, name)
    return _saved(desk, name, wanted, new=False)


@router.delete("/{name}")
def delete(desk: OnDesk, name: DatasetName) -> Done:
    """Take the dataset and its report out of the settings file; the table that it loaded stays."""
    _shown(desk, name)
    datasets.delete(desk, name)
    return Done(said=f"{name} is deleted. What it loaded is still there.")


def _shown(desk: Desk, name: str) -> NamedReport:
    one = datasets.dataset(desk, name)
    wanted = wanted_report_of(one)
    return NamedReport(name=name, report=section_of(wanted), **job_shown(one, wanted))


def _saved(desk: Desk, name: str, asked: ReportDataset, *, new: bool) -> NamedReport:
    for twice in ("description", "advertisers", "lookback_days"):
        if getattr(asked.report, twice):
            raise ConfigError(f"report.{twice}: say it of the dataset, beside its report.")
    doing.save_report(desk, wanted_from(name, asked.report, **job_said(asked)), new=new)
    return _shown(desk, name)
