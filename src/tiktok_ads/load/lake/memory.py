"""A DuckDB in memory that may read a lake's files; what does not fit is spilled to a folder of its own."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from tiktok_ads.load.duckdb import DuckDB
from tiktok_ads.load.lake.files import Files


class Memory(DuckDB):
    """A `Database` that nobody else sees, gone with its end."""

    def __init__(self, files: Files, *, schema: str, memory_limit: str) -> None:
        super().__init__(Path(files.name), schema=schema, read_only=False, memory_limit=memory_limit)
        self.name = files.name
        self._files = files

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return self._connection

    def __enter__(self) -> Self:
        self._held: set[str] = set()
        self._spill = tempfile.TemporaryDirectory(prefix="tiktok_ads_")
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self._memory_limit,
            "threads": 1,
            "temp_directory": self._spill.name,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET python_enable_replacements = false")

        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(duckdb.Error):
            self._connection.close()
        self._spill.cleanup()
