"""What a lake's log knows of its tables, as tables of a DuckDB in memory and back."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from tiktok_ads.load.lake.entries import KEYS, Row, Shape, State
from tiktok_ads.load.sql import listed, quoted
from tiktok_ads.load.state import SYSTEM_TABLES


def lay_out(connection: duckdb.DuckDBPyConnection, schema: str, state: State) -> None:
    """Make our own small tables with their rows."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    for name, (columns, _) in SYSTEM_TABLES.items():
        connection.execute(f"CREATE OR REPLACE TABLE {quoted(schema)}.{name} ({columns})")
    for name in KEYS:
        rows = [_padded(name, row) for row in state.rows[name].values()]
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {quoted(schema)}.{name} VALUES ({marks})", rows)


def _padded(table: str, row: Row) -> Row:
    """Rows of before a column was added lack its value."""
    return row + [None] * (SYSTEM_TABLES[table][0].count(",") + 1 - len(row))


def create(connection: duckdb.DuckDBPyConnection, schema: str, name: str, shape: Shape) -> None:
    """Make an empty table of that shape."""
    body = ", ".join(f"{quoted(column)} {kind}" for column, kind, _ in shape.columns)
    connection.execute(f"CREATE OR REPLACE TABLE {quoted(schema)}.{quoted(name)} ({body})")


def files_of(paths: Iterable[str]) -> str:
    """Rows of Parquet files, whichever columns each of them has; the names of folders are no columns."""
    names = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"


def rows_of(shape: Shape, source: str | None) -> str:
    """A query for all rows in the shape of the table; what a file lacks is blank."""
    none = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind, _ in shape.columns)
    empty = f"SELECT {none} WHERE FALSE"
    if source is None:
        return empty
    names = listed(name for name, _, _ in shape.columns)
    return f"SELECT {names} FROM ({empty} UNION ALL BY NAME SELECT * FROM {source})"
