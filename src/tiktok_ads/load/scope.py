"""Which of a table's rows a load stands for: whose, and of which days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.errors import LoadError
from tiktok_ads.load.destination import Load
from tiktok_ads.plan import DAY, Bookmark, Only, Window

Marks = Mapping[tuple[str, str], Bookmark]


@dataclass(frozen=True)
class Span:
    """What load number `load` stands for: an owner's rows, of which days where the table has days.

    `column` and `value` name the object whose rows alone are meant; blank means all.
    """

    load: int
    owner: str
    first: date | None = None
    last: date | None = None
    column: str = ""
    value: str = ""


def scope_of(loads: Sequence[Load], marks: Marks) -> list[Span]:
    """One span per load, owner and run of days; they never overlap.

    A table that is replaced holds what its bookmark names: the rest of the owner's days is in the scope of
    the owner's first load, so that it goes.
    """
    spans: list[Span] = []
    begun: set[str] = set()
    for number, load in enumerate(loads):
        for owner in load.advertiser_ids:
            window = load.slice.window
            if load.spec.day_column is None or window is None:
                # A list of what happened may come in several windows; its rows are the owner's all the same.
                if owner not in begun:
                    spans.append(Span(number, owner))
                begun.add(owner)
                continue
            only = load.slice.only
            named = [(only.column, one) for one in only.ids] if only else [("", "")]
            spans += [Span(number, owner, window.first, window.last, *one) for one in named]
            if load.spec.method == "replace" and owner not in begun:
                begun.add(owner)
                spans += [Span(number, owner, *days) for days in _unnamed(loads, owner, marks)]
    return spans


def _unnamed(loads: Sequence[Load], owner: str, marks: Marks) -> Iterator[tuple[date, date]]:
    """The days from first to last that neither the bookmark names nor these loads."""
    loaded = [load.slice.window for load in loads if owner in load.advertiser_ids and load.slice.window]
    bookmark = marks.get((loads[0].spec.name, owner))
    named = [(days.first, days.last) for days in bookmark.days] if bookmark else []
    free = date.min
    for first, last in sorted([*named, *((window.first, window.last) for window in loaded)]):
        if first > free:
            yield free, first - DAY
        if last == date.max:
            return
        free = max(free, last + DAY)
    yield free, date.max


def check_apart(loads: Sequence[Load], destination: str) -> None:
    """Two loads of one commit must not stand for the same rows: the later would undo the earlier.

    Raises:
        LoadError: they do.
    """
    taken: dict[tuple[str, str], list[tuple[Window | None, Only | None]]] = {}
    for load in loads:
        for owner in load.advertiser_ids:
            others = taken.setdefault((load.spec.name, owner), [])
            dated = load.spec.day_column or load.spec.kind == "entity"
            window, only = load.slice.window if dated else None, load.slice.only
            for other, theirs in others:
                if only and theirs and only.column == theirs.column and not {*only.ids} & {*theirs.ids}:
                    continue
                if not (window and other) or (window.first <= other.last and other.first <= window.last):
                    raise LoadError(f"{load.slice} is loaded twice at once.", destination)
            others.append((window, only))


def days_of(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The day of each value of a dated column, be it a day or an hour."""
    if not pa.types.is_timestamp(values.type):
        return values
    return pc.floor_temporal(values, unit="day").cast(pa.date32())


def table_of(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)]
    return pa.table(arrays, schema=schema)
