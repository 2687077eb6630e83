"""How a warehouse is opened, and what is found out before anything is fetched."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import filelock
import platformdirs

from tiktok_ads.errors import ConfigError, DestinationBusy
from tiktok_ads.load.lake.files import Files
from tiktok_ads.load.warehouse.memory import Memory
from tiktok_ads.load.warehouse.pipe import Pipe
from tiktok_ads.load.warehouse.urls import check_schema, where
from tiktok_ads.load.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class _Named:
    """All that the workspace asks of files here: how an error calls them."""

    name: str


@contextmanager
def open_warehouse(
    url: str, *, schema: str, read_only: bool, memory_limit: str, state_dir: Path | None = None
) -> Iterator[Warehouse]:
    """As `open_destination`; `state_dir` keeps dlt's unfinished packages, and says who holds it."""
    check_schema(schema)
    place = where(url)
    named = cast(Files, _Named(place.shown))
    with (
        _held(_folder(url, schema, state_dir), place.shown, read_only=read_only) as folder,
        Pipe(place, schema=schema, folder=folder) as pipe,
        Memory(named, schema=schema, memory_limit=memory_limit) as workspace,
    ):
        workspace.max_name_bytes = min(255, pipe.capabilities.max_identifier_length)
        yield Warehouse(pipe, workspace, read_only=read_only)


def exists(url: str) -> bool:
    """Whether anything was ever written there; of a server it is known once it is reached."""
    place = where(url)
    return place.kind != "duckdb" or Path(place.credentials or "").exists()


def check_writable(url: str, *, schema: str) -> None:
    """As `tiktok_ads.load.check_writable`."""
    place = where(url)
    if place.kind == "duckdb":
        file = Path(place.credentials or "")
        if not file.absolute().parent.is_dir():
            raise ConfigError(f"There is no folder {file.absolute().parent}.", "Make it, or name another.")
        if not file.exists():
            return
    with open_warehouse(url, schema=schema, read_only=False, memory_limit="80MB"):
        # Opened, its register read: login and rights to read are there.
        return


def _folder(url: str, schema: str, state_dir: Path | None) -> Path:
    told = os.environ.get("TIKTOK_ADS_STATE_DIR")
    root = state_dir or Path(told or platformdirs.user_state_dir("tiktok-ads", appauthor=False))
    place = where(url)
    whole = str(Path(place.credentials or "").absolute()) if place.kind == "duckdb" else place.shown
    digest = hashlib.sha256(f"{place.kind} {whole} {schema}".encode()).hexdigest()[:16]
    return root / "warehouses" / f"{place.kind}-{digest}"


@contextmanager
def _held(folder: Path, name: str, *, read_only: bool) -> Iterator[Path]:
    """Hold a warehouse against every other process that has the same state folder."""
    if read_only:
        with tempfile.TemporaryDirectory(prefix="tiktok_ads_") as own:
            yield Path(own)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise DestinationBusy("another process loads into it. Run again once it is done.", name) from None
    try:
        yield folder
    finally:
        lock.release()
