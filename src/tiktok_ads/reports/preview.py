"""The first rows of a report in a couple of calls, and what all of it would cost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from tiktok_ads.builder import ReportDefinition
from tiktok_ads.catalog.special_rules import is_special
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.client.gate import Gate
from tiktok_ads.config import Settings, load_settings
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.date_text import format_dates
from tiktok_ads.plan.dates import DateChoice
from tiktok_ads.reports.prepare import settings_for
from tiktok_ads.reports.run import asked_for, order_of, plan_report, report_async
from tiktok_ads.runreport import Note, Skipped
from tiktok_ads.sync.glance import Glance, glance
from tiktok_ads.sync.run import Transport
from tiktok_ads.sync.work import Sleep


@dataclass(frozen=True)
class Preview:
    """The first rows, and what the whole report would take.

    `rows` are those of one advertiser and of the last days. `calls` is what the whole report is expected to
    take at least; `more_rows` is how many rows there are in that part beyond those shown, None if unknown.
    """

    name: str
    description: str
    rows: pa.Table
    advertiser_id: str
    days: str
    calls: int
    seconds: float
    more_rows: int | None
    spent_calls: int
    notes: tuple[Note, ...]
    skipped: tuple[Skipped, ...]

    def to_json(self) -> dict[str, Any]:
        types = {field.name: str(field.type) for field in self.rows.schema}
        comments = {
            field.name: (field.metadata or {}).get(b"comment", b"").decode() for field in self.rows.schema
        }
        return {
            "name": self.name,
            "description": self.description,
            "columns": [{"name": name, "type": types[name], "comment": comments[name]} for name in types],
            "rows": self.rows.to_pylist(),
            "more_rows": self.more_rows,
            "advertiser_id": self.advertiser_id,
            "days": self.days,
            "full_run": {"calls": self.calls, "seconds": round(self.seconds, 1)},
            "calls_made": self.spent_calls,
            "notes": [one.text for one in self.notes],
            "skipped": [{"what": one.what, "remedy": one.remedy} for one in self.skipped],
        }


async def preview(
    definition: ReportDefinition | str | None = None,
    *,
    settings: Settings | None = None,
    most_rows: int = 20,
    transport: Transport | None = None,
    now: datetime | None = None,
    gate: Gate | None = None,
    sleep: Sleep = asyncio.sleep,
    **described: Any,
) -> Preview:
    """The first rows of a report: one call for the advertisers, one for a page of rows.

    Args:
        definition, settings, described: as in `report`.
        most_rows: rows that are shown.
        transport, now, gate, sleep: as in `run_sync`.

    Raises:
        ConfigError: it cannot be asked for.
        ApiError: TikTok refused it; the metrics that it names are in the message.
    """
    chosen = settings or load_settings({})
    asked, dates = asked_for(definition, described)
    run_settings, stream = settings_for(asked, chosen, dates=dates, destination="duckdb:///:memory:")
    if isinstance(stream, EntityStream) or is_special(stream):
        tools = {"transport": transport, "now": now, "gate": gate, "sleep": sleep}
        return await _small_run(asked, dates, chosen, most_rows=most_rows, tools=tools)
    seen: Glance = await glance(
        run_settings,
        most_rows=most_rows,
        order=order_of(asked),
        transport=transport,
        now=now,
        gate=gate,
        sleep=sleep,
    )
    return Preview(
        name=stream.name,
        description=stream.doc,
        rows=seen.rows,
        advertiser_id=seen.advertiser_id,
        days=seen.days,
        calls=seen.calls,
        seconds=seen.seconds,
        more_rows=seen.more_rows,
        spent_calls=seen.spent_calls,
        notes=seen.notes,
        skipped=seen.skipped,
    )


async def _small_run(
    asked: ReportDefinition | str,
    dates: DateChoice | None,
    settings: Settings,
    *,
    most_rows: int,
    tools: dict[str, Any],
) -> Preview:
    """The rows of one advertiser, and of the last day where there are days.

    Lists and reports with endpoints of their own have no page that could be looked at by itself: what they
    are asked with must be found out first.
    """
    said: dict[str, Any] = {} if dates is None else {"dates": format_dates(dates)}
    planned = await plan_report(asked, settings=settings, **said, **tools)
    if not planned.lines:
        raise ConfigError("There is nothing to look at: no advertiser has these days.")
    line = planned.lines[0]
    one = settings.model_copy(update={"advertisers": (line.advertiser_id,)})
    asked = asked if isinstance(asked, str) else replace(asked, advertisers=())
    if line.last_day is not None:
        said = {"dates": line.last_day}
    made = await report_async(asked, settings=one, **said, **tools)
    rows = made.arrow.slice(0, most_rows)
    return Preview(
        name=made.name,
        description=made.description,
        rows=rows,
        advertiser_id=line.advertiser_id,
        days="" if line.last_day is None else str(line.last_day),
        calls=planned.calls.total,
        seconds=planned.seconds,
        more_rows=made.arrow.num_rows - rows.num_rows,
        spent_calls=made.run.made.total + planned.calls.by_purpose.get("account", 0),
        notes=made.notes,
        skipped=(*planned.skipped, *made.skipped),
    )
