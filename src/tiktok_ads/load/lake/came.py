"""Rows that came where none stand: they need only be counted and written, so Arrow does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tiktok_ads.load.columns import JSON, sql_type
from tiktok_ads.load.database import Columns
from tiktok_ads.load.scope import days_of
from tiktok_ads.load.sql import quoted


@dataclass(frozen=True)
class Day:
    """What the workspace holds of an owner's day: rows, and how many of them were written just now."""

    owner: str
    day: date | None
    rows: int
    new: int


def as_kept(
    connection: duckdb.DuckDBPyConnection, stage: pa.Table, values: Mapping[str, str], columns: Columns
) -> pa.Table:
    """The stage, which the connection knows as that, in a table's columns; `values` reads each from `s`.

    A column that is kept as it came is taken as it is, and DuckDB converts the others.
    """
    plain = {f"s.{quoted(field.name)}": field for field in stage.schema}
    found: dict[str, pa.ChunkedArray] = {}
    others: dict[str, str] = {}
    for name, kind in columns.items():
        source = plain.get(values.get(name, ""))
        if source is not None and source.type == kind:
            found[name] = stage[source.name]
            continue
        value = f"CAST({values.get(name, 'NULL')} AS {sql_type(kind)})"
        others[name] = f"CAST({value} AS VARCHAR)" if kind == JSON else value
    if others:
        picked = ", ".join(f"{value} AS {quoted(name)}" for name, value in others.items())
        converted = connection.sql(f"SELECT {picked} FROM stage s").to_arrow_table()
        found |= dict(zip(others, converted.columns, strict=True))
    return pa.table({name: found[name] for name in columns})


def days(rows: pa.Table, owner_column: str, day_column: str | None) -> list[Day]:
    """How many there are, by owner and day."""
    owners = pc.unique(rows[owner_column]).to_pylist()
    dated = days_of(rows[day_column]) if day_column else pa.nulls(rows.num_rows, pa.date32())
    counted: Counter[tuple[str, date | None]] = Counter()
    for owner in owners:
        own = dated.filter(pc.equal(rows[owner_column], owner)) if len(owners) > 1 else dated
        counted.update(
            {(str(owner), one["values"]): one["counts"] for one in pc.value_counts(own).to_pylist()}
        )
    return [Day(owner, day, count, count) for (owner, day), count in counted.items()]


def write(
    rows: pa.Table, to: Path, *, owner: tuple[str, str] | None, days: tuple[str, date, date] | None
) -> None:
    """Write those of an owner and of some days into a Parquet file; None leaves nobody, and no day, out."""
    if owner:
        rows = rows.filter(pc.equal(rows[owner[0]], owner[1]))
    if days:
        column, first, last = days
        dated = days_of(rows[column])
        rows = rows.filter(pc.and_(pc.greater_equal(dated, first), pc.less_equal(dated, last)))
    # Numbers with a fraction hardly repeat, and nobody looks rows up by them.
    listed = [field.name for field in rows.schema if not _has_fraction(field.type)]
    pq.write_table(
        rows,
        to,
        use_dictionary=listed,
        write_statistics=listed,
        store_decimal_as_integer=True,
        store_schema=False,
    )


def _has_fraction(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))
