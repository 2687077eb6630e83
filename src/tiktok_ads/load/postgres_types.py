"""Arrow's types in Postgres' words, and rows made ready for it: JSON for what nests, texts it can hold."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.load.columns import JSON, MOMENT, TEXT, is_exact

_PLAIN = (
    (TEXT, "TEXT"),
    (pa.int64(), "BIGINT"),
    (pa.float64(), "DOUBLE PRECISION"),
    (pa.bool_(), "BOOLEAN"),
    (pa.date32(), "DATE"),
    (MOMENT, "TIMESTAMP"),
)
_ARROW = {
    "bigint": pa.int64(),
    "integer": pa.int64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp without time zone": MOMENT,
    "jsonb": JSON,
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
_NUMBER = r"'^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?\s*$'"


def sql_type(kind: pa.DataType) -> str:
    """The type in SQL; what nests is kept as jsonb.

    Raises:
        TypeError: no column can have it.
    """
    if kind == JSON or pa.types.is_nested(kind):
        return "JSONB"
    if pa.types.is_decimal(kind):
        return f"NUMERIC({kind.precision},{kind.scale})"
    for known, name in _PLAIN:
        if kind == known:
            return name
    raise TypeError(f"no column can hold {kind}")


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type of a column that Postgres' `format_type` names so."""
    numeric = _NUMERIC.fullmatch(name)
    return pa.decimal128(int(numeric[1]), int(numeric[2])) if numeric else _ARROW.get(name, TEXT)


def staged(kind: pa.DataType) -> pa.DataType:
    """What a column of this type is while it is held: JSON as the text of it."""
    return TEXT if kind == JSON or pa.types.is_nested(kind) else kind


def converted(expression: str, old: pa.DataType, new: pa.DataType) -> str:
    """The expression, of type `old`, as a value of type `new`."""
    old, new = (JSON if pa.types.is_nested(kind) else kind for kind in (old, new))
    if old == new:
        return expression
    if new == JSON and old != TEXT:
        return f"to_jsonb({expression})"
    return f"CAST({expression} AS {sql_type(new)})"


def as_number(expression: str, kind: pa.DataType) -> str:
    """An exact number, null where there is none."""
    if is_exact(kind):
        return expression
    if pa.types.is_floating(kind):
        # Neither NaN nor infinity is an amount.
        usual = f"{expression} BETWEEN -1e31 AND 1e31"
        return f"CASE WHEN {usual} THEN CAST(CAST({expression} AS NUMERIC) AS NUMERIC(38,6)) END"
    if kind == TEXT:
        return f"CASE WHEN {expression} ~ {_NUMBER} THEN CAST({expression} AS NUMERIC) END"
    return "CAST(NULL AS NUMERIC)"


def holdable(rows: pa.Table, *, json: Collection[str]) -> pa.Table:
    """Rows as Postgres can take them in: no zero bytes, JSON that is JSON, nothing that nests.

    `json` names the columns whose text is JSON, which Arrow does not tell.
    """
    return pa.table({name: _holdable(rows[name], is_json=name in json) for name in rows.column_names})


def _holdable(values: pa.ChunkedArray, *, is_json: bool) -> pa.ChunkedArray:
    types = pa.types
    if types.is_nested(values.type):
        return pa.chunked_array([pa.array([_as_json(one) for one in values.to_pylist()], TEXT)])
    if types.is_null(values.type) or types.is_large_string(values.type) or types.is_string_view(values.type):
        values = values.cast(TEXT)
    if types.is_integer(values.type) and values.type == pa.uint64():
        return values.cast(pa.decimal128(20, 0))
    if types.is_timestamp(values.type):
        return values.cast(MOMENT)
    if values.type != TEXT:
        return values
    if is_json:
        return pa.chunked_array([pa.array([_valid_json(one) for one in values.to_pylist()], TEXT)])
    if pc.any(pc.match_substring(values, "\0")).as_py():
        return pc.replace_substring(values, "\0", "")
    return values


def _as_json(value: object) -> str | None:
    return None if value is None else _cleaned(msgspec.json.encode(value, enc_hook=_plain).decode())


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def _valid_json(said: str | None) -> str | None:
    """A text that is no JSON stays a text: nothing that TikTok sends may stop a load."""
    if said is None:
        return None
    try:
        msgspec.json.decode(said)
        return _cleaned(said)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return _cleaned(msgspec.json.encode(said).decode())


_ZERO = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _cleaned(said: str) -> str:
    """JSON without the zero byte, which jsonb refuses."""
    return _ZERO.sub(r"\1", said) if "\\u0000" in said else said
