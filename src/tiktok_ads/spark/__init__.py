"""TikTok Ads as a data source of Apache Spark: `register(spark)`, then `spark.read.format("tiktok_ads")`."""

from tiktok_ads.spark.failures import error_of
from tiktok_ads.spark.registering import register

__all__ = ["error_of", "register"]
