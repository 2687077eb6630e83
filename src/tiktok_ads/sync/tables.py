"""Each table as the settings want it: its columns, its shape, and what the destination must know of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog, catalog, pick_streams
from tiktok_ads.catalog.model import EntityStream, Field, ReportStream, Stream
from tiktok_ads.config import Settings
from tiktok_ads.decode import entity_fields, report_fields, schema_of
from tiktok_ads.load import TableSpec
from tiktok_ads.plan import Wanted


@dataclass(frozen=True)
class Table:
    """A stream with its settings applied. `metrics` are those asked of TikTok; none for an entity."""

    stream: Stream
    fields: tuple[Field, ...]
    metrics: tuple[str, ...]
    wanted: Wanted
    store_changes: bool

    @property
    def name(self) -> str:
        return self.stream.name

    def spec(self, schema: pa.Schema | None = None) -> TableSpec:
        """What the destination must know; `schema` where the rows have more columns than the catalog."""
        is_report = isinstance(self.stream, ReportStream)
        return TableSpec(
            name=self.stream.name,
            doc=self.stream.doc,
            version=self.stream.version,
            schema=schema or schema_of(self.fields),
            primary_key=self.stream.primary_key,
            uniqueness=self.stream.uniqueness,
            kind="report" if is_report else "entity",
            day_column="stat_time_day" if is_report else None,
            store_changes=self.store_changes,
        )


def tables_of(settings: Settings) -> list[Table]:
    """The tables that the settings name, in catalog order.

    Raises:
        UnknownStream: a name or pattern fits none.
    """
    return [_table(stream, settings, catalog()) for stream in pick_streams(settings.tables)]


def _table(stream: Stream, settings: Settings, known: Catalog) -> Table:
    if isinstance(stream, EntityStream):
        columns = settings.columns_for(stream)
        metrics: tuple[str, ...] = ()
        fields = entity_fields(stream, columns or ())
        shape = _short([stream.version, settings.include_deleted, sorted(columns or ())])
        lookback_days = 0
    else:
        metrics = settings.metrics_for(stream)
        fields = report_fields(stream, metrics, known)
        asked = [stream.report_type, stream.data_level, *stream.dimensions]
        shape = _short([stream.version, settings.include_deleted, *asked])
        lookback_days = settings.lookback_for(stream.name)
    wanted = Wanted(
        stream,
        shape=shape,
        columns=_short(sorted(field.name for field in fields)),
        lookback_days=lookback_days,
    )
    return Table(stream, fields, metrics, wanted, settings.stores_changes(stream))


def _short(parts: Sequence[object]) -> str:
    return hashlib.sha256(repr(list(parts)).encode()).hexdigest()[:12]
