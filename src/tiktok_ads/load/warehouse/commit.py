"""One commit into a warehouse: the touched parts read in, worked on, and those that differ put back.

The same statements run in the workspace as in a database (`relational`). A part is what is replaced together:
an owner's day, or all of an owner; of a table that appends, one run's. Rows go first, as one package of
dlt's; bookmarks and definitions after them, as another, so that a kill between the two repeats the window.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.errors import LoadError, NotOurs
from tiktok_ads.load.columns import JSON
from tiktok_ads.load.database import Columns
from tiktok_ads.load.destination import Load
from tiktok_ads.load.lake.entries import Shape, State
from tiktok_ads.load.parents import STEPS
from tiktok_ads.load.scope import Span, scope_of
from tiktok_ads.load.sql import listed, quoted, text
from tiktok_ads.load.staging import alike
from tiktok_ads.load.warehouse import register
from tiktok_ads.load.warehouse.columns import GONE, PART, stored, table_of, written
from tiktok_ads.load.warehouse.memory import Memory
from tiktok_ads.load.warehouse.pipe import Pipe, Put

_ROWS_AT_ONCE = 8_000
_PARTS_AT_ONCE = 200
Days = dict[tuple[str, date | None], int]


class Commit:
    """What the workspace's transaction does at its begin and its end."""

    def __init__(self, pipe: Pipe, workspace: Memory, state: State, run_id: str) -> None:
        self._pipe, self._workspace, self._state, self._run_id = pipe, workspace, state, run_id
        self._spans: dict[str, list[Span]] = defaultdict(list)
        self._run_of: dict[str, str | None] = {}
        self._told: dict[str, tuple[str, str | None]] = {}
        self._grows: dict[str, tuple[set[str], tuple[str, ...] | None]] = {}
        self._looked_up: dict[str, tuple[set[str], set[str]]] = {}
        self._peeked: set[str] = set()
        self._before: dict[str, Days] = {}
        self.shapes: dict[str, Shape] = {}

    def take(self, loads: Sequence[Load]) -> None:
        """Note what these loads reach into."""
        marks = {(load.bookmark.stream, load.bookmark.advertiser_id): load.bookmark for load in loads}
        for _, group in alike(loads):
            spec = group[0].spec
            spans = scope_of(group, marks)
            owners = {span.owner for span in spans}
            self._told[spec.name] = (spec.owner_column, spec.day_column)
            self._run_of[spec.name] = self._run_id if spec.method == "append" else None
            self._spans[spec.name] += spans
            changes = f"{spec.name}__changes"
            if spec.keeps_changes or changes in self._state.shapes:
                known = self._grows.get(changes, (set(), None))[0]
                needed = tuple(dict.fromkeys((spec.owner_column, *spec.uniqueness, "_changed_at")))
                self._told[changes] = (spec.owner_column, None)
                self._grows[changes] = (known | owners, needed)
            if spec.day_column:
                self._told[register.SUMS] = ("advertiser_id", None)
                known = self._grows.get(register.SUMS, (set(), None))[0]
                self._grows[register.SUMS] = (known | owners, None)
            self._take_parents(spec.kind, group)
            before = self._state.rows["_tables"].get((spec.name,))
            if before and (before[5] == "append") != (spec.method == "append"):
                # Whether the table has rows at all is asked, so one of them is read in to see.
                self._peeked.add(spec.name)

    def _take_parents(self, kind: str, group: Sequence[Load]) -> None:
        for table, child, parent in STEPS if kind == "report" else ():
            for load in group:
                names = load.rows.column_names
                if {child, parent, "advertiser_id"} <= {*names} and load.rows[parent].null_count:
                    owners, columns = self._looked_up.setdefault(table, (set(), {"advertiser_id"}))
                    columns |= {child, parent}
                    owners |= set(pc.unique(load.rows["advertiser_id"]).to_pylist())

    @property
    def _worked_on(self) -> set[str]:
        return {*self._spans, *self._grows, *self._looked_up} & self._workspace.tables()

    def begin(self) -> None:
        """Read in what the transaction looks at."""
        known = self._state.shapes
        for table, spans in self._spans.items():
            if table in known:
                for parts in _together(self._parts(table, spans)):
                    self._fill(table, f"t.{PART} IN ({', '.join(map(text, parts))})")
        for table, (owners, columns) in self._grows.items():
            if table in known:
                whose = f"t.{quoted(self._told[table][0])} IN ({', '.join(map(text, sorted(owners)))})"
                order = " ORDER BY t.synced_at" if table == register.SUMS else ""
                self._fill(table, f"{whose}{order}", columns)
        for table, (owners, wanted) in self._looked_up.items():
            if table in known and table not in self._spans:
                there = tuple(sorted(wanted & {name for name, _, _ in known[table].columns}))
                self._fill(table, f"t.advertiser_id IN ({', '.join(map(text, sorted(owners)))})", there)
        for table in self._peeked & known.keys():
            self._fill(table, "TRUE LIMIT 1")
        for table in self._worked_on:
            self._workspace.mark(table)
            if table in self._spans:
                self._before[table] = self._days(table)

    def _parts(self, table: str, spans: Sequence[Span]) -> list[tuple[str, int]]:
        """The parts of a table that these spans reach into, and how many rows each has."""
        owner, day = self._told[table]
        tests = [f"t.{quoted(owner)} IN ({', '.join(sorted({text(span.owner) for span in spans}))})"]
        if (run := self._run_of[table]) is not None:
            tests.append(f"t._run_id = {text(run)}")
        at = f"CAST(t.{quoted(day)} AS DATE)" if day else "NULL"
        if day:
            first = min(span.first for span in spans if span.first)
            last = max(span.last for span in spans if span.last)
            tests.append(f"{at} BETWEEN DATE '{first}' AND DATE '{last}'")
        names = f"t.{PART}, t.{quoted(owner)}" + (f", {at}" if day else "")
        query = (
            f"SELECT {names}, count(*) FROM {self._at(table)} t WHERE {' AND '.join(tests)} GROUP BY {names}"
        )
        found = []
        for part, whose, *when, rows in self._pipe.ask(query):
            if not day or any(
                span.owner == whose and span.first and span.last and span.first <= _day(when[0]) <= span.last
                for span in spans
            ):
                found.append((str(part), int(rows)))
        return found

    def _fill(self, table: str, where: str, columns: tuple[str, ...] | None = None) -> None:
        held = self._workspace.columns(table)
        there = {name for name, _, _ in self._state.shapes[table].columns}
        picked = {n: k for n, k in held.items() if n in there and (columns is None or n in columns)}
        query = f"SELECT {listed(picked, 't.')} FROM {self._at(table)} t WHERE {where}"
        for rows in self._pipe.stream(query):
            self._workspace.hold("came", table_of(rows, picked))
            values = ", ".join(
                f"{self._read_in(name, kind)} AS {quoted(name)}" for name, kind in picked.items()
            )
            self._workspace.run(f"INSERT INTO {self._at(table)} BY NAME SELECT {values} FROM came")
            self._workspace.let_go("came")

    def _read_in(self, name: str, kind: pa.DataType) -> str:
        if kind == JSON or pa.types.is_nested(kind):
            return f"CAST(CAST({quoted(name)} AS JSON) AS {self._workspace.sql_type(kind)})"
        return quoted(name)

    def _days(self, table: str) -> Days:
        held = self._workspace.days(table, *self._told[table], self._run_of.get(table))
        return {(day.owner, day.day): day.rows for day in held}

    def end(self) -> None:
        """Put what differs: rows first, and once they are there bookmarks and definitions."""
        tables = self._worked_on
        for table in sorted(tables):
            known = self._state.shapes.get(table)
            now = self._workspace.shape(table, "")
            if now != known:
                self._check_names(table, now)
                self.shapes[table] = now
        self._check_ours()
        for table, shape in self.shapes.items():
            self._widen(table, shape)
        name = uuid.uuid4().hex
        puts = {table: self._put(table, name) for table in sorted(tables)}
        self._pipe.put({table: put for table, put in puts.items() if put is not None})
        for table, shape in self.shapes.items():
            self._pipe.describe(table, shape.doc, {name: said for name, _, said in shape.columns})
        came, gone = self._workspace.system_rows()
        self._pipe.put(register.puts(came, gone, self.shapes))
        for table in tables:
            self._workspace.empty(table)

    def _put(self, table: str, name: str) -> Put | None:
        columns = self._workspace.columns(table)
        # A table without rows is made all the same.
        parts: list[str] = [f"made {name}"] if table in self.shapes else []
        rows: Iterator[pa.RecordBatch] = iter(())
        if table in self._spans:
            changed = self._changed(table)
            named = [self._part(table, *key) for key in changed]
            parts += named
            part = self._part_sql(table)
            where = f"{part} IN ({', '.join(map(text, named))})"
            mine = self._run_of.get(table)
            where += f" AND t._run_id = {text(mine)}" if mine is not None else ""
            rows = self._read_out(table, columns, part, where) if named else rows
        elif table in self._grows:
            mark = self._workspace.marked(table)
            where = f"t.rowid >= {mark}"
            if self._workspace.run(f"SELECT 1 FROM {self._at(table)} t WHERE {where} LIMIT 1"):
                parts.append(name)
                rows = self._read_out(table, columns, text(name), where)
        if not parts:
            return None
        told = self.shapes.get(table) or self._state.shapes[table]
        return Put(columns, parts, rows, told.doc, {column: said for column, _, said in told.columns})

    def _changed(self, table: str) -> list[tuple[str, date | None]]:
        before = self._before.get(table, {})
        held = self._workspace.days(table, *self._told[table], self._run_of.get(table))
        now = {(day.owner, day.day): day.rows for day in held}
        differ = {(day.owner, day.day) for day in held if day.new}
        differ |= {key for key in now.keys() | before.keys() if now.get(key, 0) != before.get(key, 0)}
        return sorted(differ, key=str)

    def _part(self, table: str, owner: str, day: date | None) -> str:
        named = [owner, day.isoformat() if day else None, self._run_of.get(table)]
        return "/".join(one for one in named if one is not None)

    def _part_sql(self, table: str) -> str:
        """As `_part`, of a row `t`."""
        owner, day = self._told[table]
        run = self._run_of.get(table)
        parts = [f"t.{quoted(owner)}"]
        parts += [f"strftime(CAST(t.{quoted(day)} AS DATE), '%Y-%m-%d')"] if day else []
        parts += [text(run)] if run is not None else []
        return " || '/' || ".join(parts)

    def _read_out(self, table: str, columns: Columns, part: str, where: str) -> Iterator[pa.RecordBatch]:
        """Rows of the workspace, some at a time: dlt takes turns between tables, the workspace cannot."""
        values = ", ".join(f"{written(name, kind)} AS {quoted(name)}" for name, kind in columns.items())
        ends = self._workspace.run(
            f"SELECT min(t.rowid), max(t.rowid) FROM {self._at(table)} t WHERE {where}"
        )
        first, last = (int(str(-1 if end is None else end)) for end in ends[0])
        for begin in range(first, last + 1, _ROWS_AT_ONCE) if first >= 0 else ():
            some = self._workspace.connection.sql(
                f"SELECT {part} AS {PART}, CAST(NULL AS BOOLEAN) AS {GONE}, {values} "
                f"FROM {self._at(table)} t WHERE {where} "
                f"AND t.rowid >= {begin} AND t.rowid < {begin + _ROWS_AT_ONCE}"
            ).to_arrow_table()
            yield from some.to_batches()

    def _check_names(self, table: str, shape: Shape) -> None:
        limit = self._pipe.capabilities.max_identifier_length
        names = [table, *(name for name, _, _ in shape.columns)]
        wrong = self._pipe.names(names) or [one for one in names if len(one) > limit or one in (PART, GONE)]
        if wrong:
            raise LoadError(
                f"{table} cannot be stored: the warehouse would spell the name {wrong[0][:80]!r} otherwise. "
                "Small ASCII letters, digits and single underscores go.",
                self._pipe.name,
            )

    def _check_ours(self) -> None:
        """A table that stands there and that we did not make is somebody else's."""
        new = [table for table in self.shapes if table not in self._state.shapes]
        for table, columns in (self._pipe.stands(new) if new else {}).items():
            if PART not in columns:
                raise NotOurs(
                    f"its schema {self._pipe.schema} holds a table {table} that is not ours. Nothing was "
                    "written; choose another schema, or move it.",
                    self._pipe.name,
                )

    def _widen(self, table: str, shape: Shape) -> None:
        known = self._state.shapes.get(table)
        if known is None:
            return
        old, new = (self._workspace.columns_of(one) for one in (known, shape))
        for name, kind in new.items():
            if name in old and stored(old[name]) != stored(kind):
                self._pipe.widen(table, name, stored(kind))

    def _at(self, table: str) -> str:
        return f"{quoted(self._pipe.schema)}.{quoted(table)}"


def _together(parts: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Parts to be read by one query: neither many rows, for some drivers hold them all, nor many names."""
    names: list[str] = []
    rows = 0
    for part, count in parts:
        if names and (rows + count > _ROWS_AT_ONCE or len(names) == _PARTS_AT_ONCE):
            yield names
            names, rows = [], 0
        names.append(part)
        rows += count
    if names:
        yield names


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
