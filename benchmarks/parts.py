"""Each measurement: what it runs, and its figures beside the bar."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import app as web
from benchmarks.fleet import ARITHMETIC, fleet
from benchmarks.lookback import lookback_saved
from benchmarks.menus import menu_seconds, told
from benchmarks.scale import YEAR, year
from benchmarks.shared_quota import above, limits, stores
from benchmarks.shared_quota import measured as measured_share
from benchmarks.world import LAST_DAY, gathered, measured, serving, start

ADVERTISER = "7000000000000000001"
ADS = 10_000
"""Ads of the account that is measured; each has one row a day, less those that are special."""
CALLS_PER_ADVERTISER = 35
"""About what a first load of 60 days takes of an advertiser of the preset `agency`."""


@dataclass(frozen=True)
class Figure:
    """One line of the table; `bar` is what it must keep to, "" if it only informs."""

    what: str
    value: str
    bar: str = ""


@dataclass(frozen=True)
class Sizes:
    """How much is measured: rows, repetitions, and seconds of calls."""

    rows: int = 1_000_000
    runs: int = 3
    seconds: int = 75


def _settings(url: str, folder: str, *, days: int, name: str = "ours", **others: Any) -> str:
    last = date.fromisoformat(LAST_DAY)
    settings = {
        "api_url": url,
        "advertisers": [ADVERTISER],
        "tables": ["ad_insights"],
        "start_date": (last - timedelta(days=days - 1)).isoformat(),
        "end_date": LAST_DAY,
        "destination": f"duckdb:///{folder}/{name}.duckdb",
        "state_dir": folder,
        "tier": "ultimate",
    }
    return json.dumps({**settings, **others})


def _account(rows: int) -> tuple[int, int]:
    """Ads and days that make about so many rows."""
    ads = min(ADS, max(rows // 10, 100))
    return ads, max(rows // ads, 1)


def cpu(sizes: Sizes) -> list[Figure]:
    """Ours and the floor in turn, so that whatever else the machine does falls on both."""
    ads, days = _account(min(sizes.rows, 300_000))
    first = (date.fromisoformat(LAST_DAY) - timedelta(days=days - 1)).isoformat()
    ours: list[float] = []
    floor: list[float] = []
    rows = 0
    with serving("bulk", ads=ads) as served:
        for _ in range(sizes.runs):
            with tempfile.TemporaryDirectory() as folder:
                plain = measured("plain", served.url, ADVERTISER, first, LAST_DAY, folder)
                real = measured("ours", _settings(served.url, folder, days=days))
            if plain["rows"] != real["rows"]:
                raise RuntimeError(f"{real['rows']} rows against the floor's {plain['rows']}")
            rows = real["rows"]
            floor.append(plain["cpu"] / rows * 1e6)
            ours.append(real["cpu"] / rows * 1e6)
    ratio = statistics.median(ours) / statistics.median(floor)
    return [
        Figure(f"CPU per million ad-days, {rows:,} rows", f"{statistics.median(ours):.1f} s"),
        Figure("… of the floor", f"{statistics.median(floor):.1f} s"),
        Figure("… ours / floor", f"{ratio:.2f}", "≤ 1.30"),
    ]


def memory(sizes: Sizes) -> list[Figure]:
    figures = []
    for rows in (sizes.rows // 10, sizes.rows):
        ads, days = _account(rows)
        with serving("bulk", ads=ads) as served, tempfile.TemporaryDirectory() as folder:
            real = measured("ours", _settings(served.url, folder, days=days))
        figures.append(
            Figure(
                f"Peak memory above imports, {real['rows']:,} rows", f"{real['memory']:.0f} MB", "≤ 300 MB"
            )
        )
    return figures


def quota(sizes: Sizes) -> list[Figure]:
    return [figure for processes in (1, 4) for figure in _quota(sizes, processes)]


def _quota(sizes: Sizes, processes: int) -> list[Figure]:
    # Small answers: a simulator that is busy with a large page would stamp the calls behind it too late.
    advertisers = max(sizes.seconds * 10 // CALLS_PER_ADVERTISER, processes)
    ids = [str(int(ADVERTISER) + number) for number in range(advertisers)]
    options = {"advertisers": advertisers, "latency_ms": 200, "tier": "basic", "sliding": True}
    first = date.today() - timedelta(days=59)
    with serving("agency", **options) as served, tempfile.TemporaryDirectory() as folder:
        common = {"tier": "basic", "tables": ["core"], "start_date": first.isoformat(), "end_date": None}
        settings = [
            _settings(served.url, folder, days=1, name=f"process{n}", advertisers=ids[n::processes], **common)
            for n in range(processes)
        ]
        gathered([start("ours", one) for one in settings])
    arrived = sorted(served.arrivals)
    who = "one process" if processes == 1 else f"{processes} processes"
    broken = ", ".join(
        str(served.counters["violations"].get(unit, 0)) for unit in ("second", "minute", "day")
    )
    most = served.counters["most"]
    return [
        Figure(f"Quota used, {who}, {len(arrived)} calls", f"{_used(_busy(arrived)):.1%}", "≥ 95 %"),
        Figure("… with the first and last seconds, when there is less to do", f"{_used(arrived):.1%}"),
        Figure("… crossed: second, minute, day", broken, "≤ 1 in 10,000, 0, 0"),
        Figure("… most in a second and a minute", f"{most['sliding_second']}, {most['sliding_minute']}"),
    ]


def _busy(arrived: list[float]) -> list[float]:
    """Without the seconds in which the accounts are asked and the last pages come in."""
    inner = [at for at in arrived if arrived[0] + 3 <= at <= arrived[-1] - 3]
    return inner if len(inner) > 1 else arrived


def _used(arrived: list[float]) -> float:
    return (len(arrived) - 1) / (arrived[-1] - arrived[0]) / 10


def calls(sizes: Sizes) -> list[Figure]:
    """A first load of all tables and a second run at once, against the fewest calls that could do it."""
    figures = []
    advertisers = max(min(sizes.rows // 50_000, 20), 3)
    with serving("agency", advertisers=advertisers) as served, tempfile.TemporaryDirectory() as folder:
        ids = [str(int(ADVERTISER) + n) for n in range(advertisers)]
        settings = json.loads(_settings(served.url, folder, days=60, advertisers=ids, tables=["core"]))
        today = date.today().isoformat()
        first = date.today() - timedelta(days=59)
        settings |= {"start_date": first.isoformat(), "end_date": today}
        for name, since in (("first load", 59), ("second run", 28)):
            made = measured("ours", json.dumps(settings))["calls"]
            fewest = _fewest(Path(folder) / "ours.duckdb", date.today() - timedelta(days=since), advertisers)
            figures.append(
                Figure(
                    f"Calls of a {name}, {advertisers} advertisers, 9 tables", f"{made} of at least {fewest}"
                )
            )
            figures.append(Figure("… made / fewest", f"{made / fewest:.2f}"))
    return figures


def _fewest(file: Path, since: date, advertisers: int) -> int:
    """A call per hundred accounts, per thousand rows of each list and of each window with rows, and one for
    each window of an advertiser in which nothing was: somebody must ask."""
    with duckdb.connect(file, read_only=True) as database:
        database.execute("USE tiktok_ads")
        fewest = -(-advertisers // 100)
        for table in ("campaigns", "adgroups", "ads"):
            rows = database.execute(f"SELECT count(*) FROM {table} GROUP BY advertiser_id").fetchall()
            fewest += sum(-(-count // 1000) for (count,) in rows) + advertisers - len(rows)
        tables = database.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tiktok_ads' "
            "AND table_name LIKE '%\\_insights%' ESCAPE '\\' AND table_type = 'BASE TABLE' "
            "AND table_name NOT LIKE '%\\_\\_%' ESCAPE '\\'"
        ).fetchall()
        busy: set[tuple[str, int]] = set()
        for (table,) in tables:
            days = 30 if table == "ad_insights" else 7
            found = database.execute(
                f"SELECT advertiser_id, (stat_time_day - DATE '{since}') // {days} AS w, count(*), "
                f"min(stat_time_day - DATE '{since}'), max(stat_time_day - DATE '{since}') "
                f"FROM {table} WHERE stat_time_day >= DATE '{since}' GROUP BY ALL"
            ).fetchall()
            for owner, _, count, start_day, end_day in found:
                fewest += -(-count // 1000)
                busy |= {(owner, day // 30) for day in (start_day, end_day)}
    windows = -(-((date.today() - since).days + 1) // 30)
    return fewest + advertisers * windows - len(busy)


def startup(sizes: Sizes) -> list[Figure]:
    command = [str(Path(sys.executable).with_name("tiktok-ads")), "--help"]
    ours = _wall(command, sizes.runs * 3)
    nothing = _wall([sys.executable, "-c", "pass"], sizes.runs * 3)
    return [
        Figure("`tiktok-ads --help`", f"{ours * 1000:.0f} ms"),
        Figure('… `python -c "pass"`', f"{nothing * 1000:.0f} ms"),
    ]


def _wall(command: list[str], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def menus(_sizes: Sizes) -> list[Figure]:
    median, slowest = told(menu_seconds())
    return [
        Figure("what may still be chosen for a report, with all reasons: median", median, "10 ms"),
        Figure("the same, 99 of 100 within", slowest, ""),
    ]


def quota_shared(sizes: Sizes) -> list[Figure]:
    """Four processes on each kind of store; 10,000 calls take 210 seconds each."""
    figures = []
    for name, opened in stores():
        with opened as store, tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(measured_share(store, Path(folder), tier="ultimate", seconds=sizes.seconds))
        second, minute = limits("ultimate")
        went = f"{above(found.left, second, 1)}, {above(found.left, minute, 60)}"
        came = f"{above(found.arrived, second, 1)}, {above(found.arrived, minute, 60)}"
        shares = ", ".join(f"{share:.1%}" for share in found.shares)
        used = f"{found.calls_a_second / second:.1%}"
        figures += [
            Figure(f"Four processes on one {name}, {len(found.arrived):,} calls: quota used", used),
            Figure("… above the limit of a second and a minute, as they went out", went, "0, 0"),
            Figure("… as they arrived", came),
            Figure("… of each process", shares, "15 to 35 %"),
        ]
    return figures


def app(sizes: Sizes) -> list[Figure]:
    """Pages over a long history; then runs with and without pages that follow them, in turn."""
    ads, days = _account(min(sizes.rows, 100_000))
    with serving("bulk", ads=ads) as served, tempfile.TemporaryDirectory() as name:
        folder, state = Path(name), Path(name) / "state"
        web.write_settings(folder, loads=2 * sizes.runs, load=_load(served.url, days=days))
        web.write_history(state)
        with web.opened(folder, state) as opened:
            took = web.page_seconds(opened, tries=min(sizes.seconds, 30))
            alone, followed = [], []
            for number in range(sizes.runs):
                alone.append(asyncio.run(web.run_cpu(opened, f"load-{2 * number}", followers=0)))
                job = f"load-{2 * number + 1}"
                followed.append(asyncio.run(web.run_cpu(opened, job, followers=web.FOLLOWERS)))
    slowest = max(took, key=lambda one: took[one])
    much = f"{web.ADVERTISERS} advertisers, {web.DATASETS} datasets, {web.RUNS:,} runs"
    more = statistics.median(followed) / statistics.median(alone) - 1
    return [
        Figure(f"A page of the app, {much}", f"{statistics.median(took.values()) * 1000:.0f} ms", "< 100 ms"),
        Figure(f"… the slowest: {slowest}", f"{took[slowest] * 1000:.0f} ms", "< 100 ms"),
        Figure(f"CPU of a run with {web.FOLLOWERS} open pages that follow it", f"{more:+.1%}", "≤ +5 %"),
    ]


def _load(url: str, *, days: int) -> str:
    first = (date.fromisoformat(LAST_DAY) - timedelta(days=days - 1)).isoformat()
    return (
        f'api_url = "{url}"\nadvertisers = ["{ADVERTISER}"]\ntables = ["ad_insights"]\ntier = "ultimate"\n'
        f"start_date = {first}\nend_date = {LAST_DAY}"
    )


def lookback(_sizes: Sizes) -> list[Figure]:
    """Calls for a lookback of which 3 % has changed, in full and by what changed."""
    figures = []
    for one in lookback_saved():
        calls = f"{one.full} in full, {one.changed} by what changed"
        figures.append(Figure(f"Calls for {one.restated} restated ad-days of 1,000 ads, {one.how}", calls))
        figures.append(Figure("… full / changed", f"{one.full / one.changed:.1f}", "≥ 5"))
        figures.append(Figure("… ad-days that come only with the weekly full read", f"{one.late}"))
    return figures


def parquet(sizes: Sizes) -> list[Figure]:
    """A lake of Parquet files and a plain writer of the same Arrow, in turn."""
    rows = str(min(sizes.rows, 300_000) // 30_000 * 30_000 or 30_000)
    used: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(sizes.runs):
        for writer, taken in used.items():
            taken.append(measured("parquet", writer, rows)["cpu"])
    plain, ours = (statistics.median(taken) for taken in used.values())
    return [
        Figure(f"CPU into Parquet, {int(rows):,} rows of 45 columns", f"{ours:.2f} s"),
        Figure("… of writing the same Arrow", f"{plain:.2f} s"),
        Figure("… ours / plain", f"{ours / plain:.2f}", "≤ 1.30"),
    ]


def scale(_sizes: Sizes) -> list[Figure]:
    """A day of 5,000 accounts call by call, and a year of some of them, against docs/scale.md."""
    many, few = 5000, 250
    day = measured("scale", json.dumps({"accounts": many, "tier": "basic"}))
    expected = sum(ARITHMETIC["daily_calls"](one.ads) for one in fleet(many))
    accounts = fleet(few)
    first, *days = year(accounts)
    loaded = sum(ARITHMETIC["history_calls"](one.ads, YEAR) for one in accounts)
    daily = sum(ARITHMETIC["daily_calls"](one.ads) for one in accounts)
    each = [one.calls for one in days]
    return [
        Figure(f"Calls of a day, {many:,} accounts", f"{day['calls']:,}"),
        Figure("… by docs/scale.md for these accounts", _against(day["calls"], expected), "± 3 %"),
        Figure("… until all are fresh, tier basic", f"{day['hours']:.1f} h"),
        Figure("… quota used", f"{day['share']:.1%}", "≥ 95 %"),
        Figure(
            "… CPU of plan, workers and quota",
            f"{day['cpu']:.0f} s, of which plan {day['plan_seconds']:.1f} s",
        ),
        Figure("… memory above imports", f"{day['memory']:.0f} MB"),
        Figure(f"Calls of a first load of a year, {few} accounts", f"{first.calls:,}"),
        Figure("… by docs/scale.md", _against(first.calls, loaded), "± 3 %"),
        Figure(f"Calls of a day of the {len(each)} that follow", f"{statistics.mean(each):,.0f}"),
        Figure("… fewest and most", f"{min(each):,}, {max(each):,}"),
        Figure("… by docs/scale.md", _against(statistics.mean(each), daily), "± 3 %"),
    ]


def _against(found: float, expected: float) -> str:
    return f"{expected:,.0f} ({found / expected - 1:+.1%})"


PARTS = {
    "cpu": cpu,
    "memory": memory,
    "quota": quota,
    "quota-shared": quota_shared,
    "calls": calls,
    "parquet": parquet,
    "lookback": lookback,
    "scale": scale,
    "startup": startup,
    "menus": menus,
    "app": app,
}
