"""Values as an assistant may see them: nothing hidden in a text, nothing endless, no digit lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec
import pyarrow as pa

MOST_LETTERS = 500
"""Of one text."""
MOST_IN_ALL = 60_000
"""Letters of all rows of one answer: more would fill an assistant's memory."""
_JOINERS = "\u200c\u200d"
"""Without these, some scripts and pictures fall apart; they hide nothing."""
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_SELECTORS = range(0xE0100, 0xE01F0)
"""Further variation selectors: invisible, and enough of them to write sentences with."""


def shown(text: str) -> str:
    """A text without letters that only a machine sees, and not longer than anybody reads."""
    if not text.isascii() or not text.isprintable():
        text = "".join(_spelled(one) for one in text)
    if len(text) > MOST_LETTERS:
        return f"{text[:MOST_LETTERS]}… ({len(text):,} letters)"
    return text


def _spelled(letter: str) -> str:
    if letter in _JOINERS or letter == "\n":
        return letter
    if unicodedata.category(letter) in _HIDDEN or ord(letter) in _SELECTORS:
        return f"\\u{{{ord(letter):X}}}"
    return letter


def number(value: Decimal) -> str:
    """All digits that count, and at least two places where there are any."""
    whole, point, rest = f"{value:f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}" if point else whole


def cell(value: object) -> object:
    """A value as JSON can hold it."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, Mapping):
        return {shown(str(name)): cell(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [cell(one) for one in value]
    return value if isinstance(value, (int, float, bool, type(None))) else shown(str(value))


def rows_of(table: pa.Table) -> tuple[list[list[object]], bool]:
    """The rows, as many as may be told, and whether some were left out."""
    rows: list[list[object]] = []
    letters = 0
    for batch in table.to_batches(max_chunksize=64):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            row = [cell(one) for one in values]
            letters += len(msgspec.json.encode(row))
            if letters > MOST_IN_ALL and rows:
                return rows, True
            rows.append(row)
    return rows, False
