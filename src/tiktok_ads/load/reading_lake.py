"""A lake, looked at by a DuckDB in memory that reaches its files and nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tiktok_ads.load.lake.opening import open_columns
from tiktok_ads.load.reading import Column
from tiktok_ads.load.reading_duckdb import DuckDBReader
from tiktok_ads.load.sql import quoted

_OF_OTHERS = "__history"


class LakeReader(DuckDBReader):
    """See `Reader`; of an object store the files of a table are fetched once it is named."""

    def __init__(self, url: str, *, schema: str, memory_limit: str) -> None:
        super().__init__(Path(url), schema=schema, memory_limit=memory_limit)
        self._url = url

    def __enter__(self) -> Self:
        self._shown: set[str] = set()
        with ExitStack() as stack:
            opened = open_columns(self._url, schema=self.schema, memory_limit=self._memory_limit)
            self._views = stack.enter_context(opened)
            self._path, self._connection = Path(self._views.name), self._views.connection
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def qualified(self, table: str) -> str:
        read = table.removesuffix(_OF_OTHERS)
        for name in {read, f"{read}__changes"} if read != table else {table}:
            if name not in self._shown:
                self._shown.add(name)
                self._views.show(name, None)
        return f"{quoted(self.schema)}.{quoted(table)}"

    def tables(self) -> dict[str, tuple[Column, ...]]:
        return {
            table: tuple(
                Column(one.name, one.sql_type, self._views.comment(table, one.name)) for one in columns
            )
            for table, columns in super().tables().items()
        }
