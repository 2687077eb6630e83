"""The advertiser's own totals by day: whether there is anything to read below, and what it must add up to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.rules import allowed_metrics
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.memory import Room
from tiktok_ads.extract.requests import METRICS_PER_CALL
from tiktok_ads.extract.totals import read_totals
from tiktok_ads.plan import Window

CHECKED = ("spend", "impressions", "clicks")
"""Additive metrics that every level has: by these two levels are held against each other."""

Totals = dict[date, dict[str, Decimal]]


class Probe:
    """One advertiser's totals, each window asked once in a run.

    It asks for everything that can be other than 0, not for spend alone. Its "nothing" never deletes: a
    window that holds rows is read itself.
    """

    def __init__(
        self, client: Reader, advertiser_id: str, metrics: Sequence[str], catalog: Catalog, room: Room
    ) -> None:
        self._client, self._advertiser_id, self._room = client, advertiser_id, room
        self._stream = advertiser_days(metrics, catalog)
        self._catalog = catalog
        self._asked: dict[Window, asyncio.Task[Totals | None]] = {}
        self._reconciled: dict[Window, Totals] = {}

    async def days(self, window: Window, tally: Tally) -> Totals | None:
        """Day → totals, for the days that have anything at all; None if that could not be found out.

        Raises:
            AuthError, QuotaExceeded: nothing else can be asked either.
        """
        if window not in self._asked:
            asking = self._read(window, tally, self._stream, purpose="probe")
            self._asked[window] = asyncio.create_task(asking)
        return await asyncio.shield(self._asked[window])

    async def sums(self, window: Window, tally: Tally) -> dict[str, Decimal] | None:
        """Each of `CHECKED` over the window; None if that could not be found out."""
        days = await self.days(self._covering(window), tally)
        if days is None:
            return None
        inside = [totals for day, totals in days.items() if day in window]
        return {name: sum((one[name] for one in inside), Decimal(0)) for name in CHECKED}

    def known(self) -> dict[Window, Decimal]:
        """Spend of each window that was found out."""
        found = {**dict(self.found()), **self._reconciled}
        return {
            window: sum((one["spend"] for one in days.values()), Decimal(0)) for window, days in found.items()
        }

    def found(self) -> list[tuple[Window, Totals]]:
        """What the probes found out."""
        ended = [
            (window, task)
            for window, task in self._asked.items()
            if task.done() and not task.cancelled() and not task.exception()
        ]
        return [(window, days) for window, task in ended if (days := task.result()) is not None]

    async def totals(self, window: Window, tally: Tally, *, top_view: bool = False) -> Totals | None:
        """As `days`, asked now and for `CHECKED` alone; with `top_view` for TopView alone.

        Raises:
            AuthError, QuotaExceeded: nothing else can be asked either.
        """
        stream = advertiser_days((), self._catalog)
        days = await self._read(window, tally, stream, purpose="reconcile", top_view=top_view)
        if days is not None and not top_view:
            self._reconciled[window] = days
        return days

    async def close(self) -> None:
        """End what nobody waits for any more."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def _covering(self, window: Window) -> Window:
        asked = (one for one in self._asked if window.first in one and window.last in one)
        return next(asked, window)

    async def _read(
        self, window: Window, tally: Tally, stream: ReportStream, *, purpose: str, top_view: bool = False
    ) -> Totals | None:
        table = await read_totals(
            self._client,
            stream,
            self._advertiser_id,
            window,
            purpose=purpose,
            catalog=self._catalog,
            room=self._room,
            tally=tally,
            top_view=top_view,
        )
        return None if table is None else _totals(table, stream.metrics)


def advertiser_days(metrics: Sequence[str], catalog: Catalog) -> ReportStream:
    """The report of an advertiser's days with those of the metrics that its level has."""
    dimensions = ("advertiser_id", "stat_time_day")
    allowed = allowed_metrics("BASIC", "AUCTION_ADVERTISER", dimensions)
    measured = [name for name in metrics if name in allowed and not catalog.metrics[name].is_attribute]
    return ReportStream(
        name="advertiser_insights",
        doc="One row per advertiser and day.",
        report_type="BASIC",
        data_level="AUCTION_ADVERTISER",
        dimensions=dimensions,
        metrics=tuple(dict.fromkeys([*CHECKED, *measured])),
        primary_key=dimensions,
    )


def probe_calls(metrics: Sequence[str], catalog: Catalog) -> int:
    """Calls that one window of the probe takes."""
    return -(-len(advertiser_days(metrics, catalog).metrics) // METRICS_PER_CALL)


def _totals(table: pa.Table, metrics: Sequence[str]) -> Totals:
    days: Totals = {}
    for row in table.to_pylist():
        anything = any(row.get(name) for name in metrics) or row.get("_extra")
        day = row["stat_time_day"]
        if anything and day is not None:
            days[day] = {name: Decimal(row.get(name) or 0) for name in CHECKED}
    return days
