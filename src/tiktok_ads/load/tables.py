"""Tables as they should be: made, given new columns, wider types and their comments, and registered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

from tiktok_ads.errors import LoadError, NotOurs
from tiktok_ads.load.columns import JSON, MOMENT, TEXT, converted, sql_type, wider
from tiktok_ads.load.history import create_history
from tiktok_ads.load.sql import folded, quoted, text
from tiktok_ads.load.staging import Staged
from tiktok_ads.load.state import Run

Columns = dict[str, pa.DataType]

_SYSTEM: dict[str, tuple[pa.DataType, str]] = {
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


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> Columns:
    """Names and types of a table's columns, in order. `table` is a quoted name."""
    relation = connection.sql(f"FROM {table} LIMIT 0")
    return {name: _arrow(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}


def _arrow(kind: object) -> pa.DataType:
    if not isinstance(kind, DuckDBPyType):
        raise TypeError(f"no type of DuckDB: {kind!r}")
    if str(kind) == "JSON":
        return JSON
    if kind.id == "struct":
        return pa.struct([pa.field(name, _arrow(part)) for name, part in kind.children])
    if kind.id == "list":
        return pa.list_(_arrow(kind.children[0][1]))
    if kind.id == "decimal":
        size = dict(kind.children)
        return pa.decimal128(int(str(size["precision"])), int(str(size["scale"])))
    plain = {
        "bigint": pa.int64(),
        "integer": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": MOMENT,
    }
    return plain.get(str(kind.id), TEXT)


def held(connection: duckdb.DuckDBPyConnection, present: set[str], schema: str, name: str) -> Held | None:
    """The table as it stands, None if it is not among those `present`."""
    if name not in present:
        return None
    changes = f"{name}__changes"
    return Held(
        name,
        columns_of(connection, f"{quoted(schema)}.{quoted(name)}"),
        columns_of(connection, f"{quoted(schema)}.{quoted(changes)}") if changes in present else None,
    )


def make_ready(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    schema: str,
    staged: Staged,
    *,
    present: set[str],
    at: datetime,
    destination: str,
) -> Held:
    """Bring the table to where the staged rows fit, inside the running transaction.

    `present` names the schema's tables.

    Raises:
        NotOurs: a table of that name is there that we did not make.
        LoadError: a newer version of this program made it.
    """
    spec = staged.spec
    recorded = _recorded(run, schema, spec.name)
    _check_version(recorded, spec.name, spec.version, destination)
    now = held(connection, present, schema, spec.name)
    if now is not None and recorded is None:
        raise NotOurs(f"the table {schema}.{spec.name} is there and was not made by us.", destination)
    comments = {
        field.name: (field.metadata or {}).get(b"comment", b"").decode()
        for field in (*spec.schema, *staged.rows.schema)
        if field.metadata
    }
    system = {n: v for n, v in _SYSTEM.items() if n != "_deleted_at" or "is_deleted" in staged.types}
    wanted = {**staged.types, **{name: kind for name, (kind, _) in system.items()}}
    comments.update({name: doc for name, (_, doc) in system.items()})
    target = f"{quoted(schema)}.{quoted(spec.name)}"
    fresh = recorded is None or recorded != (spec.version, spec.doc)
    columns, changed = _fit(run, target, now.columns if now else None, wanted, comments, again=fresh)
    changes = now.changes if now else None
    if changes is not None or spec.store_changes:
        plain = {n: k for n, k in columns.items() if n != "_run_id"}
        notes = {**comments, **{name: doc for name, (_, doc) in _CHANGE.items()}}
        extra = {name: kind for name, (kind, _) in _CHANGE.items()}
        log = f"{quoted(schema)}.{quoted(spec.name + '__changes')}"
        missing = changes is None
        changes, moved = _fit(run, log, changes, {**plain, **extra}, notes, again=fresh)
        if missing:
            run(f"COMMENT ON TABLE {log} IS {text('Every change of a row of ' + spec.name + '.')}")
        if changed or moved or missing:
            create_history(run, schema, spec, columns)
    if fresh:
        _register(run, schema, staged, target, at)
    return Held(spec.name, columns, changes)


def _fit(
    run: Run,
    target: str,
    present: Columns | None,
    wanted: Columns,
    comments: dict[str, str],
    *,
    again: bool,
) -> tuple[Columns, bool]:
    """Make or alter one table; gives its columns and whether it was altered. `again` renews all comments."""
    if present is None:
        body = ", ".join(f"{quoted(name)} {sql_type(kind)}" for name, kind in wanted.items())
        run(f"CREATE TABLE {target} ({body})")
        _comment(run, target, {name: comments.get(name, "") for name in wanted})
        return dict(wanted), True
    columns = dict(present)
    spelled = {folded(name): name for name in columns}
    touched: dict[str, str] = {}
    for name, kind in wanted.items():
        known = spelled.get(folded(name))
        if known is None:
            run(f"ALTER TABLE {target} ADD COLUMN {quoted(name)} {sql_type(kind)}")
            columns[name] = kind
            touched[name] = comments.get(name, "")
            continue
        wide = wider(columns[known], kind)
        if wide != columns[known]:
            value = converted(quoted(known), columns[known], wide)
            run(f"ALTER TABLE {target} ALTER COLUMN {quoted(known)} TYPE {sql_type(wide)} USING {value}")
            columns[known] = wide
            touched[known] = comments.get(name, "")
    _comment(run, target, {n: comments.get(n, "") for n in columns} if again else touched)
    return columns, bool(touched)


def _comment(run: Run, target: str, comments: dict[str, str]) -> None:
    for name, comment in comments.items():
        if comment:
            run(f"COMMENT ON COLUMN {target}.{quoted(name)} IS {text(comment)}")


def _recorded(run: Run, schema: str, name: str) -> tuple[object, ...] | None:
    rows = run(f"SELECT version, doc FROM {quoted(schema)}._tables WHERE table_name = ?", [name])
    return rows[0] if rows else None


def _check_version(recorded: tuple[object, ...] | None, name: str, version: int, destination: str) -> None:
    if recorded and isinstance(recorded[0], int) and recorded[0] > version:
        raise LoadError(
            f"a newer version of this program made the table {name} (definition {recorded[0]}, this one "
            f"knows {version}). Update the program; nothing was changed.",
            destination,
        )


def _register(run: Run, schema: str, staged: Staged, target: str, at: datetime) -> None:
    spec = staged.spec
    run(f"COMMENT ON TABLE {target} IS {text(spec.doc)}")
    run(f"DELETE FROM {quoted(schema)}._tables WHERE table_name = ?", [spec.name])
    run(
        f"INSERT INTO {quoted(schema)}._tables (table_name, version, doc, kind, updated_at) "
        "VALUES (?, ?, ?, ?, ?)",
        [spec.name, spec.version, spec.doc, spec.kind, at],
    )
