"""Tables as they should be: made, given new columns, wider types and their comments, and registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

import pyarrow as pa

from tiktok_ads.errors import LoadError, NotOurs
from tiktok_ads.load.columns import MOMENT, TEXT, wider
from tiktok_ads.load.database import Columns, Database
from tiktok_ads.load.destination import TableSpec
from tiktok_ads.load.history import create_history, history_of
from tiktok_ads.load.known import Known, Registered
from tiktok_ads.load.sql import folded, quoted, text
from tiktok_ads.load.staging import Staged

SYSTEM: dict[str, tuple[pa.DataType, str]] = {
    "_deleted_at": (MOMENT, "When we first saw it deleted, UTC; null while it is not."),
    "_synced_at": (MOMENT, "When this row was last written because it changed, UTC."),
    "_run_id": (TEXT, "The run that wrote this row."),
}
_CHANGE: dict[str, tuple[pa.DataType, str]] = {
    "_change": (TEXT, "insert, update, delete, or baseline: the row as it stood before its first change."),
    "_changed_at": (MOMENT, "Since when the row stood so, UTC."),
    "_run_id": (TEXT, "The run that saw it."),
}


@dataclass(frozen=True)
class Held:
    """A table as it stands: its columns, ours included, and those of `<name>__changes` if there is one."""

    name: str
    columns: Columns
    changes: Columns | None


def make_ready(db: Database, known: Known, staged: Staged, *, at: datetime) -> Held:
    """Bring the table to where the staged rows fit, inside the running transaction.

    Raises:
        NotOurs: a table of that name is there that we did not make.
        LoadError: a newer version of this program made it, or it was filled by an update method that does
            not go with this one.
    """
    spec = staged.spec
    recorded = known.registered.get(spec.name)
    _check_version(recorded, spec, db.name)
    now = known.columns(spec.name) if spec.name in known.tables else None
    if now is not None and recorded is None:
        raise NotOurs(f"the table {db.schema}.{spec.name} is there and was not made by us.", db.name)
    if now is not None:
        _check_method(db, recorded, spec)
    described = (*spec.schema, *staged.rows.schema)
    comments = {f.name: f.metadata.get(b"comment", b"").decode() for f in described if f.metadata}
    marks = "is_deleted" in staged.types and spec.method != "append"
    system = {n: v for n, v in SYSTEM.items() if n != "_deleted_at" or marks}
    wanted = {**staged.types, **{name: kind for name, (kind, _) in system.items()}}
    comments.update({name: doc for name, (_, doc) in system.items()})
    changes = f"{spec.name}__changes"
    has_changes = changes in known.tables
    log = known.columns(changes) if has_changes else None
    # The view must be out of the way before a column of its tables can be widened.
    if has_changes and _has_wider(now, wanted):
        db.drop_view(history_of(db, spec.name))
    columns, _ = _fit(db, known, spec.name, now, wanted)
    _comment(db, known, spec.name, columns, {**comments, None: spec.doc})
    if has_changes or spec.keeps_changes:
        plain = {n: k for n, k in columns.items() if n != "_run_id"}
        extra = {name: kind for name, (kind, _) in _CHANGE.items()}
        before = log
        log, altered = _fit(db, known, changes, before, {**plain, **extra})
        notes = {**comments, **{name: doc for name, (_, doc) in _CHANGE.items()}}
        _comment(db, known, changes, log, {**notes, None: f"Every change of a row of {spec.name}."})
        if altered or columns != now:
            create_history(db, spec, columns)
    _register(db, known, spec, at)
    return Held(spec.name, columns, log)


def _has_wider(present: Columns | None, wanted: Columns) -> bool:
    spelled = {folded(name): kind for name, kind in (present or {}).items()}
    known = ((spelled.get(folded(name)), kind) for name, kind in wanted.items())
    return any(old is not None and wider(old, new) != old for old, new in known)


def _fit(
    db: Database, known: Known, table: str, present: Columns | None, wanted: Columns
) -> tuple[Columns, bool]:
    """Make or alter one table; gives its columns and whether it was altered."""
    target = f"{quoted(db.schema)}.{quoted(table)}"
    if present is None:
        body = ", ".join(f"{quoted(name)} {db.sql_type(kind)}" for name, kind in wanted.items())
        db.run(f"CREATE TABLE {target} ({body})")
        known.made(table, dict(wanted))
        return dict(wanted), True
    columns = dict(present)
    spelled = {folded(name): name for name in columns}
    for name, kind in wanted.items():
        there = spelled.get(folded(name))
        if there is None:
            db.run(f"ALTER TABLE {target} ADD COLUMN {quoted(name)} {db.sql_type(kind)}")
            columns[name] = kind
            continue
        wide = wider(columns[there], kind)
        if wide != columns[there]:
            value = db.converted(quoted(there), columns[there], wide)
            db.run(
                f"ALTER TABLE {target} ALTER COLUMN {quoted(there)} TYPE {db.sql_type(wide)} USING {value}"
            )
            columns[there] = wide
            # A column that is made anew may have lost what was written at it.
            known.comments.pop((table, there), None)
    if columns == present:
        return present, False
    known.made(table, columns)
    return columns, True


def _comment(
    db: Database, known: Known, table: str, columns: Columns, comments: Mapping[str | None, str]
) -> None:
    """Let table and columns say what `comments` say; None stands for the table itself."""
    target = f"{quoted(db.schema)}.{quoted(table)}"
    written = known.comments
    for name in (None, *columns):
        comment = comments.get(name, "")
        if not comment or written.get((table, name)) == comment:
            continue
        what = f"TABLE {target}" if name is None else f"COLUMN {target}.{quoted(name)}"
        db.run(f"COMMENT ON {what} IS {text(comment)}")
        written[table, name] = comment


def _check_version(recorded: Registered | None, spec: TableSpec, destination: str) -> None:
    if recorded and recorded.version > spec.version:
        raise LoadError(
            f"a newer version of this program made the table {spec.name} (definition {recorded.version}, "
            f"this one knows {spec.version}). Update the program; nothing was changed.",
            destination,
        )


def _check_method(db: Database, recorded: Registered | None, spec: TableSpec) -> None:
    """One row per key and one row per key and run cannot stand in the same table."""
    before = (recorded.update_method if recorded else None) or "partition"
    if (before == "append") == (spec.method == "append"):
        return
    if db.run(f"SELECT 1 FROM {quoted(db.schema)}.{quoted(spec.name)} LIMIT 1"):
        holds = "each run's snapshot" if before == "append" else "one row per key"
        raise LoadError(
            f"the table {spec.name} holds {holds} (update method {before}), which does not go with "
            f"{spec.method}. Empty it by `tiktok-ads reset --table {spec.name}`, or give the new one another "
            "name; nothing was changed.",
            db.name,
        )


def _register(db: Database, known: Known, spec: TableSpec, at: datetime) -> None:
    wanted = Registered(spec.version, spec.doc, spec.kind, spec.method, spec.owner_column, spec.day_column)
    if known.registered.get(spec.name) == wanted:
        return
    register = f"{quoted(db.schema)}._tables"
    db.run(f"DELETE FROM {register} WHERE table_name = ?", [spec.name])
    names = [field.name for field in fields(Registered)]
    db.run(
        f"INSERT INTO {register} (table_name, updated_at, {', '.join(names)}) "
        f"VALUES (?, ?{', ?' * len(names)})",
        [spec.name, at, *(getattr(wanted, name) for name in names)],
    )
    known.registered[spec.name] = wanted
