"""Parquet: types as they are, and what each column means in the file's metadata."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from tiktok_ads.output.cells import comment_of, json_bytes

_ROWS = 131_072
"""Rows of a row group."""


def write_parquet(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    out: BinaryIO,
    *,
    name: str = "",
    description: str = "",
) -> int:
    """Write the rows and say how many there were.

    Readers that know Arrow find the comments with the columns; for the others the metadata of the file has
    `name`, `description` and, as JSON by column, `comments`.
    """
    comments = {field.name: comment_of(field) for field in schema if comment_of(field)}
    told = {"name": name, "description": description, "comments": json_bytes(comments).decode()}
    metadata = {**(schema.metadata or {}), **{key.encode(): value.encode() for key, value in told.items()}}
    count = 0
    with pq.ParquetWriter(out, schema.with_metadata(metadata), compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            count += batch.num_rows
            if sum(one.num_rows for one in waiting) >= _ROWS:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=_ROWS)
                waiting = []
        writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=_ROWS)
    return count
