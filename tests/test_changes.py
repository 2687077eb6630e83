"""What is written down of changes, and the history that is made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from tests.loading import (
    AD_COLUMNS,
    AT,
    ad,
    ads,
    column,
    landed,
    later,
    report,
    spent,
    window,
    with_columns,
)
from tiktok_ads.load import Load, open_destination

CHANGES = "SELECT ad_id, _change, ad_name, _run_id FROM ads__changes ORDER BY ad_id, _changed_at, _change"
SPANS = (
    "SELECT ad_id, ad_name, CAST(_valid_from AS DATE) - DATE '2026-03-01', "
    "CAST(_valid_to AS DATE) - DATE '2026-03-01', _is_current FROM ads__history ORDER BY ALL"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


def commit(path: Path, *loads: Load, day: int) -> None:
    """A run on day `day`, named after it."""
    with open_destination(str(path)) as destination:
        destination.commit(loads, run_id=f"r{day}", at=later(day))


def test_the_first_load_writes_no_changes_and_the_next_ones_do(path: Path) -> None:
    """The row as it stood before its first change is written together with that change."""
    commit(path, ads([ad("a"), ad("b"), ad("same")]), day=0)
    assert landed(path, CHANGES) == []

    commit(path, ads([ad("a", ad_name="2"), ad("same"), ad("new")]), day=1)
    commit(path, ads([ad("a", ad_name="3"), ad("same"), ad("new")]), day=2)

    assert landed(path, CHANGES) == [
        ("a", "baseline", "Ad a", "r0"),
        ("a", "update", "2", "r1"),
        ("a", "update", "3", "r2"),
        ("b", "baseline", "Ad b", "r0"),
        ("b", "delete", "Ad b", "r1"),
        ("new", "insert", "Ad new", "r1"),
    ]
    assert landed(path, SPANS) == [
        ("a", "2", 1, 2, False),
        ("a", "3", 2, None, True),
        ("a", "Ad a", 0, 1, False),
        ("b", "Ad b", 0, 1, False),
        ("b", "Ad b", 1, None, True),
        ("new", "Ad new", 1, None, True),
        ("same", "Ad same", 0, None, True),
    ]


def test_history_of_now_is_the_table(path: Path) -> None:
    """For every instant the history has each row at most once; at the end it equals the table."""
    for day in range(12):
        rows = [ad(str(i), ad_name=f"{i * day % 5}") for i in range(9) if (i + day) % 4]
        commit(path, ads(rows, drop_deleted=day > 7), day=day)

    columns = "advertiser_id, ad_id, ad_name, is_deleted"
    assert landed(path, f"SELECT {columns} FROM ads ORDER BY ALL") == landed(
        path,
        f"SELECT {columns} FROM ads__history WHERE _is_current AND NOT is_deleted "
        f"UNION ALL SELECT {columns} FROM ads WHERE is_deleted ORDER BY ALL",
    )
    overlaps = landed(
        path,
        "SELECT count(*) FROM ads__history a JOIN ads__history b USING (advertiser_id, ad_id) "
        "WHERE a._valid_from < b._valid_from AND (a._valid_to IS NULL OR a._valid_to > b._valid_from)",
    )
    assert overlaps == [(0,)]


def test_what_was_known_on_a_day_can_be_asked(path: Path) -> None:
    """«What did we know on Monday»: each day's table, as it stood then, comes back from the history."""
    stood = {}
    for day in range(8):
        rows = [ad(str(i), ad_name=f"{(i + day) % 3}") for i in range(6) if (i * day) % 5 != 1]
        commit(path, ads(rows), day=day)
        stood[day] = landed(path, "SELECT ad_id, ad_name, is_deleted FROM ads ORDER BY ALL")

    for day, rows_then in stood.items():
        moment = later(day).strftime("%Y-%m-%d 18:00:00")
        assert rows_then == landed(
            path,
            f"SELECT ad_id, ad_name, is_deleted FROM ads__history WHERE _valid_from <= '{moment}' "
            f"AND (_valid_to IS NULL OR _valid_to > '{moment}') ORDER BY ALL",
        )


def test_an_object_that_returns_has_its_time_away_in_the_history(path: Path) -> None:
    commit(path, ads([ad("a")]), day=0)
    commit(path, ads([]), day=1)
    commit(path, ads([ad("a")]), day=2)
    assert [change for _, change, _, _ in landed(path, CHANGES)] == ["baseline", "delete", "update"]
    assert landed(path, "SELECT is_deleted, _is_current FROM ads__history ORDER BY _valid_from") == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_an_object_that_was_removed_ends(path: Path) -> None:
    """With «include deleted = no» the row is gone, and its history has an end."""
    commit(path, ads([ad("a"), ad("b")], drop_deleted=True), day=0)
    commit(path, ads([ad("b")], drop_deleted=True), day=1)
    assert landed(path, SPANS) == [("a", "Ad a", 0, 1, False), ("b", "Ad b", 0, None, True)]
    commit(path, ads([ad("a"), ad("b")], drop_deleted=True), day=3)
    assert landed(path, SPANS) == [
        ("a", "Ad a", 0, 1, False),
        ("a", "Ad a", 3, None, True),
        ("b", "Ad b", 0, None, True),
    ]


def test_a_time_without_changes_leaves_no_hole(path: Path) -> None:
    """Changes switched off and on again: the version of the time between is written down when it ends."""
    commit(path, ads([ad("a", ad_name="0")]), day=0)
    commit(path, ads([ad("a", ad_name="1")]), day=1)
    commit(path, ads([ad("a", ad_name="2")], store_changes=False), day=2)
    commit(path, ads([ad("a", ad_name="3")]), day=3)
    assert landed(path, CHANGES) == [
        ("a", "baseline", "0", "r0"),
        ("a", "update", "1", "r1"),
        ("a", "baseline", "2", "r2"),
        ("a", "update", "3", "r3"),
    ]
    assert [span[2:] for span in landed(path, SPANS)] == [
        (0, 1, False),
        (1, 2, False),
        (2, 3, False),
        (3, None, True),
    ]


def test_a_new_advertiser_is_a_first_load(path: Path) -> None:
    commit(path, ads([ad("a")]), day=0)
    commit(path, ads([ad("z", advertiser_id="2")], advertiser_id="2"), day=1)
    assert landed(path, CHANGES) == []
    commit(path, ads([], advertiser_id="3"), day=1)
    commit(path, ads([ad("y", advertiser_id="3")], advertiser_id="3"), day=2)
    assert landed(path, CHANGES) == [("y", "insert", "Ad y", "r2")]


def test_reports_keep_changes_where_asked(path: Path) -> None:
    """Days read for the first time write none, days that were restated do, with what stood before."""
    commit(path, report([spent("a", 1), spent("b", 1)], window(1, 2), store_changes=True), day=0)
    commit(
        path,
        report(
            [spent("a", 1, "9"), spent("c", 2), spent("a", 3)],
            window(1, 3),
            store_changes=True,
        ),
        day=1,
    )
    commit(path, report([spent("a", 4)], window(4, 4), store_changes=True, loaded=window(1, 4)), day=2)

    changes = "SELECT ad_id, day(stat_time_day), _change, spend FROM ad_insights__changes ORDER BY ALL"
    assert landed(path, changes) == [
        ("a", 1, "baseline", Decimal("1.5")),
        ("a", 1, "update", Decimal(9)),
        ("b", 1, "baseline", Decimal("1.5")),
        ("b", 1, "delete", Decimal("1.5")),
        ("c", 2, "insert", Decimal("1.5")),
    ]
    then = "_valid_from <= '2026-03-01 18:00' AND (_valid_to IS NULL OR _valid_to > '2026-03-01 18:00')"
    assert landed(path, f"SELECT ad_id, spend FROM ad_insights__history WHERE {then} ORDER BY ALL") == [
        ("a", Decimal("1.5")),
        ("b", Decimal("1.5")),
    ]


def test_reports_keep_none_by_default(path: Path) -> None:
    commit(path, report([spent("a", 1)], window(1, 1)), day=0)
    commit(path, report([spent("a", 1, "2")], window(1, 1)), day=1)
    names = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'ad_insights%'"
    assert landed(path, names) == [("ad_insights",)]


def test_changes_and_history_grow_with_the_table(path: Path) -> None:
    """A new column, a wider one and a struct with a new part reach both; the past stays readable."""
    old = pa.schema(
        [*AD_COLUMNS, column("size", pa.int64(), "count"), column("parts", pa.struct([("x", pa.int64())]))]
    )
    new = pa.schema(
        [
            *AD_COLUMNS,
            column("size", pa.string()),
            column("parts", pa.struct([("x", pa.int64()), ("y", pa.string())])),
            column("brand", pa.string()),
        ]
    )
    first, second = (
        [ad("a", size=5, parts={"x": 1}), ad("b")],
        [ad("a", size="L", parts={"x": 1, "y": "z"}, brand="q")],
    )
    commit(path, with_columns(ads([]), old, first), day=0)
    commit(path, with_columns(ads([]), new, second), day=1)

    assert landed(
        path, "SELECT _change, size, parts, brand FROM ads__changes WHERE ad_id = 'a' ORDER BY 1"
    ) == [
        ("baseline", "5", {"x": 1, "y": None}, None),
        ("update", "L", {"x": 1, "y": "z"}, "q"),
    ]
    assert landed(path, "SELECT size, brand FROM ads__history WHERE ad_id = 'a' ORDER BY _valid_from") == [
        ("5", None),
        ("L", "q"),
    ]


def test_two_changes_at_one_moment_leave_the_last(path: Path) -> None:
    commit(path, ads([ad("a")]), day=0)
    commit(path, ads([ad("a", ad_name="1")]), day=1)
    commit(path, ads([ad("a", ad_name="2")]), day=1)
    current = landed(path, "SELECT ad_name FROM ads__history WHERE _is_current")
    assert current == [("2",)]


def test_moments_are_utc(path: Path) -> None:
    """Whatever zone the caller's clock has."""
    local = AT.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+14:00").tzinfo)
    with open_destination(str(path)) as destination:
        destination.commit([ads([ad("a")])], run_id="r", at=local)
    assert landed(path, "SELECT _synced_at FROM ads") == [(AT.astimezone(UTC).replace(tzinfo=None),)]
