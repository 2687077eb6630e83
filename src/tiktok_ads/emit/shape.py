"""What columns are called and hold in JSON, and rows as JSON can hold them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.load import TableSpec
from tiktok_ads.load.tables import SYSTEM
from tiktok_ads.output.cells import kind_of

_BATCH_ROWS = 2_048
"""Rows that are Python objects at once."""
_OURS = ("_synced_at", "_run_id")
_LOCAL = "hour"
"""The kind of moments that are an advertiser's own, and so have no zone."""


def system_fields() -> list[pa.Field]:
    """The columns that every row gets from us."""
    return [
        pa.field(name, SYSTEM[name][0], metadata={"comment": SYSTEM[name][1], "kind": "utc"})
        for name in _OURS
    ]


def keys_of(spec: TableSpec) -> tuple[str, ...]:
    """What makes a row itself; where each run adds a snapshot, its run as well."""
    return (*spec.uniqueness, "_run_id") if spec.method == "append" else spec.uniqueness


def json_schema(spec: TableSpec) -> dict[str, object]:
    """The rows of a table as JSON Schema. Columns that TikTok adds later may come beside these."""
    keys = keys_of(spec)
    fields = [*spec.schema, *system_fields()]
    return {
        "type": "object",
        "additionalProperties": True,
        "properties": {one.name: _property(one, is_key=one.name in keys) for one in fields},
        "required": list(keys),
    }


def _property(field: pa.Field, *, is_key: bool) -> dict[str, object]:
    told = _json_type(field.type, local=kind_of(field) == _LOCAL)
    fills = is_key and pa.types.is_string(field.type)
    told["type"] = [told["type"]] if fills else ["null", told["type"]]
    comment = (field.metadata or {}).get(b"comment", b"").decode()
    return {**told, "description": comment} if comment else told


def _json_type(kind: pa.DataType, *, local: bool = True) -> dict[str, object]:
    types = pa.types
    if types.is_list(kind):
        return {"type": "array", "items": _nullable(_json_type(kind.value_type))}
    if types.is_struct(kind):
        parts = {part.name: _nullable(_json_type(part.type)) for part in kind}
        return {"type": "object", "additionalProperties": True, "properties": parts}
    if types.is_date(kind):
        return {"type": "string", "format": "date"}
    if types.is_timestamp(kind) and not local:
        return {"type": "string", "format": "date-time"}
    for check, name in (
        (types.is_boolean, "boolean"),
        (types.is_integer, "integer"),
        (types.is_decimal, "number"),
        (types.is_floating, "number"),
    ):
        if check(kind):
            return {"type": name}
    return {"type": "string"}


def _nullable(told: dict[str, object]) -> dict[str, object]:
    return {**told, "type": ["null", told["type"]]}


def records(
    spec: TableSpec, rows: pa.Table, *, ours: Mapping[str, object], only: Collection[str] | None
) -> Iterator[dict[str, object]]:
    """Rows as objects, every column in each.

    A blank text of a key comes as "", since no program finds a row again by nothing. `only` names the columns
    that are wanted; those that TikTok has added meanwhile come along.
    """
    keys = set(keys_of(spec))
    wanted = [name for name in rows.column_names if only is None or name in only or name in keys]
    ours = {name: value for name, value in ours.items() if only is None or name in only or name in keys}
    for batch in rows.select(wanted).to_batches(max_chunksize=_BATCH_ROWS):
        columns = [
            _values(column, field, is_key=field.name in keys)
            for column, field in zip(batch.columns, batch.schema, strict=True)
        ]
        names = batch.schema.names
        for values in zip(*columns, strict=True):
            yield {**dict(zip(names, values, strict=True)), **ours}


def _values(column: pa.Array, field: pa.Field, *, is_key: bool) -> Iterable[object]:
    if pa.types.is_timestamp(field.type) and field.type.tz is None and kind_of(field) != _LOCAL:
        # Ours are UTC without saying so; to others it must be said.
        column = column.cast(pa.timestamp("us", "UTC"))
    if is_key and pa.types.is_string(field.type):
        column = pc.fill_null(column, "")
    values: list[object] = column.to_pylist()
    return values
