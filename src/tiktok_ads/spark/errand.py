"""What goes from the driver to the executors: once for all partitions, and for each its share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from tiktok_ads.config import Settings
from tiktok_ads.plan import Advertiser, Slice, Window
from tiktok_ads.spark.carried import Carried
from tiktok_ads.sync.tables import Table


@dataclass(frozen=True)
class Errand:
    """What all partitions have in common.

    `host` is the machine that planned: a quota that is counted in a file reaches no farther.
    """

    settings: Settings
    table: Table
    schema: pa.Schema
    skips_closed: bool
    carried: Carried
    host: str


@dataclass(frozen=True)
class Share:
    """Slices of one owner, by their windows; None is a list, or a report without days.

    `at` is the present for every attempt, so that a repeated one asks for the same days. `top_view` tells
    whether the owner has TopView, None if that is still to be found out. `rows` are there already where the
    table came with the accounts.
    """

    at: datetime
    owner: Advertiser | None = None
    windows: tuple[Window | None, ...] = ()
    top_view: bool | None = None
    rows: pa.Table | None = None

    def slices(self, table: Table) -> list[Slice]:
        if self.owner is None:
            return []
        shape, columns = table.wanted.shape, table.wanted.columns
        owner_id = self.owner.advertiser_id
        return [
            Slice(table.stream, owner_id, window=one, shape=shape, columns=columns) for one in self.windows
        ]
