"""One transaction's work on one table: make its scope equal to what came, touching only what differs."""

from __future__ import annotations

import pyarrow.compute as pc

from tiktok_ads.errors import LoadError
from tiktok_ads.load.changes import as_missing, record, record_inserts
from tiktok_ads.load.destination import Outcome
from tiktok_ads.load.sql import listed, quoted
from tiktok_ads.load.staging import LOAD, OLD, ROW
from tiktok_ads.load.work import Work

_OPS = ("insert", "update", "delete", "mark", "missing", "refresh")
_WRITTEN = {"insert", "update", "mark", "refresh"}


def check_unique(work: Work) -> None:
    """Hold the keys, where a blank equals itself.

    Raises:
        LoadError: two rows have the same key.
    """
    keys = list(work.keys)
    counted = work.staged.rows.select(keys).group_by(keys, use_threads=False).aggregate([([], "count_all")])
    if counted.num_rows == work.staged.rows.num_rows:
        return
    double = counted.filter(pc.greater(counted["count_all"], 1)).slice(0, 1).to_pylist()[0]
    shown = ", ".join(f"{name}={double[name]}" for name in keys)
    raise LoadError(
        f"{double['count_all']} rows of {work.held.name} have the same key ({shown[:300]}). "
        "Nothing was written.",
        work.db.name,
    )


def make_equal(work: Work) -> tuple[list[Outcome], bool]:
    """Make the table's scope equal to the stage; one outcome per load, and whether anything was touched."""
    check_unique(work)
    came = {number: load.rows.num_rows for number, load in enumerate(work.staged.loads)}
    held = int(str(work.db.run(f"SELECT count(*) FROM {work.in_scope}")[0][0]))
    if not held:
        return _fill(work, came), work.staged.rows.num_rows > 0
    counts: dict[str, dict[int, int]] = {op: {} for op in _OPS}
    is_different = _compare(work) > 0
    if is_different:
        for op, load, rows in work.db.run(f"SELECT op, {LOAD}, count(*) FROM diff GROUP BY op, {LOAD}"):
            counts[str(op)][int(str(load))] = int(str(rows))
        ops = {op for op, loads in counts.items() if loads}
        if work.records:
            record(work, ops)
        held += _apply(work, ops)
    if _is_exact(work) and held != work.staged.rows.num_rows:
        # Somebody put a row into the scope twice: it must hold what came and nothing else.
        ids = f"SELECT t.{work.row_id} FROM {work.in_scope}"
        work.db.run(f"DELETE FROM {work.table} WHERE {work.row_id} IN ({ids})")
        _insert_all(work)
        is_different = True
    outcomes = [
        Outcome(
            rows=rows,
            inserted=counts["insert"].get(load, 0),
            updated=counts["update"].get(load, 0),
            deleted=sum(counts[op].get(load, 0) for op in ("delete", "mark", "missing")),
        )
        for load, rows in came.items()
    ]
    return outcomes, is_different


def _is_exact(work: Work) -> bool:
    """The scope holds the staged rows and no others."""
    return work.staged.spec.kind == "report" and work.staged.spec.method != "merge"


def _marks(work: Work) -> bool:
    """Deleted objects get the moment at which they were first seen so; a snapshot tells its own alone."""
    return "_deleted_at" in work.held.columns and work.staged.spec.method != "append"


def _fill(work: Work, came: dict[int, int]) -> list[Outcome]:
    """The table holds nothing of the scope, so there is nothing to compare with."""
    kept = _insert_all(work)
    if work.records:
        record_inserts(work, kept)
    stored: dict[int, int] = {}
    if kept:
        rows_of = work.db.run(f"SELECT {LOAD}, count(*) FROM stage s{kept} GROUP BY {LOAD}")
        stored = {int(str(load)): int(str(count)) for load, count in rows_of}
    else:
        counted = pc.value_counts(work.staged.rows[LOAD]).to_pylist()
        stored = {one["values"]: one["counts"] for one in counted}
    return [Outcome(rows, stored.get(load, 0), 0, 0) for load, rows in came.items()]


def _insert_all(work: Work) -> str:
    """Insert every staged row that is to be kept; gives the WHERE that picks those of the stage `s`."""
    read = work.values()
    picked = {**read, "_synced_at": work.now, "_run_id": work.this_run}
    kept = ""
    if "is_deleted" in read and work.staged.drop_deleted:
        kept = f" WHERE {read['is_deleted']} IS NOT TRUE"
    if _marks(work):
        picked["_deleted_at"] = f"CASE WHEN {read['is_deleted']} THEN {work.now} END"
    if work.staged.rows.num_rows:
        work.db.insert(work.held.name, picked, kept)
    return kept


def _absent(work: Work) -> str:
    """What becomes of a row of the scope that did not come."""
    staged = work.staged
    if staged.spec.method == "merge":
        return "NULL"
    if staged.spec.kind == "report" or staged.spec.method == "append":
        return "'delete'"
    if not staged.remove_missing:
        return "NULL"
    return "'delete'" if staged.drop_deleted or not _marks(work) else _MISSING


_MISSING = "CASE WHEN o.is_deleted IS NOT TRUE THEN 'missing' END"
_UPDATE = "'update'"


def _compare(work: Work) -> int:
    """Fill `diff`: one row per difference between the stage and the table's scope, none for what is equal.

    `op` is insert, update or delete; `mark` for a row that comes marked deleted, `missing` for one that a
    complete list lacks, `refresh` where only links that expire have changed.
    """
    staged = work.staged
    read = work.values()
    expiring = {
        field.name for field in staged.spec.schema if (field.metadata or {}).get(b"expires") == b"1"
    } & read.keys()
    compared = [name for name in read if name not in expiring and name not in work.keys]
    marks = _marks(work)
    drops = "is_deleted" in read and staged.drop_deleted
    gone = read.get("is_deleted", "FALSE")
    unwanted = f"WHEN o.{OLD} IS NULL AND {gone} THEN NULL " if drops else ""
    dropped = f"WHEN {gone} THEN 'delete' " if drops else ""
    newly = f"CASE WHEN {gone} AND o.is_deleted IS NOT TRUE THEN 'mark' ELSE 'update' END"
    since = f"CASE WHEN {gone} THEN coalesce(CASE WHEN o.is_deleted THEN o._deleted_at END, {work.now}) END"
    # One level of names: every column that is handed on once more costs a small load's time.
    return work.db.keep(
        "diff",
        f"SELECT * FROM (SELECT coalesce(s.{LOAD}, o.{LOAD}) AS {LOAD}, s.{ROW} AS new_row, "
        f"o.{OLD} AS old_row, CASE {unwanted}WHEN o.{OLD} IS NULL THEN 'insert' "
        f"WHEN s.{ROW} IS NULL THEN {_absent(work)} {dropped}"
        f"WHEN {_differs(read, compared)} THEN {newly if marks else _UPDATE} "
        f"WHEN {_differs(read, sorted(expiring))} THEN 'refresh' END AS op, "
        f"{since if marks else 'CAST(NULL AS TIMESTAMP)'} AS deleted_at, o._synced_at, o._run_id "
        f"FROM stage s FULL JOIN (SELECT t.*, t.{work.row_id} AS {OLD}, {work.load_of} AS {LOAD} "
        f"FROM {work.in_scope}) o ON {work.db.paired({key: read[key] for key in work.keys}, 'o')}) d "
        "WHERE op IS NOT NULL",
    )


def _differs(read: dict[str, str], names: list[str]) -> str:
    tests = [f"{read[name]} IS DISTINCT FROM o.{quoted(name)}" for name in names]
    return f"({' OR '.join(tests)})" if tests else "FALSE"


def _apply(work: Work, ops: set[str]) -> int:
    """Do what `diff` says, which holds these operations; gives by how many rows the scope has grown."""
    read = work.values()
    names = list(work.held.columns)
    grown = 0
    if "missing" in ops:
        grown += work.db.touched(
            f"INSERT INTO {work.table} ({listed(names)}) SELECT {as_missing(work, names)} "
            f"FROM {work.table} t JOIN diff d ON t.{work.row_id} = d.old_row WHERE d.op = 'missing'"
        )
    if ops - {"insert"}:
        grown -= work.db.touched(
            f"DELETE FROM {work.table} WHERE {work.row_id} IN "
            "(SELECT old_row FROM diff WHERE old_row IS NOT NULL)"
        )
    if not ops & _WRITTEN:
        return grown
    picked = {
        **read,
        "_synced_at": f"CASE WHEN d.op = 'refresh' THEN d._synced_at ELSE {work.now} END",
        "_run_id": f"CASE WHEN d.op = 'refresh' THEN d._run_id ELSE {work.this_run} END",
        "_deleted_at": "d.deleted_at",
    }
    grown += work.db.touched(
        f"INSERT INTO {work.table} ({listed(names)}) SELECT {', '.join(picked[name] for name in names)} "
        f"FROM stage s JOIN diff d ON s.{ROW} = d.new_row WHERE d.op <> 'delete'"
    )
    return grown
