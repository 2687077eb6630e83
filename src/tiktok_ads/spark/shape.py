"""Columns and rows as Spark takes them: the catalog's schema, `_synced_at`, and one order of rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.pandas.types import from_arrow_type, to_arrow_schema
from pyspark.sql.types import StructField, StructType

from tiktok_ads.catalog.streams import Stream
from tiktok_ads.decode import schema_of
from tiktok_ads.decode.arrow_types import EXTRA
from tiktok_ads.errors import ConfigError, InconsistentPages
from tiktok_ads.sync.tables import Table

SYNCED_AT = "_synced_at"
_SYNCED_AT_DOC = "When the rows were asked for."
_ROWS = 10_000


def spark_schema(table: Table) -> StructType:
    """The table's columns with their comments; all may be NULL."""
    columns = [
        StructField(
            field.name,
            from_arrow_type(field.type),
            metadata={"comment": (field.metadata or {}).get(b"comment", b"").decode()},
        )
        for field in schema_of(table.fields)
    ]
    moment = from_arrow_type(pa.timestamp("us", tz="UTC"))
    return StructType([*columns, StructField(SYNCED_AT, moment, metadata={"comment": _SYNCED_AT_DOC})])


def arrow_schema(wanted: StructType, table: Table) -> pa.Schema:
    """The schema of the batches for the columns that Spark wants.

    Raises:
        ConfigError: a schema that somebody wrote names a column that the table does not have.
    """
    known = spark_schema(table).names
    for name in wanted.names:
        if name not in known:
            raise ConfigError(
                f"The schema names {name[:60]!r}, which {table.name} does not have.", "Leave .schema() out."
            )
    return to_arrow_schema(wanted, timezone="UTC")


def batches_of(
    rows: pa.Table, table: Table, schema: pa.Schema, *, at: datetime, keeps_deleted: bool
) -> list[pa.RecordBatch]:
    """The rows, in the order of their key so that an attempt repeated hands them over in the same one.

    Raises:
        InconsistentPages: two rows have the same key.
    """
    stream = table.stream
    _check_unique(rows, stream)
    if not keeps_deleted and "is_deleted" in rows.column_names:
        rows = rows.filter(pc.fill_null(pc.invert(rows["is_deleted"]), True))
    if rows.num_rows == 0:
        return []
    if keys := [name for name in stream.uniqueness if name in rows.column_names]:
        rows = rows.sort_by([(name, "ascending") for name in keys])
    whole = _with_unknown(rows, known=schema_of(table.fields).names)
    moments = pa.repeat(pa.scalar(at, pa.timestamp("us", tz="UTC")), rows.num_rows)
    arrays = [
        (moments if field.name == SYNCED_AT else _column(whole, field)).cast(field.type) for field in schema
    ]
    batches: list[pa.RecordBatch] = (
        pa.Table.from_arrays(arrays, schema=schema).combine_chunks().to_batches(max_chunksize=_ROWS)
    )
    return batches


def _column(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    return rows[field.name] if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)


def _with_unknown(rows: pa.Table, *, known: Sequence[str]) -> pa.Table:
    """The rows, with columns that the catalog does not know put into `_extra`: Spark's schema is settled."""
    unknown = [name for name in rows.column_names if name not in known]
    if not unknown:
        return rows
    merged = [
        _merged(extra, dict(zip(unknown, values, strict=True)))
        for extra, *values in zip(
            rows[EXTRA].to_pylist(), *(rows[name].to_pylist() for name in unknown), strict=True
        )
    ]
    return rows.set_column(rows.column_names.index(EXTRA), EXTRA, pa.array(merged, pa.string()))


def _merged(extra: str | None, found: dict[str, object]) -> str | None:
    held = {name: value for name, value in found.items() if value is not None}
    if not held:
        return extra
    return json.dumps({**(json.loads(extra) if extra else {}), **held}, ensure_ascii=False, default=str)


def _check_unique(rows: pa.Table, stream: Stream) -> None:
    keys: Sequence[str] = [name for name in stream.uniqueness if name in rows.column_names]
    if not keys or rows.num_rows == 0:
        return
    counted = rows.select(keys).group_by(list(keys), use_threads=False).aggregate([([], "count_all")])
    if counted.num_rows != rows.num_rows:
        raise InconsistentPages(
            f"{rows.num_rows - counted.num_rows} rows have the key of another one", stream.name, ""
        )
