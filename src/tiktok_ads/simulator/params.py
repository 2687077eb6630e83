"""Reads the parameters of a request as strictly as they are documented."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import msgspec

from tiktok_ads.simulator.answers import Refused, wrong

ID = re.compile(r"[0-9]{1,20}")
MAX_IDS = 100
# No parameter of a request can have this name: it carries a fault to where pages are cut.
MOVED = "\0moved"
# Nor this one: where the simulator is to be found, for links to itself.
ORIGIN = "\0origin"
# Likewise for the one header, x-lead-region, that endpoints listen to.
REGION = "\0region"
Item = TypeVar("Item")


@dataclass(frozen=True)
class Page:
    """One page of a list. `moved` rows came in (below 0: went away) before it while the list was read."""

    page: int
    page_size: int
    moved: int = 0

    def cut(self, rows: Sequence[Item]) -> list[Item]:
        first = (self.page - 1) * self.page_size - self.moved
        return list(rows[max(first, 0) : max(first + self.page_size, 0)])

    def info(self, total: int) -> dict[str, int]:
        seen = max(total + self.moved, 0)
        return {
            "page": self.page,
            "page_size": self.page_size,
            "total_number": seen,
            "total_page": -(-seen // self.page_size),
        }


def text(params: Mapping[str, object], name: str, *, required: bool = True, default: str = "") -> str:
    value = params.get(name)
    if value is None or value == "":
        if required:
            raise wrong(f"{name}: Missing data for required field.")
        return default
    if not isinstance(value, str):
        raise wrong(f"{name}: Not a valid string.")
    return value


def parsed(params: Mapping[str, object], name: str) -> object:
    """A list or object: JSON text in a query, the thing itself in a JSON body; None if it was not sent."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise wrong(f"{name}: Not valid JSON.") from None


def texts(params: Mapping[str, object], name: str, *, required: bool = False) -> list[str]:
    value = parsed(params, name)
    if value is None:
        if required:
            raise wrong(f"{name}: Missing data for required field.")
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong(f"{name}: Not a valid list of strings.")
    return value


def ids(value: object, name: str, *, most: int = MAX_IDS) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and ID.fullmatch(item) for item in value):
        raise wrong(f"{name}: Not a valid list of ids.")
    if not value:
        raise wrong(f"{name}: Shorter than minimum length 1.")
    if len(value) > most:
        raise Refused(40011, f"{name}: Too many ids in one request, at most {most}.")
    return value


def one_id(params: Mapping[str, object], name: str) -> str:
    value = text(params, name)
    if not ID.fullmatch(value):
        raise wrong(f"{name}: Not a valid id.")
    return value


def whole(
    params: Mapping[str, object], name: str, default: int, *, least: int, most: int | None = None
) -> int:
    value = params.get(name)
    if value is None or value == "":
        return default
    if (
        isinstance(value, bool)
        or not isinstance(value, int | str)
        or not re.fullmatch(r"-?[0-9]{1,18}", str(value))
    ):
        raise wrong(f"{name}: Not a valid integer.")
    number = int(value)
    if number < least or (most is not None and number > most):
        raise wrong(f"{name}: Must be between {least} and {most if most is not None else 'any'}.")
    return number


def page_of(params: Mapping[str, object], *, most: int) -> Page:
    page = whole(params, "page", 1, least=1)
    page_size = whole(params, "page_size", 10, least=1, most=most)
    moved = params.get(MOVED)
    return Page(page, page_size, moved if isinstance(moved, int) else 0)


def flag(params: Mapping[str, object], name: str, *, default: bool = False) -> bool:
    value = params.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise wrong(f"{name}: Not a valid boolean.")
    return value == "true"


def one_of(value: str, name: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        raise wrong(f"{name}: Must be one of: {', '.join(sorted(allowed))}.")
    return value


def day(params: Mapping[str, object], name: str) -> date:
    value = text(params, name)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise wrong(f"{name}: Not a valid date, use YYYY-MM-DD.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise wrong(f"{name}: Not a valid date, use YYYY-MM-DD.") from None


def moment(value: object, name: str) -> datetime:
    """A UTC time in the only spelling that filters take."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise wrong(f"{name}: Not a valid datetime, use YYYY-MM-DD HH:MM:SS.") from None
