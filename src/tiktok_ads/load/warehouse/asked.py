"""A warehouse as a `Database` that is only asked: the questions of `relational`, put through dlt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import pyarrow as pa

from tiktok_ads.load.columns import sql_type
from tiktok_ads.load.database import Columns
from tiktok_ads.load.lake.entries import State
from tiktok_ads.load.warehouse.columns import stored
from tiktok_ads.load.warehouse.memory import Memory
from tiktok_ads.load.warehouse.pipe import Pipe
from tiktok_ads.load.warehouse.register import columns_of


class Asked:
    """See `Database`; whatever would write is refused by having no words for it."""

    row_id = "_part"
    order_of_writing = "synced_at"
    max_name_bytes = 255

    def __init__(self, pipe: Pipe, workspace: Memory, state: State) -> None:
        self._pipe, self._workspace, self._state = pipe, workspace, state
        self.name, self.schema = pipe.name, pipe.schema

    def run(self, sql: str, values: Sequence[object] | None = None) -> list[tuple[object, ...]]:
        if values:
            raise TypeError("a question to a warehouse takes no parameters")
        return self._pipe.ask(sql)

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

    def tables(self) -> set[str]:
        return {*self._state.shapes, *(["_tables"] if self._state.rows["_tables"] else [])}

    def columns(self, table: str) -> Columns:
        if table not in self._state.shapes:
            return columns_of(table)
        held = self._workspace.columns_of(self._state.shapes[table])
        return {name: stored(kind) for name, kind in held.items()}

    def comments(self) -> dict[tuple[str, str | None], str]:
        return {}

    def sql_type(self, kind: pa.DataType) -> str:
        return sql_type(kind)

    def as_number(self, expression: str, kind: pa.DataType) -> str:
        return f"TRY_CAST({expression} AS DECIMAL(38,6))"

    def _writes(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a warehouse is written through packages alone")

    touched = transaction = insert = hold = keep = let_go = create_schema = converted = staged = _writes
    paired = create_view = drop_view = _writes
