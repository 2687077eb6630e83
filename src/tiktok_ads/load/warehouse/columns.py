"""How our columns are written down for dlt, and how what a driver gives becomes Arrow again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tiktok_ads.load.columns import JSON, MOMENT, TEXT
from tiktok_ads.load.database import Columns
from tiktok_ads.load.sql import quoted

PART, GONE = "_part", "_gone"
"""What is replaced together, and the mark of a row that only says that its part is replaced."""


def stored(kind: pa.DataType) -> pa.DataType:
    """Of what a warehouse keeps for it: what nests is JSON as text, which every one of them has."""
    return TEXT if kind == JSON or pa.types.is_nested(kind) else kind


def hints(columns: Columns, comments: dict[str, str]) -> dict[str, dict[str, object]]:
    """The columns as dlt has them told, ours for parts among them."""
    told: dict[str, dict[str, object]] = {
        PART: {"data_type": "text", "nullable": False, "merge_key": True},
        GONE: {"data_type": "bool", "nullable": True, "hard_delete": True},
    }
    for name, kind in columns.items():
        told[name] = {**_hint(stored(kind)), "nullable": True}
        if comments.get(name):
            told[name]["description"] = comments[name]
    return told


def _hint(kind: pa.DataType) -> dict[str, object]:
    if pa.types.is_decimal(kind):
        return {"data_type": "decimal", "precision": kind.precision, "scale": kind.scale}
    if kind == MOMENT:
        return {"data_type": "timestamp", "timezone": False, "precision": 6}
    return {"data_type": _NAMES[kind]}


_NAMES = {
    TEXT: "text",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "bool",
    pa.date32(): "date",
}


def arrow_of(columns: Columns) -> pa.Schema:
    """The rows of a package: a part's name, the mark, and the columns."""
    return pa.schema(
        [pa.field(PART, TEXT, nullable=False), (GONE, pa.bool_())]
        + [(name, stored(kind)) for name, kind in columns.items()]
    )


def written(name: str, kind: pa.DataType) -> str:
    """The expression that reads a column of the workspace's table `t` as it is stored."""
    column = f"t.{quoted(name)}"
    if kind == JSON:
        return f"CAST({column} AS VARCHAR)"
    return f"CAST(to_json({column}) AS VARCHAR)" if pa.types.is_nested(kind) else column


def table_of(rows: Sequence[Sequence[Any]], columns: Columns) -> pa.Table:
    """Rows of a driver as Arrow, as they are stored."""
    kinds = {name: stored(kind) for name, kind in columns.items()}
    arrays = [
        pa.array([_value(row[place], kind) for row in rows], kind)
        for place, kind in enumerate(kinds.values())
    ]
    return pa.table(arrays, names=list(kinds))


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if kind == MOMENT:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if kind == pa.date32():
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        return value.date() if isinstance(value, datetime) else value
    if pa.types.is_decimal(kind):
        return value if isinstance(value, Decimal) else Decimal(str(value))
    if kind == pa.int64():
        return int(value)
    if kind == pa.float64():
        return float(value)
    if kind == pa.bool_():
        return bool(value)
    return value if isinstance(value, str) else str(value)
