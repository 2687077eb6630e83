"""Which SQL type a column has, and which type holds both the old values and the new."""

from __future__ import annotations

import pyarrow as pa

from tiktok_ads.load.sql import quoted

JSON = pa.json_()
TEXT = pa.string()
MOMENT = pa.timestamp("us")


def column_type(field: pa.Field) -> pa.DataType:
    """The Arrow type of a column as a table keeps it: one per family, and JSON where the field says so."""
    kind = (field.metadata or {}).get(b"kind")
    return JSON if kind == b"json" and pa.types.is_string(field.type) else _kept(field.type)


def _kept(kind: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_struct(kind):
        return pa.struct([pa.field(part.name, _kept(part.type)) for part in kind])
    if types.is_list(kind) or types.is_large_list(kind):
        return pa.list_(_kept(kind.value_type))
    if types.is_null(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return TEXT
    if types.is_integer(kind):
        return pa.decimal128(20, 0) if kind == pa.uint64() else pa.int64()
    if types.is_floating(kind):
        return pa.float64()
    if types.is_timestamp(kind) and kind.tz is None:
        return MOMENT
    return kind


def sql_type(kind: pa.DataType) -> str:
    """The type in SQL.

    Raises:
        TypeError: no batch has such a type.
    """
    types = pa.types
    if kind == JSON:
        return "JSON"
    if types.is_struct(kind):
        return f"STRUCT({', '.join(f'{quoted(part.name)} {sql_type(part.type)}' for part in kind)})"
    if types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    for known, name in _PLAIN:
        if kind == known:
            return name
    raise TypeError(f"no column can hold {kind}")


_PLAIN = (
    (TEXT, "VARCHAR"),
    (pa.int64(), "BIGINT"),
    (pa.float64(), "DOUBLE"),
    (pa.bool_(), "BOOLEAN"),
    (pa.date32(), "DATE"),
    (MOMENT, "TIMESTAMP"),
)


def wider(old: pa.DataType, new: pa.DataType) -> pa.DataType:
    """The narrowest type that holds the values of both; `old` itself if it does."""
    types = pa.types
    if old == new or types.is_null(new):
        return old
    if types.is_struct(old) and types.is_struct(new):
        return _wider_struct(old, new)
    if types.is_list(old) and types.is_list(new):
        return pa.list_(wider(old.value_type, new.value_type))
    if _is_nested(old) or _is_nested(new) or JSON in (old, new):
        return TEXT if TEXT in (old, new) else JSON
    if is_exact(old) and is_exact(new):
        return _wider_number(old, new)
    if _is_number(old) and _is_number(new):
        return pa.float64()
    if {old, new} == {pa.date32(), MOMENT}:
        return MOMENT
    return TEXT


def _wider_struct(old: pa.DataType, new: pa.DataType) -> pa.DataType:
    parts = {part.name: part.type for part in old}
    for part in new:
        parts[part.name] = wider(parts[part.name], part.type) if part.name in parts else part.type
    return pa.struct(list(parts.items()))


def _wider_number(old: pa.DataType, new: pa.DataType) -> pa.DataType:
    scale = max(_scale(old), _scale(new))
    digits = max(_whole_digits(old), _whole_digits(new))
    return pa.decimal128(digits + scale, scale) if digits + scale <= 38 else TEXT


def _scale(kind: pa.DataType) -> int:
    return kind.scale if pa.types.is_decimal(kind) else 0


def _whole_digits(kind: pa.DataType) -> int:
    return kind.precision - kind.scale if pa.types.is_decimal(kind) else 19


def is_exact(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _is_number(kind: pa.DataType) -> bool:
    return is_exact(kind) or pa.types.is_floating(kind)


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind))


def converted(expression: str, old: pa.DataType, new: pa.DataType) -> str:
    """The expression, of type `old`, as a value of type `new`."""
    if old == new:
        return expression
    if new == JSON:
        if old == TEXT:
            # A text that is no JSON stays a text: nothing that TikTok sends may stop a load.
            return f"coalesce(TRY_CAST({expression} AS JSON), to_json({expression}))"
        return f"to_json({expression})"
    if new == TEXT and _is_nested(old):
        return f"CAST(to_json({expression}) AS VARCHAR)"
    return f"CAST({expression} AS {sql_type(new)})"
