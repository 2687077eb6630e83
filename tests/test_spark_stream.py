"""A stream on Spark: two batches, a restatement between them, and the MERGE of the docs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.spark_places import QUIET, Stage, session, stage
from tests.worlds import FIRST, NOW, SECOND, TOKEN

pytestmark = [pytest.mark.filterwarnings(QUIET), pytest.mark.xdist_group("spark")]
PAGE = Path(__file__).parent.parent / "docs" / "spark.md"
SAID = {"table": "ad_insights", "lookback_days": "3", "slices_per_partition": "12"}


@pytest.fixture(scope="module")
def on_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stream")
    with session(folder) as spark, stage(spark, folder) as made:
        yield made


def next_batch(on_stage: Stage) -> pa.Table:
    """What is due, as a scheduler runs it: begin, read, end."""
    landed = on_stage.folder / "landed"
    before = set(landed.glob("*.parquet"))
    frame = on_stage.spark.readStream.format("tiktok_ads").options(**on_stage.options(**SAID)).load()
    query: Any = (
        frame.writeStream.format("parquet")
        .option("path", str(landed))
        .option("checkpointLocation", str(on_stage.folder / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination(200)
    assert query.exception() is None
    new = sorted(set(landed.glob("*.parquet")) - before)
    tables = [pq.read_table(one) for one in new]
    return pa.concat_tables(tables) if tables else pa.table({})


def merged(database: duckdb.DuckDBPyConnection, batch: pa.Table) -> None:
    """The statement that the docs show, in a database that speaks the same SQL."""
    (statement,) = re.findall(r"```sql\n(MERGE INTO.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    database.register("batch", batch)
    database.execute("CREATE TABLE IF NOT EXISTS ad_insights AS SELECT * FROM batch WHERE false")
    begins = batch.group_by("advertiser_id").aggregate([("stat_time_day", "min")])
    pairs = zip(begins["advertiser_id"].to_pylist(), begins["stat_time_day_min"].to_pylist(), strict=True)
    read = " OR ".join(
        f"(t.advertiser_id = '{one}' AND t.stat_time_day >= DATE '{day}')" for one, day in pairs
    )
    database.execute(statement.format(read=read))
    database.unregister("batch")


def test_two_batches_and_the_merge_of_the_docs_make_the_table_that_a_sync_makes(on_stage: Stage) -> None:
    """Restated days come again, rows that are gone go, and nothing is there twice."""
    database = duckdb.connect()
    first = next_batch(on_stage)
    merged(database, first)
    assert next_batch(on_stage).num_rows == 0, "nothing is due before the next day"

    yesterday = NOW.date() - timedelta(days=1)
    on_stage.desk.restate(FIRST, yesterday, yesterday, permille=1500)
    on_stage.set_clock(NOW + timedelta(days=1))
    second = next_batch(on_stage)
    merged(database, second)

    assert 0 < second.num_rows < first.num_rows
    moments = second["_synced_at"].cast(pa.timestamp("us")).unique().to_pylist()
    assert moments == [(NOW + timedelta(days=1)).replace(tzinfo=None)]
    sums = "SELECT advertiser_id, stat_time_day, count(*), sum(spend) FROM {} GROUP BY ALL ORDER BY ALL"
    aside = on_stage.desk.aside("sync")
    aside.sync(tables=("ad_insights",), advertisers=(FIRST, SECOND))
    assert database.sql(sums.format("ad_insights")).fetchall() == aside.rows(sums.format("ad_insights"))
    keys = "SELECT count(DISTINCT (advertiser_id, ad_id, stat_time_day)) - count(*) FROM ad_insights"
    assert database.sql(keys).fetchall() == [(0,)]
    checkpoint = b"".join(
        one.read_bytes() for one in (on_stage.folder / "checkpoint").rglob("*") if one.is_file()
    )
    assert b'"day":"2026-09-23"' in checkpoint.replace(b" ", b"").replace(b"\\", b"")
    assert TOKEN.encode() not in checkpoint
