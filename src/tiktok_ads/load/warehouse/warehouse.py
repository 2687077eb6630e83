"""A destination that is a warehouse reached through dlt: what it is asked, and what a commit becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

import msgspec
import pyarrow as pa

from tiktok_ads.errors import LoadError, NotOurs
from tiktok_ads.load import state as bookmarks_text
from tiktok_ads.load.destination import ALL, Load, Outcome, TableSpec
from tiktok_ads.load.forgetting import places
from tiktok_ads.load.known import Known
from tiktok_ads.load.lake.entries import KEYS
from tiktok_ads.load.relational import Relational
from tiktok_ads.load.sql import listed, quoted, text
from tiktok_ads.load.state import moment_of, owned
from tiktok_ads.load.warehouse import register
from tiktok_ads.load.warehouse.asked import Asked
from tiktok_ads.load.warehouse.columns import GONE, PART, arrow_of, table_of
from tiktok_ads.load.warehouse.commit import Commit
from tiktok_ads.load.warehouse.memory import Memory
from tiktok_ads.load.warehouse.pipe import Pipe, Put
from tiktok_ads.plan import Bookmark, Window

_T = TypeVar("_T")


class Warehouse:
    """An open warehouse as a `Destination`; see `opening` for how it is opened."""

    def __init__(self, pipe: Pipe, workspace: Memory, *, read_only: bool) -> None:
        self._pipe, self._workspace, self._read_only = pipe, workspace, read_only
        self._is_laid_out = False
        self._read_again()

    def _read_again(self) -> None:
        if not self._read_only:
            self._pipe.drain()
        self._state = register.read(self._pipe)
        self._check_ours()

    def _check_ours(self) -> None:
        """What stands in the schema must be ours, or dlt's own."""
        found = self._pipe.others() or set()
        names = owned({str(name) for (name,) in self._state.rows["_tables"]} | self._state.shapes.keys())
        foreign = sorted(
            one
            for one in found
            if one.lower() not in names | {register.SHAPES} and "_dlt_" not in one.lower()
        )
        if foreign:
            raise NotOurs(
                f"its schema {self._pipe.schema} holds tables that are not ours ({', '.join(foreign[:5])}). "
                "Nothing was written; choose another schema, or move them.",
                self._pipe.name,
            )

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        return {
            (str(table), str(owner)): bookmarks_text.decode(
                mark, version, key=(str(table), str(owner)), destination=self._pipe.name
            )
            for table, owner, mark, version, *_ in self._state.rows["_state"].values()
        }

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What is known of the warehouse is right, and read anew after anything that failed."""
        if self._read_only:
            raise LoadError("it is open for reading alone.", self._pipe.name)
        if not self._is_laid_out:
            self._read_again()
            self._workspace.lay_out(self._state)
            self._relational = Relational(self._workspace)
        self._is_laid_out = False
        yield
        self._is_laid_out = True

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        with self._writing():
            commit = Commit(self._pipe, self._workspace, self._state, run_id)
            commit.take(loads)
            self._workspace.begin, self._workspace.end = commit.begin, commit.end
            outcomes = self._relational.commit(loads, run_id=run_id, at=at)
            self._follow(commit)
        return outcomes

    def _follow(self, commit: Commit) -> None:
        """What stands now is what the commit put."""
        self._state.number = 1
        self._state.shapes.update(commit.shapes)
        for table in self._workspace.tables() & KEYS.keys():
            self._state.rows[table] = self._workspace.rows_by_key(table)

    def _asking(self) -> Relational:
        return Relational(Asked(self._pipe, self._workspace, self._state))

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        return self._asking().count_rows(table, advertiser_id, window)

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        return self._asking().rows_by_day(spec, since=since, owners=owners)

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        return self._asking().campaign_ids(advertiser_id)

    def names_campaigns(self, table: str, advertiser_id: str, window: Window) -> bool:
        return self._asking().names_campaigns(table, advertiser_id, window)

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        return self._asking().totals(table, advertiser_id, window, columns)

    def daily_totals(
        self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]
    ) -> dict[tuple[str, date], dict[str, Decimal]]:
        return self._asking().daily_totals(table, owners, window, columns)

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        return self._asking().spend_without_ad()

    def save_run(self, run: Mapping[str, object], quality: pa.Table | None = None) -> None:
        name = run.get("run_id") or run.get("id")
        if not name:
            raise LoadError("a run report needs a run_id.", self._pipe.name)
        moments = [moment_of(run.get(key)) for key in ("started_at", "finished_at")]
        outcome = run.get("outcome")
        written = msgspec.json.encode(run, enc_hook=str).decode()
        row = [str(name), *moments, None if outcome is None else str(outcome), written]
        self._pipe.drain()
        self._pipe.put({register.RUNS: register.put(register.RUNS, [((str(name),), row)])})

    def runs(self, limit: int) -> list[dict[str, object]]:
        if not self._pipe.stands([register.RUNS]):
            return []
        rows = self._pipe.ask(
            f"SELECT t.report FROM {self._at(register.RUNS)} t "
            f"ORDER BY t.started_at DESC NULLS LAST, t.id DESC LIMIT {max(0, limit)}"
        )
        return [msgspec.json.decode(str(report), type=dict[str, object]) for (report,) in rows]

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        known = [str(name) for (name,) in self._state.rows["_tables"]]
        chosen = known if ALL in tables else [name for name in dict.fromkeys(tables) if name in known]
        whose = None if ALL in advertiser_ids else list(advertiser_ids)
        if not chosen or whose == []:
            return
        with self._writing():
            # Bookmarks first: were the process killed after them, all is read anew.
            gone = [
                key
                for key in self._state.rows["_state"]
                if key[0] in chosen and (whose is None or key[1] in whose)
            ]
            self._pipe.put(register.puts({}, {"_state": gone}, {}))
            named = "TRUE" if whose is None else f"IN ({', '.join(map(text, whose))})"
            puts: dict[str, Put] = {}
            for table in chosen:
                owner = f"t.{quoted(self._state.told(table)[0])}"
                for name in (table, f"{table}__changes"):
                    if name in self._state.shapes:
                        puts[name] = self._without(name, named if whose is None else f"{owner} {named}")
            if register.SUMS in self._state.shapes:
                test = f"t.table_name IN ({', '.join(map(text, chosen))})"
                test += "" if whose is None else f" AND t.advertiser_id {named}"
                puts[register.SUMS] = self._without(register.SUMS, test)
            self._pipe.put(puts)
        self._is_laid_out = False
        self._state = register.read(self._pipe)

    def _without(self, table: str, test: str) -> Put:
        """The table's parts that have such rows, without them."""
        columns = self._workspace.columns_of(self._state.shapes[table])
        at = self._at(table)
        parts = [
            str(part) for (part,) in self._pipe.ask(f"SELECT DISTINCT t.{PART} FROM {at} t WHERE {test}")
        ]
        stays = f"CASE WHEN {test} THEN 1 ELSE 0 END = 0"

        def rows() -> Iterator[pa.RecordBatch]:
            for begin in range(0, len(parts), 200):
                named = ", ".join(map(text, parts[begin : begin + 200]))
                query = (
                    f"SELECT t.{PART}, {listed(columns, 't.')} FROM {at} t "
                    f"WHERE t.{PART} IN ({named}) AND {stays}"
                )
                for some in self._pipe.stream(query):
                    kept = table_of([row[1:] for row in some], columns)
                    names = pa.array([str(row[0]) for row in some], pa.string())
                    kept = kept.add_column(0, PART, names).add_column(
                        1, GONE, pa.nulls(len(some), pa.bool_())
                    )
                    yield from kept.cast(arrow_of(columns)).to_batches()

        return Put(columns, parts, rows())

    def count_keys(self, table: str, keys: Mapping[str, str]) -> dict[str, int]:
        return self._asking().count_keys(table, keys)

    def forget_keys(self, table: str, keys: Mapping[str, str], *, at: datetime) -> dict[str, int]:
        counted = self.count_keys(table, keys)
        with self._writing():
            asked = Asked(self._pipe, self._workspace, self._state)
            tests = dict(places(asked, Known(asked), table, keys))
            # Kept out first: were the process killed after it, the rows go when it is said again.
            self._remember(lambda: self._relational.forget_keys(table, keys, at=at))
            self._pipe.put({name: self._without(name, test) for name, test in tests.items()})
        return counted

    def let_back_in(self, table: str, keys: Mapping[str, str]) -> int:
        with self._writing():
            return self._remember(lambda: self._relational.let_back_in(table, keys))

    def _remember(self, change: Callable[[], _T]) -> _T:
        """Change our own tables alone."""

        def end() -> None:
            self._pipe.put(register.puts(*self._workspace.system_rows(), {}))

        self._workspace.begin, self._workspace.end = _nothing, end
        done = change()
        for table in self._workspace.tables() & KEYS.keys():
            self._state.rows[table] = self._workspace.rows_by_key(table)
        return done

    def _at(self, table: str) -> str:
        return f"{quoted(self._pipe.schema)}.{quoted(table)}"


def _nothing() -> None:
    """Nothing is to be read in."""
