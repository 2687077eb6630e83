"""The page of scale: the figures of `scale_figures.py` as tables, with what they mean in practice."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

import runpy
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from types import SimpleNamespace

F = SimpleNamespace(**runpy.run_path(str(Path(__file__).parent / "scale_figures.py")))
FLEETS = (1, 100, 5_000, 50_000)
TIERS = ("basic", "advanced", "premium", "ultimate")
YEAR = 365

_INTRO = """
# Scale

What an app can read in a day, where the work piles up, and how many machines that takes.
The tables are worked out by `docs/scale_figures.py` from the quota, the windows and the page sizes that the program itself uses, so they change with it.
`python -m benchmarks scale` holds them against a simulated run: real plan, real workers, real quota book, a network and a clock that are not.

## From the quota to rows

TikTok counts the calls of an app, whatever the accounts.
The gate spaces them a little wider than allowed, and the second's limit is the one that counts:

    calls a second = limit of a second / 1.04
    calls a day    = calls a second × 86,400
    most rows      = calls a day × 1,000   (full pages, which only large accounts have)
"""

_ACCOUNT = """
## From accounts to calls

A daily run with the nine usual tables and a lookback of {lookback} days reads {days} days: today, yesterday's today, and the lookback.

    calls of an account = lists + 2 + its share of advertiser/info
                        + for each report and window: max(1, rows / 1,000), rounded up
                        + 1 for each 30 days: the account's own total, which the days are held against

Windows are 30 days for `ad_insights` and 7 for the others, so an account with little takes {small:.0f} calls.
One with nothing at all takes {idle:.0f}: a probe tells that there is nothing.
A window with more than {most:,} rows is read in steps, and the look at it costs one call more.

| account | ads with rows on a day | calls of a day, `full` | `changed` | rows read, `full` | first load of a year, calls | share of an agency's accounts |
|---|---:|---:|---:|---:|---:|---:|
"""

_ASSUMED = """
### What is assumed

| assumption | value | confidence |
|---|---|---|
| limits of the tiers | see above | high: TikTok's page on rate limits |
| windows, page sizes, lookback, steps | as in the program | high: read from it |
| sizes of an agency's accounts | the table above | low: put in your own |
| rows for each ad and day: {rows} | | medium for `ad_insights`, low for the others: it depends on targeting |
| length of the lists for each active ad, deleted ones included: {objects} | | low |
| weeks of the lookback in which an account of few ads has a change | {weeks:g} of 5 | low: late conversions come mostly within a week |
| CPU for a million rows | {row_cpu:.0f} s | high: [measured](performance.md), 72 columns |
| CPU for a call and the commit of its few rows | {call_cpu:.0f} ms | medium: measured in short runs on a busy machine |
| time until TikTok answers | {latency:g} s | low: reports of large accounts take longer |
| disk for a row | {row_bytes} bytes | medium: measured in a new DuckDB file, 72 columns; `store_changes` comes on top |

Retries, lists that moved between two pages, and reports that must be cut by campaigns are not in it: add a tenth.
"""

_TIERS = """
## What an app of each tier reads

Accounts are the mix above: {calls:.0f} calls a day each in `full`, {changed:.0f} in `changed`, some {rows:,.0f} new rows a day.

| tier | calls a day | most rows a day | accounts kept fresh daily, `full` | `changed` | a year's history of 100 accounts | of 5,000 |
|---|---:|---:|---:|---:|---:|---:|
"""

_BOTTLENECK = """
The sandbox allows 1,000 calls a day of *each endpoint*: all five reports stand on one, so some {sandbox} accounts with little. It has mock data of one account.

## Where the bottleneck is

1. **Calls**, for nearly everybody. A core keeps up with {core_small:.0f} calls a second of small answers, or {core_full:.0f} of full pages; basic lets {basic:.1f} through.
2. **CPU**, from some {premium_full:.0f} full pages a second on: ultimate's {ultimate:.0f} need {cores_full:.1f} cores. A process decodes on one core, beside the thread of its database. So an ultimate app that loads the history of large accounts wants two processes, each with accounts of its own.
3. **One writer.** A DuckDB file has one process that writes. Its thread commits groups of up to 200 slices or 30,000 rows; what it takes is in the CPU above. Two processes need two files, or Postgres, where each commits its own accounts.
4. **Memory and disk**, not before tens of thousands of accounts: the disk fills with billions of rows first. Memory was measured for few fleets only, see [below](#start-and-memory-of-large-runs): leave a process 2 GB.

More readers do not help: with {latency:g} s to an answer, `concurrency = 8` already asks for {asked:.0f} calls a second, and four pages of a large account are under way at the same time.
Raise `concurrency` with the tier: calls a second × seconds to an answer, and a third more.

## How many processes, and which store

| accounts | calls a day, `full` | hours at basic | in a night: least tier, `full` | `changed` | CPU a day | processes | memory each | destination | rows of a year on disk |
|---:|---:|---:|---|---|---:|---:|---:|---|---:|
"""

_ADVICE = """
Hours count from the start of the run until the last account is fresh; eight of them are a night.
Processes are for a night of eight hours; by CPU alone one would do for longer than that.

**1 to 100 accounts.** The defaults. One process, a DuckDB file, `full`.

**5,000 accounts.** {one_fit}
`lookback_mode = "changed"` saves most where accounts are large; where most are small it saves a third of their calls.
Ask for a higher tier before adding machines: a second machine has the same quota.
One process and DuckDB still do, on a disk that is large enough. Take Postgres if others read while it loads, or if there are several jobs; its rows take several times the disk, which was not measured.

**50,000 accounts.** More than an app of a low tier can read in a day with all nine tables.
Use an ultimate app, or several apps with disjoint accounts, each with a [login](settings.md) and a job of its own.
Two apps have two quotas, and neither waits for the other; see [Many machines](many-machines.md).
Into Postgres, four to eight jobs of some 6,000 to 12,000 accounts each; `quota_store` is needed once they run on several machines.
Fewer tables help more than anything: each report below the day takes five windows, `ad_insights` one.

```toml
# One of several jobs; each names accounts of its own.
tier = "ultimate"
concurrency = 40
lookback_mode = "changed"
start_date = 2026-01-01
quota_store = "redis://redis.internal:6379/0"
app_id = "7400000000000000001"
destination = "postgresql://loader@db.internal/ads"
```

The first load of a long history is the only time that calls run for days.
It goes on where it stopped: start with `start_date` a month ago, then set it back a few months at a time.

## Who is served first

- **Table by table.** Every account has its lists before any has reports, and `ad_insights` before the breakdowns. If the day's quota ends early, the later tables lack for all, not everything for some.
- **In turns.** Within a table, the first window of every account comes before the second of any.
- **A giant leaves room.** While others wait, one account has at most a quarter of the readers, at least one; its slices fetch a few pages at the same time, so while it is read it may take two thirds of the calls, not all of them. Rows that wait to be loaded share 32 MB; whoever is oldest never waits for it.
- **A broken account** keeps no more than that quarter waiting. Its slices are left out, named, and tried in the next run; the others come in as if it were not there.
- Small accounts do not go first on purpose: the order is that of `advertisers`, or TikTok's for `all`. Who must be fresh first gets a job of its own.

## Start and memory of large runs

Before the first slice a run asks `advertiser/info` (100 accounts a call, one after the other), reads the bookmarks, counts what is stored for the days of the plan, and plans.
{measured}
A run's report has a line for each table and account, some 300 bytes: 14 MB at 5,000 accounts, kept in `_runs` each day. Delete old ones (`DELETE FROM _runs WHERE started_at < …`) if that matters.
"""

_MEASURED = """
| 5,000 accounts × 9 tables, a year loaded, 30 days to read | CPU, memory |
|---|---:|
| reading 45,000 bookmarks from DuckDB | 0.3 s |
| planning and estimating 120,000 slices | 5 s, 60 MB |
| the whole process half-way, rows aside | some 450 MB |
| the most it ever held, 1,000 accounts | 680 MB |
"""


def page() -> str:
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _INTRO
    yield "\n| tier | a second, minute, day | calls a second | calls a day | most rows a day |\n|---|---:|---:|---:|---:|\n"
    for tier in TIERS:
        limits = F.TIERS[tier]
        yield f"| {tier} | {limits.per_second}, {limits.per_minute:,}, {limits.per_day:,} | {F.pace(tier):.1f} | {F.calls_a_day(tier):,} | {_millions(F.calls_a_day(tier) * 1000)} |\n"
    yield _ACCOUNT.format(
        lookback=F.LOOKBACK_DAYS,
        days=F.READ_DAYS,
        small=F.daily_calls(10),
        idle=F.daily_calls(0),
        most=F.MOST_ROWS,
    )
    for size in F.MIX:
        yield (
            f"| {size.name} | {size.ads:,} | {F.daily_calls(size.ads):,.0f} | {F.daily_calls(size.ads, 'changed'):,.0f} "
            f"| {F.rows_of(size.ads, F.READ_DAYS):,.0f} | {F.history_calls(size.ads, YEAR):,.0f} | {size.share:.1%} |\n"
        )
    yield _ASSUMED.format(
        rows=_listed(F.ROWS_PER_AD_DAY),
        objects=_listed(F.OBJECTS_PER_ACTIVE_AD),
        weeks=F.WINDOWS_THAT_CHANGE,
        row_cpu=F.ROW_CPU_SECONDS * 1e6,
        call_cpu=F.CALL_CPU_SECONDS * 1000,
        latency=F.LATENCY_SECONDS,
        row_bytes=F.ROW_BYTES,
    )
    full, changed = F.daily_of_mix(), F.daily_of_mix("changed")
    yield _TIERS.format(calls=full, changed=changed, rows=F.rows_of_mix(1))
    for tier in TIERS:
        calls = F.calls_a_day(tier)
        history = F.history_of_mix(YEAR)
        yield (
            f"| {tier} | {calls:,} | {_millions(calls * 1000)} | {_round(calls / full)} | {_round(calls / changed)} "
            f"| {_time(100 * history / F.pace(tier))} | {_time(5000 * history / F.pace(tier))} |\n"
        )
    full_page = F.CALL_CPU_SECONDS + 1000 * F.ROW_CPU_SECONDS
    yield _BOTTLENECK.format(
        sandbox=int(1000 // (F.daily_calls(10) - 5)),
        core_small=1 / F.CALL_CPU_SECONDS,
        core_full=1 / full_page,
        basic=F.pace("basic"),
        premium_full=1 / full_page,
        ultimate=F.pace("ultimate"),
        cores_full=F.pace("ultimate") * full_page,
        latency=F.LATENCY_SECONDS,
        asked=8 / F.LATENCY_SECONDS,
    )
    yield from map(_fleet, FLEETS)
    fits = F.calls_a_day("basic") / full
    told = f"Basic has room for {_round(fits)} such accounts a day; 5,000 take {_time(5000 * full / F.pace('basic'))} of it."
    yield _ADVICE.format(one_fit=told, measured=_MEASURED)


def _fleet(count: int) -> str:
    seconds = {mode: count * F.daily_of_mix(mode) for mode in ("full", "changed")}
    cpu = count * F.cpu_of_mix()
    processes = max(ceil(cpu / (8 * 3600) / 0.7), 1)
    memory = F.BASE_MEGABYTES + count / processes * F.ACCOUNT_KILOBYTES / 1024
    disk = count * F.rows_of_mix(YEAR) * F.ROW_BYTES / 2**30
    store = "DuckDB" if count <= 100 else "DuckDB or Postgres" if processes == 1 else "Postgres"
    return (
        f"| {count:,} | {seconds['full']:,.0f} | {_time(seconds['full'] / F.pace('basic'))} | {_least(seconds['full'])} "
        f"| {_least(seconds['changed'])} | {_time(cpu)} | {processes} | {_round(memory)} MB | {store} | {disk:,.1f} GB |\n"
    )


def _least(calls: float) -> str:
    """The tier, or number of ultimate apps, that makes so many calls in a night."""
    for tier in TIERS:
        if calls / F.pace(tier) <= 8 * 3600:
            return f"{tier}, {_time(calls / F.pace(tier))}"
    apps = ceil(calls / F.pace("ultimate") / (8 * 3600))
    return f"{apps} apps at ultimate, {_time(calls / F.pace('ultimate') / apps)}"


def _listed(values: dict[str, float]) -> str:
    return ", ".join(f"`{name}` {value:g}" for name, value in values.items())


def _millions(count: float) -> str:
    return f"{count / 1e6:,.0f} million"


def _round(count: float) -> str:
    """Two digits are all that such figures are worth."""
    size = 10 ** max(len(str(int(count))) - 2, 0)
    return f"{round(count / size) * size:,}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.1f} days"


PAGES = {"scale.md": page}
