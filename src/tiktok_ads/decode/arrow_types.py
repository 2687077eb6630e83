"""The one mapping of catalog kinds to Arrow types, and the schema of every stream's batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import EntityStream, Field, Kind, ReportStream

EXTRA = "_extra"
MONEY = pa.decimal128(18, 6)

_PLAIN: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "name": pa.string(),
    "json": pa.string(),
    "count": pa.int64(),
    "money": MONEY,
    "percent": pa.float64(),
    "ratio": pa.float64(),
    "seconds": pa.float64(),
    "bool": pa.bool_(),
    "day": pa.date32(),
    "hour": pa.timestamp("us"),
    "utc": pa.timestamp("us"),
    "epoch": pa.timestamp("us"),
}


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type of one catalog field, lists and structs included."""
    if field.kind == "struct":
        kind = pa.struct([pa.field(part.name, arrow_type(part)) for part in field.fields])
    else:
        kind = _PLAIN[field.kind]
    return pa.list_(kind) if field.is_list else kind


def arrow_field(field: Field) -> pa.Field:
    """A column: its type, and as metadata its comment, its kind and whether its links expire."""
    metadata = {"comment": field.doc, "kind": field.kind}
    if field.expires:
        metadata["expires"] = "1"
    return pa.field(field.name, arrow_type(field), metadata=metadata)


def unknown_field(name: str, *, nested: bool) -> Field:
    """A column for a field that TikTok sends and the catalog does not know yet: kept as text."""
    return Field(name, "json" if nested else "text", "Sent by TikTok; not in the catalog yet.")


EXTRA_FIELD = Field(EXTRA, "json", "What TikTok sent that does not fit its column, as JSON.")


def report_fields(stream: ReportStream, metrics: Sequence[str], catalog: Catalog) -> tuple[Field, ...]:
    """The columns of a report: advertiser, dimensions, metrics, currency; each name once."""
    fields = [Field("advertiser_id", "id", "The ad account.")]
    for name in stream.dimensions:
        if name == "advertiser_id":
            continue
        dimension = catalog.dimensions[name]
        fields.append(Field(name, dimension.kind, dimension.doc))
    taken = {field.name for field in fields}
    for name in metrics:
        if name in taken:
            continue
        taken.add(name)
        metric = catalog.metrics[name]
        warning = "" if metric.additive or metric.is_attribute else " Not to be added up."
        fields.append(Field(name, metric.kind, metric.doc + warning))
    if "currency" not in taken:
        fields.append(Field("currency", "text", "Currency of the ad account, ISO 4217."))
    return tuple(fields)


def entity_fields(stream: EntityStream, columns: Iterable[str] = ()) -> tuple[Field, ...]:
    """The columns of an entity table; `columns` narrows it to those, its keys and what marks deletion."""
    wanted = set(columns)
    always = {*stream.primary_key, stream.replication_key, "advertiser_id"}
    if stream.deletable:
        always.add("secondary_status")
    fields = [field for field in stream.fields if not wanted or field.name in wanted | always]
    if not any(field.name == "advertiser_id" for field in fields):
        fields.insert(0, Field("advertiser_id", "id", "The ad account."))
    if stream.deletable:
        fields.append(Field("is_deleted", "bool", "Whether the object, or what it belongs to, is deleted."))
    return tuple(fields)


def schema_of(fields: Iterable[Field]) -> pa.Schema:
    """Columns in order, and `_extra` at the end."""
    return pa.schema([*(arrow_field(field) for field in fields), arrow_field(EXTRA_FIELD)])
