"""The default destination: one DuckDB file, held open only while used, changed by whole transactions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

from tiktok_ads.load.columns import JSON, MOMENT, TEXT, converted, sql_type
from tiktok_ads.load.database import Columns
from tiktok_ads.load.duckdb_file import check_schema, connect, explained, private_files
from tiktok_ads.load.sql import inserted, quoted

_ARROW = {
    "bigint": pa.int64(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": MOMENT,
}


class DuckDB:
    """A file of ours, from `__enter__` to `__exit__`; see `Database` for what it does."""

    row_id = "rowid"
    order_of_writing = "rowid"
    max_name_bytes = 255

    def __init__(self, path: Path, *, schema: str, read_only: bool, memory_limit: str) -> None:
        self._path, self._read_only, self._memory_limit = path, read_only, memory_limit
        self.name, self.schema = str(path), schema

    def __enter__(self) -> Self:
        self._is_new, self._has_written = not self._path.exists(), False
        self._held: set[str] = set()
        self._connection = connect(self._path, read_only=self._read_only, memory_limit=self._memory_limit)
        try:
            with explained(self._path):
                check_schema(self._connection, self.schema, self._path)
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_new and not self._has_written:
            # Nothing was ever committed, so nothing is left behind; still locked, hence nobody else's.
            with suppress(OSError):
                self._path.unlink()
        elif not self._read_only:
            # Every row is safe in the log already; this only folds the log into the file.
            with suppress(duckdb.Error), private_files():
                self._connection.execute("CHECKPOINT")
        with suppress(duckdb.Error), private_files():
            self._connection.close()

    def run(self, sql: str, values: Sequence[object] | None = None) -> list[tuple[object, ...]]:
        # fetchall: a result that is not read to its end blocks the next `register`.
        return self._connection.execute(sql, values).fetchall()

    def touched(self, sql: str) -> int:
        return int(str(self.run(sql)[0][0]))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with explained(self._path), private_files():
            try:
                self.run("BEGIN TRANSACTION")
                yield
                self._has_written = True
                self.run("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):
                    self._connection.execute("ROLLBACK")
                self.let_go(*self._held)
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        with explained(self._path):
            yield

    def hold(self, name: str, rows: pa.Table, *, json: Collection[str] = ()) -> None:
        self._connection.register(name, rows)
        self._held.add(name)

    def insert(self, table: str, values: Mapping[str, str], where: str) -> None:
        self.run(inserted(f"{quoted(self.schema)}.{quoted(table)}", values, where))

    def keep(self, name: str, query: str) -> int:
        self.let_go(name)
        return self.touched(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def let_go(self, *names: str) -> None:
        for name in self._held.intersection(names):
            with suppress(duckdb.Error):
                self._connection.unregister(name)
            self._held.discard(name)

    def tables(self) -> set[str]:
        rows = self.run(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_catalog = current_database() AND table_schema = ? AND table_type = 'BASE TABLE'",
            [self.schema],
        )
        return {str(name) for (name,) in rows}

    def columns(self, table: str) -> Columns:
        relation = self._connection.sql(f"FROM {quoted(self.schema)}.{quoted(table)} LIMIT 0")
        return types_of(relation)

    def comments(self) -> dict[tuple[str, str | None], str]:
        ours = "database_name = current_database() AND schema_name = ? AND comment IS NOT NULL"
        rows = self.run(
            f"SELECT table_name, column_name, comment FROM duckdb_columns() WHERE {ours} "
            f"UNION ALL SELECT table_name, NULL, comment FROM duckdb_tables() WHERE {ours}",
            [self.schema, self.schema],
        )
        return {
            (str(table), None if column is None else str(column)): str(comment)
            for table, column, comment in rows
        }

    def create_schema(self) -> None:
        self.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")

    def sql_type(self, kind: pa.DataType) -> str:
        return sql_type(kind)

    def converted(self, expression: str, old: pa.DataType, new: pa.DataType) -> str:
        return converted(expression, old, new)

    def staged(self, kind: pa.DataType) -> pa.DataType:
        return TEXT if kind == JSON else kind

    def as_number(self, expression: str, kind: pa.DataType) -> str:
        return f"TRY_CAST({expression} AS DECIMAL(38,6))"

    def paired(self, values: Mapping[str, str], alias: str) -> str:
        return " AND ".join(
            f"{value} IS NOT DISTINCT FROM {alias}.{quoted(name)}" for name, value in values.items()
        )

    def create_view(self, view: str, query: str) -> None:
        self.run(f"CREATE OR REPLACE VIEW {view} AS {query}")

    def drop_view(self, view: str) -> None:
        """A view does not hold its tables here."""


def types_of(relation: duckdb.DuckDBPyRelation) -> Columns:
    """The columns of a query by their Arrow types."""
    return {name: _arrow(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}


def _arrow(kind: object) -> pa.DataType:
    if not isinstance(kind, DuckDBPyType):
        raise TypeError(f"no type of DuckDB: {kind!r}")
    if str(kind) == "JSON":
        return JSON
    if kind.id == "struct":
        return pa.struct([pa.field(name, _arrow(part)) for name, part in kind.children])
    if kind.id == "list":
        return pa.list_(_arrow(kind.children[0][1]))
    if kind.id == "decimal":
        size = dict(kind.children)
        return pa.decimal128(int(str(size["precision"])), int(str(size["scale"])))
    return _ARROW.get(str(kind.id), TEXT)
