"""A DuckDB file, opened so that what is asked of it can neither write nor reach anything else."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from tiktok_ads.errors import LoadError
from tiktok_ads.load.duckdb_file import check_path, check_schema, explained
from tiktok_ads.load.reading import Column, first_rows
from tiktok_ads.load.sql import quoted

_BATCH_ROWS = 2048


def locked(memory_limit: str) -> dict[str, str | bool | int | float | list[str]]:
    """The configuration of a database that only reads its own file, and that no statement can change."""
    return {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_unsigned_extensions": False,
        "python_enable_replacements": False,
        "memory_limit": memory_limit,
        "temp_directory": "",
        "threads": 2,
        "lock_configuration": True,
    }


class DuckDBReader:
    """See `Reader`; open from `__enter__` to `__exit__`."""

    def __init__(self, path: Path, *, schema: str, memory_limit: str) -> None:
        self._path, self._memory_limit, self.schema = path, memory_limit, schema

    def __enter__(self) -> Self:
        check_path(self._path, read_only=True)
        with explained(self._path):
            config = locked(self._memory_limit)
            self._connection = duckdb.connect(self._path, read_only=True, config=config)
            try:
                check_schema(self._connection, self.schema, self._path)
            except BaseException:
                self._connection.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(duckdb.Error):
            self._connection.close()

    def qualified(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"

    def tables(self) -> dict[str, tuple[Column, ...]]:
        rows = self.query(
            "SELECT table_name, column_name, data_type, coalesce(comment, '') AS comment "
            "FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = ? "
            "ORDER BY table_name, column_index",
            [self.schema],
        )
        found: dict[str, tuple[Column, ...]] = {}
        for row in rows.to_pylist():
            column = Column(row["column_name"], row["data_type"], row["comment"])
            found[row["table_name"]] = (*found.get(row["table_name"], ()), column)
        return found

    def query(
        self, sql: str, values: Sequence[object] = (), *, rows: int | None = None, seconds: float = 20
    ) -> pa.Table:
        with explained(self._path), self._stopped_after(seconds):
            relation = self._connection.sql(sql, params=list(values))
            return first_rows(relation.to_arrow_reader(_BATCH_ROWS), rows)

    @contextmanager
    def _stopped_after(self, seconds: float) -> Iterator[None]:
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self._connection.interrupt()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            # Between two rows an interruption comes as an error of Arrow.
            if is_late.is_set():
                late = f"it took longer than {seconds:g} seconds and was stopped."
                raise LoadError(late, str(self._path)) from error
            if isinstance(error, pa.ArrowException):
                raise LoadError(f"the rows broke off ({str(error)[:300]}).", str(self._path)) from error
            raise
        finally:
            timer.cancel()
