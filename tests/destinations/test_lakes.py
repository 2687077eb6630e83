"""What is the lakes' own: files that anybody may read, what waits after a kill, stores that refuse."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from tests.destinations.lakes import SECRET, ask_lake, bucket, only_who_may
from tests.destinations.places import Place
from tests.loading import REPORT_COLUMNS, ad, ads, column, day, later, report, spent, window, with_columns
from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load import check_writable, open_destination
from tiktok_ads.load.lake.entries import Held, Part
from tiktok_ads.load.lake.parquet import Parquet
from tiktok_ads.load.lake.parts import LARGE, touched
from tiktok_ads.load.scope import Span


def glob(folder: Path, table: str) -> str:
    return f"read_parquet('{folder}/tiktok_ads/{table}/**/*.parquet', union_by_name = true)"


def plainly(sql: str) -> list[tuple[object, ...]]:
    """What somebody sees who knows nothing of us."""
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def fill(lake: Path) -> None:
    with open_destination(f"parquet:///{lake}") as destination:
        loads = [report([spent("a", 1), spent("b", 40)], window(1, 60)), ads([ad("a")])]
        destination.commit(loads, run_id="r0", at=later(0))


def test_all_files_of_a_folder_are_the_table(lake: Path) -> None:
    """DuckDB, Arrow and with it pandas read the folder as it is; ids stay texts."""
    fill(lake)
    rows = plainly(f"SELECT advertiser_id, ad_id, CAST(spend AS VARCHAR) FROM {glob(lake, 'ad_insights')}")
    assert sorted(rows) == [("1", "a", "1.500000"), ("1", "b", "1.500000")]
    read = pyarrow.dataset.dataset(lake / "tiktok_ads" / "ad_insights", partitioning="hive").to_table()
    assert read.num_rows == 2
    assert read.schema.field("advertiser_id").type == pa.string()
    months = {path.parent.name for path in (lake / "tiktok_ads" / "ad_insights").rglob("*.parquet")}
    assert months == {"month=2026-01", "month=2026-02"}


def test_a_wider_type_is_written_into_every_file(lake: Path) -> None:
    """Readers that want one type for a column find one, also in months that nobody touched."""
    url = f"parquet:///{lake}"
    for number, kind in enumerate((pa.int64(), pa.float64(), pa.string())):
        schema = pa.schema([*REPORT_COLUMNS, column("m", kind, "count")])
        days = window(1 + 31 * number, 1 + 31 * number)
        rows = [spent("a", 1 + 31 * number, m=pa.scalar(number).cast(kind).as_py())]
        with open_destination(url) as destination:
            load = with_columns(report([], days, schema=schema), schema, rows)
            destination.commit([load], run_id=f"r{number}", at=later(number))
    files = sorted((lake / "tiktok_ads" / "ad_insights").rglob("*.parquet"))
    assert [pq.read_schema(file).field("m").type for file in files] == [pa.string()] * 3
    assert [m for (m,) in ask_lake(url, "SELECT m FROM ad_insights ORDER BY stat_time_day")] == [
        "0.0",
        "1.0",
        "2",
    ]


def test_what_was_committed_counts_before_it_is_in_place(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between the two: we show the new rows, a plain reader the old ones, nobody both."""
    fill(lake)
    url = f"parquet:///{lake}"

    def dies(*_: object) -> None:
        raise OSError("no power")

    with monkeypatch.context() as patched, open_destination(url) as destination:
        patched.setattr(Parquet, "put_in_place", dies)
        with pytest.raises(LoadError):
            destination.commit([report([spent("c", 1, "9")], window(1, 60))], run_id="r1", at=later(1))
    asked = "SELECT ad_id FROM ad_insights ORDER BY 1"
    plain = f"SELECT ad_id FROM {glob(lake, 'ad_insights')} ORDER BY 1"
    assert plainly(plain) == [("a",), ("b",)]
    with open_destination(url, read_only=True) as destination:
        assert destination.count_rows("ad_insights", "1", None) == 1
    assert ask_lake(url, asked) == [("c",)]
    assert plainly(plain) == [("c",)]
    assert not (lake / "tiktok_ads" / "_waiting").exists()


def test_files_of_a_load_that_never_counted_go(lake: Path) -> None:
    fill(lake)
    left = lake / "tiktok_ads" / "_waiting" / "1-x-0.new"
    left.parent.mkdir()
    left.write_bytes(b"half a fi")
    with open_destination(f"parquet:///{lake}") as destination:
        assert destination.count_rows("ad_insights", "1", None) == 2
    assert not left.exists()


def test_a_log_is_summed_up_and_stays_short(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many commits it opens as quickly, with everything in it."""
    monkeypatch.setattr("tiktok_ads.load.lake.log._SUM_EVERY", 10)
    with open_destination(f"parquet:///{lake}") as destination:
        for number in range(35):
            destination.commit(
                [report([spent("a", 1, str(number))], window(1, 1))], run_id="r", at=later(number)
            )
    assert len(os.listdir(lake / "tiktok_ads" / "_log")) < 15
    with open_destination(f"parquet:///{lake}") as destination:
        assert destination.totals("ad_insights", "1", window(1, 1), ["spend"])["spend"] == 34
        assert len(destination.bookmarks()) == 1


def test_large_files_are_left_alone_when_later_days_come() -> None:
    """A month that comes in pieces is not written anew with each; a small one grows."""

    def reached(rows: int, first: int, last: int) -> list[str]:
        held = Held(Part("t", "1", day(1), path="one"), rows, day(10))
        found = touched(
            [held],
            [Span(0, "1", day(first), day(last))],
            table="t",
            owner_column="advertiser_id",
            run=None,
            dated=True,
        )
        return [one.part.path.rpartition("/")[2] for one in found]

    assert reached(LARGE, 11, 12) == ["2026-01-11.parquet"]
    assert reached(LARGE, 10, 12) == ["one"]
    assert reached(LARGE - 1, 11, 12) == ["one"]


def test_a_later_file_takes_over_its_days(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows over several files of a month change each of them, and no row is there twice."""
    monkeypatch.setattr("tiktok_ads.load.lake.parts.LARGE", 2)
    url = f"parquet:///{lake}"
    with open_destination(url) as destination:
        for first in (1, 4, 7):
            rows = [spent(name, first + one) for one in range(3) for name in "ab"]
            destination.commit([report(rows, window(first, first + 2))], run_id="r0", at=later(0))
        month = lake / "tiktok_ads" / "ad_insights" / "advertiser=1" / "month=2026-01"
        assert sorted(os.listdir(month)) == [f"2026-01-0{first}.parquet" for first in (1, 4, 7)]
        rows = [spent("a", one, "9") for one in (3, 4, 8)]
        destination.commit([report(rows, window(3, 8))], run_id="r1", at=later(1))
    held = plainly(f"SELECT ad_id, day(stat_time_day) FROM {glob(lake, 'ad_insights')} ORDER BY 2, 1")
    assert held == [
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("b", 2),
        ("a", 3),
        ("a", 4),
        ("a", 8),
        ("a", 9),
        ("b", 9),
    ]


def test_forgetting_takes_rows_out_of_changes_too(lake: Path) -> None:
    url = f"parquet:///{lake}"
    with open_destination(url) as destination:
        for number in range(2):
            rows = [ad("a", ad_name=str(number)), ad("b", ad_name=str(number))]
            destination.commit([ads(rows)], run_id=f"r{number}", at=later(number))
        assert destination.forget_keys("ads", {"ad_id": "a"}, at=later(2)) == {"ads": 1, "ads__changes": 2}
        assert destination.count_keys("ads", {"ad_id": "a"}) == {"ads": 0, "ads__changes": 0}
        assert destination.let_back_in("ads", {"ad_id": "a"}) == 1
    assert plainly(f"SELECT DISTINCT ad_id FROM {glob(lake, 'ads__changes')}") == [("b",)]


def test_a_lake_that_is_not_there_or_cannot_be_is_said(lake: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match="no folder"),
        open_destination(f"parquet:///{lake}", read_only=True),
    ):
        pass
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="is no folder"):
        check_writable(f"parquet:///{tmp_path}/file")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("parquet://", "names no folder"),
        ("parquet:///", "names no folder"),
        ("parquet:///a*b", "names no folder"),
        ("parquet+ftp://host/x", "no object store"),
        ("parquet+s3://", "names no bucket"),
        ("parquet+s3://key:secret@bucket/x", "neither login"),
        ("delta+s3://bucket/x?aws_secret_access_key=secret", "neither login"),
    ],
)
def test_impossible_urls_are_refused_in_words(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        check_writable(url)
    assert "secret" not in str(caught.value)


def test_a_store_that_refuses_is_said_in_words(parquet_s3: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such bucket, nobody there, no login; and the secret is in none of it."""
    with pytest.raises(ConfigError, match="no such bucket"):
        check_writable("parquet+s3://nobody-made-this/x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(LoadError, match="cannot be reached") as caught:
        check_writable(parquet_s3.url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_a_wrong_login_is_said_in_words(parquet_s3: Place, kind: str) -> None:
    """The store answers 403: we say which variables lead in, and neither key nor secret."""
    url = parquet_s3.url.replace("parquet", kind, 1)
    with only_who_may() as key:
        for tries in (check_writable, opened):
            with pytest.raises(ConfigError, match="refused the login") as caught:
                tries(url)
            told = f"{caught.value} {caught.value.__cause__} {caught.value.__context__!r}"
            assert "AWS_ACCESS_KEY_ID" in str(caught.value)
            assert SECRET not in told
            assert key not in str(caught.value)
    check_writable(url)


def opened(url: str) -> None:
    with open_destination(url):
        pass


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module, url, extra in (
        ("s3fs", "parquet+s3://bucket/x", "s3"),
        ("gcsfs", "parquet+gs://bucket/x", "gcs"),
        ("deltalake", "delta:///x", "delta"),
    ):
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, module, None)
            with pytest.raises(ConfigError, match=rf"tiktok-ads-connector\[{extra}\]"):
                check_writable(url)


def test_delta_tables_are_read_by_delta(tmp_path: Path) -> None:
    """Each commit is one version of a table, and an owner's days are replaced in it."""
    from deltalake import DeltaTable

    url = f"delta:///{tmp_path}/lake"
    with open_destination(url) as destination:
        for number in range(3):
            rows = [spent("a", 1), spent("b", 2, str(number))]
            destination.commit([report(rows, window(1, 2))], run_id=f"r{number}", at=later(number))
    table = DeltaTable(f"{tmp_path}/lake/tiktok_ads/ad_insights")
    assert table.version() == 2
    assert table.to_pyarrow_table(columns=["ad_id", "_run_id"]).sort_by("ad_id").to_pylist() == [
        {"ad_id": "a", "_run_id": "r0"},
        {"ad_id": "b", "_run_id": "r2"},
    ]


def test_delta_in_an_object_store(s3_server: None) -> None:
    url = f"delta+s3://{bucket('deltas')}/ads"
    for number in range(2):
        with open_destination(url) as destination:
            destination.commit([report([spent("a", 1, str(number))], window(1, 1))], run_id="r", at=later(0))
    assert ask_lake(url, "SELECT CAST(spend AS VARCHAR) FROM ad_insights") == [("1.000000",)]
