"""What a commit of a lake reaches into: told before its transaction, so that only that need be read in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow.compute as pc

from tiktok_ads.load.destination import Load, TableSpec
from tiktok_ads.load.lake.entries import Part, State
from tiktok_ads.load.lake.parts import SUMS
from tiktok_ads.load.lake.shelf import Shelf
from tiktok_ads.load.parents import STEPS
from tiktok_ads.load.scope import Span, scope_of
from tiktok_ads.load.staging import alike


@dataclass(frozen=True)
class Told:
    """Whose the rows of a table are, and of which day."""

    owner_column: str
    day_column: str | None


@dataclass
class Grows:
    """A table that only grows: whose rows are looked at, in which columns, and whose are written anew."""

    owners: set[str] = field(default_factory=set)
    columns: tuple[str, ...] | None = None
    rewritten: set[str] = field(default_factory=set)


class Reach:
    """The parts, by what they are needed for.

    `spans` are replaced, by table and run; `grows` tables only grow; `looked_up` are read for blank parents,
    as owners and columns; of `one_of` any one part is enough; `dropped` parts go. Rows of `straight` tables
    may go into files as they came.
    """

    def __init__(self, shelf: Shelf, state: State, run_id: str) -> None:
        self._shelf, self._state, self._run_id = shelf, state, run_id
        self.told: dict[str, Told] = {SUMS: Told("advertiser_id", None)}
        self.spans: dict[tuple[str, str | None], dict[str, list[Span]]] = defaultdict(dict)
        self.grows: dict[str, Grows] = defaultdict(Grows)
        self.looked_up: dict[str, tuple[set[str], set[str]]] = {}
        self.one_of: list[str] = []
        self.dropped: list[Part] = []
        self.straight: set[str] = set()

    @property
    def tables(self) -> set[str]:
        return {*self.grows, *self.looked_up, *self.one_of, *(name for name, _ in self.spans)}

    def take(self, loads: Sequence[Load]) -> None:
        """Note what these loads reach into."""
        marks = {(load.bookmark.stream, load.bookmark.advertiser_id): load.bookmark for load in loads}
        groups = [group for _, group in alike(loads)]
        self.straight = _straight(groups)
        for group in groups:
            spec = group[0].spec
            self.told[spec.name] = Told(spec.owner_column, spec.day_column)
            spans = scope_of(group, marks)
            run = self._run_id if spec.method == "append" else None
            for span in spans:
                self.spans[spec.name, run].setdefault(span.owner, []).append(span)
            owners = {span.owner for span in spans}
            if spec.keeps_changes or f"{spec.name}__changes" in self._state.shapes:
                self._take_changes(spec.name, spec.owner_column, owners, (*spec.uniqueness, "_changed_at"))
            if spec.day_column:
                self.grows[SUMS].owners |= owners
            self._take_parents(spec, group)
            register = self._state.rows["_tables"].get((spec.name,))
            if register and (register[5] == "append") != (spec.method == "append"):
                # Whether the table has rows at all is asked, so it gets one part to see.
                self.one_of.append(spec.name)

    def _take_changes(
        self, table: str, owner_column: str, owners: set[str], columns: tuple[str, ...]
    ) -> None:
        name = f"{table}__changes"
        self.told[name] = Told(owner_column, None)
        self.grows[name].owners |= owners
        self.grows[name].columns = tuple(dict.fromkeys((owner_column, *columns)))

    def _take_parents(self, spec: TableSpec, group: Iterable[Load]) -> None:
        """The entity tables in which blank parents of these rows are looked up."""
        if spec.kind != "report":
            return
        for table, child, parent in STEPS:
            for load in group:
                names = load.rows.column_names
                if {child, parent, "advertiser_id"} <= {*names} and load.rows[parent].null_count:
                    owners, columns = self.looked_up.setdefault(table, (set(), {"advertiser_id"}))
                    columns |= {child, parent}
                    owners |= set(pc.unique(load.rows["advertiser_id"]).to_pylist())

    def touch(self, table: str, spans: Sequence[Span], run: str | None) -> None:
        """Reach into parts of a table that is there."""
        self.told[table] = Told(*self._state.told(table))
        for span in spans:
            self.spans[table, run].setdefault(span.owner, []).append(span)

    def rewrite(self, table: str, owners: Iterable[str], owner_column: str = "advertiser_id") -> None:
        """Take all rows of these owners in a table that only grows, and write them anew."""
        self.told[table] = Told(owner_column, None)
        self.grows[table].rewritten |= set(owners)
        self.grows[table].owners |= set(owners)
        self.grows[table].columns = None

    def drop_owner(self, table: str, owner: str) -> None:
        """Let nothing of an owner be left in a table and its changes."""
        for name in (table, f"{table}__changes"):
            self.dropped += self._shelf.parts(self._state, name, owner)


def _straight(groups: Sequence[Sequence[Load]]) -> set[str]:
    """The tables of which nothing is read after their rows came: reports whose days are replaced whole."""
    counted = Counter(group[0].spec.name for group in groups)
    return {
        group[0].spec.name
        for group in groups
        if group[0].spec.kind == "report"
        and group[0].spec.method != "merge"
        and counted[group[0].spec.name] == 1
        and not any(load.slice.only for load in group)
    }
