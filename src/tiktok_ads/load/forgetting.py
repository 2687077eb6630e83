"""Rows taken out on purpose: all of an owner, to be read anew, or those of a key, never to come back."""

from __future__ import annotations

import difflib
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import msgspec
import pyarrow as pa

from tiktok_ads.errors import ConfigError
from tiktok_ads.load.columns import TEXT
from tiktok_ads.load.database import Database
from tiktok_ads.load.known import Known
from tiktok_ads.load.sql import quoted, text
from tiktok_ads.load.staging import LOAD, Staged

_COMPARED = (TEXT, pa.int64(), pa.date32())
"""Types whose values every database writes alike as text."""


def forget_owners(
    db: Database, known: Known, table: str, owner_column: str, owners: Sequence[str] | None
) -> None:
    """Take out rows, changes, sums and bookmarks; None stands for every owner."""
    whose = None if owners is None else ", ".join(map(text, owners))

    def delete(name: str, column: str, more: str = "TRUE") -> None:
        where = more if whose is None else f"{more} AND {quoted(column)} IN ({whose})"
        db.run(f"DELETE FROM {quoted(db.schema)}.{quoted(name)} WHERE {where}")

    if owners is not None and not owners:
        return
    for name in (table, f"{table}__changes"):
        if name in known.tables:
            delete(name, owner_column)
    for name in ("_state", "_daily_sums", *({"_quality"} & known.tables)):
        delete(name, "advertiser_id", f"table_name = {text(table)}")


def count_keys(db: Database, known: Known, table: str, keys: Mapping[str, str]) -> dict[str, int]:
    """How many rows of the table and of its changes have these values.

    Raises:
        ConfigError: there is no such table or column, or the column cannot be compared as text.
    """
    found: dict[str, int] = {}
    for name, where in places(db, known, table, keys):
        rows = db.run(f"SELECT count(*) FROM {quoted(db.schema)}.{quoted(name)} t WHERE {where}")
        found[name] = int(str(rows[0][0]))
    return found


def forget_keys(
    db: Database, known: Known, table: str, keys: Mapping[str, str], *, at: datetime
) -> dict[str, int]:
    """Delete those rows and remember, without their values, that they must not come back."""
    deleted = {
        name: db.touched(f"DELETE FROM {quoted(db.schema)}.{quoted(name)} AS t WHERE {where}")
        for name, where in places(db, known, table, keys)
    }
    columns, wanted = _order(keys)
    salt = next((salt for _, salt, _ in _entries(db, table)), secrets.token_hex(16))
    digest = _digest(salt, wanted)
    if (columns, salt, digest) not in set(_entries(db, table)):
        db.run(
            f"INSERT INTO {quoted(db.schema)}._forgotten (table_name, columns, salt, digest, forgotten_at) "
            "VALUES (?, ?, ?, ?, ?)",
            [table, msgspec.json.encode(columns).decode(), salt, digest, at],
        )
    return deleted


def let_back_in(db: Database, known: Known, table: str, keys: Mapping[str, str]) -> int:
    """Undo that rows of these values are kept out; gives how often it was remembered."""
    if "_forgotten" not in known.tables:
        return 0
    columns, wanted = _order(keys)
    times = 0
    for entry, salt, digest in set(_entries(db, table)):
        if entry == columns and digest == _digest(salt, wanted):
            times += db.touched(
                f"DELETE FROM {quoted(db.schema)}._forgotten WHERE table_name = {text(table)} "
                f"AND digest = {text(digest)}"
            )
    return times


def keep_out(db: Database, staged: Staged) -> tuple[Staged, dict[int, int]]:
    """The staged rows without those that were forgotten, and how many went by number of load."""
    rows = staged.rows
    went: Counter[int] = Counter()
    digests: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for columns, salt, digest in _entries(db, staged.spec.name):
        digests.setdefault((salt, columns), set()).add(digest)
    for (salt, columns), forgotten in digests.items():
        if not set(columns) <= {*rows.column_names}:
            continue
        told = zip(*(rows[name].to_pylist() for name in columns), strict=True)
        kept = [_digest(salt, [_as_text(value) for value in row]) not in forgotten for row in told]
        loads = rows[LOAD].to_pylist()
        went.update(load for load, stays in zip(loads, kept, strict=True) if not stays)
        rows = rows.filter(pa.array(kept, pa.bool_()))
    return replace(staged, rows=rows), went


def places(db: Database, known: Known, table: str, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The table and its changes, each with the WHERE of its rows `t`."""
    if table not in known.registered or table not in known.tables:
        raise ConfigError(f"There is no table {table} in {db.name}.", "Nothing was ever loaded into it.")
    columns = known.columns(table)
    for name in keys:
        if name not in columns or name.startswith("_"):
            near = difflib.get_close_matches(name, [one for one in columns if not one.startswith("_")], n=3)
            raise ConfigError(
                f"The table {table} has no column {name!r}.", f"Near: {', '.join(near)}." if near else ""
            )
        if columns[name] not in _COMPARED:
            raise ConfigError(f"{table}.{name} is no id, text, whole number or day, so it is no key.")
    where = " AND ".join(f"CAST(t.{quoted(name)} AS VARCHAR) = {text(value)}" for name, value in keys.items())
    for name in (table, f"{table}__changes"):
        if name in known.tables:
            yield name, where


def _entries(db: Database, table: str) -> list[tuple[tuple[str, ...], str, str]]:
    rows = db.run(
        f"SELECT columns, salt, digest FROM {quoted(db.schema)}._forgotten WHERE table_name = {text(table)}"
    )
    return [
        (msgspec.json.decode(str(columns), type=tuple[str, ...]), str(salt), str(digest))
        for columns, salt, digest in rows
    ]


def _order(keys: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    columns = tuple(sorted(keys))
    return columns, [keys[name] for name in columns]


def _as_text(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def _digest(salt: str, values: Iterable[str | None]) -> str:
    return hashlib.sha256(salt.encode() + msgspec.json.encode(list(values))).hexdigest()
