"""The log of a lake: what each commit did, in order, and what stands after all of them.

A commit is one file that is put where none was: `_log/00000000000000000007.json`. Until it is there nothing
of the commit counts; from then on all of it does, also if the process dies before the rows are in their
places, for the log says where they wait. Every so often the sum of all entries is written beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

import msgspec

from tiktok_ads.errors import DestinationBusy, LoadError, NotOurs
from tiktok_ads.load.lake.files import LOCK, Files

FORMAT = 1
"""Of an entry. A newer one is refused, never read by guess."""
FOLDER, WAITING, RUNS = "_log", "_waiting", "_runs"
_SUM_EVERY = 50

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


T = TypeVar("T")


class _Sum(msgspec.Struct):
    format: int
    number: int
    shapes: dict[str, Shape]
    rows: dict[str, list[Row]]
    parts: list[Held]


def key_of(table: str, row: Row) -> Key:
    return tuple(str(value) for value in row[: KEYS[table]])


class Reads(Protocol):
    """What `read` needs of the files."""

    @property
    def name(self) -> str: ...

    def read(self, path: str) -> bytes | None: ...

    def listed(self, folder: str) -> list[str]: ...


def read(files: Reads) -> tuple[State, Entry | None]:
    """What stands, and the newest entry, of which something may still wait.

    Raises:
        LoadError: a newer version of this program wrote it, or it is damaged.
    """
    names = files.listed(FOLDER)
    state, entry = State(), None
    sums = [name for name in names if name.endswith(".sum.json")]
    if sums:
        state = _summed(_decoded(files, sums[-1], _Sum))
    for name in names:
        number = name.removesuffix(".json")
        if number.isdecimal() and int(number) >= state.number:
            entry = _decoded(files, name, Entry)
            if entry.number == state.number:
                continue
            if entry.number != state.number + 1:
                raise LoadError(
                    f"entry {state.number + 1} of its log {FOLDER} is missing. Nothing was changed; bring it "
                    "back from a copy, or load into a new folder.",
                    files.name,
                )
            state.follow(entry)
    return state, entry


def _decoded(files: Reads, name: str, kind: type[T]) -> T:
    data = files.read(f"{FOLDER}/{name}") or b""
    try:
        version = msgspec.json.decode(data, type=dict[str, msgspec.Raw]).get("format", b"1")
        if int(bytes(version)) > FORMAT:
            raise LoadError(
                f"a newer version of this program wrote it (format {int(bytes(version))}, this one knows "
                f"{FORMAT}). Update the program; nothing was changed.",
                files.name,
            )
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError):
        raise LoadError(
            f"{FOLDER}/{name} is damaged. Nothing was changed; bring it back from a copy.", files.name
        ) from None


def _summed(held: _Sum) -> State:
    state = State(number=held.number, shapes=held.shapes)
    for table, rows in held.rows.items():
        state.rows[table] = {key_of(table, row): row for row in rows}
    for one in held.parts:
        state.parts.setdefault((one.part.table, one.part.owner), {})[one.part] = one
    return state


def append(files: Files, state: State, entry: Entry) -> None:
    """Put the entry: after this the commit counts.

    Raises:
        DestinationBusy: somebody else put one of that number meanwhile; nothing was changed.
    """
    path = f"{FOLDER}/{_name(entry.number)}.json"
    is_ours = files.create(path, msgspec.json.encode(entry))
    if is_ours and any(
        name.endswith(".sum.json") and name > _name(entry.number) for name in files.listed(FOLDER)
    ):
        # Others wrote an entry of this number long ago, and its place is free since they summed up.
        files.delete(path)
        is_ours = False
    if not is_ours:
        raise DestinationBusy(
            "another process wrote into it meanwhile; nothing of this was written. Run again.", files.name
        )
    state.follow(entry)


def sum_up(files: Files, state: State) -> None:
    """Now and then write what stands, so that a log stays quick to read, and drop what it tells anew."""
    if state.number % _SUM_EVERY:
        return
    parts = [one for parts in state.parts.values() for one in parts.values()]
    rows = {table: list(held.values()) for table, held in state.rows.items()}
    held = _Sum(FORMAT, state.number, state.shapes, rows, parts)
    files.put(f"{FOLDER}/{_name(state.number)}.sum.json", msgspec.json.encode(held))
    for name in files.listed(FOLDER):
        # The newest entry stays: the number after it must be free for one writer alone.
        if name.partition(".")[0] < _name(state.number):
            files.delete(f"{FOLDER}/{name}")


def _name(number: int) -> str:
    return f"{number:020}"


def check_ours(files: Files) -> None:
    """Refuse a folder in which something else stands.

    Raises:
        NotOurs: it holds files, and no log of ours.
    """
    found = [name for name in files.listed("") if name != LOCK]
    if found and FOLDER not in found and not {*found} <= {WAITING, RUNS}:
        raise NotOurs(
            f"it holds files that are not ours ({', '.join(found[:5])}). Nothing was written; name another "
            "folder.",
            files.name,
        )


def runs(files: Reads, limit: int | None = None) -> list[dict[str, object]]:
    """The newest run reports, newest first."""
    names = files.listed(RUNS)[::-1][:limit]
    found = (files.read(f"{RUNS}/{name}") for name in names)
    return [msgspec.json.decode(one, type=dict[str, object]) for one in found if one]
