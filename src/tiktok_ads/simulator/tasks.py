"""Asynchronous reports: created, polled, downloaded as CSV, cancelled, forgotten after 30 days."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, Refused, wrong
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.report_query import Query, parse
from tiktok_ads.simulator.report_rows import Row
from tiktok_ads.simulator.reports import Reports
from tiktok_ads.simulator.world import World

LIVES = timedelta(days=30)
HOUR_SECONDS, MOST_AN_HOUR = 3600, 500
FORMATS = ("CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD")
# Titles are words in the user's language; only some are known, and they change over time.
TITLES = {
    "ad_id": "Ad ID",
    "adgroup_id": "Ad Group ID",
    "campaign_id": "Campaign ID",
    "advertiser_id": "Account ID",
    "stat_time_day": "By Day",
    "country_code": "Country/Region",
    "spend": "Cost",
}
COUNTRIES = {
    "US": "United States",
    "CA": "Canada",
    "MX": "Mexico",
    "DE": "Germany",
    "AT": "Austria",
    "CH": "Switzerland",
    "JP": "Japan",
    "NP": "Nepal",
    "IN": "India",
    "EG": "Egypt",
    "SA": "Saudi Arabia",
    "KI": "Kiribati",
    "NZ": "New Zealand",
    "AU": "Australia",
}


@dataclass
class Task:
    token: str
    query: Query
    made: datetime
    titles: bool
    output_format: str
    status: str = "QUEUING"
    polls: int = 0


@dataclass(eq=False)
class Tasks:
    world: World
    reports: Reports
    by_id: dict[str, Task] = field(default_factory=dict)
    made: int = 0
    recent: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def create(self, login: Login, body: Mapping[str, object]) -> Answer:
        query = parse(
            self.world,
            login,
            body,
            asynchronous=True,
            refuse_future=self.reports.options.refuse_future,
        )
        output = read.text(body, "output_format", required=False, default="CSV_STRING")
        read.one_of(output, "output_format", FORMATS)
        if output != "CSV_STRING":
            raise wrong(f"output_format: The simulator makes CSV_STRING only, not {output}.")
        name = read.text(body, "file_name", required=False)
        if len(name) > 255 or re.search(r"[/\t\x08@#$%^&*()\[\]]", name):
            raise wrong("file_name: Not a valid file name.")
        self._take(login, query)
        self.made += 1
        task_id = str(7_500_000_000_000_000_000 + self.made)
        self.by_id[task_id] = Task(
            token=login.token,
            query=query,
            made=self.world.now(),
            titles=read.flag(body, "enable_report_title_translation", default=True),
            output_format=output,
        )
        return Answer({"task_id": task_id})

    def _take(self, login: Login, query: Query) -> None:
        """Count a task; of one advertiser and token user only so many are made in an hour."""
        now = self.reports.options.quota_time()
        for advertiser_id in query.advertiser_ids:
            recent = self.recent.setdefault((login.token, advertiser_id), deque())
            while recent and recent[0] <= now - HOUR_SECONDS:
                recent.popleft()
            if self.reports.options.tier is not None and len(recent) >= MOST_AN_HOUR:
                raise Refused(40133, "Too many report tasks of this advertiser in the last hour.")
            recent.append(now)

    def check(self, login: Login, params: Mapping[str, object]) -> Answer:
        task = self._task(login, params)
        if task.status in ("QUEUING", "PROCESSING"):
            task.polls += 1
            waits = self.reports.options.task_polls
            task.status = "SUCCESS" if task.polls > waits else "PROCESSING" if task.polls > 1 else "QUEUING"
        return Answer({"status": task.status, "message": ""})

    def cancel(self, login: Login, body: Mapping[str, object]) -> Answer:
        task = self._task(login, body)
        if task.status not in ("QUEUING", "PROCESSING"):
            raise wrong(f"The task cannot be cancelled in status {task.status}.")
        task.status = "CANCELED"
        return Answer({"status": task.status})

    def download(self, login: Login, params: Mapping[str, object]) -> Answer:
        """The file itself, not wrapped in an envelope."""
        task = self._task(login, params)
        if task.status in ("QUEUING", "PROCESSING"):
            raise Refused(40201, "The task is not ready.")
        if task.status != "SUCCESS":
            raise Refused(40200, f"The task is in status {task.status}.")
        return Answer(file=self._csv(task))

    def _task(self, login: Login, params: Mapping[str, object]) -> Task:
        advertiser = login.open(self.world, read.one_id(params, "advertiser_id"))
        task = self.by_id.get(read.text(params, "task_id"))
        if (
            task is None
            or task.token != login.token
            or advertiser.id not in task.query.advertiser_ids
            or self.world.now() - task.made > LIVES
        ):
            raise wrong("task_id: The task does not exist.")
        return task

    def _csv(self, task: Task) -> bytes:
        query = task.query
        names = [*query.dimensions, *query.metrics]
        if query.several:
            names.extend(n for n in ("currency", "timezone", "advertiser_id") if n not in names)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([_title(name) if task.titles else name for name in names])
        # No cut at 20,000 ads here: this equals what Ads Manager exports.
        rows = self.reports.find(query, cut=False).rows
        for row in _decoded(self.reports, query, rows):
            values = {**row["dimensions"], **row["metrics"]}
            if "country_code" in query.dimensions:
                values["country_code"] = _country_name(values["country_code"])
            writer.writerow([values[name] for name in names])
        return out.getvalue().encode()


def _decoded(reports: Reports, query: Query, rows: list[Row]) -> list[dict[str, dict[str, str]]]:
    return msgspec.json.decode(reports.spelling.rows(query, rows), type=list[dict[str, dict[str, str]]])


def _title(name: str) -> str:
    if name in TITLES:
        return TITLES[name]
    return (
        name.replace("_", " ").title()
        if name not in catalog().metrics
        else name.replace("_", " ").capitalize()
    )


def _country_name(code: str) -> str:
    """A known flaw: tasks give the name of the country under `country_code`."""
    return COUNTRIES.get(code, code)
