"""Asynchronous reports: created, polled, downloaded as files, cancelled, forgotten after 30 days."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, Refused, wrong
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.params import ORIGIN
from tiktok_ads.simulator.report_query import Query, parse
from tiktok_ads.simulator.reports import Reports
from tiktok_ads.simulator.task_files import CSV, XLSX, csv_file, xlsx_file
from tiktok_ads.simulator.world import World

LIVES, LINKED = timedelta(days=30), timedelta(hours=1)
HOUR_SECONDS, MOST_AN_HOUR = 3600, 500
FORMATS = ("CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD")


@dataclass
class Task:
    token: str
    query: Query
    made: datetime
    titles: bool
    output_format: str
    file_name: str
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
            file_name=name or task_id,
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
        """The file itself, not wrapped in an envelope; for the other formats an hour's link to it."""
        task = self._task(login, params)
        if task.status in ("QUEUING", "PROCESSING"):
            raise Refused(40201, "The task is not ready.")
        if task.status != "SUCCESS":
            raise Refused(40200, f"The task is in status {task.status}.")
        if task.output_format == "CSV_STRING":
            return Answer(file=csv_file(self.reports, task.query, titles=task.titles))
        end = task.output_format.removesuffix("_DOWNLOAD").lower()
        until = int((self.world.now() + LINKED).timestamp())
        link = f"{params.get(ORIGIN, '')}report_files/{read.text(params, 'task_id')}/{until}.{end}"
        return Answer(
            {"download_url": link, "file_name": task.file_name, "output_format": task.output_format}
        )

    def file(self, task_id: str, until: int) -> tuple[bytes, str] | None:
        """The content behind a link and its type; None where the link is over or was never given."""
        task = self.by_id.get(task_id)
        now = self.world.now()
        if task is None or now.timestamp() > until or until > (now + LINKED).timestamp():
            return None
        if task.output_format == "XLSX_DOWNLOAD":
            return xlsx_file(self.reports, task.query, titles=task.titles), XLSX
        return csv_file(self.reports, task.query, titles=task.titles), CSV

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
