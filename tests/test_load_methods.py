"""Replace, merge, append and partition: what a second load leaves of the first, and when the two clash."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.loading import (
    REPORT_COLUMNS,
    ad,
    ads,
    column,
    day,
    landed,
    later,
    report,
    spent,
    table,
    window,
)
from tiktok_ads.catalog.streams import UpdateMethod
from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load import Load, Outcome, open_destination
from tiktok_ads.plan import Bookmark, LoadedDays

Row = dict[str, object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


def commit(path: Path, *loads: Load, days_later: int = 0) -> list[Outcome]:
    with open_destination(str(path)) as destination:
        return destination.commit(loads, run_id=f"r{days_later}", at=later(days_later))


def by(method: UpdateMethod, load: Load) -> Load:
    """The same load, taken up in another way."""
    return replace(load, spec=replace(load.spec, update_method=method))


def of_all_time(rows: list[Row], method: UpdateMethod | None = None, *, owner: str = "1") -> Load:
    """A report without days."""
    schema = pa.schema([field for field in REPORT_COLUMNS if field.name != "stat_time_day"])
    load = report([], window(1, 1), advertiser_id=owner, schema=schema, store_changes=True)
    spec = replace(load.spec, day_column=None, update_method=method, uniqueness=("advertiser_id", "ad_id"))
    told = [{name: row.get(name) for name in schema.names} for row in rows]
    bookmark = Bookmark(spec.name, owner)
    return replace(
        load,
        spec=spec,
        rows=table(told, schema),
        bookmark=bookmark,
        slice=replace(load.slice, window=None),
    )


def by_hour(rows: list[Row], first: int, last: int) -> Load:
    """A report whose rows say the hour; `stat_time_day` gives way to `stat_time_hour`."""
    hour = column("stat_time_hour", pa.timestamp("us"), "hour")
    schema = pa.schema([hour if field.name == "stat_time_day" else field for field in REPORT_COLUMNS])
    load = report([], window(first, last), schema=schema, store_changes=True, loaded=window(1, last))
    uniqueness = ("advertiser_id", "ad_id", "stat_time_hour")
    return replace(
        load,
        spec=replace(load.spec, day_column="stat_time_hour", uniqueness=uniqueness),
        rows=table(rows, schema),
    )


def hour_row(number: int, hour: int, spend: str = "1") -> Row:
    row = spent("a", number, spend)
    del row["stat_time_day"]
    return {**row, "stat_time_hour": datetime.combine(day(number), datetime.min.time()).replace(hour=hour)}


def spends(path: Path, more: str = "") -> list[tuple[object, ...]]:
    return landed(path, f"SELECT ad_id, spend{more} FROM ad_insights ORDER BY ALL")


def test_numbers_of_all_time_are_replaced_by_owner(path: Path) -> None:
    """Without days all rows of the advertiser become what came; other advertisers keep theirs."""
    theirs = of_all_time([spent("z", 1, "5", advertiser_id="2")], owner="2")
    commit(path, of_all_time([spent("a", 1), spent("b", 1)]), theirs)

    outcome = commit(path, of_all_time([spent("b", 1, "9"), spent("c", 1)]), days_later=1)

    assert spends(path) == [("b", Decimal(9)), ("c", Decimal("1.5")), ("z", Decimal(5))]
    assert outcome == [Outcome(rows=2, inserted=1, updated=1, deleted=1)]
    assert landed(path, "SELECT ad_id, _change FROM ad_insights__changes ORDER BY ALL") == [
        ("a", "baseline"),
        ("a", "delete"),
        ("b", "baseline"),
        ("b", "update"),
        ("c", "insert"),
    ]


def test_a_replaced_report_holds_the_days_that_its_bookmark_names(path: Path) -> None:
    """The last seven days stay the last seven: days that the bookmark lets go of go from the table too."""

    def named(load: Load, first: int, last: int) -> Load:
        days = (LoadedDays(day(first), day(last), "s", "c"),)
        return by("replace", replace(load, bookmark=replace(load.bookmark, days=days)))

    theirs = by("replace", report([spent("a", 1, advertiser_id="2")], window(1, 1), advertiser_id="2"))
    commit(path, named(report([spent("a", n) for n in range(1, 8)], window(1, 7)), 1, 7), theirs)
    commit(
        path,
        named(report([spent("a", 8, "8")], window(8, 9)), 4, 9),
        named(report([spent("a", 10, "10")], window(10, 10)), 4, 10),
        days_later=1,
    )

    days = "SELECT day(stat_time_day), spend FROM ad_insights WHERE advertiser_id = '1' ORDER BY ALL"
    assert [number for number, _ in landed(path, days)] == [4, 5, 6, 7, 8, 10]
    assert landed(path, "SELECT count(*) FROM ad_insights WHERE advertiser_id = '2'") == [(1,)]


def test_merging_updates_by_key_and_lets_nothing_go(path: Path) -> None:
    commit(path, by("merge", report([spent("a", 1), spent("b", 1)], window(1, 2))))

    outcome = commit(
        path, by("merge", report([spent("b", 1, "9"), spent("c", 2)], window(1, 2))), days_later=1
    )

    assert spends(path) == [("a", Decimal("1.5")), ("b", Decimal(9)), ("c", Decimal("1.5"))]
    assert outcome == [Outcome(2, 1, 1, 0)]
    sums = "SELECT day(stat_time_day), rows, spend FROM _daily_sums ORDER BY synced_at, stat_time_day"
    assert landed(path, sums) == [
        (1, 2, Decimal(3)),
        (1, 2, Decimal("10.5")),
        (2, 1, Decimal("1.5")),
    ], "what the table holds is added up, not what came"


def test_merging_a_list_marks_nothing_as_deleted(path: Path) -> None:
    commit(path, by("merge", ads([ad("a"), ad("b")])))
    commit(path, by("merge", ads([ad("b", ad_name="2")])), days_later=1)
    commit(path, by("merge", ads([ad("c")], drop_deleted=True)), days_later=2)
    assert landed(path, "SELECT ad_id, ad_name, is_deleted FROM ads ORDER BY 1") == [
        ("a", "Ad a", False),
        ("b", "2", False),
        ("c", "Ad c", False),
    ]


def test_each_run_adds_its_snapshot(path: Path) -> None:
    """What earlier runs told stays, stamped with the run and its time."""
    for number, rows in enumerate([[spent("a", 1), spent("b", 1)], [spent("a", 1, "2")], []]):
        outcome = commit(path, of_all_time(rows, "append"), days_later=number)
        assert outcome == [Outcome(len(rows), len(rows), 0, 0)]

    assert spends(path, ", _run_id, day(_synced_at)") == [
        ("a", Decimal("1.5"), "r0", 1),
        ("a", Decimal(2), "r1", 2),
        ("b", Decimal("1.5"), "r0", 1),
    ]
    tables = landed(path, "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'ad_%'")
    assert tables == [("ad_insights",)], "a table that only grows keeps no changes"


def test_a_run_that_loads_a_slice_again_doubles_nothing(path: Path) -> None:
    """The same slice of the same run replaces what that run added, whatever earlier runs did."""
    commit(path, of_all_time([spent("a", 1), spent("b", 1)], "append"))
    commit(path, of_all_time([spent("a", 1), spent("b", 1)], "append"), days_later=1)

    outcome = commit(path, of_all_time([spent("a", 1, "9"), spent("c", 1)], "append"), days_later=1)

    assert outcome == [Outcome(2, 1, 1, 1)]
    assert spends(path, ", _run_id") == [
        ("a", Decimal("1.5"), "r0"),
        ("a", Decimal(9), "r1"),
        ("b", Decimal("1.5"), "r0"),
        ("c", Decimal("1.5"), "r1"),
    ]


def test_snapshots_of_days_are_kept_apart_by_run(path: Path) -> None:
    """Slices of one run stand beside each other; questions are answered from the newest snapshot."""
    first = [report([spent("a", 1), spent("a", 2)], window(1, 2)), report([spent("a", 3)], window(3, 3))]
    commit(path, *(by("append", load) for load in first))
    again = report([spent("a", 2, "7"), spent("b", 2, "7"), spent("a", 3)], window(2, 3))
    commit(path, by("append", again), days_later=1)

    assert landed(path, "SELECT _run_id, count(*) FROM ad_insights GROUP BY ALL ORDER BY 1") == [
        ("r0", 3),
        ("r1", 3),
    ]
    with open_destination(str(path), read_only=True) as destination:
        assert destination.count_rows("ad_insights", "1", window(1, 3)) == 4
        assert destination.rows_by_day(again.spec) == {("1", day(1)): 1, ("1", day(2)): 2, ("1", day(3)): 1}
        assert destination.totals("ad_insights", "1", window(2, 3), ["spend"]) == {"spend": Decimal("15.5")}


def test_a_key_is_held_within_one_snapshot(path: Path) -> None:
    with pytest.raises(LoadError, match="2 rows of ad_insights have the same key"):
        commit(path, of_all_time([spent("a", 1), spent("a", 1)], "append"))
    assert not path.exists()


def test_a_snapshot_of_a_list_marks_nothing_and_drops_what_is_not_wanted(path: Path) -> None:
    snapshot = [ad("a"), ad("b", is_deleted=True)]
    commit(path, by("append", ads(snapshot)))
    commit(path, by("append", ads([ad("a")])), days_later=1)
    commit(path, by("append", ads(snapshot, drop_deleted=True)), days_later=2)
    assert landed(path, "SELECT _run_id, ad_id, is_deleted FROM ads ORDER BY ALL") == [
        ("r0", "a", False),
        ("r0", "b", True),
        ("r1", "a", False),
        ("r2", "a", False),
    ]


def test_hours_belong_to_their_day(path: Path) -> None:
    """A window of days holds every hour of its last day and none of the next."""
    commit(path, by_hour([hour_row(1, 0), hour_row(1, 23), hour_row(2, 0), hour_row(2, 23)], 1, 2))
    commit(path, by_hour([hour_row(3, 0)], 3, 3))

    outcome = commit(path, by_hour([hour_row(2, 5, "9")], 2, 2), days_later=1)

    assert outcome == [Outcome(1, 1, 0, 2)]
    hours = "SELECT day(stat_time_hour), hour(stat_time_hour), spend FROM ad_insights ORDER BY ALL"
    assert landed(path, hours) == [
        (1, 0, Decimal(1)),
        (1, 23, Decimal(1)),
        (2, 5, Decimal(9)),
        (3, 0, Decimal(1)),
    ]
    with open_destination(str(path), read_only=True) as destination:
        assert destination.count_rows("ad_insights", "1", window(1, 1)) == 2
        assert destination.rows_by_day(by_hour([], 1, 1).spec)["1", day(1)] == 2
        assert destination.totals("ad_insights", "1", window(1, 2), ["spend"])["spend"] == 11
    sums = "SELECT day(stat_time_day), rows FROM _daily_sums ORDER BY synced_at, stat_time_day"
    assert landed(path, sums) == [
        (1, 2),
        (2, 2),
        (3, 1),
        (2, 1),
    ]
    changed = "SELECT _change, hour(stat_time_hour) FROM ad_insights__changes ORDER BY ALL"
    assert landed(path, changed) == [
        ("baseline", 0),
        ("baseline", 23),
        ("delete", 0),
        ("delete", 23),
        ("insert", 5),
    ]
    with pytest.raises(LoadError, match="outside the window"):
        commit(path, by_hour([hour_row(4, 0)], 3, 3))


def test_rows_of_a_business_center_are_its_own(path: Path) -> None:
    """`bc_id` says whose a row is; it may also carry an advertiser, of which there are several."""

    def of_center(rows: list[Row], center: str) -> Load:
        schema = pa.schema([column("bc_id", pa.string(), "id"), *REPORT_COLUMNS])
        load = report([], window(1, 2), advertiser_id=center, schema=schema, store_changes=True)
        key = ("bc_id", "advertiser_id", "ad_id", "stat_time_day")
        spec = replace(load.spec, owner_column="bc_id", uniqueness=key)
        return replace(load, spec=spec, rows=table([{**row, "bc_id": center} for row in rows], schema))

    def of(advertiser_id: str) -> Row:
        return spent("a", 1, advertiser_id=advertiser_id)

    commit(path, of_center([of("1"), of("2")], "B"), of_center([of("1")], "C"))
    commit(path, of_center([of("2"), of("3")], "B"), days_later=1)

    held = "SELECT bc_id, advertiser_id FROM ad_insights ORDER BY ALL"
    assert landed(path, held) == [("B", "2"), ("B", "3"), ("C", "1")]
    assert landed(path, "SELECT DISTINCT advertiser_id FROM _state ORDER BY 1") == [("B",), ("C",)]
    with open_destination(str(path)) as destination:
        assert destination.count_rows("ad_insights", "B", window(1, 2)) == 2
        assert destination.rows_by_day(of_center([], "B").spec) == {("B", day(1)): 2, ("C", day(1)): 1}
        destination.forget(["ad_insights"], ["B"])
        assert set(destination.bookmarks()) == {("ad_insights", "C")}
    assert landed(path, held) == [("C", "1")]
    assert landed(path, "SELECT bc_id FROM ad_insights__changes") == []
    strange = replace(of_center([of("1")], "B"), advertiser_ids=("C",))
    with pytest.raises(LoadError, match="rows of another bc_id"):
        commit(path, strange)


@pytest.mark.parametrize(("before", "after"), [("partition", "append"), ("append", "partition")])
def test_snapshots_and_rows_by_key_do_not_mix(path: Path, before: UpdateMethod, after: UpdateMethod) -> None:
    """The switch is refused while rows are there, with what to do; once they are gone it works."""
    commit(path, by(before, report([spent("a", 1)], window(1, 1))))
    other = by(after, report([spent("a", 1, "2")], window(1, 1)))
    with pytest.raises(LoadError, match=rf"update method {before}.*{after}.*reset --table ad_insights"):
        commit(path, other, days_later=1)
    assert spends(path) == [("a", Decimal("1.5"))]

    with open_destination(str(path)) as destination:
        destination.forget(["ad_insights"], ["1"])
    commit(path, other, days_later=1)
    assert spends(path) == [("a", Decimal(2))]


def test_methods_that_hold_one_row_per_key_may_follow_each_other(path: Path) -> None:
    """Each load does what its own method says with what the one before left."""
    commit(path, by("partition", report([spent("a", 1), spent("a", 2)], window(1, 2))))
    commit(path, by("merge", report([spent("b", 1)], window(1, 2))), days_later=1)
    assert len(spends(path)) == 3
    commit(path, by("replace", report([spent("c", 1)], window(1, 1))), days_later=2)
    assert spends(path) == [("c", Decimal("1.5"))]
    assert landed(path, "SELECT update_method FROM _tables") == [("replace",)]


def test_windows_need_days() -> None:
    with pytest.raises(ConfigError, match="without days there is no window"):
        of_all_time([], "partition")


def test_a_file_of_the_first_release_goes_on(path: Path) -> None:
    """Its register says nothing of methods, owners and days; it is read as it is and completed in writing."""
    load = report([spent("a", 1)], window(1, 1))
    commit(path, load)
    connection = duckdb.connect(path)
    for name in ("update_method", "owner_column", "day_column"):
        connection.execute(f"ALTER TABLE tiktok_ads._tables DROP COLUMN {name}")
    connection.execute("DROP TABLE tiktok_ads._forgotten")
    connection.close()

    with open_destination(str(path), read_only=True) as destination:
        assert destination.count_rows("ad_insights", "1", window(1, 1)) == 1
        assert destination.count_rows("ad_insights", "1", window(2, 2)) == 0
        assert destination.rows_by_day(load.spec) == {("1", day(1)): 1}
    commit(path, report([spent("a", 1, "2")], window(1, 1)), days_later=1)
    assert spends(path) == [("a", Decimal(2))]
    assert landed(path, "SELECT update_method, owner_column, day_column FROM _tables") == [
        ("partition", "advertiser_id", "stat_time_day")
    ]


def test_descriptions_follow_the_catalog(path: Path) -> None:
    """What is written at a table and its columns is what the newest load says, its changes table included."""
    load = report([spent("a", 1)], window(1, 1), store_changes=True)
    commit(path, load)
    told = "Money, in the advertiser's currency; may be added up. It's «spend»."
    schema = pa.schema(
        [
            field.with_metadata({b"comment": told.encode()}) if field.name == "spend" else field
            for field in REPORT_COLUMNS
        ]
    )
    spec = replace(load.spec, doc="One row per ad and day; yours.", schema=schema)
    commit(path, replace(load, spec=spec, rows=load.rows.cast(schema)), days_later=1)

    comments = (
        "SELECT table_name, comment FROM duckdb_columns() WHERE column_name = 'spend' "
        "AND table_name LIKE 'ad_%s' ORDER BY 1"
    )
    assert landed(path, comments) == [("ad_insights", told), ("ad_insights__changes", told)]
    docs = "SELECT comment FROM duckdb_tables() WHERE table_name = 'ad_insights'"
    assert landed(path, docs) == [("One row per ad and day; yours.",)]
    assert landed(path, "SELECT doc FROM _tables") == [("One row per ad and day; yours.",)]


def test_a_load_that_changes_nothing_asks_little(path: Path) -> None:
    """Among thousands of advertisers most loads change nothing: they must not cost what a change costs."""
    from tiktok_ads.load.duckdb import DuckDB
    from tiktok_ads.load.relational import Relational

    load = report([spent("a", 1), spent("b", 2)], window(1, 28))
    asked: list[str] = []
    with DuckDB(path, schema="tiktok_ads", read_only=False, memory_limit="80MB") as database:
        run = database.run

        def counted(sql: str, values: object = None) -> list[tuple[object, ...]]:
            asked.append(sql)
            return run(sql, values)  # type: ignore[arg-type]

        database.run = counted  # type: ignore[method-assign]
        destination = Relational(database)
        for number in range(3):
            asked.clear()
            destination.commit([load], run_id=f"r{number}", at=later(0) + timedelta(hours=number))
    assert len(asked) <= 6, asked


def test_a_list_may_come_in_windows(path: Path) -> None:
    """Things that happened are listed by days: both windows land, and a third changes what it names."""
    loads = [ads([ad(one)], complete=False) for one in ("a", "b")]
    cut = [
        replace(load, slice=replace(load.slice, window=window(n, n))) for n, load in enumerate(loads, start=1)
    ]
    commit(path, *cut)
    again = [
        replace(load, rows=ads([ad(one, ad_name="2")]).rows) for one, load in zip("ab", cut, strict=True)
    ]
    assert commit(path, *again, days_later=1) == [Outcome(1, 0, 1, 0), Outcome(1, 0, 1, 0)]
    assert landed(path, "SELECT ad_id, ad_name FROM ads ORDER BY ALL") == [("a", "2"), ("b", "2")]
    assert landed(path, "SELECT count(*) FROM ads__changes") == [(4,)]
