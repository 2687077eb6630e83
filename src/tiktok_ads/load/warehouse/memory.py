"""The workspace of a commit into a warehouse: the lake's, and what else a package needs to know of it."""

from __future__ import annotations

from datetime import datetime

from tiktok_ads.load.lake.entries import Key, Row, key_of
from tiktok_ads.load.lake.workspace import Workspace
from tiktok_ads.load.sql import quoted


class Memory(Workspace):
    """A `Database` in memory that holds the touched parts of a warehouse's tables."""

    def marked(self, table: str) -> int:
        """The first row that was not there at the transaction's begin."""
        return self._marks.get(table, 0)

    def rows_by_key(self, table: str) -> dict[Key, Row]:
        """One of our own small tables as it stands."""
        found: dict[Key, Row] = {}
        for values in self.run(f"SELECT * FROM {quoted(self.schema)}.{quoted(table)}"):
            row = [_plain(value) for value in values]
            found[key_of(table, row)] = row
        return found


def _plain(value: object) -> str | int | None:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value if value is None or isinstance(value, int) else str(value)
