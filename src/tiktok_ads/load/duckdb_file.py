"""The DuckDB file itself: whether it is there, ours and free, how it is opened, and its errors in words."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tiktok_ads.errors import ConfigError, DestinationBusy, LoadError, NotOurs
from tiktok_ads.load.sql import quoted
from tiktok_ads.load.state import owned

_PRIVATE = 0o077
_umask_lock = threading.Lock()
_umask_holders = 0
_umask_before = 0


@contextmanager
def private_files() -> Iterator[None]:
    """Make every file that is created meanwhile its owner's alone: the database, its log, its spill.

    A mode that is set after a file was created would leave an instant in which others can open it.
    """
    global _umask_holders, _umask_before
    with _umask_lock:
        if _umask_holders == 0:
            _umask_before = os.umask(_PRIVATE)
        _umask_holders += 1
    try:
        yield
    finally:
        with _umask_lock:
            _umask_holders -= 1
            if _umask_holders == 0:
                os.umask(_umask_before)


def connect(path: Path, *, read_only: bool, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """Open the file; extensions are never fetched, Python variables never taken for tables.

    Raises:
        ConfigError, NotOurs, DestinationBusy, LoadError: as in `check_writable`.
    """
    check_path(path, read_only=read_only)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        # Pages are fetched and decoded meanwhile; for groups of some 30,000 rows more threads only cost CPU.
        "threads": 1,
        # Folding the log into the file after each group would pack the same rows again and again.
        "checkpoint_threshold": "128MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with explained(path), private_files():
        connection = duckdb.connect(path, read_only=read_only, config=config)
        connection.execute("SET python_enable_replacements = false")
    return connection


def check_path(path: Path, *, read_only: bool) -> None:
    """Look at the path without opening the file.

    Raises:
        ConfigError: the folder or the file cannot be used.
        NotOurs: it is an empty file.
    """
    if path.is_dir():
        raise ConfigError(f"{path} is a folder.", f"Name a file in it, such as {path / 'tiktok_ads.duckdb'}.")
    if path.is_file():
        # It is not opened for a look: a process that closes a file loses every lock that it holds on it, also
        # DuckDB's, while a run writes. Whether it is a database DuckDB says; it would fill an empty one.
        if not os.access(path, os.R_OK):
            raise ConfigError(f"{path} may not be read.", "Give yourself the right to, or name another file.")
        if path.stat().st_size == 0:
            raise NotOurs("it is an empty file; it was left alone. Name another file.", str(path))
        if not read_only and not os.access(path, os.W_OK):
            raise ConfigError(
                f"{path} may not be written.", "Give yourself the right to, or name another file."
            )
        return
    if path.exists() or path.is_symlink():
        raise ConfigError(f"{path} is neither a file nor free to become one.", "Name another file.")
    if read_only:
        raise ConfigError(f"There is no file {path} yet.", "A sync makes it.")
    _check_folder(path.parent)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        why = "is no folder" if folder.exists() else "does not exist"
        raise ConfigError(f"The folder {folder} {why}.", "Make it, or name a file elsewhere.")
    try:
        # Rights alone do not tell: the disk may be full, or mounted for reading.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be written: {error.strerror}.") from None


def check_writable(path: Path, *, schema: str) -> None:
    """As `destination.check_writable`."""
    check_path(path, read_only=False)
    if not path.exists():
        return
    _check_folder(path.resolve().parent)
    connection = connect(path, read_only=False, memory_limit="150MB")
    try:
        with explained(path):
            check_schema(connection, schema, path)
    finally:
        connection.close()


def check_schema(connection: duckdb.DuckDBPyConnection, schema: str, path: Path) -> None:
    """Whether what stands in the schema is ours: our register of tables is there, or nothing is.

    Raises:
        NotOurs: it holds tables that we did not make.
    """
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = ?",
        [schema],
    ).fetchall()
    names = {str(name) for (name,) in found}
    columns = connection.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_catalog = current_database() AND table_schema = ? AND table_name = '_tables'",
        [schema],
    ).fetchall()
    registered: set[str] = set()
    if {("table_name",), ("version",)}.issubset(columns):
        rows = connection.execute(f"SELECT table_name FROM {quoted(schema)}._tables").fetchall()
        registered = owned(str(name) for (name,) in rows)
    foreign = sorted(names - registered)
    if foreign:
        raise NotOurs(
            f"its schema {schema} holds tables that are not ours ({', '.join(foreign[:5])}). "
            "Nothing was written; name another file, or move them to another schema.",
            str(path),
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors into ours, with words that say what to do."""
    try:
        yield
    except duckdb.Error as error:
        raise in_words(error, path) from error
    except OSError as error:
        raise LoadError(f"{error.strerror or error}.", str(path)) from error


def in_words(error: duckdb.Error, path: Path) -> LoadError:
    """Our error for one of DuckDB's."""
    said = " ".join(str(error).split())
    where = str(path)
    if "Could not set lock" in said:
        pid = re.search(r"PID (\d+)", said)
        who = f"process {pid[1]}" if pid else "another process"
        return DestinationBusy(f"{who} has the file open. Close it there, or wait until it is done.", where)
    if "different configuration" in said or "already attached" in said:
        return DestinationBusy("this process has the file open already.", where)
    if "not a valid DuckDB" in said or '"sqlite' in said.lower():
        return NotOurs("it is no DuckDB file; it was left alone. Name another file.", where)
    if isinstance(error, duckdb.OutOfMemoryException):
        advice = (
            "the memory set for the destination is too small for this load; raise it, or load less at once"
        )
    elif "No space left" in said:
        advice = "the disk is full; make room and run again"
    elif "WAL" in said:
        advice = (
            f"its log {path.name}.wal could not be read back. Do not delete that log, it holds committed "
            "rows: copy both files away and report this"
        )
    elif isinstance(error, duckdb.IOException):
        advice = "the file could not be read or written; check the disk and run again"
    else:
        advice = "the database refused it"
    return LoadError(f"{advice} ({said[:400]}).", where)
