"""A folder of Parquet as others read it who know nothing of us: Spark and pandas see one table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.loading import REPORT_COLUMNS, column, day, later, report, spent, window, with_columns
from tests.spark_places import QUIET, session
from tiktok_ads.load import open_destination

Row = tuple[str, str, object, Decimal]
HELD: list[Row] = [
    ("1", "a", day(1), Decimal("1.25")),
    ("1", "b", day(2), Decimal("9.000001")),
    ("1", "a", day(40), Decimal("1.5")),
    ("2", "a", day(1), Decimal("0.000001")),
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two advertisers, two months, a restated day, and a column that came later."""
    with open_destination(f"parquet:///{tmp_path}/lake") as destination:
        rows = [spent("a", 1, "1.25"), spent("b", 2, "1"), spent("a", 40)]
        destination.commit([report(rows, window(1, 59))], run_id="r1", at=later(0))
        destination.commit(
            [report([spent("a", 1, "0.000001", advertiser_id="2")], window(1, 1), advertiser_id="2")],
            run_id="r1",
            at=later(0),
        )
        schema = pa.schema([*REPORT_COLUMNS, column("likes", pa.int64(), "count")])
        restated = report([], window(2, 2), schema=schema)
        destination.commit(
            [with_columns(restated, schema, [spent("b", 2, "9.000001", likes=7)])], run_id="r2", at=later(1)
        )
    return tmp_path / "lake" / "tiktok_ads" / "ad_insights"


def test_all_files_say_the_same_of_their_columns(table: Path) -> None:
    """Whichever way a file was written, readers that take the first one's types are right about all."""
    schemas = [pq.read_schema(file) for file in table.rglob("*.parquet")]
    assert len(schemas) == 3
    pa.unify_schemas(schemas)
    kinds = {str(schema.field("spend").type) for schema in schemas}
    assert kinds == {"decimal128(18, 6)"}


def test_pandas_reads_the_folder_as_one_table(table: Path) -> None:
    pandas = pytest.importorskip("pandas")
    read = pandas.read_parquet(table)
    columns = zip(read.advertiser_id, read.ad_id, read.stat_time_day, read.spend, strict=True)
    assert sorted(columns) == sorted(HELD)
    one = pandas.read_parquet(table, filters=[("month", "==", "2026-02")])
    assert one.ad_id.tolist() == ["a"]


@pytest.mark.filterwarnings(QUIET)
def test_spark_reads_the_folder_as_one_table(table: Path, tmp_path: Path) -> None:
    """Ids stay texts, money exact, and a column that came later is blank in earlier files."""
    pytest.importorskip("pyspark")
    with session(tmp_path) as spark:
        read = spark.read.option("mergeSchema", "true").parquet(str(table))
        rows = [
            tuple(row) for row in read.select("advertiser_id", "ad_id", "stat_time_day", "spend").collect()
        ]
        assert sorted(rows) == sorted(HELD)
        likes = read.where("likes IS NOT NULL").select("ad_id", "likes").collect()
        assert [tuple(row) for row in likes] == [("b", 7)]
        assert read.where("advertiser = 2").count() == 1
