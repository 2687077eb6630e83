"""What each column of a table holds: how much, how many different values, from where to where."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.config import Settings
from tiktok_ads.load.postgres_server import is_postgres
from tiktok_ads.load.reading import Column
from tiktok_ads.load.sql import quoted
from tiktok_ads.ui.data.reading import SECONDS, Opened, amount_text, opened
from tiktok_ads.ui.data.tables import DataTable, data_table

_MOST_LETTERS = 80
_NUMBERS = ("BIGINT", "INTEGER", "DOUBLE", "DECIMAL", "HUGEINT", "SMALLINT", "REAL", "NUMERIC")
_ORDERED = (*_NUMBERS, "VARCHAR", "TEXT", "CHARACTER VARYING", "DATE", "TIMESTAMP")


@dataclass(frozen=True)
class ColumnStatistics:
    """Of one column: rows with a value, rows without, different values, least, greatest and mean.

    `distinct` may be off by some percent, in a database that counts fast; None where values have no order.
    """

    name: str
    filled: int
    blank: int
    distinct: int | None
    least: str | None
    greatest: str | None
    mean: float | None


@dataclass(frozen=True)
class TableStatistics:
    """`rows` is None while nothing is loaded."""

    table: DataTable
    rows: int | None = None
    columns: tuple[ColumnStatistics, ...] = ()
    is_about: bool = True


def statistics(settings: Settings, name: str) -> TableStatistics:
    """Read the whole table once.

    Raises:
        UnknownName: the dataset has no such table.
        DestinationBusy: a run has it open.
        LoadError: it cannot be looked at now, or took too long.
    """
    table = data_table(settings, name)
    with opened(settings) as there:
        if there is None or not there.has(table.name):
            return TableStatistics(table)
        return _counted(there, table, is_exact=is_postgres(settings.destination))


def _counted(there: Opened, table: DataTable, *, is_exact: bool) -> TableStatistics:
    columns = there.tables[table.name]
    asked = [part for at, one in enumerate(columns) for part in _parts(at, one, is_exact=is_exact)]
    place = there.reader.qualified(table.name)
    found = there.reader.query(f"SELECT count(*) AS n, {', '.join(asked)} FROM {place} AS t", seconds=SECONDS)
    row = found.to_pylist()[0]
    return TableStatistics(
        table,
        int(row["n"]),
        tuple(_of_column(at, one, row) for at, one in enumerate(columns)),
        not is_exact,
    )


def _parts(at: int, column: Column, *, is_exact: bool) -> list[str]:
    name, kind = f"t.{quoted(column.name)}", column.sql_type.upper()
    asked = [f"count({name}) AS c{at}"]
    if not kind.startswith(_ORDERED) or kind.endswith("]"):
        return asked
    asked.append(f"{'count(DISTINCT ' if is_exact else 'approx_count_distinct('}{name}) AS d{at}")
    asked += [f"CAST(min({name}) AS VARCHAR) AS l{at}", f"CAST(max({name}) AS VARCHAR) AS g{at}"]
    if kind.startswith(_NUMBERS):
        asked.append(f"CAST(avg({name}) AS DOUBLE PRECISION) AS m{at}")
    return asked


def _of_column(at: int, column: Column, row: dict[str, object]) -> ColumnStatistics:
    filled, distinct, mean = row[f"c{at}"], row.get(f"d{at}"), row.get(f"m{at}")
    return ColumnStatistics(
        column.name,
        int(str(filled)),
        int(str(row["n"])) - int(str(filled)),
        None if distinct is None else int(str(distinct)),
        _short(row.get(f"l{at}"), column),
        _short(row.get(f"g{at}"), column),
        None if mean is None else float(str(mean)),
    )


def _short(value: object, column: Column) -> str | None:
    if value is None:
        return None
    text = str(value)
    if column.sql_type.upper().startswith(("DECIMAL", "NUMERIC")):
        return amount_text(text)
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
