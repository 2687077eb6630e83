"""A report that runs once: read through the same engine as every table, then handed over as Arrow."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from tiktok_ads.builder import ReportDefinition
from tiktok_ads.client.gate import Gate
from tiktok_ads.config import Settings, load_settings
from tiktok_ads.output import Target, check_target, write_to
from tiktok_ads.plan.date_text import parse_dates
from tiktok_ads.plan.dates import DateChoice
from tiktok_ads.reports.define import define
from tiktok_ads.reports.prepare import settings_for
from tiktok_ads.reports.result import Report
from tiktok_ads.reports.rows import columns_of, reading
from tiktok_ads.runreport import PlanReport, Progress
from tiktok_ads.sync import run_plan, run_sync
from tiktok_ads.sync.run import Transport
from tiktok_ads.sync.work import Sleep

_SCHEMA = "tiktok_ads"


def report(
    definition: ReportDefinition | str | None = None,
    *,
    settings: Settings | None = None,
    destination: str | None = None,
    output: str | Path | Target | None = None,
    **described: Any,
) -> Report:
    """Run one report, or read one table, and wait for it.

    report(dimensions=["ad_id", "stat_time_day"], metrics=["spend"], dates="last 7 days").to_pandas()

    Args:
        definition: a definition, the name of a report of the settings file, or that of a table; None takes
            what `described` says.
        settings: login, advertisers and the rest; None reads them as a command would.
        destination: a database to load into instead of handing rows over.
        output: a file to write instead, batch by batch, so that a long report is never whole in memory.
        described: what a `[reports.NAME]` section may say, and `name`.

    Raises:
        ConfigError: it cannot be asked for; nothing was.
        AuthError: the login does not work.
    """
    return asyncio.run(
        report_async(definition, settings=settings, destination=destination, output=output, **described)
    )


async def report_async(
    definition: ReportDefinition | str | None = None,
    *,
    settings: Settings | None = None,
    destination: str | None = None,
    output: str | Path | Target | None = None,
    transport: Transport | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    gate: Gate | None = None,
    sleep: Sleep = asyncio.sleep,
    **described: Any,
) -> Report:
    """As `report`, for a program that has an event loop; the further arguments are those of `run_sync`."""
    chosen = settings or load_settings({})
    asked, dates = asked_for(definition, described)
    target = output if isinstance(output, Target) or output is None else Target(output)
    if target is not None:
        check_target(target.path, given=target.file_format, overwrite=target.overwrite)
    with tempfile.TemporaryDirectory(prefix="tiktok-ads-") as folder:
        place = destination or f"duckdb:///{Path(folder) / 'report.duckdb'}"
        # A file of our own needs no schema of the user's.
        own = None if destination else _SCHEMA
        run_settings, stream = settings_for(asked, chosen, dates=dates, destination=place, schema=own)
        run = await run_sync(
            run_settings, transport=transport, now=now, progress=progress, gate=gate, sleep=sleep
        )
        nothing = columns_of(run_settings, stream).empty_table()
        if destination is not None:
            return Report(stream.name, stream.doc, nothing, run)
        with reading(run_settings, stream, order=order_of(asked)) as rows:
            if target is None:
                table = rows.read_all()
                return Report(stream.name, stream.doc, table, run, table.num_rows)
            # Where nothing could be read, a file without rows would look like an answer.
            if run.outcome == "failed":
                return Report(stream.name, stream.doc, nothing, run)
            written = write_to(target, rows, name=stream.name, description=stream.doc)
    return Report(stream.name, stream.doc, nothing, run, written.rows, written)


async def plan_report(
    definition: ReportDefinition | str | None = None,
    *,
    settings: Settings | None = None,
    transport: Transport | None = None,
    now: datetime | None = None,
    gate: Gate | None = None,
    sleep: Sleep = asyncio.sleep,
    **described: Any,
) -> PlanReport:
    """What `report_async` would ask: calls, quota, minutes."""
    chosen = settings or load_settings({})
    asked, dates = asked_for(definition, described)
    with tempfile.TemporaryDirectory(prefix="tiktok-ads-") as folder:
        place = f"duckdb:///{Path(folder) / 'report.duckdb'}"
        run_settings, _ = settings_for(asked, chosen, dates=dates, destination=place, schema=_SCHEMA)
        return await run_plan(run_settings, transport=transport, now=now, gate=gate, sleep=sleep)


def asked_for(
    definition: ReportDefinition | str | None, described: dict[str, Any]
) -> tuple[ReportDefinition | str, DateChoice | None]:
    """What to run, and the days said beside it."""
    if definition is None:
        return define(**described), None
    said = described.pop("dates", None)
    if described:
        raise TypeError(f"beside a definition only dates may be said, not {', '.join(described)}")
    return definition, parse_dates(said) if said is not None else None


def order_of(asked: ReportDefinition | str) -> tuple[str, bool] | None:
    if isinstance(asked, str) or not asked.order_by:
        return None
    return asked.order_by, asked.descending
