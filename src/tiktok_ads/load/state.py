"""Our own tables beside the data: bookmarks, runs, table definitions; and bookmarks as text and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import pyarrow as pa

from tiktok_ads.errors import LoadError
from tiktok_ads.load.sql import listed, quoted
from tiktok_ads.plan import Bookmark

FORMAT = 1
"""Of a bookmark's text. A newer one is refused, never read by guess."""

Run = Callable[..., list[tuple[object, ...]]]
"""Runs one statement with its parameters and gives all rows."""

SYSTEM_TABLES: dict[str, tuple[str, str]] = {
    "_state": (
        "table_name VARCHAR, advertiser_id VARCHAR, state VARCHAR, format INTEGER, run_id VARCHAR, "
        "updated_at TIMESTAMP",
        "What is loaded of each table and advertiser; written together with the rows.",
    ),
    "_tables": (
        "table_name VARCHAR, version INTEGER, doc VARCHAR, kind VARCHAR, updated_at TIMESTAMP",
        "The tables of this schema and the version of their definition.",
    ),
    "_runs": (
        "id VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, outcome VARCHAR, report JSON",
        "What each run did.",
    ),
    "_daily_sums": (
        "table_name VARCHAR, advertiser_id VARCHAR, stat_time_day DATE, run_id VARCHAR, "
        "synced_at TIMESTAMP, rows BIGINT, spend DECIMAL(38,6), impressions BIGINT, clicks BIGINT, "
        "conversion BIGINT",
        "What each day added up to, anew whenever that changed.",
    ),
}


_STATE = pa.schema(
    [
        ("table_name", pa.string()),
        ("advertiser_id", pa.string()),
        ("state", pa.string()),
        ("format", pa.int32()),
        ("run_id", pa.string()),
        ("updated_at", pa.timestamp("us")),
    ]
)


def create_system_tables(run: Run, schema: str) -> None:
    run(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    present = existing_tables(run, schema)
    for name, (columns, doc) in SYSTEM_TABLES.items():
        if name not in present:
            run(f"CREATE TABLE {quoted(schema)}.{name} ({columns})")
            run(f"COMMENT ON TABLE {quoted(schema)}.{name} IS '{doc}'")


def existing_tables(run: Run, schema: str) -> set[str]:
    rows = run(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = ? AND table_type = 'BASE TABLE'",
        [schema],
    )
    return {str(name) for (name,) in rows}


def read_bookmarks(
    run: Run,
    schema: str,
    destination: str,
    *,
    table: str | None = None,
    advertiser_ids: Sequence[str] = (),
) -> dict[tuple[str, str], Bookmark]:
    """All bookmarks, or those of one table's advertisers.

    Raises:
        LoadError: one cannot be understood.
    """
    where = " WHERE table_name = ? AND list_contains(?, advertiser_id)" if table else ""
    rows = run(
        f"SELECT table_name, advertiser_id, state, format FROM {quoted(schema)}._state{where}",
        [table, list(advertiser_ids)] if table else None,
    )
    found: dict[tuple[str, str], Bookmark] = {}
    for name, advertiser_id, state, version in rows:
        key = (str(name), str(advertiser_id))
        found[key] = decode(state, version, key=key, destination=destination)
    return found


def decode(state: object, version: object, *, key: tuple[str, str], destination: str) -> Bookmark:
    """A bookmark from its text.

    Raises:
        LoadError: a newer version of this program wrote it, or it is damaged.
    """
    whose = f"the bookmark of {key[0]}, advertiser {key[1]}"
    if isinstance(version, int) and version > FORMAT:
        raise LoadError(
            f"{whose} was written by a newer version of this program (format {version}, this one knows "
            f"{FORMAT}). Update the program; nothing was changed.",
            destination,
        )
    try:
        bookmark = msgspec.json.decode(str(state), type=Bookmark)
    except (msgspec.MsgspecError, ValueError):
        bookmark = None
    if bookmark is None or version != FORMAT or (bookmark.stream, bookmark.advertiser_id) != key:
        raise LoadError(
            f"{whose} is damaged. Nothing was changed; `tiktok-ads reset` that table and advertiser, "
            "then it is read anew.",
            destination,
        )
    return bookmark


def as_rows(bookmarks: Sequence[Bookmark], *, run_id: str, at: datetime) -> pa.Table:
    """Rows of `_state`; of several bookmarks of one table and advertiser the last one counts."""
    last = {(bookmark.stream, bookmark.advertiser_id): bookmark for bookmark in bookmarks}
    rows = [(*key, msgspec.json.encode(mark).decode(), FORMAT, run_id, at) for key, mark in last.items()]
    columns = list(zip(*rows, strict=True)) or [()] * len(_STATE)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, _STATE.types, strict=True)]
    return pa.table(arrays, schema=_STATE)


def write_marks(run: Run, schema: str) -> None:
    """Put the rows that are registered as `marks` in the place of those before."""
    table = f"{quoted(schema)}._state"
    names = listed(_STATE.names)
    run(
        f"DELETE FROM {table} AS s WHERE EXISTS (SELECT 1 FROM marks m "
        "WHERE m.table_name = s.table_name AND m.advertiser_id = s.advertiser_id)"
    )
    run(f"INSERT INTO {table} ({names}) SELECT {names} FROM marks")


def save_run(run: Run, schema: str, report: Mapping[str, object], destination: str) -> None:
    """Keep a report whole, and beside it what it is found by."""
    name = report.get("run_id") or report.get("id")
    if not name:
        raise LoadError("a run report needs a run_id.", destination)
    table = f"{quoted(schema)}._runs"
    run(f"DELETE FROM {table} WHERE id = ?", [str(name)])
    moments = [_utc(report.get(key)) for key in ("started_at", "finished_at")]
    outcome = report.get("outcome")
    text = msgspec.json.encode(report, enc_hook=str).decode()
    run(
        f"INSERT INTO {table} (id, started_at, finished_at, outcome, report) VALUES (?, ?, ?, ?, ?)",
        [str(name), *moments, None if outcome is None else str(outcome), text],
    )


def newest_runs(run: Run, schema: str, limit: int) -> list[dict[str, object]]:
    rows = run(
        f"SELECT report FROM {quoted(schema)}._runs ORDER BY started_at DESC NULLS LAST, id DESC LIMIT ?",
        [max(0, limit)],
    )
    return [msgspec.json.decode(str(report), type=dict[str, object]) for (report,) in rows]


def _utc(value: object) -> datetime | None:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return naive_utc(moment) if isinstance(moment, datetime) else None


def naive_utc(moment: datetime) -> datetime:
    """UTC without a zone, as every timestamp of ours is stored; one without a zone is taken for UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def forget(run: Run, schema: str, tables: Sequence[str], advertiser_ids: Sequence[str] | None) -> None:
    """Take out what is held of these tables; None stands for every advertiser."""
    present = existing_tables(run, schema)
    for table in tables:
        for name in (table, f"{table}__changes"):
            if name in present:
                _delete(run, f"{quoted(schema)}.{quoted(name)}", None, advertiser_ids)
        for name in ("_state", "_daily_sums"):
            _delete(run, f"{quoted(schema)}.{name}", table, advertiser_ids)


def _delete(run: Run, table: str, name: str | None, advertiser_ids: Sequence[str] | None) -> None:
    where = ["TRUE"]
    values: list[object] = []
    if name is not None:
        where.append("table_name = ?")
        values.append(name)
    if advertiser_ids is not None:
        where.append("list_contains(?, advertiser_id)")
        values.append(list(advertiser_ids))
    run(f"DELETE FROM {table} WHERE {' AND '.join(where)}", values)
