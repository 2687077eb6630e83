"""Spark reads what a sync loads, asks for no more than the query wants, and shows nobody the token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.spark_places import APP_SECRET, QUIET, Stage, rows_in, rows_of, session, stage
from tests.worlds import FIRST, NOW, SECOND, TOKEN, Desk
from tiktok_ads.errors import ConfigError, InvalidRequest
from tiktok_ads.simulator.faults import Fault

pytestmark = [pytest.mark.filterwarnings(QUIET), pytest.mark.xdist_group("spark")]
TABLES = ("advertisers", "ads", "ad_insights", "campaign_insights_hourly")
FEW_DAYS = str(NOW.date() - timedelta(days=1))


@pytest.fixture(scope="module")
def spark_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def on_stage(spark_folder: Path) -> Iterator[Stage]:
    events = spark_folder / "events"
    events.mkdir()
    log = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.compress": "false",
    }
    # A task may be tried twice.
    with session(spark_folder, master="local[2,2]", **log) as spark, stage(spark, spark_folder) as made:
        yield made


@pytest.fixture(autouse=True)
def healed(on_stage: Stage) -> Iterator[None]:
    yield
    on_stage.api.simulator.faults.clear()


def synced(on_stage: Stage, table: str) -> Desk:
    """What a sync of this table alone has loaded."""
    folder = on_stage.folder / table
    if folder.exists():
        return replace(on_stage.desk, folder=folder)
    aside = on_stage.desk.aside(table)
    aside.sync(tables=(table,), advertisers=(FIRST, SECOND), start_date=FEW_DAYS)
    return aside


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_rows_that_a_sync_loads(on_stage: Stage, table: str) -> None:
    """Ids, money, days, hours, structs and lists arrive as they do in the database."""
    there = rows_in(synced(on_stage, table), table)
    assert there
    assert rows_of(on_stage.read(table=table, start_date=FEW_DAYS)) == there


def test_a_report_of_ones_own_has_the_rows_of_its_table(on_stage: Stage) -> None:
    """Dimensions, metrics, filters and days said as options give what `[reports.NAME]` gives."""
    said = {
        "dimensions": "campaign_id,stat_time_day",
        "metrics": "spend,clicks,reach,campaign_name",
        "filters": "buying_type in AUCTION",
        "dates": "last 3 days",
    }
    aside = on_stage.desk.aside("report")
    report = {**said, "dimensions": said["dimensions"].split(","), "filters": [said["filters"]]}
    aside.sync(tables=("report",), advertisers=(FIRST, SECOND), reports={"report": report})
    there = rows_in(aside, "report")
    assert there
    assert rows_of(on_stage.read(**said)) == there


def test_columns_have_the_types_and_comments_of_the_catalog(on_stage: Stage) -> None:
    """Money is exact, days are days, hours have no zone, and each column says what it is."""
    frame = on_stage.read(table="ad_insights")
    types = dict(frame.dtypes)
    assert (types["spend"], types["ad_id"]) == ("decimal(18,6)", "string")
    assert (types["stat_time_day"], types["_synced_at"]) == ("date", "timestamp")
    assert "added up" in frame.schema["reach"].metadata["comment"]


def test_where_on_advertiser_and_day_asks_tiktok_for_less(on_stage: Stage) -> None:
    """Whoever wants one account and one day pays for one account and one day."""
    refused: dict[str, Any] = {"kind": "code", "path": "report/*", "code": 40002, "times": None}
    on_stage.api.simulator.faults.add(Fault(advertiser_id=SECOND, **refused))
    on_stage.api.simulator.faults.add(Fault(min_days=2, **refused))
    before = on_stage.calls()
    part = on_stage.read(table="ad_insights").where(
        f"advertiser_id = '{FIRST}' AND stat_time_day = DATE'{FEW_DAYS}'"
    )
    rows = rows_of(part)
    asked = on_stage.calls() - before
    there = rows_in(synced(on_stage, "ad_insights"), "ad_insights", f"stat_time_day = DATE '{FEW_DAYS}'")
    assert rows == [row for row in there if f"('advertiser_id', '{FIRST}')" in row]
    assert rows
    # The account, whether it has TopView, and the day with and without that.
    assert asked <= 4


def test_an_error_keeps_its_class_and_request_id(on_stage: Stage) -> None:
    """What TikTok's support asks for is in what Spark raises, whichever worker met it."""
    from tiktok_ads.spark import error_of

    fault = Fault(kind="code", path="report/*", code=40002, message="Not that.", times=None)
    on_stage.api.simulator.faults.add(fault)
    with pytest.raises(Exception, match="Not that") as raised:
        on_stage.read(table="ad_insights", advertisers=SECOND).collect()
    error = error_of(raised.value)
    assert isinstance(error, InvalidRequest)
    assert (error.code, error.path) == (40002, "report/integrated/get")
    assert error.request_id
    assert error.request_id in str(raised.value)


def test_a_task_that_is_tried_again_changes_no_row(on_stage: Stage) -> None:
    """Spark repeats what fails: no row comes twice, and none is lost."""
    on_stage.api.simulator.faults.add(Fault(kind="code", path="report/*", code=40002, times=1))
    there = rows_in(synced(on_stage, "ad_insights"), "ad_insights")
    assert rows_of(on_stage.read(table="ad_insights", start_date=FEW_DAYS)) == there
    assert [one.hit for one in on_stage.api.simulator.faults.armed] == [1]


def test_no_secret_stands_in_plans_or_in_the_event_log(
    on_stage: Stage, spark_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Everybody in the company reads Spark's UI; the token is not for everybody."""
    on_stage.spark.sparkContext.setLogLevel("DEBUG")
    try:
        frame = on_stage.read(table="ads").where(f"advertiser_id = '{FIRST}'")
        frame.explain(True)
        frame.explain("formatted")
        frame.collect()
    finally:
        on_stage.spark.sparkContext.setLogLevel("OFF")
    said = "".join(capfd.readouterr())
    assert "BatchScan tiktok_ads" in said
    logged = "".join(one.read_text() for one in (spark_folder / "events").rglob("*") if one.is_file())
    assert "SparkListenerSQLExecutionStart" in logged
    for secret in (TOKEN, APP_SECRET):
        assert secret not in said
        assert secret not in logged


def test_secrets_are_no_options(on_stage: Stage) -> None:
    """An option stands in plans; who tries is told where it belongs, without the value."""
    from tiktok_ads.spark import error_of

    with pytest.raises(Exception, match="secrets are no options") as raised:
        on_stage.read(table="ads", access_token="canary-9d20")
    assert isinstance(error_of(raised.value), ConfigError)
    assert "canary-9d20" not in str(raised.value)
