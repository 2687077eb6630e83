"""Makes the data source known to a Spark session, with the environment of whoever asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tiktok_ads.errors import ConfigError
from tiktok_ads.spark.carried import packed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PUSH_DOWN = "spark.sql.python.filterPushdown.enabled"


def register(
    spark: SparkSession, *, carry_secrets: bool = True, clock: Callable[[], datetime] | None = None
) -> None:
    """From now on `spark.read.format("tiktok_ads")` and `spark.readStream.format("tiktok_ads")` work.

    Settings (`TIKTOK_ADS_…`) count as they stand in the environment of this process now.

    Args:
        spark: the session. Its workers need this package and pyarrow, too.
        carry_secrets: whether the access token goes from here to the executors, inside the pickled reader;
            else each executor looks it up by itself, in its environment, keyring or file.
        clock: stands for the present; None asks the driver's clock.

    Raises:
        ConfigError: PySpark, or a version of it that can do that, is missing.
    """
    try:
        from pyspark.sql.datasource import Filter  # noqa: F401  (its absence tells an old version)

        from tiktok_ads.spark.source import TikTokAds
    except ImportError as missing:
        raise ConfigError(
            f"Spark needs PySpark 4.1 or newer ({missing}).",
            "Run pip install 'tiktok-ads-connector[spark]'.",
        ) from None

    # A class that no module has is pickled with what it holds, and reaches the workers so.
    class Registered(TikTokAds):
        carried = packed(os.environ, secrets=carry_secrets)
        carries_secrets = carry_secrets
        pushes = _switched_on(spark)

    Registered.clock = staticmethod(clock) if clock else None
    spark.dataSource.register(Registered)


def _switched_on(spark: SparkSession) -> bool:
    """Whether Spark hands filters over; it is off unless somebody asks for it."""
    try:
        spark.conf.set(_PUSH_DOWN, "true")
    except Exception:  # a cluster may forbid it in ways of its own
        return False
    return spark.conf.get(_PUSH_DOWN, "false") == "true"
