"""Our own small tables in a warehouse, read whole and written by key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from tiktok_ads.load.columns import MOMENT, TEXT
from tiktok_ads.load.database import Columns
from tiktok_ads.load.lake.entries import KEYS, Key, Row, Shape, State, key_of
from tiktok_ads.load.sql import listed, quoted
from tiktok_ads.load.state import SYSTEM_TABLES
from tiktok_ads.load.warehouse.columns import PART, arrow_of
from tiktok_ads.load.warehouse.pipe import Pipe, Put

SHAPES, RUNS, SUMS = "_shapes", "_runs", "_daily_sums"
_KINDS = {
    "VARCHAR": TEXT,
    "JSON": TEXT,
    "INTEGER": pa.int64(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "TIMESTAMP": MOMENT,
    "DECIMAL(38,6)": pa.decimal128(38, 6),
}


def columns_of(table: str) -> Columns:
    """The columns of one of our own tables."""
    if table == SHAPES:
        return {"table_name": TEXT, "shape": TEXT}
    told = (one.split(" ") for one in SYSTEM_TABLES[table][0].split(", "))
    return {name: _KINDS[kind] for name, kind in told}


def read(pipe: Pipe) -> State:
    """What the register says stands; number 0 where nothing was ever written."""
    state = State()
    present = pipe.stands([*KEYS, SHAPES])
    for table in KEYS:
        if table not in present:
            continue
        for row in pipe.ask(_all(pipe, table)):
            plain = [_plain(value) for value in row]
            state.rows[table][key_of(table, plain)] = plain
            state.number = 1
    if SHAPES in present:
        for name, shape in pipe.ask(_all(pipe, SHAPES)):
            state.shapes[str(name)] = msgspec.json.decode(str(shape), type=Shape)
            state.number = 1
    return state


def _all(pipe: Pipe, table: str) -> str:
    return f"SELECT {listed(columns_of(table), 't.')} FROM {quoted(pipe.schema)}.{quoted(table)} t"


def puts(came: dict[str, list[Row]], gone: dict[str, list[Key]], shapes: dict[str, Shape]) -> dict[str, Put]:
    """A package's worth of our own tables, each row by its key."""
    found: dict[str, Put] = {}
    for table in KEYS:
        rows, left = came.get(table, []), gone.get(table, [])
        if rows or left:
            keyed = [(key_of(table, row), row) for row in rows]
            found[table] = put(table, keyed, gone=left)
    if shapes:
        told = [((name,), [name, msgspec.json.encode(shape).decode()]) for name, shape in shapes.items()]
        found[SHAPES] = put(SHAPES, told)
    return found


def put(table: str, rows: Sequence[tuple[Key, Sequence[Any]]], *, gone: Iterable[Key] = ()) -> Put:
    """These rows in the place of those of the same keys; the keys of `gone` lose theirs."""
    columns = columns_of(table)
    shape = arrow_of(columns)
    parts = [part_of(key) for key, _ in rows]
    values = [[_told(row[place], kind) for _, row in rows] for place, kind in enumerate(columns.values())]
    arrays = [pa.array(parts, TEXT), pa.nulls(len(rows), pa.bool_())]
    arrays += [pa.array(one, kind) for one, kind in zip(values, columns.values(), strict=True)]
    batch = pa.RecordBatch.from_arrays(arrays, schema=shape)
    every = [*dict.fromkeys([*parts, *map(part_of, gone)])]
    return Put(columns, every, iter([batch] if rows else []), comments={PART: "What is replaced together."})


def part_of(key: Key) -> str:
    return json.dumps(list(key), ensure_ascii=False)


def _told(value: object, kind: pa.DataType) -> object:
    return datetime.fromisoformat(value) if kind == MOMENT and isinstance(value, str) else value


def _plain(value: object) -> str | int | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return value if value is None or isinstance(value, int) else str(value)
