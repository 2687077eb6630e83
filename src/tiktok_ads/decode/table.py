"""Decoded rows → one record batch: cell by cell, with what does not fit kept in `_extra`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from tiktok_ads.catalog.model import Field
from tiktok_ads.decode.arrow_types import EXTRA, arrow_field, schema_of, unknown_field
from tiktok_ads.decode.cells import Unfit, json_text

_EXPIRY = "x-expires="
"""How links of TikTok's storage say when they stop working."""
CellReader = Callable[[object, Field], object]


def batch_of(
    rows: Sequence[Mapping[str, object]], fields: Sequence[Field], read: CellReader
) -> tuple[pa.RecordBatch, int, tuple[str, ...]]:
    """The rows as a batch, the number of cells that did not fit, and the names of new fields.

    A field that the catalog does not know becomes a text column, unless its name cannot stand beside the
    others (ours begin with an underscore, and databases fold case): then it stays in `_extra`.
    """
    known = {field.name for field in fields}
    folded = {name.lower() for name in known}
    new: dict[str, Field] = {}
    for row in rows:
        for name in row.keys() - known - new.keys():
            if not name.startswith("_") and name.lower() not in folded and _is_plain(name):
                nested = any(isinstance(other.get(name), (dict, list)) for other in rows)
                new[name] = unknown_field(name, nested=nested)
                folded.add(name.lower())
    columns = [_marked(field, rows) for field in (*fields, *(new[name] for name in sorted(new)))]
    extras: list[dict[str, object]] = [{} for _ in rows]
    arrays = [_column(rows, field, read, extras) for field in columns]
    shown = {field.name for field in columns}
    for row, extra in zip(rows, extras, strict=True):
        extra.update({name: value for name, value in row.items() if name not in shown})
    arrays.append(pa.array([json_text(extra) if extra else None for extra in extras], pa.string()))
    unfit = sum(len(extra) for extra in extras)
    return pa.RecordBatch.from_arrays(arrays, schema=schema_of(columns)), unfit, tuple(sorted(new))


def _column(
    rows: Sequence[Mapping[str, object]], field: Field, read: CellReader, extras: list[dict[str, object]]
) -> pa.Array:
    values: list[object] = []
    for row, extra in zip(rows, extras, strict=True):
        try:
            values.append(read(row.get(field.name), field))
        except Unfit as error:
            values.append(error.nearest)
            extra[field.name] = row.get(field.name)
    return pa.array(values, arrow_field(field).type)


def _marked(field: Field, rows: Sequence[Mapping[str, object]]) -> Field:
    """The field, marked as expiring if a link in it is: another link each time is no change of the row."""
    if field.expires or field.kind not in ("text", "json"):
        return field
    expires = any(_has_expiring_link(row.get(field.name)) for row in rows)
    return replace(field, expires=True) if expires else field


def _has_expiring_link(value: object) -> bool:
    if isinstance(value, str):
        return _EXPIRY in value
    if isinstance(value, dict):
        return any(_has_expiring_link(one) for one in value.values())
    return isinstance(value, list) and any(_has_expiring_link(one) for one in value)


def _is_plain(name: str) -> bool:
    return bool(name) and name != EXTRA and len(name.encode()) <= 63 and name.isprintable()
