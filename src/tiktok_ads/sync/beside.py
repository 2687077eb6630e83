"""Coarser figures beside a report's own: asked for by themselves, then put on every row they are about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import Beside, ReportStream
from tiktok_ads.decode import report_fields
from tiktok_ads.decode.arrow_types import EXTRA, arrow_field
from tiktok_ads.extract import metric_calls
from tiktok_ads.plan import Slice

_TIMES = ("stat_time_day", "stat_time_hour")
Ask = Callable[[Slice, Sequence[Field]], Awaitable[pa.Table]]


async def with_coarser(
    piece: Slice, rows: pa.Table, fields: Sequence[Field], *, ask: Ask, catalog: Catalog
) -> pa.Table:
    """The rows of a report with the columns `{metric}_of_{level}` that its stream names.

    Args:
        piece: the report's slice.
        rows: what its own question gave.
        fields: the columns of its table, which say the order.
        ask: reads the slice of a coarser question, with these columns.
        catalog: knows the metrics.
    """
    stream = piece.stream
    assert isinstance(stream, ReportStream)  # noqa: S101
    for one in stream.beside:
        if rows.num_rows == 0:
            break
        coarse = coarser_stream(stream, one)
        columns = report_fields(coarse, coarse.metrics, catalog)
        came = await ask(replace(piece, stream=coarse), columns)
        rows = _beside(rows, came, one, fields)
    return _in_order(rows, fields)


def coarser_stream(stream: ReportStream, one: Beside) -> ReportStream:
    """The coarser question as a stream of its own."""
    time = next((name for name in one.dimensions if name in _TIMES), "")
    return replace(
        stream,
        name=f"{stream.name} ({one.word})",
        report_type=one.report_type,
        data_level=one.data_level,
        dimensions=one.dimensions,
        metrics=tuple(name for name in one.metrics if name not in one.dimensions),
        primary_key=(stream.owner_column, *(name for name in one.dimensions if name != stream.owner_column)),
        replication_key=time,
        update_method="partition" if time else "replace",
        params=(),
        beside=(),
    )


def coarser_calls(stream: ReportStream) -> int:
    """First pages of all the coarser questions of one slice."""
    return sum(len(metric_calls(coarser_stream(stream, one), one.metrics)) for one in stream.beside)


def _beside(rows: pa.Table, came: pa.Table, one: Beside, fields: Sequence[Field]) -> pa.Table:
    keys = [name for name in one.dimensions if name in rows.column_names]
    places = {key: place for place, key in enumerate(_keys(came, keys))}
    found = pa.array([places.get(key) for key in _keys(rows, keys)], pa.int64())
    by_name = {field.name: field for field in fields}
    for metric in one.metrics:
        column = one.column(metric)
        # TikTok may have refused a metric: then nothing came, and NULL says so.
        field = arrow_field(by_name[column])
        values = came[metric].combine_chunks().take(found) if metric in came.column_names else None
        filled = pa.nulls(rows.num_rows, field.type) if values is None else values.cast(field.type)
        rows = rows.append_column(field, filled)
    return rows


def _keys(rows: pa.Table, names: Sequence[str]) -> list[tuple[object, ...]]:
    if not names:
        return [()] * rows.num_rows
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))


def _in_order(rows: pa.Table, fields: Sequence[Field]) -> pa.Table:
    named = [field.name for field in fields if field.name in rows.column_names]
    rest = [name for name in rows.column_names if name not in named and name != EXTRA]
    last = [EXTRA] if EXTRA in rows.column_names else []
    return rows.select([*named, *rest, *last])
