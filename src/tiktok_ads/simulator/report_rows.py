"""Makes the rows of a report: which ads count, how they are grouped, how they are split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import add
from zlib import crc32

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.numbers import Numbers, split, words
from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.report_rules import IDS, TIMES
from tiktok_ads.simulator.world import Advertiser, World

# One hidden share of each place: TikTok leaves some locations out, so provinces do not add up to the whole.
HIDDEN = "hidden"
# Audiences that are known after half an hour, like the whole.
PROMPT = {"country_code", "placement"}


@dataclass(frozen=True, slots=True)
class Row:
    """`values` are those of the dimensions, in the order asked for; `item` is what the row is about."""

    values: tuple[str, ...]
    advertiser: Advertiser
    item: Item | None
    numbers: Numbers


@dataclass(frozen=True)
class Result:
    rows: list[Row]
    truncated: bool


def result(world: World, query: Query, *, cut_above: int | None, late_audiences: bool = False) -> Result:
    """All rows of a report.

    Args:
        late_audiences: leave out the days that ended less than 16 hours ago, where TikTok is that late.
        cut_above: a synchronous report covers only that many of the newest objects; None covers all.
    """
    rows: list[Row] = []
    truncated = False
    for advertiser_id in query.advertiser_ids:
        advertiser = world.advertisers[advertiser_id]
        late = late_audiences and query.report_type == "AUDIENCE" and not PROMPT & set(query.dimensions)
        last = world.today(advertiser, ago=timedelta(hours=40 if late else 0))
        keep, cut = _counted(world, advertiser, query, cut_above)
        truncated = truncated or cut
        rows.extend(_grouped(query, advertiser, _pieces(world, advertiser, query, keep, last)))
    return Result(rows, truncated)


def _counted(
    world: World, advertiser: Advertiser, query: Query, cut_above: int | None
) -> tuple[Callable[[Item], Item | None] | None, bool]:
    """Tells for an ad which object its numbers go to, None for nowhere; and whether some were cut off."""
    filters, level, now = query.filters, query.level, world.now()

    def accepts(item: Item) -> bool:
        ids = {f"{of.level}_ids": of.id for of in (item, *item.parents)}
        return (
            item.buying_type in filters.buying_types
            and item.automation in filters.automation
            and all(ids[name] in chosen for name, chosen in filters.within if name in ids)
        )

    if level is None:
        return (lambda ad: ad if accepts(ad) else None), False
    owners = [
        item
        for item in world.existing(advertiser, level)
        if accepts(item) and any(item.has_status(status, now) for status in filters.status)
    ]
    cut = cut_above is not None and len(owners) > cut_above
    if cut:
        owners = owners[-cut_above:] if cut_above else []
    kept = set(owners)

    def owner(ad: Item) -> Item | None:
        of = ad if level == "ad" else ad.adgroup if level == "adgroup" else ad.campaign
        return of if of in kept and accepts(ad) else None

    return owner, cut


Piece = tuple[Item | None, Item, date, int, tuple[str, ...], Numbers]


def _pieces(
    world: World,
    advertiser: Advertiser,
    query: Query,
    owner: Callable[[Item], Item | None] | None,
    latest: date,
) -> Iterator[Piece]:
    """The numbers of each ad, day, hour and audience that counts."""
    others = [name for name in query.dimensions if name not in IDS and name not in TIMES]
    hourly = "stat_time_hour" in query.dimensions
    owners: dict[Item, Item | None] = {}
    shares: dict[Item, list[tuple[tuple[str, ...], int]]] = {}
    for day in _days(query.first, min(query.last, latest)):
        for ad, numbers in world.ad_days(advertiser, day):
            if ad not in owners:
                owners[ad] = owner(ad) if owner is not None else ad
            of = owners[ad]
            if of is None:
                continue
            if not others and not hourly:
                yield of, ad, day, 0, (), numbers
                continue
            if hourly:
                for hour, part in _hours(world, advertiser, day, numbers):
                    yield of, ad, day, hour, (), part
                continue
            if ad not in shares:
                shares[ad] = _shares(world, advertiser, ad, others)
            parts = split(numbers, [weight for _, weight in shares[ad]])
            for (values, _), part in zip(shares[ad], parts, strict=True):
                if values[0] != HIDDEN and any(part[1:]):
                    yield of, ad, day, 0, values, part


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _hours(
    world: World, advertiser: Advertiser, day: date, numbers: Numbers
) -> Iterable[tuple[int, Numbers]]:
    passed = 24
    if day == world.today(advertiser):
        passed = world.data_now().astimezone(advertiser.zone).hour
    parts = split(numbers, [1] * passed) if passed else []
    return ((hour, part) for hour, part in enumerate(parts) if any(part[1:]))


def audience(name: str, advertiser: Advertiser) -> Sequence[str]:
    """The values that a breakdown takes for an advertiser."""
    if name == "country_code":
        return advertiser.place.countries
    if name == "province_id":
        base = 1_000_000 + 1000 * (crc32(advertiser.place.country.encode()) % 5000)
        return (*(str(base + n) for n in range(1, 6)), HIDDEN)
    if name == "language":
        return ("en", "de", "ja", "")
    if name == "ad_type":
        return ("Search", "Non-search")
    if name == "dma_id":
        return ("501", "803", "0")
    known = catalog().dimensions[name].values
    if known:
        return known
    base = 10_000 + crc32(name.encode()) % 90_000
    return tuple(str(base + n) for n in range(4))


def _shares(
    world: World, advertiser: Advertiser, ad: Item, names: Sequence[str]
) -> list[tuple[tuple[str, ...], int]]:
    """How an ad's audience divides: each combination of values with its weight."""
    shares: list[tuple[tuple[str, ...], int]] = [((), 1)]
    for name in names:
        drawn = words(world.seed, advertiser.number, ad.number, crc32(name.encode()))
        shares = [
            ((*values, value), weight * (1 + drawn[at % 16] % 9))
            for values, weight in shares
            for at, value in enumerate(audience(name, advertiser))
        ]
    return shares


def _grouped(query: Query, advertiser: Advertiser, pieces: Iterable[Piece]) -> list[Row]:
    values = _values(query, advertiser)
    by_object = any(name in IDS for name in query.dimensions) and query.level is not None
    alone = query.level == "ad" and "ad_id" in query.dimensions and "stat_time_day" in query.dimensions
    if alone:
        # Each piece is a row already: ad, day and audience are in it once.
        return [
            Row(values(of, day, hour, parts), advertiser, of, numbers)
            for of, _, day, hour, parts, numbers in pieces
        ]
    groups: dict[tuple[str, ...], tuple[Item | None, Numbers]] = {}
    for of, _, day, hour, parts, numbers in pieces:
        key = values(of, day, hour, parts)
        before = groups.get(key)
        summed = numbers if before is None else tuple(map(add, before[1], numbers))
        groups[key] = (of if by_object else None, summed)
    return [Row(key, advertiser, item, numbers) for key, (item, numbers) in groups.items()]


def _values(
    query: Query, advertiser: Advertiser
) -> Callable[[Item | None, date, int, tuple[str, ...]], tuple[str, ...]]:
    """Makes the dimension values of a piece, in the order asked for."""
    others = [name for name in query.dimensions if name not in IDS and name not in TIMES]
    labels: dict[date, str] = {}

    def one(name: str, of: Item | None, day: date, hour: int, parts: tuple[str, ...]) -> str:
        if name == "advertiser_id":
            return advertiser.id
        if name == "stat_time_day":
            if day not in labels:
                labels[day] = f"{day.isoformat()} 00:00:00"
            return labels[day]
        if name == "stat_time_hour":
            return f"{day.isoformat()} {hour:02d}:00:00"
        if name == "ad_id_v2" and of is not None and of.automation == "UPGRADED_SMART_PLUS" and of.adgroup:
            # In this space the whole asset group is one ad; its creatives have no ids of their own.
            return "1804" + of.adgroup.id[4:]
        if name in IDS:
            return "" if of is None else of.id
        return parts[others.index(name)]

    if query.dimensions == ("ad_id", "stat_time_day"):
        return lambda of, day, hour, parts: (of.id if of else "", one("stat_time_day", of, day, hour, parts))
    return lambda of, day, hour, parts: tuple(one(name, of, day, hour, parts) for name in query.dimensions)
