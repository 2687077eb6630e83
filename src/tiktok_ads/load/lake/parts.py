"""Which parts of a table a commit touches, and to which part each new row goes.

Days belong to parts by where the parts begin: a part holds the days from its first up to the day before the
next part of its month begins. So each day belongs to one file only and stays there, and a reader who takes
all files of a folder never meets a row twice, whatever is being written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from tiktok_ads.load.lake.entries import Held, Part
from tiktok_ads.load.scope import Span

LARGE = 25_000
"""Rows from which on a file is left alone when later days come; smaller ones are written anew with them."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Touched:
    """A part that a commit may change; `held` is None if it has no rows yet."""

    part: Part
    held: Held | None


def touched(
    held: Iterable[Held],
    spans: Sequence[Span],
    *,
    table: str,
    owner_column: str,
    run: str | None,
    dated: bool,
) -> list[Touched]:
    """The parts of one owner that these spans reach into, new ones among them.

    `run` is the run whose rows a part holds, where a table keeps each run's; None where it does not.
    """
    own = [one for one in held if one.part.run == run]
    owner = spans[0].owner
    folder = f"{cleaned(table)}/{cleaned(owner_column.removesuffix('_id'))}={cleaned(owner)}"
    if not dated:
        part = Part(table, owner, run=run, path=f"{folder}/{_named('all', run)}")
        return [Touched(part, next((one for one in own if one.part == part), None))]
    by_month: dict[date, list[Held]] = {}
    for one in own:
        if one.part.first:
            by_month.setdefault(one.part.first.replace(day=1), []).append(one)
    found: list[Touched] = []
    for month, (first, last) in sorted(_months(spans, by_month).items()):
        parts = sorted(by_month.get(month, []), key=lambda one: one.part.first or date.min)
        days = ranges((one.part for one in parts), run)
        hit = [one for one in parts if days[one.part][0] <= last and first <= days[one.part][1]]
        if hit and not _stands_apart(hit, first, last):
            found += [Touched(one.part, one) for one in hit]
            continue
        path = f"{folder}/month={month:%Y-%m}/{_named(first.isoformat(), run)}"
        found.append(Touched(Part(table, owner, first, run=run, path=path), None))
    return found


def _stands_apart(hit: Sequence[Held], first: date, last: date) -> bool:
    """The days lie beside the one part that they would belong to, and it is large: they get a new one."""
    if len(hit) > 1 or hit[0].rows < LARGE:
        return False
    begins, ends = hit[0].part.first or date.min, hit[0].last_day or date.min
    return last < begins or (first > begins and first > ends)


def _months(spans: Sequence[Span], known: Iterable[date]) -> dict[date, tuple[date, date]]:
    """Of each month that a span reaches into, the first and the last day reached.

    A span without end reaches only into months that are known: there is nothing elsewhere.
    """
    found: dict[date, tuple[date, date]] = {}

    def reach(month: date, first: date, last: date) -> None:
        before = found.get(month, (first, last))
        found[month] = (min(before[0], first), max(before[1], last))

    for span in spans:
        first, last = span.first or date.min, span.last or date.max
        if first == date.min or last == date.max:
            for month in known:
                ends = last_of(month)
                if month <= last and first <= ends:
                    reach(month, max(first, month), min(last, ends))
            continue
        month = first.replace(day=1)
        while month <= last:
            ends = last_of(month)
            reach(month, max(first, month), min(last, ends))
            if ends == date.max:
                break
            month = ends + _DAY
    return found


def last_of(month: date) -> date:
    """The last day of the month that begins on this day."""
    try:
        return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
    except OverflowError:
        return date.max


def ranges(held: Iterable[Part], run: str | None) -> dict[Part, tuple[date, date]]:
    """The days that belong to each part of an owner, of one run or of those without."""
    found: dict[Part, tuple[date, date]] = {}
    by_month: dict[date, list[Part]] = {}
    for part in held:
        if part.first and part.run == run:
            by_month.setdefault(part.first.replace(day=1), []).append(part)
    for month, parts in by_month.items():
        parts.sort(key=lambda part: part.first or date.min)
        begins = [month, *(part.first or date.min for part in parts[1:])]
        ends = [*(one - _DAY for one in begins[1:]), last_of(month)]
        found.update(zip(parts, zip(begins, ends, strict=True), strict=True))
    return found


def _named(name: str, run: str | None) -> str:
    return f"{name}.parquet" if run is None else f"{name}_{cleaned(run)}.parquet"


def cleaned(name: str) -> str:
    """A name as one part of a path, whatever it holds; a leading dot or underscore would hide it."""
    safe = quote(name, safe="")
    return f"%{ord(safe[0]):02X}{safe[1:]}" if safe[:1] in (".", "_") and name != SUMS else safe


SUMS = "_daily_sums"
"""The one table of ours that has files of its own."""
