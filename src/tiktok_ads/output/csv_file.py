"""CSV as RFC 4180 has it: quotes only where needed, CRLF, NULL as nothing and an empty text as two quotes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.output.cells import (
    as_json_text,
    formula_safe,
    is_number,
    is_text,
    moment_text,
    number_text,
    safe_text,
)

_BOM = "\ufeff".encode()
_ROWS = 16_384
"""Rows that are text at once."""


def write_csv(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    out: BinaryIO,
    *,
    bom: bool = False,
    keep_formulas: bool = False,
) -> int:
    """Write the rows and say how many there were.

    pyarrow's own writer would quote every text and pad money to six places.

    Args:
        schema: the columns, also where there is no row.
        batches: the rows.
        out: where to.
        bom: begin with the mark by which Excel knows UTF-8.
        keep_formulas: leave text that begins like a formula as it is, for readers that are no spreadsheets.
    """
    names = [name if keep_formulas else safe_text(name) for name in schema.names]
    header = b",".join(_quoted(pa.array([name]))[0].as_py().encode() for name in names)
    out.write((_BOM if bom else b"") + header + b"\r\n")
    count = 0
    for batch in batches:
        for first in range(0, batch.num_rows, _ROWS):
            part = batch.slice(first, _ROWS)
            cells = [_cells(column, keep_formulas=keep_formulas) for column in part.columns]
            lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
            for line in ("\r\n".join(lines.to_pylist()), "\r\n"):
                out.write(line.encode())
            count += part.num_rows
    return count


def _cells(column: pa.Array, *, keep_formulas: bool) -> pa.Array:
    kind = column.type
    if is_number(kind):
        return number_text(column)
    if pa.types.is_timestamp(kind):
        return moment_text(column)
    if not is_text(kind):
        if not pa.types.is_nested(kind):
            return column.cast(pa.string())
        column = as_json_text(column)
    text = column.cast(pa.string())
    return _quoted(text if keep_formulas else formula_safe(text))


def _quoted(column: pa.Array) -> pa.Array:
    """Text in quotes where it is empty, holds what separates cells, or has blanks at an end."""
    needed = pc.match_substring_regex(column, r'[",\r\n]|^$|^\s|\s$')
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(needed, quoted, column)
