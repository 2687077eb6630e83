"""One cell of an answer → one Python value of its kind; what does not fit is said, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import msgspec

from tiktok_ads.catalog.model import Field, Kind

_JSON = msgspec.json.Encoder(decimal_format="number")
BLANKS = frozenset({"", "-"})
_MONEY_STEP = Decimal("0.000001")
_MONEY_LIMIT = Decimal(10) ** 12
_INT64 = range(-(2**63), 2**63)
_MILLISECONDS_FROM = 10**11
"""Epochs beyond this are milliseconds: as seconds they would lie 3,000 years ahead."""


class Unfit(Exception):
    """The value does not fit its kind; `nearest` goes into the column, the value itself into `_extra`."""

    def __init__(self, nearest: object = None) -> None:
        super().__init__(nearest)
        self.nearest = nearest


def cell(value: object, field: Field) -> object:
    """The value as its column holds it; None for blanks.

    Raises:
        Unfit: the value, or a part of it, does not fit.
    """
    if value is None:
        return None
    if field.is_list:
        return _list(value, field)
    if field.kind == "struct":
        return _struct(value, field)
    return _KINDS[field.kind](value)


def json_text(value: object) -> str:
    """Any decoded JSON value as text again; decimals keep their digits."""
    try:
        return _JSON.encode(value).decode()
    except OverflowError:  # an integer of more than 64 bits
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def _list(value: object, field: Field) -> object:
    if isinstance(value, str) and value in BLANKS:
        return None
    if not isinstance(value, list):
        raise Unfit
    one = replace(field, is_list=False)
    items: list[object] = []
    fits = True
    for item in value:
        try:
            items.append(cell(item, one))
        except Unfit as error:
            fits = False
            items.append(error.nearest)
    if not fits:
        raise Unfit(items)
    return items


def _struct(value: object, field: Field) -> object:
    if isinstance(value, str) and value in BLANKS:
        return None
    if not isinstance(value, dict):
        raise Unfit
    parts: dict[str, object] = {}
    known = {part.name for part in field.fields}
    fits = known.issuperset(value)
    for part in field.fields:
        try:
            parts[part.name] = cell(value.get(part.name), part)
        except Unfit as error:
            fits = False
            parts[part.name] = error.nearest
    if not fits:
        raise Unfit(parts)
    return parts


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return str(value)
    raise Unfit(json_text(value))


def _blankable(value: object) -> str | None:
    text = _text(value)
    return None if text == "-" else text


def _id(value: object) -> str | None:
    if isinstance(value, bool):
        raise Unfit
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else str(value)
    text = _text(value)
    return None if text in BLANKS else text


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, str) and value in BLANKS:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise Unfit
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Unfit from None
    if not number.is_finite():
        raise Unfit
    return number


def _count(value: object) -> int | None:
    number = _decimal(value)
    if number is None:
        return None
    # An exponent can make a short text an enormous integer, so its size is looked at first.
    if number.adjusted() > 19 or number != number.to_integral_value() or int(number) not in _INT64:
        raise Unfit
    return int(number)


def _money(value: object) -> Decimal | None:
    number = _decimal(value)
    if number is None:
        return None
    if number.adjusted() > 11:
        raise Unfit
    rounded = number.quantize(_MONEY_STEP, rounding=ROUND_HALF_EVEN)
    if abs(rounded) >= _MONEY_LIMIT:
        raise Unfit
    if rounded != number:
        raise Unfit(rounded)
    return rounded


def _float(value: object) -> float | None:
    number = _decimal(value)
    if number is None:
        return None
    result = float(number)
    if result in (float("inf"), float("-inf")):
        raise Unfit
    return result


_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _bool(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (value in BLANKS or value == "UNSET"):
        return None
    truth = _TRUTH.get(str(value).lower())
    if truth is None:
        raise Unfit
    return truth


def _moment(value: object) -> datetime | None:
    if isinstance(value, str) and value in BLANKS:
        return None
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise Unfit from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _epoch(value: object) -> datetime | None:
    try:
        number = _count(value)
    except Unfit:
        return _moment(value)
    if number is None:
        return None
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        raise Unfit from None


def _day(value: object) -> date | None:
    moment = _moment(value)
    return moment.date() if moment else None


_KINDS: dict[Kind, Callable[[object], object]] = {
    "id": _id,
    "text": _text,
    "name": _text,
    "count": _count,
    "money": _money,
    "percent": _float,
    "ratio": _float,
    "seconds": _float,
    "bool": _bool,
    "day": _day,
    "hour": _moment,
    "utc": _moment,
    "epoch": _epoch,
    "json": json_text,
}


def report_cell(value: object, field: Field) -> object:
    """As `cell`, but in reports "-" in an attribute that nobody typed means that there is none."""
    if field.kind == "text" and not field.is_list and value is not None:
        return _blankable(value)
    return cell(value, field)
