"""Answers of reports that have an endpoint of their own → Arrow batches, however their rows are nested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

import msgspec
import pyarrow as pa

from tiktok_ads.catalog.model import Field
from tiktok_ads.decode.answers import Page, PageInfo, any_json, page_info, rows_of
from tiktok_ads.decode.arrow_types import EXTRA, schema_of
from tiktok_ads.decode.cells import json_text, report_cell
from tiktok_ads.decode.table import batch_of

WRAPPERS = ("info", "metrics", "dimensions")
"""Objects that a row may be made of; their values are the row's, the later ones first."""


@dataclass(frozen=True)
class SpecialShape:
    """How one answer is read.

    `stamps` are columns that the request decides; they stand in every row whatever the answer says. Of
    `nested` lists inside a row each item is a row of its own. `per_second` columns come as lists, one value
    a second, and become rows by `spread`. `renamed` are names that TikTok uses for columns of ours. `key`
    is the column that `key_parts` make: the first of them that a row has, or with `key_joins` all of them.
    `paged` is False where an answer says nothing of pages, because it holds everything.
    """

    stream: str
    fields: tuple[Field, ...]
    stamps: Mapping[str, str | None]
    nested: tuple[str, ...] = ()
    per_second: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    key_parts: tuple[str, ...] = ()
    key_joins: bool = False
    list_key: str = "list"
    paged: bool = True

    @property
    def page_fields(self) -> tuple[Field, ...]:
        """The columns as they stand on a page, before its lists are spread over rows."""
        if not self.per_second:
            return self.fields
        return tuple(
            replace(one, is_list=True) if one.name in self.per_second else one
            for one in self.fields
            if one.name != "second"
        )


def special_page(raw: bytes | msgspec.Raw, shape: SpecialShape) -> Page:
    """One answer's `data`: a batch of its rows.

    Raises:
        DecodeError: there is no list of rows.
    """
    answer = any_json(raw, shape.stream)
    listed = rows_of(answer.get(shape.list_key), shape.stream, shape.list_key)
    texts = {one.name for one in shape.fields if one.kind in ("text", "name", "id")}
    rows = [_plain(row, texts, shape) for whole in listed for row in _rows(whole, shape.nested)]
    batch, unfit, unknown = batch_of(rows, shape.page_fields, report_cell)
    told = page_info(answer.get("page_info"), shape.stream)
    if not shape.paged and told is None:
        told = PageInfo(1, max(len(listed), 1), len(listed), 1)
    return Page(batch, told, unfit, unknown, listed=len(listed))


def spread(table: pa.Table, fields: Sequence[Field], per_second: Sequence[str]) -> pa.Table:
    """Rows with one list each for several columns → a row for each second, from 0.

    A second that no list has a value for is left out; where lists differ in length, the shorter is null.
    """
    columns = [*fields, *_added(table, fields)]
    rows: list[dict[str, object]] = []
    for row in table.to_pylist():
        lists = {name: row.get(name) or [] for name in per_second}
        constant = {name: value for name, value in row.items() if name not in lists}
        for second in range(max((len(values) for values in lists.values()), default=0)):
            at = {name: values[second] if second < len(values) else None for name, values in lists.items()}
            if any(value is not None for value in at.values()):
                rows.append({**constant, **at, "second": second})
    schema = schema_of(columns)
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)


def _rows(whole: Mapping[str, object], nested: Sequence[str]) -> Iterable[dict[str, object]]:
    row: dict[str, object] = {}
    for name in WRAPPERS:
        part = whole.get(name)
        if isinstance(part, dict):
            row.update(part)
    row.update({name: value for name, value in whole.items() if not _is_wrapper(name, value)})
    for name in nested:
        items = row.pop(name, None)
        if isinstance(items, list) and all(isinstance(item, dict) for item in items):
            return [{**row, **item} for item in items]
    return [row]


def _is_wrapper(name: str, value: object) -> bool:
    return name in WRAPPERS and isinstance(value, dict)


def _plain(row: dict[str, object], texts: set[str], shape: SpecialShape) -> dict[str, object]:
    plain = {shape.renamed.get(name, name): value for name, value in row.items()}
    for name in texts & plain.keys():
        if isinstance(plain[name], (list, dict)):
            plain[name] = json_text(plain[name])
    plain.update(shape.stamps)
    if shape.key:
        plain[shape.key] = _key(plain, shape)
    return plain


def _key(row: Mapping[str, object], shape: SpecialShape) -> str:
    """What tells the row from its neighbours; without any of the parts, all that it has but numbers."""
    folded = {name.lower(): value for name, value in row.items()}
    parts = [(name, folded.get(name.lower())) for name in shape.key_parts]
    said = [f"{name}={value}" for name, value in parts if value not in (None, "", "-")]
    if said:
        return ", ".join(said) if shape.key_joins else said[0]
    rest = {
        name: value for name, value in sorted(row.items()) if name.endswith("_id") or not _is_number(value)
    }
    return json_text({name: value for name, value in rest.items() if name not in shape.stamps})


def _is_number(value: object) -> bool:
    try:
        Decimal(str(value))
    except InvalidOperation:
        return False
    return True


def _added(table: pa.Table, fields: Sequence[Field]) -> list[Field]:
    """Columns that came beyond those of the catalog; they keep what they came with."""
    known = {one.name for one in fields} | {EXTRA}
    return [
        Field(one.name, "json" if (one.metadata or {}).get(b"kind") == b"json" else "text")
        for one in table.schema
        if one.name not in known
    ]
