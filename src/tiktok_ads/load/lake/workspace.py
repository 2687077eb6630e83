"""Where a lake's commit is worked out: a DuckDB in memory that holds the parts of tables it touches.

The same statements run here as in a database (`relational`). Before them the touched parts are read in, and
after them those that differ are written out; then the tables are empty again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from tiktok_ads.load.columns import JSON, sql_type
from tiktok_ads.load.duckdb import types_of
from tiktok_ads.load.duckdb_file import explained
from tiktok_ads.load.lake import came
from tiktok_ads.load.lake.came import Day
from tiktok_ads.load.lake.entries import KEYS, Key, Row, Shape, State, key_of
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.lake.memory import Memory
from tiktok_ads.load.lake.shapes import create, lay_out, rows_of
from tiktok_ads.load.sql import quoted, text


class Workspace(Memory):
    """A `Database` in memory; `begin` and `end` are called at both ends of each transaction."""

    def __init__(self, files: Files, *, schema: str, memory_limit: str) -> None:
        super().__init__(files, schema=schema, memory_limit=memory_limit)
        self.begin: Callable[[], None] = _nothing
        self.end: Callable[[], None] = _nothing
        self._state = State()
        self.straight: Set[str] = frozenset()
        """Tables whose rows may go as they came into files, where none of theirs stands here."""
        self._came: dict[str, pa.Table] = {}
        self._stage = pa.table({})
        self._marks: dict[str, int] = {}
        self._queries: dict[str, str] = {}
        self._tables: set[str] | None = None
        self._comments: dict[tuple[str, str | None], str] = {}

    def lay_out(self, state: State) -> None:
        """Hold what the log says stands: our own small tables, and every other one without its rows."""
        self._state, self._tables = state, None
        with explained(self._path):
            self._connection.execute(f"DROP SCHEMA IF EXISTS {quoted(self.schema)} CASCADE")
            if state.number:
                lay_out(self._connection, self.schema, state)
            for name, shape in state.shapes.items():
                create(self._connection, self.schema, name, shape)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            self._marks, self._queries, self._came = {}, {}, {}
            for name in self.tables().intersection(KEYS):
                self.mark(name)
            self.begin()
            yield
            self.end()

    def hold(self, name: str, rows: pa.Table, *, json: Collection[str] = ()) -> None:
        super().hold(name, rows, json=json)
        if name == "stage":
            self._stage = rows

    def insert(self, table: str, values: Mapping[str, str], where: str) -> None:
        is_plain = table in self.straight and not where
        if not is_plain or self.run(f"SELECT 1 FROM {self._at(table)} LIMIT 1"):
            super().insert(table, values, where)
            return
        self._came[table] = came.as_kept(self._connection, self._stage, values, self.columns(table))

    def tables(self) -> set[str]:
        if self._tables is None:
            self._tables = super().tables()
        return self._tables

    def run(self, sql: str, values: Sequence[object] | None = None) -> list[tuple[object, ...]]:
        if sql.startswith("CREATE TABLE"):
            self._tables = None
        if sql.startswith("COMMENT ON"):
            # Whoever says it also writes it into what `comments` handed out.
            return []
        return super().run(sql, values)

    def comments(self) -> dict[tuple[str, str | None], str]:
        self._comments = {}
        for table, shape in self._state.shapes.items():
            self._comments[table, None] = shape.doc
            self._comments.update({(table, name): comment for name, _, comment in shape.columns})
        return self._comments

    def create_view(self, view: str, query: str) -> None:
        self._queries[view] = query

    def mark(self, table: str) -> None:
        """Rows that come from now on are new."""
        rows = self.run(f"SELECT coalesce(max(rowid), -1) + 1 FROM {self._at(table)}")
        self._marks[table] = int(str(rows[0][0]))

    def fill(self, table: str, source: str, columns: Sequence[str] | None = None) -> None:
        """Take rows in that stand already; of `columns` alone, where the others are not looked at."""
        picked = "*" if columns is None else ", ".join(map(quoted, columns))
        self.run(f"INSERT INTO {self._at(table)} BY NAME SELECT {picked} FROM {source}")

    def days(self, table: str, owner_column: str, day_column: str | None, run: str | None) -> list[Day]:
        """What is held now, by owner and day."""
        if table in self._came:
            return came.days(self._came[table], owner_column, day_column)
        owner = f"t.{quoted(owner_column)}"
        day = f"CAST(t.{quoted(day_column)} AS DATE)" if day_column else "CAST(NULL AS DATE)"
        where = "" if run is None else f" WHERE t._run_id = {text(run)}"
        rows = self.run(
            f"SELECT {owner}, {day}, count(*), count(*) FILTER (t.rowid >= {self._marks.get(table, 0)}) "
            f"FROM {self._at(table)} t{where} GROUP BY {owner}, {day}"
        )
        return [
            Day(str(one), day if isinstance(day, date) else None, int(str(count)), int(str(new)))
            for one, day, count, new in rows
        ]

    def write(
        self,
        table: str,
        to: Path,
        *,
        owner: tuple[str, str] | None,
        days: tuple[str, date, date] | None = None,
        run: str | None = None,
        new_only: bool = False,
        before: str | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        """Write rows of an owner into a Parquet file, after those of `before`.

        Args:
            owner: the column and its value; None where there is no other.
            days: the column, the first day and the last.
            run: of that run alone.
            new_only: only rows that were not filled in.
        """
        if table in self._came:
            came.write(self._came[table], to, owner=owner, days=days)
            return
        tests = ["TRUE"] if owner is None else [f"t.{quoted(owner[0])} = {text(owner[1])}"]
        if days:
            tests.append(f"CAST(t.{quoted(days[0])} AS DATE) BETWEEN DATE '{days[1]}' AND DATE '{days[2]}'")
        if run is not None:
            tests.append(f"t._run_id = {text(run)}")
        if new_only:
            tests.append(f"t.rowid >= {self._marks.get(table, 0)}")
        picked = ", ".join(
            f"CAST(t.{quoted(name)} AS VARCHAR) AS {quoted(name)}" if kind == JSON else f"t.{quoted(name)}"
            for name, kind in self.columns(table).items()
        )
        query = f"SELECT {picked} FROM {self._at(table)} t WHERE {' AND '.join(tests)}"
        if before is not None:
            query = f"SELECT * FROM {before} UNION ALL BY NAME {query}"
        self.copy(query, to, metadata or {})

    def copy(self, query: str, to: Path, metadata: dict[str, str]) -> None:
        told = ", ".join(f"{text(name)}: {text(value)}" for name, value in metadata.items())
        notes = f", KV_METADATA {{{told}}}" if told else ""
        self.run(
            f"COPY ({query}) TO {text(str(to))} (FORMAT parquet, COMPRESSION snappy, "
            f"WRITE_BLOOM_FILTER false{notes})"
        )

    def rows_of(self, table: str, shape: Shape, source: str) -> str:
        """A query for rows that stand in an older shape, as they must stand in this table now."""
        kinds = {name: kind for name, kind, _ in shape.columns}
        old = self.columns_of(shape)
        picked = []
        for name, kind in self.columns(table).items():
            if name not in kinds:
                continue
            value = self.converted(quoted(name), old[name], kind)
            picked.append(
                f"CAST({value} AS VARCHAR) AS {quoted(name)}"
                if kind == JSON
                else f"{value} AS {quoted(name)}"
            )
        return f"SELECT {', '.join(picked)} FROM {source}"

    def columns_of(self, shape: Shape) -> dict[str, pa.DataType]:
        """The types of a shape's columns."""
        return types_of(self._connection.sql(rows_of(shape, None)))

    def shape(self, table: str, query: str) -> Shape:
        """How a table stands now; `query` is its history's, unless it was made anew."""
        comments = self._comments
        columns = tuple(
            (name, sql_type(kind), comments.get((table, name), ""))
            for name, kind in self.columns(table).items()
        )
        view = f"{quoted(self.schema)}.{quoted(table + '__history')}"
        return Shape(columns, comments.get((table, None), ""), self._queries.get(view, query))

    def system_rows(self) -> tuple[dict[str, list[Row]], dict[str, list[Key]]]:
        """What came and what went in our own small tables."""
        came: dict[str, list[Row]] = {}
        gone: dict[str, list[Key]] = {}
        for name in self.tables().intersection(KEYS):
            new = self.run(f"SELECT * FROM {self._at(name)} WHERE rowid >= {self._marks.get(name, 0)}")
            rows = [[_plain(value) for value in row] for row in new]
            known = self._state.rows[name]
            keys = known.keys() | {key_of(name, row) for row in rows}
            count = int(str(self.run(f"SELECT count(*) FROM {self._at(name)}")[0][0]))
            if rows:
                came[name] = rows
            if count != len(keys):
                present = self.run(f"SELECT * FROM {self._at(name)}")
                left = {key_of(name, [_plain(value) for value in row]) for row in present}
                gone[name] = sorted(keys - left)
        return came, gone

    def empty(self, table: str) -> None:
        self.run(f"TRUNCATE {self._at(table)}")
        self._came.pop(table, None)

    def _at(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"


def _nothing() -> None:
    """Nothing is to be read in, or written out."""


def _plain(value: object) -> str | int | None:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value if value is None or isinstance(value, int) else str(value)
