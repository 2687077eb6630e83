"""Excel workbooks: text as text, days as days, one row at a time, several sheets where one is too short."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from tiktok_ads.errors import ConfigError
from tiktok_ads.output.cells import comment_of, is_number, json_bytes

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_TEXT = 32_767
_LONGEST_NAME = 31
_ROWS = 1_024
_FIRST_DAY = date(1900, 3, 1)
"""Excel believes in a 29 February 1900; days before it would be off by one."""
_DIGITS = 15


@dataclass
class _Sheets:
    """The sheets of the rows: a new one is begun where one is full."""

    book: Workbook
    name: str
    header: Callable[[Worksheet], None]
    most_rows: int
    sheet: Worksheet | None = None
    row: int = 0
    count: int = 0

    def next_row(self) -> tuple[Worksheet, int]:
        if self.sheet is None or self.row + 1 >= self.most_rows:
            self.count += 1
            ending = f" ({self.count})" if self.count > 1 else ""
            self.sheet = self.book.add_worksheet(f"{_cut(self.name, _LONGEST_NAME - len(ending))}{ending}")
            self.header(self.sheet)
            self.row = 0
        self.row += 1
        return self.sheet, self.row


def needs_xlsxwriter() -> None:
    """Say how to get what XLSX needs.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        import xlsxwriter  # noqa: F401  (whether it is there is the question)
    except ImportError:
        raise ConfigError(
            "XLSX needs the package xlsxwriter.", "pip install 'tiktok-ads-connector[xlsx]', or take csv."
        ) from None


def write_xlsx(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    out: BinaryIO,
    *,
    name: str = "report",
    description: str = "",
    most_rows: int = MOST_ROWS,
) -> tuple[int, tuple[str, ...]]:
    """Write the rows; a last sheet says what each column means.

    Args:
        schema: the columns.
        batches: the rows.
        out: where to.
        name: of the report and of its sheet.
        description: what it is.
        most_rows: of one sheet, the header counted; Excel's limit unless told.

    Returns:
        How many rows there were, and what did not fit Excel.

    Raises:
        ConfigError: more columns than a sheet has.
    """
    needs_xlsxwriter()
    from xlsxwriter import Workbook

    if len(schema) > MOST_COLUMNS:
        raise ConfigError(
            f"A sheet has at most {MOST_COLUMNS:,} columns, not {len(schema):,}.", "Take parquet."
        )
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    notes: dict[str, int] = {}
    count = 0
    with Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = [_format(book, field.type) for field in schema]

        def header(sheet: Worksheet) -> None:
            sheet.freeze_panes(1, 0)
            for column, (field, form) in enumerate(zip(schema, formats, strict=True)):
                sheet.set_column(column, column, _width(field), form)
                sheet.write_string(0, column, field.name[:MOST_TEXT], bold)

        sheets = _Sheets(book, _sheet_name(name), header, most_rows)
        for batch in batches:
            for first in range(0, batch.num_rows, _ROWS):
                columns = [column.to_pylist() for column in batch.slice(first, _ROWS).columns]
                for values in zip(*columns, strict=True):
                    sheet, row = sheets.next_row()
                    for column, value in enumerate(values):
                        if value is not None:
                            _write(sheet, row, column, value, formats[column], notes)
                    count += 1
        if not count:
            sheets.next_row()
        _explain(book, schema, bold, name, description)
    if sheets.count > 1:
        notes[f"A sheet holds {most_rows:,} rows: the report goes on in {sheets.count} sheets."] = 0
    return count, tuple(f"{times:,} {note}" if times else note for note, times in notes.items())


def _write(
    sheet: Worksheet, row: int, column: int, value: Any, form: Format | None, notes: dict[str, int]
) -> None:
    """One cell; text never becomes a formula, a link or a number."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, form)
    elif isinstance(value, (int, float, Decimal)):
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            return
        if len(str(value).strip("-").replace(".", "").strip("0")) > _DIGITS and not isinstance(value, float):
            # Excel keeps 15 digits: a number with more stays whole as text.
            _count(notes, f"numbers have more than {_DIGITS} digits and are text.")
            sheet.write_string(row, column, str(value), form)
        else:
            sheet.write_number(row, column, value, form)
    elif isinstance(value, date) and _is_excels(value):
        sheet.write_datetime(row, column, value, form)
    else:
        text = value if isinstance(value, str) else _as_text(value)
        if len(text) > MOST_TEXT:
            _count(notes, f"texts were cut at {MOST_TEXT:,} characters, which is all that a cell holds.")
            text = text[: MOST_TEXT - 1] + "…"
        sheet.write_string(row, column, text, form)


def _is_excels(value: date) -> bool:
    """Whether Excel has such a day or moment; it knows no zones."""
    if isinstance(value, datetime):
        return value.tzinfo is None and value.date() >= _FIRST_DAY
    return value >= _FIRST_DAY


def _as_text(value: object) -> str:
    return value.isoformat(" ") if isinstance(value, datetime) else _json_or_day(value)


def _json_or_day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else json_bytes(value).decode()


def _count(notes: dict[str, int], note: str) -> None:
    notes[note] = notes.get(note, 0) + 1


def _format(book: Workbook, kind: pa.DataType) -> Format | None:
    """How a column shows; text columns are said to be text, so that ids stay whole when they are edited."""
    if pa.types.is_date(kind):
        return book.add_format({"num_format": "yyyy-mm-dd"})
    if pa.types.is_timestamp(kind):
        return book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    if pa.types.is_decimal(kind):
        return book.add_format({"num_format": "#,##0.00####"})
    if pa.types.is_integer(kind):
        return book.add_format({"num_format": "#,##0"})
    if is_number(kind) or pa.types.is_boolean(kind):
        return None
    return book.add_format({"num_format": "@"})


def _width(field: pa.Field) -> int:
    kind = field.type
    if pa.types.is_timestamp(kind):
        usual = 19
    elif pa.types.is_date(kind) or is_number(kind) or pa.types.is_boolean(kind):
        usual = 12
    else:
        usual = 20 if field.name.endswith("_id") else 24
    return min(max(usual, len(field.name) + 2), 40)


def _sheet_name(name: str) -> str:
    """The name without what Excel does not allow in it; `History` is Excel's own."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name)
    plain = _cut(plain.strip(" '"), _LONGEST_NAME).strip(" '")
    return plain if plain and plain.lower() not in ("history", "columns") else "report"


def _cut(name: str, units: int) -> str:
    """As much of a name as takes so many units of UTF-16, by which Excel counts; no character is halved."""
    return name.encode("utf-16-le", "replace")[: 2 * units].decode("utf-16-le", "ignore")


def _explain(book: Workbook, schema: pa.Schema, bold: Format, name: str, description: str) -> None:
    """The last sheet: the report's name and description, and what each column means."""
    sheet = book.add_worksheet("columns")
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, name[:MOST_TEXT], bold)
    sheet.write_string(0, 1, description[:MOST_TEXT], bold)
    for row, field in enumerate(schema, start=1):
        sheet.write_string(row, 0, field.name[:MOST_TEXT])
        sheet.write_string(row, 1, comment_of(field)[:MOST_TEXT])
