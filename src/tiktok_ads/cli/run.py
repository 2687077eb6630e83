"""The commands that read: plan, sync, backfill."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tiktok_ads.cli.boundary import print_json
from tiktok_ads.cli.options import EVERYTHING, AsJson, with_settings

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings
    from tiktok_ads.runreport import Progress, RunReport


@with_settings(*EVERYTHING, needs_start_date=True, takes_job=True)
def plan(settings: Settings, *, json: AsJson = False) -> int:
    """Show what a sync would ask: slices, calls, share of the quota, minutes. Writes nothing.

    \b
    Example:
      tiktok-ads plan --start-date 2026-01-01 --table "ad_insights*"
    """
    from tiktok_ads.sync import run_plan

    report = asyncio.run(run_plan(settings))
    if json:
        print_json(report.to_json())
    else:
        from tiktok_ads.cli.show import show_plan

        show_plan(report)
    return report.exit_code


@with_settings(*EVERYTHING, needs_start_date=True, takes_job=True)
def sync(settings: Settings, *, json: AsJson = False) -> int:
    """Make the destination equal to what TikTok has. Run it again to go on or to catch up.

    With a JOB its settings count, and the run is noted in the job's history. While `serve` is up, the app
    runs it, and this command follows.

    Exit codes: 0 complete, 1 failed, 2 wrong usage or settings, 3 partial (what is missing is named).

    \b
    Example:
      tiktok-ads sync --start-date 2026-01-01 --destination duckdb:///ads.duckdb
      tiktok-ads sync every-morning
    """
    return _sync(settings, json=json)


@with_settings(*EVERYTHING, needs_start_date=True)
def backfill(settings: Settings, *, json: AsJson = False) -> int:
    """Load the days from --start-date to --end-date again on purpose, bookmarks set aside.

    Use it after adding a metric, or when a past month must be read anew.

    \b
    Example:
      tiktok-ads backfill --table ad_insights --start-date 2026-01-01 --end-date 2026-03-31
    """
    return _sync(settings, json=json, backfill=True)


def _sync(settings: Settings, *, json: bool, backfill: bool = False) -> int:
    if settings.job and not backfill:
        from tiktok_ads.cli.handover import handed_over

        code = handed_over(settings, json=json)
        if code is not None:
            return code
    from tiktok_ads.cli.progress import live_progress
    from tiktok_ads.sync import run_sync

    with live_progress() as progress:
        if settings.job and not backfill:
            report = asyncio.run(_noted(settings, progress))
        else:
            report = asyncio.run(run_sync(settings, progress=progress, backfill=backfill))
    if json:
        print_json(report.to_json())
    else:
        from tiktok_ads.cli.show import show_run

        show_run(report)
    return report.exit_code


async def _noted(settings: Settings, progress: Progress) -> RunReport:
    """The run of a job, with its retries, as its history notes it."""
    from contextlib import closing

    from tiktok_ads.jobs.history import History
    from tiktok_ads.jobs.runner import open_runner

    with closing(History(settings.state_dir)) as history:
        runner = open_runner(settings.state_dir, history=history)
        ended = await runner.run(settings.job, settings, trigger="manual", progress=progress)
    if ended.error is not None:
        raise ended.error
    assert ended.report is not None  # noqa: S101  (one of the two is there)
    return ended.report
