"""The floor: a plain script that fetches the same pages into DuckDB, and neither checks nor remembers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import msgspec
import pyarrow as pa

WINDOW_DAYS = 30
PAGE_SIZE = 1000
AT_ONCE = 8


async def fetch_all(
    url: str,
    *,
    token: str,
    advertiser_id: str,
    dimensions: Sequence[str],
    types: Mapping[str, str],
    first: date,
    last: date,
    file: Path,
) -> int:
    """Load a report into a new table `ad_insights`, one transaction per window; gives the number of rows.

    `types` are the SQL types of the columns: first the dimensions, then the metrics.
    """
    names = {"dimensions": list(dimensions), "metrics": [name for name in types if name not in dimensions]}
    parts = [
        (part, msgspec.defstruct(part, [(name, str | None, None) for name in inside]))
        for part, inside in names.items()
    ]
    row = msgspec.defstruct("Row", parts)
    info = msgspec.defstruct("Info", [("total_page", int)])
    data = msgspec.defstruct("Data", [("list", list[row]), ("page_info", info)])  # type: ignore[valid-type]
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(msgspec.defstruct("Envelope", [("data", data)]))
    query: dict[str, str | int] = {
        "advertiser_id": advertiser_id,
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "page_size": PAGE_SIZE,
        "filtering": '[{"field_name":"ad_status","filter_type":"IN","filter_value":"[\\"STATUS_ALL\\"]"}]',
        **{part: json.dumps(inside) for part, inside in names.items()},
    }
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    casts = ", ".join(
        name if kind == "VARCHAR" else f"TRY_CAST({name} AS {kind})" for name, kind in types.items()
    )
    total = 0
    connection = duckdb.connect(file)
    connection.execute(f"CREATE TABLE ad_insights (advertiser_id VARCHAR, {columns})")
    insert = f"INSERT INTO ad_insights SELECT '{advertiser_id}', {casts} FROM stage"
    room = asyncio.Semaphore(AT_ONCE)
    async with httpx2.AsyncClient(headers={"Access-Token": token}, timeout=60) as http:

        async def page(window: Mapping[str, str], number: int) -> tuple[pa.Table, int]:
            async with room:
                path = f"{url}/open_api/v1.3/report/integrated/get/"
                answer = await http.get(path, params={**query, **window, "page": number})
            found = decoder.decode(answer.content).data
            values: list[Sequence[str | None]] = []
            for part in names:
                values += zip(*map(msgspec.structs.astuple, map(attrgetter(part), found.list)), strict=True)
            texts = [pa.array(column, pa.string()) for column in values]
            return pa.table(texts, names=list(types)), found.page_info.total_page

        while first <= last:
            end = min(first + timedelta(days=WINDOW_DAYS - 1), last)
            window = {"start_date": first.isoformat(), "end_date": end.isoformat()}
            begun, pages = await page(window, 1)
            others = await asyncio.gather(*(page(window, number) for number in range(2, pages + 1)))
            stage = pa.concat_tables([begun, *(one for one, _ in others)])
            connection.register("stage", stage)
            connection.execute("BEGIN")
            connection.execute(insert)
            connection.execute("COMMIT")
            connection.unregister("stage")
            total += stage.num_rows
            first = end + timedelta(days=1)
    connection.close()
    return total
