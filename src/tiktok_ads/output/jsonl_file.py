"""JSON lines: one object a row, ids as text, money as numbers with all their digits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec
import pyarrow as pa

from tiktok_ads.output.cells import json_bytes, kind_of

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
            rows = batch.slice(first, _ROWS).to_pylist()
            for row in rows:
                for name in inner:
                    row[name] = _embedded(row[name])
            out.write(b"".join(json_bytes(row) + b"\n" for row in rows))
            count += len(rows)
    return count


def _embedded(text: object) -> object:
    """JSON as it stands, if it is JSON and stands on one line; text otherwise."""
    if not isinstance(text, str) or "\n" in text or "\r" in text:
        return text
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return msgspec.Raw(text.encode())
