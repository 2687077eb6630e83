"""A Postgres schema, read in a transaction that takes no writes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import Self

import pyarrow as pa

from tiktok_ads.errors import LoadError
from tiktok_ads.load.columns import TEXT
from tiktok_ads.load.postgres import Postgres, filled
from tiktok_ads.load.postgres_server import explained, shown
from tiktok_ads.load.reading import Column, first_rows
from tiktok_ads.load.sql import quoted

_NUMBER = pa.decimal128(38, 6)


class PostgresReader:
    """See `Reader`; open from `__enter__` to `__exit__`."""

    def __init__(self, url: str, *, schema: str) -> None:
        self._url, self.schema = url, schema
        self._server = Postgres(url, schema=schema, read_only=True)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def qualified(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"

    def tables(self) -> dict[str, tuple[Column, ...]]:
        rows = self.query(
            "SELECT c.relname::text AS place, a.attname::text AS name, "
            "format_type(a.atttypid, a.atttypmod) AS kind, "
            "coalesce(col_description(c.oid, a.attnum), '') AS comment FROM pg_attribute a "
            "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'f', 'm', 'v') AND a.attnum > 0 "
            "AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
            [self.schema],
        )
        found: dict[str, tuple[Column, ...]] = {}
        for row in rows.to_pylist():
            column = Column(row["name"], row["kind"], row["comment"])
            found[row["place"]] = (*found.get(row["place"], ()), column)
        return found

    def query(
        self, sql: str, values: Sequence[object] = (), *, rows: int | None = None, seconds: float = 20
    ) -> pa.Table:
        began = time.monotonic()
        try:
            with explained(self._url), self._server.reading():
                self._server.run(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
                return _plain(first_rows(self._server.stream(filled(sql, values)), rows))
        except (LoadError, OSError, pa.ArrowException) as error:
            # What breaks off between rows comes from Arrow, without the server's code.
            where = shown(self._url)
            if time.monotonic() - began >= seconds:
                raise LoadError(f"it took longer than {seconds:g} seconds and was stopped.", where) from error
            if isinstance(error, LoadError):
                raise
            raise LoadError(f"the rows broke off ({str(error)[:300]}).", where) from error


def _plain(table: pa.Table) -> pa.Table:
    """The rows in Arrow's own types: the driver hands exact numbers on as texts that it has a name for."""
    columns = [_plain_column(values) for values in table.columns]
    return pa.table(dict(zip(table.column_names, columns, strict=True))) if columns else table


def _plain_column(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if not isinstance(values.type, pa.BaseExtensionType):
        return values
    texts = values.cast(values.type.storage_type)
    if getattr(values.type, "type_name", "") != "numeric":
        return texts
    try:
        numbers = [None if one is None else Decimal(one) for one in texts.to_pylist()]
        if not any(numbers):
            return pa.chunked_array([pa.array(numbers, _NUMBER)])
        return pa.chunked_array([pa.array(numbers)])
    except (InvalidOperation, pa.ArrowInvalid):
        # Neither NaN nor infinity is an exact number.
        return texts.cast(TEXT)
