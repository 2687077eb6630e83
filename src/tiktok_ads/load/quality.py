"""How the tables agree with TikTok's own totals: `_quality`, with the newest finding of each day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from tiktok_ads.load.database import Database
from tiktok_ads.load.reading import Reader
from tiktok_ads.load.sql import listed, quoted

QUALITY = pa.schema(
    [
        ("advertiser_id", pa.string()),
        ("table_name", pa.string()),
        ("stat_time_day", pa.date32()),
        ("metric", pa.string()),
        ("ours", pa.decimal128(38, 6)),
        ("theirs", pa.decimal128(38, 6)),
        ("difference", pa.decimal128(38, 6)),
        ("cause", pa.string()),
        ("run_id", pa.string()),
        ("checked_at", pa.timestamp("us")),
    ]
)
"""Of `_quality`. A day that agrees has one row, without a cause; else each metric that differs has one."""

_SAME_DAY = ("advertiser_id", "table_name", "stat_time_day")


def save_quality(db: Database, rows: pa.Table) -> None:
    """Put what was found of each day in the place of what was found before."""
    if not rows.num_rows:
        return
    table, names = f"{quoted(db.schema)}._quality", listed(QUALITY.names)
    same = " AND ".join(f"n.{column} = q.{column}" for column in _SAME_DAY)
    db.hold("new_quality", rows)
    db.run(f"DELETE FROM {table} q WHERE EXISTS (SELECT 1 FROM new_quality n WHERE {same})")
    db.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM new_quality")
    db.let_go("new_quality")


@dataclass(frozen=True)
class Agrees:
    """Of so many days that were checked, so many agree; `causes` counts the others, by why they do not."""

    days: int
    agreed: int
    causes: dict[str, int]

    @property
    def share(self) -> float | None:
        return self.agreed / self.days if self.days else None

    def __str__(self) -> str:
        if not self.days:
            return ""
        if self.agreed == self.days:
            return f"{self.days:,} of {self.days:,} days"
        why = ", ".join(f"{days:,} {cause}" for cause, days in self.causes.items())
        return f"{self.agreed:,} of {self.days:,} days ({why})"


def agreement(reader: Reader) -> dict[tuple[str, str], Agrees]:
    """By table and advertiser, how the days that were checked agree with TikTok's totals.

    Raises:
        LoadError: it cannot be read.
    """
    if "_quality" not in reader.tables():
        return {}
    rows = reader.query(
        "SELECT table_name, advertiser_id, cause, count(*) AS days FROM (SELECT table_name, advertiser_id, "
        f"stat_time_day, max(coalesce(cause, '')) AS cause FROM {reader.qualified('_quality')} "
        "GROUP BY table_name, advertiser_id, stat_time_day) d "
        "GROUP BY table_name, advertiser_id, cause ORDER BY table_name, advertiser_id, cause"
    )
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows.to_pylist():
        counted.setdefault((row["table_name"], row["advertiser_id"]), {})[row["cause"]] = row["days"]
    return {
        key: Agrees(sum(days.values()), days.get("", 0), {why: n for why, n in days.items() if why})
        for key, days in counted.items()
    }


def summed_up(each: Iterable[Agrees]) -> Agrees:
    """Several of them together."""
    causes: dict[str, int] = {}
    days = agreed = 0
    for one in each:
        days, agreed = days + one.days, agreed + one.agreed
        for cause, count in one.causes.items():
            causes[cause] = causes.get(cause, 0) + count
    return Agrees(days, agreed, causes)


def known_on(reader: Reader, day: date, on: date) -> pa.Table:
    """What each report day added up to as it was known at the end of another day (UTC).

    Raises:
        LoadError: it cannot be read.
    """
    return reader.query(
        "SELECT table_name, advertiser_id, synced_at, rows, spend, impressions, clicks FROM ("
        "SELECT s.*, row_number() OVER (PARTITION BY table_name, advertiser_id ORDER BY synced_at DESC) "
        f"AS place FROM {reader.qualified('_daily_sums')} s WHERE stat_time_day = ? "
        "AND synced_at < CAST(? AS DATE) + INTERVAL '1' DAY) k WHERE place = 1 "
        "ORDER BY table_name, advertiser_id",
        [day, on],
    )
