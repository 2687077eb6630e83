"""The rows of a report as they landed, with their columns' types and comments, in a settled order."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.model import ReportStream, Stream
from tiktok_ads.config import Settings
from tiktok_ads.decode import schema_of
from tiktok_ads.decode.arrow_types import EXTRA
from tiktok_ads.sync.tables import tables_of

_SYSTEM = ("_synced_at", "_run_id", "_deleted_at")


def rows_of(
    settings: Settings, stream: Stream, *, empty: bool = False, order: tuple[str, bool] | None = None
) -> pa.Table:
    """All rows of the stream's table in the settings' DuckDB file.

    Args:
        settings: those of the run.
        stream: what was read.
        empty: give no rows, only columns: the rows stay where they are.
        order: a column, and whether its largest values come first; None sorts by the key.
    """
    table = next(one for one in tables_of(settings) if one.name == stream.name)
    schema = schema_of(table.fields)
    if empty:
        return schema.empty_table()
    file = settings.destination.removeprefix("duckdb:///")
    with duckdb.connect(file, read_only=True) as database:
        named = database.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
            [settings.schema_name, stream.name],
        ).fetchall()
        if not named[0][0]:
            return _shown(schema.empty_table())
        quoted = ".".join('"' + name.replace('"', '""') + '"' for name in (settings.schema_name, stream.name))
        rows = database.sql(f"SELECT * FROM {quoted}").to_arrow_table()  # noqa: S608
    return _shown(_sorted(_typed(rows, schema), stream, order))


def _typed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns in the order and types of the schema, those that TikTok added at the end."""
    came = {name: rows[name] for name in rows.column_names if name not in _SYSTEM}
    fields = [field for field in schema if field.name != EXTRA]
    # What TikTok refused for every advertiser never became a column; it was asked for all the same.
    columns = [
        came[field.name].cast(field.type) if field.name in came else pa.nulls(rows.num_rows, field.type)
        for field in fields
    ]
    rest = [name for name in came if name not in schema.names]
    fields += [pa.field(name, came[name].type) for name in rest]
    columns += [came[name] for name in rest]
    if EXTRA in came:
        fields.append(schema.field(EXTRA))
        columns.append(came[EXTRA].cast(schema.field(EXTRA).type))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _sorted(rows: pa.Table, stream: Stream, order: tuple[str, bool] | None) -> pa.Table:
    keys = [(name, "ascending") for name in _key(stream) if name in rows.column_names]
    if order is not None and order[0] in rows.column_names:
        keys = [(order[0], "descending" if order[1] else "ascending"), *keys]
    return rows.sort_by(keys) if keys else rows


def _key(stream: Stream) -> tuple[str, ...]:
    if not isinstance(stream, ReportStream):
        return stream.uniqueness
    day = (stream.day_column,) if stream.day_column else ()
    rest = tuple(name for name in stream.uniqueness if name not in day and name != stream.owner_column)
    return (stream.owner_column, *day, *rest)


def _shown(rows: pa.Table) -> pa.Table:
    """`_extra` is said only where something stands in it."""
    if EXTRA in rows.column_names and pc.count(rows[EXTRA]).as_py() == 0:
        return rows.drop_columns([EXTRA])
    return rows
