"""A lake's tables as views of a DuckDB in memory, for whoever asks what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from tiktok_ads.load.lake.entries import Entry, State
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.lake.memory import Memory
from tiktok_ads.load.lake.shapes import lay_out, rows_of
from tiktok_ads.load.lake.shelf import Shelf
from tiktok_ads.load.sql import quoted, text
from tiktok_ads.load.state import SYSTEM_TABLES, moment_of


class Views(Memory):
    """Shows what `show` is told to; `pending` is an entry whose files may still wait."""

    def __init__(
        self,
        files: Files,
        shelf: Shelf,
        state: State,
        *,
        pending: Entry | None,
        schema: str = "tiktok_ads",
        memory_limit: str = "80MB",
    ) -> None:
        super().__init__(files, schema=schema, memory_limit=memory_limit)
        self._shelf, self._state = shelf, state
        self._waiting = {move.part: move.waiting for move in pending.moves if move.waiting} if pending else {}

    def __enter__(self) -> Views:
        super().__enter__()
        lay_out(self._connection, self.schema, self._state)
        return self

    def tables(self) -> set[str]:
        return {*self._state.shapes, *SYSTEM_TABLES} if self._state.number else set()

    def show(self, table: str, owner: str | None) -> None:
        """Let queries see a table, or one owner's rows of it."""
        shape = self._state.shapes.get(table)
        if shape is None:
            return
        parts = self._shelf.parts(self._state, table, owner)
        source = self._shelf.source(self._state, self._connection, parts, self._waiting)
        kind = "TABLE" if table in SYSTEM_TABLES else "VIEW"
        self.run(f"DROP {kind} IF EXISTS {self._at(table)}")
        self.run(f"CREATE VIEW {self._at(table)} AS {rows_of(shape, source)}")

    def show_all(self, runs: list[dict[str, object]]) -> None:
        """Everything that a database of ours would show."""
        self.show_columns(runs)
        for table, shape in self._state.shapes.items():
            self.show(table, None)
            for name, _, comment in shape.columns:
                if comment:
                    self.run(f"COMMENT ON COLUMN {self._at(table)}.{quoted(name)} IS {text(comment)}")

    def show_columns(self, runs: list[dict[str, object]]) -> None:
        """As `show_all`, but rows of our own small tables alone; `show` then brings a table's."""
        for table, shape in self._state.shapes.items():
            if table not in SYSTEM_TABLES:
                self.run(f"CREATE VIEW {self._at(table)} AS {rows_of(shape, None)}")
        for table, shape in self._state.shapes.items():
            if shape.history:
                self.create_view(self._at(f"{table}__history"), shape.history)
        for run in runs:
            told = [moment_of(run.get(key)) for key in ("started_at", "finished_at")]
            row = [run.get("run_id") or run.get("id"), *told, run.get("outcome")]
            self.run(
                f"INSERT INTO {self._at('_runs')} VALUES (?, ?, ?, ?, ?)",
                [*row, msgspec.json.encode(run).decode()],
            )

    def comment(self, table: str, column: str) -> str:
        """What is written at a column; a history's are its table's."""
        shape = self._state.shapes.get(table.removesuffix("__history"))
        return next((said for name, _, said in shape.columns if name == column), "") if shape else ""

    def lock(self) -> None:
        """From now on no statement reaches another file, the network or an extension."""
        self.run(f"SET allowed_directories = [{text(str(self._files.folder))}]")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")

    def days_with(self, table: str, keys: Mapping[str, str]) -> list[tuple[str, str | None, date | None]]:
        """The owners, runs and days of a table's rows that have these values."""
        register = self._state.rows["_tables"][(table,)]
        method, owner, day = register[5:8]
        picked_day = f"CAST(t.{quoted(str(day))} AS DATE)" if day else "CAST(NULL AS DATE)"
        run = "t._run_id" if method == "append" else "CAST(NULL AS VARCHAR)"
        rows = self.run(
            f"SELECT DISTINCT t.{quoted(str(owner))}, {run}, {picked_day} FROM {self._at(table)} t "
            f"WHERE {_having(keys)}"
        )
        return [
            (str(whose), None if one is None else str(one), day if isinstance(day, date) else None)
            for whose, one, day in rows
        ]

    def owners_with(self, table: str, keys: Mapping[str, str], owner_column: str) -> list[str]:
        """Whose rows of a table have these values."""
        if table not in self._state.shapes:
            return []
        owner = f"t.{quoted(owner_column)}"
        rows = self.run(f"SELECT DISTINCT {owner} FROM {self._at(table)} t WHERE {_having(keys)}")
        return [str(one) for (one,) in rows]

    def _at(self, table: str) -> str:
        return f"{quoted(self.schema)}.{quoted(table)}"


def _having(keys: Mapping[str, str]) -> str:
    return " AND ".join(f"CAST(t.{quoted(name)} AS VARCHAR) = {text(value)}" for name, value in keys.items())
