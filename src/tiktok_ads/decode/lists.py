"""Answers of lists → rows, wherever they stand in the answer and whatever holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import msgspec

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.decode.answers import Page, page_info
from tiktok_ads.decode.cells import cell, json_text
from tiktok_ads.decode.deletion import is_deleted
from tiktok_ads.decode.table import batch_of
from tiktok_ads.errors import DecodeError

ROW_ID = "row_id"
_ANY = msgspec.json.Decoder(float_hook=Decimal)
_CANONICAL = msgspec.json.Encoder(decimal_format="number", order="sorted")
_NOT_ROWS = frozenset({"page_info", "cursor", "has_more", "request_id"})

Row = dict[str, object]


def list_page(
    raw: bytes | msgspec.Raw,
    stream: EntityStream,
    *,
    fields: Sequence[Field],
    owner_id: str,
    onto: Mapping[str, object],
    day: date | None = None,
) -> Page:
    """One answer's `data` as the stream describes it.

    Args:
        raw: the JSON of `data`.
        stream: how the rows stand in it.
        fields: the columns that are wanted.
        owner_id: whose list was asked for; rows that do not say so are told.
        onto: what else was asked for and belongs on the rows.
        day: the day that was asked for, where rows name none.

    Raises:
        DecodeError: the answer holds no such rows, or rows of another owner.
    """
    try:
        data = _ANY.decode(raw)
    except msgspec.DecodeError as error:
        raise DecodeError(f"the answer is not JSON ({error})", stream.name) from error
    outer = rows_in(data, stream)
    return page_of(
        [inner for row in outer for inner in _items(row, stream)],
        stream,
        fields=fields,
        owner_id=owner_id,
        onto=onto,
        day=day,
        told=data.get("page_info") if isinstance(data, dict) else None,
        listed=len(outer),
    )


def page_of(
    rows: Sequence[Mapping[str, object]],
    stream: EntityStream,
    *,
    fields: Sequence[Field],
    owner_id: str,
    onto: Mapping[str, object],
    day: date | None = None,
    told: object = None,
    listed: int | None = None,
) -> Page:
    """Rows that were found somewhere as a page of the stream; arguments as of `list_page`."""
    wanted = {field.name for field in fields}
    hidden = {field.name for field in stream.fields if field.name not in wanted}
    expiring = {field.name for field in stream.fields if field.expires}
    made = []
    for row in rows:
        full = _full(row, stream, owner_id, onto, day)
        if stream.fingerprint:
            full[ROW_ID] = _fingerprint(full, expiring)
        if hidden and stream.open_fields:
            # Whoever chose columns of such a list did not mean those that nobody can name beforehand.
            full = {name: value for name, value in full.items() if name in wanted}
        made.append({name: value for name, value in full.items() if name not in hidden})
    batch, unfit, unknown = batch_of(made, fields, cell)
    if stream.open_fields:
        unknown = ()
    return Page(batch, page_info(told, stream.name), unfit, unknown, listed=listed)


def rows_in(data: object, stream: EntityStream) -> list[Row]:
    """The rows of an answer before anything is done to them.

    Raises:
        DecodeError: there are none where they should stand, and nothing says that there are none.
    """
    found = _at(data, stream.list_key)
    if stream.shape == "one":
        if not found:
            return []
        if isinstance(found, dict):
            return [found]
        if (several := _rows(found, stream)) is not None:
            return several
    elif stream.shape == "values" and found is not None:
        many = found if stream.key_column in stream.primary_key and isinstance(found, list) else [found]
        return [{stream.key_column: value} for value in many]
    else:
        rows = _rows(found, stream)
        if rows is None and isinstance(data, dict):
            rows = _only_rows(data, stream)
        if rows is not None:
            return rows
    # Endpoints that drop empty fields drop an empty list too; others name it, as they like.
    if found in (None, data) and isinstance(data, dict) and _says_nothing(data):
        return []
    # An error is shown and kept, which data of people must not be.
    shown = None if stream.personal_data else data
    raise DecodeError("the answer holds no list of rows", stream.name, stream.list_key, shown)


def _at(data: object, path: str) -> object:
    for name in path.split(".") if path else ():
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _rows(found: object, stream: EntityStream) -> list[Row] | None:
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return found
    if stream.key_column and isinstance(found, dict) and _is_map(found):
        return [{stream.key_column: key, **row} for key, row in found.items()]
    return None


def _only_rows(data: Mapping[str, object], stream: EntityStream) -> list[Row] | None:
    """The rows, where only one thing in the answer can be them; for lists whose name is not certain."""
    if stream.list_key and stream.list_key in data:
        return None
    lists = [
        rows
        for name, value in data.items()
        if name not in _NOT_ROWS and value and (rows := _rows(value, stream)) is not None
    ]
    return lists[0] if len(lists) == 1 else None


def _says_nothing(data: Mapping[str, object]) -> bool:
    return not any(value for name, value in data.items() if name not in _NOT_ROWS)


def _is_map(found: Mapping[str, object]) -> bool:
    return all(isinstance(row, dict) for row in found.values())


def _items(row: Row, stream: EntityStream) -> Iterator[Row]:
    if not stream.explode:
        yield row
        return
    items = row.get(stream.explode) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise DecodeError("a row holds no list", stream.name, stream.explode)
    for item in items:
        yield {**{name: row.get(name) for name in stream.outer}, **item}


def _full(
    row: Mapping[str, object],
    stream: EntityStream,
    owner_id: str,
    onto: Mapping[str, object],
    day: date | None,
) -> Row:
    full = dict(row)
    for name in stream.unwrap:
        inner = full.pop(name, None)
        if isinstance(inner, dict):
            full = {**inner, **{key: value for key, value in full.items() if value is not None}}
    for old, new in stream.rename:
        if old in full:
            full[new] = full.pop(old)
    for name in stream.drop:
        full.pop(name, None)
    full.update(onto)
    told = full.get(stream.owner_column)
    if told not in (None, "") and str(told) != owner_id:
        raise DecodeError(
            f"rows of another owner came where {owner_id} was asked", stream.name, stream.owner_column, told
        )
    full[stream.owner_column] = owner_id
    for name, link in stream.expiries:
        full[name] = _expiry(full.get(link))
    if day is not None and stream.dated and stream.dated.stamped:
        full[stream.dated.day_column] = day.isoformat()
    if stream.marks_deleted:
        full["is_deleted"] = is_deleted(full)
    return full


def _expiry(link: object) -> str | None:
    """When a link stops working, in seconds since 1970: links of TikTok's storage carry it as x-expires."""
    if not isinstance(link, str):
        return None
    values = parse_qs(urlsplit(link).query).get("x-expires", [])
    return values[0] if values and values[0].isdigit() else None


def _fingerprint(row: Mapping[str, object], expiring: set[str]) -> str:
    lasting = {name: value for name, value in row.items() if name not in expiring and value is not None}
    try:
        text = _CANONICAL.encode(lasting)
    except OverflowError:
        text = json_text(sorted(lasting.items())).encode()
    return hashlib.sha256(text).hexdigest()[:24]
