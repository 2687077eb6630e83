"""Explore answers one SELECT exactly, and whatever else is typed changes, reads and costs nothing."""

from __future__ import annotations

import asyncio
import os
import time
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.loading import ad, ads, landed, later, report, spent, window
from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError
from tiktok_ads.explore import MOST_LETTERS, Query, QueryError, ask, child
from tiktok_ads.explore.wire import Wanted
from tiktok_ads.load import open_destination

NO_SELECT = [
    "",
    "   \n\t ",
    ";",
    "-- nothing",
    "/* nothing */",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE ads",
    "SELECT 1;;DELETE FROM ads",
    "SELECT 1 -- ;\n; DROP TABLE ads",
    "SELECT '\n;'; DROP TABLE ads",
    "/* SELECT 1 */ DROP TABLE ads",
    "INSERT INTO ads SELECT * FROM ads",
    "INSERT INTO ads SELECT * FROM ads RETURNING *",
    "UPDATE ads SET ad_name = 'x'",
    "DELETE FROM ads",
    "TRUNCATE ads",
    "MERGE INTO ads USING ads AS s ON ads.ad_id = s.ad_id WHEN MATCHED THEN DELETE",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE MACRO f(a) AS a",
    "CREATE SCHEMA mine",
    "CREATE SEQUENCE mine",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "ALTER TABLE ads ADD COLUMN mine INT",
    "DROP SCHEMA tiktok_ads CASCADE",
    "COMMENT ON TABLE ads IS 'x'",
    "COPY ads TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.parquet'",
    "COPY ads FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "ATTACH '/tmp/x.duckdb' AS x",
    "ATTACH ':memory:' AS x",
    "DETACH tiktok_ads",
    "USE main",
    "SET enable_external_access = true",
    "SET VARIABLE a = 1",
    "RESET ALL",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit = '64GB'",
    "CALL pragma_version()",
    "CALL enable_logging()",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:9'",
    "LOAD httpfs",
    "LOAD '/tmp/x.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "EXPLAIN ANALYZE SELECT 1",
    "SELECT ?",
    "SELECT $1",
    "SELECT $name",
    "PIVOT ads ON ad_id USING count(*)",
    "SELECT 1\0; DROP TABLE ads",
    "SELECT '\ud800'",
    "SELECT (",
    "SELECT 'open",
    "\u202eSELECT 1",
]
REFUSED = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto(['/etc/passwd'])",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/*')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_ndjson_objects('/etc/passwd')",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM parquet_schema('/etc/passwd')",
    "SELECT * FROM parquet_scan('http://127.0.0.1:9/x')",
    "SELECT * FROM read_text('http://169.254.169.254/latest/meta-data/')",
    "SELECT * FROM read_csv('s3://bucket/x.csv')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM 'https://127.0.0.1:9/x.parquet'",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM duckdb_extensions()",
    "SELECT getenv('HOME')",
    "SELECT * FROM sqlite_scan('/tmp/x', 'y')",
    "SELECT * FROM postgres_query('x', 'y')",
    "SELECT * FROM query('DROP TABLE tiktok_ads.ads')",
    "SELECT * FROM query('SELECT 1; DROP TABLE tiktok_ads.ads')",
    "SELECT * FROM query_table('/etc/passwd.csv')",
    "WITH gone AS (DELETE FROM ads RETURNING *) SELECT * FROM gone",
    "WITH new AS (INSERT INTO ads SELECT * FROM ads RETURNING *) SELECT * FROM new",
    "WITH new AS (UPDATE ads SET ad_name = 'x' RETURNING *) SELECT * FROM new",
    "SELECT * FROM (COPY ads TO '/tmp/x.csv')",
    "SELECT nextval('mine')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM pandas_scan(1)",
    "SELECT * FROM python_map_function()",
    "SELECT * FROM os",
    "SELECT * FROM wanted",
    "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "SELECT " + "[" * 5000 + "]" * 5000,
    "SELECT 1" + " + 1" * 4000,
]
HARMLESS = {
    "SELECT 1 -- ; DROP TABLE ads": [(1,)],
    "SELECT 1 AS a;": [(1,)],
    "/* first */ SELECT ';DROP TABLE ads;' AS a": [(";DROP TABLE ads;",)],
    "VALUES (1), (2)": [(1,), (2,)],
    "FROM range(2)": [(0,), (1,)],
    "(SELECT 1 AS a)": [(1,)],
    "WITH a AS (SELECT 1 AS b) SELECT * FROM a": [(1,)],
    "SELECT * FROM query('SELECT 3 AS a')": [(3,)],
    "SELECT 'Zürich 🙂' AS \"Ort; --\"": [("Zürich 🙂",)],
    "SELECT count(*) AS n FROM ads": [(1,)],
    'SELECT count(*) AS n FROM tiktok_ads."ads"': [(1,)],
    "SELECT sum(spend) AS spend FROM ad_insights": [(Decimal("3.00"),)],
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explore") / "ads.duckdb"
    with open_destination(str(path)) as opened:
        opened.commit([report([spent("7", 1), spent("7", 2)], window(1, 2))], run_id="r1", at=later(0))
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
    return path


def in_this_process(file: Path, sql: str, folder: Path) -> pa.Table:
    """What the process that answers does, without another process for each of many statements."""
    Query(sql, str(file)).check()
    place = folder / "answer.arrow"
    child._answer(Wanted(sql, str(file), "tiktok_ads", str(place), 1000, 5))
    with pa.memory_map(str(place)) as mapped:
        return pa.ipc.open_stream(mapped).read_all()


def asked(file: Path, sql: str, *, seconds: float = 10, rows: int = 1000) -> pa.Table:
    """The whole way, through a process of its own."""

    async def story() -> pa.Table:
        async with ask(Query(sql, str(file), rows=rows, seconds=seconds)) as found:
            return found.table()

    return asyncio.run(story())


@pytest.mark.parametrize("sql", NO_SELECT)
def test_what_is_not_exactly_one_select_does_not_run(file: Path, tmp_path: Path, sql: str) -> None:
    before = file.read_bytes()
    with pytest.raises(QueryError) as caught:
        in_this_process(file, sql, tmp_path)
    assert caught.value.message
    assert file.read_bytes() == before
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sql", REFUSED, ids=range(len(REFUSED)))
def test_a_select_reaches_nothing_but_its_tables(file: Path, tmp_path: Path, sql: str) -> None:
    """No file, no address, no variable of the process, no write in a disguise."""
    before = file.read_bytes()
    with pytest.raises(QueryError):
        in_this_process(file, sql, tmp_path)
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("sql", HARMLESS)
def test_a_select_is_answered_whatever_surrounds_it(file: Path, tmp_path: Path, sql: str) -> None:
    found = in_this_process(file, sql, tmp_path)
    assert [tuple(row.values()) for row in found.to_pylist()] == HARMLESS[sql]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * EXCLUDE (_synced_at) FROM ad_insights ORDER BY stat_time_day",
        "SELECT a.ad_name, sum(r.spend) FROM ad_insights r JOIN ads a USING (ad_id) GROUP BY ALL",
        "SELECT table_name, rows, spend FROM _daily_sums ORDER BY ALL",
        "SELECT row_number() OVER (ORDER BY spend) AS n, impressions FROM ad_insights ORDER BY n",
    ],
)
def test_answers_are_those_of_duckdb(file: Path, tmp_path: Path, sql: str) -> None:
    found = in_this_process(file, sql, tmp_path)
    assert [tuple(row.values()) for row in found.to_pylist()] == landed(file, sql)


def test_every_type_of_duckdb_can_be_answered(file: Path, tmp_path: Path) -> None:
    assert in_this_process(file, "SELECT * FROM test_all_types()", tmp_path).num_rows == 3


def test_a_text_that_is_too_long_is_not_even_parsed(file: Path) -> None:
    """A union of 45,000 parts keeps DuckDB planning for minutes."""
    with pytest.raises(QueryError, match="20,000"):
        Query("SELECT 1" + " UNION ALL SELECT 1" * 45_000, str(file)).check()
    Query(f"SELECT '{'x' * (MOST_LETTERS - 9)}'", str(file)).check()


def test_the_place_of_an_error_counts_letters(file: Path, tmp_path: Path) -> None:
    """Also behind letters that take several bytes, and where DuckDB tells only a name."""
    for sql, place in {
        "SELECT 'ü🙂', CAST('x' AS INT)": (1, 14),
        "SELECT 1,\n  nothing_such\nFROM ads": (2, 3),
        "SELECT *\nFROM nowhere": (2, 6),
        "SELECT *\nFROM ads\nWHER 1": (3, 6),
    }.items():
        with pytest.raises(QueryError) as caught:
            in_this_process(file, sql, tmp_path)
        assert (caught.value.line, caught.value.column) == place, sql


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r", "stopped"),
        # One value of this size is beyond the reach of DuckDB's own limit, and of its interruption.
        ("SELECT length(repeat('a', 4000000000))", "memory"),
        ("SELECT sum(x) FROM (SELECT unnest(range(1000000000)) AS x)", "memory"),
        ("SELECT string_agg(repeat('x', 1000000), '') FROM range(1000000)", "memory"),
        ("SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range = b.range + 1", "."),
    ],
)
def test_what_needs_too_much_is_ended(file: Path, sql: str, told: str) -> None:
    began = time.monotonic()
    with pytest.raises(QueryError, match=told):
        asked(file, sql, seconds=1)
    assert time.monotonic() - began < 15


def test_an_endless_result_is_cut(file: Path) -> None:
    assert asked(file, "SELECT * FROM range(10000000000)", rows=10).num_rows == 10


def test_no_secret_is_where_the_question_is_answered(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever DuckDB will offer one day: the process has none of our variables."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "canary-8d1f")
    monkeypatch.setenv("PGPASSWORD", "canary-8d1f")
    seen: list[dict[str, str]] = []
    real = asyncio.create_subprocess_exec

    async def started(*arguments: str, **more: object) -> object:
        seen.append(more["env"])  # type: ignore[arg-type]
        assert not any("canary" in one for one in arguments)
        return await real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    assert asked(file, "SELECT 1 AS a").to_pylist() == [{"a": 1}]
    assert "canary-8d1f" not in seen[0].values()
    assert seen[0]["PATH"] == os.environ["PATH"]


def test_whoever_does_not_wait_ends_the_question(file: Path) -> None:
    async def story() -> float:
        task = asyncio.create_task(_run())
        await asyncio.sleep(0.5)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    async def _run() -> None:
        async with ask(Query("SELECT count(*) FROM range(100000000000)", str(file))):
            pass

    assert asyncio.run(story()) < 3


def test_a_missing_a_busy_and_a_foreign_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "ads.duckdb"
    with pytest.raises(ConfigError, match="no file"):
        asked(path, "SELECT 1")
    with pytest.raises(QueryError, match="Only DuckDB files"):
        asyncio.run(_enter("postgresql://owner@127.0.0.1:1/x"))
    with open_destination(str(path)) as opened:
        opened.commit([ads([ad("7")])], run_id="r1", at=later(0))
        with pytest.raises(DestinationBusy):
            asked(path, "SELECT 1")
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as theirs:
        theirs.execute("CREATE SCHEMA tiktok_ads")
        theirs.execute("CREATE TABLE tiktok_ads.x (a INT)")
    with pytest.raises(LoadError, match="not ours"):
        asked(other, "SELECT 1")


async def _enter(url: str) -> None:
    async with ask(Query("SELECT 1", url)):
        pass
