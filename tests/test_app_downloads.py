"""Downloads of the app: exact, harmless in a spreadsheet, and with names that leave no folder."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.test_output import sheet_cells
from tiktok_ads.output import FORMATS, FileFormat
from tiktok_ads.ui.downloads import download, file_name

FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＠x", "=cmd|' /C calc'!A0"]
NAMES = [
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "\\\\server\\share",
    "C:\\x",
    "/etc/shadow",
    "a\0b",
    "x\r\nSet-Cookie: a=b",
    'x"; filename="y.exe',
    "CON",
    "nul.txt",
    "....",
    "",
    " ",
    "%2e%2e%2f",
    "~/x",
    ".hidden",
    "ü" * 300,
    "\u202etxt.exe",
    "<img src=x onerror=alert(1)>",
]


def got(rows: pa.Table, kind: FileFormat, name: str = "spend by day") -> httpx2.Response:
    """What a browser is sent."""
    app = Starlette(routes=[Route("/", lambda _: download(rows, name=name, kind=kind))])

    async def story() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://x") as client:
            return await client.get("/")

    return asyncio.run(story())


def test_a_file_holds_what_the_table_holds() -> None:
    rows = pa.table({"ad_id": ["9007199254740993", None], "spend": [Decimal("1.250000"), None]})
    text = got(rows, "csv").content.decode("utf-8-sig")
    assert text == "ad_id,spend\r\n9007199254740993,1.25\r\n,\r\n"
    assert pq.read_table(io.BytesIO(got(rows, "parquet").content)).to_pylist() == rows.to_pylist()
    lines = got(rows, "jsonl").text.splitlines()
    assert json.loads(lines[0]) == {"ad_id": "9007199254740993", "spend": 1.25}
    assert sheet_cells(io.BytesIO(got(rows, "xlsx").content))[1] == [
        ("inlineStr", "9007199254740993"),
        ("n", "1.250000"),
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_is_a_formula(kind: FileFormat) -> None:
    """Neither a text, nor an enumeration, nor the name of a column."""
    rows = pa.table({"=x": FORMULAS, "enumeration": pa.array(FORMULAS).dictionary_encode()})
    content = got(rows, kind).content
    if kind == "csv":
        cells = [
            one for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for one in row
        ]
        assert all(not one.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＠")) for one in cells)
    else:
        assert {kind for row in sheet_cells(io.BytesIO(content)) for kind, _ in row} == {"inlineStr"}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_type_of_a_query_can_be_saved(kind: FileFormat) -> None:
    """Also those that few programs know, two columns of one name, and none at all."""
    columns = [
        pa.array([datetime(2026, 1, 1, tzinfo=UTC)]),
        pa.array([date(1800, 1, 1)]),
        pa.array([time(10, 0, 1)]),
        pa.array([timedelta(days=1)]),
        pa.array([pa.MonthDayNano([1, 2, 3])]),
        pa.array([b"\x00\xff"]),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        pa.array([{"a": [1, None], "b": {"c": Decimal("1.5")}}]),
        pa.array([float("nan")]),
        pa.array([float("-inf")]),
        pa.array([Decimal(2**126)], pa.decimal128(38, 0)),
        pa.array([None]),
        pa.array([True]),
        pa.array(["x"]).dictionary_encode(),
        pa.array([2**64 - 1], pa.uint64()),
        pa.array([1], pa.timestamp("ns")),
    ]
    for rows in (
        pa.Table.from_arrays(columns, names=["same"] * len(columns)),
        pa.Table.from_arrays([one[:0] for one in columns], names=[str(n) for n in range(len(columns))]),
    ):
        assert got(rows, kind).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_names_leave_no_folder_and_no_header(name: str) -> None:
    clean = file_name(name)
    assert clean
    assert Path(clean).name == clean
    assert not set('/\\:\0\r\n"<>|?*\u202e') & set(clean)
    assert not clean.startswith(".")
    answer = got(pa.table({"a": [1]}), "csv", name)
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert "set-cookie" not in answer.headers


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for kind in FORMATS:
        got(pa.table({"a": [1]}), kind)
    assert list(tmp_path.iterdir()) == []


def test_it_is_an_attachment_of_its_own_type() -> None:
    answer: Response = download(pa.table({"a": [1]}), name="spend", kind="xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="spend.xlsx"'
    assert "spreadsheetml" in answer.headers["content-type"]
