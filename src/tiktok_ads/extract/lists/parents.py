"""What the rows of one list hold that another list is asked for with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import pyarrow as pa

from tiktok_ads.catalog.streams import Each, EntityStream, Stream

Row = Mapping[str, object]


def columns_used(table: str, streams: Iterable[Stream]) -> tuple[str, ...]:
    """The columns of a table that other lists are asked for with."""
    used: dict[str, None] = {}
    for stream in streams:
        for each in _each_of(stream, table):
            paths = [path for _, path in (*each.send, *each.keep)]
            used.update(dict.fromkeys(_root(path) for path in paths))
            used.update(dict.fromkeys(name for name, _ in each.where))
    return tuple(used)


def known_of(table: pa.Table, columns: Sequence[str]) -> list[Row]:
    """The rows of a list with those columns alone, and whether each is deleted."""
    names = [name for name in (*columns, "is_deleted") if name in table.column_names]
    return list(table.select(names).to_pylist())


def chosen(each: Each, rows: Sequence[Row]) -> list[dict[str, object]]:
    """What is sent and kept for each value, by column: every one once, in the order of the rows."""
    paths = dict.fromkeys(path for _, path in (*each.send, *each.keep))
    first = each.send[0][1]
    found: dict[tuple[object, ...], None] = {}
    for row in rows:
        if not _wanted(each, row):
            continue
        values = {path: _values(row, path) for path in paths}
        for value in values[first]:
            others = [value if path == first else _only(values[path]) for path in paths]
            if value not in (None, ""):
                found[tuple(others)] = None
    return [dict(zip(paths, values, strict=True)) for values in found]


def _each_of(stream: Stream, table: str) -> list[Each]:
    if not isinstance(stream, EntityStream):
        return []
    return [each for ask in stream.asks for each in ask.each if each.table == table]


def _wanted(each: Each, row: Row) -> bool:
    if row.get("is_deleted") and not each.deleted:
        return False
    return all(_spelled(row.get(name)) in allowed for name, allowed in each.where)


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _only(values: Sequence[object]) -> object:
    return values[0] if values else None


def _root(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _values(row: Row, path: str) -> list[object]:
    """What stands at a path; lists on the way are gone through, and JSON that is kept as text is opened."""
    found: list[object] = [row]
    for step in path.split("."):
        name, _, condition = step.rstrip("]").partition("[")
        found = [inner for one in found if isinstance(one, Mapping) for inner in _opened(one.get(name))]
        if condition:
            key, _, value = condition.partition("=")
            found = [one for one in found if isinstance(one, Mapping) and str(one.get(key)) == value]
    return [one for one in found if one is not None]


def _opened(value: object) -> list[object]:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return [value]
    return list(value) if isinstance(value, list) else [value]
