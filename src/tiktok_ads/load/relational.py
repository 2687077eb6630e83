"""A destination that is a database: what it is asked, and the transaction in which it takes whole slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.load import forgetting, state
from tiktok_ads.load.columns import JSON, is_exact
from tiktok_ads.load.database import Database
from tiktok_ads.load.destination import ALL, Load, Outcome, TableSpec
from tiktok_ads.load.known import Known
from tiktok_ads.load.parents import fill_parents
from tiktok_ads.load.quality import save_quality
from tiktok_ads.load.replace import make_equal
from tiktok_ads.load.scope import check_apart
from tiktok_ads.load.sql import quoted, text
from tiktok_ads.load.staging import Staged, alike, check_objects, stage
from tiktok_ads.load.state import naive_utc
from tiktok_ads.load.sums import append_sums
from tiktok_ads.load.tables import make_ready
from tiktok_ads.load.work import Work
from tiktok_ads.plan import Bookmark, Window


class Relational:
    """An open database as a `Destination`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known = Known(db)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with self._db.reading():
                yield
        except BaseException:
            # Whatever went wrong, what was known of the schema may be out of date after it.
            self._known.clear()
            raise

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        with self._reading():
            return state.read_bookmarks(self._db) if "_state" in self._known.tables else {}

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        db, known = self._db, self._known
        check_apart(loads, db.name)
        outcomes: dict[int, Outcome] = {}
        moment = naive_utc(at)
        marks = {(load.bookmark.stream, load.bookmark.advertiser_id): load.bookmark for load in loads}
        try:
            with db.transaction():
                state.create_system_tables(db, known)
                for places, group in alike(loads):
                    staged = stage(group, marks, db.name, max_name_bytes=db.max_name_bytes)
                    outcomes.update(zip(places, self._load(staged, run_id, moment), strict=True))
                state.write_marks(db, list(marks.values()), run_id=run_id, at=moment)
        except BaseException:
            known.clear()
            raise
        return [outcomes[place] for place in range(len(loads))]

    def _load(self, staged: Staged, run_id: str, at: datetime) -> list[Outcome]:
        db, known = self._db, self._known
        staged = fill_parents(db, known, staged)
        check_objects(staged, db.name)
        left_out: dict[int, int] = {}
        if staged.spec.name in known.with_forgotten_rows:
            staged, left_out = forgetting.keep_out(db, staged)
        work = Work(db, staged, make_ready(db, known, staged, at=at), run_id, at)
        db.hold("stage", staged.rows, json=[name for name, kind in staged.types.items() if kind == JSON])
        outcomes, is_different = make_equal(work)
        if is_different:
            append_sums(work)
        db.let_go("stage")
        return [replace(outcome, left_out=left_out.get(number, 0)) for number, outcome in enumerate(outcomes)]

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        with self._reading():
            if table not in self._known.tables:
                return 0
            where = self._where(table, advertiser_id, window)
            rows = self._db.run(f"SELECT count(*) FROM {self._at(table)} t WHERE {where}")
        return int(str(rows[0][0]))

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        with self._reading():
            if spec.name not in self._known.tables:
                return {}
            owner = f"t.{quoted(self._owner_of(spec.name))}"
            known = self._day_of(spec.name)
            day = known or "CAST(NULL AS DATE)"
            where = [self._newest(spec.name)]
            where += [f"{day} >= DATE '{since}'"] if known and since else []
            where += [f"{owner} IN ({', '.join(map(text, owners))})"] if owners else []
            rows = self._db.run(
                f"SELECT {owner}, {day}, count(*) FROM {self._at(spec.name)} t "
                f"WHERE {' AND '.join(where)} GROUP BY {owner}, {day}"
            )
        return {
            (str(one), day if isinstance(day, date) else None): int(str(count)) for one, day, count in rows
        }

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        with self._reading():
            if "campaigns" not in self._known.tables:
                return []
            rows = self._db.run(
                f"SELECT DISTINCT campaign_id FROM {self._at('campaigns')} "
                f"WHERE advertiser_id = {text(advertiser_id)} AND campaign_id IS NOT NULL "
                "ORDER BY campaign_id"
            )
        return [str(campaign_id) for (campaign_id,) in rows]

    def names_campaigns(self, table: str, advertiser_id: str, window: Window) -> bool:
        with self._reading():
            if table not in self._known.tables or "campaign_id" not in self._known.columns(table):
                return False
            where = self._where(table, advertiser_id, window)
            rows = self._db.run(
                f"SELECT 1 FROM {self._at(table)} t WHERE {where} AND t.campaign_id IS NULL LIMIT 1"
            )
        return not rows

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        with self._reading():
            if table not in self._known.tables:
                return {}
            present = self._known.columns(table)
            names = [name for name in dict.fromkeys(columns) if name in present]
            if not names:
                return {}
            sums = self._sums(table, names)
            where = self._where(table, advertiser_id, window)
            rows = self._db.run(f"SELECT {sums} FROM {self._at(table)} t WHERE {where}")
        return {name: Decimal(str(value or 0)) for name, value in zip(names, rows[0], strict=True)}

    def daily_totals(
        self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]
    ) -> dict[tuple[str, date], dict[str, Decimal]]:
        with self._reading():
            if table not in self._known.tables or not owners:
                return {}
            present, day = self._known.columns(table), self._day_of(table)
            names = [name for name in dict.fromkeys(columns) if name in present]
            if day is None or not names:
                return {}
            owner = f"t.{quoted(self._owner_of(table))}"
            rows = self._db.run(
                f"SELECT {owner}, {day}, {self._sums(table, names)} FROM {self._at(table)} t "
                f"WHERE {self._where(table, ALL, window)} AND {owner} IN ({', '.join(map(text, owners))}) "
                f"GROUP BY {owner}, {day}"
            )
        return {
            (str(one), at): {name: Decimal(str(sum_ or 0)) for name, sum_ in zip(names, sums, strict=True)}
            for one, at, *sums in rows
            if isinstance(at, date)
        }

    def _sums(self, table: str, columns: Sequence[str]) -> str:
        present = self._known.columns(table)
        return ", ".join(
            f"sum(t.{quoted(n)})"
            if is_exact(present[n])
            else f"sum({self._db.as_number(f't.{quoted(n)}', present[n])})"
            for n in columns
        )

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        with self._reading():
            if not {"ads", "ad_insights"} <= self._known.tables:
                return []
            present = self._known.columns("ad_insights")
            if not {"ad_id", "spend"} <= present.keys():
                return []
            amount = f"sum({self._db.as_number('s.spend', present['spend'])})"
            rows = self._db.run(
                f"SELECT s.advertiser_id, count(DISTINCT s.ad_id), {amount} "
                f"FROM {self._at('ad_insights')} s WHERE NOT EXISTS (SELECT 1 FROM {self._at('ads')} a "
                "WHERE a.advertiser_id = s.advertiser_id AND a.ad_id = s.ad_id) "
                f"GROUP BY s.advertiser_id HAVING {amount} > 0 ORDER BY s.advertiser_id"
            )
        return [(str(whose), int(str(ads)), Decimal(str(amount))) for whose, ads, amount in rows]

    def save_run(self, run: Mapping[str, object], quality: pa.Table | None = None) -> None:
        try:
            with self._db.transaction():
                state.create_system_tables(self._db, self._known)
                state.save_run(self._db, run)
                if quality is not None:
                    save_quality(self._db, quality)
        except BaseException:
            self._known.clear()
            raise

    def runs(self, limit: int) -> list[dict[str, object]]:
        with self._reading():
            return state.newest_runs(self._db, limit) if "_runs" in self._known.tables else []

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        with self._reading():
            known = [name for name in self._known.registered if name in self._known.tables]
        chosen = known if ALL in tables else [name for name in dict.fromkeys(tables) if name in known]
        if not chosen:
            return
        owners = None if ALL in advertiser_ids else advertiser_ids
        try:
            with self._db.transaction():
                for table in chosen:
                    forgetting.forget_owners(self._db, self._known, table, self._owner_of(table), owners)
        except BaseException:
            self._known.clear()
            raise

    def count_keys(self, table: str, keys: Mapping[str, str]) -> dict[str, int]:
        with self._reading():
            return forgetting.count_keys(self._db, self._known, table, keys)

    def forget_keys(self, table: str, keys: Mapping[str, str], *, at: datetime) -> dict[str, int]:
        try:
            with self._db.transaction():
                state.create_system_tables(self._db, self._known)
                return forgetting.forget_keys(self._db, self._known, table, keys, at=naive_utc(at))
        finally:
            self._known.clear()

    def let_back_in(self, table: str, keys: Mapping[str, str]) -> int:
        try:
            with self._db.transaction():
                return forgetting.let_back_in(self._db, self._known, table, keys)
        finally:
            self._known.clear()

    def _at(self, table: str) -> str:
        return f"{quoted(self._db.schema)}.{quoted(table)}"

    def _owner_of(self, table: str) -> str:
        registered = self._known.registered.get(table)
        return (registered.owner_column if registered else None) or "advertiser_id"

    def _day_of(self, table: str) -> str | None:
        """The day of a row `t`, None for tables without days."""
        registered, columns = self._known.registered.get(table), self._known.columns(table)
        # Files of version 0.1.0 do not say which column it is.
        name = registered.day_column if registered and registered.update_method else "stat_time_day"
        if name is None or name not in columns:
            return None
        column = f"t.{quoted(name)}"
        return column if columns[name] == pa.date32() else f"CAST({column} AS DATE)"

    def _where(self, table: str, owner: str, window: Window | None) -> str:
        whose = "TRUE" if owner == ALL else f"t.{quoted(self._owner_of(table))} = {text(owner)}"
        where = f"{whose} AND {self._newest(table, None if owner == ALL else owner)}"
        day = self._day_of(table)
        if window is None or day is None:
            return where
        return f"{where} AND {day} BETWEEN DATE '{window.first}' AND DATE '{window.last}'"

    def _newest(self, table: str, owner: str | None = None) -> str:
        """Of several snapshots of an owner, or of an owner's day, the newest one counts."""
        registered = self._known.registered.get(table)
        if registered is None or registered.update_method != "append":
            return "TRUE"
        own, day = quoted(self._owner_of(table)), self._day_of(table)
        same_day = f" AND {day} = {day.replace('t.', 'u.', 1)}" if day else ""
        newest = f"SELECT max(u._synced_at) FROM {self._at(table)} u WHERE u.{own} = t.{own}{same_day}"
        return f"t._synced_at = ({newest})"
