"""What a load leaves in the destination: the window that came, whole, with its bookmark."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.loading import (
    AT,
    REPORT_COLUMNS,
    ad,
    ads,
    landed,
    later,
    report,
    report_spec,
    spent,
    window,
)
from tiktok_ads.errors import LoadError
from tiktok_ads.load import Load, Outcome, open_destination
from tiktok_ads.plan import Bookmark, LoadedDays


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.duckdb"


def commit(path: Path, *loads: Load, days_later: int = 0, run_id: str = "r") -> list[Outcome]:
    with open_destination(str(path)) as destination:
        return destination.commit(loads, run_id=run_id, at=later(days_later))


def spends(path: Path) -> list[tuple[object, ...]]:
    return landed(path, "SELECT ad_id, day(stat_time_day), spend FROM ad_insights ORDER BY ALL")


def test_a_window_is_replaced_whole(path: Path) -> None:
    """What TikTok restated is restated, what it no longer reports is gone, other days stay."""
    commit(path, report([spent("a", 1), spent("a", 2), spent("b", 2), spent("b", 3)], window(1, 3)))

    outcome = commit(path, report([spent("a", 2, "9"), spent("c", 2)], window(2, 3)), days_later=1)

    assert spends(path) == [("a", 1, Decimal("1.5")), ("a", 2, Decimal(9)), ("c", 2, Decimal("1.5"))]
    assert outcome == [Outcome(rows=2, inserted=1, updated=1, deleted=2)]


def test_rows_that_somebody_else_put_in_are_replaced_too(path: Path) -> None:
    """The window equals what TikTok told, whatever was done to the table by hand."""
    commit(path, report([spent("a", 1), spent("b", 2)], window(1, 2)))
    connection = duckdb.connect(path)
    connection.execute("INSERT INTO tiktok_ads.ad_insights FROM tiktok_ads.ad_insights WHERE ad_id = 'a'")
    connection.execute("UPDATE tiktok_ads.ad_insights SET spend = 7 WHERE ad_id = 'b'")
    connection.close()

    commit(path, report([spent("a", 1), spent("b", 2)], window(1, 2)))

    assert spends(path) == [("a", 1, Decimal("1.5")), ("b", 2, Decimal("1.5"))]


def test_an_empty_window_empties_it(path: Path) -> None:
    commit(path, report([spent("a", 1), spent("a", 2)], window(1, 2)))

    outcome = commit(path, report([], window(2, 2)))

    assert spends(path) == [("a", 1, Decimal("1.5"))]
    assert outcome == [Outcome(0, 0, 0, 1)]


def test_advertisers_with_the_same_ids_keep_their_own_rows(path: Path) -> None:
    theirs = report([spent("a", 1, "7", advertiser_id="2")], window(1, 1), advertiser_id="2")
    commit(path, report([spent("a", 1)], window(1, 1)), theirs)
    commit(path, report([], window(1, 1)))

    assert landed(path, "SELECT advertiser_id, spend FROM ad_insights") == [("2", Decimal(7))]


def test_several_windows_land_in_one_commit(path: Path) -> None:
    outcomes = commit(
        path,
        report([spent("a", 1)], window(1, 2)),
        ads([ad("a"), ad("b")]),
        report([spent("a", 3), spent("b", 3)], window(3, 4)),
    )

    assert [outcome.inserted for outcome in outcomes] == [1, 2, 2]
    assert landed(path, "SELECT count(*) FROM ad_insights") == [(3,)]


def test_ten_runs_leave_what_one_run_left(path: Path) -> None:
    """Running again changes nothing: not a row, not a timestamp, not the file's size after the second."""
    loads = [
        report([spent("a", 1), spent(None, 2)], window(1, 2), store_changes=True),
        ads([ad("a", tags=["x", None]), ad("b", is_deleted=True)]),
    ]
    everything = "SELECT * FROM ad_insights ORDER BY ALL", "SELECT * FROM ads ORDER BY ALL"
    commit(path, *loads)
    before = [landed(path, sql) for sql in everything]
    sizes = []
    for number in range(1, 11):
        outcomes = commit(path, *loads, days_later=number, run_id=f"r{number}")
        assert [(one.inserted, one.updated, one.deleted) for one in outcomes] == [(0, 0, 0)] * 2
        sizes.append(path.stat().st_size)

    assert [landed(path, sql) for sql in everything] == before
    assert landed(path, "SELECT count(*) FROM ads__changes") == [(0,)]
    assert landed(path, "SELECT count(*) FROM ad_insights__changes") == [(0,)]
    assert landed(path, "SELECT count(*) FROM _daily_sums") == [(2,)]
    assert landed(path, "SELECT count(*) FROM _state") == [(2,)]
    assert sizes[-1] <= sizes[2] + 64 * 1024, "nothing grows from run to run"


def test_a_blank_in_a_key_equals_itself(path: Path) -> None:
    """A row without an ad id is one row, also when it is read again."""
    commit(path, report([spent(None, 1)], window(1, 1)))
    commit(path, report([spent(None, 1, "2")], window(1, 1)))
    assert spends(path) == [(None, 1, Decimal(2))]

    with pytest.raises(
        LoadError, match=r"2 rows of ad_insights have the same key .*advertiser_id=1, ad_id=None"
    ):
        commit(path, report([spent(None, 1, "3"), spent(None, 1, "4")], window(1, 1)))
    assert spends(path) == [(None, 1, Decimal(2))]


def test_a_refused_load_moves_no_bookmark(path: Path) -> None:
    commit(path, report([spent("a", 1)], window(1, 1)))
    good = report([spent("a", 2, advertiser_id="2")], window(2, 2), advertiser_id="2")
    bad = report([spent("b", 5), spent("b", 5)], window(1, 5))

    with pytest.raises(LoadError):
        commit(path, good, bad)

    with open_destination(str(path)) as destination:
        marks = destination.bookmarks()
    assert [mark.days for mark in marks.values()] == [
        (LoadedDays(window(1, 1).first, window(1, 1).last, "s", "c"),)
    ]
    assert landed(path, "SELECT count(*) FROM ad_insights") == [(1,)]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([spent("a", 9)], "outside the window"),
        ([spent("a", 1, advertiser_id="2")], "another advertiser"),
        ([spent("a", 1, advertiser_id=None)], "another advertiser"),
        ([spent("a", 1, stat_time_day=None)], "outside the window"),
    ],
)
def test_rows_that_do_not_belong_to_their_slice_are_refused(
    path: Path, rows: list[dict[str, object]], says: str
) -> None:
    """They would be doubled by the next load of the slice that they belong to."""
    with pytest.raises(LoadError, match=says):
        commit(path, report(rows, window(1, 2)))
    assert not path.exists()


def test_a_slice_twice_in_one_commit_is_refused(path: Path) -> None:
    with pytest.raises(LoadError, match="twice"):
        commit(path, report([], window(1, 3)), report([], window(3, 5)))
    with pytest.raises(LoadError, match="twice"):
        commit(path, ads([]), ads([]))


def test_blank_parents_come_from_the_entity_tables(path: Path) -> None:
    """Also when the ads arrive in the same commit; what no table knows stays blank."""
    told = spent("a", 1, campaign_id="told", adgroup_id="told")
    commit(
        path,
        report([told, spent("b", 1), spent("c", 1)], window(1, 1)),
        ads([ad("a", campaign_id="C", adgroup_id="G"), ad("b", campaign_id="C", adgroup_id="G")]),
    )

    assert landed(path, "SELECT ad_id, campaign_id, adgroup_id FROM ad_insights ORDER BY ALL") == [
        ("a", "told", "told"),
        ("b", "C", "G"),
        ("c", None, None),
    ]


def test_deleted_is_marked_kept_and_taken_back(path: Path) -> None:
    """`_deleted_at` is when we first saw it, however often it is read again; who returns loses it."""
    marks = "SELECT ad_id, is_deleted, CAST(_deleted_at AS DATE), secondary_status FROM ads ORDER BY ALL"
    commit(path, ads([ad("a", secondary_status="ON"), ad("b"), ad("c", is_deleted=True)]))
    commit(path, ads([ad("b", is_deleted=True), ad("c", is_deleted=True)]), days_later=1)
    commit(path, ads([ad("b", is_deleted=True), ad("c", is_deleted=True)]), days_later=2)
    assert landed(path, marks) == [
        ("a", True, date(2026, 3, 2), "ON"),
        ("b", True, date(2026, 3, 2), None),
        ("c", True, date(2026, 3, 1), None),
    ]

    outcome = commit(path, ads([ad("a"), ad("b"), ad("c", is_deleted=True)]), days_later=3)

    assert outcome == [Outcome(3, 0, 2, 0)]
    assert landed(path, "SELECT ad_id FROM ads WHERE NOT is_deleted AND _deleted_at IS NULL ORDER BY 1") == [
        ("a",),
        ("b",),
    ]


def test_an_incomplete_list_deletes_nothing(path: Path) -> None:
    commit(path, ads([ad("a"), ad("b")]))
    outcome = commit(path, ads([ad("b", ad_name="new")], complete=False))
    assert outcome == [Outcome(1, 0, 1, 0)]
    assert landed(path, "SELECT ad_id, ad_name, is_deleted FROM ads ORDER BY 1") == [
        ("a", "Ad a", False),
        ("b", "new", False),
    ]


def test_without_deleted_ones_they_are_removed(path: Path) -> None:
    commit(path, ads([ad("a"), ad("b"), ad("c"), ad("d", is_deleted=True)], drop_deleted=True))
    assert landed(path, "SELECT ad_id FROM ads ORDER BY 1") == [("a",), ("b",), ("c",)]

    outcome = commit(path, ads([ad("b"), ad("c", is_deleted=True)], drop_deleted=True))

    assert outcome == [Outcome(2, 0, 0, 2)]
    assert landed(path, "SELECT ad_id FROM ads ORDER BY 1") == [("b",)]


def test_a_complete_list_marks_only_its_own_advertisers(path: Path) -> None:
    commit(path, ads([ad("a")]), ads([ad("z", advertiser_id="2")], advertiser_id="2"))
    commit(path, ads([]))
    assert landed(path, "SELECT ad_id, is_deleted FROM ads ORDER BY 1") == [("a", True), ("z", False)]


def test_a_link_that_expires_is_renewed_and_no_change(path: Path) -> None:
    """The newest link is there to click; the row counts as unchanged."""
    commit(path, ads([ad("a", link="old")]))
    outcome = commit(path, ads([ad("a", link="new")]), days_later=1, run_id="r2")
    assert outcome == [Outcome(1, 0, 0, 0)]
    assert landed(path, "SELECT link, _run_id FROM ads") == [("new", "r")]
    assert landed(path, "SELECT count(*) FROM ads__changes") == [(0,)]


def test_money_is_summed_to_the_cent(path: Path) -> None:
    """100,000 rows with six decimals add up exactly, in the table, in the totals and in the daily sums."""
    rng = random.Random(7)
    amounts = [Decimal(rng.randrange(10**11)).scaleb(-6) for _ in range(100_000)]
    schema = pa.schema(
        [REPORT_COLUMNS.field(n) for n in ("advertiser_id", "ad_id", "stat_time_day", "spend")]
    )
    rows = pa.table(
        {
            "advertiser_id": pa.repeat("1", len(amounts)),
            "ad_id": pa.array([str(i) for i in range(len(amounts))]),
            "stat_time_day": pa.repeat(pa.scalar(window(1, 1).first), len(amounts)),
            "spend": pa.array(amounts, pa.decimal128(18, 6)),
        },
        schema=schema,
    )
    empty = report([], window(1, 1), schema=schema)
    load = Load(empty.spec, empty.slice, rows, empty.bookmark, ("1",))

    with open_destination(str(path)) as destination:
        destination.commit([load], run_id="r", at=AT)
        totals = destination.totals("ad_insights", "1", window(1, 1), ["spend", "nowhere"])

    assert totals == {"spend": sum(amounts)}
    assert landed(path, "SELECT sum(spend) FROM ad_insights") == [(sum(amounts),)]
    assert landed(path, "SELECT spend, rows, impressions FROM _daily_sums") == [(sum(amounts), 100_000, None)]


def test_daily_sums_are_written_when_they_change(path: Path) -> None:
    """What each day added up to, by run; a day that becomes empty is written with zeros, once."""
    commit(path, report([spent("a", 1), spent("b", 1), spent("a", 2)], window(1, 3)), run_id="r1")
    commit(path, report([spent("a", 1), spent("b", 1, "2"), spent("a", 2)], window(1, 3)), run_id="r2")
    commit(path, report([spent("a", 2)], window(1, 3)), run_id="r3")
    commit(path, report([spent("a", 2)], window(1, 3)), run_id="r4", days_later=-5)

    assert landed(
        path, "SELECT run_id, day(stat_time_day), rows, spend, impressions, clicks FROM _daily_sums"
    ) == [
        ("r1", 1, 2, Decimal(3), 20, None),
        ("r1", 2, 1, Decimal("1.5"), 10, None),
        ("r2", 1, 2, Decimal("3.5"), 20, None),
        ("r3", 1, 0, Decimal(0), 0, None),
    ]


def test_counts_say_what_is_held(path: Path) -> None:
    with open_destination(str(path)) as destination:
        assert destination.count_rows("ad_insights", "1", window(1, 9)) == 0
        assert destination.campaign_ids("1") == []
        assert destination.rows_by_day(report_spec()) == {}
        assert destination.runs(5) == []
        assert destination.totals("ad_insights", "1", window(1, 9), ["spend"]) == {}
        assert destination.spend_without_ad() == []
        rows = [spent("a", 1), spent("b", 1, "4"), spent("a", 2)]
        destination.commit([report(rows, window(1, 2)), ads([ad("a")])], run_id="r", at=AT)
        assert destination.count_rows("ad_insights", "1", None) == 3
        assert destination.count_rows("ad_insights", "1", window(2, 9)) == 1
        assert destination.count_rows("ads", "1", window(2, 9)) == 1
        assert destination.rows_by_day(report_spec()) == {
            ("1", window(1, 1).first): 2,
            ("1", window(2, 2).first): 1,
        }
        second = window(2, 2).first
        assert destination.rows_by_day(report_spec(), since=second) == {("1", second): 1}
        assert destination.rows_by_day(report_spec(), since=second, owners=("2",)) == {}
        assert destination.spend_without_ad() == [("1", 1, Decimal(4))]


def test_forgetting_takes_rows_and_bookmarks_together(path: Path) -> None:
    both = [
        report([spent("a", 1)], window(1, 1)),
        report([spent("a", 1, advertiser_id="2")], window(1, 1), advertiser_id="2"),
        ads([ad("a")]),
    ]
    commit(path, *both)
    with open_destination(str(path)) as destination:
        destination.forget(["ad_insights", "unheard_of"], ["2"])
        assert sorted(destination.bookmarks()) == [("ad_insights", "1"), ("ads", "1")]
        assert destination.count_rows("ad_insights", "2", None) == 0
        assert destination.count_rows("ad_insights", "1", None) == 1
        destination.forget([], ["*"])
        destination.forget(["*"], [])
        assert destination.count_rows("ads", "1", None) == 1
        destination.forget(["*"], ["*"])
        assert destination.bookmarks() == {}
        assert destination.commit(both, run_id="again", at=AT)[0].inserted == 1
    assert landed(path, "SELECT count(*) FROM _daily_sums") == [(2,)]


def test_a_bookmark_comes_back_as_it_went(path: Path) -> None:
    """Every field, also days far in the future, which do no harm."""
    load = ads([])
    far = date(9999, 12, 31)
    mark = Bookmark(
        "ads",
        "1",
        days=(LoadedDays(date(1970, 1, 1), far, "shape 'x'", "c"),),
        unsettled=far,
        lookback_days=28,
        modified=later(9).replace(tzinfo=None),
        full_list_at=later(9),
        shape="s",
        remembered=(("split", "by ids"),),
    )
    commit(path, Load(load.spec, load.slice, load.rows, mark, ("1",)))
    with open_destination(str(path), read_only=True) as destination:
        assert destination.bookmarks() == {("ads", "1"): mark}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("format = 2", "newer version"),
        ("state = '{'", "reset"),
        ("state = NULL", "reset"),
        ("state = '[]'", "reset"),
        ("format = NULL", "reset"),
        ("advertiser_id = '2'", "reset"),
        ("""state = '{"stream":"ads","advertiser_id":"1","days":[{"first":"2026-99-99"}]}'""", "reset"),
    ],
)
def test_a_bookmark_that_cannot_be_read_is_never_reset_silently(path: Path, change: str, says: str) -> None:
    commit(path, ads([ad("a")]))
    connection = duckdb.connect(path)
    connection.execute(f"UPDATE tiktok_ads._state SET {change}")
    before = connection.execute("FROM tiktok_ads._state").fetchall()
    connection.close()

    with open_destination(str(path)) as destination, pytest.raises(LoadError, match=says):
        destination.bookmarks()
    assert landed(path, "FROM _state") == before


def test_runs_are_kept_newest_first(path: Path) -> None:
    with open_destination(str(path)) as destination:
        for number in (1, 3, 2):
            run = {"run_id": f"r{number}", "started_at": later(number).isoformat(), "outcome": "partial"}
            destination.save_run(run)
        destination.save_run({"run_id": "r2", "started_at": later(2), "outcome": "complete"})
        assert [run["run_id"] for run in destination.runs(2)] == ["r3", "r2"]
        assert destination.runs(9)[1]["outcome"] == "complete"
        with pytest.raises(LoadError, match="run_id"):
            destination.save_run({})
    assert landed(path, "SELECT id, outcome, started_at IS NULL FROM _runs ORDER BY 1") == [
        ("r1", "partial", False),
        ("r2", "complete", False),
        ("r3", "partial", False),
    ]
