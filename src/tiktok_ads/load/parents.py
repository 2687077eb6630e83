"""Blank campaign and ad group ids of reports, filled from the entity tables where those know them."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from tiktok_ads.load.sql import quoted
from tiktok_ads.load.staging import Staged
from tiktok_ads.load.tables import columns_of

_STEPS = (
    ("ads", "ad_id", "adgroup_id"),
    ("ads", "ad_id", "campaign_id"),
    ("adgroups", "adgroup_id", "campaign_id"),
)
"""In order: the table that knows, by which id, which parent."""


def fill_parents(
    connection: duckdb.DuckDBPyConnection, schema: str, present: set[str], staged: Staged
) -> Staged:
    """The staged rows with blank parents filled; those that no table knows stay blank."""
    rows = staged.rows
    for table, child, parent in _STEPS:
        names = rows.column_names
        if staged.spec.kind != "report" or table not in present or not {child, parent}.issubset(names):
            continue
        target = f"{quoted(schema)}.{quoted(table)}"
        if rows[parent].null_count == 0 or not {child, parent}.issubset(columns_of(connection, target)):
            continue
        connection.register("blank_parents", rows)
        picked = ", ".join(
            f"coalesce(s.{quoted(name)}, e.{parent}) AS {parent}" if name == parent else f"s.{quoted(name)}"
            for name in names
        )
        filled = connection.sql(
            f"SELECT {picked} FROM blank_parents s LEFT JOIN {target} e "
            f"ON e.advertiser_id = s.advertiser_id AND e.{child} = s.{child}"
        ).to_arrow_table()
        connection.unregister("blank_parents")
        rows = filled.cast(rows.schema)
    return replace(staged, rows=rows)
