"""What came of each day in this run, added up: what the destination must hold, and TikTok's totals say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.extract import CHECKED
from tiktok_ads.plan import DAY, Slice
from tiktok_ads.sync.against import is_share
from tiktok_ads.sync.estimate import is_in_total

Numbers = tuple[Decimal, ...]
"""Of the metrics that a table is held against, in the order of `CHECKED`."""


@dataclass(frozen=True)
class DayRead:
    """A day's rows and sums as they came; `sums` is None where only some of its objects were read."""

    rows: int
    sums: Numbers | None


def is_reconciled(stream: Stream) -> bool:
    """Whether each of the table's days must add up to the advertiser's own total."""
    return (
        isinstance(stream, ReportStream)
        and is_share(stream)
        and is_in_total(stream)
        and stream.day_column is not None
        and not stream.period
        and not stream.stamped
        and any(name in stream.metrics for name in CHECKED)
    )


def checked_of(metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics by which a table is held against the totals."""
    return tuple(name for name in CHECKED if name in metrics)


class DaysRead:
    """Keeps the sums of slices as small tables: a year of many accounts takes little memory."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[str, str], list[tuple[Slice, pa.Table]]] = defaultdict(list)

    def add(self, piece: Slice, rows: pa.Table) -> None:
        """A slice that is loaded whole."""
        stream = piece.stream
        if piece.window is None or not is_reconciled(stream):
            return
        assert stream.day_column is not None  # noqa: S101
        day = rows[stream.day_column]
        if pa.types.is_timestamp(day.type):
            day = pc.floor_temporal(day, unit="day").cast(pa.date32())
        metrics = [name for name in CHECKED if name in rows.column_names]
        summed = (
            pa.table({"day": day, **{name: rows[name] for name in metrics}})
            .group_by("day", use_threads=False)
            .aggregate([([], "count_all"), *((name, "sum") for name in metrics)])
        )
        self._pieces[stream.name, piece.advertiser_id].append((piece, summed))

    def owners(self, table: str) -> list[str]:
        return [owner for name, owner in self._pieces if name == table]

    def of(self, table: str, advertiser_id: str, metrics: tuple[str, ...]) -> dict[date, DayRead]:
        """Every day of the slices, also those without any row."""
        found: dict[date, DayRead] = {}
        for piece, summed in self._pieces.get((table, advertiser_id), ()):
            came = {row["day"]: row for row in summed.to_pylist()}
            assert piece.window is not None  # noqa: S101
            for offset in range(piece.window.days):
                day = piece.window.first + offset * DAY
                row = came.get(day, {})
                sums = tuple(Decimal(row.get(f"{name}_sum") or 0) for name in metrics)
                whole = None if piece.only or day in found else sums
                rows = row.get("count_all", 0) + (found[day].rows if day in found else 0)
                found[day] = DayRead(rows, whole)
        return found
