"""Questions to begin with, written for the tables that are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tiktok_ads.load.sql import quoted

_BY_LEVEL = ("campaign_insights", "adgroup_insights", "ad_insights")
_NAMES = {"campaigns": "campaign_name", "adgroups": "adgroup_name", "ads": "ad_name"}


@dataclass(frozen=True)
class Example:
    title: str
    sql: str


def examples(columns: Mapping[str, Collection[str]]) -> list[Example]:
    """Those of the examples that these tables (each with the names of its columns) can answer."""
    report = _report(columns)
    found = [
        _spend_by_day(columns, report),
        _top_campaigns(columns),
        _changes(columns),
        _as_known_on(columns, report),
        _sizes(columns),
    ]
    return [one for one in found if one]


def _report(columns: Mapping[str, Collection[str]]) -> str:
    """A table that has all the spend once: of a whole level, not of a part."""
    daily = [name for name, held in columns.items() if {"stat_time_day", "spend"} <= set(held)]
    usual = [name for name in ("advertiser_insights", *_BY_LEVEL) if name in daily]
    return next(iter([*usual, *sorted(one for one in daily if not one.startswith("_"))]), "")


def _spend_by_day(columns: Mapping[str, Collection[str]], report: str) -> Example | None:
    if not report or report.startswith("_"):
        return None
    if "currency" in columns.get("advertisers", ()):
        return Example(
            "Spend by day",
            "-- Each currency by itself: amounts of two are never added up.\n"
            "SELECT r.stat_time_day, a.currency, sum(r.spend) AS spend\n"
            f"FROM {_name(report)} AS r\n"
            "LEFT JOIN advertisers AS a USING (advertiser_id)\n"
            "GROUP BY ALL\n"
            "ORDER BY r.stat_time_day, a.currency",
        )
    return Example(
        "Spend by day",
        "SELECT stat_time_day, advertiser_id, sum(spend) AS spend\n"
        f"FROM {_name(report)}\n"
        "GROUP BY ALL\n"
        "ORDER BY stat_time_day",
    )


def _top_campaigns(columns: Mapping[str, Collection[str]]) -> Example | None:
    needed = {"campaign_id", "spend", "stat_time_day", "advertiser_id"}
    table = next((one for one in _BY_LEVEL if needed <= set(columns.get(one, ()))), "")
    if not table or not {"campaign_name", "campaign_id"} <= set(columns.get("campaigns", ())):
        return None
    # The table's name is one of ours.
    return Example(
        "Top campaigns of the last 28 days",
        "SELECT r.advertiser_id, c.campaign_name, r.campaign_id, sum(r.spend) AS spend\n"
        f"FROM {table} AS r\n"
        "LEFT JOIN campaigns AS c USING (advertiser_id, campaign_id)\n"
        f"WHERE r.stat_time_day > (SELECT max(stat_time_day) FROM {table}) - 28\n"
        "GROUP BY ALL\n"
        "ORDER BY spend DESC\n"
        "LIMIT 20",
    )


def _changes(columns: Mapping[str, Collection[str]]) -> Example | None:
    for table, name in _NAMES.items():
        if {"_change", "_changed_at", name} <= set(columns.get(f"{table}__changes", ())):
            return Example(
                "What changed since yesterday",
                "-- Each line is a row as it stood after the change.\n"
                f"SELECT _changed_at, _change, {name}, * EXCLUDE (_changed_at, _change, {name})\n"
                f"FROM {table}__changes\n"
                "WHERE _changed_at >= current_date - 1\n"
                "ORDER BY _changed_at DESC",
            )
    return None


def _as_known_on(columns: Mapping[str, Collection[str]], report: str) -> Example | None:
    if not report or "synced_at" not in columns.get("_daily_sums", ()):
        return None
    return Example(
        "Spend by day, as it was known a week ago",
        "-- TikTok corrects figures for weeks: what did each day say then, and what does it say now?\n"
        "SELECT stat_time_day, advertiser_id,\n"
        "       arg_max(spend, synced_at) FILTER (synced_at < current_date - 7) AS spend_then,\n"
        "       arg_max(spend, synced_at) AS spend_now\n"
        "FROM _daily_sums\n"
        f"WHERE table_name = '{report}'\n"
        "GROUP BY ALL\n"
        "ORDER BY stat_time_day",
    )


def _sizes(columns: Mapping[str, Collection[str]]) -> Example | None:
    if not columns:
        return None
    return Example(
        "How many rows each table has",
        "SELECT table_name, estimated_size AS rows, comment\n"
        "FROM duckdb_tables()\n"
        "WHERE schema_name = current_schema()\n"
        "ORDER BY rows DESC",
    )


def _name(table: str) -> str:
    return table if table.isidentifier() and table.islower() else quoted(table)
