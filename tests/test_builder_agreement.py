"""Random reports: what our rules allow the simulator takes, and what they refuse it refuses."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from tests.worlds import NOW, TOKEN
from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.filters import filter_reasons, filter_rules, values_of
from tiktok_ads.catalog.model import LEVELS, FilterRule, ReportTypeRules
from tiktok_ads.catalog.rules import max_days, why_not
from tiktok_ads.catalog.streams import Filter
from tiktok_ads.extract.requests import report_params
from tiktok_ads.plan import Window
from tiktok_ads.simulator.answers import Refused
from tiktok_ads.simulator.app import create_app
from tiktok_ads.simulator.centers import centers
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.report_query import parse
from tiktok_ads.simulator.world import World

CASES = 100_000 if os.environ.get("TIKTOK_ADS_BATTERY") == "full" else 6_000
DAY = timedelta(days=1)
LAST = NOW.date() - 2 * DAY


@dataclass(frozen=True)
class Drawn:
    """One report as somebody might choose it, good or bad."""

    report_type: str
    data_level: str | None
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    days: int | None
    filters: tuple[Filter, ...]
    asynchronous: bool

    @property
    def lifetime(self) -> bool:
        return self.days is None


def drawn(chance: random.Random) -> Drawn:
    """Half of them fit together as far as simple rules go; the others have one thing or more out of place."""
    known = catalog()
    report_type = chance.choice(["BASIC", "AUDIENCE", *known.report_types])
    kind = known.report_types[report_type]
    level = chance.choice(kind.levels) if kind.levels else None
    wild = chance.random() < 0.5
    if wild and chance.random() < 0.2:
        level = chance.choice([*LEVELS, None])
    dimensions = list(_dimensions(chance, kind, level, wild=wild))
    lifetime = chance.random() < (0.15 if kind.lifetime or wild else 0.0)
    if lifetime and not wild:
        dimensions = [name for name in dimensions if known.dimensions[name].lifetime]
    days: int | None = 1 if "stat_time_hour" in dimensions else chance.choice((1, 7, 30))
    if wild and chance.random() < 0.3:
        days = chance.choice((2, 29, 31, 60, 364, 365, 366))
    return Drawn(
        report_type,
        level,
        tuple(dict.fromkeys(dimensions)),
        tuple(dict.fromkeys(_metrics(chance, kind, dimensions, wild=wild))),
        None if lifetime else days,
        tuple(_filters(chance, kind, level, wild=wild)) if chance.random() < 0.3 else (),
        chance.random() < 0.1,
    )


def _dimensions(
    chance: random.Random, kind: ReportTypeRules, level: str | None, *, wild: bool
) -> Iterator[str]:
    known = catalog()
    if kind.groupings and chance.random() < 0.8:
        yield from chance.choice(kind.groupings)
        return
    ids = [name for of, names in known.combinations.id_dimensions.items() if of == level for name in names]
    own = ids or [
        one.name for one in known.dimensions.values() if one.role == "id" and kind.name in one.report_types
    ]
    if chance.random() < 0.85:
        yield chance.choice(own)
    breakdowns = []
    if kind.breakdowns and chance.random() < (0.95 if kind.min_breakdowns else 0.4):
        pair = kind.pairs and chance.random() < 0.2
        breakdowns = list(chance.choice(kind.pairs)) if pair else [chance.choice(kind.breakdowns)]
    yield from breakdowns
    if wild and chance.random() < 0.2:
        yield chance.choice(kind.breakdowns or ("age",))
    timeless = any(known.dimensions[name].no_time for name in breakdowns) and not wild
    if chance.random() < 0.6 and not timeless:
        hours = kind.name == "BASIC" or wild
        yield chance.choice(
            ("stat_time_day", "stat_time_day", "stat_time_hour" if hours else "stat_time_day")
        )
    if wild and chance.random() < 0.25:
        yield chance.choice(list(known.dimensions))


def _metrics(
    chance: random.Random, kind: ReportTypeRules, dimensions: Sequence[str], *, wild: bool
) -> Iterator[str]:
    known = catalog()
    every = list(known.metrics)
    listed = [name for one in dimensions for name in known.dimensions[one].metrics]
    special = [one.name for one in known.metrics.values() if one.needs or one.plain or one.excludes]
    of_type = [one.name for one in known.metrics.values() if kind.name in one.report_types]
    for _ in range(chance.randint(1, 4)):
        roll = chance.random()
        if wild and roll < 0.2:
            yield chance.choice(special if roll < 0.1 else every)
        elif listed:
            yield chance.choice(listed)
        elif roll < 0.5 and kind.name != "TT_SHOP":
            yield chance.choice(("spend", "impressions", "clicks", "reach", "frequency", "billed_cost"))
        else:
            yield chance.choice(of_type or every)


def _filters(
    chance: random.Random, kind: ReportTypeRules, level: str | None, *, wild: bool
) -> Iterator[Filter]:
    rules = [one for one in filter_rules().values() if kind.name in one.report_types]
    near = [one for one in rules if (not one.levels or level in one.levels) and not one.needs]
    pool = list(filter_rules().values()) if wild and chance.random() < 0.3 else near or rules
    for _ in range(chance.choice((1, 1, 2)) if pool else 0):
        rule = chance.choice(pool)
        operator: str = chance.choice(rule.operators)
        if wild and chance.random() < 0.2:
            operator = chance.choice(("IN", "NOT_IN", "MATCH", "GREATER_THAN", "BETWEEN"))
        count = 2 if operator == "BETWEEN" else 1
        if operator == "IN" and chance.random() < 0.3:
            count = chance.choice((2, 100, 101) if wild else (2, 100)) if rule.value_kind == "id" else 2
        values = tuple(_value(chance, rule, place, wild=wild) for place in range(count))
        single = operator not in ("IN", "NOT_IN", "CONTAIN_ANY_OF", "BETWEEN")
        yield Filter(rule.field, operator, values[0] if single else values)


def _value(chance: random.Random, rule: FilterRule, place: int, *, wild: bool) -> str:
    if wild and chance.random() < 0.1:
        return "NONSENSE"
    if rule.values:
        return rule.values[(chance.randrange(len(rule.values)) + place) % len(rule.values)]
    return {
        "id": str(7_000_000_000_000_000_001 + place),
        "number": str(place + 1),
        "moment": f"2026-0{place + 1}-01 00:00:00",
        "text": f"AA{place}",
    }[rule.value_kind]


def ours(one: Drawn) -> list[str]:
    """Every reason that we have against it."""
    reasons = why_not(
        report_type=one.report_type,
        data_level=one.data_level,
        dimensions=one.dimensions,
        metrics=one.metrics,
        window_kind="async" if one.asynchronous else "sync",
        lifetime=one.lifetime,
    )
    reasons += filter_reasons(
        one.filters,
        report_type=one.report_type,
        data_level=one.data_level,
        dimensions=one.dimensions,
        asynchronous=one.asynchronous,
    )
    longest = max_days(one.report_type, one.dimensions)
    if one.days is not None and longest is not None and not one.asynchronous and one.days > longest:
        reasons.append(f"A window has at most {longest} days, not {one.days}.")
    return reasons


def theirs(one: Drawn, world: World, login: Login, bc_id: str) -> str:
    """What the simulator answers; "" if it takes the report."""
    stream = _Like(one)
    window = None if one.days is None else Window(LAST - (one.days - 1) * DAY, LAST)
    owner = bc_id if one.report_type == "BC" else "7000000000000000001"
    params = report_params(
        stream,  # type: ignore[arg-type]
        advertiser_id=owner,
        window=window,
        metrics=one.metrics,
        include_deleted=False,
    )
    try:
        parse(world, login, params, asynchronous=one.asynchronous)
    except Refused as refused:
        return refused.message or str(refused.code)
    return ""


class _Like:
    """What `report_params` reads of a stream, without the checks by which a bad one could not be made."""

    def __init__(self, one: Drawn) -> None:
        self.report_type, self.data_level, self.dimensions = one.report_type, one.data_level, one.dimensions
        self.filters, self.params, self.page_size = one.filters, (), 1000
        self.owner_column = "bc_id" if one.report_type == "BC" else "advertiser_id"


@pytest.fixture(scope="module")
def opponent() -> tuple[World, Login, str]:
    simulator = create_app("tiny", clock=NOW).state.simulator
    world = simulator.world
    return world, simulator.logins.of(TOKEN), next(iter(centers(world)))


@pytest.mark.parametrize("part", range(4))
def test_no_report_is_judged_differently(part: int, opponent: tuple[World, Login, str]) -> None:
    """What is allowed works, and what is refused would not have worked."""
    chance = random.Random(20_260_922 + part)
    judged: Counter[bool] = Counter()
    apart: list[str] = []
    for _ in range(CASES // 4):
        one = drawn(chance)
        reasons, answer = ours(one), theirs(one, *opponent)
        judged[not reasons] += 1
        if bool(reasons) != bool(answer):
            apart.append(f"{one}\n  ours: {reasons}\n  theirs: {answer!r}")
    assert not apart, f"{len(apart)} of {CASES // 4}:\n" + "\n".join(apart[:5])
    assert min(judged[True], judged[False]) > CASES // 40


def test_values_of_filters_are_drawn_as_they_are_sent() -> None:
    """A filter of one value is that value, a list is all of them."""
    assert values_of(Filter("cost", "GREATER_THAN", "1")) == ("1",)
    assert values_of(Filter("ad_ids", "IN", ("1", "2"))) == ("1", "2")
    assert date(2026, 9, 20) == LAST
