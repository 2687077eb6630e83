"""Cuts what ads did into pieces: by day, hour and audience, in the advertiser's own calendar or in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.numbers import Numbers, split
from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.report_rules import IDS, TIMES
from tiktok_ads.simulator.report_shares import HIDDEN, Share, shares
from tiktok_ads.simulator.world import Advertiser, World

DAY, HOUR = TIMES
# Whose numbers; on which day and hour; of which audience; the numbers.
Piece = tuple[Item, date, int, tuple[str, ...], Numbers]
Owner = Callable[[Item], Item | None]
# The whole type follows that many hours after the end of a day.
LATE_TYPES = {"PLAYABLE_MATERIAL": 16, "CATALOG": 16}


def last_known(world: World, advertiser: Advertiser, query: Query, *, late: bool) -> date:
    """The last day that a report shows. `late` holds back days as long as TikTok does."""
    known = catalog().dimensions
    hours = max(
        (known[name].latency_hours or 0 for name in query.dimensions),
        default=0,
    )
    hours = max(hours, LATE_TYPES.get(query.report_type, 0))
    # What follows within half an hour is there; the rest is known some hours after the end of the day.
    ago = timedelta(hours=24 + hours) if late and hours > 1 else timedelta()
    return world.today(advertiser, ago=ago)


def pieces(world: World, advertiser: Advertiser, query: Query, owner: Owner, latest: date) -> Iterator[Piece]:
    """The numbers of each ad, day, hour and audience that counts."""
    names = [name for name in query.dimensions if name not in IDS and name not in TIMES]
    found = _by_audience(world, advertiser, query, owner, latest, names)
    if query.utc:
        return _in_utc(query, advertiser.zone, _by_hour(world, advertiser, found))
    if HOUR in query.dimensions:
        return _by_hour(world, advertiser, found)
    return found


def _by_audience(
    world: World, advertiser: Advertiser, query: Query, owner: Owner, latest: date, names: list[str]
) -> Iterator[Piece]:
    owners: dict[Item, Item | None] = {}
    divided: dict[Item, list[Share]] = {}
    around = timedelta(days=1) if query.utc else timedelta()
    for day in _days(query.first - around, min(query.last + around, latest)):
        for ad, numbers in world.ad_days(advertiser, day):
            if ad not in owners:
                owners[ad] = owner(ad)
            of = owners[ad]
            if of is None:
                continue
            if not names:
                yield of, day, 0, (), numbers
                continue
            if ad not in divided:
                divided[ad] = shares(world.seed, advertiser, ad, names)
            parts = split(numbers, [weight for _, weight in divided[ad]])
            for (values, _), part in zip(divided[ad], parts, strict=True):
                if HIDDEN not in values and any(part[1:]):
                    yield of, day, 0, values, part


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _by_hour(world: World, advertiser: Advertiser, found: Iterable[Piece]) -> Iterator[Piece]:
    """Each piece by the hours of its day, of which today has only some."""
    today = world.today(advertiser)
    so_far = world.data_now().astimezone(advertiser.zone).hour
    for of, day, _, values, numbers in found:
        passed = so_far if day == today else 24
        parts = split(numbers, [1] * passed) if passed else []
        for hour, part in enumerate(parts):
            if any(part[1:]):
                yield of, day, hour, values, part


def _in_utc(query: Query, zone: ZoneInfo, found: Iterable[Piece]) -> Iterator[Piece]:
    """Hours moved to UTC, and those that fall into other days left out."""
    moved: dict[tuple[date, int], datetime] = {}
    for of, day, hour, values, numbers in found:
        at = moved.get((day, hour))
        if at is None:
            at = datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
            moved[day, hour] = at
        if query.first <= at.date() <= query.last:
            yield of, at.date(), at.hour, values, numbers
