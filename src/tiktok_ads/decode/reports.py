"""Report answers → Arrow batches: fast where a page is as expected, cell by cell where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from tiktok_ads.catalog.model import Field
from tiktok_ads.decode.answers import Page, PageInfo, any_json, page_info, rows_of
from tiktok_ads.decode.arrow_types import EXTRA, arrow_type, schema_of
from tiktok_ads.decode.cells import report_cell
from tiktok_ads.decode.table import batch_of
from tiktok_ads.errors import DecodeError

# Made once: Arrow looks around for optional libraries each time that it is handed a Python value.
_DASH, _EMPTY, _NULL = (pa.scalar(value, pa.string()) for value in ("-", "", None))
_WHOLE = pa.decimal128(25, 6)
# Gives back what pages took, and takes fewer system calls than Arrow's own pool for sizes like theirs.
_POOL = pa.system_memory_pool()
_MIDNIGHT = (None, "", " 00:00:00", "T00:00:00")


@dataclass(frozen=True)
class ReportShape:
    """What was asked: `fields` are all columns in order, of which `dimensions` and `metrics` come by wire.

    `stamps` are columns that stand in no row: the Business Center, or the day where TikTok gives none.
    """

    stream: str
    fields: tuple[Field, ...]
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    advertiser_id: str
    currency: str | None
    stamps: tuple[tuple[str, str], ...] = ()

    @property
    def constants(self) -> dict[str, str | None]:
        """Column → the value of every row, as far as the row itself does not tell another."""
        names = {field.name for field in self.fields}
        values = {"advertiser_id": self.advertiser_id, "currency": self.currency, **dict(self.stamps)}
        return {name: value for name, value in values.items() if name in names}


class ReportDecoder:
    """Reads every page of one report.

    Rows become one batch per page: `advertiser_id`, the dimensions, the metrics, `currency` and `_extra`.
    """

    def __init__(self, shape: ReportShape) -> None:
        self._shape, self._constants = shape, shape.constants
        self._schema = schema_of(shape.fields)
        info = msgspec.defstruct("Info", [(name, int) for name in PageInfo.__dataclass_fields__])
        page = msgspec.defstruct("Page", [("list", list[msgspec.Raw]), ("page_info", info | None, None)])
        self._pages: msgspec.json.Decoder[Any] = msgspec.json.Decoder(page)
        parts = [("dimensions", shape.dimensions), ("metrics", shape.metrics)]
        self._wire = pa.schema(
            [(part, pa.struct([(name, pa.string()) for name in names])) for part, names in parts]
        )
        self._habits = {field.name: _Habits() for field in shape.fields}

    def page(self, raw: bytes | msgspec.Raw) -> Page:
        """One answer's `data`.

        Raises:
            DecodeError: it has no list of rows with dimensions and metrics.
        """
        data = bytes(raw)
        try:
            parsed = self._pages.decode(data)
            columns = self._wire_columns(parsed.list)
        except (msgspec.DecodeError, pa.ArrowInvalid, UnicodeDecodeError):
            return self._slow(data)
        if columns is None:
            return self._slow(data)
        count = len(parsed.list)
        arrays: list[pa.Array] = []
        for field in self._shape.fields:
            texts = columns.get(field.name)
            if texts is None:
                arrays.append(self._constant(field.name, count))
                continue
            array = _fast_column(texts, field, self._habits[field.name])
            if array is None:
                return self._slow(data)
            arrays.append(array)
        arrays.append(pa.nulls(count, pa.string()))
        info = parsed.page_info
        told = PageInfo(info.page, info.page_size, info.total_number, info.total_page) if info else None
        return Page(pa.RecordBatch.from_arrays(arrays, schema=self._schema), told)

    def _wire_columns(self, rows: Sequence[msgspec.Raw]) -> dict[str, pa.Array] | None:
        """The columns as texts; None if a row lacks its dimensions or metrics.

        Raises:
            ArrowInvalid, UnicodeDecodeError: a row holds a name or a type that was not asked for.
        """
        if not rows:
            return {name: pa.nulls(0, pa.string()) for part in self._wire for name in part.type.names}
        # Arrow takes one row per line and makes columns without a Python object for each cell.
        lines = b"\n".join(rows)
        table = pj.read_json(
            pa.BufferReader(lines),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=self._wire,
                newlines_in_values=lines.count(b"\n") >= len(rows),
                unexpected_field_behavior="error",
            ),
            memory_pool=_POOL,
        )
        if table.num_rows != len(rows):
            return None
        columns: dict[str, pa.Array] = {}
        # A name that is both is read from the dimensions, as they are what the row is about.
        for name in ("metrics", "dimensions"):
            part = table[name].combine_chunks()
            if part.null_count:
                return None
            columns.update(zip(part.type.names, part.flatten(), strict=True))
        return columns

    def _constant(self, name: str, count: int) -> pa.Array:
        value = pa.scalar(self._constants.get(name), pa.string())
        return pa.repeat(value.cast(self._schema.field(name).type), count)

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
                    **self._constants,
                    **{name: value for name, value in row.items() if name not in ("dimensions", "metrics")},
                    **metrics,
                    **dimensions,
                }
            )
        batch, unfit, unknown = batch_of(rows, shape.fields, report_cell)
        return Page(batch, page_info(answer.get("page_info"), shape.stream), unfit, unknown)


@dataclass
class _Habits:
    """How a column was spelled on the pages so far: with blanks, with whole numbers as "1.0".

    Finding that out costs more than the conversion itself, so it is not found out again for each page.
    """

    blanks: bool = False
    decimals: bool = False


def _fast_column(texts: pa.Array, field: Field, habits: _Habits) -> pa.Array | None:
    """The column if every value fits, else None."""
    if field.is_list or field.kind == "json":
        return None
    if field.kind == "name":
        return texts
    if field.kind == "text":
        return _without(texts, _DASH)
    if field.kind == "id":
        return _without(_without(texts, _DASH), _EMPTY)
    if field.kind == "day":
        days = pc.utf8_slice_codeunits(texts, 0, 10)
        if not set(pc.unique(pc.utf8_slice_codeunits(texts, 10)).to_pylist()).issubset(_MIDNIGHT):
            return None
        return _cast(days, pa.date32())
    array = _fast_number(texts, arrow_type(field), habits)
    if array is not None and pa.types.is_floating(array.type) and not _all_finite(array):
        return None
    return array


def _fast_number(texts: pa.Array, kind: pa.DataType, habits: _Habits) -> pa.Array | None:
    if not habits.blanks:
        if (array := _number(texts, kind, habits)) is not None:
            return array
        habits.blanks = True
    return _number(_without(_without(texts, _DASH), _EMPTY), kind, habits)


def _number(texts: pa.Array, kind: pa.DataType, habits: _Habits) -> pa.Array | None:
    if not habits.decimals and (array := _cast(texts, kind)) is not None:
        return array
    if kind != pa.int64():
        return None
    # Counts come as "1.0" now and then.
    whole = _cast(texts, _WHOLE)
    array = None if whole is None else _cast(whole, kind)
    habits.decimals = array is not None
    return array


def _cast(array: pa.Array, to: pa.DataType) -> pa.Array | None:
    try:
        return array.cast(to, memory_pool=_POOL)
    except pa.ArrowInvalid:
        return None


def _without(texts: pa.Array, blank: pa.Scalar) -> pa.Array:
    is_blank = pc.equal(texts, blank)
    return pc.if_else(is_blank, _NULL, texts) if is_blank.true_count else texts


def _all_finite(array: pa.Array) -> bool:
    return pc.all(pc.is_finite(array)).as_py() is not False


def rows_of_task(
    records: Sequence[Mapping[str, object]],
    fields: Sequence[Field],
    *,
    advertiser_id: str,
    currency: str | None,
    stamps: Mapping[str, str] | None = None,
) -> tuple[pa.RecordBatch, int]:
    """The lines of an asynchronous report as a batch, and the number of cells that did not fit.

    Columns that the file has beyond those asked for are left out: they are titles, not TikTok's names.
    """
    known = {field.name for field in fields}
    rows: list[dict[str, object]] = []
    for record in records:
        row = {name: value for name, value in record.items() if name in known}
        rows.append({"currency": currency, **(stamps or {}), **row, "advertiser_id": advertiser_id})
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
