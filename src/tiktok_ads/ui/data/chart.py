"""Figures of a report over time, split by what its rows tell; only what adds up, each currency by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args

from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError
from tiktok_ads.ui.data.chart_sql import first_day, newest_day, sums
from tiktok_ads.ui.data.reading import SECONDS, Opened, names, opened
from tiktok_ads.ui.data.tables import DataColumn, DataTable, data_table

Per = Literal["day", "week", "month"]
PERS: tuple[Per, ...] = get_args(Per)
SPANS = {30: "the last 30 days", 90: "the last 90 days", 365: "the last year", 0: "everything"}
"""How far back a chart can reach, 0 being all that is loaded."""
MOST_PARTS = 20
USUAL = ("spend", "impressions", "clicks", "conversion")
"""The figures that most look at first."""
_NOT_TOLD = "not told"


@dataclass(frozen=True)
class ChartWanted:
    """What a chart shows. A blank `metric` is the first usual one, a blank `by` splits by nothing."""

    table: str
    metric: str = ""
    by: str = ""
    per: Per = "day"
    days: int = 90
    top: int = 5


@dataclass(frozen=True)
class Series:
    """A line or a row of bars: a value for each `x` of its chart, None where nothing is loaded.

    `is_rest` stands for all the parts that have none of their own.
    """

    name: str
    values: tuple[float | int | None, ...]
    is_rest: bool = False


@dataclass(frozen=True)
class Chart:
    """`unit` is a currency or blank. Stacked series add up to the whole."""

    title: str
    unit: str
    kind: Literal["line", "bars"]
    x: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Charts:
    """A chart for each currency, or one. `told` says why there is none, `notes` what to know of them."""

    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()
    told: str = ""


def charts(settings: Settings, wanted: ChartWanted) -> Charts:
    """What is wanted, from what is loaded.

    Raises:
        UnknownName: the dataset has no such table, or the table no such column.
        ConfigError: the metric cannot be added up, or rows cannot be split so.
        DestinationBusy, LoadError: it cannot be looked at now.
    """
    table = data_table(settings, wanted.table)
    metric = _metric(table, wanted.metric)
    by = _split(table, wanted.by)
    with opened(settings) as there:
        if there is None or not there.has(table.name):
            return Charts(told="Nothing is loaded yet.")
        return _drawn(there, table, metric, by, wanted)


def _metric(table: DataTable, name: str) -> DataColumn:
    if not table.figures:
        raise ConfigError(f"The table {table.name} has nothing that adds up.", "Choose another table.")
    if not name:
        usual = [one for wanted in USUAL for one in table.figures if one.name == wanted]
        return (usual or table.figures)[0]
    column = table.column(name)
    if not column.adds_up:
        why = f": {column.why_not}" if column.why_not else ""
        raise ConfigError(f"{name} is not to be added up{why}.", "Look at it row by row instead.")
    return column


def _split(table: DataTable, name: str) -> DataColumn | None:
    if not name:
        # Without days there is nothing to draw along but the parts.
        words = [one for one in table.splits if one.role == "dimension"]
        return words[0] if table.day_column is None and words else None
    column = table.column(name)
    if column not in table.splits:
        raise ConfigError(f"Rows cannot be split by {name}.", "Choose a dimension or an attribute.")
    return column


def _drawn(
    there: Opened, table: DataTable, metric: DataColumn, by: DataColumn | None, wanted: ChartWanted
) -> Charts:
    newest = newest_day(there, table)
    if table.day_column and newest is None:
        return Charts(told="There are no rows yet.")
    first = first_day(newest, wanted.per, wanted.days) if newest and wanted.days else None
    query = sums(there, table, metric, by, per=wanted.per, first=first, top=wanted.top)
    rows = there.reader.query(query, seconds=SECONDS).to_pylist()
    if not rows:
        return Charts(told="There are no rows of this time.")
    called = names(there, by.name, {row["part"] for row in rows if row["part"]}) if by else {}
    money = dict.fromkeys(row["money"] for row in rows)
    label = _Label(table, metric, by, wanted)
    return Charts(
        tuple(_chart(label, unit, [row for row in rows if row["money"] == unit], called) for unit in money),
        _notes(table, by, wanted),
    )


@dataclass(frozen=True)
class _Label:
    table: DataTable
    metric: DataColumn
    by: DataColumn | None
    wanted: ChartWanted

    def title(self, unit: str) -> str:
        per = f" per {self.table.period or self.wanted.per}" if self.table.day_column else ""
        by = f" by {self.by.name}" if self.by else ""
        return f"{self.metric.name}{per}{by}{f' in {unit}' if unit else ''}"

    def value(self, number: Decimal | float | int | None) -> float | int | None:
        if number is None:
            return None
        return int(number) if self.metric.type == "whole number" else round(float(number), 6)


def _chart(
    label: _Label, unit: str, rows: Sequence[Mapping[str, object]], called: Mapping[str, str]
) -> Chart:
    found: dict[int, dict[object, object]] = {}
    parts: dict[int, str] = {}
    last = label.wanted.top + 1
    for row in rows:
        place = int(str(row["place"]))
        found.setdefault(place, {})[row["at"]] = row["value"]
        if place == last:
            parts[place] = f"all others ({int(str(row['parts'])) - label.wanted.top})"
        else:
            parts[place] = str(row["part"] or "")
    named = _apart({place: part for place, part in parts.items() if place != last}, called)
    heads = {**parts, **named} if label.by else dict.fromkeys(parts, label.metric.name)
    if label.table.day_column is None:
        values = tuple(label.value(one) for held in found.values() for one in held.values())  # type: ignore[arg-type]
        return Chart(
            label.title(unit),
            unit,
            "bars",
            tuple(heads[one] for one in found),
            (Series(label.metric.name, values),),
        )
    present = {at for held in found.values() for at in held}
    moments = _moments(present, "" if label.table.period else label.wanted.per)
    series = tuple(
        Series(
            heads[place],
            tuple(label.value(held.get(at, 0 if at in present else None)) for at in moments),  # type: ignore[arg-type]
            place == last and label.by is not None,
        )
        for place, held in sorted(found.items())
    )
    kind: Literal["line", "bars"] = "bars" if label.by else "line"
    return Chart(label.title(unit), unit, kind, tuple(at.isoformat() for at in moments), series)


def _apart(parts: Mapping[int, str], called: Mapping[str, str]) -> dict[int, str]:
    """What each part is called; two that are called the same are told apart by what they are."""
    said = {place: called.get(part, part) or _NOT_TOLD for place, part in parts.items()}
    many = list(said.values())
    return {
        place: f"{name} ({parts[place]})" if many.count(name) > 1 and parts[place] else name
        for place, name in said.items()
    }


def _moments(present: set[object], per: str) -> list[date]:
    """Every period from first to last, also without rows; those with rows alone where `per` is blank."""
    known = sorted(one for one in present if isinstance(one, date))
    if not per or not known:
        return known
    every, at = [], known[0]
    while at <= known[-1]:
        every.append(at)
        at = _after(at, per)
    return every


def _after(at: date, per: str) -> date:
    if per == "month":
        return date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return at + timedelta(days=7 if per == "week" else 1)


def _notes(table: DataTable, by: DataColumn | None, wanted: ChartWanted) -> tuple[str, ...]:
    told = []
    if by and by.note:
        told.append(f"{by.name}: {by.note}")
    if table.day_column and wanted.per == "week" and not table.period:
        told.append("Weeks begin on Monday.")
    if table.update_method == "append":
        told.append("Each run kept a snapshot; this is the newest of each day.")
    return tuple(told)
