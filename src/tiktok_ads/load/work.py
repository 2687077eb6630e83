"""What the statements of one table's part of a transaction share: names, scope, and how columns are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tiktok_ads.load.columns import JSON, TEXT, converted
from tiktok_ads.load.sql import folded, quoted
from tiktok_ads.load.staging import Staged
from tiktok_ads.load.state import Run
from tiktok_ads.load.tables import Columns, Held


@dataclass(frozen=True)
class Work:
    """What one table's statements share. `stage`, `scope` and `known` are registered."""

    run: Run
    schema: str
    staged: Staged
    held: Held
    run_id: str
    at: datetime
    destination: str

    @property
    def table(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.held.name)}"

    @property
    def changes(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.held.name + '__changes')}"

    @property
    def records(self) -> bool:
        return self.staged.spec.store_changes and self.held.changes is not None

    @property
    def keys(self) -> tuple[str, ...]:
        return self.staged.spec.uniqueness

    @property
    def in_scope(self) -> str:
        """What of the table `t` the loads stand for, joined with `scope` as `p`."""
        day = self.staged.spec.day_column
        days = f' AND t.{quoted(day)} BETWEEN p."first" AND p."last"' if day else ""
        # The bounds as literals let whole blocks of other days be skipped.
        first, last = _bounds(self.staged)
        bounds = f" AND t.{quoted(day)} BETWEEN DATE '{first}' AND DATE '{last}'" if day else ""
        return f"{self.table} t JOIN scope p ON t.advertiser_id = p.advertiser_id{days}{bounds}"


def _bounds(staged: Staged) -> tuple[date | None, date | None]:
    windows = [load.slice.window for load in staged.loads if load.slice.window]
    return min((w.first for w in windows), default=None), max((w.last for w in windows), default=None)


def values(columns: Columns, staged: Staged) -> dict[str, str]:
    """Of each of the table's columns, ours left out, the expression that reads it from the stage `s`."""
    arrived = {folded(name): name for name in staged.rows.column_names}
    found: dict[str, str] = {}
    for name, kind in columns.items():
        if name in ("_synced_at", "_run_id", "_deleted_at"):
            continue
        source = arrived.get(folded(name))
        if source is None:
            found[name] = "NULL"
            continue
        # The stage holds JSON as plain text.
        came = staged.types[source]
        plain = TEXT if came == JSON else came
        found[name] = converted(f"s.{quoted(source)}", plain, kind)
    return found
