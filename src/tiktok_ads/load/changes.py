"""What is appended to `<table>__changes`, before the table itself is touched."""

from __future__ import annotations

from collections.abc import Iterable

from tiktok_ads.load.sql import listed, quoted, same, text
from tiktok_ads.load.staging import ROW
from tiktok_ads.load.state import read_bookmarks
from tiktok_ads.load.work import Work

_OURS = ("_synced_at", "_run_id")


def as_missing(work: Work, names: Iterable[str]) -> str:
    """A row of the table `t`, as it stands once a complete list lacks it. Its status stays as last told."""
    now = work.now
    marked = {"is_deleted": "TRUE", "_deleted_at": now, "_synced_at": now, "_run_id": work.this_run}
    return ", ".join(marked.get(name, f"t.{quoted(name)}") for name in names)


def record(work: Work, ops: set[str]) -> None:
    """Append what `diff` says is going to happen; it holds these operations."""
    names = [name for name in work.held.columns if name not in _OURS]
    into = f"INSERT INTO {work.changes} ({listed([*names, '_change', '_changed_at', '_run_id'])})"
    seen = f"{work.now}, {work.this_run}"
    old = f"FROM {work.table} t JOIN diff d ON t.{work.row_id} = d.old_row"
    own = listed(names, "t.")
    # A version that nobody wrote down yet (the first load's, or one of a time without changes) comes first.
    if ops - {"insert", "refresh"}:
        work.db.run(
            f"{into} SELECT {own}, 'baseline', t._synced_at, t._run_id {old} WHERE d.op <> 'refresh' "
            f"AND NOT EXISTS (SELECT 1 FROM {work.changes} c WHERE c._changed_at = t._synced_at "
            f"AND {same('c', 't', work.keys)})"
        )
    if "delete" in ops:
        work.db.run(f"{into} SELECT {own}, 'delete', {seen} {old} WHERE d.op = 'delete'")
    if "missing" in ops:
        work.db.run(f"{into} SELECT {as_missing(work, names)}, 'delete', {seen} {old} WHERE d.op = 'missing'")
    if not ops & {"insert", "update", "mark"}:
        return
    read = {**work.values(), "_deleted_at": "d.deleted_at"}
    known = _is_known(work) if "insert" in ops else "FALSE"
    change = "CASE d.op WHEN 'mark' THEN 'delete' ELSE d.op END"
    work.db.run(
        f"{into} SELECT {', '.join(read[name] for name in names)}, {change}, {seen} FROM stage s "
        f"JOIN diff d ON s.{ROW} = d.new_row WHERE d.op IN ('update', 'mark') "
        f"OR (d.op = 'insert' AND {known})"
    )


def record_inserts(work: Work, kept: str) -> None:
    """Append new rows of what was loaded before and held nothing; `kept` is the WHERE that picks them."""
    names = [name for name in work.held.columns if name not in _OURS]
    read = work.values()
    read["_deleted_at"] = (
        f"CASE WHEN {read['is_deleted']} THEN {work.now} END" if "is_deleted" in read else "NULL"
    )
    work.db.run(
        f"INSERT INTO {work.changes} ({listed([*names, '_change', '_changed_at', '_run_id'])}) "
        f"SELECT {', '.join(read[name] for name in names)}, 'insert', {work.now}, {work.this_run} "
        f"FROM stage s{kept or ' WHERE TRUE'} AND {_is_known(work)}"
    )


def _is_known(work: Work) -> str:
    """The row `s` belongs to what was loaded before: a first load writes no changes."""
    spec = work.staged.spec
    owners = list(dict.fromkeys(span.owner for span in work.staged.scope))
    tests: list[str] = []
    for (_, owner), mark in read_bookmarks(work.db, table=spec.name, advertiser_ids=owners).items():
        days = [
            f"{work.day_of('s')} BETWEEN DATE '{loaded.first}' AND DATE '{loaded.last}'"
            for loaded in mark.days
        ]
        if not spec.day_column:
            tests.append(f"s.{work.owner} = {text(owner)}")
        elif days:
            tests.append(f"(s.{work.owner} = {text(owner)} AND ({' OR '.join(days)}))")
    return f"({' OR '.join(tests)})" if tests else "FALSE"
