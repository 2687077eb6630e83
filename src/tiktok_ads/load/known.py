"""What stands in the schema, asked once: while a destination is open for writing nobody else changes it."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.load.database import Columns, Database
from tiktok_ads.load.sql import quoted

_REGISTER = ("version", "doc", "kind", "update_method", "owner_column", "day_column")


@dataclass(frozen=True)
class Registered:
    """A table as `_tables` has it; files of version 0.1.0 name neither method nor owner nor day."""

    version: int
    doc: str
    kind: str
    update_method: str | None = None
    owner_column: str | None = None
    day_column: str | None = None


class Known:
    """Tables, columns, comments and register of one open destination; must be cleared after a rollback."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.clear()

    def clear(self) -> None:
        self.is_set_up = False
        self._tables: set[str] | None = None
        self._columns: dict[str, Columns] = {}
        self._registered: dict[str, Registered] | None = None
        self._comments: dict[tuple[str, str | None], str] | None = None
        self._forgotten: frozenset[str] | None = None

    @property
    def tables(self) -> set[str]:
        if self._tables is None:
            self._tables = self._db.tables()
        return self._tables

    def columns(self, table: str) -> Columns:
        """The columns of a table that is there."""
        if table not in self._columns:
            self._columns[table] = self._db.columns(table)
        return self._columns[table]

    def made(self, table: str, columns: Columns) -> None:
        """A table was made or altered."""
        self.tables.add(table)
        self._columns[table] = columns

    @property
    def comments(self) -> dict[tuple[str, str | None], str]:
        """May be written to, as comments are."""
        if self._comments is None:
            self._comments = self._db.comments()
        return self._comments

    @property
    def registered(self) -> dict[str, Registered]:
        """May be written to, as tables are registered."""
        if self._registered is None:
            self._registered = self._read_register() if "_tables" in self.tables else {}
        return self._registered

    @property
    def with_forgotten_rows(self) -> frozenset[str]:
        """Tables of which rows were forgotten that must not come back."""
        if self._forgotten is None:
            rows = (
                self._db.run(f"SELECT DISTINCT table_name FROM {quoted(self._db.schema)}._forgotten")
                if "_forgotten" in self.tables
                else []
            )
            self._forgotten = frozenset(str(name) for (name,) in rows)
        return self._forgotten

    def _read_register(self) -> dict[str, Registered]:
        present = self.columns("_tables")
        picked = ", ".join(name if name in present else "NULL" for name in _REGISTER)
        found = {}
        for name, version, doc, kind, *more in self._db.run(
            f"SELECT table_name, {picked} FROM {quoted(self._db.schema)}._tables"
        ):
            method, owner, day = (None if one is None else str(one) for one in more)
            number = version if isinstance(version, int) else 0
            found[str(name)] = Registered(number, str(doc), str(kind), method, owner, day)
        return found
