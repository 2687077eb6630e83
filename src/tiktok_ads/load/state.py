"""Our own tables beside the data: bookmarks, runs, table definitions; and bookmarks as text and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from tiktok_ads.errors import LoadError
from tiktok_ads.load.columns import JSON
from tiktok_ads.load.database import Database
from tiktok_ads.load.known import Known
from tiktok_ads.load.sql import moment, quoted, text
from tiktok_ads.plan import Bookmark

FORMAT = 1
"""Of a bookmark's text. A newer one is refused, never read by guess."""

SYSTEM_TABLES: dict[str, tuple[str, str]] = {
    "_state": (
        "table_name VARCHAR, advertiser_id VARCHAR, state VARCHAR, format INTEGER, run_id VARCHAR, "
        "updated_at TIMESTAMP",
        "What is loaded of each table and advertiser; written together with the rows.",
    ),
    "_tables": (
        "table_name VARCHAR, version INTEGER, doc VARCHAR, kind VARCHAR, updated_at TIMESTAMP, "
        "update_method VARCHAR, owner_column VARCHAR, day_column VARCHAR",
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
    "_quality": (
        "advertiser_id VARCHAR, table_name VARCHAR, stat_time_day DATE, metric VARCHAR, ours DECIMAL(38,6), "
        "theirs DECIMAL(38,6), difference DECIMAL(38,6), cause VARCHAR, run_id VARCHAR, checked_at TIMESTAMP",
        "How each report day agrees with the advertiser's own total, as it was found last.",
    ),
    "_forgotten": (
        "table_name VARCHAR, columns VARCHAR, salt VARCHAR, digest VARCHAR, forgotten_at TIMESTAMP",
        "Rows that were forgotten by key and are kept out, known by a digest alone.",
    ),
}


def owned(registered: Iterable[str]) -> set[str]:
    """The names of everything of ours in a schema, given the tables that the register names."""
    names = set(registered)
    names |= {f"{name}{suffix}" for name in names for suffix in ("__changes", "__history")}
    return names | set(SYSTEM_TABLES)


def create_system_tables(db: Database, known: Known) -> None:
    """Make what is missing of our own tables, and bring those of earlier versions up to date."""
    if known.is_set_up:
        return
    if not known.tables:
        db.create_schema()
    for name, (columns, doc) in SYSTEM_TABLES.items():
        target = f"{quoted(db.schema)}.{name}"
        if name not in known.tables:
            db.run(f"CREATE TABLE {target} ({_spelled(db, columns)})")
            db.run(f"COMMENT ON TABLE {target} IS {text(doc)}")
            known.made(name, db.columns(name))
            continue
        present = known.columns(name)
        for column in _spelled(db, columns).split(", "):
            if column.split()[0] not in present:
                db.run(f"ALTER TABLE {target} ADD COLUMN {column}")
                known.made(name, db.columns(name))
    known.is_set_up = True


def _spelled(db: Database, columns: str) -> str:
    return columns.replace("JSON", db.sql_type(JSON))


def read_bookmarks(
    db: Database, *, table: str | None = None, advertiser_ids: Sequence[str] = ()
) -> dict[tuple[str, str], Bookmark]:
    """All bookmarks, or those of one table's owners.

    Raises:
        LoadError: one cannot be understood.
    """
    whose = ", ".join(map(text, advertiser_ids))
    where = f" WHERE table_name = {text(table)} AND advertiser_id IN ({whose})" if table else ""
    rows = db.run(f"SELECT table_name, advertiser_id, state, format FROM {quoted(db.schema)}._state{where}")
    found: dict[tuple[str, str], Bookmark] = {}
    for name, advertiser_id, state, version in rows:
        key = (str(name), str(advertiser_id))
        found[key] = decode(state, version, key=key, destination=db.name)
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


def write_marks(db: Database, marks: Sequence[Bookmark], *, run_id: str, at: datetime) -> None:
    """Put bookmarks in the place of those before."""
    table = f"{quoted(db.schema)}._state"
    owners: dict[str, list[str]] = {}
    for mark in marks:
        owners.setdefault(mark.stream, []).append(text(mark.advertiser_id))
    theirs = " OR ".join(
        f"(table_name = {text(name)} AND advertiser_id IN ({', '.join(whose)}))"
        for name, whose in owners.items()
    )
    if not theirs:
        return
    db.run(f"DELETE FROM {table} WHERE {theirs}")
    rows = ", ".join(
        f"({text(mark.stream)}, {text(mark.advertiser_id)}, {text(msgspec.json.encode(mark).decode())}, "
        f"{FORMAT}, {text(run_id)}, {moment(at)})"
        for mark in marks
    )
    db.run(
        f"INSERT INTO {table} (table_name, advertiser_id, state, format, run_id, updated_at) VALUES {rows}"
    )


def save_run(db: Database, report: Mapping[str, object]) -> None:
    """Keep a report whole, and beside it what it is found by."""
    name = report.get("run_id") or report.get("id")
    if not name:
        raise LoadError("a run report needs a run_id.", db.name)
    table = f"{quoted(db.schema)}._runs"
    db.run(f"DELETE FROM {table} WHERE id = ?", [str(name)])
    moments = [moment_of(report.get(key)) for key in ("started_at", "finished_at")]
    outcome = report.get("outcome")
    written = msgspec.json.encode(report, enc_hook=str).decode()
    db.run(
        f"INSERT INTO {table} (id, started_at, finished_at, outcome, report) VALUES (?, ?, ?, ?, ?)",
        [str(name), *moments, None if outcome is None else str(outcome), written],
    )


def newest_runs(db: Database, limit: int) -> list[dict[str, object]]:
    rows = db.run(
        f"SELECT CAST(report AS VARCHAR) FROM {quoted(db.schema)}._runs "
        "ORDER BY started_at DESC NULLS LAST, id DESC LIMIT ?",
        [max(0, limit)],
    )
    return [msgspec.json.decode(str(report), type=dict[str, object]) for (report,) in rows]


def moment_of(value: object) -> datetime | None:
    """A moment of a run report, as it is stored; None if it tells none."""
    told = datetime.fromisoformat(value) if isinstance(value, str) else value
    return naive_utc(told) if isinstance(told, datetime) else None


def naive_utc(at: datetime) -> datetime:
    """UTC without a zone, as every timestamp of ours is stored; one without a zone is taken for UTC."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
