"""What each day of a report added up to, written down whenever that changed."""

from __future__ import annotations

from tiktok_ads.load.sql import folded, quoted
from tiktok_ads.load.work import Work, values

_TYPES = {
    "spend": "DECIMAL(38,6)",
    "impressions": "BIGINT",
    "clicks": "BIGINT",
    "conversion": "BIGINT",
}


def append_sums(work: Work) -> None:
    """Append to `_daily_sums` the days of the scope whose sums differ from the newest written down.

    A day that became empty is written with zeros; one that never had rows is not written at all.
    """
    day = work.staged.spec.day_column
    if day is None:
        return
    read = {folded(name): value for name, value in values(work.held.columns, work.staged).items()}
    sums = {
        name: f"TRY_CAST(sum(TRY_CAST({read[name]} AS {kind})) AS {kind})"
        if name in read
        else f"CAST(NULL AS {kind})"
        for name, kind in _TYPES.items()
    }
    table = f"{quoted(work.schema)}._daily_sums"
    added = ", ".join(f"{value} AS {name}" for name, value in sums.items())
    # An emptied day has zeros, and null for what the table has no column for.
    shown = ", ".join(
        f"CASE WHEN n.rows IS NULL THEN {'0' if name in read else 'NULL'} ELSE n.{name} END AS {name}"
        for name in _TYPES
    )
    differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in ("rows", *_TYPES))
    names = ", ".join(_TYPES)
    day_of = "advertiser_id, stat_time_day"
    work.run(
        f"INSERT INTO {table} (table_name, advertiser_id, stat_time_day, run_id, synced_at, rows, {names}) "
        'WITH days AS (SELECT advertiser_id, CAST(unnest(generate_series(CAST("first" AS TIMESTAMP), '
        'CAST("last" AS TIMESTAMP), INTERVAL 1 DAY)) AS DATE) AS stat_time_day FROM scope), '
        f"n AS (SELECT s.advertiser_id, s.{quoted(day)} AS stat_time_day, count(*) AS rows, {added} "
        "FROM stage s GROUP BY ALL), "
        f"a AS (SELECT days.*, coalesce(n.rows, 0) AS rows, {shown} FROM days LEFT JOIN n USING ({day_of})), "
        f"written AS (SELECT *, row_number() OVER (PARTITION BY {day_of} ORDER BY rowid DESC) AS age "
        f"FROM {table} WHERE table_name = $table_name "
        "AND advertiser_id IN (SELECT advertiser_id FROM scope)), "
        "b AS (SELECT * FROM written WHERE age = 1) "
        f"SELECT $table_name, {day_of}, $run_id, $at, a.rows, {', '.join(f'a.{name}' for name in _TYPES)} "
        f"FROM a LEFT JOIN b USING ({day_of}) "
        f"WHERE (a.rows > 0 OR b.rows IS NOT NULL) AND (b.rows IS NULL OR {differs})",
        {"table_name": work.held.name, "run_id": work.run_id, "at": work.at},
    )
