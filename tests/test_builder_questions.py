"""Holds report definitions against the simulator, whose rules were written apart: 10^5 random ones.

A definition is refused, and so is the call; or each of the calls that it takes is accepted. By default a
smaller number is tried; `TIKTOK_ADS_BATTERY=full` tries them all.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from tests.simulator_caller import FIRST, NOW
from tiktok_ads.builder import ReportDefinition, parts, problems
from tiktok_ads.catalog.filters import filter_rules
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import LEVELS
from tiktok_ads.catalog.streams import Filter
from tiktok_ads.plan.dates import Days, Lifetime
from tiktok_ads.simulator.answers import Refused
from tiktok_ads.simulator.centers import FIRST_CENTER
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.report_query import parse
from tiktok_ads.simulator.world import World, make_world

FULL = os.environ.get("TIKTOK_ADS_BATTERY") == "full"
ALL, SOME, SHARES = 100_000, 5_000, 5
DAY = "2026-09-20"
TYPES = (*["BASIC"] * 5, *["AUDIENCE"] * 5, "CATALOG", "PLAYABLE_MATERIAL", "BC", "TT_SHOP")
BREAKDOWNS = ("audience", "other")
OPERATORS = ("IN", "NOT_IN", "MATCH", "GREATER_EQUAL", "LOWER_THAN", "BETWEEN")
IDS = {
    "AUCTION_ADVERTISER": ("advertiser_id",),
    "AUCTION_CAMPAIGN": ("campaign_id",),
    "AUCTION_ADGROUP": ("adgroup_id",),
    "AUCTION_AD": ("ad_id", "ad_id_v2"),
}
LOGIN = Login("token")


@dataclass(frozen=True)
class Choice:
    """What somebody could click together."""

    report_type: str
    data_level: str | None
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    order_by: str = ""
    lifetime: bool = False


@dataclass(frozen=True)
class Doubt:
    """Where we refuse what TikTok may well take, since the facts do not say."""

    why: str
    holds: Callable[[Choice, Sequence[str]], bool]


DOUBTFUL = (
    Doubt(
        "A data level in a playable report is not needed; whether it is refused is written nowhere.",
        lambda choice, reasons: (
            choice.report_type == "PLAYABLE_MATERIAL" and all("have no data level" in one for one in reasons)
        ),
    ),
)


def some_choice(draw: random.Random) -> Choice:
    """Mostly sensible: one thing in a few is out of place."""
    report_type = draw.choice(TYPES)
    level = draw.choice(LEVELS) if catalog().report_types[report_type].levels else None
    if draw.random() < 0.02:
        level = draw.choice(LEVELS)
    dimensions = _dimensions(draw, report_type, level)
    metrics = _metrics(draw, dimensions)
    return Choice(
        report_type,
        level,
        dimensions,
        metrics,
        filters=() if draw.random() < 0.6 else _filters(draw, report_type),
        order_by=draw.choice(metrics) if draw.random() < 0.2 else "",
        lifetime=draw.random() < 0.1,
    )


def _dimensions(draw: random.Random, report_type: str, level: str | None) -> tuple[str, ...]:
    known = catalog().dimensions
    chosen: list[str] = []
    if draw.random() < 0.8:
        alone = "advertiser_id" if report_type == "BC" else "playable_id"
        chosen.append(draw.choice(IDS[level]) if level else alone)
    if draw.random() < 0.5:
        chosen.append(draw.choice(("stat_time_day", "stat_time_day", "stat_time_hour")))
    own = [n for n, one in known.items() if report_type in one.report_types and one.role in BREAKDOWNS]
    chosen += [draw.choice(own) for chance in (0.7, 0.15) if own and draw.random() < chance]
    if draw.random() < 0.05:
        chosen.append(draw.choice(list(known)))
    if draw.random() < 0.1:
        chosen += ("age", "gender") if report_type == "AUDIENCE" else ("search_keyword", "match_type")
    draw.shuffle(chosen)
    return tuple(dict.fromkeys(chosen)) or ("stat_time_day",)


def _metrics(draw: random.Random, dimensions: Sequence[str]) -> tuple[str, ...]:
    known = catalog()
    odd = [
        name
        for name, one in known.metrics.items()
        if one.is_attribute or one.plain or one.needs or one.unique_users or len(one.report_types) > 1
    ]
    listed = [name for at in dimensions for name in known.dimensions[at].metrics] or odd
    pools = (list(known.metrics), odd, listed, ["spend", "impressions", "clicks"])
    return tuple(dict.fromkeys(draw.choice(draw.choice(pools)) for _ in range(draw.choice((1, 1, 1, 2, 3)))))


def _filters(draw: random.Random, report_type: str) -> tuple[Filter, ...]:
    rules = filter_rules()
    fitting = [name for name, rule in rules.items() if report_type in rule.report_types] or list(rules)
    made: dict[str, Filter] = {}
    for _ in range(draw.choice((1, 1, 2))):
        odd = draw.random() < 0.1
        name = draw.choice((*rules, "country_code", "no_such_filter")) if odd else draw.choice(fitting)
        rule = rules.get(name)
        operator = draw.choice(rule.operators if rule and draw.random() < 0.8 else OPERATORS)
        made[name] = Filter(name, operator, _value(draw, name, operator))
    return tuple(made.values())


def _value(draw: random.Random, name: str, operator: str) -> str | tuple[str, ...]:
    rule = filter_rules().get(name)
    kind = rule.value_kind if rule else "text"
    pool: Sequence[str] = {
        "id": ("1801000000000000017", "12", "not an id"),
        "number": ("100", "0.5", "much"),
        "moment": ("2026-01-31 00:00:00", "2026-09-30 23:59:59", "yesterday"),
    }.get(kind, (*(rule.values if rule and rule.values else ("Advertiser 1", "US")), "SOMETHING"))
    values = tuple(draw.choice(pool) for _ in range(draw.choice((1, 1, 2))))
    if kind == "id" and draw.random() < 0.2:
        values = tuple(str(n + 1) for n in range(draw.choice((100, 101))))
    return values if operator in ("IN", "NOT_IN", "BETWEEN") else values[0]


def theirs(world: World, choice: Choice) -> str:
    """The simulator's refusal of the call, with its code; "" if it takes it."""
    sent: dict[str, object] = {
        "report_type": choice.report_type,
        "data_level": choice.data_level,
        "dimensions": list(choice.dimensions),
        "metrics": list(choice.metrics),
        "order_field": choice.order_by,
        "query_lifetime": choice.lifetime,
        "start_date": DAY,
        "end_date": DAY,
        "filtering": [
            {
                "field_name": one.field,
                "filter_type": one.type,
                "filter_value": one.value if isinstance(one.value, str) else json.dumps(one.value),
            }
            for one in choice.filters
        ]
        or None,
        **({"bc_id": str(FIRST_CENTER)} if choice.report_type == "BC" else {"advertiser_id": FIRST}),
    }
    try:
        parse(world, LOGIN, sent)
    except Refused as refused:
        return f"{refused.code}: {refused.message}"
    return ""


def definition_of(choice: Choice) -> ReportDefinition:
    return ReportDefinition(
        name="a_report_of_my_own",
        report_type=choice.report_type,
        data_level=choice.data_level,
        dimensions=choice.dimensions,
        metrics=choice.metrics,
        filters=choice.filters,
        order_by=choice.order_by,
        dates=Lifetime() if choice.lifetime else Days(1, 1),
    )


def questions(choice: Choice, definition: ReportDefinition) -> list[Choice]:
    """The calls that an accepted definition takes: its own, and coarser ones for what that one refuses."""
    made = parts(definition)
    own = [replace(choice, metrics=made.metrics, order_by="")] if made.metrics else []
    return own + [
        replace(
            choice,
            report_type=one.report_type,
            data_level=one.data_level,
            dimensions=one.dimensions,
            metrics=one.metrics,
            filters=(),
            order_by="",
        )
        for one in made.beside
    ]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world("tiny", clock=NOW)


@pytest.mark.parametrize("share", range(SHARES))
def test_every_question_of_an_accepted_report_is_taken(world: World, share: int) -> None:
    """Nobody is refused what works, and nothing that was accepted is refused by TikTok's documented rules."""
    draw = random.Random(share)
    accepted = split = 0
    for _ in range((ALL if FULL else SOME) // SHARES):
        choice = some_choice(draw)
        definition = definition_of(choice)
        reasons = [one.text for one in problems(definition)]
        if reasons:
            doubtful = any(one.holds(choice, reasons) for one in DOUBTFUL)
            assert doubtful or theirs(world, choice), f"refused without need, {reasons}: {choice}"
            continue
        asked = questions(choice, definition)
        accepted, split = accepted + 1, split + (len(asked) > 1)
        for question in asked:
            refused = theirs(world, question)
            assert not refused, f"{refused}: {question}, asked for {choice}"
    assert accepted > SOME // SHARES // 20
    assert split > 0
