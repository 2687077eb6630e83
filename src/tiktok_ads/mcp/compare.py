"""Figures of one report in two periods side by side, currencies apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError, UnknownName
from tiktok_ads.load.sql import quoted
from tiktok_ads.mcp.answers import Compared, Comparison
from tiktok_ads.mcp.asking import MONEY
from tiktok_ads.mcp.cells import number, shown
from tiktok_ads.mcp.standing import Loaded
from tiktok_ads.mcp.tables import known_table
from tiktok_ads.ui.data.freshness import OwnerDays
from tiktok_ads.ui.data.reading import SECONDS, Opened, opened
from tiktok_ads.ui.data.tables import USUAL, DataColumn, DataTable

_MOST_ROWS = 200


@dataclass(frozen=True)
class Days:
    """A period, both days included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Asked:
    """What is compared: a table, two periods, figures, and the column they are split by ("" for none)."""

    table: str
    before: Days
    after: Days
    metrics: tuple[str, ...] = ()
    split_by: str = ""


def compared(settings: Settings, asked: Asked, loaded: Loaded, *, now: datetime) -> Comparison:
    """Sums of both periods, with the change between them.

    Raises:
        ConfigError: what is asked cannot be had, with the reason.
    """
    table, metrics = _checked(settings, asked)
    with opened(settings) as there:
        if there is None or not there.has(asked.table):
            raise UnknownName(f"The table {asked.table} is not loaded.", "list_tables names those that are.")
        has_currency = there.has(asked.table, "currency")
        found = _sums(there, table, asked, metrics, by_currency=has_currency)
    figures = [
        _figure(one, row, at, has_currency=has_currency)
        for row in found[:_MOST_ROWS]
        for at, one in enumerate(metrics)
    ]
    warnings = _reached(asked, loaded)
    lengths = {(days.last - days.first).days + 1 for days in (asked.before, asked.after)}
    if len(lengths) > 1:
        warnings.append(f"The periods are of {min(lengths)} and {max(lengths)} days.")
    if not has_currency and len(loaded.currencies) > 1 and any(one.unit == MONEY for one in metrics):
        raise ConfigError(
            f"{asked.table} has no column that tells currencies apart, and there are "
            f"{', '.join(sorted(loaded.currencies))}.",
            "Use run_sql, and join advertisers for the currency.",
        )
    return Comparison(
        table=asked.table,
        before=str(asked.before),
        after=str(asked.after),
        split_by=asked.split_by,
        figures=figures,
        is_cut=len(found) > _MOST_ROWS,
        warnings=warnings,
        standing=loaded.standing([asked.table], now=now),
    )


def _checked(settings: Settings, asked: Asked) -> tuple[DataTable, list[DataColumn]]:
    table = known_table(settings, asked.table)
    if table is None:
        raise UnknownName(f"There is no table {asked.table[:60]!r}.", "list_tables names those there are.")
    if table.day_column is None:
        raise ConfigError(f"{table.name} has no days.", "Choose a report by day.")
    if table.update_method == "append":
        raise ConfigError(f"{table.name} keeps a snapshot of each run.", "Use run_sql, and choose one run.")
    if any(days.last < days.first for days in (asked.before, asked.after)):
        raise ConfigError("A period ends before it begins.", "Give first the earlier day, then the later.")
    names = asked.metrics or tuple(name for name in USUAL if any(one.name == name for one in table.figures))
    columns = [table.column(name) for name in names]
    for one in columns:
        if not one.adds_up:
            why = one.why_not or "it is no figure"
            raise ConfigError(
                f"{one.name} cannot be added up: {why}.", "Compare what it is made of, and divide the sums."
            )
    if asked.split_by and asked.split_by not in {one.name for one in table.splits}:
        offered = f"There are {', '.join(one.name for one in table.splits)}."
        raise ConfigError(f"{table.name} cannot be split by {asked.split_by[:60]!r}.", offered)
    return table, columns


def _sums(
    there: Opened, table: DataTable, asked: Asked, metrics: Sequence[DataColumn], *, by_currency: bool
) -> list[Mapping[str, object]]:
    day = f"CAST({there.checked(table.name, str(table.day_column))} AS DATE)"
    groups = {
        "currency": quoted("currency") if by_currency else "''",
        "split": there.checked(table.name, asked.split_by) if asked.split_by else "''",
    }
    sums, values = [], []
    for at, one in enumerate(metrics):
        for word, days in (("before", asked.before), ("after", asked.after)):
            column = there.checked(table.name, one.name)
            sums.append(f"sum({column}) FILTER (WHERE {day} BETWEEN ? AND ?) AS {word}_{at}")
            values += [days.first, days.last]
    sql = (
        f"SELECT CAST({groups['currency']} AS VARCHAR) AS currency, "  # noqa: S608
        f"CAST({groups['split']} AS VARCHAR) AS split, {', '.join(sums)} "
        f"FROM {there.reader.qualified(table.name)} "
        f"WHERE {day} BETWEEN ? AND ? OR {day} BETWEEN ? AND ? "
        "GROUP BY 1, 2 ORDER BY after_0 DESC NULLS LAST, 1, 2"
    )
    values += [asked.before.first, asked.before.last, asked.after.first, asked.after.last]
    return list(there.reader.query(sql, values, rows=_MOST_ROWS + 1, seconds=SECONDS).to_pylist())


def _figure(one: DataColumn, row: Mapping[str, object], at: int, *, has_currency: bool) -> Compared:
    before, after = (_exact(row[f"{word}_{at}"]) for word in ("before", "after"))
    is_money = one.unit == MONEY
    return Compared(
        metric=one.name,
        unit=one.unit,
        currency=shown(str(row["currency"] or "unknown")) if is_money and has_currency else "",
        split=shown(str(row["split"] or "")),
        before=number(before),
        after=number(after),
        change=number(after - before),
        change_percent=round(float((after - before) / before * 100), 2) if before else None,
    )


def _exact(value: object) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)


def _reached(asked: Asked, loaded: Loaded) -> list[str]:
    """Whose days the periods ask for that are not loaded."""
    fresh = loaded.tables.get(asked.table)
    told = []
    for word, days in (("before", asked.before), ("after", asked.after)):
        short = [one.owner for one in (fresh.each if fresh else ()) if not _holds(one, days)]
        if short:
            told.append(
                f"The period {word} ({days}) is not whole for {len(short)} advertisers, among them "
                f"{', '.join(short[:5])}: their sums lack days."
            )
    return told


def _holds(one: OwnerDays, days: Days) -> bool:
    if one.complete_to is None or one.complete_to < days.last:
        return False
    return one.first is None or one.first <= days.first
