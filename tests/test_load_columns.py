"""Columns of every type, name and value, and tables that get new and wider ones."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.loading import AD_COLUMNS, AT, MONEY, ad, ads, column, landed, later, with_columns
from tiktok_ads.errors import LoadError
from tiktok_ads.load import Load, open_destination
from tiktok_ads.load.columns import column_type, sql_type, wider
from tiktok_ads.load.sql import checked_names, folded, quoted

KEYS = [AD_COLUMNS.field("advertiser_id"), AD_COLUMNS.field("ad_id"), AD_COLUMNS.field("is_deleted")]
TEXT = pa.string()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


def commit(path: Path, *loads: Load, day: int = 0) -> None:
    with open_destination(str(path)) as destination:
        destination.commit(loads, run_id=f"r{day}", at=later(day))


def one(name: str, kind: pa.DataType, value: object, *, ad_id: str = "a", of: str = "text") -> Load:
    """A load of one ad with one column beside the keys."""
    schema = pa.schema([*KEYS, column(name, kind, of)])
    return with_columns(ads([], complete=False), schema, [{**ad(ad_id), name: value}])


def typed(path: Path, name: str) -> str:
    rows = landed(
        path, f"SELECT data_type FROM duckdb_columns() WHERE table_name = 'ads' AND column_name = '{name}'"
    )
    return str(rows[0][0])


@pytest.mark.parametrize(
    ("first", "second", "becomes", "holds"),
    [
        ((pa.int64(), 5), (MONEY, Decimal("1.25")), "DECIMAL(25,6)", (Decimal(5), Decimal("1.25"))),
        ((pa.int64(), 5), (pa.float64(), 0.5), "DOUBLE", (5.0, 0.5)),
        ((pa.int64(), 2**63 - 1), (TEXT, "many"), "VARCHAR", ("9223372036854775807", "many")),
        ((MONEY, Decimal("1.5")), (pa.int64(), 2**62), "DECIMAL(25,6)", (Decimal("1.5"), Decimal(2**62))),
        (
            (MONEY, Decimal("1.5")),
            (pa.decimal128(38, 10), Decimal(1)),
            "DECIMAL(38,10)",
            (Decimal("1.5"), Decimal(1)),
        ),
        ((pa.float64(), 0.5), (pa.int64(), 3), "DOUBLE", (0.5, 3.0)),
        ((TEXT, "x"), (pa.int64(), 3), "VARCHAR", ("x", "3")),
        ((TEXT, "x"), (pa.null(), None), "VARCHAR", ("x", None)),
        ((pa.bool_(), True), (pa.int64(), 3), "VARCHAR", ("true", "3")),
        ((pa.date32(), AT.date()), (pa.timestamp("us"), datetime(2026, 1, 1, 5)), "TIMESTAMP", None),
        ((TEXT, "x"), (pa.list_(TEXT), ["y"]), "VARCHAR", ("x", '["y"]')),
        ((pa.list_(TEXT), ["y"]), (TEXT, "x"), "VARCHAR", ('["y"]', "x")),
        ((pa.list_(pa.int64()), [1]), (pa.list_(TEXT), ["x"]), "VARCHAR[]", (["1"], ["x"])),
        ((pa.list_(TEXT), ["y"]), (pa.struct([("a", TEXT)]), {"a": "b"}), "JSON", ('["y"]', '{"a":"b"}')),
        (
            (pa.struct([("a", TEXT)]), {"a": "b"}),
            (pa.struct([("c", pa.list_(pa.int64()))]), {"c": [1]}),
            "STRUCT(a VARCHAR, c BIGINT[])",
            ({"a": "b", "c": None}, {"a": None, "c": [1]}),
        ),
        (
            (pa.list_(pa.struct([("a", TEXT)])), [{"a": "b"}]),
            (pa.list_(pa.struct([("b", TEXT), ("a", TEXT)])), [{"b": "1", "a": "2"}]),
            "STRUCT(a VARCHAR, b VARCHAR)[]",
            ([{"a": "b", "b": None}], [{"a": "2", "b": "1"}]),
        ),
    ],
)
def test_a_column_widens_to_hold_the_old_and_the_new(
    path: Path,
    first: tuple[pa.DataType, object],
    second: tuple[pa.DataType, object],
    becomes: str,
    holds: tuple[object, object] | None,
) -> None:
    """A type that TikTok changes stops no sync and loses no value, in whichever order they come."""
    commit(path, one("value", *first))
    commit(path, one("value", *second, ad_id="b"), day=1)
    commit(path, one("value", *first, ad_id="c"), day=2)

    assert typed(path, "value") == becomes
    values = [value for (value,) in landed(path, 'SELECT "value" FROM ads ORDER BY ad_id')]
    assert values[0] == values[2]
    if holds:
        assert tuple(values[:2]) == holds
    commit(path, one("value", *second, ad_id="b"), day=3)
    assert landed(path, "SELECT count(*) FROM ads__changes WHERE _run_id = 'r3'") == [(0,)], (
        "narrower is no change"
    )


def test_two_types_of_one_column_in_one_commit(path: Path) -> None:
    """Two advertisers in one group, for whom TikTok spells a field differently."""
    theirs = one("value", pa.string(), "x")
    row = {**ad("z", advertiser_id="2"), "value": "x"}
    theirs = Load(
        theirs.spec,
        ads([], advertiser_id="2").slice,
        pa.Table.from_pylist([row], schema=theirs.rows.schema),
        ads([], advertiser_id="2").bookmark,
        ("2",),
    )
    commit(path, one("value", pa.int64(), 4), theirs)
    assert landed(path, 'SELECT "value" FROM ads ORDER BY 1') == [("4",), ("x",)]


def test_new_columns_appear_and_missing_ones_are_null(path: Path) -> None:
    commit(path, one("old", TEXT, "1"))
    commit(path, one("new", pa.int64(), 2, ad_id="b"), day=1)
    commit(path, one("new", pa.int64(), 3), day=2)
    assert landed(path, "SELECT ad_id, old, new FROM ads ORDER BY 1") == [("a", None, 3), ("b", None, 2)]
    comments = "SELECT comment FROM duckdb_columns() WHERE table_name = 'ads' AND column_name = 'new'"
    assert landed(path, comments) == [("What new says.",)]


def test_tables_and_columns_say_what_they_are(path: Path) -> None:
    commit(path, ads([ad("a")]))
    tables = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'tiktok_ads' AND comment IS NULL"
    assert landed(path, tables) == []
    columns = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'ads' AND comment IS NULL"
    assert landed(path, columns) == []
    assert landed(path, "SELECT table_name, version, doc FROM _tables") == [("ads", 1, "One row per ad.")]


def test_json_is_json_and_what_is_none_stays_text(path: Path) -> None:
    """A value that is no JSON, such as half a surrogate pair, is kept as text; nothing stops the load."""
    values = ['{"a": 1}', "{", '"\\ud800"', None]
    rows = [{**ad(str(i)), "_extra": value} for i, value in enumerate(values)]
    commit(path, with_columns(ads([]), AD_COLUMNS, rows))
    assert typed(path, "_extra") == "JSON"
    got = landed(path, "SELECT _extra->>'$.a', json_valid(_extra) FROM ads ORDER BY ad_id")
    assert got == [("1", True), (None, True), (None, True), (None, None)]
    commit(path, with_columns(ads([]), AD_COLUMNS, rows), day=1)
    assert landed(path, "SELECT count(*) FROM ads__changes") == [(0,)]


HOSTILE = [
    '"',
    '""; DROP TABLE tiktok_ads.ads; --',
    "'; DELETE FROM tiktok_ads._state; --",
    "select",
    "table",
    "order by",
    "sp ace",
    "a.b",
    "$at",
    "$run_id",
    "?",
    "é",
    "日本語",
    "😀",
    "٠",
    "\\",
    "%s{0}",
    "stage",
    "diff",
    "s",
    "op",
    "load",
    "first",
    "rows",
    "age",
    "_Row2",
    "x" * 63,
    "x" * 64,
    "é" * 100,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_column_may_have_any_printable_name(path: Path, name: str) -> None:
    """A metric or field that is named like SQL lands under its name and does nothing else."""
    commit(path, one(name, TEXT, "1"))
    commit(path, one(name, TEXT, "2"), day=1)
    assert landed(path, f"SELECT {quoted(name)} FROM ads") == [("2",)]
    assert landed(path, f"SELECT _change, {quoted(name)} FROM ads__changes ORDER BY 1") == [
        ("baseline", "1"),
        ("update", "2"),
    ]
    assert landed(path, f"SELECT {quoted(name)} FROM ads__history ORDER BY 1") == [("1",), ("2",)]


@pytest.mark.parametrize(
    "name", ["", " ", "a\0b", "a\nb", "\u202e", "rowid", "ROWID", "_synced_at", "_row", "x" * 256]
)
def test_a_name_that_cannot_be_a_column_is_refused(path: Path, name: str) -> None:
    with pytest.raises(LoadError, match="cannot be stored"):
        commit(path, one(name, TEXT, "1"))
    assert not path.exists(), "nothing was written"


def test_names_that_differ_in_case_alone(path: Path) -> None:
    """The database takes them for one; so do we, and refuse both in one table."""
    commit(path, one("Size", TEXT, "1"))
    commit(path, one("size", TEXT, "2"), day=1)
    assert landed(path, 'SELECT "SIZE" FROM ads') == [("2",)]
    with pytest.raises(LoadError, match="case alone"):
        checked_names(["Size", "sIZE"], max_bytes=255, where="Table x", destination="d")
    assert folded("ÄbC") == "Äbc"


def test_hostile_values_land_as_they_are(path: Path) -> None:
    """Names that people typed: quotes, SQL, formulas, emoji, right to left, NUL, 64 kB."""
    names = [
        "'; DROP TABLE ads; --",
        '"',
        "=cmd|' /C calc'!A0",
        "😀‍👩",
        "\u202eabc",
        "a\0b",
        "x" * 65_536,
        "",
        "-",
        "NULL",
    ]
    commit(path, ads([ad(str(i), ad_name=name) for i, name in enumerate(names)]))
    commit(path, ads([ad(str(i), ad_name=name) for i, name in enumerate(names)]), day=1)
    assert [name for (name,) in landed(path, "SELECT ad_name FROM ads ORDER BY ad_id")] == names
    assert landed(path, "SELECT count(*) FROM ads__changes") == [(0,)]


def test_ids_keep_every_digit(path: Path) -> None:
    ids = [str(2**63 - 1), "1" * 20, "007", str(2**53 + 1)]
    commit(path, ads([ad(one_id) for one_id in ids]))
    assert [x for (x,) in landed(path, "SELECT ad_id FROM ads ORDER BY 1")] == sorted(ids)


def test_a_type_that_no_column_holds_is_refused(path: Path) -> None:
    with pytest.raises(LoadError, match=r"ads, value: no column can hold"):
        commit(path, one("value", pa.duration("s"), None))


def test_a_table_of_a_newer_definition_is_left_alone(path: Path) -> None:
    commit(path, ads([ad("a")]))
    connection = duckdb.connect(path)
    connection.execute("UPDATE tiktok_ads._tables SET version = 2")
    connection.close()
    with pytest.raises(LoadError, match="newer version of this program made the table ads"):
        commit(path, ads([]), day=1)


def test_wider_takes_both_in_any_order() -> None:
    """Whatever came first, the same values fit."""
    kinds = [
        TEXT,
        pa.json_(),
        pa.int64(),
        pa.float64(),
        MONEY,
        pa.decimal128(38, 0),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us"),
        pa.list_(pa.int64()),
        pa.struct([("a", pa.int64())]),
    ]
    for old in kinds:
        for new in kinds:
            both = wider(old, new)
            assert both == wider(new, old)
            assert wider(both, old) == both == wider(both, new)
            assert sql_type(both)
        assert wider(old, old) == old
        assert wider(old, pa.null()) == old
    assert column_type(pa.field("x", pa.large_string())) == TEXT
