"""What a run changed: how many rows of each table, and each of them as it stood before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import pyarrow as pa

from tiktok_ads.config import Settings
from tiktok_ads.errors import UnknownName
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.load.sql import listed, quoted, same
from tiktok_ads.sync.tables import Table, tables_of
from tiktok_ads.ui.data.reading import SECONDS, Opened, opened, owners
from tiktok_ads.ui.data.rows import MOST_DOWNLOADED, PER_PAGE

Change = Literal["insert", "update", "delete"]
CHANGES: tuple[Change, ...] = get_args(Change)
_DOWNLOAD_SECONDS = 120.0
_BEFORE = "before "


@dataclass(frozen=True)
class ChangedTable:
    """How many rows of a table a run inserted, updated and deleted; `is_kept` is False if nobody noted."""

    name: str
    is_kept: bool
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class ChangesWanted:
    """Which changes of a table: of one advertiser or of all, of one kind or of each."""

    table: str
    advertiser: str = ""
    change: Change | None = None
    offset: int = 0
    limit: int = PER_PAGE


@dataclass(frozen=True)
class ChangedValue:
    """A value that differs; before an insert and after a delete there is none."""

    column: str
    before: object
    after: object


@dataclass(frozen=True)
class ChangedRow:
    """A row that changed: its key, a name for it if it has one, and what differs."""

    change: Change
    key: Mapping[str, object]
    values: tuple[ChangedValue, ...]


@dataclass(frozen=True)
class ChangesSeen:
    """A part of the changes, and how many there are. `owners` are whose rows the table may hold, by id."""

    rows: tuple[ChangedRow, ...] = ()
    found: int = 0
    owners: Mapping[str, str] = field(default_factory=dict)


def changed_tables(settings: Settings, run: JobRun) -> list[ChangedTable]:
    """What a run changed, by table, in the order in which they are loaded.

    Raises:
        ConfigError, DestinationBusy, LoadError: it cannot be looked at now.
    """
    tables = tables_of(settings)
    with opened(settings) as there:
        return [_counted(there, table, run) for table in tables]


def changes(settings: Settings, run: JobRun, wanted: ChangesWanted) -> ChangesSeen:
    """A part of what a run changed in a table.

    Raises:
        UnknownName: the dataset has no such table, or nobody noted its changes.
        ConfigError, DestinationBusy, LoadError: it cannot be looked at now.
    """
    table = _kept_table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(_log(table)):
            return ChangesSeen()
        where, values = _where(there, table, run, wanted)
        count = f"SELECT count(*) FROM {there.reader.qualified(_log(table))} AS c WHERE {where}"
        found = int(there.reader.query(count, values, seconds=SECONDS).column(0)[0].as_py())
        sql = _select(there, table, where, offset=wanted.offset, limit=wanted.limit)
        rows = there.reader.query(sql, values, seconds=SECONDS).to_pylist()
        known = owners(there, table.name, table.spec().owner_column)
    return ChangesSeen(tuple(_row(table, row) for row in rows), found, known)


def all_changes(settings: Settings, run: JobRun, wanted: ChangesWanted) -> pa.Table:
    """All these changes, up to a million, for a file: each row as it stands after, and what it was before.

    A column `… before` is there where an updated row differs. Raises as `changes`.
    """
    table = _kept_table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(_log(table)):
            return pa.table({})
        where, values = _where(there, table, run, wanted)
        sql = _select(there, table, where, offset=0, limit=MOST_DOWNLOADED)
        differing = ", ".join(
            f"coalesce(bool_or(r._change = 'update' AND r.{quoted(name)} IS DISTINCT FROM "
            f"r.{quoted(_BEFORE + name)}), FALSE)"
            for name in _compared(there, table)
        )
        rows = there.reader.query(sql, values, seconds=_DOWNLOAD_SECONDS)
        # Which columns differ anywhere is the database's to say: it can compare every type.
        told = there.reader.query(f"SELECT {differing} FROM ({sql}) AS r", values, seconds=_DOWNLOAD_SECONDS)
        differ = [
            name for name, one in zip(_compared(there, table), told.columns, strict=True) if one[0].as_py()
        ]
    names = [name for name in rows.column_names if not name.startswith(_BEFORE)]
    shown = [one for name in names for one in ((name, _BEFORE + name) if name in differ else (name,))]
    return rows.select(shown).rename_columns(
        [f"{one.removeprefix(_BEFORE)} before" if one.startswith(_BEFORE) else one for one in shown]
    )


def of_run(run: JobRun) -> tuple[str, list[object]]:
    """The test that picks what a run wrote down from the changes `c`, with its values.

    A run that broke off left no report and so no id; then the time in which it ran tells.
    """
    if run.report and run.report.get("run_id"):
        return "c._run_id = ?", [run.report["run_id"]]
    last = run.finished_at or datetime.now(UTC)
    return "c._changed_at BETWEEN ? AND ?", [_naive(run.started_at), _naive(last)]


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _log(table: Table) -> str:
    return f"{table.name}__changes"


def _kept_table(settings: Settings, name: str) -> Table:
    for table in tables_of(settings):
        if table.name == name:
            return table
    raise UnknownName(f"This dataset has no table {name[:60]!r}.", "Its page shows those that it has.")


def _counted(there: Opened | None, table: Table, run: JobRun) -> ChangedTable:
    if there is None or not there.has(_log(table)):
        return ChangedTable(table.name, table.store_changes)
    test, values = of_run(run)
    rows = there.reader.query(
        f"SELECT c._change, count(*) FROM {there.reader.qualified(_log(table))} AS c "
        f"WHERE {test} AND c._change <> 'baseline' GROUP BY 1",
        values,
        seconds=SECONDS,
    )
    by = dict(zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True))
    return ChangedTable(
        table.name, table.store_changes, by.get("insert", 0), by.get("update", 0), by.get("delete", 0)
    )


def _where(there: Opened, table: Table, run: JobRun, wanted: ChangesWanted) -> tuple[str, list[object]]:
    test, values = of_run(run)
    tests = [test, "c._change <> 'baseline'"]
    if wanted.advertiser:
        tests.append(f"c.{there.checked(_log(table), table.spec().owner_column)} = ?")
        values.append(wanted.advertiser)
    if wanted.change:
        tests.append("c._change = ?")
        values.append(wanted.change)
    return " AND ".join(tests), values


def _compared(there: Opened, table: Table) -> list[str]:
    """The columns that can differ: not the key, and nothing of the loader's own."""
    keys = set(table.stream.uniqueness)
    ours = {"_change", "_changed_at", "_run_id", "_deleted_at"}
    return [one.name for one in there.tables[_log(table)] if one.name not in keys | ours]


def _select(there: Opened, table: Table, where: str, *, offset: int, limit: int) -> str:
    """The changes, each beside the version before it: the newest older one, which is always kept as well."""
    log, keys, compared = (
        there.reader.qualified(_log(table)),
        table.stream.uniqueness,
        _compared(there, table),
    )
    older = ", ".join(f"b.{quoted(name)} AS {quoted(_BEFORE + name)}" for name in compared)
    return (
        f"WITH these AS (SELECT c.* FROM {log} AS c WHERE {where} "
        f"ORDER BY {_in_order('c', keys)} LIMIT {limit:d} OFFSET {offset:d}), "
        f"older AS (SELECT o.*, row_number() OVER (PARTITION BY {listed(keys, 'o.')} "
        f"ORDER BY o._changed_at DESC) AS _nth FROM {log} AS o JOIN these AS t "
        f"ON {same('o', 't', keys)} AND o._changed_at < t._changed_at) "
        f"SELECT t._change, t._changed_at, {listed([*keys, *compared], 't.')}, {older} FROM these AS t "
        f"LEFT JOIN older AS b ON b._nth = 1 AND {same('b', 't', keys)} "
        f"ORDER BY {_in_order('t', keys)}"
    )


def _in_order(of: str, keys: Sequence[str]) -> str:
    return ", ".join([*(f"{of}.{quoted(name)} NULLS FIRST" for name in keys), f"{of}._change"])


def _row(table: Table, row: Mapping[str, Any]) -> ChangedRow:
    keys: Sequence[str] = table.stream.uniqueness
    names = [name.removeprefix(_BEFORE) for name in row if name.startswith(_BEFORE)]
    change = row["_change"]
    key = {name: row[name] for name in keys}
    if change == "update":
        pairs = [ChangedValue(name, row[_BEFORE + name], row[name]) for name in names]
        return ChangedRow(change, key, tuple(one for one in pairs if one.before != one.after))
    is_new = change == "insert"
    whole = [
        (name, row[name] if is_new or row[_BEFORE + name] is None else row[_BEFORE + name]) for name in names
    ]
    values = [
        ChangedValue(name, None if is_new else value, value if is_new else None)
        for name, value in whole
        if value is not None
    ]
    return ChangedRow(change, key, tuple(values))
