"""Rows of any query in the types that files and tables on a page know."""

from __future__ import annotations

import pyarrow as pa

from tiktok_ads.output.cells import as_json_text


def plain(rows: pa.Table) -> pa.Table:
    """The same rows, with texts in place of what few programs read; names that are there twice get a number.

    Enumerations, times of day, spans of time and bytes (as hex) become text, maps become JSON. Numbers, days,
    moments, lists and structs stay.
    """
    columns = [_plain(values) for values in rows.columns]
    fields = [
        pa.field(name, values.type, metadata=field.metadata)
        for name, values, field in zip(_different(rows.column_names), columns, rows.schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind, types = values.type, pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(values.cast(kind.storage_type))
    if types.is_dictionary(kind):
        return _plain(values.cast(kind.value_type))
    if (
        types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_null(kind)
        or types.is_time(kind)
    ):
        return values.cast(pa.string())
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _texts([None if one is None else one.hex() for one in values.to_pylist()])
    if types.is_interval(kind) or types.is_duration(kind):
        return _texts([None if one is None else _span(one) for one in values.to_pylist()])
    if types.is_map(kind):
        return pa.chunked_array([as_json_text(chunk) for chunk in values.chunks], pa.string())
    if types.is_timestamp(kind) and kind.unit == "ns":
        return values.cast(pa.timestamp("us", kind.tz), safe=False)
    return values


def _texts(values: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def _span(value: object) -> str:
    if isinstance(value, pa.MonthDayNano):
        return f"{value.months} months {value.days} days {value.nanoseconds / 1_000_000_000:g} seconds"
    return str(value)


def _different(names: list[str]) -> list[str]:
    """The names, each once: the second `id` is `id (2)`."""
    found: list[str] = []
    for name in names:
        made, number = name, 1
        while made in found:
            number += 1
            made = f"{name} ({number})"
        found.append(made)
    return found
