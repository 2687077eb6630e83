"""Explore: which database is asked, what stands in it, and what a typed SELECT gives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tiktok_ads.config import Settings
from tiktok_ads.errors import UnknownName
from tiktok_ads.explore import Query, ask, can_be_asked
from tiktok_ads.load import exists
from tiktok_ads.load.reading import Column, open_reader
from tiktok_ads.output import FileFormat
from tiktok_ads.ui.cells import Grid, grid_of
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.downloads import download

GRID_ROWS = 1_000
MOST_DOWNLOADED = 1_000_000
"""Rows of a download, unless 256 MB are reached before."""
_LOOKS_SECONDS = 0.3
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Place:
    """A database that can be asked: under which id, how it is shown, and for which datasets it is."""

    id: str
    url: str
    schema: str
    shown: str
    datasets: tuple[str, ...]

    @property
    def is_file(self) -> bool:
        return can_be_asked(self.url)


@dataclass(frozen=True)
class Listed:
    """A table at the side of the box."""

    name: str
    columns: tuple[Column, ...]

    @property
    def is_ours(self) -> bool:
        """What the loader keeps for itself."""
        return self.name.startswith("_")


def places(desk: Desk) -> list[Place]:
    """Every database that a dataset or the general setting names, each once.

    Raises:
        ConfigError: the settings file cannot be used.
    """
    found: dict[str, list[str]] = {}
    shown: dict[str, Settings] = {}
    for name, settings in [*desk.jobs().items(), ("", desk.settings())]:
        known = _id(settings)
        shown[known] = settings
        found.setdefault(known, []).extend(filter(None, [name]))
    made = [
        Place(
            known,
            settings.destination,
            settings.schema_name,
            str(settings.redacted()["destination"]),
            tuple(found[known]),
        )
        for known, settings in shown.items()
    ]
    # The general setting may name a file that nobody uses: it comes last, and not if others are there.
    return [one for one in made if one.datasets] or made


def place(desk: Desk, known: str = "") -> Place:
    """One of them, the first file if none is named.

    Raises:
        UnknownName: there is none of that id; only databases of datasets are opened.
        ConfigError: the settings file cannot be used.
    """
    all_places = places(desk)
    if not known:
        return next((one for one in all_places if one.is_file), all_places[0])
    for one in all_places:
        if one.id == known:
            return one
    raise UnknownName("There is no dataset with this database.", "Choose one of those that are offered.")


def tables(where: Place) -> list[Listed]:
    """What stands in the database, the loader's own at the end; nothing if nothing was ever loaded.

    Raises:
        DestinationBusy: a run has it open.
        LoadError, ConfigError: it cannot be opened.
    """
    if not where.is_file or not exists(where.url):
        return []
    with open_reader(where.url, schema=where.schema) as reader:
        found = [Listed(name, columns) for name, columns in reader.tables().items()]
    return sorted(found, key=lambda one: (one.is_ours, one.name))


async def answer(where: Place, sql: str) -> Grid:
    """The first rows that a statement gives. Raises as `explore.ask`."""
    async with ask(_query(where, sql, GRID_ROWS)) as found:
        table = await run_in_threadpool(found.table)
        return grid_of(table, is_cut=found.is_cut, seconds=found.seconds)


async def answer_file(where: Place, sql: str, kind: FileFormat) -> Response:
    """All rows of the same statement, run again, as a file. Raises as `explore.ask` and `download`."""
    async with ask(_query(where, sql, MOST_DOWNLOADED)) as found:
        sent = await run_in_threadpool(_file, found.reader, kind, sql)
        if found.is_cut:
            sent.headers["X-Notes"] = f"Only the first {found.rows} rows are in the file."
        return sent


def _file(reader: Any, kind: FileFormat, sql: str) -> Response:
    return download(reader(), name="answer", kind=kind, description=" ".join(sql.split()))


def _query(where: Place, sql: str, rows: int) -> Query:
    # A browser sends every line end as two letters, which would shift the places of errors.
    return Query(sql.replace("\r\n", "\n"), where.url, where.schema, rows)


async def unless_gone(request: Request, work: Coroutine[Any, Any, _Found]) -> _Found | None:
    """What the work gives; it is broken off when the browser goes away, which gives None."""
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=_LOOKS_SECONDS))[0]:
            if await request.is_disconnected():
                return None
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _id(settings: Settings) -> str:
    """What a form says for a database: without a password, and different where the schema is."""
    shown = str(settings.redacted()["destination"])
    return shown if settings.schema_name == "tiktok_ads" else f"{shown}#{settings.schema_name}"
