"""The tables of a dataset as the catalog describes them: what each column means and may be used for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from tiktok_ads.catalog.lookup import dimensions_of, metrics_of
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.semantics import UNITS, semantics
from tiktok_ads.catalog.streams import ReportStream, UpdateMethod
from tiktok_ads.config import Settings
from tiktok_ads.decode import schema_of
from tiktok_ads.errors import UnknownName
from tiktok_ads.load.tables import SYSTEM
from tiktok_ads.sync.tables import Table, tables_of

Role = Literal["owner", "when", "dimension", "attribute", "metric", "field", "ours"]
USUAL = ("spend", "impressions", "clicks", "conversion")
"""The figures that most look at first."""
_MOST_KEPT = 64
_KEPT: dict[tuple[str, frozenset[str]], Mapping[str, DataTable]] = {}
_NAMED = {"campaign_id": "campaign_name", "adgroup_id": "adgroup_name", "ad_id": "ad_name"}
NAMES = ("name", *_NAMED.values())
"""The columns that say what a thing is called."""


@dataclass(frozen=True)
class DataColumn:
    """A column in words. `adds_up` is None where it is no figure of a report; `why_not` says why it is False.

    `note` is what is to be known of rows split by it; `expires` marks links that stop working.
    """

    name: str
    type: str
    unit: str
    doc: str
    role: Role
    is_key: bool = False
    adds_up: bool | None = None
    why_not: str = ""
    expires: bool = False
    note: str = ""


@dataclass(frozen=True)
class DataTable:
    """A table in words. `day_column` is None where its rows have no days.

    `period` is what its rows are rolled up to; with the update method `append` it holds each run's snapshot.
    """

    name: str
    doc: str
    is_report: bool
    owner_column: str
    day_column: str | None
    period: str
    update_method: UpdateMethod
    columns: tuple[DataColumn, ...]

    @property
    def figures(self) -> tuple[DataColumn, ...]:
        """What may be added up."""
        return tuple(one for one in self.columns if one.adds_up)

    @property
    def not_added(self) -> tuple[DataColumn, ...]:
        """Figures that mean nothing when they are added up."""
        return tuple(one for one in self.columns if one.adds_up is False)

    @property
    def splits(self) -> tuple[DataColumn, ...]:
        """What the figures can be split by: whose they are, dimensions, attributes that are words."""
        names = {one.name for one in self.columns}
        spelled = {name for of, name in _NAMED.items() if of in names}
        return tuple(
            one
            for one in self.columns
            if one.role in ("owner", "dimension")
            or (one.role == "attribute" and one.type in ("text", "yes or no") and one.name not in spelled)
        )

    def is_number(self, name: str) -> bool:
        return any(one.name == name and one.type.endswith("number") for one in self.columns)

    def column(self, name: str) -> DataColumn:
        """Raise UnknownName unless the catalog gives the table such a column."""
        for one in self.columns:
            if one.name == name:
                return one
        raise UnknownName(
            f"The table {self.name} has no column {name[:60]!r}.", "Schema shows those that it has."
        )


def data_tables(settings: Settings) -> Mapping[str, DataTable]:
    """The tables of a dataset by name, in the order in which they are loaded.

    Raises:
        ConfigError: the settings name a table or report that cannot be had.
    """
    # All the tables there are take a quarter of a second, and each part of a page asks for them.
    key = (settings.model_dump_json(), frozenset(settings.model_fields_set))
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = {one.name: _described(one) for one in tables_of(settings)}
    return _KEPT[key]


def data_table(settings: Settings, name: str) -> DataTable:
    """One table of a dataset; "" is its first report, or its first table.

    Raises:
        UnknownName: the dataset has no such table.
    """
    found = data_tables(settings)
    if not name and found:
        return next((one for one in found.values() if one.is_report), next(iter(found.values())))
    if name not in found:
        raise UnknownName(f"This dataset has no table {name[:60]!r}.", "Schema shows those that it has.")
    return found[name]


def charted(tables: Mapping[str, DataTable]) -> tuple[DataTable, ...]:
    """The tables of which a chart can be drawn: reports with something to add up, those with days first."""
    found = [one for one in tables.values() if one.is_report and one.figures]
    return tuple(sorted(found, key=lambda one: one.day_column is None))


def _described(table: Table) -> DataTable:
    stream = table.stream
    schema = schema_of(table.fields)
    known = {field.name: field for field in table.fields}
    if isinstance(stream, ReportStream):
        columns = [_of_report(stream, field, schema.field(field.name).type) for field in table.fields]
    else:
        keys = {*stream.primary_key}
        columns = [
            _plain(
                field,
                schema.field(field.name).type,
                "owner" if field.name == stream.owner_column else "field",
                is_key=field.name in keys,
            )
            for field in table.fields
        ]
    ours = [field for field in schema if field.name not in known]
    columns += [
        DataColumn(one.name, "JSON", "", (one.metadata or {}).get(b"comment", b"").decode(), "ours")
        for one in ours
    ]
    method = stream.update_method
    for name, (kind, doc) in SYSTEM.items():
        if name != "_deleted_at" or ("is_deleted" in known and method != "append"):
            columns.append(DataColumn(name, _type_in_words(kind, None), "", doc, "ours"))
    period = stream.period if isinstance(stream, ReportStream) else ""
    is_report = isinstance(stream, ReportStream)
    return DataTable(
        table.name,
        stream.doc,
        is_report,
        stream.owner_column,
        stream.day_column,
        period,
        method,
        tuple(columns),
    )


def _of_report(stream: ReportStream, field: Field, kind: pa.DataType) -> DataColumn:
    name = field.name
    is_key = name in {*stream.primary_key, *stream.uniqueness}
    if name == stream.owner_column:
        return _plain(field, kind, "owner", is_key=True)
    if name == stream.day_column or name == "period_last_day":
        return _plain(field, kind, "when", is_key=is_key)
    if name in stream.key_dimensions or name in dimensions_of(stream):
        known = dimensions_of(stream).get(name)
        return _plain(field, kind, "dimension", is_key=is_key, note=known.note if known else "")
    words = {column: one.word for one in stream.beside for column in map(one.column, one.metrics)}
    if name in words:
        why = f"it is of the whole {words[name]}, and repeats on every row"
        return _plain(field, kind, "metric", adds_up=False, why_not=why)
    metric = metrics_of(stream).get(name)
    if metric is None or name == "currency":
        return _plain(field, kind, "attribute", is_key=is_key)
    told = semantics(metric)
    doc = " ".join((metric.doc, *(one for one in told.sentences() if not one.startswith("Not to be added"))))
    role: Role = "attribute" if metric.is_attribute else "metric"
    return DataColumn(
        name, _type_in_words(kind, field), told.unit, doc, role, is_key, told.adds_up, told.why_not_added
    )


def _plain(
    field: Field,
    kind: pa.DataType,
    role: Role,
    *,
    is_key: bool = False,
    adds_up: bool | None = None,
    why_not: str = "",
    note: str = "",
) -> DataColumn:
    unit = UNITS.get(field.kind, "") if field.kind != "count" else ""
    return DataColumn(
        field.name,
        _type_in_words(kind, field),
        unit,
        field.doc,
        role,
        is_key,
        adds_up,
        why_not,
        field.expires,
        note,
    )


def _type_in_words(kind: pa.DataType, field: Field | None) -> str:
    types = pa.types
    if types.is_list(kind):
        return (
            f"list of {_type_in_words(kind.value_type, None)}s"
            if not types.is_struct(kind.value_type)
            else "list of records"
        )
    if types.is_struct(kind):
        return "record"
    if field is not None and field.kind == "json":
        return "JSON"
    for check, word in _WORDS:
        if check(kind):
            return word
    return str(kind)


_WORDS = (
    (pa.types.is_string, "text"),
    (pa.types.is_integer, "whole number"),
    (pa.types.is_decimal, "exact number"),
    (pa.types.is_floating, "number"),
    (pa.types.is_boolean, "yes or no"),
    (pa.types.is_date, "day"),
    (pa.types.is_timestamp, "moment"),
)
