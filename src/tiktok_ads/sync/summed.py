"""Metrics that TikTok gives by day alone: their days added up, beside what it gives for a period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.decode import LAST_DAY, joined, report_fields
from tiktok_ads.decode.arrow_types import EXTRA, schema_of
from tiktok_ads.extract import ReportAnswer, Rows, metric_calls
from tiktok_ads.plan import Slice, Window, windows

_DAY = "stat_time_day"
_LONGEST = 30
Ask = Callable[[Slice, Sequence[Field]], Awaitable[ReportAnswer]]


async def with_summed(
    piece: Slice, own: ReportAnswer | None, fields: Sequence[Field], *, ask: Ask, catalog: Catalog
) -> ReportAnswer:
    """The answer of a period with the columns that its stream wants added up from days.

    Args:
        piece: the period's slice.
        own: what TikTok gave for the period itself; None where every metric is added up.
        fields: the columns of the table, which say the order.
        ask: reads a slice of the question by day, with these columns.
        catalog: knows the metrics.
    """
    stream, window = piece.stream, piece.window
    assert isinstance(stream, ReportStream) and window is not None  # noqa: S101, PT018
    daily = by_day(stream)
    columns = report_fields(daily, daily.metrics, catalog)
    cuts = windows(window.first, window.last, daily.max_window_days)
    days = [await ask(replace(piece, stream=daily, window=cut), columns) for cut in cuts]
    table = pa.concat_tables([one.rows.table for one in days], promote_options="permissive")
    keys = [name for name in stream.uniqueness if name != _DAY]
    added = added_up(table, keys=keys, summed=stream.summed, window=window)
    answers = days if own is None else [own, *days]
    tables = [added] if own is None else [own.rows.table, added]
    rows = added if own is None else joined(tables, [*keys, _DAY, LAST_DAY])
    return replace(
        answers[0],
        rows=Rows(
            _in_order(rows, fields),
            sum(one.rows.unfit for one in answers),
            tuple(sorted({name for one in answers for name in one.rows.unknown})),
            answers[-1].rows.request_id,
        ),
        refused=set().union(*(one.refused for one in answers)),
        lacking=set().union(*(one.lacking for one in answers)),
        absent=set() if own is None else own.absent,
        doubt=next((one.doubt for one in answers if one.doubt), ""),
    )


def by_day(stream: ReportStream) -> ReportStream:
    """The question by day, as a stream of its own."""
    dimensions = (*stream.dimensions, _DAY)
    return replace(
        stream,
        name=f"{stream.name} (by day)",
        dimensions=dimensions,
        metrics=stream.summed,
        primary_key=tuple(dict.fromkeys((stream.owner_column, *dimensions))),
        replication_key=_DAY,
        max_window_days=_LONGEST,
        update_method="partition",
        params=(),
        beside=(),
        stamped=False,
        period="",
        summed=(),
    )


def summed_calls(piece: Slice) -> int:
    """First pages that the days to be added up take."""
    stream = piece.stream
    if not isinstance(stream, ReportStream) or not stream.summed or piece.window is None:
        return 0
    return len(metric_calls(by_day(stream), stream.summed)) * -(-piece.window.days // _LONGEST)


def added_up(rows: pa.Table, *, keys: Sequence[str], summed: Sequence[str], window: Window) -> pa.Table:
    """One row per key: its days added up, NULL where no day has a value, stamped with the window's ends.

    Raises:
        pa.ArrowInvalid: a sum does not fit its column.
    """
    names = [name for name in rows.column_names if name not in (*keys, _DAY, EXTRA)]
    how = [
        (name, "sum", pc.ScalarAggregateOptions(min_count=1))
        if name in summed
        else (name, "last", pc.ScalarAggregateOptions(skip_nulls=True))
        for name in names
    ]
    ordered = rows.sort_by([(_DAY, "ascending")])
    grouped = ordered.group_by(list(keys), use_threads=False).aggregate(how)
    found = {name: grouped[name] for name in keys}
    found |= {name: grouped[f"{name}_{kind}"].cast(rows.schema.field(name).type) for name, kind, _ in how}
    found[_DAY] = pa.repeat(pa.scalar(window.first), grouped.num_rows)
    found[LAST_DAY] = pa.repeat(pa.scalar(window.last), grouped.num_rows)
    found[EXTRA] = pa.nulls(grouped.num_rows, pa.string())
    return pa.table(found)


def _in_order(rows: pa.Table, fields: Sequence[Field]) -> pa.Table:
    """The columns of the table, those that are missing as NULL, then what else came."""
    schema = schema_of(fields)
    named = [
        rows[one.name].cast(one.type) if one.name in rows.column_names else pa.nulls(rows.num_rows, one.type)
        for one in schema
    ]
    rest = [name for name in rows.column_names if name not in schema.names]
    return pa.Table.from_arrays(
        [*named, *(rows[name] for name in rest)],
        schema=pa.schema([*schema, *(rows.schema.field(name) for name in rest)]),
    )
