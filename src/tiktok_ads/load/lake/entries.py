"""What an entry of a lake's log tells, and what stands after all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import msgspec

FORMAT = 1
"""Of an entry. A newer one is refused, never read by guess."""

Key = tuple[str, ...]
Row = list[str | int | None]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of one owner in one table that stand together: those of some days, of one run, or all.

    `first` and `last` are the days that belong to it. `path` is its file, "" where a table is its own store.
    """

    table: str
    owner: str
    first: date | None = None
    last: date | None = None
    run: str | None = None
    path: str = ""


class Move(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part becomes what waits in a file, or grows by it; None says that nothing is left of it."""

    part: Part
    waiting: str | None
    rows: int = 0
    last_day: date | None = None
    adds: bool = False


class Shape(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table as it should look: columns with SQL type and comment, and the query of its history view."""

    columns: tuple[tuple[str, str, str], ...]
    doc: str = ""
    history: str = ""


class Entry(msgspec.Struct, omit_defaults=True):
    """One commit; its name tells who made it.

    `rows` are those of our own small tables that came, by table; `gone` are the keys of those that went.
    """

    number: int
    name: str
    format: int = FORMAT
    moves: list[Move] = []
    shapes: dict[str, Shape] = {}
    rows: dict[str, list[Row]] = {}
    gone: dict[str, list[Key]] = {}


class Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part as it stands: how many rows, and the last day that has one."""

    part: Part
    rows: int
    last_day: date | None = None


KEYS: dict[str, int] = {"_state": 2, "_tables": 1, "_forgotten": 4}
"""Our own small tables, which live in the log, and how many of their first columns make a row's key."""


@dataclass
class State:
    """What stands after all entries."""

    number: int = 0
    shapes: dict[str, Shape] = field(default_factory=dict)
    rows: dict[str, dict[Key, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    parts: dict[tuple[str, str], dict[Part, Held]] = field(default_factory=dict)

    def follow(self, entry: Entry) -> None:
        self.number = entry.number
        self.shapes.update(entry.shapes)
        for table, keys in entry.gone.items():
            for key in keys:
                self.rows[table].pop(key, None)
        for table, rows in entry.rows.items():
            for row in rows:
                self.rows[table][key_of(table, row)] = row
        for move in entry.moves:
            if not move.part.path:
                continue
            parts = self.parts.setdefault((move.part.table, move.part.owner), {})
            if move.waiting is None:
                parts.pop(move.part, None)
                continue
            before = parts.get(move.part)
            grown = before.rows if before and move.adds else 0
            parts[move.part] = Held(move.part, grown + move.rows, move.last_day)

    def told(self, table: str) -> tuple[str, str | None]:
        """The columns that tell whose a table's rows are, and of which day."""
        register = self.rows["_tables"].get((table,))
        if register is not None:
            return str(register[6]), None if register[7] is None else str(register[7])
        # Changes belong to whom their table's rows do; our own sums always to advertisers.
        register = self.rows["_tables"].get((table.removesuffix("__changes"),))
        return (str(register[6]) if register else "advertiser_id"), None

    def of_table(self, table: str) -> list[Held]:
        """All parts of a table."""
        return [one for (name, _), parts in self.parts.items() if name == table for one in parts.values()]


def key_of(table: str, row: Row) -> Key:
    return tuple(str(value) for value in row[: KEYS[table]])
