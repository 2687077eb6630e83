"""Rows as a table on the terminal: numbers to the right, amounts of one currency told apart from many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from tiktok_ads.output.cells import is_money, is_number, json_bytes, kind_of

NOTHING = "–"
_WIDEST = 40
_CURRENCY = "currency"


@dataclass(frozen=True)
class Shown:
    """A table that fits the terminal, and what is to be said below it."""

    table: Table
    notes: tuple[str, ...]


def as_terminal_table(rows: pa.Table, *, width: int, most_rows: int = 50, title: str = "") -> Shown:
    """The first rows, in as many columns as `width` has room for.

    Where all amounts are in one currency, it stands beside the names of their columns; where they are in
    several, the currency stays a column and a note says that they must not be added up.

    Args:
        rows: the report.
        width: of the terminal, in characters.
        most_rows: rows that are shown.
        title: stands above it.
    """
    currencies = _currencies(rows)
    one = currencies[0] if len(currencies) == 1 else ""
    names = [name for name in rows.column_names if not (one and name == _CURRENCY) and name != "_extra"]
    if len(currencies) > 1:
        names = _beside_first_amount(names, rows.schema)
    first = rows.select(names).slice(0, most_rows).to_pylist()
    shown = _fitting(names, rows.schema, first, one, width, title)
    notes = []
    if rows.num_rows > len(first):
        notes.append(f"{rows.num_rows - len(first):,} more rows.")
    if left := names[len(shown.columns) :]:
        notes.append(f"{len(left)} more columns that this terminal is too narrow for: {', '.join(left)}.")
    if len(currencies) > 1:
        notes.append(f"Amounts are in {', '.join(currencies)}: they must not be added up.")
    return Shown(shown, tuple(notes))


def cell_text(value: object, kind: str = "") -> str:
    """A value as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}" if kind in ("percent", "seconds") else f"{value:,.4g}"
    if isinstance(value, str):
        # A name may hold what moves the cursor or colours the screen.
        return "".join(one if one.isprintable() else " " for one in value)
    if isinstance(value, (list, dict)):
        return json_bytes(value).decode()
    text = f"{value:,f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"


def _fitting(
    names: Sequence[str],
    schema: pa.Schema,
    rows: Sequence[dict[str, object]],
    currency: str,
    width: int,
    title: str,
) -> Table:
    """The table with its first columns, as many as there is room for, at least one."""
    console = Console(width=100_000)
    fitting, taken = 0, 0
    for name in names:
        alone = _table([name], schema, rows, currency, "")
        taken += Measurement.get(console, console.options, alone).maximum
        if taken > width and fitting:
            break
        fitting += 1
    return _table(names[:fitting], schema, rows, currency, title)


def _table(
    names: Sequence[str], schema: pa.Schema, rows: Sequence[dict[str, object]], currency: str, title: str
) -> Table:
    table = Table(
        box=None, padding=(0, 1, 0, 0), header_style="bold", title=title or None, title_justify="left"
    )
    kinds = {name: kind_of(schema.field(name)) for name in names}
    for name in names:
        head = Text(name)
        if currency and is_money(schema.field(name)):
            head = Text(f"{name} ({currency})")
        elif kinds[name] == "percent":
            head = Text(f"{name} (%)")
        right = is_number(schema.field(name).type)
        table.add_column(
            head,
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=None if right else _WIDEST,
        )
    for row in rows:
        table.add_row(*(Text(cell_text(row[name], kinds[name])) for name in names))
    return table


def _currencies(rows: pa.Table) -> list[str]:
    if _CURRENCY not in rows.column_names:
        return []
    return sorted({str(one) for one in rows[_CURRENCY].unique().to_pylist() if one})


def _beside_first_amount(names: Sequence[str], schema: pa.Schema) -> list[str]:
    """The currency in front of the first amount, so that no narrow terminal parts them."""
    rest = [name for name in names if name != _CURRENCY]
    amounts = [place for place, name in enumerate(rest) if is_money(schema.field(name))]
    place = amounts[0] if amounts else len(rest)
    return [*rest[:place], _CURRENCY, *rest[place:]]
