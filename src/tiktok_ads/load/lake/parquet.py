"""A lake of Parquet files: `<table>/advertiser=…/month=2026-01/2026-01-01.parquet`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from tiktok_ads.load.lake.entries import Entry, Held, Part, State
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.lake.log import WAITING
from tiktok_ads.load.lake.parts import LARGE, Touched, cleaned, ranges, touched
from tiktok_ads.load.lake.shapes import files_of
from tiktok_ads.load.scope import Span

if TYPE_CHECKING:
    import duckdb


class Parquet:
    """A `Shelf` whose parts are files, each replaced at once by another of the same name."""

    def __init__(self, files: Files, *, is_alone: bool) -> None:
        self._files, self.is_alone = files, is_alone

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
        held = state.parts.get((table, spans[0].owner), {}).values()
        return touched(
            held, spans, table=table, owner_column=owner_column, run=run, dated=day_column is not None
        )

    def grown(self, state: State, table: str, owner: str, owner_column: str, *, anew: bool = False) -> Part:
        held = sorted(state.parts.get((table, owner), {}).values(), key=lambda one: _number(one.part))
        if held and held[-1].rows < LARGE and not anew:
            return held[-1].part
        number = 1 + (_number(held[-1].part) if held else 0)
        folder = f"{cleaned(table)}/{cleaned(owner_column.removesuffix('_id'))}={cleaned(owner)}"
        return Part(table, owner, path=f"{folder}/{number}.parquet")

    def days(
        self, state: State, touched: Sequence[Part], owner: str, run: str | None
    ) -> dict[Part, tuple[date, date]]:
        return ranges({*touched, *state.parts.get((touched[0].table, owner), {})}, run)

    def parts(self, state: State, table: str, owner: str | None) -> list[Part]:
        if owner is None:
            return [one.part for one in state.of_table(table)]
        return list(state.parts.get((table, owner), {}))

    def owners(self, state: State, table: str) -> set[str]:
        return {owner for (name, owner), parts in state.parts.items() if name == table and parts}

    def others(
        self, state: State, connection: duckdb.DuckDBPyConnection, table: str, done: set[Part]
    ) -> list[tuple[Held, str]]:
        others = [one for one in state.of_table(table) if one.part not in done]
        return [(one, str(self.source(state, connection, [one.part], {}))) for one in others]

    def source(
        self,
        state: State,
        connection: duckdb.DuckDBPyConnection,
        parts: Sequence[Part],
        waiting: dict[Part, str],
    ) -> str | None:
        if not parts:
            return None
        paths = self._files.here([self._path(part, waiting) for part in parts])
        return files_of(map(str, paths))

    def _path(self, part: Part, waiting: dict[Part, str]) -> str:
        waits = waiting.get(part)
        if waits:
            folder, _, name = waits.rpartition("/")
            if name in self._files.listed(folder):
                return waits
        return part.path

    def put_in_place(self, state: State, entry: Entry) -> None:
        waiting = {f"{WAITING}/{name}" for name in self._files.listed(WAITING)}
        for move in entry.moves:
            if move.waiting is None:
                self._files.delete(move.part.path)
                self._files.prune(move.part.path.rpartition("/")[0])
            elif move.waiting in waiting:
                self._files.move(move.waiting, move.part.path)
        self._files.prune(WAITING)


def _number(part: Part) -> int:
    name = part.path.rpartition("/")[2].removesuffix(".parquet")
    return int(name) if name.isdecimal() else 0
