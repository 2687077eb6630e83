"""The data source as Spark knows it: options in; a schema, a reader and a stream out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from datetime import UTC, datetime

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, Filter, InputPartition
from pyspark.sql.types import StructType

from tiktok_ads.credentials import find_token
from tiktok_ads.credentials.find import ENV_APP_SECRET, ENV_TOKEN
from tiktok_ads.spark.carried import Carried
from tiktok_ads.spark.errand import Errand, Share
from tiktok_ads.spark.failures import told_to_spark
from tiktok_ads.spark.options import Asked, read_options
from tiktok_ads.spark.planned import chooses_days, shares_of
from tiktok_ads.spark.pushed import Narrowed, narrowed
from tiktok_ads.spark.reading import read_share
from tiktok_ads.spark.shape import arrow_schema, spark_schema
from tiktok_ads.spark.stream import Stream

NAME = "tiktok_ads"
Clock = Callable[[], datetime]


def this_moment() -> datetime:
    return datetime.now(UTC)


class TikTokAds(DataSource):
    """`spark.read.format("tiktok_ads")`. Registering makes a class of it that knows the environment."""

    carried = Carried()
    carries_secrets = False
    pushes = False
    clock: Clock | None = None

    def __init__(self, options: MutableMapping[str, str]) -> None:
        super().__init__(options)
        with told_to_spark(), self.carried.put_on():
            self._asked = read_options(options, now=self._now())

    @classmethod
    def name(cls) -> str:
        return NAME

    def schema(self) -> StructType:
        return spark_schema(self._asked.table)

    def reader(self, schema: StructType) -> DataSourceReader:
        kind = PushingReader if self.pushes else Reader
        made = kind(self._asked, self._errand(schema), self.carried, self.clock)
        self._strip()
        return made

    def streamReader(self, schema: StructType) -> Stream:
        made = Stream(self._asked, self._errand(schema), self.carried, self.clock or this_moment)
        self._strip()
        return made

    def _strip(self) -> None:
        """Spark sends the source along with its reader, and executors get the reader's share alone."""
        self.__class__ = TikTokAds

    def _now(self) -> datetime:
        return (self.clock or this_moment)()

    def _errand(self, schema: StructType) -> Errand:
        with told_to_spark(), self.carried.put_on():
            settings, table = self._asked.settings, self._asked.table
            carried = self.carried.without(ENV_APP_SECRET)
            if self.carries_secrets:
                carried = carried.having(ENV_TOKEN, find_token(settings.connection).secret)
            return Errand(
                settings=settings,
                table=table,
                schema=arrow_schema(schema, table),
                skips_closed=self._asked.skips_closed,
                carried=carried,
                host=socket.gethostname(),
            )


class Reader(DataSourceReader):
    """One query: planned on the driver, read on the executors."""

    def __init__(self, asked: Asked, errand: Errand, carried: Carried, clock: Clock | None) -> None:
        self._asked, self._errand, self._carried, self._clock = asked, errand, carried, clock
        self._narrowed = Narrowed()

    def __getstate__(self) -> dict[str, object]:
        # Executors read; what only planning needs does not go there.
        return {"_errand": self._errand}

    def partitions(self) -> list[InputPartition]:
        with told_to_spark(), self._carried.put_on():
            now = (self._clock or this_moment)()
            planned = shares_of(self._asked, self._narrowed, now=now, given=self._clock is not None)
            return [InputPartition(share) for share in asyncio.run(planned)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        return read_share(self._errand, partition.value or Share(this_moment()))


class PushingReader(Reader):
    """A query whose WHERE is heard before TikTok is asked."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        stream = self._asked.table.stream
        self._narrowed = narrowed(
            filters,
            owner_column="bc_id" if stream.owner == "business_center" else "advertiser_id",
            day_column=stream.day_column if chooses_days(stream) else None,
        )
        # Spark holds every row against them again: a part of a day may have been asked for as the whole.
        return filters
