"""Rows as files, as a table on the terminal, and as frames of other libraries; knows nothing of HTTP."""

from tiktok_ads.output.files import (
    FORMATS,
    FileFormat,
    Target,
    Written,
    check_target,
    format_of,
    write_rows,
    write_to,
)
from tiktok_ads.output.frames import to_duckdb, to_pandas, to_polars

__all__ = [
    "FORMATS",
    "FileFormat",
    "Target",
    "Written",
    "check_target",
    "format_of",
    "to_duckdb",
    "to_pandas",
    "to_polars",
    "write_rows",
    "write_to",
]
