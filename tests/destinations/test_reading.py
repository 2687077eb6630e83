"""Reading a destination: what is asked gives exact rows, writes nothing, reaches nothing else, and ends."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.destinations.places import Place
from tests.loading import ad, ads, day, later, report, spent, window
from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError, NotOurs
from tiktok_ads.load import open_destination
from tiktok_ads.load.reading import open_reader

REACHING_OUT = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/x.parquet')",
    "SELECT * FROM read_json('http://127.0.0.1:9/x.json')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'https://127.0.0.1/x.parquet'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY tiktok_ads.ads FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "ATTACH '/tmp/other.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '/tmp/x.so'",
    "SELECT getenv('HOME')",
    "CREATE TABLE tiktok_ads.mine (a INT)",
    "CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')",
    "INSERT INTO tiktok_ads._runs SELECT * FROM tiktok_ads._runs",
    "WITH gone AS (DELETE FROM tiktok_ads.ads RETURNING *) SELECT * FROM gone",
    "DROP TABLE tiktok_ads.ads",
    "SET enable_external_access = true",
    "SET threads = 64",
    "RESET memory_limit",
    "PRAGMA memory_limit = '10GB'",
    "CALL force_checkpoint()",
)


@pytest.fixture(params=["duckdb", "postgres", "parquet", "parquet_s3", "delta"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A report of two days and a list of one ad, wherever rows can be looked at."""
    place = Place("duckdb", str(tmp_path / "out.duckdb"))
    if request.param in ("postgres", "parquet_s3"):
        place = request.getfixturevalue(request.param)
    if request.param in ("parquet", "delta"):
        place = Place(request.param, f"{request.param}:///{tmp_path}/lake")
    with open_destination(place.url) as opened:
        rows = [spent("7", 1, "1.25"), spent("7", 2, "0.000001")]
        opened.commit([report(rows, window(1, 2))], run_id="r1", at=later(0))
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
    return place


def test_rows_come_exactly(filled: Place) -> None:
    """Money keeps its digits, days are days, and parameters are values whatever they hold."""
    with open_reader(filled.url) as reader:
        table = reader.qualified("ad_insights")
        found = reader.query(
            f"SELECT stat_time_day AS day, sum(spend) AS spend FROM {table} "
            "WHERE ad_id = ? AND ad_id <> ? GROUP BY 1 ORDER BY 1",
            ["7", "'; DROP TABLE x; --"],
        )
        assert found.to_pylist() == [
            {"day": day(1), "spend": Decimal("1.25")},
            {"day": day(2), "spend": Decimal("0.000001")},
        ]
        between = reader.query(
            f"SELECT count(*) AS n FROM {table} WHERE stat_time_day BETWEEN ? AND ?", [day(2), day(9)]
        )
        assert between.to_pylist() == [{"n": 1}]
        nothing = reader.query(f"SELECT sum(spend) AS spend FROM {table} WHERE ad_id IS NULL")
        assert nothing.to_pylist() == [{"spend": None}]


def test_only_so_many_rows_are_taken(filled: Place) -> None:
    """Also of a result that would never end in memory."""
    with open_reader(filled.url) as reader:
        many = "range(10000000000)" if filled.kind == "duckdb" else "generate_series(1, 3000000)"
        assert reader.query(f"SELECT * FROM {many}", rows=3000).num_rows == 3000
        assert reader.query("SELECT 1 AS a", rows=0).num_rows == 0
        assert reader.query("SELECT 1 AS a, NULL AS b", rows=10).to_pylist() == [{"a": 1, "b": None}]


def test_columns_are_told_with_their_comments(filled: Place) -> None:
    with open_reader(filled.url) as reader:
        tables = reader.tables()
    assert {"ads", "ad_insights", "_runs"} <= tables.keys()
    spend = next(one for one in tables["ad_insights"] if one.name == "spend")
    assert spend.comment.startswith("What spend says.")
    assert spend.sql_type.replace(" ", "").upper() in ("DECIMAL(18,6)", "NUMERIC(18,6)")
    assert [one.name for one in tables["ads"]][:2] == ["advertiser_id", "ad_id"]


@pytest.mark.parametrize("is_streamed", [False, True])
def test_what_takes_too_long_is_stopped_and_the_next_is_answered(filled: Place, is_streamed: bool) -> None:
    """Before the first row as well as between rows."""
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r"
    if is_streamed:
        series = "range" if filled.kind == "duckdb" else "generate_series"
        endless = f"SELECT * FROM {series}(1, 1000000000) a"
    with open_reader(filled.url) as reader:
        before = time.monotonic()
        with pytest.raises(LoadError, match=r"longer than 0\.3 seconds"):
            reader.query(endless, seconds=0.3)
        assert time.monotonic() - before < 10
        assert reader.query("SELECT 1 AS a").to_pylist() == [{"a": 1}]


@pytest.mark.parametrize("sql", REACHING_OUT)
def test_nothing_is_written_and_nothing_else_is_reached(tmp_path: Path, sql: str) -> None:
    """Whatever is asked of a DuckDB file."""
    path = tmp_path / "out.duckdb"
    with open_destination(str(path)) as opened:
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
    before = path.read_bytes()
    with open_reader(str(path)) as reader, pytest.raises(LoadError):
        reader.query(sql)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["out.duckdb"]


@pytest.mark.parametrize(
    "sql", ["DELETE FROM tiktok_ads.ads", "CREATE TABLE tiktok_ads.mine (a INT)", "SELECT 1; SELECT 2"]
)
def test_a_server_takes_no_writes(postgres: Place, sql: str) -> None:
    with open_destination(postgres.url) as opened:
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
    with open_reader(postgres.url) as reader:
        with pytest.raises(LoadError):
            reader.query(sql)
        assert reader.query(f"SELECT count(*) AS n FROM {reader.qualified('ads')}").to_pylist() == [{"n": 1}]


def test_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    with open_destination(str(path)) as opened:
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
    with open_reader(str(path), memory_limit="50MB") as reader, pytest.raises(LoadError, match="memory"):
        reader.query("SELECT string_agg(repeat('x', 1000000), '') FROM range(1000)")
    assert [one.name for one in tmp_path.iterdir()] == ["out.duckdb"]


def test_a_missing_a_foreign_and_a_busy_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    with pytest.raises(ConfigError, match="no file"), open_reader(str(path)):
        pass
    assert not path.exists()
    with duckdb.connect(str(path)) as theirs:
        theirs.execute("CREATE SCHEMA tiktok_ads")
        theirs.execute("CREATE TABLE tiktok_ads.other (a INT)")
    with pytest.raises(NotOurs), open_reader(str(path)):
        pass
    mine = tmp_path / "mine.duckdb"
    with open_destination(str(mine)) as opened:
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
        with pytest.raises(DestinationBusy), open_reader(str(mine), patience=0):
            pass
    with open_reader(str(mine)) as reader:
        assert reader.schema == "tiktok_ads"


def test_who_writes_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    opened = open_destination(str(path))
    opened.__enter__().commit([ads([ad("7")])], run_id="r1", at=later(0))
    timer = threading.Timer(0.3, lambda: opened.__exit__(None, None, None))
    timer.start()
    with open_reader(str(path)) as reader:
        assert "ads" in reader.tables()
    timer.join()


def test_two_can_read_at_once(filled: Place) -> None:
    with open_reader(filled.url) as one, open_reader(filled.url) as other:
        for reader in (one, other):
            assert reader.query("SELECT 1 AS a").num_rows == 1


def test_a_lake_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"), open_reader(f"parquet:///{tmp_path}/lake"):
        pass
    assert not [*tmp_path.iterdir()]
    (tmp_path / "lake" / "tiktok_ads").mkdir(parents=True)
    (tmp_path / "lake" / "tiktok_ads" / "theirs.csv").write_bytes(b"")
    with pytest.raises(NotOurs), open_reader(f"parquet:///{tmp_path}/lake"):
        pass


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_a_lake_is_not_written_and_nothing_else_is_reached(tmp_path: Path, kind: str) -> None:
    """What changes the memory that it is looked at in is lost with it."""
    url = f"{kind}:///{tmp_path}/lake"
    with open_destination(url) as opened:
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for sql in REACHING_OUT:
        with open_reader(url) as reader:
            if "tiktok_ads." in sql and "/etc" not in sql:
                with suppress(LoadError):
                    reader.query(sql)
                continue
            with pytest.raises(LoadError):
                reader.query(sql)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
