"""A user's folder, a simulated TikTok in process, a clock that only tests move, and what must have landed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx2

from tiktok_ads.catalog.lookup import catalog, pick_streams
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.client.book import LocalBook
from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.ledger import Ledger
from tiktok_ads.config import Settings
from tiktok_ads.load import open_destination
from tiktok_ads.plan import Bookmark
from tiktok_ads.runreport import PlanReport, RunReport
from tiktok_ads.simulator import changes
from tiktok_ads.simulator.app import create_app
from tiktok_ads.simulator.faults import Fault
from tiktok_ads.simulator.inside import Simulator
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import IDLE, PLACES, Plot, Size
from tiktok_ads.simulator.truth import entity_truth, report_truth
from tiktok_ads.simulator.world import Advertiser, Restatement, World
from tiktok_ads.sync import run_plan, run_sync

NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
FIRST, SECOND, THIRD = "7000000000000000001", "7000000000000000002", "7000000000000000003"
TOKEN = "simulator-token"
ENTITIES = ("campaigns", "adgroups", "ads")
REPORTS = tuple(name for name in catalog().core if name in catalog().reports)
TABLES = ("advertisers", *ENTITIES, *REPORTS)
BACK = 12
"""Days before the simulator's today with which a sync begins, unless told otherwise."""
RUN_COLUMNS = ("_synced_at", "_run_id")

SMALL = Size(campaigns=3, adgroups_per_campaign=1, ads_per_adgroup=1, history_days=45)
SPECIAL = Size(campaigns=6, adgroups_per_campaign=1, ads_per_adgroup=1, history_days=40, specials=True)
EAST_AND_WEST = (Plot(PLACES[5], SMALL), Plot(PLACES[6], SMALL))
WITH_TOP_VIEW = (Plot(PLACES[0], SPECIAL), Plot(PLACES[5], SMALL))
MOSTLY_IDLE = (Plot(PLACES[3], SMALL), Plot(PLACES[7], IDLE))


@dataclass
class Clock:
    """Seconds that pass only when somebody sleeps."""

    now: float = 1_790_000_000.0
    slept: float = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.slept += max(seconds, 0.0)
        self.now = max(self.now, until)


class Listening(httpx2.AsyncBaseTransport):
    """Passes requests on and keeps what was asked, as path and parameters."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx2.ASGITransport(app=app)
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/open_api/v1.3/").strip("/")
        self.asked.append((path, dict(request.url.params)))
        return await self._inner.handle_async_request(request)


# Without a repr of its own: a test that fails would spell out the whole world.
@dataclass(repr=False)
class Desk:
    """A user's folder and the TikTok that she replicates."""

    folder: Path
    simulator: Simulator
    line: Listening
    clock: Clock
    ledger: Ledger
    defaults: Mapping[str, object] = field(default_factory=dict)
    opened: duckdb.DuckDBPyConnection | None = None

    @property
    def gate(self) -> QuotaGate:
        """A gate belongs to one event loop, its book to all runs."""
        return QuotaGate(
            LocalBook(self.ledger, clock=self.clock), max_wait_seconds=900, sleep=self.clock.sleep
        )

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def file(self) -> Path:
        return self.folder / "out.duckdb"

    @property
    def advertisers(self) -> list[str]:
        return list(self.world.advertisers)

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        return self.line.asked

    def reports_asked(self) -> list[dict[str, str]]:
        return [params for path, params in self.asked if path == "report/integrated/get"]

    def settings(self, **changed: object) -> Settings:
        said: dict[str, Any] = {
            "api_url": "http://127.0.0.1:9999",
            "advertisers": tuple(self.advertisers),
            "start_date": (NOW.date() - timedelta(days=BACK)).isoformat(),
            "destination": f"duckdb:///{self.file}",
            "state_dir": self.folder,
            "tier": "ultimate",
            **self.defaults,
            **changed,
        }
        return Settings(**said)

    def sync(self, *, backfill: bool = False, **changed: object) -> RunReport:
        """A whole run at the simulator's present."""
        return asyncio.run(
            run_sync(
                self.settings(**changed),
                transport=self.line,
                now=self.world.now(),
                backfill=backfill,
                gate=self.gate,
                sleep=self.clock.sleep,
            )
        )

    def plan(self, **changed: object) -> PlanReport:
        return asyncio.run(
            run_plan(
                self.settings(**changed),
                transport=self.line,
                now=self.world.now(),
                gate=self.gate,
                sleep=self.clock.sleep,
            )
        )

    def aside(self, name: str) -> Desk:
        """The same TikTok with another folder, in which nothing is loaded yet."""
        folder = self.folder / name
        folder.mkdir()
        return replace(self, folder=folder)

    def pass_days(self, days: float) -> None:
        self.world.set_clock(self.world.now() + timedelta(days=days))
        self.clock.now += days * 86_400

    def fault(self, kind: str, **said: Any) -> None:
        self.simulator.faults.add(Fault(kind=kind, **said))

    def heal(self) -> None:
        self.simulator.faults.clear()

    def options(self, **changed: Any) -> None:
        self.simulator.options = replace(self.simulator.options, **changed)
        self.simulator.reports.options = self.simulator.options
        self.simulator.reports.kept.clear()

    def delete(self, level: Level, item_id: str) -> None:
        changes.delete(self.world, level, item_id)

    def vanish(self, level: Level, item_id: str) -> None:
        changes.vanish(self.world, level, item_id)

    def restate(
        self, advertiser_id: str, first: date, last: date, permille: int, ad_id: str | None = None
    ) -> None:
        self.world.restatements.append(Restatement(advertiser_id, first, last, permille, ad_id))
        self.world.changed()

    def today(self, advertiser_id: str) -> date:
        return self.world.today(self.world.advertisers[advertiser_id])

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query answers; `tiktok_ads` is the schema that is searched."""
        with self.looking() as connection:
            return connection.execute(sql, list(values)).fetchall()

    @contextmanager
    def looking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file, opened once for all that is looked up inside the block."""
        if self.opened is not None:
            yield self.opened
            return
        with closing(duckdb.connect(str(self.file), read_only=True)) as connection:
            connection.execute("SET search_path = 'tiktok_ads'")
            self.opened = connection
            try:
                yield connection
            finally:
                self.opened = None

    def tables(self) -> set[str]:
        return {name for (name,) in self.rows("SELECT table_name FROM duckdb_tables()")}

    def content(self, *without: str, tables: Sequence[str] = TABLES) -> dict[str, list[str]]:
        """Every row of the tables as text, sorted; the columns named in `without` left out."""
        with self.looking() as connection:
            present = self.tables()
            found: dict[str, list[str]] = {}
            for table in tables:
                if table not in present:
                    continue
                said = connection.execute(f'SELECT * FROM tiktok_ads."{table}"')
                names = [column[0] for column in said.description or ()]
                kept = sorted((name, at) for at, name in enumerate(names) if name not in without)
                found[table] = sorted(repr([(name, row[at]) for name, at in kept]) for row in said.fetchall())
        return found

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        with open_destination(f"duckdb:///{self.file}", read_only=True) as destination:
            return destination.bookmarks()

    def wrong(
        self,
        *,
        tables: Sequence[str] | None = None,
        advertisers: Iterable[str] | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> list[str]:
        """Every difference between the tables (all that are synced) and TikTok's truth, in words."""
        chosen = tables or [one.name for one in pick_streams(self.settings().tables)]
        with self.looking():
            return self._differences(chosen, advertisers, first, last)

    def _differences(
        self,
        chosen: Sequence[str],
        advertisers: Iterable[str] | None,
        first: date | None,
        last: date | None,
    ) -> list[str]:
        found: list[str] = []
        for advertiser_id in self.advertisers if advertisers is None else advertisers:
            one = self.world.advertisers[advertiser_id]
            begin = max(first or self._start(), _created(one))
            end = min(last or date.max, self.today(advertiser_id))
            for table in chosen:
                if table in ENTITIES:
                    found += self._wrong_entities(table, one)
                elif table in REPORTS:
                    found += self._wrong_days(table, one, begin, end)
                elif self._count("advertisers", advertiser_id) != 1:
                    found.append(f"advertisers: {advertiser_id} is not there once")
        return found

    def _start(self) -> date:
        chosen = self.settings().start_date
        assert chosen is not None
        return chosen

    def _count(self, table: str, advertiser_id: str) -> int:
        if table not in self.tables():
            return 0
        return int(self.rows(f'SELECT count(*) FROM "{table}" WHERE advertiser_id = ?', advertiser_id)[0][0])

    def _wrong_entities(self, table: str, one: Advertiser) -> list[str]:
        truth: Any = entity_truth(self.world, one, table)
        key = f"{table[:-1]}_id"
        held = self.rows(
            f'SELECT "{key}", "{table[:-1]}_name", is_deleted, _deleted_at FROM "{table}" '
            "WHERE advertiser_id = ?",
            one.id,
        ) if table in self.tables() else []  # fmt: skip
        alive = {str(row[0]) for row in held if not row[2]}
        ids = {str(row[0]) for row in held}
        wrong = [f"{table} of {one.id}: {len(held) - len(ids)} doubled"] if len(held) != len(ids) else []
        if missing := set(truth["ids"]) - ids:
            wrong.append(f"{table} of {one.id}: missing {sorted(missing)}")
        if should := set(truth["ids"]) - set(truth["deleted_ids"]) ^ alive:
            wrong.append(f"{table} of {one.id}: wrongly alive or deleted {sorted(should)}")
        for item_id, name, is_deleted, deleted_at in held:
            if str(item_id) in truth["names"] and name != truth["names"][str(item_id)]:
                wrong.append(f"{table} {item_id}: named {name!r}")
            if bool(is_deleted) != (deleted_at is not None):
                wrong.append(f"{table} {item_id}: is_deleted {is_deleted}, _deleted_at {deleted_at}")
        return wrong

    def _wrong_days(self, table: str, one: Advertiser, first: date, last: date) -> list[str]:
        truth: Any = report_truth(self.world, one, table, first=first, last=last)
        wanted = {
            day: (said["rows"], Decimal(said["spend_cents"]) / 100, said["clicks"], said["impressions"])
            for day, said in truth["days"].items()
        }
        held = self.rows(
            "SELECT stat_time_day::VARCHAR, count(*), sum(spend), sum(clicks), sum(impressions) "
            f'FROM "{table}" WHERE advertiser_id = ? AND stat_time_day BETWEEN ? AND ? GROUP BY 1',
            one.id, first, last,
        ) if table in self.tables() else []  # fmt: skip
        got = {day: (int(n), Decimal(s), int(c), int(i)) for day, n, s, c, i in held}
        return [
            f"{table} of {one.id}, {day}: {got.get(day)} where {wanted.get(day)} is true"
            for day in sorted(wanted.keys() | got.keys())
            if got.get(day) != wanted.get(day)
        ]


def _created(one: Advertiser) -> date:
    return one.registered.astimezone(one.zone).date()


def desk(
    folder: Path,
    world: World | str | Sequence[Plot] = "tiny",
    *,
    options: Options | None = None,
    **defaults: object,
) -> Desk:
    """A folder and a simulator whose clock stands still; `defaults` are settings of every run."""
    chosen = replace(options or Options(), broken=_broken)
    app = create_app(world, options=chosen, clock=NOW)
    return Desk(folder, app.state.simulator, Listening(app), Clock(), Ledger(None, "ultimate"), defaults)


def _broken(kind: str) -> Exception:
    """What a client sees of a connection that falls silent or is cut."""
    if kind == "hang":
        return httpx2.ReadTimeout("simulated silence")
    return httpx2.RemoteProtocolError("simulated reset")


def days_asked(desk: Desk, table: str, advertiser_id: str, *, since: int = 0) -> list[date]:
    """The days that first pages of a table's report were asked for, as often as they were."""
    stream = catalog().streams[table]
    assert isinstance(stream, ReportStream)
    days: list[date] = []
    for path, params in desk.asked[since:]:
        if path != "report/integrated/get" or params.get("page", "1") != "1":
            continue
        alike = json.loads(params["dimensions"]) == list(stream.dimensions)
        if alike and params["data_level"] == stream.data_level and params["advertiser_id"] == advertiser_id:
            first, last = date.fromisoformat(params["start_date"]), date.fromisoformat(params["end_date"])
            days += [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return days


def is_list(table: str) -> bool:
    return isinstance(catalog().streams[table], EntityStream)
