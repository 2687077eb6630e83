"""One commit of a lake: which parts it reads into the workspace, and which it writes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tiktok_ads.errors import DestinationBusy, LoadError
from tiktok_ads.load.lake import log
from tiktok_ads.load.lake.came import Day
from tiktok_ads.load.lake.entries import Entry, Move, Part, Shape, State
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.lake.parts import Touched
from tiktok_ads.load.lake.reach import Grows, Reach
from tiktok_ads.load.lake.shelf import Shelf
from tiktok_ads.load.lake.workspace import Workspace


class Commit:
    """What is taken before the workspace's transaction, read in at its begin and written out at its end."""

    def __init__(
        self, workspace: Workspace, files: Files, shelf: Shelf, state: State, run_id: str, name: str
    ) -> None:
        self._workspace, self._files, self._shelf, self._state = workspace, files, shelf, state
        self._name = name
        self.reach = Reach(shelf, state, run_id)
        self._touched: dict[tuple[str, str | None], list[Touched]] = {}
        self._before: dict[str, dict[tuple[str, date | None], int]] = {}
        self._waiting: list[str] = []
        self._is_told = False
        self.entry: Entry | None = None

    def begin(self) -> None:
        """Read in what the transaction looks at."""
        self._workspace.straight = self.reach.straight
        present = self._workspace.tables()
        for (table, run), owners in self.reach.spans.items():
            told = self.reach.told[table]
            found = [
                part
                for spans in owners.values()
                for part in self._shelf.touched(
                    self._state,
                    table,
                    spans,
                    owner_column=told.owner_column,
                    day_column=told.day_column,
                    run=run,
                )
            ]
            self._touched[table, run] = found
            self._fill(table, [one.part for one in found if one.held])
        for table, grows in self.reach.grows.items():
            parts = [
                part
                for owner in sorted(grows.owners)
                for part in self._shelf.parts(self._state, table, owner)
            ]
            self._fill(table, parts, grows.columns)
        for table, (whose, columns) in self.reach.looked_up.items():
            if table in {name for name, _ in self.reach.spans}:
                continue
            parts = [part for owner in sorted(whose) for part in self._shelf.parts(self._state, table, owner)]
            known = {name for name, _, _ in self._state.shapes[table].columns} if table in present else set()
            self._fill(table, parts, tuple(sorted(columns & known)))
        for table in self.reach.one_of:
            self._fill(table, self._shelf.parts(self._state, table, None)[:1])
        for table in self.reach.tables & present:
            self._workspace.mark(table)
            if table in self.reach.told:
                told = self.reach.told[table]
                held = self._workspace.days(table, told.owner_column, told.day_column, None)
                self._before[table] = {(day.owner, day.day): day.rows for day in held}

    def _fill(self, table: str, parts: Sequence[Part], columns: tuple[str, ...] | None = None) -> None:
        source = self._shelf.source(self._state, self._workspace.connection, parts, {}) if parts else None
        if source is not None:
            self._workspace.fill(table, source, columns)

    def end(self) -> None:
        """Write out what differs, empty the workspace, and put the entry: from then on it counts."""
        present = self._workspace.tables()
        moves: list[Move] = [Move(part, None) for part in self.reach.dropped]
        for table, run in self.reach.spans:
            if table in present:
                moves += self._moves(table, run)
        for table, grows in self.reach.grows.items():
            if table in present:
                moves += self._growth(table, grows)
        shapes = self._shapes(self.reach.tables & present)
        moves += self._widened(shapes, {move.part for move in moves})
        came, gone = self._workspace.system_rows()
        for table in self.reach.tables & present:
            self._workspace.empty(table)
        if not (moves or shapes or came or gone):
            return
        entry = Entry(self._state.number + 1, self._name, moves=moves, shapes=shapes, rows=came, gone=gone)
        self._is_told = True
        try:
            log.append(self._files, self._state, entry)
        except DestinationBusy:
            self._is_told = False
            raise
        self.entry = entry

    def _moves(self, table: str, run: str | None) -> list[Move]:
        """What becomes of the parts that were reached into."""
        told, before = self.reach.told[table], self._before.get(table, {})
        touched = self._touched[table, run]
        held: dict[Part, list[Day]] = {one.part: [] for one in touched}
        ends: dict[str, dict[Part, tuple[date, date]]] = {}
        for owner in {one.part.owner for one in touched}:
            ends[owner] = self._shelf.days(
                self._state, [part for part in held if part.owner == owner], owner, run
            )
        whole = {part.owner: part for part in held if part.first is None}
        for day in self._workspace.days(table, told.owner_column, told.day_column, run):
            part = whole.get(day.owner)
            if day.day is not None and part is None:
                part = next(
                    (
                        one
                        for one, (first, last) in ends.get(day.owner, {}).items()
                        if first <= day.day <= last
                    ),
                    None,
                )
            if part is None or part not in held:
                raise LoadError(f"rows of {table} lie outside of what was loaded.", self._files.name)
            held[part].append(day)
        moves: list[Move] = []
        for one in touched:
            days, part = held[one.part], one.part
            were = {key: rows for key, rows in before.items() if self._is_in(key, part, ends)}
            if not any(day.new for day in days) and were == {(day.owner, day.day): day.rows for day in days}:
                continue
            rows = sum(day.rows for day in days)
            if rows == 0:
                moves.append(Move(part, None))
                continue
            span = ends[part.owner].get(part) if len(touched) > 1 else None
            moves.append(
                Move(
                    part,
                    self._written(
                        table,
                        part,
                        days=(told.day_column, *span) if told.day_column and span else None,
                        run=run,
                        is_all=len(touched) == 1,
                    ),
                    rows,
                    max((day.day for day in days if day.day), default=None),
                )
            )
        return moves

    def _is_in(
        self, key: tuple[str, date | None], part: Part, ends: dict[str, dict[Part, tuple[date, date]]]
    ) -> bool:
        owner, day = key
        if owner != part.owner:
            return False
        span = ends[owner].get(part)
        return span is None or day is None or span[0] <= day <= span[1]

    def _written(
        self,
        table: str,
        part: Part,
        *,
        days: tuple[str, date, date] | None = None,
        run: str | None = None,
        new_only: bool = False,
        before: str | None = None,
        is_all: bool = False,
    ) -> str:
        """Write rows of the workspace where they wait; gives the file. `is_all`: the table has no others."""
        waiting, made = self._waits()
        self._workspace.write(
            table,
            made,
            owner=None if is_all else (self.reach.told[table].owner_column, part.owner),
            days=days,
            run=run,
            new_only=new_only,
            before=before,
        )
        self._files.keep(made, waiting)
        return waiting

    def _waits(self) -> tuple[str, Path]:
        """A name to wait under, and where to make the file."""
        waiting = f"{log.WAITING}/{self._name}-{len(self._waiting)}.new"
        self._waiting.append(waiting)
        return waiting, self._files.making(waiting)

    def _growth(self, table: str, grows: Grows) -> list[Move]:
        """The new rows of a table that only grows, put to the last part of it while that is small."""
        told = self.reach.told[table]
        counted = {day.owner: day for day in self._workspace.days(table, told.owner_column, None, None)}
        moves: list[Move] = []
        for owner in sorted(grows.owners):
            now = counted.get(owner) or Day(owner, None, 0, 0)
            parts = self._shelf.parts(self._state, table, owner)
            if owner in grows.rewritten:
                if now.rows != self._before.get(table, {}).get((owner, None), 0):
                    moves += [Move(part, None) for part in parts]
                    if now.rows:
                        first = self._shelf.grown(self._state, table, owner, told.owner_column, anew=True)
                        moves.append(Move(first, self._written(table, first), now.rows))
                continue
            if now.new:
                moves.append(self._added(table, owner, now.new))
        return moves

    def _added(self, table: str, owner: str, new: int) -> Move:
        part = self._shelf.grown(self._state, table, owner, self.reach.told[table].owner_column)
        held = self._state.parts.get((table, owner), {}).get(part)
        if held is None:
            return Move(part, self._written(table, part, new_only=True), new, adds=True)
        before = self._shelf.source(self._state, self._workspace.connection, [part], {})
        waiting = self._written(table, part, new_only=True, before=before)
        return Move(part, waiting, held.rows + new)

    def _shapes(self, tables: set[str]) -> dict[str, Shape]:
        """The tables that look otherwise than before."""
        found: dict[str, Shape] = {}
        for table in sorted(tables):
            known = self._state.shapes.get(table)
            now = self._workspace.shape(table, known.history if known else "")
            if now != known:
                found[table] = now
        return found

    def _widened(self, shapes: dict[str, Shape], done: set[Part]) -> list[Move]:
        """All other parts of tables that got a wider column, written anew with it."""
        moves: list[Move] = []
        for table, shape in shapes.items():
            old = self._state.shapes.get(table)
            if old is None:
                continue
            kinds = {name: kind for name, kind, _ in shape.columns}
            if all(kinds.get(name) == kind for name, kind, _ in old.columns):
                continue
            for held, source in self._shelf.others(self._state, self._workspace.connection, table, done):
                waiting, made = self._waits()
                self._workspace.copy(self._workspace.rows_of(table, old, source), made, {})
                self._files.keep(made, waiting)
                moves.append(Move(held.part, waiting, held.rows, held.last_day))
        return moves

    def drop(self) -> None:
        """Take away what waits, unless the entry may count."""
        if self._is_told:
            return
        for waiting in self._waiting:
            self._files.delete(waiting)
        self._files.prune(log.WAITING)
