"""The floor as a measured process: the same rows and metrics as `ours`, by the plain script."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date
from pathlib import Path

from benchmarks.floor import fetch_all
from benchmarks.ours import cpu_seconds, megabytes
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.decode import report_fields
from tiktok_ads.decode.arrow_types import arrow_type
from tiktok_ads.load.columns import sql_type


def main(url: str, advertiser_id: str, first: str, last: str, folder: str) -> None:
    stream = catalog().reports["ad_insights"]
    fields = report_fields(stream, stream.metrics, catalog())
    asked = {*stream.dimensions, *stream.metrics}
    types = {field.name: sql_type(arrow_type(field)) for field in fields if field.name in asked}
    memory, cpu = megabytes("VmRSS"), cpu_seconds()
    rows = asyncio.run(
        fetch_all(
            url,
            token="simulator-token",
            advertiser_id=advertiser_id,
            dimensions=stream.dimensions,
            types=types,
            first=date.fromisoformat(first),
            last=date.fromisoformat(last),
            file=Path(folder) / "floor.duckdb",
        )
    )
    print(json.dumps({"cpu": cpu_seconds() - cpu, "memory": megabytes("VmHWM") - memory, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
