"""The one mapping of catalog kinds to Arrow types, and the schema of every stream's batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog, dimensions_of, metrics_of
from tiktok_ads.catalog.model import Field, Kind
from tiktok_ads.catalog.semantics import semantics
from tiktok_ads.catalog.special_rules import UTC_DAY
from tiktok_ads.catalog.streams import Beside, EntityStream, ReportStream

EXTRA = "_extra"
TIMES = ("stat_time_day", "stat_time_hour")
LAST_DAY = "period_last_day"
_LAST_DAY_DOC = "The last day that the figures are of: before the end of the period if that is not over."
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


def in_utc(stream: ReportStream, catalog: Catalog) -> bool:
    """Whether the stream's days are those of UTC; else they are the owner's own."""
    special = catalog.special.get(stream.report_type)
    return special is not None and special.zone == "UTC"


def report_fields(stream: ReportStream, metrics: Sequence[str], catalog: Catalog) -> tuple[Field, ...]:
    """The columns of a report: owner, dimensions, metrics, currency; each name once."""
    owner = {"advertiser_id": "The ad account.", "bc_id": "The Business Center."}[stream.owner_column]
    fields = [Field(stream.owner_column, "id", owner)]
    for name in wire_dimensions(stream, catalog) + (("stat_time_day",) if stream.stamped else ()):
        if name == stream.owner_column:
            continue
        dimension = dimensions_of(stream, catalog).get(name)
        if dimension is None:
            fields.append(forced_field(name))
            continue
        doc = UTC_DAY if name in TIMES and in_utc(stream, catalog) else dimension.doc
        if name in TIMES and stream.period:
            doc = f"The first day of the {stream.period} that the figures are of."
        fields.append(Field(name, dimension.kind, doc))
    if stream.period:
        fields.append(Field(LAST_DAY, "day", _LAST_DAY_DOC))
    taken = {field.name for field in fields}
    for name in metrics:
        if name in taken:
            continue
        taken.add(name)
        metric = metrics_of(stream, catalog).get(name)
        if metric is None:
            fields.append(forced_field(name))
            continue
        comment = " ".join((metric.doc, *semantics(metric).sentences()))
        fields.append(Field(name, metric.kind, comment))
    fields += [field for one in stream.beside for field in beside_fields(one, catalog)]
    if "currency" not in taken and stream.owner == "advertiser":
        fields.append(Field("currency", "text", "Currency of the ad account, ISO 4217."))
    return tuple(fields)


def forced_field(name: str) -> Field:
    """A column for what was asked for by name alone; whatever it is, it is kept as text."""
    return Field(name, "text", "Asked for by name; not in the catalog, so its type is unknown.")


def beside_fields(beside: Beside, catalog: Catalog) -> list[Field]:
    """The columns of a coarser question, which say by their names and comments that they repeat."""
    by = " and ".join(beside.dimensions)
    told = f"Of the {beside.word} as a whole, by {by}: it repeats on every row and must not be added up."
    known = catalog.metrics
    return [
        Field(beside.column(name), known[name].kind, f"{known[name].doc} {told}") for name in beside.metrics
    ]


def wire_dimensions(stream: ReportStream, catalog: Catalog) -> tuple[str, ...]:
    """The dimensions as they come: those asked for, and what TikTok adds to some of them."""
    known = dimensions_of(stream, catalog)
    added = [name for one in stream.dimensions if one in known for name in known[one].also_returns]
    return tuple(dict.fromkeys((*stream.dimensions, *added)))


def entity_fields(stream: EntityStream, columns: Iterable[str] = ()) -> tuple[Field, ...]:
    """The columns of an entity table; `columns` narrows it to those, its keys and what marks deletion."""
    wanted = set(columns)
    always = {*stream.primary_key, stream.replication_key, stream.owner_column, *_day_of(stream)}
    if stream.deletable:
        always.add("secondary_status")
    fields = [field for field in stream.fields if not wanted or field.name in wanted | always]
    if stream.marks_deleted:
        fields.append(Field("is_deleted", "bool", "Whether the object, or what it belongs to, is deleted."))
    return tuple(fields)


def _day_of(stream: EntityStream) -> tuple[str, ...]:
    return (stream.dated.day_column,) if stream.dated else ()


def schema_of(fields: Iterable[Field]) -> pa.Schema:
    """Columns in order, and `_extra` at the end."""
    return pa.schema([*(arrow_field(field) for field in fields), arrow_field(EXTRA_FIELD)])
