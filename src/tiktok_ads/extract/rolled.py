"""Rows by day → rows by week, month or quarter, for metrics that may be added up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.plan.periods import period_of
from tiktok_ads.plan.rollup import RollUp

DAY_COLUMN = "stat_time_day"
_PERIOD = "_period"


def add_up(rows: pa.Table, *, keys: Sequence[str], additive: Collection[str], roll_up: RollUp) -> pa.Table:
    """One row per key and period; `stat_time_day` becomes the first day of the whole period.

    Args:
        rows: one row per key and day.
        keys: what rows are told apart by, the day left aside.
        additive: columns that are added up, NULL where no day has a value. Every other column keeps the value
            of the last day that has one.
        roll_up: the period.

    Returns:
        A table of the same schema.

    Raises:
        pa.ArrowInvalid: a sum does not fit its column.
    """
    days = pc.unique(rows[DAY_COLUMN])
    begins = pa.array(
        [day and period_of(day, roll_up.unit, roll_up.week_start).first for day in days.to_pylist()],
        pa.date32(),
    )
    period = begins.take(pc.index_in(rows[DAY_COLUMN], days))
    ordered = rows.append_column(_PERIOD, period).sort_by([(DAY_COLUMN, "ascending")])
    asked = [
        (name, "sum", pc.ScalarAggregateOptions(min_count=1))
        if name in additive
        else (name, "last", pc.ScalarAggregateOptions(skip_nulls=True))
        for name in rows.column_names
        if name not in keys and name != DAY_COLUMN
    ]
    grouped = ordered.group_by([*keys, _PERIOD], use_threads=False).aggregate(asked)
    names = {_PERIOD: DAY_COLUMN, **{f"{name}_{how}": name for name, how, _ in asked}}
    renamed = grouped.rename_columns([names.get(name, name) for name in grouped.column_names])
    return renamed.select(rows.column_names).cast(rows.schema)
