"""Each table as the settings want it: its columns, its shape, and what the destination must know of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from tiktok_ads.builder import definition_from, definition_notes, stream_of
from tiktok_ads.catalog.lookup import Catalog, catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream, ReportStream, Stream
from tiktok_ads.config import Settings
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.config.table import ALL
from tiktok_ads.decode import entity_fields, report_fields, schema_of
from tiktok_ads.load import TableSpec
from tiktok_ads.plan import Wanted
from tiktok_ads.plan.date_text import parse_dates

INTEGRATED = "report/integrated/get"
"""The endpoint of most reports."""


@dataclass(frozen=True)
class Table:
    """A stream with its settings applied. `metrics` are those asked of TikTok; none for an entity.

    `notes` are to be said of it in every plan and run.
    """

    stream: Stream
    fields: tuple[Field, ...]
    metrics: tuple[str, ...]
    wanted: Wanted
    store_changes: bool
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.stream.name

    def spec(self, schema: pa.Schema | None = None) -> TableSpec:
        """What the destination must know; `schema` where the rows have more columns than the catalog."""
        days = self.stream.day_column
        is_report = isinstance(self.stream, ReportStream)
        return TableSpec(
            name=self.stream.name,
            doc=self.stream.doc,
            version=self.stream.version,
            schema=schema or schema_of(self.fields),
            primary_key=self.stream.primary_key,
            uniqueness=self.stream.uniqueness,
            # What happened on days is replaced window by window, whether it is measured or listed.
            kind="report" if is_report or days else "entity",
            day_column=days,
            store_changes=self.store_changes,
            update_method=self.stream.update_method if isinstance(self.stream, ReportStream) else None,
            owner_column="bc_id" if self.stream.owner == "business_center" else "advertiser_id",
        )


def tables_of(settings: Settings) -> list[Table]:
    """The tables that the settings name, in catalog order, then the reports that they describe.

    Raises:
        UnknownStream: a name or pattern fits none.
        ConfigError: a report cannot be asked for.
    """
    tables = [_table(stream, settings, catalog()) for stream in settings.chosen_streams()]
    return [*tables, *(_report(name, one, settings) for name, one in settings.chosen_reports().items())]


def _report(name: str, said: ReportSettings, settings: Settings) -> Table:
    """A report of the user's own as a table."""
    definition = definition_from(name, said)
    stream = stream_of(definition)
    metrics = stream.metrics if isinstance(stream, ReportStream) else ()
    table = _table(stream, settings, catalog(), metrics=metrics)
    only = tuple(one for one in definition.advertisers if one != ALL)
    wanted = replace(table.wanted, dates=definition.dates, only=only)
    return replace(table, wanted=wanted, notes=definition_notes(definition))


def _table(
    stream: Stream, settings: Settings, known: Catalog, metrics: tuple[str, ...] | None = None
) -> Table:
    if isinstance(stream, EntityStream):
        columns = settings.columns_for(stream)
        metrics = ()
        fields = entity_fields(stream, columns or ())
        shape = _short([stream.version, settings.include_deleted, sorted(columns or ())])
        own = settings.own_lookback(stream.name)
        lookback_days = (own if own is not None else stream.dated.lookback_days) if stream.dated else 0
    else:
        metrics = settings.metrics_for(stream) if metrics is None else metrics
        fields = report_fields(stream, metrics, known)
        asked = [stream.report_type, stream.data_level, *stream.dimensions, *_further(stream)]
        shape = _short([stream.version, settings.include_deleted, *asked])
        lookback_days = settings.lookback_for(stream.name)
    wanted = Wanted(
        stream,
        shape=shape,
        columns=_short(sorted(field.name for field in fields)),
        lookback_days=lookback_days,
        dates=parse_dates(dates) if (dates := settings.dates_for(stream.name)) else None,
    )
    return Table(stream, fields, metrics, wanted, settings.stores_changes(stream))


def _further(stream: ReportStream) -> list[object]:
    """What else decides which rows there are; nothing for a plain report, whose days stay as they are."""
    told = {
        "filters": stream.filters,
        "params": stream.params,
        "stamped": stream.stamped,
        "period": stream.period,
    }
    if stream.endpoint != INTEGRATED:
        told["endpoint"] = stream.endpoint
    return [pair for pair in told.items() if pair[1]]


def _short(parts: Sequence[object]) -> str:
    return hashlib.sha256(repr(list(parts)).encode()).hexdigest()[:12]
