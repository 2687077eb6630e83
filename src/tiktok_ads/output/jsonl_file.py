"""JSON lines: one object a row, ids as text, money as numbers with all their digits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec
import pyarrow as pa

from tiktok_ads.output.cells import json_bytes, kind_of, number_text

_ROWS = 2_048
"""Rows that are Python objects at once."""


def write_jsonl(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: BinaryIO) -> int:
    """Write the rows and say how many there were.

    A column that holds JSON is written as that JSON, not as text of it. NULL stands as null, so that every
    row has every column.
    """
    inner = {field.name for field in schema if kind_of(field) == "json"}
    count = 0
    for batch in batches:
        for first in range(0, batch.num_rows, _ROWS):
            part = batch.slice(first, _ROWS)
            columns = [_values(part[name], is_json=name in inner) for name in schema.names]
            rows = zip(*columns, strict=True)
            lines = [json_bytes(dict(zip(schema.names, row, strict=True))) for row in rows]
            out.write(b"".join(line + b"\n" for line in lines))
            count += len(lines)
    return count


def _values(column: pa.Array, *, is_json: bool) -> list[object]:
    """The cells of a column, ready to be written."""
    if pa.types.is_decimal(column.type):
        texts = number_text(column).to_pylist()
        return [None if text is None else msgspec.Raw(text.encode()) for text in texts]
    values = column.to_pylist()
    return [_embedded(one) for one in values] if is_json else values


def _embedded(text: object) -> object:
    """JSON as it stands, if it is JSON and stands on one line; text otherwise."""
    if not isinstance(text, str) or "\n" in text or "\r" in text:
        return text
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return msgspec.Raw(text.encode())
