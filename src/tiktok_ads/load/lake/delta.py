"""A lake of Delta tables, by delta-rs: each commit replaces an owner's days in one version of the table."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError
from tiktok_ads.load.destination import ALL
from tiktok_ads.load.lake.entries import Entry, Held, Move, Part, State
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.lake.parts import Touched, cleaned
from tiktok_ads.load.scope import Span
from tiktok_ads.load.sql import quoted, text

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

_APP = "tiktok_ads"
"""Under this name a table remembers the last entry of the log that it took in."""


class Delta:
    """A `Shelf` whose tables replace rows by predicate; the log holds none of their parts."""

    def __init__(self, files: Files, *, is_alone: bool) -> None:
        self._files, self.is_alone = files, is_alone
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        self._options = {"AWS_ALLOW_HTTP": "true"} if endpoint.startswith("http://") else None
        try:
            import deltalake
        except ImportError:
            raise ConfigError(
                "Delta tables need a library that is not installed.",
                "Run pip install 'tiktok-ads-connector[delta]'.",
            ) from None
        self._delta = deltalake

    def touched(
        self,
        state: State,
        table: str,
        spans: Sequence[Span],
        *,
        owner_column: str,
        day_column: str | None,
        run: str | None,
    ) -> list[Touched]:
        part = Part(table, spans[0].owner, run=run)
        if day_column is not None:
            first = min(span.first or date.min for span in spans)
            part = Part(table, part.owner, first, max(span.last or date.max for span in spans), run)
        return [Touched(part, Held(part, 0) if self._is_there(table) else None)]

    def days(
        self, state: State, touched: Sequence[Part], owner: str, run: str | None
    ) -> dict[Part, tuple[date, date]]:
        return {part: (part.first, part.last) for part in touched if part.first and part.last}

    def grown(self, state: State, table: str, owner: str, owner_column: str, *, anew: bool = False) -> Part:
        return Part(table, owner)

    def parts(self, state: State, table: str, owner: str | None) -> list[Part]:
        return [Part(table, ALL if owner is None else owner)] if self._is_there(table) else []

    def owners(self, state: State, table: str) -> set[str]:
        if not self._is_there(table):
            return set()
        return {str(next(iter(one.values()))) for one in self._table(table).partitions()}

    def others(
        self, state: State, connection: duckdb.DuckDBPyConnection, table: str, done: set[Part]
    ) -> list[tuple[Held, str]]:
        whole = self.source(state, connection, self.parts(state, table, None), {})
        if whole is None:
            return []
        taken = [_predicate(state, part) for part in done if part.table == table]
        rest = f"(SELECT * FROM {whole} WHERE NOT coalesce({' OR '.join(taken)}, FALSE))" if taken else whole
        return [(Held(Part(table, ALL), 0), rest)]

    def source(
        self,
        state: State,
        connection: duckdb.DuckDBPyConnection,
        parts: Sequence[Part],
        waiting: dict[Part, str],
    ) -> str | None:
        if not parts or not self._is_there(parts[0].table):
            return None
        table = parts[0].table
        name = f"delta {table}"
        with self._explained():
            connection.register(name, self._table(table).to_pyarrow_dataset())
        return f"(SELECT * FROM {quoted(name)} WHERE {' OR '.join(_predicate(state, one) for one in parts)})"

    def put_in_place(self, state: State, entry: Entry) -> None:
        tables: dict[str, list[Move]] = {}
        for move in entry.moves:
            tables.setdefault(move.part.table, []).append(move)
        for table, moves in tables.items():
            with self._explained():
                self._put(state, table, moves, entry.number)
        for move in entry.moves:
            if move.waiting:
                self._files.delete(move.waiting)

    def _put(self, state: State, table: str, moves: Sequence[Move], number: int) -> None:
        """One version of one table, unless it has taken the entry in already."""
        held = self._table(table) if self._is_there(table) else None
        if held is not None and (held.transaction_version(_APP) or 0) >= number:
            return
        properties = self._delta.CommitProperties(app_transactions=[self._delta.Transaction(_APP, number)])
        paths = self._files.here([move.waiting for move in moves if move.waiting])
        replaced = [_predicate(state, move.part, is_delta=True) for move in moves if not move.adds]
        if not paths:
            if held is not None:
                held.delete(" OR ".join(replaced), commit_properties=properties)
            return
        batches = _batches([str(path) for path in paths])
        is_whole = any(move.part.owner == ALL for move in moves)
        common: dict[str, Any] = {
            "partition_by": [state.told(table)[0]],
            "storage_options": self._options,
            "commit_properties": properties,
        }
        if held is None or not replaced:
            self._delta.write_deltalake(
                self._uri(table), batches, mode="append", schema_mode="merge", **common
            )
            return
        self._delta.write_deltalake(
            held,
            batches,
            mode="overwrite",
            predicate=None if is_whole else " OR ".join(replaced),
            schema_mode="overwrite" if is_whole else "merge",
            **common,
        )

    def _is_there(self, table: str) -> bool:
        with self._explained():
            return bool(self._delta.DeltaTable.is_deltatable(self._uri(table), self._options))

    def _table(self, table: str) -> DeltaTable:
        return self._delta.DeltaTable(self._uri(table), storage_options=self._options)

    def _uri(self, table: str) -> str:
        uri = f"{self._files.name}/{cleaned(table)}"
        if "%" in uri:
            raise ConfigError(
                f"A Delta table cannot be called {table!r} in {self._files.name}.",
                "Take names of letters, digits, - and _ alone; delta-rs loses its way with others.",
            )
        return uri

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the library's errors into ours."""
        from deltalake.exceptions import CommitFailedError, DeltaError

        try:
            yield
        except CommitFailedError as error:
            raise DestinationBusy(
                f"somebody else changed a table meanwhile ({error}).", self._files.name
            ) from None
        except (DeltaError, pa.ArrowException) as error:
            raise LoadError(
                f"the table refused it ({str(error).splitlines()[0][:300]}).", self._files.name
            ) from None


def _batches(paths: Sequence[str]) -> pa.RecordBatchReader:
    """The rows of files, a few at a time; a column that one of them lacks is blank there."""
    schema = pa.unify_schemas([pq.read_schema(path) for path in paths])
    # Where no value of a file is blank, it says that none may be.
    schema = pa.schema([field.with_nullable(True) for field in schema])
    rows = pyarrow.dataset.dataset(list(paths), schema=schema, format="parquet")
    return pa.RecordBatchReader.from_batches(schema, rows.to_batches())


def _predicate(state: State, part: Part, *, is_delta: bool = False) -> str:
    """The rows of a part, in DuckDB's words or in delta-rs's."""
    if part.owner == ALL:
        return "TRUE"
    owner, day = state.told(part.table)
    tests = [f"{quoted(owner)} = {text(part.owner)}"]
    if part.first and part.last and day:
        # A bound must have the column's own type, and only then are files skipped by it.
        kinds = {name: kind for name, kind, _ in state.shapes[part.table].columns}
        bound = _BOUNDS["delta" if is_delta else "duckdb", kinds[day]]
        if part.first > date.min:
            tests.append(f"{quoted(day)} >= {bound.format(part.first)}")
        if part.last < date.max:
            tests.append(f"{quoted(day)} < {bound.format(part.last + timedelta(days=1))}")
    if part.run is not None:
        tests.append(f"_run_id = {text(part.run)}")
    return f"({' AND '.join(tests)})"


_BOUNDS = {
    ("duckdb", "DATE"): "DATE '{}'",
    ("duckdb", "TIMESTAMP"): "TIMESTAMP '{}'",
    ("delta", "DATE"): "DATE '{}'",
    ("delta", "TIMESTAMP"): "arrow_cast('{}T00:00:00', 'Timestamp(Microsecond, None)')",
}
