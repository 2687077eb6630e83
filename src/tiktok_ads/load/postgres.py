"""Tables in Postgres: rows go in as Arrow, and every commit is one transaction of the server."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Self

import pyarrow as pa

from tiktok_ads.errors import ConfigError, NotOurs
from tiktok_ads.load import postgres_types
from tiktok_ads.load.database import Columns
from tiktok_ads.load.postgres_server import connect, explained, shown
from tiktok_ads.load.sql import inserted, moment, quoted, text
from tiktok_ads.load.state import owned

_PLACEHOLDER = re.compile(r'"(?:[^"]|"")*"|\?')
_BUSY_AFTER = "10s"
"""A process that was killed a moment ago may not have been noticed yet."""


class Postgres:
    """A schema of ours, from `__enter__` to `__exit__`; see `Database` for what it does."""

    row_id = "ctid"
    order_of_writing = "synced_at, ctid"
    max_name_bytes = 63

    def __init__(self, url: str, *, schema: str, read_only: bool) -> None:
        self._url, self._read_only = url, read_only
        self.name, self.schema = shown(url), schema

    def __enter__(self) -> Self:
        if len(self.schema.encode()) > self.max_name_bytes:
            raise ConfigError(f"The schema's name is longer than {self.max_name_bytes} bytes.")
        self._is_lost = False
        self._connection = connect(self._url)
        self._cursor = self._connection.cursor()
        try:
            with explained(self._url):
                self._begin()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _begin(self) -> None:
        access = "READ ONLY" if self._read_only else "READ WRITE"
        # Rows that somebody else changes meanwhile make us fail rather than lose what they did.
        self.run(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, {access}")
        self.run("SET TIME ZONE 'UTC'")
        if not self._read_only:
            lock = f"hashtextextended({text('tiktok_ads ' + self.schema)}, 0)"
            self.run(f"SET lock_timeout = {text(_BUSY_AFTER)}")
            self.run(f"SELECT pg_advisory_lock({lock})")
            self.run("SET lock_timeout = 0")
        self._connection.commit()
        self._check_schema()
        self._connection.rollback()

    def _check_schema(self) -> None:
        """What stands in the schema must be ours: our register of tables is there, or nothing is."""
        found = self.tables()
        known = self.columns("_tables") if "_tables" in found else {}
        names: set[str] = set()
        if {"table_name", "version"} <= known.keys():
            rows = self.run(f"SELECT table_name FROM {quoted(self.schema)}._tables")
            names = owned(str(name) for (name,) in rows)
        foreign = sorted(found - names)
        if foreign:
            raise NotOurs(
                f"its schema {self.schema} holds tables that are not ours ({', '.join(foreign[:5])}). "
                "Nothing was written; choose another schema, or move them.",
                self.name,
            )

    def _close(self) -> None:
        # What was not committed is rolled back by the server.
        with suppress(Exception):
            self._cursor.close()
        with suppress(Exception):
            self._connection.close()

    def run(self, sql: str, values: Sequence[object] | None = None) -> list[tuple[object, ...]]:
        self._cursor.execute(filled(sql, values or ()))
        return [tuple(row) for row in self._cursor.fetchall()] if self._cursor.description else []

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """The rows of one statement as they come."""
        self._cursor.execute(sql)
        return self._cursor.fetch_record_batch()

    def touched(self, sql: str) -> int:
        self._cursor.execute(sql)
        return int(self._cursor.rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._is_lost:
            # A long run outlives a server's restart: what failed meanwhile was told as failed.
            self._close()
            self.__enter__()
        with explained(self._url):
            try:
                yield
                self._connection.commit()
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
            self.run("SELECT 1")
            self._connection.rollback()
        except Exception:
            self._is_lost = True

    @contextmanager
    def reading(self) -> Iterator[None]:
        with explained(self._url):
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            # Ends the snapshot that reading began, or the next questions would see the past.
            self._connection.rollback()

    def hold(self, name: str, rows: pa.Table, *, json: Collection[str] = ()) -> None:
        self.let_go(name)
        ready = postgres_types.holdable(rows, json=json)
        self._cursor.adbc_ingest(name, ready, mode="create", temporary=True)

    def insert(self, table: str, values: Mapping[str, str], where: str) -> None:
        self.run(inserted(f"{quoted(self.schema)}.{quoted(table)}", values, where))

    def keep(self, name: str, query: str) -> int:
        self.let_go(name)
        return self.touched(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}")

    def let_go(self, *names: str) -> None:
        if names:
            self.run(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in names)}")

    def tables(self) -> set[str]:
        rows = self.run(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'f', 'm')",
            [self.schema],
        )
        return {str(name) for (name,) in rows}

    def columns(self, table: str) -> Columns:
        rows = self.run(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
            "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ? AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped "
            "ORDER BY a.attnum",
            [self.schema, table],
        )
        return {str(name): postgres_types.arrow_type(str(kind)) for name, kind in rows}

    def comments(self) -> dict[tuple[str, str | None], str]:
        rows = self.run(
            "SELECT c.relname, a.attname, d.description FROM pg_description d "
            "JOIN pg_class c ON c.oid = d.objoid AND d.classoid = CAST('pg_class' AS regclass) "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 "
            "WHERE n.nspname = ? AND c.relkind = 'r'",
            [self.schema],
        )
        return {
            (str(table), None if column is None else str(column)): str(comment)
            for table, column, comment in rows
        }

    def create_schema(self) -> None:
        # Asked first: making one that is there already takes a right that nobody needs otherwise.
        if not self.run("SELECT 1 FROM pg_namespace WHERE nspname = ?", [self.schema]):
            self.run(f"CREATE SCHEMA {quoted(self.schema)}")

    def sql_type(self, kind: pa.DataType) -> str:
        return postgres_types.sql_type(kind)

    def converted(self, expression: str, old: pa.DataType, new: pa.DataType) -> str:
        return postgres_types.converted(expression, old, new)

    def staged(self, kind: pa.DataType) -> pa.DataType:
        return postgres_types.staged(kind)

    def as_number(self, expression: str, kind: pa.DataType) -> str:
        return postgres_types.as_number(expression, kind)

    def paired(self, values: Mapping[str, str], alias: str) -> str:
        # IS NOT DISTINCT FROM can be neither hashed nor merged; a row as text tells blank from empty.
        held = ", ".join(f"{alias}.{quoted(name)}" for name in values)
        return f"CAST(ROW({', '.join(values.values())}) AS TEXT) = CAST(ROW({held}) AS TEXT)"

    def create_view(self, view: str, query: str) -> None:
        self.drop_view(view)
        self.run(f"CREATE VIEW {view} AS {query}")

    def drop_view(self, view: str) -> None:
        self.run(f"DROP VIEW IF EXISTS {view}")


def check_rights(url: str, schema: str) -> None:
    """Find out whether tables could be made and filled, and make none.

    Raises:
        ConfigError, NotOurs, DestinationBusy, LoadError: with what is lacking.
    """
    with Postgres(url, schema=schema, read_only=False) as server, server.reading():
        there = server.run("SELECT 1 FROM pg_namespace WHERE nspname = ?", [schema])
        if there:
            may = "SELECT has_schema_privilege(?, 'CREATE') AND has_schema_privilege(?, 'USAGE')"
            allowed = server.run(may, [schema, schema])
        else:
            allowed = server.run("SELECT has_database_privilege(current_user, current_database(), 'CREATE')")
        if allowed != [(True,)]:
            what = f"make tables in the schema {schema}" if there else f"make the schema {schema}"
            raise ConfigError(
                f"The user may not {what} at {server.name}.", "docs/destinations.md lists the rights needed."
            )


def filled(sql: str, values: Sequence[object]) -> str:
    """The statement with each `?` outside of names replaced by its value as a literal."""
    if not values:
        return sql
    left = iter(values)
    return _PLACEHOLDER.sub(lambda found: _literal(next(left)) if found[0] == "?" else found[0], sql)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, int):
        return str(int(value))
    return text(str(value))
