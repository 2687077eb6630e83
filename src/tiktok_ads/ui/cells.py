"""Rows of an answer as a page and a call show them: ids whole, NULL told from blank, nothing rounded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pyarrow as pa

Kind = Literal["number", "day", "moment", "text", "yes or no", "nested"]
MOST_TEXT = 500
"""Letters of a cell on a page; a download has all of them."""
_WHOLE = 2**53
"""Beyond this a browser's numbers lose digits."""
_closing_zeros = re.compile(r"(\.\d\d\d*?)0+$")


@dataclass(frozen=True)
class GridColumn:
    name: str
    kind: Kind


@dataclass(frozen=True)
class Grid:
    """First rows of an answer. `is_cut` says that there were more than are taken."""

    columns: tuple[GridColumn, ...]
    rows: tuple[tuple[object, ...], ...]
    is_cut: bool
    seconds: float

    def texts(self) -> list[list[str | None]]:
        """The cells as text, None for NULL."""
        return [[None if value is None else _text(value) for value in row] for row in self.rows]

    def values(self) -> list[list[Any]]:
        """The cells as JSON can hold them without loss: amounts, large numbers, days and moments as text."""
        return [[_plain(value) for value in row] for row in self.rows]


def grid_of(table: pa.Table, *, is_cut: bool, seconds: float) -> Grid:
    columns = tuple(GridColumn(field.name, _kind(field.type)) for field in table.schema)
    cells = [column.to_pylist() for column in table.columns]
    return Grid(columns, tuple(zip(*cells, strict=True)), is_cut, seconds)


def _kind(kind: pa.DataType) -> Kind:
    types = pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_date(kind):
        return "day"
    if types.is_timestamp(kind):
        return "moment"
    if types.is_boolean(kind):
        return "yes or no"
    return "nested" if types.is_nested(kind) or types.is_union(kind) else "text"


def _text(value: object) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Decimal):
        text = _closing_zeros.sub(r"\1", f"{value:f}")
    elif isinstance(value, date):
        text = value.isoformat().replace("T", " ")
    elif isinstance(value, (int, float)):
        text = str(value)
    else:
        text = msgspec.json.encode(_plain(value)).decode()
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"


def _plain(value: object) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _WHOLE else str(value)
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else str(value)
