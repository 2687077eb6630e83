"""`tiktok_ads.dlt_source`: a dlt resource per table, read by our sync, remembered in the pipeline."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from tiktok_ads.config import Settings, load_settings
from tiktok_ads.dltsource.handed import Handed
from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load.warehouse.columns import hints
from tiktok_ads.plan import Bookmark
from tiktok_ads.runreport import RunReport
from tiktok_ads.sync import run_sync
from tiktok_ads.sync.run import Transport
from tiktok_ads.sync.tables import Table, tables_of

_STATE = "bookmarks"


def dlt_source(
    settings: Settings | None = None,
    *,
    tables: Sequence[str] | None = None,
    transport: Transport | None = None,
    now: datetime | None = None,
) -> Any:
    """The chosen tables as a dlt source, one resource each; `pipeline.run(dlt_source())` loads them.

    Each resource deletes and inserts whole days (lists: whole advertisers), so restated rows are replaced and
    vanished ones go. What is loaded is remembered in the pipeline's state; days within the lookback are read
    again. Lists are read whole each time.

    Args:
        settings: login, advertisers, start and the rest; None reads them as a command would. Their
            destination is left alone.
        tables: names or patterns in place of those of the settings.
        transport: as for `run_sync`, and so is `now`.

    Raises:
        ConfigError: dlt is not installed, or a table cannot be loaded this way.
    """
    try:
        import dlt
    except ImportError:
        raise ConfigError("dlt is not installed.", "pip install 'tiktok-ads-connector[warehouses]'") from None
    chosen = settings or load_settings({})
    if tables is not None:
        chosen = chosen.model_copy(update={"tables": tuple(tables)})
    picked = tables_of(chosen)
    for table in picked:
        _check(table)

    def run(own: Settings, into: Handed) -> RunReport:
        with ThreadPoolExecutor(1) as thread:
            # The caller may have an event loop of its own, as notebooks do.
            syncing = run_sync(own, transport=transport, now=now, into=into)
            return thread.submit(asyncio.run, syncing).result()

    resources = [_resource(dlt, table, chosen, run) for table in picked]
    return dlt.source(lambda: resources, name="tiktok_ads")()


def _check(table: Table) -> None:
    spec = table.spec()
    fits = spec.method == "partition" or (spec.method == "replace" and spec.day_column is None)
    if not fits:
        raise ConfigError(
            f"The table {spec.name} is updated by {spec.method}, which a dlt source cannot promise.",
            "Choose partition for days or replace for lists, or load it with `tiktok-ads sync`.",
        )


def _resource(
    dlt: Any, table: Table, settings: Settings, run: Callable[[Settings, Handed], RunReport]
) -> Any:
    spec = table.spec()
    comments = {field.name: (field.metadata or {}).get(b"comment", b"").decode() for field in spec.schema}
    own = settings.model_copy(update={"tables": (spec.name,)})

    def rows() -> Iterator[pa.Table]:
        state = dlt.current.resource_state()
        told: dict[str, str] = state.get(_STATE, {}) if spec.day_column else {}
        marks = [msgspec.json.decode(text, type=Bookmark) for text in told.values()]
        with tempfile.TemporaryDirectory(prefix="tiktok_ads_") as folder:
            handed = Handed(
                spec, Path(folder) / "rows.parquet", {(one.stream, one.advertiser_id): one for one in marks}
            )
            try:
                report = run(own, handed)
            finally:
                handed.close()
            if report.outcome == "failed":
                why = "; ".join(str(one.what) for one in report.skipped[:3]) or "see the log"
                raise LoadError(f"{spec.name} could not be read: {why}", "dlt source")
            yield from handed.batches()
            state[_STATE] = {
                owner: msgspec.json.encode(mark).decode()
                for (stream, owner), mark in handed.bookmarks().items()
                if stream == spec.name
            }

    columns = hints(Handed(spec, Path(), {}).columns, comments)
    return dlt.resource(
        rows,
        name=spec.name,
        write_disposition={"disposition": "merge", "strategy": "delete-insert"},
        columns=columns,
    )
