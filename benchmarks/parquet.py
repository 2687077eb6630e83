"""A lake of Parquet files against writing the same Arrow: CPU of each, in a process of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy
import pyarrow as pa
import pyarrow.parquet as pq

# The destination is imported late; its imports are no rows.
import tiktok_ads.load.lake.opening  # noqa: F401
from benchmarks.ours import cpu_seconds, megabytes
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.load import Load, TableSpec, open_destination
from tiktok_ads.plan import Bookmark, LoadedDays, Slice, Window

ADS = 5_000
DAYS_AT_ONCE = 6
"""Together 30,000 rows, which is what a sync commits at once."""
FIRST = date(2026, 1, 1)
_COUNTS, _MONEY, _RATES = 20, 12, 6


def main(writer: str, rows: str) -> None:
    """Write so many rows of 45 columns, as a first load of one account brings them."""
    with tempfile.TemporaryDirectory() as folder:
        parts, stream = list(_parts(int(rows))), catalog().reports["ad_insights"]
        memory, cpu = megabytes("VmRSS"), cpu_seconds()
        if writer == "plain":
            for number, (_, part) in enumerate(parts):
                pq.write_table(part, Path(folder) / f"{number}.parquet")
        else:
            _sync(f"parquet:///{folder}/lake", stream, parts)
        used = cpu_seconds() - cpu
        print(json.dumps({"cpu": used, "memory": megabytes("VmHWM") - memory, "rows": int(rows)}))


def _sync(url: str, stream: ReportStream, parts: list[tuple[Window, pa.Table]]) -> None:
    spec = _spec(stream, parts[0][1].schema)
    with open_destination(url) as destination:
        for window, part in parts:
            mark = Bookmark("ad_insights", "1", (LoadedDays(FIRST, window.last, "s", "c"),))
            load = Load(spec, Slice(stream, "1", window=window), part, mark, ("1",))
            destination.commit([load], run_id="run", at=datetime(2026, 9, 1, tzinfo=UTC))


def _spec(stream: ReportStream, schema: pa.Schema) -> TableSpec:
    spec = TableSpec(
        name=stream.name,
        doc=stream.doc,
        version=1,
        schema=schema,
        primary_key=stream.primary_key,
        uniqueness=stream.uniqueness,
        kind="report",
        day_column="stat_time_day",
        store_changes=False,
    )
    return replace(spec, uniqueness=("advertiser_id", "ad_id", "stat_time_day"))


def _parts(rows: int) -> Iterator[tuple[Window, pa.Table]]:
    """Rows of consecutive days, each ad once a day; numbers as ads have them, many small and few large."""
    random = numpy.random.default_rng(1)
    for number in range(-(-rows // (ADS * DAYS_AT_ONCE))):
        days = [FIRST + timedelta(days=number * DAYS_AT_ONCE + one) for one in range(DAYS_AT_ONCE)]
        count = ADS * DAYS_AT_ONCE
        ids = [str(1_700_000_000_000_000_000 + one) for one in range(ADS)]
        columns: dict[str, pa.Array] = {
            "advertiser_id": pa.repeat("1", count),
            "ad_id": pa.array(ids * DAYS_AT_ONCE),
            "stat_time_day": pa.array([day for day in days for _ in range(ADS)]),
            "campaign_id": pa.array([str(1_800_000_000_000_000_000 + one // 50) for one in range(ADS)] * 6),
            "adgroup_id": pa.array([str(1_900_000_000_000_000_000 + one // 10) for one in range(ADS)] * 6),
            "currency": pa.repeat("USD", count),
            "ad_name": pa.array([f"Ad {one}" for one in range(ADS)] * DAYS_AT_ONCE),
        }
        shown = random.integers(0, 20_000, count)
        columns |= {f"count_{one}": pa.array(shown // (one + 1)) for one in range(_COUNTS)}
        columns |= {f"money_{one}": _money(shown / (one + 3)) for one in range(_MONEY)}
        columns |= {f"rate_{one}": pa.array(numpy.round(random.random(count), 4)) for one in range(_RATES)}
        yield Window(days[0], days[-1]), pa.table(columns)


def _money(values: numpy.ndarray) -> pa.Array:
    return pa.array(numpy.round(values, 2)).cast(pa.decimal128(25, 6), safe=False).cast(pa.decimal128(18, 6))


if __name__ == "__main__":
    main(*sys.argv[1:])
