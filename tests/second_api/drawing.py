"""The small world drawn from one random sequence, and rewritten where the past is restated."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta

from tests.second_api.bodies import ad_body, adgroup_body, campaign_body
from tests.second_api.world import (
    AGES,
    CLOSED,
    COUNTED,
    COUNTRIES,
    GENDERS,
    IDLE,
    KIRITIMATI,
    LARGE,
    NEW_YORK,
    PLATFORMS,
    PROVINCES,
    QUIET,
    WESTERNMOST,
    Account,
    Counts,
    Fact,
    Labels,
    Thing,
    World,
)


def build(seed: int, now: datetime, *, days: int = 45, ahead: int = 14, large_ads: int = 1050) -> World:
    """Draw the world from one random sequence; `ahead` days lie ready for when the clock moves."""
    rng = random.Random(seed)
    world = World()
    for advertiser_id, name, zone, stated, currency in (
        (KIRITIMATI, "First account", "Pacific/Kiritimati", "Etc/GMT-14", "AUD"),
        (WESTERNMOST, "Second account", "Etc/GMT+12", "Etc/GMT+12", "USD"),
        (NEW_YORK, "Third account Ä🙂", "America/New_York", "Etc/GMT+5", "EUR"),
        (QUIET, "Quiet account", "Asia/Kathmandu", "Asia/Kathmandu", "NPR"),
        (IDLE, "Idle account", "Australia/Lord_Howe", "Australia/Lord_Howe", "JPY"),
        (LARGE, "-", "UTC", "Etc/GMT", "BRL"),
        (CLOSED, "Closed account", "Asia/Tokyo", "Asia/Tokyo", "JPY"),
    ):
        created = (now - timedelta(days=days + rng.randint(1, 4), hours=rng.randint(0, 23))).replace(
            microsecond=0
        )
        granted = advertiser_id != CLOSED
        world.accounts[advertiser_id] = Account(advertiser_id, name, zone, stated, currency, created, granted)

    for advertiser_id, campaigns, groups, ads in (
        (KIRITIMATI, 4, 2, 2),
        (WESTERNMOST, 4, 1, 3),
        (NEW_YORK, 3, 2, 2),
        (QUIET, 2, 1, 1),
        (IDLE, 1, 1, 1),
        (LARGE, 2, 1, large_ads // 2),
    ):
        for number in range(campaigns):
            # The last campaign of two accounts is TopView: only calls that ask for it see it.
            topview = advertiser_id in (WESTERNMOST, QUIET) and number == campaigns - 1
            _campaign(world, rng, world.accounts[advertiser_id], number, groups, ads, topview=topview)

    for ad in list(world.ads.values()):
        account = world.accounts[ad.advertiser_id]
        first, last = account.local_day(account.created), account.local_day(now) + timedelta(days=ahead)
        if ad.advertiser_id == IDLE:
            continue
        if ad.advertiser_id == QUIET and ad.buying == "RESERVATION_TOP_VIEW":
            # Of the last weeks there is TopView alone.
            for ago in (2, 3, 9):
                _add_day(world, rng, ad, account.local_day(now) - timedelta(days=ago), _draw(rng))
            continue
        if ad.advertiser_id == QUIET:
            # A day on which nothing but one profile visit was counted: no spend, no impression, no click.
            counts = dict.fromkeys(COUNTED, 0) | {"profile_visits": 1}
            _add_day(world, rng, ad, account.local_day(now) - timedelta(days=33), counts)
            continue
        everyday = (first + timedelta(days=n) for n in range((last - first).days + 1))
        if ad.advertiser_id == LARGE:
            few = rng.sample(range(2, days), 2)
            for day in sorted(account.local_day(now) - timedelta(days=n) for n in few):
                _add_day(world, rng, ad, day, _draw(rng), parts=rng.random() < 0.02)
            continue
        share = rng.choice((0.25, 0.6, 0.95))
        for day in everyday:
            if rng.random() < share:
                _add_day(world, rng, ad, day, _draw(rng))
    _sum_provinces(world, rng)
    days_ago = world.accounts[NEW_YORK].local_day(now) - timedelta(days=5)
    world.shop_spend[NEW_YORK] = [(days_ago, 98_765), (days_ago - timedelta(days=400), 1)]
    return world


def _campaign(
    world: World, rng: random.Random, account: Account, number: int, groups: int, ads: int, *, topview: bool
) -> None:
    advertiser_id = account.advertiser_id
    buying = "RESERVATION_TOP_VIEW" if topview else rng.choice(("AUCTION", "AUCTION", "RESERVATION_RF"))
    smart = rng.random() < 0.3 and not topview
    automation = "SMART_PLUS" if smart else "MANUAL"
    campaign_id = _new_id(rng, "17", world.campaigns)
    name = "-" if number == 1 else f"Campaign {number} of {account.currency}"
    created = account.created + timedelta(minutes=rng.randint(1, 500))
    world.campaigns[campaign_id] = Thing(
        "campaign", campaign_id, advertiser_id, campaign_id, "", buying, name, created, created,
        automation=automation, body=campaign_body(rng, smart=smart, topview=topview),
    )  # fmt: skip
    for group in range(groups):
        adgroup_id = _new_id(rng, "18", world.adgroups)
        moment = created + timedelta(minutes=rng.randint(1, 300))
        world.adgroups[adgroup_id] = Thing(
            "adgroup", adgroup_id, advertiser_id, campaign_id, adgroup_id, buying, f"Group {number}.{group}",
            moment, moment + timedelta(hours=rng.randint(0, 400)), body=adgroup_body(rng, moment),
        )  # fmt: skip
        for ad in range(ads):
            ad_id = _new_id(rng, "18", world.ads)
            made = moment + timedelta(minutes=rng.randint(0, 9000))
            # TikTok leaves modify_time out for some ads of Smart+ campaigns.
            modified = None if smart and ad % 2 == 0 else made + timedelta(hours=rng.randint(0, 300))
            world.ads[ad_id] = Thing(
                "ad", ad_id, advertiser_id, campaign_id, adgroup_id, buying,
                "-" if ad == 1 and group == 0 and ads < 10 else f"🎈 Ad {number}.{group}.{ad} 'x; ${{x}}",
                made, modified, automation=automation, body=ad_body(rng, ad),
            )  # fmt: skip


def _new_id(rng: random.Random, start: str, taken: dict[str, Thing]) -> str:
    while True:
        key = start + "".join(rng.choice("0123456789") for _ in range(rng.choice((14, 15, 17))))
        if key not in taken:
            return key


def _draw(rng: random.Random) -> Counts:
    impressions = rng.choice((0, 1, rng.randint(20, 900), rng.randint(900, 200_000)))
    counts = dict.fromkeys(COUNTED, 0)
    counts["impressions"] = impressions
    counts["gross_impressions"] = impressions + rng.randint(0, 3)
    counts["reach"] = rng.randint(0, impressions)
    counts["clicks"] = rng.randint(0, impressions // 15 + 1)
    counts["spend"] = rng.choice((0, 1, rng.randint(2, 99), rng.randint(100, 900_000)))
    for name in ("conversion", "real_time_conversion", "result", "real_time_result"):
        counts[name] = rng.randint(0, counts["clicks"] // 4 + 1)
    seen = impressions
    for name in [n for n in COUNTED if n.startswith("video_")]:
        seen = rng.randint(0, seen)
        counts[name] = seen
    for name in ("profile_visits", "likes", "comments", "shares", "follows", "clicks_on_music_disc"):
        counts[name] = rng.choice((0, 0, rng.randint(0, 40)))
    return counts


def _share_out(rng: random.Random, counts: Counts, labels: list[Labels]) -> list[tuple[Labels, Counts]]:
    """Spread every count over the labels, so that the parts add up to the whole."""
    parts: list[tuple[Labels, Counts]] = [(label, dict.fromkeys(COUNTED, 0)) for label in labels]
    for name, whole in counts.items():
        marks = sorted(rng.randint(0, whole) for _ in range(len(labels) - 1))
        for (_, part), low, high in zip(parts, [0, *marks], [*marks, whole], strict=True):
            part[name] = high - low
    return [(label, part) for label, part in parts if any(part.values())]


def _add_day(
    world: World, rng: random.Random, ad: Thing, day: date, counts: Counts, *, parts: bool = True
) -> None:
    if not any(counts.values()):
        return
    blank = rng.random() < 0.03
    where = (ad.advertiser_id, ad.campaign_id, ad.adgroup_id, ad.key, day)
    world.facts.append(Fact("ad", *where, (), counts, blank))
    if not parts:
        return
    pairs = [(age, gender) for age in AGES for gender in GENDERS]
    choices: tuple[tuple[str, list[Labels]], ...] = (
        ("age_gender", list(rng.sample(pairs, rng.randint(1, 4)))),
        ("country", [(name,) for name in rng.sample(COUNTRIES, rng.randint(1, 3))]),
        ("platform", [(name,) for name in rng.sample(PLATFORMS, rng.randint(1, 2))]),
    )
    for cut, labels in choices:
        for label, part in _share_out(rng, counts, labels):
            world.facts.append(Fact(cut, *where, label, part, blank and rng.random() < 0.5))


def _sum_provinces(world: World, rng: random.Random, only: Callable[[Fact], bool] | None = None) -> None:
    """Provinces are held by campaign; some are filtered out, so that they need not add up to the campaign."""
    totals: dict[tuple[str, str, date], Counts] = {}
    for fact in world.facts:
        if fact.cut == "country" and (only is None or only(fact)):
            total = totals.setdefault(
                (fact.advertiser_id, fact.campaign_id, fact.day), dict.fromkeys(COUNTED, 0)
            )
            for name, value in fact.counts.items():
                total[name] += value
    for (advertiser_id, campaign_id, day), total in totals.items():
        labels: list[Labels] = [(name,) for name in rng.sample(PROVINCES, rng.randint(2, 4))]
        for label, part in _share_out(rng, total, labels)[1:]:
            world.facts.append(Fact("province", advertiser_id, campaign_id, "", "", day, label, part))


def restate(world: World, rng: random.Random, advertiser_id: str, first: date, last: date) -> dict[str, int]:
    """Rewrite what happened from `first` to `last`: numbers change, days of ads vanish, others appear."""
    done = {"changed": 0, "vanished": 0, "appeared": 0}
    fresh: list[tuple[Thing, date, Counts]] = []
    by_day: dict[tuple[str, date], Fact] = {}
    for fact in world.facts:
        if fact.cut == "ad" and fact.advertiser_id == advertiser_id and first <= fact.day <= last:
            by_day[fact.ad_id, fact.day] = fact
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for ad in [a for a in world.ads.values() if a.advertiser_id == advertiser_id]:
        for day in days:
            fact_before = by_day.get((ad.key, day))
            roll = rng.random()
            if fact_before is None:
                if roll < 0.1:
                    fresh.append((ad, day, _draw(rng)))
                    done["appeared"] += 1
            elif roll < 0.15:
                done["vanished"] += 1
            else:
                counts = dict(fact_before.counts)
                counts["conversion"] += rng.randint(0, 9)
                counts["spend"] = max(0, counts["spend"] + rng.randint(-500, 500))
                fresh.append((ad, day, counts))
                done["changed"] += 1
    world.facts[:] = [
        f for f in world.facts if f.advertiser_id != advertiser_id or not first <= f.day <= last
    ]
    for ad, day, counts in fresh:
        _add_day(world, rng, ad, day, counts)
    _sum_provinces(world, rng, lambda f: f.advertiser_id == advertiser_id and first <= f.day <= last)
    return done
