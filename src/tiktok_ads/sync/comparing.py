"""Asks what an advertiser's campaigns came to by day, and where that differs, what their ads did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.decode import report_fields
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.extract import MOST_ROWS, Reader, ReportQuestion, ReportReader, Room, Tally
from tiktok_ads.plan import Slice, Window, windows
from tiktok_ads.plan.lookback import Differences, changed_parts
from tiktok_ads.sync.compared import (
    AD,
    CAMPAIGN,
    Prints,
    Totals,
    days_of,
    prints_of,
    put_over,
    totals_of,
)

_BEFORE_ALL = -1
_MOST_AD_DAYS = 200_000
"""Prints of more are not worth their memory; such accounts are compared by their campaigns alone."""


@dataclass(frozen=True)
class Answered:
    """Prints of the objects' days, and what each of those that were asked came to."""

    prints: Prints
    totals: Totals


class Comparer:
    """Asks the comparisons of one run. `metrics` are those that its tables use."""

    def __init__(
        self, client: Reader, catalog: Catalog, room: Room, tally: Tally, *, metrics: Iterable[str]
    ) -> None:
        self._client, self._catalog, self._room, self._tally = client, catalog, room, tally
        self._streams = {column: days_of(column, tuple(metrics), catalog) for column in (CAMPAIGN, AD)}

    async def campaigns(self, advertiser_id: str, window: Window, *, top_view: bool) -> Answered | None:
        """All campaigns of the window; None if TikTok does not give them at once and whole."""
        stream = self._streams[CAMPAIGN]
        tables: list[pa.Table] = []
        for cut in windows(window.first, window.last, stream.max_window_days):
            rows = await self._rows(Slice(stream, advertiser_id, cut), top_view=top_view)
            if rows is None:
                return None
            tables.append(rows)
        came = pa.concat_tables(tables, promote_options="permissive")
        prints = Prints(" ".join(stream.metrics), window, prints_of(came, stream))
        return Answered(prints, totals_of(came, CAMPAIGN))

    async def ads(
        self,
        advertiser_id: str,
        window: Window,
        *,
        before: Prints | None,
        differing: Differences,
        rows_on: Callable[[date], int],
        top_view: bool,
    ) -> Answered | None:
        """The ads of the campaigns and days that differ, put over what was known of all.

        None if there are too many of them, or TikTok does not give them at once and whole.
        """
        stream = self._streams[AD]
        question = " ".join(stream.metrics)
        known = before if before and before.question == question else None
        if sum(rows_on(window.first + timedelta(days=n)) for n in range(window.days)) > _MOST_AD_DAYS:
            return None
        days = {day: dict(of) for day, of in known.days.items() if day in window} if known else {}
        totals: dict[tuple[date, str], Sequence[object]] = {}
        for piece in self._pieces(stream, advertiser_id, window, differing if known else None, rows_on):
            rows = await self._rows(piece, top_view=top_view)
            if rows is None:
                return None
            put_over(days, piece, prints_of(rows, stream))
            totals.update(totals_of(rows, AD))
        return Answered(Prints(question, window, days), totals)  # type: ignore[arg-type]

    def _pieces(
        self,
        stream: ReportStream,
        advertiser_id: str,
        window: Window,
        differing: Differences | None,
        rows_on: Callable[[date], int],
    ) -> list[Slice]:
        """What is asked about ads: few enough rows at a time, for one is held whole."""
        pieces: list[Slice] = []
        for cut in windows(window.first, window.last, stream.max_window_days):
            piece = Slice(stream, advertiser_id, cut)
            parts = [piece]
            if differing is not None:
                parts = [*changed_parts(piece, differing, rows_on=rows_on, page_size=1000, longest=30)]
            for part in parts:
                assert part.window is not None  # noqa: S101
                most = max(rows_on(part.window.first + timedelta(days=n)) for n in range(part.window.days))
                step = part.window.days if part.only else max(MOST_ROWS // max(most, 1), 1)
                pieces += [
                    Slice(stream, advertiser_id, days, only=part.only)
                    for days in windows(part.window.first, part.window.last, step)
                ]
        return pieces

    async def _rows(self, piece: Slice, *, top_view: bool) -> pa.Table | None:
        stream = piece.stream
        assert isinstance(stream, ReportStream)  # noqa: S101
        question = ReportQuestion(
            fields=report_fields(stream, stream.metrics, self._catalog),
            metrics=stream.metrics,
            include_deleted=True,
            top_view=top_view,
            currency=None,
            campaign_ids=_not_cut,
            totals=None,
            whole=True,
        )
        with self._tally.all_as("compare") as own, self._room.ticket(_BEFORE_ALL) as ticket:
            try:
                reader = ReportReader(self._client, piece, question, tally=own, ticket=ticket)
                return (await reader.read()).rows.table
            except TikTokAdsError:
                return None


async def _not_cut(window: Window | None, tally: Tally) -> list[str]:
    return []
