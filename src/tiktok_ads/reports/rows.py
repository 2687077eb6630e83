"""The rows of a report as they landed, with their columns' types and comments, in a settled order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.config import Settings
from tiktok_ads.decode import schema_of
from tiktok_ads.decode.arrow_types import EXTRA
from tiktok_ads.sync.tables import tables_of

_SYSTEM = ("_synced_at", "_run_id", "_deleted_at")
_ROWS = 16_384
_MEMORY = "256MB"


@contextmanager
def reading(
    settings: Settings, stream: Stream, *, order: tuple[str, bool] | None = None
) -> Iterator[pa.RecordBatchReader]:
    """All rows of the stream's table in the settings' DuckDB file, batch by batch.

    Args:
        settings: those of the run.
        stream: what was read.
        order: a column, and whether its largest values come first; None sorts by the key.
    """
    schema = columns_of(settings, stream)
    file = Path(settings.destination.removeprefix("duckdb:///"))
    with duckdb.connect(str(file), read_only=True) as database:
        # Sorting more rows than fit goes over the disk.
        database.execute(f"SET memory_limit = '{_MEMORY}'")
        database.execute("SET temp_directory = ?", [str(file.with_suffix(".sorting"))])
        found = database.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position",
            [settings.schema_name, stream.name],
        ).fetchall()
        names = [str(name) for (name,) in found if name not in _SYSTEM]
        table = f"{_quoted(settings.schema_name)}.{_quoted(stream.name)}"
        if EXTRA in names and not _holds(database, table, EXTRA):
            # It is said only where something stands in it.
            names.remove(EXTRA)
        if not names:
            yield pa.Table.from_batches([], _without_extra(schema)).to_reader()
            return
        keys = ", ".join(_keys(stream, names, order))
        columns = ", ".join(_quoted(name) for name in names)
        query = f"SELECT {columns} FROM {table}" + (f" ORDER BY {keys}" if keys else "")  # noqa: S608
        came = database.sql(query).to_arrow_reader(_ROWS)
        typed = _typed_schema(schema, came.schema)
        yield pa.RecordBatchReader.from_batches(typed, (_typed(batch, typed) for batch in came))


def columns_of(settings: Settings, stream: Stream) -> pa.Schema:
    """The columns that the stream's rows have by the settings."""
    table = next(one for one in tables_of(settings) if one.name == stream.name)
    return schema_of(table.fields)


def _holds(database: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    counted = database.execute(f"SELECT count({_quoted(column)}) FROM {table}").fetchall()  # noqa: S608
    return bool(counted[0][0])


def _typed_schema(schema: pa.Schema, came: pa.Schema) -> pa.Schema:
    """The columns in the order and types of the schema, those that TikTok added at the end."""
    fields = list(_without_extra(schema))
    fields += [pa.field(name, came.field(name).type) for name in came.names if name not in schema.names]
    return pa.schema([*fields, *([schema.field(EXTRA)] if EXTRA in came.names else [])])


def _typed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """What TikTok refused for every advertiser never became a column; it was asked for all the same."""
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _without_extra(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name != EXTRA])


def _keys(stream: Stream, names: list[str], order: tuple[str, bool] | None) -> Iterator[str]:
    if order is not None and order[0] in names:
        yield f"{_quoted(order[0])} {'DESC' if order[1] else 'ASC'} NULLS LAST"
    yield from (f"{_quoted(name)} NULLS LAST" for name in _key(stream) if name in names)


def _key(stream: Stream) -> tuple[str, ...]:
    if not isinstance(stream, ReportStream):
        return stream.uniqueness
    day = (stream.day_column,) if stream.day_column else ()
    rest = tuple(name for name in stream.uniqueness if name not in day and name != stream.owner_column)
    return (stream.owner_column, *day, *rest)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
