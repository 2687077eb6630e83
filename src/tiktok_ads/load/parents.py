"""Blank campaign and ad group ids of reports, filled from the entity tables where those know them."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.load.database import Database
from tiktok_ads.load.known import Known
from tiktok_ads.load.sql import quoted
from tiktok_ads.load.staging import Staged

_OWNER = "advertiser_id"
STEPS = (
    ("ads", "ad_id", "adgroup_id"),
    ("ads", "ad_id", "campaign_id"),
    ("adgroups", "adgroup_id", "campaign_id"),
)
"""In order: the table that knows, by which id, which parent."""


def fill_parents(db: Database, known: Known, staged: Staged) -> Staged:
    """The staged rows with blank parents filled; those that no table knows stay blank."""
    rows = staged.rows
    for table, child, parent in STEPS:
        needed = {_OWNER, child, parent}
        if staged.spec.kind != "report" or table not in known.tables or not needed <= {*rows.column_names}:
            continue
        if rows[parent].null_count == 0 or not needed <= known.columns(table).keys():
            continue
        rows = _filled(db, rows, table, child, parent)
    return replace(staged, rows=rows)


def _filled(db: Database, rows: pa.Table, table: str, child: str, parent: str) -> pa.Table:
    lacking = rows.filter(pc.is_null(rows[parent])).select([_OWNER, child])
    db.hold("blank_parents", lacking.group_by([_OWNER, child], use_threads=False).aggregate([]))
    found = db.run(
        f"SELECT b.{_OWNER}, b.{child}, e.{parent} FROM blank_parents b "
        f"JOIN {quoted(db.schema)}.{quoted(table)} e ON e.{_OWNER} = b.{_OWNER} AND e.{child} = b.{child} "
        f"WHERE e.{parent} IS NOT NULL"
    )
    db.let_go("blank_parents")
    parents = {(owner, of): above for owner, of, above in found}
    told = zip(*(rows[name].to_pylist() for name in (_OWNER, child, parent)), strict=True)
    filled = [parents.get((owner, of)) if above is None else above for owner, of, above in told]
    place, kind = rows.schema.get_field_index(parent), rows.schema.field(parent)
    return rows.set_column(place, kind, pa.array(filled, kind.type))
