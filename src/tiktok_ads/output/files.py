"""Rows into a file: whole or not at all, over nothing that stands there unless that is said."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import pyarrow as pa

from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.output.csv_file import write_csv
from tiktok_ads.output.jsonl_file import write_jsonl
from tiktok_ads.output.parquet_file import write_parquet

FileFormat = Literal["csv", "jsonl", "parquet", "xlsx"]
FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
STDOUT = "-"
_SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
_TEXT: tuple[FileFormat, ...] = ("csv", "jsonl")


@dataclass(frozen=True)
class Target:
    """Where rows are written, and how; the fields are the arguments of `write_rows`."""

    path: str | Path
    file_format: str = ""
    overwrite: bool = False
    bom: bool = False
    keep_formulas: bool = False
    stdout: BinaryIO | None = None


@dataclass(frozen=True)
class Written:
    """What was written, and what is to be said of it."""

    path: str
    format: FileFormat
    rows: int
    notes: tuple[str, ...] = ()


def format_of(path: str | Path, given: str = "") -> FileFormat:
    """The format of a file: the one given, or by the end of its name.

    Raises:
        ConfigError: there is no such format, or the name does not tell.
    """
    choices = f"Formats: {', '.join(FORMATS)}."
    if given:
        named = _SUFFIXES.get(f".{given.lower().lstrip('.')}")
        if named is None:
            raise ConfigError(f"There is no format {given[:40]!r}.", choices)
        return named
    found = _SUFFIXES.get(Path(path).suffix.lower())
    if found is None:
        raise ConfigError(f"The name {str(path)[:200]!r} does not tell the format.", f"Name one. {choices}")
    return found


def check_target(path: str | Path, *, given: str = "", overwrite: bool = False) -> FileFormat:
    """Find out before any call whether the file could be written.

    Returns:
        Its format.

    Raises:
        ConfigError: the folder is missing, something stands there, or the format cannot be had.
    """
    found = format_of(path, given) if str(path) != STDOUT or given else "csv"
    if found == "xlsx":
        from tiktok_ads.output.xlsx_file import needs_xlsxwriter

        needs_xlsxwriter()
    if str(path) == STDOUT:
        if found not in _TEXT:
            raise ConfigError(
                f"{found} cannot be written to the terminal.", "Name a file, or take csv or jsonl."
            )
        return found
    place = Path(path)
    try:
        if "\x00" in str(path):
            raise ValueError("a name cannot hold a zero character")
        if not place.parent.is_dir():
            raise ConfigError(f"There is no folder {place.parent}.", "Make it first.")
        mode = os.lstat(place).st_mode if os.path.lexists(place) else None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{str(path)[:200]!r} cannot be written: {_why(error)}.") from None
    if mode is None:
        return found
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{place} is not an ordinary file.", "Choose another name.")
    if not overwrite:
        raise _exists(place)
    return found


def write_rows(
    rows: pa.Table | pa.RecordBatchReader,
    path: str | Path,
    *,
    file_format: str = "",
    overwrite: bool = False,
    name: str = "report",
    description: str = "",
    bom: bool = False,
    keep_formulas: bool = False,
    stdout: BinaryIO | None = None,
) -> Written:
    """Write rows to a file: it appears when it is whole, or not at all.

    Args:
        rows: a table, or batches as they come.
        path: where to; `-` is stdout, for CSV and JSON lines.
        file_format: one of `FORMATS`; blank: by the end of the name.
        overwrite: replace a file that stands there.
        name: of the report, kept where the format has a place for it.
        description: what it is, kept likewise.
        bom: begin CSV with the mark by which Excel knows UTF-8.
        keep_formulas: leave text that begins like a formula as it is, in CSV.
        stdout: where `-` goes.

    Raises:
        ConfigError: as `check_target`.
        LoadError: the disk did not take it; nothing was left behind.
    """
    found = check_target(path, given=file_format, overwrite=overwrite)
    reader = rows.to_reader() if isinstance(rows, pa.Table) else rows

    def write(out: BinaryIO) -> tuple[int, tuple[str, ...]]:
        if found == "csv":
            return write_csv(reader.schema, reader, out, bom=bom, keep_formulas=keep_formulas), ()
        if found == "jsonl":
            return write_jsonl(reader.schema, reader, out), ()
        if found == "parquet":
            return write_parquet(reader.schema, reader, out, name=name, description=description), ()
        from tiktok_ads.output.xlsx_file import write_xlsx

        return write_xlsx(reader.schema, reader, out, name=name, description=description)

    if str(path) == STDOUT:
        if stdout is None:
            raise ConfigError("There is no terminal to write to.")
        count, notes = write(stdout)
        stdout.flush()
        return Written(STDOUT, found, count, notes)
    place = Path(path)
    try:
        with _whole(place, overwrite=overwrite) as out:
            count, notes = write(out)
    except OSError as error:
        raise LoadError(_why(error), str(place)) from error
    return Written(str(place), found, count, notes)


def write_to(
    target: Target, rows: pa.Table | pa.RecordBatchReader, *, name: str = "report", description: str = ""
) -> Written:
    """`write_rows`, for a place that was chosen beforehand."""
    return write_rows(
        rows,
        target.path,
        file_format=target.file_format,
        overwrite=target.overwrite,
        name=name,
        description=description,
        bom=target.bom,
        keep_formulas=target.keep_formulas,
        stdout=target.stdout,
    )


@contextmanager
def _whole(place: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """A file beside `place` that takes its name once everything is in it and on the disk."""
    part = place.with_name(f".{place.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        # Opened this way the file has the rights that the user's umask gives, which a temporary file has not.
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(handle, "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        if overwrite:
            os.replace(part, place)
        else:
            _name_once(part, place)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _name_once(part: Path, place: Path) -> None:
    """Give the file its name unless somebody took that meanwhile."""
    try:
        os.link(part, place)
    except FileExistsError:
        raise _exists(place) from None
    except OSError:
        # Some file systems know no links.
        if place.exists():
            raise _exists(place) from None
        part.rename(place)


def _exists(place: Path) -> ConfigError:
    return ConfigError(f"{place} exists already.", "Add --overwrite to replace it, or choose another name.")


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).lower()
