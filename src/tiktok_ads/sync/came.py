"""Which metrics TikTok never sent in a whole run, though it took them: they are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from tiktok_ads.runreport import Note


class Came:
    """Remembers, table by table, what was asked for and has not come yet."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._absent: dict[str, set[str]] = {}

    def look(self, table: str, rows: int, absent: Collection[str]) -> None:
        """Take note of one slice: its rows, and the metrics that stood in none of them."""
        if rows:
            self._rows[table] += rows
            self._absent[table] = self._absent.get(table, set(absent)) & set(absent)

    def notes(self) -> list[Note]:
        """One note for each table whose metrics did not all come."""
        return [
            Note(
                f"TikTok took these metrics and sent none of them in {self._rows[table]:,} rows, so they are "
                f"NULL: {', '.join(sorted(absent))}",
                table,
            )
            for table, absent in self._absent.items()
            if absent
        ]
