"""What a run tells those who watch: a span around it, and its figures when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tiktok_ads.config import Settings
from tiktok_ads.runreport import RunReport
from tiktok_ads.telemetry import add, put, span
from tiktok_ads.telemetry.opening import watch


@contextmanager
def watched_run(settings: Settings, *, backfill: bool) -> Iterator[Callable[[RunReport], None]]:
    """Watch the run within the block, if the settings ask for it; call what it gives with the report.

    Raises:
        ConfigError: what the settings ask for is not installed, or its port is taken.
    """
    if settings.telemetry:
        watch(settings.telemetry, metrics_port=settings.metrics_port)
    with span("run", job=settings.job, backfill=backfill) as one:

        def ended(report: RunReport) -> None:
            one.note(
                run_id=report.run_id,
                outcome=report.outcome,
                calls=report.made.total,
                rows=sum(line.rows_read for line in report.lines),
            )
            _tell(report, settings.job)

        yield ended


def _tell(report: RunReport, job: str) -> None:
    add("runs", job=job, outcome=report.outcome)
    put("run_time", (report.finished_at - report.started_at).total_seconds(), job=job)
    put("run_finished", report.finished_at.timestamp(), job=job, outcome=report.outcome)
    for line in report.lines:
        add("slices", line.slices, table=line.table, outcome=line.outcome)
        add("rows", line.rows_read, table=line.table)
        for how in ("inserted", "updated", "deleted"):
            add("rows_changed", getattr(line, how), table=line.table, how=how)
    for left_out in report.skipped:
        add("skipped", table=left_out.table)
    today = datetime.now(UTC).date()
    for table, day in report.freshness().items():
        if day is not None:
            put("lag", (today - day).days, job=job, table=table)
    put("quota_per_day", report.quota.per_day, tier=report.quota.tier)
    if report.quota.used_today is not None:
        put("quota_used_today", report.quota.used_today, tier=report.quota.tier)
