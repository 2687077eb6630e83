"""One transaction's work on one table: make its scope equal to what came, touching only what differs."""

from __future__ import annotations

from tiktok_ads.errors import LoadError
from tiktok_ads.load.changes import as_missing, record, record_inserts
from tiktok_ads.load.destination import Outcome
from tiktok_ads.load.sql import differs, listed, quoted, same
from tiktok_ads.load.staging import LOAD, ROW
from tiktok_ads.load.work import Work, values

_OPS = ("insert", "update", "delete", "mark", "missing", "refresh")
_WRITTEN = "('insert', 'update', 'mark', 'refresh')"


def check_unique(work: Work) -> None:
    """Hold the keys, where a blank equals itself.

    Raises:
        LoadError: two rows have the same key.
    """
    keys = listed(work.keys)
    rows = work.run(f"SELECT {keys}, count(*) FROM stage GROUP BY {keys} HAVING count(*) > 1 LIMIT 1")
    if rows:
        *key, times = rows[0]
        shown = ", ".join(f"{name}={value}" for name, value in zip(work.keys, key, strict=True))
        raise LoadError(
            f"{times} rows of {work.held.name} have the same key ({shown[:300]}). Nothing was written.",
            work.destination,
        )


def replace(work: Work) -> list[Outcome]:
    """Make the table's scope equal to the stage; one outcome per load."""
    check_unique(work)
    came = dict.fromkeys(range(len(work.staged.loads)), 0)
    came.update(_counted(work.run(f"SELECT {LOAD}, count(*) FROM stage GROUP BY ALL")))
    if work.run(f"SELECT count(*) FROM {work.in_scope}") == [(0,)]:
        return _fill(work, came)
    _compare(work)
    counts: dict[str, dict[int, int]] = {op: {} for op in _OPS}
    for op, load, rows in work.run("SELECT op, load, count(*) FROM diff GROUP BY ALL"):
        counts[str(op)][int(str(load))] = int(str(rows))
    if any(counts.values()):
        if work.records:
            record(work)
        _apply(work)
    if work.staged.spec.kind == "report":
        _make_whole(work)
    return [
        Outcome(
            rows=rows,
            inserted=counts["insert"].get(load, 0),
            updated=counts["update"].get(load, 0),
            deleted=sum(counts[op].get(load, 0) for op in ("delete", "mark", "missing")),
        )
        for load, rows in came.items()
    ]


def _counted(rows: list[tuple[object, ...]]) -> dict[int, int]:
    return {int(str(load)): int(str(count)) for load, count in rows}


def _fill(work: Work, came: dict[int, int]) -> list[Outcome]:
    """The table holds nothing of the scope, so there is nothing to compare with."""
    kept = _insert_all(work)
    if work.records:
        record_inserts(work, kept)
    stored = _counted(work.run(f"SELECT {LOAD}, count(*) FROM stage s{kept} GROUP BY ALL"))
    return [Outcome(rows, stored.get(load, 0), 0, 0) for load, rows in came.items()]


def _insert_all(work: Work) -> str:
    """Insert every staged row that is to be kept; gives the WHERE that picks those of the stage `s`."""
    read = values(work.held.columns, work.staged)
    picked = {**read, "_synced_at": "$at", "_run_id": "$run_id"}
    kept = ""
    if "_deleted_at" in work.held.columns:
        picked["_deleted_at"] = f"CASE WHEN {read['is_deleted']} THEN $at END"
        kept = f" WHERE {read['is_deleted']} IS NOT TRUE" if work.staged.drop_deleted else ""
    work.run(
        f"INSERT INTO {work.table} ({listed(picked)}) SELECT {', '.join(picked.values())} FROM stage s{kept}",
        {"at": work.at, "run_id": work.run_id},
    )
    return kept


def _compare(work: Work) -> None:
    """Fill `diff`: one row per difference between the stage and the table's scope, none for what is equal.

    `op` is insert, update or delete; `mark` for a row that comes marked deleted, `missing` for one that a
    complete list lacks, `refresh` where only links that expire have changed.
    """
    staged, columns = work.staged, work.held.columns
    read = values(columns, staged)
    expiring = {
        field.name for field in staged.spec.schema if (field.metadata or {}).get(b"expires") == b"1"
    } & read.keys()
    compared = [name for name in read if name not in expiring and name not in work.keys]
    marks = "_deleted_at" in columns
    drops = marks and staged.drop_deleted
    unwanted = "WHEN o.old_row IS NULL AND n.is_deleted THEN NULL " if drops else ""
    dropped = "WHEN n.is_deleted THEN 'delete' " if drops else ""
    newly = "n.is_deleted AND o.is_deleted IS NOT TRUE" if marks else "FALSE"
    if staged.spec.kind == "report" or (staged.remove_missing and (staged.drop_deleted or not marks)):
        absent = "'delete'"
    elif staged.remove_missing:
        absent = "CASE WHEN o.is_deleted IS NOT TRUE THEN 'missing' END"
    else:
        absent = "NULL"
    since = "CASE WHEN n.is_deleted THEN coalesce(CASE WHEN o.is_deleted THEN o._deleted_at END, $at) END"
    parts = ", ".join(f"{expression} AS {quoted(name)}" for name, expression in read.items())
    old = listed([*read, "_synced_at", "_run_id", *(["_deleted_at"] if marks else [])], "t.")
    work.run(
        "CREATE OR REPLACE TEMP TABLE diff AS "
        f"WITH n AS (SELECT s.{ROW}, s.{LOAD}, {parts} FROM stage s), "
        f"o AS (SELECT t.rowid AS old_row, p.{LOAD}, {old} FROM {work.in_scope}), "
        "d AS (SELECT "
        f"coalesce(n.{LOAD}, o.{LOAD}) AS load, n.{ROW} AS new_row, o.old_row, "
        f"CASE {unwanted}WHEN o.old_row IS NULL THEN 'insert' "
        f"WHEN n.{ROW} IS NULL THEN {absent} {dropped}"
        f"WHEN {differs('n', 'o', compared)} THEN CASE WHEN {newly} THEN 'mark' ELSE 'update' END "
        f"WHEN {differs('n', 'o', sorted(expiring))} THEN 'refresh' END AS op, "
        f"{since if marks else 'CAST(NULL AS TIMESTAMP)'} AS deleted_at, o._synced_at, o._run_id "
        f"FROM n FULL JOIN o ON {same('n', 'o', work.keys)}) "
        "SELECT * FROM d WHERE op IS NOT NULL",
        {"at": work.at} if marks else None,
    )


def _apply(work: Work) -> None:
    read = values(work.held.columns, work.staged)
    names = list(work.held.columns)
    moment: dict[str, object] = {"at": work.at, "run_id": work.run_id}
    if work.staged.remove_missing and "_deleted_at" in names:
        work.run(
            f"INSERT INTO {work.table} ({listed(names)}) SELECT {as_missing(names)} "
            f"FROM {work.table} t JOIN diff d ON t.rowid = d.old_row WHERE d.op = 'missing'",
            moment,
        )
    work.run(f"DELETE FROM {work.table} WHERE rowid IN (SELECT old_row FROM diff WHERE old_row IS NOT NULL)")
    picked = {
        **read,
        "_synced_at": "CASE WHEN d.op = 'refresh' THEN d._synced_at ELSE $at END",
        "_run_id": "CASE WHEN d.op = 'refresh' THEN d._run_id ELSE $run_id END",
        "_deleted_at": "d.deleted_at",
    }
    work.run(
        f"INSERT INTO {work.table} ({listed(names)}) SELECT {', '.join(picked[name] for name in names)} "
        f"FROM stage s JOIN diff d ON s.{ROW} = d.new_row WHERE d.op IN {_WRITTEN}",
        moment,
    )


def _make_whole(work: Work) -> None:
    """The window must hold what came and nothing else, even if somebody put a row into it twice."""
    if work.run(f"SELECT count(*) FROM {work.in_scope}") == [(work.staged.rows.num_rows,)]:
        return
    work.run(f"DELETE FROM {work.table} WHERE rowid IN (SELECT t.rowid FROM {work.in_scope})")
    _insert_all(work)
