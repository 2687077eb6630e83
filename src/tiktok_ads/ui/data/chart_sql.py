"""The SQL behind a chart: sums by period, part and currency, in words that DuckDB and Postgres share."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from tiktok_ads.load.sql import quoted, text
from tiktok_ads.ui.data.reading import SECONDS, Opened
from tiktok_ads.ui.data.tables import DataColumn, DataTable

_MONEY = "account currency"


def newest_day(there: Opened, table: DataTable) -> date | None:
    """The last day that has rows; None where there are none, or no days."""
    if table.day_column is None:
        return None
    day = there.checked(table.name, table.day_column)
    found = there.reader.query(
        f"SELECT max({day}) FROM {there.reader.qualified(table.name)}", seconds=SECONDS
    )
    value = found.column(0)[0].as_py()
    return value.date() if isinstance(value, datetime) else value


def first_day(newest: date, per: Literal["day", "week", "month"], days: int) -> date:
    """The first day of a chart of so many days: where a period would be cut, its beginning."""
    first = newest - timedelta(days=days - 1)
    if per == "week":
        return first - timedelta(days=first.weekday())
    return first.replace(day=1) if per == "month" else first


def sums(
    there: Opened,
    table: DataTable,
    metric: DataColumn,
    by: DataColumn | None,
    *,
    per: str,
    first: date | None,
    top: int,
) -> str:
    """One row per currency, part and period, with the sum of the metric.

    The columns are `money` (blank for what is no money), `place` (1 for the greatest part, `top` + 1 for all
    that have no place of their own), `at` (the first day of a period; null without days), `part` (null for
    those others), `parts` (how many there are of this currency) and `value`.

    Raises:
        UnknownName: the table that is there lacks one of the columns.
    """
    value = f"t.{there.checked(table.name, metric.name)}"
    part = f"coalesce(CAST(t.{there.checked(table.name, by.name)} AS VARCHAR), '')" if by else "''"
    day = f"CAST(t.{there.checked(table.name, table.day_column)} AS DATE)" if table.day_column else ""
    where = f"WHERE {day} >= DATE '{first}'" if day and first else ""
    rows, join = _rows(there, table, day), ""
    money = "''"
    if metric.unit == _MONEY:
        money, join = _currency(there, table)
    return (
        f"WITH picked AS (SELECT {money} AS money, {_period(day, per, table)} AS at, {part} AS part, "
        f"{value} AS value FROM {rows} AS t {join} {where}), "
        "ranked AS (SELECT money, part, row_number() OVER (PARTITION BY money "
        "ORDER BY sum(value) DESC NULLS LAST, part) AS place, count(*) OVER (PARTITION BY money) AS parts "
        "FROM picked GROUP BY money, part) "
        f"SELECT p.money AS money, least(r.place, {top + 1}) AS place, p.at AS at, "
        f"CASE WHEN r.place <= {top} THEN p.part END AS part, max(r.parts) AS parts, sum(p.value) AS value "
        "FROM picked AS p JOIN ranked AS r ON p.money = r.money AND p.part = r.part "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3"
    )


def _period(day: str, per: str, table: DataTable) -> str:
    if not day:
        return "CAST(NULL AS DATE)"
    # What is rolled up already keeps its own beginnings.
    if per == "day" or table.period:
        return day
    return f"CAST(date_trunc({text(per)}, CAST({day} AS TIMESTAMP)) AS DATE)"


def _rows(there: Opened, table: DataTable, day: str) -> str:
    place = there.reader.qualified(table.name)
    if table.update_method != "append":
        return place
    # Snapshots say the same again; only the newest of each owner and day counts.
    split = ", ".join(filter(None, (f"t.{quoted(table.owner_column)}", day)))
    newest = f'first_value(t."_run_id") OVER (PARTITION BY {split} ORDER BY t."_synced_at" DESC)'
    return (
        f'(SELECT * FROM (SELECT t.*, {newest} AS "_newest" FROM {place} AS t) AS s '
        'WHERE s."_run_id" = s."_newest")'
    )


def _currency(there: Opened, table: DataTable) -> tuple[str, str]:
    """The currency of a row, and the join that it takes: its own, else its advertiser's, else unknown."""
    told, join = [], ""
    if there.has(table.name, "currency"):
        told.append("nullif(t.currency, '')")
    owner = quoted(table.owner_column)
    if table.owner_column == "advertiser_id" and there.has("advertisers", "advertiser_id", "currency"):
        told.append("nullif(a.currency, '')")
        join = (
            f"LEFT JOIN (SELECT advertiser_id, max(currency) AS currency FROM "
            f"{there.reader.qualified('advertisers')} GROUP BY 1) AS a ON a.advertiser_id = t.advertiser_id"
        )
    # Amounts whose currency nobody knows are added up with none of another owner.
    told.append(f"'the unknown currency of ' || t.{owner}")
    return f"coalesce({', '.join(told)})", join
