"""Long lists in pieces: how many are wanted, from where on, and how many there are in all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

T = TypeVar("T")
Made = TypeVar("Made")
MOST = 1000
# SQLite counts rows in 64 bits, and nobody has more than so many of anything.
_FARTHEST = 10**9

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many are given at most.")]
Offset = Annotated[int, Query(ge=0, le=_FARTHEST, description="How many are left out before the first.")]


class Part(BaseModel, Generic[T]):
    """A part of a list. `total` is the length of the whole list."""

    items: list[T]
    total: int
    limit: int
    offset: int


def part(found: Sequence[T], made: Callable[[T], Made], *, limit: int, offset: int) -> Part[Made]:
    """The wanted part of a list that is at hand, each made into what is told of it."""
    some = [made(one) for one in found[offset : offset + limit]]
    return Part(items=some, total=len(found), limit=limit, offset=offset)
