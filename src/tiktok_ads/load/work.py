"""What the statements of one table's part of a transaction share: names, scope, and how columns are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.load.columns import MOMENT
from tiktok_ads.load.database import Columns, Database
from tiktok_ads.load.sql import folded, moment, quoted, text
from tiktok_ads.load.staging import Staged
from tiktok_ads.load.tables import Held


@dataclass(frozen=True)
class Work:
    """What one table's statements share. `stage` and `scope` are held, and `known` where changes are kept."""

    db: Database
    staged: Staged
    held: Held
    run_id: str
    at: datetime

    @property
    def table(self) -> str:
        return f"{quoted(self.db.schema)}.{quoted(self.held.name)}"

    @property
    def changes(self) -> str:
        return f"{quoted(self.db.schema)}.{quoted(self.held.name + '__changes')}"

    @property
    def records(self) -> bool:
        return self.staged.spec.keeps_changes and self.held.changes is not None

    @property
    def keys(self) -> tuple[str, ...]:
        return self.staged.spec.uniqueness

    @property
    def owner(self) -> str:
        return quoted(self.staged.spec.owner_column)

    @property
    def now(self) -> str:
        return moment(self.at)

    @property
    def this_run(self) -> str:
        return text(self.run_id)

    @property
    def row_id(self) -> str:
        return self.db.row_id

    @property
    def in_scope(self) -> str:
        """What of the table `t` the loads stand for, joined with `scope` as `p`."""
        spec = self.staged.spec
        joined = f"{self.table} t JOIN scope p ON t.{self.owner} = p.owner"
        if spec.day_column:
            joined += f" AND {self.day_of('t')} BETWEEN p.first_day AND p.last_day{self._bounds()}"
        if spec.method == "append":
            # What earlier runs added is theirs; a run that loads a slice again replaces what it added itself.
            joined += f" AND t._run_id = {self.this_run}"
        return joined

    def day_of(self, alias: str) -> str:
        """The day of a row of a dated table, be it told by day or by hour."""
        day = f"{alias}.{quoted(self.staged.spec.day_column or '')}"
        return day if self._day_type == pa.date32() else f"CAST({day} AS DATE)"

    @property
    def _day_type(self) -> pa.DataType:
        name = folded(self.staged.spec.day_column or "")
        return next((kind for known, kind in self.held.columns.items() if folded(known) == name), None)

    def _bounds(self) -> str:
        """The scope's first and last day as literals, which let whole blocks of other days be skipped."""
        column = f"t.{quoted(self.staged.spec.day_column or '')}"
        scope = self.staged.scope
        first, last = pc.min(scope["first_day"]).as_py(), pc.max(scope["last_day"]).as_py()
        if first is None or last is None:
            return ""
        if self._day_type == pa.date32():
            return f" AND {column} BETWEEN DATE '{first}' AND DATE '{last}'"
        if self._day_type == MOMENT:
            return f" AND {column} >= TIMESTAMP '{first}' AND {column} < DATE '{last}' + INTERVAL '1 day'"
        return ""

    def values(self) -> dict[str, str]:
        """Of each of the table's columns, ours left out, the expression that reads it from the stage `s`."""
        return values(self.db, self.held.columns, self.staged)


def values(db: Database, columns: Columns, staged: Staged) -> dict[str, str]:
    """As `Work.values`."""
    arrived = {folded(name): name for name in staged.rows.column_names}
    found: dict[str, str] = {}
    for name, kind in columns.items():
        if name in ("_synced_at", "_run_id", "_deleted_at"):
            continue
        source = arrived.get(folded(name))
        if source is None:
            found[name] = f"CAST(NULL AS {db.sql_type(kind)})"
            continue
        found[name] = db.converted(f"s.{quoted(source)}", db.staged(staged.types[source]), kind)
    return found
