"""`spark.readStream`: an offset is a day and a moment; each batch has what is new or had not settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pyarrow as pa
from pyspark.sql.datasource import DataSourceStreamReader, InputPartition

from tiktok_ads.spark.carried import Carried
from tiktok_ads.spark.errand import Errand, Share
from tiktok_ads.spark.failures import told_to_spark
from tiktok_ads.spark.options import Asked
from tiktok_ads.spark.planned import shares_of
from tiktok_ads.spark.pushed import Narrowed
from tiktok_ads.spark.reading import read_share

Offset = dict[str, str]
BEGINNING: Offset = {"day": "", "at": ""}


class Stream(DataSourceStreamReader):
    """One stream. A batch that Spark repeats asks for the same days: they follow from its offsets alone."""

    def __init__(self, asked: Asked, errand: Errand, carried: Carried, clock: Callable[[], datetime]) -> None:
        self._asked, self._errand, self._carried, self._clock = asked, errand, carried, clock
        self._newest = BEGINNING

    def __getstate__(self) -> dict[str, object]:
        # Executors read; what only planning needs does not go there.
        return {"_errand": self._errand}

    def initialOffset(self) -> Offset:
        return BEGINNING

    def latestOffset(self, start: Offset | None = None, limit: object = None) -> Offset:
        """The offset before, until its part of the day is over. Spark 4.1 does not tell it."""
        before = start or self._newest
        now = self._clock().astimezone(UTC).replace(microsecond=0)
        if before["at"] and not self._is_later(now, datetime.fromisoformat(before["at"])):
            return before
        self._newest = {"day": now.date().isoformat(), "at": now.isoformat()}
        return self._newest

    def partitions(self, start: Offset, end: Offset) -> list[InputPartition]:
        if start == end:
            return []
        since = datetime.fromisoformat(start["at"]) if start["at"] else None
        with told_to_spark(), self._carried.put_on():
            at = datetime.fromisoformat(end["at"])
            shares = asyncio.run(shares_of(self._asked, Narrowed(), now=at, given=True, since=since))
        return [InputPartition(share) for share in shares]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        return read_share(self._errand, partition.value or Share(datetime.now(UTC)))

    def _is_later(self, now: datetime, before: datetime) -> bool:
        """Whether another part of the day, in UTC, has begun."""
        return self._part(now) > self._part(before)

    def _part(self, moment: datetime) -> tuple[int, int]:
        return moment.toordinal(), moment.hour // self._asked.refresh_hours
