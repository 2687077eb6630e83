"""A Spark session on this machine, and a simulated TikTok on a port that its workers can reach."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.worlds import FIRST, NOW, SECOND, TOKEN, Desk, desk
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import Plot
from tiktok_ads.simulator.server import Running, running

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# It says so of pandas 3 whenever a session begins; the data source hands over Arrow and asks no pandas.
QUIET = "ignore:PySpark does not yet fully support pandas:FutureWarning"
APP_SECRET = "canary-71c3-app-secret"


@contextmanager
def session(folder: Path, *, master: str = "local[2]", **conf: str) -> Iterator[SparkSession]:
    """A session of its own; the workers run this Python."""
    if not shutil.which("java") and "JAVA_HOME" not in os.environ:
        if os.environ.get("CI"):
            pytest.fail("CI must have Java: apt-get install default-jre-headless")
        pytest.skip("no Java is installed")
    from pyspark.sql import SparkSession

    said = {
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
        **conf,
    }
    builder: Any = SparkSession.builder
    for name, value in said.items():
        builder = builder.config(name, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        spark: SparkSession = builder.getOrCreate()
        spark.sparkContext.setLogLevel("OFF")
        try:
            yield spark
        finally:
            spark.stop()


@dataclass(frozen=True)
class Stage:
    """Spark on one side, TikTok on a port and a user's folder on the other."""

    spark: SparkSession
    desk: Desk
    api: Running
    folder: Path
    moment: Path

    def options(self, **said: str) -> dict[str, str]:
        return {
            "api_url": self.api.url,
            "advertisers": f"{FIRST},{SECOND}",
            "start_date": str(self.desk.settings().start_date),
            "tier": "ultimate",
            "state_dir": str(self.folder),
            **said,
        }

    def read(self, **said: str) -> DataFrame:
        return self.spark.read.format("tiktok_ads").options(**self.options(**said)).load()

    def set_clock(self, now: datetime) -> None:
        """The present of driver and simulator."""
        self.moment.write_text(now.isoformat())
        self.desk.world.set_clock(now)

    def calls(self) -> int:
        return sum(self.api.simulator.quota.answers.values())


@contextmanager
def stage(
    spark: SparkSession, folder: Path, world: str | Sequence[Plot] = "tiny", *, options: Options | None = None
) -> Iterator[Stage]:
    """TikTok, and the data source registered for a user who has signed in to it."""
    from tiktok_ads.spark import register

    own = desk(folder, world)
    moment = folder / "now"
    moment.write_text(NOW.isoformat())
    with running(own.world, options=options or Options()) as api, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
        patch.setenv("TIKTOK_ADS_APP_SECRET", APP_SECRET)
        register(spark, clock=clock_in(moment))
        yield Stage(spark, own, api, folder, moment)


def clock_in(moment: Path) -> Any:
    """A clock whose hands are a file; made here, so that it is pickled by value."""

    def clock() -> datetime:
        return datetime.fromisoformat(moment.read_text())

    return clock


def rows_of(frame: DataFrame, *, without: Sequence[str] = ("_synced_at",)) -> list[str]:
    """Every row as text, sorted."""
    table = frame.drop(*without).toArrow()
    return sorted(repr(sorted(row.items())) for row in table.to_pylist())


def rows_in(desk: Desk, table: str, where: str = "true") -> list[str]:
    """What a sync has put into DuckDB, in the same form."""
    with desk.looking() as connection:
        rows = connection.sql(f'SELECT * FROM tiktok_ads."{table}" WHERE {where}').to_arrow_table()
    own = [name for name in rows.column_names if name in ("_synced_at", "_run_id", "_deleted_at")]
    return sorted(repr(sorted(row.items())) for row in rows.drop_columns(own).to_pylist())
