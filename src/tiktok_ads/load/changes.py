"""What is appended to `<table>__changes`, before the table itself is touched."""

from __future__ import annotations

from collections.abc import Iterable

from tiktok_ads.load.sql import listed, quoted, same
from tiktok_ads.load.staging import ROW
from tiktok_ads.load.work import Work, values


def as_missing(names: Iterable[str]) -> str:
    """A row of the table `t`, as it stands once a complete list lacks it. Its status stays as last told."""
    marked = {"is_deleted": "TRUE", "_deleted_at": "$at", "_synced_at": "$at", "_run_id": "$run_id"}
    return ", ".join(marked.get(name, f"t.{quoted(name)}") for name in names)


def record(work: Work) -> None:
    """Append what `diff` says is going to happen."""
    names = [name for name in work.held.columns if name not in ("_synced_at", "_run_id")]
    into = f"INSERT INTO {work.changes} ({listed([*names, '_change', '_changed_at', '_run_id'])})"
    moment: dict[str, object] = {"at": work.at, "run_id": work.run_id}
    old = f"FROM {work.table} t JOIN diff d ON t.rowid = d.old_row"
    own = f"{listed(names, 't.')}"
    # A version that nobody wrote down yet (the first load's, or one of a time without changes) comes first.
    work.run(
        f"{into} SELECT {own}, 'baseline', t._synced_at, t._run_id {old} WHERE d.op <> 'refresh' "
        f"AND NOT EXISTS (SELECT 1 FROM {work.changes} c WHERE c._changed_at = t._synced_at "
        f"AND {same('c', 't', work.keys)})"
    )
    work.run(f"{into} SELECT {own}, 'delete', $at, $run_id {old} WHERE d.op = 'delete'", moment)
    if work.staged.remove_missing and "_deleted_at" in names:
        work.run(
            f"{into} SELECT {as_missing(names)}, 'delete', $at, $run_id {old} WHERE d.op = 'missing'", moment
        )
    read = values(work.held.columns, work.staged)
    picked = [{**read, "_deleted_at": "d.deleted_at"}[name] for name in names]
    change = "CASE d.op WHEN 'mark' THEN 'delete' ELSE d.op END"
    work.run(
        f"{into} SELECT {', '.join(picked)}, {change}, $at, $run_id FROM stage s "
        f"JOIN diff d ON s.{ROW} = d.new_row WHERE d.op IN ('update', 'mark') "
        f"OR (d.op = 'insert' AND {_is_known(work)})",
        moment,
    )


def record_inserts(work: Work, kept: str) -> None:
    """Append new rows of what was loaded before and held nothing; `kept` is the WHERE that picks them."""
    names = [name for name in work.held.columns if name not in ("_synced_at", "_run_id")]
    read = values(work.held.columns, work.staged)
    deleted_at = f"CASE WHEN {read['is_deleted']} THEN $at END" if "is_deleted" in read else "NULL"
    picked = [{**read, "_deleted_at": deleted_at}[name] for name in names]
    work.run(
        f"INSERT INTO {work.changes} ({listed([*names, '_change', '_changed_at', '_run_id'])}) "
        f"SELECT {', '.join(picked)}, 'insert', $at, $run_id FROM stage s"
        f"{kept or ' WHERE TRUE'} AND {_is_known(work)}",
        {"at": work.at, "run_id": work.run_id},
    )


def _is_known(work: Work) -> str:
    """The row `s` belongs to what was loaded before: a first load writes no changes."""
    day = work.staged.spec.day_column
    days = f' AND s.{quoted(day)} BETWEEN k."first" AND k."last"' if day else ""
    return f"EXISTS (SELECT 1 FROM known k WHERE k.advertiser_id = s.advertiser_id{days})"
