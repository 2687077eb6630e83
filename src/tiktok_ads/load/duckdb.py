"""The default destination: one DuckDB file, held open only while used, changed by whole transactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from tiktok_ads.load import state
from tiktok_ads.load.columns import is_exact
from tiktok_ads.load.destination import ALL, Load, Outcome, TableSpec
from tiktok_ads.load.duckdb_file import check_schema, connect, explained, private_files
from tiktok_ads.load.parents import fill_parents
from tiktok_ads.load.replace import replace
from tiktok_ads.load.sql import quoted
from tiktok_ads.load.staging import Staged, alike, check_apart, stage
from tiktok_ads.load.state import naive_utc
from tiktok_ads.load.sums import append_sums
from tiktok_ads.load.tables import columns_of, make_ready
from tiktok_ads.load.work import Work
from tiktok_ads.plan import Bookmark, Window

_KNOWN = pa.schema([("advertiser_id", pa.string()), ("first", pa.date32()), ("last", pa.date32())])


class DuckDB:
    """A file of ours, from `__enter__` to `__exit__`; see `Destination` for what it does."""

    def __init__(self, path: Path, *, schema: str, read_only: bool, memory_limit: str) -> None:
        self._path, self._schema, self._read_only = path, schema, read_only
        self._memory_limit = memory_limit
        self._name = str(path)

    def __enter__(self) -> Self:
        self._is_new, self._has_written = not self._path.exists(), False
        self._connection = connect(self._path, read_only=self._read_only, memory_limit=self._memory_limit)
        try:
            with explained(self._path):
                check_schema(self._connection, self._schema, self._path)
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_new and not self._has_written:
            # Nothing was ever committed, so nothing is left behind; still locked, hence nobody else's.
            with suppress(OSError):
                self._path.unlink()
        elif not self._read_only:
            # Every row is safe in the log already; this only folds the log into the file.
            with suppress(duckdb.Error), private_files():
                self._connection.execute("CHECKPOINT")
        with suppress(duckdb.Error), private_files():
            self._connection.close()

    def _run(
        self, sql: str, values: Sequence[object] | Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        # fetchall: a result that is not read to its end blocks the next `register`.
        return self._connection.execute(sql, values).fetchall()

    def _tables(self) -> set[str]:
        return state.existing_tables(self._run, self._schema)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self._path), private_files():
            try:
                self._run("BEGIN TRANSACTION")
                yield
                self._has_written = True
                self._run("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        with explained(self._path):
            if "_state" not in self._tables():
                return {}
            return state.read_bookmarks(self._run, self._schema, self._name)

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        check_apart(loads, self._name)
        outcomes: dict[int, Outcome] = {}
        moment = naive_utc(at)
        with self._transaction():
            state.create_system_tables(self._run, self._schema)
            for places, group in alike(loads):
                staged = stage(group, self._name)
                outcomes.update(zip(places, self._load(staged, run_id, moment), strict=True))
            marks = state.as_rows([load.bookmark for load in loads], run_id=run_id, at=moment)
            self._connection.register("marks", marks)
            state.write_marks(self._run, self._schema)
            self._connection.unregister("marks")
        return [outcomes[place] for place in range(len(loads))]

    def _load(self, staged: Staged, run_id: str, at: datetime) -> list[Outcome]:
        present = state.existing_tables(self._run, self._schema)
        staged = fill_parents(self._connection, self._schema, present, staged)
        held = make_ready(
            self._connection,
            self._run,
            self._schema,
            staged,
            present=present,
            at=at,
            destination=self._name,
        )
        work = Work(self._run, self._schema, staged, held, run_id, at, self._name)
        views = {"stage": staged.rows, "scope": staged.scope}
        if work.records:
            views["known"] = self._known(staged)
        for name, rows in views.items():
            self._connection.register(name, rows)
        try:
            outcomes = replace(work)
            append_sums(work)
        finally:
            for name in views:
                # In a failed transaction this is refused, and the rollback does it.
                with suppress(duckdb.Error):
                    self._connection.unregister(name)
        return outcomes

    def _known(self, staged: Staged) -> pa.Table:
        """The advertisers, and for reports their days, that were loaded before this commit."""
        spec = staged.spec
        rows: list[tuple[str, date | None, date | None]] = []
        whose = [one for load in staged.loads for one in load.advertiser_ids]
        marks = state.read_bookmarks(
            self._run, self._schema, self._name, table=spec.name, advertiser_ids=whose
        )
        for load in staged.loads:
            for advertiser_id in load.advertiser_ids:
                bookmark = marks.get((spec.name, advertiser_id))
                if bookmark and spec.kind == "report":
                    rows += [(advertiser_id, days.first, days.last) for days in bookmark.days]
                elif bookmark:
                    rows.append((advertiser_id, None, None))
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        return pa.table(
            [pa.array(one, kind) for one, kind in zip(columns, _KNOWN.types, strict=True)], schema=_KNOWN
        )

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        with explained(self._path):
            if table not in self._tables():
                return 0
            where, values = self._within(table, window)
            rows = self._run(
                f"SELECT count(*) FROM {self._at(table)} WHERE advertiser_id = ?{where}",
                [advertiser_id, *values],
            )
        return int(str(rows[0][0]))

    def rows_by_day(self, spec: TableSpec) -> dict[tuple[str, date | None], int]:
        with explained(self._path):
            if spec.name not in self._tables():
                return {}
            day = quoted(spec.day_column) if spec.day_column else "CAST(NULL AS DATE)"
            rows = self._run(f"SELECT advertiser_id, {day}, count(*) FROM {self._at(spec.name)} GROUP BY ALL")
        return {
            (str(advertiser_id), day if isinstance(day, date) else None): int(str(count))
            for advertiser_id, day, count in rows
        }

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        with explained(self._path):
            if "campaigns" not in self._tables():
                return []
            rows = self._run(
                f"SELECT DISTINCT campaign_id FROM {self._at('campaigns')} "
                "WHERE advertiser_id = ? AND campaign_id IS NOT NULL ORDER BY ALL",
                [advertiser_id],
            )
        return [str(campaign_id) for (campaign_id,) in rows]

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        with explained(self._path):
            if table not in self._tables():
                return {}
            present = columns_of(self._connection, self._at(table))
            names = [name for name in dict.fromkeys(columns) if name in present]
            if not names:
                return {}
            sums = ", ".join(
                f"sum({quoted(n)})"
                if is_exact(present[n])
                else f"sum(TRY_CAST({quoted(n)} AS DECIMAL(38,6)))"
                for n in names
            )
            where, values = self._within(table, window)
            rows = self._run(
                f"SELECT {sums} FROM {self._at(table)} WHERE advertiser_id = ?{where}",
                [advertiser_id, *values],
            )
        return {name: Decimal(str(value or 0)) for name, value in zip(names, rows[0], strict=True)}

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        with explained(self._path):
            if not {"ads", "ad_insights"} <= self._tables():
                return []
            present = columns_of(self._connection, self._at("ad_insights"))
            if not {"ad_id", "spend"} <= present.keys():
                return []
            rows = self._run(
                "SELECT s.advertiser_id, count(DISTINCT s.ad_id), "
                "sum(TRY_CAST(s.spend AS DECIMAL(38,6))) AS amount "
                f"FROM {self._at('ad_insights')} s WHERE NOT EXISTS (SELECT 1 FROM {self._at('ads')} a "
                "WHERE a.advertiser_id = s.advertiser_id AND a.ad_id = s.ad_id) "
                "GROUP BY ALL HAVING amount > 0 ORDER BY ALL"
            )
        return [(str(whose), int(str(ads)), Decimal(str(amount))) for whose, ads, amount in rows]

    def save_run(self, run: Mapping[str, object]) -> None:
        with self._transaction():
            state.create_system_tables(self._run, self._schema)
            state.save_run(self._run, self._schema, run, self._name)

    def runs(self, limit: int) -> list[dict[str, object]]:
        with explained(self._path):
            return state.newest_runs(self._run, self._schema, limit) if "_runs" in self._tables() else []

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        with explained(self._path):
            if "_tables" not in self._tables():
                return
        with self._transaction():
            known = [str(name) for (name,) in self._run(f"SELECT table_name FROM {self._at('_tables')}")]
            chosen = known if ALL in tables else [name for name in dict.fromkeys(tables) if name in known]
            state.forget(self._run, self._schema, chosen, None if ALL in advertiser_ids else advertiser_ids)

    def _at(self, table: str) -> str:
        return f"{quoted(self._schema)}.{quoted(table)}"

    def _within(self, table: str, window: Window | None) -> tuple[str, list[object]]:
        """The days of a window as SQL; entities have none."""
        if window is None or "stat_time_day" not in columns_of(self._connection, self._at(table)):
            return "", []
        return " AND stat_time_day BETWEEN ? AND ?", [window.first, window.last]
