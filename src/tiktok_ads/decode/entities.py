"""Entity answers → Arrow batches, with our mark for what is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.model import Field
from tiktok_ads.decode.answers import Page, any_json, page_info, rows_of
from tiktok_ads.decode.cells import cell
from tiktok_ads.decode.deletion import is_deleted
from tiktok_ads.decode.table import batch_of


def entity_page(
    raw: bytes | msgspec.Raw,
    *,
    stream: str,
    fields: Sequence[Field],
    list_key: str = "list",
    known: frozenset[str] = frozenset(),
    advertiser_id: str | None = None,
) -> Page:
    """One answer's `data`: one row per object.

    Args:
        raw: the JSON of `data`.
        stream: whose rows; for errors.
        fields: the columns that are wanted.
        list_key: where the rows stand in `data`.
        known: fields that the catalog knows and that are not wanted; all others become new columns.
        advertiser_id: put on rows that do not name their advertiser.

    Raises:
        DecodeError: there is no list of objects.
    """
    answer = any_json(raw, stream)
    rows = [_prepared(row, known, advertiser_id) for row in rows_of(answer.get(list_key), stream, list_key)]
    marks_deletion = any(field.name == "is_deleted" for field in fields)
    if marks_deletion:
        rows = [{**row, "is_deleted": is_deleted(row)} for row in rows]
    batch, unfit, unknown = batch_of(rows, fields, cell)
    return Page(batch, page_info(answer.get("page_info"), stream), unfit, unknown)


def newest_modify_time(rows: pa.Table) -> datetime | None:
    """The greatest `modify_time` of a list, UTC without zone; None if no row has one."""
    if "modify_time" not in rows.column_names or rows.num_rows == 0:
        return None
    newest = pc.max(rows["modify_time"]).as_py()
    return newest if isinstance(newest, datetime) else None


def _prepared(
    row: Mapping[str, object], known: frozenset[str], advertiser_id: str | None
) -> dict[str, object]:
    wanted = {name: value for name, value in row.items() if name not in known}
    if advertiser_id and not wanted.get("advertiser_id"):
        wanted["advertiser_id"] = advertiser_id
    return wanted
