"""Rows as a file that the browser saves: written whole before it is sent, and gone from here afterwards."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from tiktok_ads.output import FileFormat, write_rows
from tiktok_ads.output.plain import plain

_MEDIA: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MOST_NAME = 80
# Windows takes these for devices, whatever ending they have.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def download(
    rows: pa.Table | pa.RecordBatchReader, *, name: str, kind: FileFormat, description: str = ""
) -> Response:
    """Rows as a file; no cell of it is a formula, whatever it holds. Blocks until the file is written.

    Args:
        rows: a table, or batches as they come.
        name: of the file, without an ending; what a file name cannot hold is replaced.
        kind: the format.
        description: what it is, kept where the format has a place for it.

    Raises:
        ConfigError: the format cannot hold these rows, or its library is not installed.
        LoadError: the disk did not take it.
    """
    folder = Path(tempfile.mkdtemp(prefix="tiktok_ads_"))
    try:
        place = folder / f"rows.{kind}"
        ready = plain(rows) if isinstance(rows, pa.Table) else rows
        # Excel takes a file without this mark for one in the encoding of the machine.
        written = write_rows(ready, place, name=name, description=description, bom=kind == "csv")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    told = {"X-Notes": " ".join(written.notes).encode("ascii", "replace").decode()} if written.notes else {}
    return FileResponse(
        place,
        media_type=_MEDIA[kind],
        filename=f"{file_name(name)}.{kind}",
        headers=told,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def file_name(name: str) -> str:
    """A name that is a file's on every system, and nothing else: no folder, no device, nothing hidden."""
    plain_name = re.sub(r"[^\w .,()+-]", "_", name)
    plain_name = re.sub(r"\.{2,}", "_", plain_name)[:_MOST_NAME].strip(" .")
    if not plain_name.strip("_"):
        return "rows"
    return f"_{plain_name}" if _DEVICE.match(plain_name) else plain_name
