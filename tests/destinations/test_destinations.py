"""What every destination must do, whichever it is: the README's promise, destination by destination."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from tests.destinations.lakes import in_bucket, put_into_bucket
from tests.destinations.places import Place
from tests.loading import (
    AD_COLUMNS,
    REPORT_COLUMNS,
    ad,
    ads,
    column,
    day,
    later,
    report,
    spent,
    window,
    with_columns,
)
from tests.test_load_kill_methods import kill_again_and_again
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import UpdateMethod
from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError, NotOurs
from tiktok_ads.load import Load, Outcome, check_writable, open_destination
from tiktok_ads.load.lake.urls import where
from tiktok_ads.plan import Bookmark, Slice
from tiktok_ads.sync.tables import tables_of

FULL = os.environ.get("TIKTOK_ADS_BATTERY") == "full"
SPENDS = "SELECT ad_id, CAST(stat_time_day AS VARCHAR), CAST(spend AS VARCHAR) FROM ad_insights ORDER BY 2, 1"


def commit(place: Place, *loads: Load, days_later: int = 0) -> list[Outcome]:
    with open_destination(place.url) as destination:
        return destination.commit(loads, run_id=f"r{days_later}", at=later(days_later))


def spends(place: Place) -> list[tuple[object, ...]]:
    return place.ask(SPENDS)


def test_rows_land_with_their_bookmark(place: Place) -> None:
    """Every column with its type's value, and what is loaded beside it."""
    told = report([spent("a", 1), spent("b", 2, "0.000001", impressions=None)], window(1, 2))
    assert commit(place, told) == [Outcome(2, 2, 0, 0)]
    assert spends(place) == [("a", "2026-01-01", "1.500000"), ("b", "2026-01-02", "0.000001")]
    assert place.ask("SELECT ad_id, impressions FROM ad_insights ORDER BY 1") == [("a", 10), ("b", None)]
    with open_destination(place.url, read_only=True) as destination:
        assert destination.bookmarks() == {("ad_insights", "1"): told.bookmark}
        assert destination.rows_by_day(told.spec) == {("1", day(1)): 1, ("1", day(2)): 1}
        assert destination.count_rows("ad_insights", "1", window(2, 2)) == 1
        assert str(destination.totals("ad_insights", "1", window(1, 2), ["spend"])["spend"]) == "1.500001"


def test_a_restated_window_is_replaced_and_vanished_rows_go(place: Place) -> None:
    commit(place, report([spent("a", 1), spent("a", 2), spent("b", 2)], window(1, 2)))
    outcome = commit(place, report([spent("a", 2, "9"), spent("c", 2)], window(2, 2)), days_later=1)
    assert outcome == [Outcome(2, 1, 1, 1)]
    assert spends(place) == [
        ("a", "2026-01-01", "1.500000"),
        ("a", "2026-01-02", "9.000000"),
        ("c", "2026-01-02", "1.500000"),
    ]


def test_a_day_that_became_empty_is_empty(place: Place) -> None:
    commit(place, report([spent("a", 1), spent("a", 2)], window(1, 2)))
    assert commit(place, report([], window(2, 2)), days_later=1) == [Outcome(0, 0, 0, 1)]
    assert spends(place) == [("a", "2026-01-01", "1.500000")]
    sums = "SELECT CAST(stat_time_day AS VARCHAR), rows FROM _daily_sums ORDER BY synced_at, stat_time_day"
    assert place.ask(sums) == [("2026-01-01", 1), ("2026-01-02", 1), ("2026-01-02", 0)]


def test_running_again_changes_nothing(place: Place) -> None:
    loads = [report([spent("a", 1), spent(None, 1)], window(1, 1)), ads([ad("a", tags=["x", None])])]
    commit(place, *loads)
    everything = (
        "SELECT * FROM ad_insights ORDER BY ad_id",
        "SELECT * FROM ads",
        "SELECT * FROM _daily_sums",
    )
    before = [place.ask(sql) for sql in everything]
    outcomes = commit(place, *loads, days_later=1)
    assert [(one.inserted, one.updated, one.deleted) for one in outcomes] == [(0, 0, 0)] * 2
    assert [place.ask(sql) for sql in everything] == before


def test_a_blank_key_equals_itself_and_is_no_empty_text(place: Place) -> None:
    commit(place, report([spent(None, 1), spent("", 1)], window(1, 1)))
    assert commit(place, report([spent(None, 1, "2")], window(1, 1)), days_later=1) == [Outcome(1, 0, 1, 1)]
    assert spends(place) == [(None, "2026-01-01", "2.000000")]
    with pytest.raises(LoadError, match="same key"):
        commit(place, report([spent(None, 1), spent(None, 1)], window(1, 1)))


def test_columns_come_and_types_widen(place: Place) -> None:
    """A new column is blank for the past; whole numbers become fractions, then texts; nothing is lost."""
    schemas = [
        pa.schema([*REPORT_COLUMNS, column("m", pa.int64(), "count")]),
        pa.schema([*REPORT_COLUMNS, column("m", pa.float64(), "ratio"), column("new", pa.string())]),
        pa.schema([*REPORT_COLUMNS, column("m", pa.string())]),
    ]
    values: list[object] = [5, 1.25, "many"]
    for number, (schema, value) in enumerate(zip(schemas, values, strict=True), start=1):
        load = report([], window(number, number), schema=schema, store_changes=True)
        more = {"new": "n"} if "new" in schema.names else {}
        commit(place, with_columns(load, schema, [spent("a", number, m=value, **more)]), days_later=number)
    held = place.ask("SELECT m, new FROM ad_insights ORDER BY stat_time_day")
    assert [float(str(m)) if m != "many" else m for m, _ in held] == [5.0, 1.25, "many"]
    assert [new for _, new in held] == [None, "n", None]
    if not place.through_dlt:
        assert place.ask("SELECT count(*) FROM ad_insights__history") == [(3,)]


def test_what_nests_is_kept(place: Place) -> None:
    """Lists, structures and JSON, also JSON that is none."""
    schema = pa.schema(
        [*AD_COLUMNS, column("parts", pa.struct([("x", pa.int64()), ("y", pa.list_(pa.string()))]))]
    )
    rows = [
        ad("a", tags=["x", None], parts={"x": 1, "y": ["z"]}, _extra='{"k": [1, "é"]}'),
        ad("b", _extra="no json {"),
        ad("c", _extra='"\\u0000 \\\\u0000"', ad_name="zero \0 byte"),
    ]
    load = with_columns(ads([]), schema, rows)
    commit(place, load)
    assert commit(place, load, days_later=1) == [Outcome(3, 0, 0, 0)]
    inside = {
        "duckdb": "SELECT tags[1], parts.y[1], _extra->>'$.k[1]' FROM ads WHERE ad_id = 'a'",
        "postgres": "SELECT tags->>0, parts->'y'->>0, _extra->'k'->>1 FROM ads WHERE ad_id = 'a'",
    }
    if place.through_dlt:
        # What nests is JSON as text there.
        texts = "SELECT CAST(tags AS VARCHAR), CAST(parts AS VARCHAR), CAST(_extra AS VARCHAR) FROM ads"
        told = [json.loads(str(one)) for one in place.ask(f"{texts} WHERE ad_id = 'a'")[0]]
        assert told == [["x", None], {"x": 1, "y": ["z"]}, {"k": [1, "é"]}]
    else:
        assert place.ask(inside[place.speaks]) == [("x", "z", "é")]
    assert place.ask("SELECT CAST(_extra AS VARCHAR) FROM ads WHERE ad_id = 'b'") == [('"no json {"',)]
    assert place.ask("SELECT count(*) FROM ads WHERE ad_id = 'c' AND ad_name LIKE 'zero%byte'") == [(1,)]


def test_deleted_objects_are_marked_and_their_changes_kept(place: Place) -> None:
    commit(place, ads([ad("a"), ad("b"), ad("same")]))
    outcome = commit(place, ads([ad("a", ad_name="2"), ad("same"), ad("new")]), days_later=1)
    assert outcome == [Outcome(3, 1, 1, 1)]
    assert place.ask("SELECT ad_id, is_deleted, _deleted_at IS NULL FROM ads ORDER BY 1") == [
        ("a", False, True),
        ("b", True, False),
        ("new", False, True),
        ("same", False, True),
    ]
    changes = "SELECT ad_id, _change, ad_name, _run_id FROM ads__changes ORDER BY ad_id, _changed_at, _change"
    assert place.ask(changes) == [
        ("a", "baseline", "Ad a", "r0"),
        ("a", "update", "2", "r1"),
        ("b", "baseline", "Ad b", "r0"),
        ("b", "delete", "Ad b", "r1"),
        ("new", "insert", "Ad new", "r1"),
    ]
    spans = "SELECT ad_id, ad_name, _is_current FROM ads__history ORDER BY ad_id, _valid_from"
    # A warehouse has no such view: its definition is in the docs.
    assert place.through_dlt or place.ask(spans) == [
        ("a", "Ad a", False),
        ("a", "2", True),
        ("b", "Ad b", False),
        ("b", "Ad b", True),
        ("new", "Ad new", True),
        ("same", "Ad same", True),
    ]
    dropped = ads([ad("a", is_deleted=True), ad("same")], drop_deleted=True)
    assert commit(place, dropped, days_later=2) == [Outcome(2, 0, 0, 3)]
    assert place.ask("SELECT ad_id FROM ads") == [("same",)]


def test_blank_parents_are_filled(place: Place) -> None:
    entity = ads([ad("a", campaign_id="C", adgroup_id="G")])
    commit(place, report([spent("a", 1), spent("z", 1)], window(1, 1)), entity)
    held = "SELECT ad_id, campaign_id, adgroup_id FROM ad_insights ORDER BY 1"
    assert place.ask(held) == [("a", "C", "G"), ("z", None, None)]


def test_descriptions_are_kept_with_the_table(place: Place) -> None:
    commit(place, report([spent("a", 1)], window(1, 1)))
    asked = {
        "duckdb": "SELECT comment FROM duckdb_columns() "
        "WHERE schema_name = 'tiktok_ads' AND table_name = 'ad_insights' AND column_name = 'spend'",
        "postgres": "SELECT col_description('ad_insights'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'ad_insights'::regclass AND attname = 'spend'",
    }
    assert place.ask(asked[place.speaks]) == [("What spend says.",)]


@pytest.mark.parametrize(
    "name", ['we"ird', "se;lect", "é" * 20, "select", "a'b", "x.y", "$at", "?", "%s", "-- x"]
)
def test_hostile_names_are_names(place: Place, name: str) -> None:
    """A column, and a schema, may be called anything that can be printed."""
    if place.is_store and not FULL and name not in ("é" * 20, "%s"):
        pytest.skip("an object store takes a while; the rest comes with TIKTOK_ADS_BATTERY=full")
    schema = pa.schema([*REPORT_COLUMNS, column(name, pa.int64(), "count")])
    load = with_columns(report([], window(1, 1), store_changes=True), schema, [{**spent("a", 1), name: 7}])
    if place.through_dlt and name != "select":
        # dlt would spell them otherwise, so they are refused in words.
        with pytest.raises(LoadError, match="spell the name"):
            commit(place, load)
        with pytest.raises(ConfigError, match="schema"), open_destination(place.url, schema=f"s {name}"):
            pass
        return
    commit(place, ads([ad("a")]))
    quoted = '"' + name.replace('"', '""') + '"'
    # Folders of Delta tables have plain names, or are refused in words.
    theirs = "plain" if place.kind == "delta" or place.through_dlt else f"s {name}"
    with open_destination(place.url, schema=theirs) as destination:
        for number in range(2):
            destination.commit([load], run_id=name, at=later(number))
    theirs = '"' + theirs.replace('"', '""') + '"'
    assert place.ask(f"SELECT {quoted} FROM {theirs}.ad_insights") == [(7,)]


@pytest.mark.parametrize("name", ["", "a\nb", "ctid", "_run_id", "Spend", "x" * 300])
def test_names_that_cannot_be_are_refused(place: Place, name: str) -> None:
    schema = pa.schema([*REPORT_COLUMNS, column(name, pa.int64(), "count")])
    with pytest.raises(LoadError, match="cannot be stored"):
        commit(place, with_columns(report([], window(1, 1)), schema, [spent("a", 1)]))


def test_hostile_values_are_values(place: Place) -> None:
    said = "'; DROP TABLE ads; --\\ \" $1 ? %s \u202e😀"
    load = ads([ad(said, ad_name=said)])
    with open_destination(place.url) as destination:
        for number in range(2):
            destination.commit([load], run_id=said, at=later(number))
    assert place.ask("SELECT ad_id, ad_name, _run_id FROM ads") == [(said, said, said)]


@pytest.mark.parametrize("method", ["partition", "replace", "merge", "append"])
def test_update_methods(place: Place, method: UpdateMethod) -> None:
    def by(load: Load) -> Load:
        return replace(load, spec=replace(load.spec, update_method=method))

    commit(place, by(report([spent("a", 1), spent("b", 1)], window(1, 2))))
    commit(place, by(report([spent("b", 1, "9"), spent("c", 2)], window(1, 2))), days_later=1)
    commit(place, by(report([spent("b", 1, "9"), spent("c", 2)], window(1, 2))), days_later=1)
    rows = place.ask("SELECT ad_id, _run_id FROM ad_insights ORDER BY _run_id, ad_id")
    newest = [("b", "r1"), ("c", "r1")]
    kept = {"merge": [("a", "r0")], "append": [("a", "r0"), ("b", "r0")]}
    assert rows == [*kept.get(method, []), *newest]


def test_resetting_and_forgetting(place: Place) -> None:
    told = ads([ad("a"), ad("b")])
    commit(place, told, report([spent("a", 1)], window(1, 1)))
    with open_destination(place.url) as destination:
        assert destination.forget_keys("ads", {"ad_id": "a"}, at=later(1)) == {"ads": 1, "ads__changes": 0}
        destination.forget(["ad_insights"], ["1"])
        assert set(destination.bookmarks()) == {("ads", "1")}
    assert commit(place, told, days_later=2) == [Outcome(2, 0, 0, 0, left_out=1)]
    assert place.ask("SELECT ad_id FROM ads") == [("b",)]
    assert place.ask("SELECT count(*) FROM ad_insights") == [(0,)]


def test_runs_are_kept(place: Place) -> None:
    with open_destination(place.url) as destination:
        for number in range(3):
            destination.save_run({"run_id": f"r{number}", "started_at": later(number), "x": "it's ?"})
        destination.save_run({"run_id": "r2", "started_at": later(2), "x": "again"})
        assert [(run["run_id"], run["x"]) for run in destination.runs(2)] == [
            ("r2", "again"),
            ("r1", "it's ?"),
        ]


def test_an_empty_destination_answers(place: Place) -> None:
    with open_destination(place.url) as destination:
        assert destination.bookmarks() == {}
        assert destination.runs(3) == []
        assert destination.count_rows("ads", "1", None) == 0
        destination.forget(["ads"], ["1"])


def test_a_refused_load_leaves_all_as_it_was(place: Place) -> None:
    """Also the good slices beside it, and in the same process the next load works."""
    commit(place, report([spent("a", 1)], window(1, 1)))
    bad = report([spent("b", 5), spent("b", 5)], window(1, 5))
    wide = pa.schema([*AD_COLUMNS, column("fresh", pa.int64(), "count")])
    with open_destination(place.url) as destination:
        before = destination.bookmarks()
        with pytest.raises(LoadError):
            destination.commit([with_columns(ads([]), wide, [ad("x")]), bad], run_id="r", at=later(1))
        assert destination.bookmarks() == before
        destination.commit([with_columns(ads([]), wide, [ad("x", fresh=1)])], run_id="r", at=later(1))
    assert spends(place) == [("a", "2026-01-01", "1.500000")]
    assert place.ask("SELECT ad_id, fresh FROM ads") == [("x", 1)]


def test_a_second_writer_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process says who has it, and writes nothing; in an object store, as soon as both write."""
    if place.is_store:
        with open_destination(place.url) as first, open_destination(place.url) as second:
            for one in (first, second):
                assert one.bookmarks() == {}
            first.commit([ads([ad("a")])], run_id="r0", at=later(0))
            for _ in range(2):
                with pytest.raises(DestinationBusy):
                    second.commit([ads([ad("b")])], run_id="r1", at=later(1))
            first.commit([ads([ad("a"), ad("c")])], run_id="r0", at=later(0))
        commit(place, ads([ad("b")]), days_later=2)
        assert place.ask("SELECT ad_id, is_deleted FROM ads ORDER BY 1") == [
            ("a", True),
            ("b", False),
            ("c", True),
        ]
        return
    monkeypatch.setattr("tiktok_ads.load.postgres._BUSY_AFTER", "200ms")
    code = (
        "import sys\n"
        "from tiktok_ads.load import open_destination\n"
        "with open_destination(sys.argv[1]) as destination:\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    commit(place, ads([ad("a")]))
    holder = subprocess.Popen(
        [sys.executable, "-c", code, place.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(DestinationBusy):
            commit(place, ads([ad("b")]))
        with pytest.raises(DestinationBusy):
            check_writable(place.url)
    finally:
        holder.communicate(timeout=60)
    commit(place, ads([ad("b")]), days_later=1)


def test_what_is_not_ours_is_left_alone(place: Place) -> None:
    foreign = ("CREATE SCHEMA tiktok_ads", "CREATE TABLE tiktok_ads.mine (x INTEGER)")
    if place.speaks == "duckdb" and place.file:
        import duckdb

        with duckdb.connect(place.file) as connection:
            for sql in foreign:
                connection.execute(sql)
    elif place.is_store:
        put_into_bucket(place.url, "mine/x.parquet")
    elif place.kind in ("parquet", "delta"):
        mine = Path(where(place.url).root) / "tiktok_ads" / "mine"
        mine.mkdir(parents=True)
        (mine / "x.parquet").write_bytes(b"x")
    else:
        from tests.destinations.places import tell_server

        tell_server(place.url, *foreign)
    with pytest.raises(NotOurs, match="mine"):
        commit(place, ads([ad("a")]))
    with pytest.raises(NotOurs):
        check_writable(place.url)


def test_checking_leaves_nothing_behind(place: Place) -> None:
    check_writable(place.url)
    if place.file:
        assert not place.file.exists()
    elif place.is_store:
        assert in_bucket(place.url) == []
    elif place.kind in ("parquet", "delta"):
        assert not Path(where(place.url).root).exists()
    else:
        assert place.ask("SELECT 1 FROM pg_namespace WHERE nspname = 'tiktok_ads'") == []


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("method", ["partition", "append"])
def test_kill_9_doubles_and_loses_nothing(place: Place, method: UpdateMethod) -> None:
    """Killed at any moment: every window is wholly old or new, and its bookmark says which."""
    kill_again_and_again(place.url, place.ask, method, 100 if FULL else 1 if place.is_store else 3)


def test_every_table_of_the_catalog_can_stand(place: Place) -> None:
    """Names and types of all tables that ship fit; the short run takes every fifteenth."""
    tables = tables_of(Settings(tables=tuple(catalog().streams)))
    with open_destination(place.url) as destination:
        for table in tables if FULL else tables[::15]:
            spec = table.spec()
            piece = Slice(table.stream, "1", window(1, 1) if spec.day_column else None)
            mark = Bookmark(table.name, "1")
            load = Load(spec, piece, spec.schema.empty_table(), mark, ("1",))
            for number in range(2):
                assert destination.commit([load], run_id="r", at=later(number)) == [Outcome(0, 0, 0, 0)]
        assert len(destination.bookmarks()) >= 20


def test_impossible_urls_are_refused_in_words() -> None:
    for url, says in (
        ("postgresql://owner:secret@127.0.0.1/db", "PGPASSWORD"),
        ("postgresql://owner@127.0.0.1/db?password=secret", "PGPASSWORD"),
        ("postgresql://owner@127.0.0.1", "names no database"),
        ("postgresql://owner@127.0.0.1:99999/db", "no URL"),
    ):
        with pytest.raises(ConfigError, match=says) as caught:
            check_writable(url)
        assert "secret" not in str(caught.value)
