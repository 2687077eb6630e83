"""A table as it stood at an earlier moment, or after an earlier run, from its stored versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError, UnknownName
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.load.sql import listed, quoted
from tiktok_ads.sync.tables import Table, tables_of
from tiktok_ads.ui.data.changes import of_run
from tiktok_ads.ui.data.reading import SECONDS, Opened, opened, owners
from tiktok_ads.ui.data.rows import MOST_DOWNLOADED, PER_PAGE
from tiktok_ads.ui.data.tables import NAMES

_OURS = frozenset({"_run_id", "_valid_from", "_valid_to", "_is_current"})
_DOWNLOAD_SECONDS = 120.0


@dataclass(frozen=True)
class AsOfWanted:
    """Which rows, as of when: after the run `run`, or at the moment `at`, which counts if both are given."""

    table: str
    run: JobRun | None = None
    at: datetime | None = None
    advertiser: str = ""
    offset: int = 0
    limit: int = PER_PAGE


@dataclass(frozen=True)
class AsOfSeen:
    """Some rows of a table as they stood. `at` is the moment, None while nothing is loaded."""

    table: str
    at: datetime | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    found: int = 0
    owners: Mapping[str, str] = field(default_factory=dict)


def tables_with_versions(settings: Settings) -> list[str]:
    """The tables of a dataset whose changes are stored."""
    return [table.name for table in tables_of(settings) if table.store_changes]


def as_of(settings: Settings, wanted: AsOfWanted) -> AsOfSeen:
    """A part of a table as it stood, in the order of its key.

    Raises:
        UnknownName: the dataset has no such table.
        ConfigError: its changes are not stored, or no moment is said.
        DestinationBusy, LoadError: it cannot be looked at now.
    """
    table = _table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(f"{table.name}__history"):
            return AsOfSeen(table.name)
        at = _moment(there, table, wanted)
        where, values = _where(there, table, wanted, at)
        view = there.reader.qualified(f"{table.name}__history")
        count = there.reader.query(f"SELECT count(*) FROM {view} AS h WHERE {where}", values, seconds=SECONDS)
        sql = _select(there, table, where, offset=wanted.offset, limit=wanted.limit)
        found = there.reader.query(sql, values, seconds=SECONDS)
        known = owners(there, table.name, table.spec().owner_column)
    # What a row is called stands where it is seen without scrolling.
    key = table.stream.uniqueness
    found = found.select(
        sorted(found.column_names, key=lambda name: 0 if name in key else 2 - (name in NAMES))
    )
    seen = tuple(zip(*(found.column(name).to_pylist() for name in found.column_names), strict=True))
    total = int(count.column(0)[0].as_py())
    return AsOfSeen(table.name, at, tuple(found.column_names), seen, total, known)


def all_as_of(settings: Settings, wanted: AsOfWanted) -> pa.Table:
    """All these rows, up to a million, for a file; raises as `as_of`."""
    table = _table(settings, wanted.table)
    with opened(settings) as there:
        if there is None or not there.has(f"{table.name}__history"):
            return pa.table({})
        where, values = _where(there, table, wanted, _moment(there, table, wanted))
        sql = _select(there, table, where, offset=0, limit=MOST_DOWNLOADED)
        return there.reader.query(sql, values, seconds=_DOWNLOAD_SECONDS)


def _table(settings: Settings, name: str) -> Table:
    for table in tables_of(settings):
        if table.name == name and table.store_changes:
            return table
        if table.name == name:
            raise ConfigError(
                f"The changes of {name} are not stored, so only today's rows are known.",
                f"Store changes in the dataset, or set store_changes = true under [tables.{name}]; "
                "from then on earlier states are kept.",
            )
    raise UnknownName(f"This dataset has no table {name[:60]!r}.", "Its page shows those that it has.")


def _moment(there: Opened, table: Table, wanted: AsOfWanted) -> datetime:
    """When the table stood so: a run stamps all that it does with one moment, that of its beginning."""
    if wanted.at is not None:
        return wanted.at
    run = wanted.run
    if run is None:
        raise ConfigError("As of when?", "Name a run or a moment.")
    test, values = of_run(run)
    written = [
        there.reader.query(
            f"SELECT max(c.{column}) FROM {there.reader.qualified(name)} AS c "
            f"WHERE {test.replace('_changed_at', column)}",
            values,
            seconds=SECONDS,
        )
        .column(0)[0]
        .as_py()
        for name, column in ((f"{table.name}__changes", "_changed_at"), (table.name, "_synced_at"))
    ]
    known: list[datetime] = [one.replace(tzinfo=UTC) for one in written if one is not None]
    if known:
        return max(known)
    # A run that changed nothing here left no mark; its clock is the one that it would have stamped with.
    begun = run.report.get("started_at") if run.report else None
    return datetime.fromisoformat(str(begun)) if begun else run.finished_at or run.started_at


def _where(there: Opened, table: Table, wanted: AsOfWanted, at: datetime) -> tuple[str, list[object]]:
    moment = at.astimezone(UTC).replace(tzinfo=None)
    where = "h._valid_from <= ? AND (h._valid_to IS NULL OR h._valid_to > ?)"
    values: list[object] = [moment, moment]
    if wanted.advertiser:
        where += f" AND h.{there.checked(f'{table.name}__history', table.spec().owner_column)} = ?"
        values.append(wanted.advertiser)
    return where, values


def _select(there: Opened, table: Table, where: str, *, offset: int, limit: int) -> str:
    name = f"{table.name}__history"
    columns = [one.name for one in there.tables[name] if one.name not in _OURS]
    order = ", ".join(f"h.{quoted(key)} NULLS FIRST" for key in table.stream.uniqueness)
    return (
        f"SELECT {listed(columns, 'h.')} FROM {there.reader.qualified(name)} AS h WHERE {where} "
        f"ORDER BY {order} LIMIT {limit:d} OFFSET {offset:d}"
    )
