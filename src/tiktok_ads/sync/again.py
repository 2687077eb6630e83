"""Asks days that do not add up once more, and their campaigns: did they change, or does a level lack them?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.errors import AuthError, QuotaExceeded
from tiktok_ads.extract import Reader, Room, Tally, read_totals
from tiktok_ads.plan import DAY, Window, runs_of_days, windows
from tiktok_ads.sync.compared import CAMPAIGN, days_of
from tiktok_ads.sync.days_read import Numbers

_MOST_WINDOWS = 3
_MOST_ROWS = 5_000
"""A question that is to explain a difference must not cost more than the reading did."""


class Again:
    """The questions of one run; what cannot be asked, or would be too much, has no answer."""

    def __init__(self, client: Reader, catalog: Catalog, room: Room, tally: Tally) -> None:
        self._client, self._catalog, self._room, self._tally = client, catalog, room, tally

    async def rows(
        self,
        stream: ReportStream,
        advertiser_id: str,
        metrics: tuple[str, ...],
        rows: Mapping[date, int],
        *,
        top_view: bool,
    ) -> dict[date, Numbers]:
        """What a table's rows of these days come to now, deleted objects too; `rows` tells about how many."""
        asked = replace(
            stream, metrics=metrics, primary_key=stream.dimensions, replication_key="", summed=(), beside=()
        )
        return await self._days(asked, advertiser_id, metrics, rows, top_view=top_view)

    async def campaigns(
        self, advertiser_id: str, metrics: tuple[str, ...], days: Sequence[date], *, top_view: bool
    ) -> dict[date, Numbers]:
        """What the campaigns of these days come to now."""
        stream = days_of(CAMPAIGN, metrics, self._catalog)
        return await self._days(stream, advertiser_id, metrics, dict.fromkeys(days, 0), top_view=top_view)

    async def _days(
        self,
        stream: ReportStream,
        advertiser_id: str,
        metrics: tuple[str, ...],
        rows: Mapping[date, int],
        *,
        top_view: bool,
    ) -> dict[date, Numbers]:
        longest = stream.max_window_days or 1
        cuts = [cut for run in runs_of_days(set(rows)) for cut in windows(run.first, run.last, longest)]
        found: dict[date, Numbers] = {}
        for window in cuts[-_MOST_WINDOWS:]:
            if sum(count for day, count in rows.items() if day in window) <= _MOST_ROWS:
                found |= await self._window(stream, advertiser_id, metrics, window, top_view=top_view)
        return found

    async def _window(
        self,
        stream: ReportStream,
        advertiser_id: str,
        metrics: tuple[str, ...],
        window: Window,
        *,
        top_view: bool,
    ) -> dict[date, Numbers]:
        answers: list[pa.Table | None] = []
        with suppress(AuthError, QuotaExceeded):
            for alone in (False, True) if top_view else (False,):
                table = await read_totals(
                    self._client,
                    stream,
                    advertiser_id,
                    window,
                    purpose="reconcile",
                    catalog=self._catalog,
                    room=self._room,
                    tally=self._tally,
                    top_view=alone,
                )
                answers.append(table)
        if not answers or None in answers or len(answers) < 1 + top_view:
            return {}
        sums: dict[date, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * len(metrics))
        for table in answers:
            assert table is not None  # noqa: S101
            for row in table.select([stream.day_column, *metrics]).to_pylist():
                day = row[stream.day_column]
                own = sums[day if type(day) is date else day.date()]
                for at, name in enumerate(metrics):
                    own[at] += Decimal(row[name] or 0)
        days = (window.first + offset * DAY for offset in range(window.days))
        return {day: tuple(sums[day]) for day in days}
