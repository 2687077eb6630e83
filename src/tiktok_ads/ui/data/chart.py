"""Figures of a report over time, split by what its rows tell; only what adds up, each currency by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, get_args

from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError
from tiktok_ads.ui.data.chart_sql import first_day, newest_day, sums
from tiktok_ads.ui.data.reading import SECONDS, Opened, names, opened
from tiktok_ads.ui.data.tables import USUAL, DataColumn, DataTable, data_table

Per = Literal["day", "week", "month"]
PERS: tuple[Per, ...] = get_args(Per)
SPANS = {30: "the last 30 days", 90: "the last 90 days", 365: "the last year", 0: "everything"}
"""How far back a chart can reach, 0 being all that is loaded."""
MOST_PARTS = 20
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
    total: float | int


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
    sums_found = [_Sum(**row) for row in there.reader.query(query, seconds=SECONDS).to_pylist()]
    if not sums_found:
        return Charts(told="There are no rows of this time.")
    called = names(there, by.name, {one.part for one in sums_found if one.part}) if by else {}
    label = _Label(table, metric, by, wanted)
    units = dict.fromkeys(one.money for one in sums_found)
    found = [_chart(label, unit, [one for one in sums_found if one.money == unit], called) for unit in units]
    return Charts(tuple(found), _notes(table, by, wanted, newest))


@dataclass(frozen=True)
class _Sum:
    """A row of `chart_sql.sums`."""

    money: str
    place: int
    at: date | None
    part: str | None
    parts: int
    value: Decimal | float | int | None


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

    def total(self, sums: Sequence[_Sum]) -> float | int:
        exact = (Decimal(str(one.value)) for one in sums if one.value is not None)
        return self.value(sum(exact, Decimal())) or 0


def _chart(label: _Label, unit: str, found: Sequence[_Sum], called: Mapping[str, str]) -> Chart:
    """The sums of one currency, drawn along their days, or along their parts where there are no days."""
    heads = _heads(label, found, called)
    title, total = label.title(unit), label.total(found)
    present = {one.at for one in found if one.at}
    if not present:
        values = tuple(label.value(one.value) for one in found)
        whole = Series(label.metric.name, values)
        return Chart(title, unit, "bars", tuple(heads[one.place] for one in found), (whole,), total)
    moments = _moments(present, "" if label.table.period else label.wanted.per)
    series = []
    for place, name in sorted(heads.items()):
        held = {one.at: one.value for one in found if one.place == place}
        # Where others have rows and this part has none, it is nothing; where nobody has any, nobody knows.
        values = tuple(label.value(held.get(at, 0 if at in present else None)) for at in moments)
        series.append(Series(name, values, label.by is not None and place > label.wanted.top))
    kind: Literal["line", "bars"] = "bars" if label.by else "line"
    return Chart(title, unit, kind, tuple(at.isoformat() for at in moments), tuple(series), total)


def _heads(label: _Label, found: Sequence[_Sum], called: Mapping[str, str]) -> dict[int, str]:
    """What each place is called: the metric itself where nothing splits it."""
    if label.by is None:
        return {one.place: label.metric.name for one in found}
    top = label.wanted.top
    parts = {one.place: one.part or "" for one in found if one.place <= top}
    rest = {one.place: f"all others ({one.parts - top})" for one in found if one.place > top}
    return _apart(parts, called) | rest


def _apart(parts: Mapping[int, str], called: Mapping[str, str]) -> dict[int, str]:
    """What each part is called; two that are called the same are told apart by what they are."""
    said = {place: called.get(part, part) or _NOT_TOLD for place, part in parts.items()}
    many = list(said.values())
    return {
        place: f"{name} ({parts[place]})" if many.count(name) > 1 and parts[place] else name
        for place, name in said.items()
    }


def _moments(present: set[date], per: str) -> list[date]:
    """Every period from first to last, also without rows; those with rows alone where `per` is blank."""
    known = sorted(present)
    if not per:
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


def _notes(
    table: DataTable, by: DataColumn | None, wanted: ChartWanted, newest: date | None
) -> tuple[str, ...]:
    told = []
    if by:
        # What else a note says is about asking TikTok, not about figures.
        told += [f"{one.rstrip('.')}." for one in by.note.split(". ") if "sums" in one]
    if table.day_column and wanted.per == "week" and not table.period:
        told.append("Weeks begin on Monday.")
    if newest and newest >= datetime.now(UTC).date():
        told.append("The last day is not over yet.")
    if table.update_method == "append":
        told.append("Each run kept a snapshot; this is the newest of each day.")
    return tuple(told)
