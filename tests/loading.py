"""Small tables, rows and loads, as a sync hands them to a destination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.load import Load, TableSpec
from tiktok_ads.plan import Bookmark, LoadedDays, Slice, Window

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = date(2026, 1, 1)
MONEY = pa.decimal128(18, 6)
REPORT = ReportStream(
    name="ad_insights",
    doc="One row per ad and day.",
    report_type="BASIC",
    data_level="AUCTION_AD",
    dimensions=("ad_id", "stat_time_day"),
    metrics=("campaign_id", "adgroup_id", "spend", "impressions"),
    primary_key=("advertiser_id", "campaign_id", "adgroup_id", "ad_id", "stat_time_day"),
)
ADS = EntityStream(
    name="ads",
    doc="One row per ad.",
    endpoint="ad/get",
    fields=(Field("advertiser_id", "id"), Field("ad_id", "id"), Field("modify_time", "utc")),
    primary_key=("advertiser_id", "ad_id"),
    replication_key="modify_time",
)


def column(name: str, kind: pa.DataType, catalog_kind: str = "text", *, expires: bool = False) -> pa.Field:
    metadata = {"comment": f"What {name} says.", "kind": catalog_kind}
    return pa.field(name, kind, metadata={**metadata, "expires": "1"} if expires else metadata)


EXTRA = column("_extra", pa.string(), "json")
REPORT_COLUMNS = pa.schema(
    [
        column("advertiser_id", pa.string(), "id"),
        column("ad_id", pa.string(), "id"),
        column("stat_time_day", pa.date32(), "day"),
        column("campaign_id", pa.string(), "id"),
        column("adgroup_id", pa.string(), "id"),
        column("spend", MONEY, "money"),
        column("impressions", pa.int64(), "count"),
        EXTRA,
    ]
)
AD_COLUMNS = pa.schema(
    [
        column("advertiser_id", pa.string(), "id"),
        column("ad_id", pa.string(), "id"),
        column("ad_name", pa.string(), "name"),
        column("campaign_id", pa.string(), "id"),
        column("adgroup_id", pa.string(), "id"),
        column("secondary_status", pa.string()),
        column("tags", pa.list_(pa.string())),
        column("link", pa.string(), expires=True),
        column("is_deleted", pa.bool_(), "bool"),
        EXTRA,
    ]
)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def window(first: int, last: int) -> Window:
    return Window(day(first), day(last))


def report_spec(schema: pa.Schema = REPORT_COLUMNS, *, store_changes: bool = False) -> TableSpec:
    return TableSpec(
        name=REPORT.name,
        doc=REPORT.doc,
        version=1,
        schema=schema,
        primary_key=REPORT.primary_key,
        uniqueness=REPORT.uniqueness,
        kind="report",
        day_column="stat_time_day",
        store_changes=store_changes,
    )


def ads_spec(schema: pa.Schema = AD_COLUMNS, *, store_changes: bool = True) -> TableSpec:
    return TableSpec(
        name=ADS.name,
        doc=ADS.doc,
        version=1,
        schema=schema,
        primary_key=ADS.primary_key,
        uniqueness=ADS.uniqueness,
        kind="entity",
        day_column=None,
        store_changes=store_changes,
    )


def table(rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{**dict.fromkeys(schema.names), **row} for row in rows], schema=schema)


def spent(ad_id: str | None, number: int, spend: str = "1.5", **more: object) -> dict[str, object]:
    """A report row of advertiser 1."""
    row = {"advertiser_id": "1", "ad_id": ad_id, "stat_time_day": day(number), "spend": Decimal(spend)}
    return {**row, "impressions": 10, **more}


def report(
    rows: Sequence[Mapping[str, object]],
    days: Window,
    *,
    advertiser_id: str = "1",
    schema: pa.Schema = REPORT_COLUMNS,
    store_changes: bool = False,
    loaded: Window | None = None,
) -> Load:
    """A load of the report; `loaded` is what the bookmark says afterwards, the window itself unless named."""
    done = loaded or days
    bookmark = Bookmark(REPORT.name, advertiser_id, days=(LoadedDays(done.first, done.last, "s", "c"),))
    return Load(
        spec=report_spec(schema, store_changes=store_changes),
        slice=Slice(REPORT, advertiser_id, window=days),
        rows=table(rows, schema),
        bookmark=bookmark,
        advertiser_ids=(advertiser_id,),
    )


def ad(ad_id: str, **more: object) -> dict[str, object]:
    return {"advertiser_id": "1", "ad_id": ad_id, "ad_name": f"Ad {ad_id}", "is_deleted": False, **more}


def ads(
    rows: Sequence[Mapping[str, object]],
    *,
    advertiser_id: str = "1",
    schema: pa.Schema = AD_COLUMNS,
    store_changes: bool = True,
    complete: bool = True,
    drop_deleted: bool = False,
) -> Load:
    return Load(
        spec=ads_spec(schema, store_changes=store_changes),
        slice=Slice(ADS, advertiser_id),
        rows=table(rows, schema),
        bookmark=Bookmark(ADS.name, advertiser_id, full_list_at=AT),
        advertiser_ids=(advertiser_id,),
        remove_missing=complete,
        drop_deleted=drop_deleted,
    )


def with_columns(load: Load, schema: pa.Schema, rows: Sequence[Mapping[str, object]]) -> Load:
    """The same load with other columns."""
    return replace(load, spec=replace(load.spec, schema=schema), rows=table(rows, schema))


def later(days: int) -> datetime:
    return AT + timedelta(days=days)


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(path, read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def landed(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What a user sees who opens the file between two runs."""
    with reading(path) as connection:
        connection.execute("SET schema = 'tiktok_ads'")
        return connection.execute(sql).fetchall()
