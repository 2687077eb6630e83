"""Columns made ready for writing: which are text, which are JSON, and what a spreadsheet must not execute."""

from __future__ import annotations

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

# A spreadsheet takes a cell that begins so for a formula; the wide forms are folded to these by some of them.
FORMULA = "=+-@\t\r\n\x00＝＋－＠"
_BEGINS_LIKE_A_FORMULA = r"^[=+\-@\t\r\n\x00＝＋－＠]"

_encoder = msgspec.json.Encoder(decimal_format="number")


def kind_of(field: pa.Field) -> str:
    """The catalog's kind of a column; "" if it is not told."""
    return str((field.metadata or {}).get(b"kind", b""), "utf-8")


def comment_of(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"comment", b""), "utf-8")


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def is_money(field: pa.Field) -> bool:
    return kind_of(field) == "money" or (not kind_of(field) and bool(pa.types.is_decimal(field.type)))


def json_bytes(value: object) -> bytes:
    """A value as JSON: decimals with all their digits, days and moments as ISO text."""
    return _encoder.encode(value)


def as_json_text(column: pa.Array) -> pa.Array:
    """Lists and structs as JSON in text."""
    return pa.array(
        [None if value is None else json_bytes(value).decode() for value in column.to_pylist()], pa.string()
    )


def formula_safe(column: pa.Array) -> pa.Array:
    """Text that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    risky = pc.match_substring_regex(column, _BEGINS_LIKE_A_FORMULA)
    return pc.if_else(pc.fill_null(risky, False), pc.binary_join_element_wise("'", column, ""), column)


def safe_text(text: str) -> str:
    """The same for one text."""
    return f"'{text}" if text[:1] and text[0] in FORMULA else text


def number_text(column: pa.Array) -> pa.Array:
    """Numbers as text; decimals keep at least two places and lose no other digit than closing zeros."""
    text = column.cast(pa.string())
    if pa.types.is_decimal(column.type):
        return pc.replace_substring_regex(text, r"(\.\d\d\d*?)0+$", r"\1")
    return text


def moment_text(column: pa.Array) -> pa.Array:
    """Moments as `2026-01-31 10:00:00`, with a fraction only where there is one."""
    return pc.replace_substring_regex(column.cast(pa.string()), r"\.0+(Z?)$", r"\1")
