"""The log of a lake: what each commit did, in order, and what stands after all of them.

A commit is one file that is put where none was: `_log/00000000000000000007.json`. Until it is there nothing
of the commit counts; from then on all of it does, also if the process dies before the rows are in their
places, for the log says where they wait. Every so often the sum of all entries is written beside them.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec

from tiktok_ads.errors import DestinationBusy, LoadError, NotOurs
from tiktok_ads.load.lake.entries import FORMAT, Entry, Held, Row, Shape, State, key_of
from tiktok_ads.load.lake.files import LOCK, Files

FOLDER, WAITING, RUNS = "_log", "_waiting", "_runs"
_SUM_EVERY = 50

T = TypeVar("T")


class _Sum(msgspec.Struct):
    format: int
    number: int
    shapes: dict[str, Shape]
    rows: dict[str, list[Row]]
    parts: list[Held]


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
