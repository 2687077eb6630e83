"""What the statements of one table's part of a transaction share: names, scope, and how columns are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from tiktok_ads.load.columns import MOMENT
from tiktok_ads.load.database import Columns, Database
from tiktok_ads.load.scope import Span
from tiktok_ads.load.sql import folded, moment, quoted, text
from tiktok_ads.load.staging import Staged
from tiktok_ads.load.tables import Held


@dataclass(frozen=True)
class Work:
    """What one table's statements share. `stage` is held."""

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
    def load_of(self) -> str:
        """Beside `in_scope`: the number of the load that a row `t` belongs to."""
        scope = self.staged.scope
        return str(scope[0].load) if len(scope) == 1 and not scope[0].column else "p._load"

    @property
    def in_scope(self) -> str:
        """What of the table `t` the loads stand for: all that follows a FROM."""
        return self._from(self.staged.scope)

    @property
    def in_days(self) -> str:
        """As `in_scope`, with all objects of those days."""
        whole = (replace(one, load=0, column="", value="") for one in self.staged.scope)
        return self._from([*dict.fromkeys(whole)])

    def _from(self, spans: Sequence[Span]) -> str:
        tests = [self._within_bounds()] if self.staged.spec.day_column else []
        if self.staged.spec.method == "append":
            # What earlier runs added is theirs; a run that loads a slice again replaces what it added itself.
            tests.append(f"t._run_id = {self.this_run}")
        if len(spans) == 1 and not spans[0].column:
            return (
                f"{self.table} t WHERE {' AND '.join([f't.{self.owner} = {text(spans[0].owner)}', *tests])}"
            )
        dated = self.staged.spec.day_column is not None
        tests.append(f"t.{self.owner} = p.owner")
        if dated:
            tests.append(f"{self.day_of('t')} BETWEEN p.first_day AND p.last_day")
        objects = sorted({span.column for span in spans if span.column})
        tests += [f"(p.{quoted(one)} IS NULL OR t.{quoted(one)} = p.{quoted(one)})" for one in objects]
        listed = ", ".join(
            f"({span.load}, {text(span.owner)}"
            + (f", DATE '{span.first}', DATE '{span.last}'" if dated else "")
            + "".join(f", {_or_null(span, one)}" for one in objects)
            + ")"
            for span in spans
        )
        columns = ["_load", "owner", *(["first_day", "last_day"] if dated else [])]
        named = f"p({', '.join([*columns, *map(quoted, objects)])})"
        return f"{self.table} t JOIN (VALUES {listed}) {named} ON {' AND '.join(tests)}"

    def day_of(self, alias: str) -> str:
        """The day of a row of a dated table, be it told by day or by hour."""
        day = f"{alias}.{quoted(self.staged.spec.day_column or '')}"
        return day if self._day_type == pa.date32() else f"CAST({day} AS DATE)"

    @property
    def _day_type(self) -> pa.DataType:
        name = folded(self.staged.spec.day_column or "")
        return next((kind for known, kind in self.held.columns.items() if folded(known) == name), None)

    def _within_bounds(self) -> str:
        """A row `t` lies within the scope's first and last day: literals, which let blocks be skipped."""
        column = f"t.{quoted(self.staged.spec.day_column or '')}"
        first = min(span.first for span in self.staged.scope if span.first)
        last = max(span.last for span in self.staged.scope if span.last)
        if self._day_type == MOMENT:
            return f"{column} >= TIMESTAMP '{first}' AND {column} < DATE '{last}' + INTERVAL '1 day'"
        return f"{self.day_of('t')} BETWEEN DATE '{first}' AND DATE '{last}'"

    def values(self) -> dict[str, str]:
        """Of each of the table's columns, ours left out, the expression that reads it from the stage `s`."""
        return values(self.db, self.held.columns, self.staged)


def _or_null(span: Span, column: str) -> str:
    return text(span.value) if span.column == column else "CAST(NULL AS VARCHAR)"


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
