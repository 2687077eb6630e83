"""What each day of a report added up to at each time, as `_daily_sums` has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date
from decimal import Decimal
from zoneinfo import ZoneInfo

from tiktok_ads.load.reading import Reader
from tiktok_ads.plan.restatement import Seen

_SUMS = ("spend", "impressions", "clicks", "conversion")


def days_seen(reader: Reader, tables: Iterable[str]) -> dict[tuple[str, str], list[Seen]]:
    """By table and advertiser, what was written down of each day; ages are in the advertiser's own days.

    Raises:
        LoadError: it cannot be read.
    """
    wanted = sorted(tables)
    if "_daily_sums" not in reader.tables() or not wanted:
        return {}
    zones = _zones(reader)
    marks = ", ".join("?" * len(wanted))
    rows = reader.query(
        f"SELECT table_name, advertiser_id, stat_time_day, synced_at, {', '.join(_SUMS)} "
        f"FROM {reader.qualified('_daily_sums')} WHERE table_name IN ({marks}) "
        "ORDER BY table_name, advertiser_id, stat_time_day, synced_at",
        wanted,
        seconds=120,
    )
    found: dict[tuple[str, str], list[Seen]] = {}
    for row in rows.to_pylist():
        day: date = row["stat_time_day"]
        at = row["synced_at"].replace(tzinfo=UTC).astimezone(zones.get(row["advertiser_id"], UTC))
        sums = {name: Decimal(row[name]) for name in _SUMS if row[name] is not None}
        seen = Seen(day, (at.date() - day).days, sums)
        found.setdefault((row["table_name"], row["advertiser_id"]), []).append(seen)
    return found


def _zones(reader: Reader) -> dict[str, ZoneInfo]:
    columns = {column.name for column in reader.tables().get("advertisers", ())}
    if not {"advertiser_id", "display_timezone"} <= columns:
        return {}
    rows = reader.query(
        f"SELECT advertiser_id, display_timezone FROM {reader.qualified('advertisers')} "
        "WHERE display_timezone IS NOT NULL"
    )
    zones: dict[str, ZoneInfo] = {}
    for row in rows.to_pylist():
        try:
            zones[row["advertiser_id"]] = ZoneInfo(row["display_timezone"])
        except (ValueError, OSError):
            continue
    return zones
