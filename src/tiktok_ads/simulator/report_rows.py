"""Makes the rows of a report: which ads count, how they are grouped, how they are split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import add

from tiktok_ads.simulator.belongings import HOW_MANY, belonging
from tiktok_ads.simulator.centers import centers
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.numbers import AT, ZERO, Numbers
from tiktok_ads.simulator.report_centers import in_dollars, passes
from tiktok_ads.simulator.report_pieces import DAY, HOUR, Owner, Piece, last_known, pieces
from tiktok_ads.simulator.report_query import Query
from tiktok_ads.simulator.report_rules import IDS, TIMES
from tiktok_ads.simulator.world import Advertiser, World

RESERVED = ("RESERVATION_RF", "RESERVATION_TOP_VIEW")
# Ads that show products of a catalog, and those that are played with.
FROM_CATALOG = ("TRAFFIC", "WEB_CONVERSIONS")
PLAYABLE = "APP_PROMOTION"
# Of every playable, as their list shows it.
PLAYABLE_STATUSES = {"VALIDATE_SUCCESS", "STATUS_ALL"}
# Without a time dimension some of the objects that did nothing come with zeros; an inner rule decides.
ZERO_EVERY = 3


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


Values = Callable[[Item, date, int, tuple[str, ...]], tuple[str, ...]]


def result(world: World, query: Query, *, cut_above: int | None, late_audiences: bool = False) -> Result:
    """All rows of a report.

    Args:
        late_audiences: leave out the days that ended less than 16 hours ago, where TikTok is that late.
        cut_above: a synchronous report covers only that many of the newest objects, over all advertisers
            together; None covers all.
    """
    rows: list[Row] = []
    truncated, left = False, cut_above
    for advertiser in advertisers_of(world, query):
        owner, owners, cut = _counted(world, advertiser, query, left)
        truncated = truncated or cut
        if left is not None:
            left -= len(owners)
        last = last_known(world, advertiser, query, late=late_audiences)
        found = _grouped(query, advertiser, pieces(world, advertiser, query, owner, last))
        rows.extend(found)
        rows.extend(_idle(query, advertiser, owners, found))
    return Result(_together(query, rows), truncated)


def advertisers_of(world: World, query: Query) -> list[Advertiser]:
    """Whom a report covers: those named, or those of a Business Center that pass its filters."""
    named = [world.advertisers[one] for one in query.advertiser_ids]
    if not query.bc_id:
        return named
    center = centers(world)[query.bc_id]
    passing = [a for a in named if all(passes(center, a, *one) for one in query.filters.center)]
    if query.filters.cost is None:
        return passing
    whole = replace(query, dimensions=("advertiser_id",), filters=replace(query.filters, cost=None))
    low, high = query.filters.cost
    spent = {
        row.advertiser.id: in_dollars(row.advertiser, row.numbers)[AT["spend_cents"]]
        for row in result(world, whole, cut_above=None).rows
    }
    return [a for a in passing if low <= spent.get(a.id, 0) <= high]


def _counted(
    world: World, advertiser: Advertiser, query: Query, cut_above: int | None
) -> tuple[Owner, list[Item], bool]:
    """Tells to which object an ad's numbers go, if to any; all objects; and whether some were cut off."""
    filters, level, now = query.filters, query.level, world.now()

    def accepts(item: Item) -> bool:
        return bool(
            filters.accepts(item)
            and (not query.reservation or item.buying_type in RESERVED)
            and (query.report_type != "CATALOG" or item.objective in FROM_CATALOG)
            and (query.report_type != "PLAYABLE_MATERIAL" or item.objective == PLAYABLE)
            and (filters.playable_status is None or PLAYABLE_STATUSES & filters.playable_status)
        )

    if level is None:
        return (lambda ad: ad if accepts(ad) and filters.was_made_then(ad) else None), [], False
    owners = [
        item
        for item in world.existing(advertiser, level)
        if accepts(item)
        and filters.was_made_then(item)
        and any(item.has_status(status, now) for status in filters.status)
    ]
    cut = cut_above is not None and len(owners) > cut_above
    if cut:
        owners = owners[-cut_above:] if cut_above else []
    kept = set(owners)

    def owner(ad: Item) -> Item | None:
        of = ad if level == "ad" else ad.adgroup if level == "adgroup" else ad.campaign
        return of if of in kept and accepts(ad) else None

    return owner, owners, cut


def _grouped(query: Query, advertiser: Advertiser, some: Iterable[Piece]) -> list[Row]:
    values = _values(query, advertiser)
    by_object = any(name in IDS for name in query.dimensions) and query.level is not None
    alone = query.level == "ad" and "ad_id" in query.dimensions and DAY in query.dimensions and not query.utc
    if alone:
        # Each piece is a row already: ad, day and audience are in it once.
        return [
            Row(values(of, day, hour, parts), advertiser, of, numbers)
            for of, day, hour, parts, numbers in some
        ]
    groups: dict[tuple[str, ...], tuple[Item | None, Numbers]] = {}
    for of, day, hour, parts, numbers in some:
        key = values(of, day, hour, parts)
        before = groups.get(key)
        summed = numbers if before is None else tuple(map(add, before[1], numbers))
        groups[key] = (of if by_object else None, summed)
    return [Row(key, advertiser, item, numbers) for key, (item, numbers) in groups.items()]


def _idle(query: Query, advertiser: Advertiser, owners: Sequence[Item], found: Sequence[Row]) -> list[Row]:
    """Rows with zeros for some objects that did nothing, those made after the last day among them."""
    if not owners or len(query.dimensions) > 1 or query.dimensions[0] not in IDS:
        return []
    values = _values(query, advertiser)
    known = {row.values for row in found}
    idle: dict[tuple[str, ...], Row] = {}
    for item in owners:
        key = values(item, query.first, 0, ())
        if item.number % ZERO_EVERY == 0 and key not in known:
            idle[key] = Row(key, advertiser, item, ZERO)
    return list(idle.values())


def _together(query: Query, rows: list[Row]) -> list[Row]:
    """Where several advertisers are asked for and no ID tells them apart, their rows are one."""
    if len(query.advertiser_ids) < 2 or any(name in IDS for name in query.dimensions):
        return rows
    joined: dict[tuple[str, ...], Row] = {}
    for row in rows:
        numbers = in_dollars(row.advertiser, row.numbers) if query.bc_id else row.numbers
        before = joined.get(row.values)
        if before is not None:
            numbers = tuple(map(add, before.numbers, numbers))
        joined[row.values] = Row(row.values, row.advertiser, None, numbers)
    return list(joined.values())


def _values(query: Query, advertiser: Advertiser) -> Values:
    """Makes the dimension values of a piece, in the order asked for."""
    others = [name for name in query.dimensions if name not in IDS and name not in TIMES]
    labels: dict[date, str] = {}

    def one(name: str, of: Item, day: date, hour: int, parts: tuple[str, ...]) -> str:
        if name == DAY:
            if day not in labels:
                labels[day] = f"{day.isoformat()} 00:00:00"
            return labels[day]
        if name == HOUR:
            return f"{day.isoformat()} {hour:02d}:00:00"
        if name == "advertiser_id":
            return advertiser.id
        if name == "ad_id_v2":
            return of.id_v2
        if name == "playable_id":
            return belonging("playable", advertiser, of.number % HOW_MANY["playable"])
        return of.id if name in IDS else parts[others.index(name)]

    if query.dimensions == ("ad_id", DAY):
        return lambda of, day, hour, parts: (of.id, one(DAY, of, day, hour, parts))
    return lambda of, day, hour, parts: tuple(one(name, of, day, hour, parts) for name in query.dimensions)
