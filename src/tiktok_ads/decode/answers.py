"""The outer shape of a list answer: its rows and what it says of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec
import pyarrow as pa

from tiktok_ads.errors import DecodeError


@dataclass(frozen=True)
class PageInfo:
    """What TikTok says of the list: page from 1, rows and pages in all."""

    page: int
    page_size: int
    total_number: int
    total_page: int


@dataclass(frozen=True)
class Page:
    """One answer as a batch. `unfit` counts cells that went to `_extra`; `unknown` names new fields.

    `listed` is how many rows TikTok counts, where ours are parts of them; None where they are the same.
    """

    batch: pa.RecordBatch
    info: PageInfo | None
    unfit: int = 0
    unknown: tuple[str, ...] = ()
    listed: int | None = None


_ANY = msgspec.json.Decoder(float_hook=Decimal)


def any_json(raw: bytes | msgspec.Raw, stream: str) -> Mapping[str, object]:
    """The `data` of an answer as plain values; numbers keep their digits.

    Raises:
        DecodeError: it is not an object.
    """
    try:
        value = _ANY.decode(raw)
    except msgspec.DecodeError as error:
        raise DecodeError(f"the answer is not JSON ({error})", stream) from error
    if not isinstance(value, dict):
        raise DecodeError("the answer's data is not an object", stream, "data", value)
    return value


def page_info(value: object, stream: str) -> PageInfo | None:
    """None if the answer says nothing of its pages.

    Raises:
        DecodeError: it says something that is not numbers.
    """
    if value is None:
        return None
    if not isinstance(value, dict):
        raise DecodeError("page_info is not an object", stream, "page_info", value)
    try:
        numbers = {name: int(value[name]) for name in PageInfo.__dataclass_fields__}
    except (KeyError, TypeError, ValueError):
        raise DecodeError("page_info lacks a number", stream, "page_info", value) from None
    return PageInfo(**numbers)


def rows_of(value: object, stream: str, key: str) -> list[dict[str, object]]:
    """The rows under `key`.

    Raises:
        DecodeError: there is no list, or it holds something other than objects.
    """
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise DecodeError("the answer holds no list of rows", stream, key, value)
    return value
