"""The streams that can be had: their keys, their columns, and whether they can be read on from a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.config import Settings
from tiktok_ads.load import TableSpec
from tiktok_ads.sync.tables import tables_of


@dataclass(frozen=True)
class Offered:
    """A stream. `cursor` is the column that a state is about; "" where it is read whole each time.

    `is_usual` marks those that are read where nothing is chosen.
    """

    spec: TableSpec
    cursor: str
    is_usual: bool

    @property
    def name(self) -> str:
        return self.spec.name


def offered(settings: Settings) -> list[Offered]:
    """Every table of the catalog and every report of the settings. Asks nobody."""
    usual = {one.name for one in settings.chosen_streams()} | settings.chosen_reports().keys()
    everything = choosing(settings, [*catalog().streams, *settings.reports])
    found = []
    for table in tables_of(everything):
        cursor = table.stream.day_column or table.stream.replication_key or ""
        found.append(Offered(table.spec(), cursor, table.name in usual))
    return found


def choosing(settings: Settings, names: Sequence[str]) -> Settings:
    """The settings with these tables; each is named in full, so those with personal data count as wanted."""
    return settings.model_copy(update={"tables": tuple(names)})
