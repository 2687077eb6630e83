"""Files and tables of a report: values as they were, nothing executable, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.output import FORMATS, check_target, format_of, to_duckdb, to_pandas, to_polars, write_rows
from tiktok_ads.output.csv_file import write_csv
from tiktok_ads.output.jsonl_file import write_jsonl
from tiktok_ads.output.terminal import as_terminal_table
from tiktok_ads.output.xlsx_file import write_xlsx

BIG_ID = "18446744073709551615"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def column(
    name: str, values: list[Any], kind: pa.DataType, what: str, comment: str = ""
) -> tuple[pa.Field, pa.Array]:
    return pa.field(name, kind, metadata={"kind": what, "comment": comment}), pa.array(values, kind)


def table(*columns: tuple[pa.Field, pa.Array]) -> pa.Table:
    return pa.Table.from_arrays(
        [one for _, one in columns], schema=pa.schema([field for field, _ in columns])
    )


REPORT = table(
    column("ad_id", [BIG_ID, "2", None], pa.string(), "id", "The ad."),
    column("ad_name", ['=cmd|"/c calc"!A1', "naïve 🎉, yes", ""], pa.string(), "name"),
    column("stat_time_day", [date(2026, 11, 22), date(2024, 2, 29), None], pa.date32(), "day"),
    column("stat_time_hour", [datetime(2026, 11, 22, 23), None, None], pa.timestamp("us"), "hour"),
    column("spend", [Decimal("1234567.890123"), Decimal("-14.68"), None], pa.decimal128(18, 6), "money"),
    column("currency", ["EUR", "EUR", "EUR"], pa.string(), "text"),
    column("clicks", [2**53 + 1, -3, None], pa.int64(), "count"),
    column("ctr", [0.27, -1.5, None], pa.float64(), "percent"),
    column("is_on", [True, False, None], pa.bool_(), "bool"),
    column("tags", [["a", "b"], [], None], pa.list_(pa.string()), "text"),
    column("shape", ['{"a": [1, 2]}', "not json", None], pa.string(), "json"),
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


def csv_of(rows: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    assert write_csv(rows.schema, rows.to_batches(), out, **options) == rows.num_rows
    return out.getvalue()


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def sheet_cells(file: Path | io.BytesIO, number: int = 1) -> list[list[tuple[str, str]]]:
    """Type and text of each cell of a sheet, row by row; formulas would be of type `formula`."""
    with zipfile.ZipFile(file) as book:
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    rows = []
    for row in root.iter(f"{_SHEET}row"):
        cells = []
        for cell in row.iter(f"{_SHEET}c"):
            kind = "formula" if cell.find(f"{_SHEET}f") is not None else cell.get("t", "n")
            cells.append((kind, "".join(cell.itertext())))
        rows.append(cells)
    return rows


def test_csv_is_read_back_as_it_was() -> None:
    """Ids, cents, names with commas, quotes and line ends, NULL and empty text: nothing changes."""
    header, first, second, third = read_csv(csv_of(REPORT, keep_formulas=True))
    assert header == REPORT.column_names
    assert first == [
        BIG_ID, '=cmd|"/c calc"!A1', "2026-11-22", "2026-11-22 23:00:00", "1234567.890123", "EUR",
        "9007199254740993", "0.27", "true", '["a","b"]', '{"a": [1, 2]}',
    ]  # fmt: skip
    assert second[4:8] == ["-14.68", "EUR", "-3", "-1.5"]
    assert third == ["", "", "", "", "", "EUR", "", "", "", "", ""]


def test_csv_tells_null_from_empty_text_and_ends_lines_as_it_should() -> None:
    """RFC 4180: CRLF, quotes only where needed; NULL is nothing at all, an empty text is two quotes."""
    last = csv_of(REPORT).split(b"\r\n")
    assert last[-1] == b""
    assert last[3] == b',"",,,,EUR,,,,,'
    assert b"\n" not in csv_of(REPORT).replace(b"\r\n", b"")


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=8))
def test_any_text_survives_csv(rows: list[tuple[str, str | None]]) -> None:
    """Whatever people type into names comes back, except that a formula is disarmed."""
    texts = table(
        column("a", [one for one, _ in rows], pa.string(), "name"),
        column("b", [two for _, two in rows], pa.string(), "name"),
    )
    kept = read_csv(csv_of(texts, keep_formulas=True))
    assert kept == [["a", "b"], *[[one, two or ""] for one, two in rows]]
    for row in read_csv(csv_of(texts))[1:]:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "=cmd|' /C calc'!A0"])
def test_csv_disarms_formulas_in_text_and_leaves_numbers_alone(text: str) -> None:
    """An ad that is called =cmd|… executes nothing; a negative number stays one."""
    rows = table(
        column("ad_name", [text], pa.string(), "name"),
        column("tags", [[text]], pa.list_(pa.string()), "text"),
        column("clicks", [-5], pa.int64(), "count"),
        column("spend", [Decimal("-0.50")], pa.decimal128(18, 6), "money"),
        column("ctr", [-0.5], pa.float64(), "percent"),
        column(text, ["x"], pa.string(), "text"),
    )
    header, row = read_csv(csv_of(rows))
    assert row[0] == f"'{text}"
    assert row[2:5] == ["-5", "-0.50", "-0.5"]
    assert header[-1] == f"'{text}"


@given(st.lists(st.decimals(-(10**11), 10**11, places=6), min_size=1, max_size=10))
def test_money_keeps_every_digit(amounts: list[Decimal]) -> None:
    """The sum over a file is the sum over the report, in CSV and in JSON lines."""
    rows = table(column("spend", amounts, pa.decimal128(18, 6), "money"))
    cells = [row[0] for row in read_csv(csv_of(rows))[1:]]
    assert [Decimal(one) for one in cells] == amounts
    assert all(len(one.partition(".")[2]) >= 2 for one in cells)
    out = io.BytesIO()
    write_jsonl(rows.schema, rows.to_batches(), out)
    lines = [json.loads(line, parse_float=Decimal) for line in out.getvalue().splitlines()]
    assert [Decimal(one["spend"]) for one in lines] == amounts


def test_csv_begins_with_the_mark_for_excel_only_if_asked() -> None:
    """Excel knows UTF-8 by a mark; other readers would take it for part of a name."""
    assert csv_of(REPORT, bom=True) == b"\xef\xbb\xbf" + csv_of(REPORT)


def test_json_lines_keep_ids_as_text_and_numbers_exact(tmp_path: Path) -> None:
    """A browser would round a TikTok id; here it is text. JSON inside a column is JSON."""
    write_rows(REPORT, tmp_path / "out.jsonl")
    first, second, third = [
        json.loads(line, parse_float=Decimal) for line in (tmp_path / "out.jsonl").read_text().splitlines()
    ]
    assert first == {
        "ad_id": BIG_ID, "ad_name": '=cmd|"/c calc"!A1', "stat_time_day": "2026-11-22",
        "stat_time_hour": "2026-11-22T23:00:00", "spend": Decimal("1234567.890123"), "currency": "EUR",
        "clicks": 2**53 + 1, "ctr": Decimal("0.27"), "is_on": True, "tags": ["a", "b"],
        "shape": {"a": [1, 2]},
    }  # fmt: skip
    assert b'"spend":-14.68,' in (tmp_path / "out.jsonl").read_bytes()
    assert second["shape"] == "not json"
    assert third.keys() == first.keys()
    assert third["spend"] is None


def test_parquet_keeps_types_and_comments(tmp_path: Path) -> None:
    """What a column means travels with the file, for Arrow and for everyone else."""
    write_rows(REPORT, tmp_path / "out.parquet", name="mine", description="All of it.")
    back = pq.read_table(tmp_path / "out.parquet")
    assert back.cast(REPORT.schema).equals(REPORT)
    assert back.schema.field("ad_id").metadata[b"comment"] == b"The ad."
    told = pq.read_metadata(tmp_path / "out.parquet").metadata
    assert (told[b"name"], told[b"description"]) == (b"mine", b"All of it.")
    assert json.loads(told[b"comments"]) == {"ad_id": "The ad."}


def test_parquet_is_written_in_row_groups(tmp_path: Path) -> None:
    """A long report is never whole in memory."""
    batch = table(column("clicks", list(range(50_000)), pa.int64(), "count")).to_batches()[0]
    reader = pa.RecordBatchReader.from_batches(batch.schema, iter([batch] * 8))
    assert write_rows(reader, tmp_path / "out.parquet").rows == 400_000
    assert pq.read_metadata(tmp_path / "out.parquet").num_row_groups >= 3
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == 400_000


def test_excel_gets_ids_as_text_days_as_days_and_no_formula(tmp_path: Path) -> None:
    """Excel rounds numbers of 19 digits and runs what begins with =; neither happens."""
    written = write_rows(REPORT, tmp_path / "out.xlsx", name="ad/insights?", description="All of it.")
    header, first, second, _ = sheet_cells(tmp_path / "out.xlsx")
    assert [text for _, text in header] == REPORT.column_names
    assert first[0] == ("inlineStr", BIG_ID)
    assert first[1] == ("inlineStr", '=cmd|"/c calc"!A1')
    assert first[2] == ("n", "46348")
    assert first[3][0] == "n"
    assert first[4] == ("n", "1234567.890123")
    assert first[6] == ("inlineStr", str(2**53 + 1))
    assert ("n", "-14.680000") in second
    assert written.notes == ("1 numbers have more than 15 digits and are text.",)
    assert not [cell for row in sheet_cells(tmp_path / "out.xlsx") for cell in row if cell[0] == "formula"]
    columns = sheet_cells(tmp_path / "out.xlsx", 2)
    assert [text for _, text in columns[0]] == ["ad/insights?", "All of it."]
    assert [text for _, text in columns[1]] == ["ad_id", "The ad."]


def test_a_report_longer_than_a_sheet_goes_on_in_the_next() -> None:
    """Excel ends at 1,048,576 rows; no row is lost there, and it is said."""
    rows = table(column("ad_id", [str(n) for n in range(25)], pa.string(), "id"))
    out = io.BytesIO()
    count, notes = write_xlsx(rows.schema, rows.to_batches(), out, most_rows=11)
    assert count == 25
    assert "3 sheets" in notes[0]
    found = [text for sheet in (1, 2, 3) for ((_, text),) in sheet_cells(out, sheet)[1:]]
    assert found == [str(n) for n in range(25)]
    assert [sheet_cells(out, sheet)[0][0][1] for sheet in (1, 2, 3)] == ["ad_id"] * 3
    with zipfile.ZipFile(out) as book:
        assert b'name="report (3)"' in book.read("xl/workbook.xml")


@pytest.mark.parametrize(
    "name", ["\U0001f600" * 31, "a" + "\U0001f600" * 20, "a" * 30 + "'b", "'" * 40, "\x18:", "é" * 40]
)
def test_any_name_becomes_a_sheet(name: str) -> None:
    """Excel counts a smiley as two characters, and allows no apostrophe at an end."""
    rows = table(column("ad_id", [str(n) for n in range(25)], pa.string(), "id"))
    out = io.BytesIO()
    count, _ = write_xlsx(rows.schema, rows.to_batches(), out, name=name, most_rows=11)
    assert count == 25


def test_what_excel_cannot_hold_is_said() -> None:
    """Long text is cut with a note, days before 1900, infinite numbers and odd characters do no harm."""
    rows = table(
        column("a", ["x" * 40_000, "\x00\x07odd"], pa.string(), "text"),
        column("b", [date(1899, 12, 31), date(1, 1, 1)], pa.date32(), "day"),
        column("c", [float("inf"), float("nan")], pa.float64(), "ratio"),
    )
    out = io.BytesIO()
    _, notes = write_xlsx(rows.schema, rows.to_batches(), out)
    assert "1 texts were cut at 32,767 characters" in notes[0]
    _, first, _ = sheet_cells(out)
    assert len(first[0][1]) == 32_767
    assert first[1] == ("inlineStr", "1899-12-31")
    with pytest.raises(ConfigError, match="at most 16,384 columns"):
        write_xlsx(pa.schema([pa.field(str(n), pa.string()) for n in range(16_385)]), [], io.BytesIO())


@given(st.lists(TEXTS, min_size=1, max_size=5))
@settings(max_examples=30)
def test_any_text_makes_a_workbook_that_opens(texts: list[str]) -> None:
    """No name breaks the file, and none becomes a formula, a link or a number."""
    rows = table(column("ad_name", texts, pa.string(), "name"))
    out = io.BytesIO()
    write_xlsx(rows.schema, rows.to_batches(), out, name=texts[0])
    for row in sheet_cells(out)[1:]:
        assert all(kind in ("inlineStr", "n") for kind, _ in row)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_report_without_rows_still_has_its_columns(tmp_path: Path, file_format: str) -> None:
    """An empty answer is a file that says so, not a broken one."""
    target = tmp_path / f"out.{file_format}"
    assert write_rows(REPORT.slice(0, 0), target).rows == 0
    if file_format == "csv":
        assert read_csv(target.read_bytes()) == [REPORT.column_names]
    elif file_format == "parquet":
        assert pq.read_table(target).column_names == REPORT.column_names
    elif file_format == "xlsx":
        assert [text for _, text in sheet_cells(target)[0]] == REPORT.column_names
    else:
        assert target.read_bytes() == b""


class Broken(Exception):
    pass


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_is_whole_or_not_there(tmp_path: Path, file_format: str, overwrite: bool) -> None:
    """When reading fails halfway, the old file stands, no half one, and no litter beside it."""
    target = tmp_path / f"out.{file_format}"
    if overwrite:
        target.write_bytes(b"old")

    def batches() -> Iterator[pa.RecordBatch]:
        yield from REPORT.to_batches()
        raise Broken

    reader = pa.RecordBatchReader.from_batches(REPORT.schema, batches())
    with pytest.raises(Broken):
        write_rows(reader, target, overwrite=overwrite)
    assert [one.name for one in tmp_path.iterdir()] == ([target.name] if overwrite else [])
    assert not overwrite or target.read_bytes() == b"old"


def test_nothing_is_overwritten_unless_that_is_said(tmp_path: Path) -> None:
    """A report never replaces a file by accident, not even one that appeared meanwhile."""
    target = tmp_path / "out.csv"
    write_rows(REPORT, target)
    with pytest.raises(ConfigError, match="exists already") as refused:
        write_rows(REPORT.slice(0, 0), target)
    assert "--overwrite" in refused.value.hint
    assert target.read_bytes() == csv_of(REPORT)

    def appears() -> Iterator[pa.RecordBatch]:
        (tmp_path / "late.csv").write_bytes(b"mine")
        yield from REPORT.to_batches()

    with pytest.raises(ConfigError, match="exists already"):
        write_rows(pa.RecordBatchReader.from_batches(REPORT.schema, appears()), tmp_path / "late.csv")
    assert (tmp_path / "late.csv").read_bytes() == b"mine"

    write_rows(REPORT.slice(0, 0), target, overwrite=True)
    assert len(read_csv(target.read_bytes())) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["late.csv", "out.csv"]


def test_a_target_that_cannot_be_is_refused_before_any_call(tmp_path: Path) -> None:
    """A missing folder, a folder in the way, an unknown ending: said at once, with what to do."""
    (tmp_path / "folder.csv").mkdir()
    for path, says in (
        (tmp_path / "none" / "out.csv", "no folder"),
        (tmp_path / "folder.csv", "not an ordinary file"),
        (tmp_path / "out.txt", "does not tell the format"),
        (tmp_path / "out", "does not tell the format"),
        ("bad\x00.csv", "cannot be written"),
    ):
        with pytest.raises(ConfigError, match=says):
            check_target(path)
    with pytest.raises(ConfigError, match="no format 'pdf'"):
        check_target(tmp_path / "out.csv", given="pdf")
    with pytest.raises(ConfigError, match="cannot be written to the terminal"):
        check_target("-", given="parquet")
    assert check_target(tmp_path / "out.dat", given="CSV") == "csv"
    assert format_of("x.NDJSON") == "jsonl"


def test_a_full_disk_is_an_error_in_words() -> None:
    """What the system says is passed on, and names the file."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no device that is always full")
    with Path("/dev/full").open("wb", buffering=0) as out, pytest.raises(OSError, match="No space left"):
        write_rows(REPORT, "-", stdout=out)


def test_a_folder_without_rights_is_an_error_in_words(tmp_path: Path) -> None:
    """A folder that may not be written to is named."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(LoadError, match="permission denied"):
        write_rows(REPORT, tmp_path / "out.csv")


def test_files_have_the_rights_that_the_user_chose(tmp_path: Path) -> None:
    """A report is as readable as any other file that the user makes."""
    code = (
        "import os, sys; os.umask(0o027)\n"
        "import pyarrow as pa\n"
        "from tiktok_ads.output import write_rows\n"
        "write_rows(pa.table({'a': [1]}), sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.csv")], check=True)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o640


def test_stdout_takes_text_formats() -> None:
    """`--output -` goes into a pipe."""
    out = io.BytesIO()
    assert write_rows(REPORT, "-", file_format="jsonl", stdout=out).rows == 3
    assert len(out.getvalue().splitlines()) == 3


def shown(rows: pa.Table, width: int = 200, **options: Any) -> tuple[str, tuple[str, ...]]:
    made = as_terminal_table(rows, width=width, **options)
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    with console.capture() as capture:
        console.print(made.table)
    return capture.get(), made.notes


def test_the_terminal_shows_numbers_to_the_right_and_the_currency_once() -> None:
    """One currency stands in the head of the column; a percentage says that it is one."""
    text, notes = shown(REPORT)
    lines = text.splitlines()
    assert "spend (EUR)" in lines[0]
    assert "ctr (%)" in lines[0]
    assert " currency" not in lines[0]
    assert "1,234,567.890123" in lines[1]
    assert "-14.68" in lines[2]
    end = lines[0].index("spend (EUR)") + len("spend (EUR)")
    assert lines[1][:end].endswith("1,234,567.890123")
    assert "–" in lines[3]
    assert notes == ()


def test_amounts_of_several_currencies_are_never_mixed() -> None:
    """Each amount has its currency beside it, and it is said that they must not be added up."""
    rows = REPORT.set_column(5, REPORT.schema.field("currency"), pa.array(["EUR", "USD", "EUR"]))
    text, notes = shown(rows)
    head = text.splitlines()[0]
    assert head.index(" currency") < head.index(" spend")
    assert "EUR, USD" in notes[0]
    narrow, _ = shown(rows, width=len(BIG_ID) + 60)
    assert "spend" not in narrow or "currency" in narrow


def test_what_does_not_fit_the_terminal_is_named() -> None:
    """Rows and columns that are not shown are counted, never silently gone."""
    text, notes = shown(REPORT, width=50, most_rows=1)
    assert all(len(line) <= 50 for line in text.splitlines())
    assert "2 more rows." in notes
    assert any("more columns" in note and "shape" in note for note in notes)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_name_takes_over_the_terminal(texts: list[str]) -> None:
    """Escape sequences in a name are shown, not obeyed; brackets are no markup."""
    clean = [one.encode(errors="replace").decode() for one in texts]
    text, _ = shown(table(column("ad_name", clean, pa.string(), "name")))
    assert all(one.isprintable() or one == "\n" for one in text)
    assert "[red]x[/red]" in shown(table(column("a", ["[red]x[/red]"], pa.string(), "name")))[0]


def test_duckdb_has_the_report_in_one_line() -> None:
    """Sums are exact there, too."""
    with to_duckdb(REPORT, "mine") as database:
        total = database.execute("select sum(spend), max(ad_id), count(*) from mine").fetchall()
    assert total == [(Decimal("1234553.210123"), "2", 3)]


@pytest.mark.parametrize(("convert", "package"), [(to_pandas, "pandas"), (to_polars, "polars")])
def test_frames_say_what_to_install(convert: Any, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is not there is named with the command that brings it."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=f"pip install 'tiktok-ads-connector\\[{package}\\]'"):
        convert(REPORT)


def test_excel_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing library is named before anything is asked of TikTok."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ConfigError, match=r"pip install 'tiktok-ads-connector\[xlsx\]'"):
        check_target(tmp_path / "out.xlsx")


def test_pandas_keeps_ids_and_cents() -> None:
    """Neither ids nor money become floats."""
    pytest.importorskip("pandas")
    frame = to_pandas(REPORT)
    assert frame["ad_id"][0] == BIG_ID
    assert frame["spend"].sum() == Decimal("1234553.210123")
    assert frame["clicks"][0] == 2**53 + 1


def test_polars_keeps_ids_and_cents() -> None:
    """Neither ids nor money become floats."""
    pytest.importorskip("polars")
    frame = to_polars(REPORT)
    assert frame["ad_id"][0] == BIG_ID
    assert frame["spend"].sum() == Decimal("1234553.210123")
