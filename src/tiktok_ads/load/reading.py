"""Reads a destination for those who look at it: nothing can be written, and no question takes for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from tiktok_ads.errors import ConfigError, DestinationBusy
from tiktok_ads.load.destination import SCHEMA
from tiktok_ads.load.lake.urls import is_lake
from tiktok_ads.load.opening import file_of
from tiktok_ads.load.postgres_server import is_postgres
from tiktok_ads.load.warehouse.urls import is_warehouse

_AGAIN_AFTER = 0.05


@dataclass(frozen=True)
class Column:
    """A column of a table: its type as the database spells it, and what is written at it."""

    name: str
    sql_type: str
    comment: str


class Reader(Protocol):
    """A destination that is open for reading; one thread at a time."""

    @property
    def schema(self) -> str:
        """Where our tables stand."""

    def qualified(self, table: str) -> str:
        """A table's name with its schema, as SQL takes it."""

    def tables(self) -> dict[str, tuple[Column, ...]]:
        """The tables and views of the schema with their columns in order, also those of the loader's own."""

    def query(
        self, sql: str, values: Sequence[object] = (), *, rows: int | None = None, seconds: float = 20
    ) -> pa.Table:
        """What a statement gives.

        It is ours: what somebody typed goes through `explore` instead, which also bounds its memory.

        Args:
            sql: one statement, each parameter a `?`.
            values: of the parameters.
            rows: how many rows are taken at most; None means all.
            seconds: after how long it is stopped.

        Raises:
            LoadError: the database refused it, or it took too long.
        """


@contextmanager
def open_reader(
    url: str, *, schema: str = SCHEMA, memory_limit: str = "300MB", patience: float = 3
) -> Iterator[Reader]:
    """Hold a destination open for reading, and let go of it at the end.

    A DuckDB file can meanwhile be written by nobody, so keep it short. What is asked there reaches no other
    file, no network and no extension.

    Args:
        url: as `open_destination` takes it.
        schema: where our tables stand.
        memory_limit: what DuckDB may use, as it spells it; nothing is spilled to disk.
        patience: seconds to wait for somebody who has the file open.

    Raises:
        ConfigError: the URL cannot be used, or nothing was ever loaded there.
        NotOurs: the file or schema holds something else.
        DestinationBusy: somebody writes to the file.
        LoadError: it cannot be opened.
    """
    with ExitStack() as stack:
        if is_postgres(url):
            from tiktok_ads.load.reading_postgres import PostgresReader

            yield stack.enter_context(PostgresReader(url, schema=schema))
            return
        if is_lake(url):
            from tiktok_ads.load.reading_lake import LakeReader

            yield stack.enter_context(LakeReader(url, schema=schema, memory_limit=memory_limit))
            return
        if is_warehouse(url):
            told = "The app cannot look into a warehouse that is reached through dlt."
            raise ConfigError(told, "Ask it where you ask it otherwise.")
        from tiktok_ads.load.reading_duckdb import DuckDBReader

        path = file_of(url, schema)
        until = time.monotonic() + patience
        while True:
            try:
                reader = stack.enter_context(DuckDBReader(path, schema=schema, memory_limit=memory_limit))
                break
            except DestinationBusy:
                if time.monotonic() >= until:
                    raise
                time.sleep(_AGAIN_AFTER)
        yield reader


def first_rows(reader: pa.RecordBatchReader, rows: int | None) -> pa.Table:
    """So many rows of a stream, or all; the rest is not read."""
    schema: pa.Schema = reader.schema
    if rows is None:
        return reader.read_all()
    taken: list[pa.RecordBatch] = []
    left = rows
    while left > 0:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        taken.append(batch.slice(0, left))
        left -= taken[-1].num_rows
    return pa.Table.from_batches(taken, schema)
