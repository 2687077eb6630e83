"""How a lake is opened, and what is found out before anything is fetched."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load.lake import log
from tiktok_ads.load.lake.files import Files, Folder
from tiktok_ads.load.lake.lake import Lake
from tiktok_ads.load.lake.parquet import Parquet
from tiktok_ads.load.lake.parts import cleaned
from tiktok_ads.load.lake.shelf import Shelf
from tiktok_ads.load.lake.urls import Where, where
from tiktok_ads.load.lake.views import Views
from tiktok_ads.load.lake.workspace import Workspace

_VIEWS = "500MB"


@contextmanager
def open_lake(url: str, *, schema: str, read_only: bool, memory_limit: str) -> Iterator[Lake]:
    """As `open_destination`."""
    place = where(url)
    files = _files(place, schema)
    if read_only:
        _check_there(place, files)
    with closing(files), _explained(files), files.held(for_reading=read_only) as is_held:
        log.check_ours(files)
        shelf = _shelf(place, files)
        with Workspace(files, schema=schema, memory_limit=memory_limit) as workspace:
            yield Lake(files, shelf, workspace, is_held=is_held, read_only=read_only)


@contextmanager
def open_views(url: str, *, schema: str, memory_limit: str = _VIEWS) -> Iterator[Views]:
    """All tables of a lake, its own too, as views of a DuckDB in memory; nothing is written."""
    with _viewing(url, schema, memory_limit) as (views, files):
        views.show_all(log.runs(files))
        yield views


@contextmanager
def open_columns(url: str, *, schema: str, memory_limit: str) -> Iterator[Views]:
    """As `open_views`, with no rows until they are shown, and locked: nothing but the lake can be reached.

    Raises:
        ConfigError: nothing was ever loaded there.
        NotOurs: it holds something else.
    """
    with _viewing(url, schema, memory_limit) as (views, files):
        log.check_ours(files)
        views.show_columns(log.runs(files))
        views.lock()
        yield views


@contextmanager
def _viewing(url: str, schema: str, memory_limit: str) -> Iterator[tuple[Views, Files]]:
    place = where(url)
    files = _files(place, schema)
    _check_there(place, files)
    with closing(files), _explained(files):
        state, entry = log.read(files)
        shelf = _shelf(place, files)
        with Views(files, shelf, state, pending=entry, schema=schema, memory_limit=memory_limit) as views:
            yield views, files


def _check_there(place: Where, files: Files) -> None:
    if place.store is None and not Path(files.name).is_dir():
        raise ConfigError(f"There is no folder {files.name} yet.", "A sync makes it.")


def exists(url: str) -> bool:
    """Whether anything was ever written there; of an object store it is known once it is reached."""
    place = where(url)
    return place.store is not None or Path(place.root).is_dir()


def check_writable(url: str, *, schema: str) -> None:
    """As `tiktok_ads.load.check_writable`."""
    place = where(url)
    files = _files(place, schema)
    if place.store is None:
        _check_folder(Path(files.name))
        _shelf(place, files)
        if not Path(files.name).exists():
            return
    with closing(files), _explained(files), files.held(for_reading=False):
        log.check_ours(files)
        log.read(files)
        _shelf(place, files)
        name = f"{log.WAITING}/check-{uuid.uuid4().hex}"
        files.put(name, b"")
        files.delete(name)
        files.prune(log.WAITING)


def _check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made or written to."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise ConfigError(f"{there} is no folder.", "Name a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(
            f"The folder {there} may not be written.", "Give yourself the right to, or name another."
        )


def _files(place: Where, schema: str) -> Files:
    root = place.under(cleaned(schema))
    if place.store is None:
        return Folder(Path(root))
    from tiktok_ads.load.lake.store import Store

    return Store(place, root)


def _shelf(place: Where, files: Files) -> Shelf:
    if place.kind == "delta":
        from tiktok_ads.load.lake.delta import Delta

        return Delta(files, is_alone=place.store is None)
    return Parquet(files, is_alone=place.store is None)


@contextmanager
def _explained(files: Files) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LoadError(f"{error.strerror or error}.", files.name) from error
