"""Report answers → Arrow batches: fast where a page is as expected, cell by cell where it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.model import Field
from tiktok_ads.decode.answers import Page, PageInfo, any_json, page_info, rows_of
from tiktok_ads.decode.arrow_types import EXTRA, arrow_type, schema_of
from tiktok_ads.decode.cells import report_cell
from tiktok_ads.decode.table import batch_of
from tiktok_ads.errors import DecodeError

_MIDNIGHT = (None, "", " 00:00:00", "T00:00:00")


@dataclass(frozen=True)
class ReportShape:
    """What was asked: `fields` are all columns in order, of which `dimensions` and `metrics` come by wire."""

    stream: str
    fields: tuple[Field, ...]
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    advertiser_id: str
    currency: str | None


class ReportDecoder:
    """Reads every page of one report.

    Rows become one batch per page: `advertiser_id`, the dimensions, the metrics, `currency` and `_extra`.
    """

    def __init__(self, shape: ReportShape) -> None:
        self._shape = shape
        self._by_name = {field.name: field for field in shape.fields}
        self._schema = schema_of(shape.fields)
        optional = str | None
        dimensions = msgspec.defstruct("Dimensions", [(name, optional, None) for name in shape.dimensions])
        metrics = msgspec.defstruct("Metrics", [(name, optional, None) for name in shape.metrics])
        row = msgspec.defstruct("Row", [("dimensions", dimensions), ("metrics", metrics)])
        info = msgspec.defstruct("Info", [(name, int) for name in PageInfo.__dataclass_fields__])
        page = msgspec.defstruct("Page", [("list", list[row]), ("page_info", info | None, None)])  # type: ignore[valid-type]
        self._fast: msgspec.json.Decoder[Any] = msgspec.json.Decoder(page)

    def page(self, raw: bytes | msgspec.Raw) -> Page:
        """One answer's `data`.

        Raises:
            DecodeError: it has no list of rows with dimensions and metrics.
        """
        data = bytes(raw)
        try:
            parsed = self._fast.decode(data)
        except msgspec.DecodeError:
            return self._slow(data)
        if parsed.list and not self._first_row_is_as_asked(data):
            return self._slow(data)
        columns = self._wire_columns(parsed.list)
        count = len(parsed.list)
        arrays: list[pa.Array] = []
        for field in self._shape.fields:
            values = columns.get(field.name)
            if values is None:
                arrays.append(self._constant(field.name, count))
                continue
            array = _fast_column(values, field)
            if array is None:
                return self._slow(data)
            arrays.append(array)
        arrays.append(pa.nulls(count, pa.string()))
        info = parsed.page_info
        told = PageInfo(info.page, info.page_size, info.total_number, info.total_page) if info else None
        return Page(pa.RecordBatch.from_arrays(arrays, schema=self._schema), told)

    def _wire_columns(self, rows: Sequence[object]) -> dict[str, Sequence[str | None]]:
        columns: dict[str, Sequence[str | None]] = {}
        # A name that is both is read from the dimensions, as they are what the row is about.
        for part, names in (("metrics", self._shape.metrics), ("dimensions", self._shape.dimensions)):
            if not names:
                continue
            if not rows:
                columns.update(dict.fromkeys(names, ()))
                continue
            values = map(attrgetter(part), rows)
            if len(names) == 1:
                columns[names[0]] = tuple(map(attrgetter(names[0]), values))
            else:
                columns.update(
                    zip(names, zip(*map(msgspec.structs.astuple, values), strict=True), strict=True)
                )
        return columns

    def _constant(self, name: str, count: int) -> pa.Array:
        value = {"advertiser_id": self._shape.advertiser_id, "currency": self._shape.currency}.get(name)
        return pa.repeat(pa.scalar(value, pa.string()), count)

    def _first_row_is_as_asked(self, data: bytes) -> bool:
        # The fast decoder drops keys that it does not know, so the first row's are looked at by themselves.
        start = data.find(b"{", data.find(b'"list"'))
        try:
            row, _ = json.JSONDecoder().raw_decode(data[start : start + 65536].decode(errors="replace"))
            return (
                set(row) == {"dimensions", "metrics"}
                and set(self._shape.dimensions).issuperset(row["dimensions"])
                and set(self._shape.metrics).issuperset(row["metrics"])
            )
        except (ValueError, TypeError):
            return False

    def _slow(self, data: bytes) -> Page:
        shape = self._shape
        answer = any_json(data, shape.stream)
        rows: list[dict[str, object]] = []
        for row in rows_of(answer.get("list"), shape.stream, "list"):
            dimensions, metrics = row.get("dimensions"), row.get("metrics")
            if not isinstance(dimensions, dict) or not isinstance(metrics, dict):
                raise DecodeError("a row lacks its dimensions or metrics", shape.stream, "list", row)
            rows.append(
                {
                    "advertiser_id": shape.advertiser_id,
                    "currency": shape.currency,
                    **{name: value for name, value in row.items() if name not in ("dimensions", "metrics")},
                    **metrics,
                    **dimensions,
                }
            )
        batch, unfit, unknown = batch_of(rows, shape.fields, report_cell)
        return Page(batch, page_info(answer.get("page_info"), shape.stream), unfit, unknown)


def _fast_column(values: Sequence[str | None], field: Field) -> pa.Array | None:
    """The column if every value fits, else None."""
    texts = pa.array(values, pa.string())
    if field.kind == "name" or field.is_list:
        return None if field.is_list else texts
    if field.kind in ("text", "json"):
        return _without(texts, "-") if field.kind == "text" else None
    if field.kind == "id":
        return _without(_without(texts, "-"), "")
    if field.kind == "day":
        days = pc.utf8_slice_codeunits(texts, 0, 10)
        if not set(pc.unique(pc.utf8_slice_codeunits(texts, 10)).to_pylist()).issubset(_MIDNIGHT):
            return None
        return _cast(days, pa.date32())
    array = _cast(texts, arrow_type(field))
    if array is None:
        texts = _without(_without(texts, "-"), "")
        array = _cast(texts, arrow_type(field))
    if array is None and field.kind == "count":
        # Counts come as "1.0" now and then.
        whole = _cast(texts, pa.decimal128(25, 6))
        array = None if whole is None else _cast(whole, pa.int64())
    if array is not None and pa.types.is_floating(array.type) and not _all_finite(array):
        return None
    return array


def _cast(array: pa.Array, to: pa.DataType) -> pa.Array | None:
    try:
        return array.cast(to)
    except pa.ArrowInvalid:
        return None


def _without(texts: pa.Array, blank: str) -> pa.Array:
    is_blank = pc.equal(texts, blank)
    return pc.if_else(is_blank, pa.scalar(None, pa.string()), texts) if pc.any(is_blank).as_py() else texts


def _all_finite(array: pa.Array) -> bool:
    return pc.all(pc.is_finite(array)).as_py() is not False


def rows_of_task(
    records: Sequence[Mapping[str, object]],
    fields: Sequence[Field],
    *,
    advertiser_id: str,
    currency: str | None,
) -> tuple[pa.RecordBatch, int]:
    """The lines of an asynchronous report as a batch, and the number of cells that did not fit.

    Columns that the file has beyond those asked for are left out: they are titles, not TikTok's names.
    """
    known = {field.name for field in fields}
    rows: list[dict[str, object]] = []
    for record in records:
        row = {name: value for name, value in record.items() if name in known}
        rows.append({"currency": currency, **row, "advertiser_id": advertiser_id})
    batch, unfit, _ = batch_of(rows, fields, report_cell)
    return batch, unfit


def joined(parts: Sequence[pa.Table], keys: Sequence[str]) -> pa.Table:
    """Reports of the same rows asked in several calls, side by side: joined on the dimensions.

    A row that only some calls gave has nulls for the others' metrics. A blank key equals itself.
    """
    order: dict[tuple[object, ...], int] = {}
    places: list[dict[int, int]] = []
    for part in parts:
        place: dict[int, int] = {}
        for index, key in enumerate(zip(*(part[name].to_pylist() for name in keys), strict=True)):
            place[order.setdefault(key, len(order))] = index
        places.append(place)
    result: dict[str, pa.ChunkedArray] = {}
    fields: dict[str, pa.Field] = {}
    for part, place in zip(parts, places, strict=True):
        indices = pa.array([place.get(row) for row in range(len(order))], pa.int64())
        for name in part.column_names:
            column = part[name].take(indices)
            if name in result and (name in keys or name in ("advertiser_id", "currency", EXTRA)):
                column = pc.coalesce(result[name], column)
            result[name] = column
            fields.setdefault(name, part.schema.field(name))
    return pa.table(list(result.values()), schema=pa.schema(list(fields.values())))
