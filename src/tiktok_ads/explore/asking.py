"""Asks a question in a process of its own, and ends that process when time is up or nobody waits any more."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

from tiktok_ads.errors import DestinationBusy, LoadError
from tiktok_ads.explore.query import Query, QueryError
from tiktok_ads.explore.wire import Told, Wanted
from tiktok_ads.load.duckdb_file import check_path

_GRACE_SECONDS = 4
"""What a process has to begin and to say that its time was up."""
_PATIENCE_SECONDS = 2
_OURS = ("TIKTOK_ADS_", "PG", "AWS_", "AZURE_", "GOOGLE_")
"""Environment variables that hold secrets or lead to them, and that no question needs."""


@dataclass(frozen=True)
class Answer:
    """The rows of an answer, in a file that is there until the question is left.

    `tables` are those that the question reads, as far as DuckDB tells.
    """

    path: Path
    rows: int
    is_cut: bool
    seconds: float
    tables: tuple[str, ...] = ()

    def reader(self) -> pa.RecordBatchReader:
        """The rows as they are asked for, without all of them in memory."""
        return pa.ipc.open_stream(pa.memory_map(str(self.path)))

    def table(self) -> pa.Table:
        return self.reader().read_all()


@asynccontextmanager
async def ask(query: Query) -> AsyncIterator[Answer]:
    """The answer to a question. Cancelling ends the process at once.

    Raises:
        QueryError: it is not one SELECT, is wrong, or needs more time or memory than there is.
        ConfigError: there is no such file yet, or the destination cannot be used.
        DestinationBusy: somebody writes to the file.
        LoadError: the file cannot be read.
    """
    query.check()
    path = query.file().absolute()
    check_path(path, read_only=True)
    with tempfile.TemporaryDirectory(prefix="tiktok_ads_", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "answer.arrow"
        wanted = Wanted(query.sql, str(path), query.schema, str(place), query.rows, query.seconds)
        began = time.monotonic()
        told = await _told(wanted)
        while told.error == DestinationBusy.__name__ and time.monotonic() - began < _PATIENCE_SECONDS:
            await asyncio.sleep(0.1)
            told = await _told(wanted)
        if told.error == DestinationBusy.__name__:
            raise DestinationBusy(told.message, str(path))
        if told.error == QueryError.__name__:
            raise QueryError(told.message, told.hint, told.line, told.column)
        if told.error:
            raise LoadError(told.message, str(path))
        yield Answer(place, told.rows, told.is_cut, time.monotonic() - began, told.tables)


async def _told(wanted: Wanted) -> Told:
    """What a process of its own says of the question."""
    # -P: a file of the folder one happens to be in must not take the place of a library.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "tiktok_ads.explore.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
    )
    try:
        said, _ = await asyncio.wait_for(
            process.communicate(msgspec.json.encode(wanted)), wanted.seconds + _GRACE_SECONDS
        )
    except TimeoutError:
        late = f"It took longer than {wanted.seconds:g} seconds and was stopped."
        return Told(QueryError.__name__, late, "Ask for fewer rows or days.")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        return msgspec.json.decode(said, type=Told)
    except msgspec.DecodeError:
        # It was ended from outside, or broke down; either way nothing but itself was harmed.
        broken = "It needed more than a question may have, and was stopped."
        return Told(QueryError.__name__, broken, "Ask for fewer rows or columns.")
