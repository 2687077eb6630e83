"""What a sync hands over where another program loads it: rows in a file, and their bookmarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tiktok_ads.load.columns import column_type
from tiktok_ads.load.destination import Load, Outcome, TableSpec
from tiktok_ads.load.warehouse.columns import GONE, PART, arrow_of
from tiktok_ads.plan import Bookmark, Window

_ROWS = 20_000


class Handed:
    """A `Destination` for one table of one run: takes whole slices in, and gives them out once it is done.

    Args:
        file: where the rows wait; taken away by whoever made its folder.
        marks: the bookmarks as they stand; those of the slices that came are put to them.
    """

    def __init__(self, spec: TableSpec, file: Path, marks: Mapping[tuple[str, str], Bookmark]) -> None:
        self._spec, self._file = spec, file
        self._marks = dict(marks)
        self.columns = {
            **{field.name: column_type(field) for field in spec.schema},
            "_synced_at": pa.timestamp("us"),
        }
        self._shape = arrow_of(self.columns)
        self._parts: dict[str, None] = {}
        self._writer: pq.ParquetWriter | None = None

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        return dict(self._marks)

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        moment = at.replace(tzinfo=None)
        for load in loads:
            self._parts.update(dict.fromkeys(self._parts_of(load)))
            if load.rows.num_rows:
                self._write(load, moment)
            self._marks[load.bookmark.stream, load.bookmark.advertiser_id] = load.bookmark
        return [Outcome(load.rows.num_rows, load.rows.num_rows, 0, 0) for load in loads]

    def _parts_of(self, load: Load) -> Iterator[str]:
        """Everything that the load says is as it came: what is not among its rows is gone."""
        window = load.slice.window
        for owner in load.advertiser_ids:
            if self._spec.day_column is None or window is None:
                yield owner
                continue
            for number in range((window.last - window.first).days + 1):
                yield f"{owner}/{window.first + timedelta(days=number)}"

    def _write(self, load: Load, moment: datetime) -> None:
        rows = load.rows
        parts = rows[self._spec.owner_column]
        if self._spec.day_column is not None:
            days = pc.strftime(rows[self._spec.day_column], format="%Y-%m-%d")
            parts = pc.binary_join_element_wise(parts, days, "/")
        size = rows.num_rows
        arrays: dict[str, pa.ChunkedArray | pa.Array] = {PART: parts, GONE: pa.nulls(size, pa.bool_())}
        for field in self._shape:
            if field.name == "_synced_at":
                arrays[field.name] = pa.repeat(pa.scalar(moment, field.type), size)
            elif field.name in rows.column_names:
                arrays[field.name] = _as_stored(rows[field.name], field.type)
            elif field.name not in arrays:
                arrays[field.name] = pa.nulls(size, field.type)
        self._writer = self._writer or pq.ParquetWriter(self._file, self._shape)
        table = pa.table({field.name: arrays[field.name] for field in self._shape})
        self._writer.write_table(table.cast(self._shape))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def batches(self) -> Iterator[pa.Table]:
        """First a row for each part that is replaced, then the rows."""
        parts = pa.array(self._parts, pa.string())
        none = {field.name: pa.nulls(len(parts), field.type) for field in self._shape}
        yield pa.table({**none, PART: parts, GONE: pa.repeat(True, len(parts))}, schema=self._shape)
        if self._writer is not None:
            with pq.ParquetFile(self._file) as file:
                for batch in file.iter_batches(_ROWS):
                    yield pa.Table.from_batches([batch])

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        return 0

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        return {}

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        return []

    def names_campaigns(self, table: str, advertiser_id: str, window: Window) -> bool:
        """A day is replaced whole."""
        return False

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        return {}

    def daily_totals(self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]) -> None:
        """What was handed over is added up where it is."""

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        return []

    def save_run(self, run: Mapping[str, object], quality: pa.Table | None = None) -> None:
        """Whoever runs the pipeline keeps its runs."""

    def runs(self, limit: int) -> list[dict[str, object]]:
        return []

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> NoReturn:
        raise TypeError("rows that were handed over are forgotten where they are")

    def count_keys(self, table: str, keys: Mapping[str, str]) -> NoReturn:
        raise TypeError("rows that were handed over are counted where they are")

    def forget_keys(self, table: str, keys: Mapping[str, str], *, at: datetime) -> NoReturn:
        raise TypeError("rows that were handed over are forgotten where they are")

    def let_back_in(self, table: str, keys: Mapping[str, str]) -> int:
        return 0


def _as_stored(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if not pa.types.is_nested(values.type):
        return values.cast(kind)
    import msgspec

    told = (
        None if one is None else msgspec.json.encode(one, enc_hook=str).decode() for one in values.to_pylist()
    )
    return pa.array(told, pa.string())
