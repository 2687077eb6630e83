"""What GMV Max did: an advertiser's spend by campaign, product and post of its shops, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import add

from tiktok_ads.simulator.belongings import HOW_MANY, belonging
from tiktok_ads.simulator.numbers import words
from tiktok_ads.simulator.world import Advertiser, World

PRODUCT, LIVE = "PRODUCT", "LIVE"
LIVE_SERIAL, DELETED_SERIAL = 2, 3  # which campaign promotes LIVEs, and which was deleted
DELETED_DAYS_AGO = 10
WEIGHTS = (6, 3, 2, 4)
# A product card is a creative without a post.
CARD = "-1"
ShopNumbers = tuple[int, ...]
COLUMNS = (
    "cost_cents",
    "net_cents",
    "orders",
    "revenue_cents",
    "product_impressions",
    "product_clicks",
    "shown",
    "clicks",
    "views_2s",
    "views_6s",
    "views_p25",
    "views_p50",
    "views_p75",
    "views_p100",
    "live_views",
    "live_views_10s",
    "live_follows",
)
COLUMN = {name: at for at, name in enumerate(COLUMNS)}
NOTHING: ShopNumbers = (0,) * len(COLUMNS)


@dataclass(frozen=True)
class ShopCampaign:
    """A GMV Max campaign; `deleted_on` is the first day without it."""

    serial: int
    id: str
    name: str
    store_id: str
    kind: str
    country: str
    deleted_on: date | None
    products: tuple[str, ...]

    def runs(self, day: date) -> bool:
        return self.deleted_on is None or day < self.deleted_on


@dataclass(frozen=True)
class Sold:
    """What one creative of one product and campaign did on a day; `hour` is 0 where days are not split."""

    campaign: ShopCampaign
    product: str
    post: str
    day: date
    hour: int
    numbers: ShopNumbers


def shop_campaigns(world: World, advertiser: Advertiser) -> list[ShopCampaign]:
    """All GMV Max campaigns that an advertiser has ever spent on."""
    if not advertiser.size.specials:
        return []
    anchor = datetime(world.anchor.year, world.anchor.month, world.anchor.day, tzinfo=UTC)
    deleted_on = (anchor - timedelta(days=DELETED_DAYS_AGO)).date()
    countries = advertiser.place.countries
    return [
        ShopCampaign(
            serial,
            belonging("gmv_max_campaign", advertiser, serial),
            f"Gmv max campaign {serial + 1}",
            belonging("store", advertiser, serial % 2),
            LIVE if serial == LIVE_SERIAL else PRODUCT,
            countries[serial % len(countries)],
            deleted_on if serial == DELETED_SERIAL else None,
            tuple(
                belonging("item_group", advertiser, at)
                for at in range(HOW_MANY["item_group"])
                if at % 2 == serial % 2
            ),
        )
        for serial in range(HOW_MANY["gmv_max_campaign"])
    ]


def sold(
    world: World, advertiser: Advertiser, first: date, last: date, *, by_hour: bool = False
) -> Iterator[Sold]:
    """Everything that was spent and sold from `first` to `last`, to the cent what `gmv_max_cents` says."""
    campaigns = shop_campaigns(world, advertiser)
    day = max(first, advertiser.registered.date())
    while day <= min(last, world.today(advertiser)):
        running = [one for one in campaigns if one.runs(day)]
        cents = cut(world.gmv_max_cents(advertiser, day), [WEIGHTS[one.serial] for one in running])
        for campaign, some in zip(running, cents, strict=True):
            for product, post, numbers in _creatives(world, advertiser, campaign, day, some):
                if not by_hour:
                    yield Sold(campaign, product, post, day, 0, numbers)
                    continue
                for hour, part in enumerate(_hours(world, advertiser, day, numbers)):
                    if any(part):
                        yield Sold(campaign, product, post, day, hour, part)
        day += timedelta(days=1)


def _creatives(
    world: World, advertiser: Advertiser, campaign: ShopCampaign, day: date, cents: int
) -> Iterator[tuple[str, str, ShopNumbers]]:
    """Each product with each of its posts and its card; a LIVE campaign has rooms instead."""
    if campaign.kind == LIVE:
        places = [("", belonging("room", advertiser, at)) for at in range(HOW_MANY["room"])]
    else:
        posts = [belonging("post", advertiser, at) for at in (0, 1 + campaign.serial)]
        places = [(product, post) for product in campaign.products for post in (*posts, CARD)]
    drawn = words(world.seed, advertiser.number, campaign.serial, day.toordinal(), 78)
    # Now and then a creative costs nothing.
    parts = cut(cents, [drawn[at % 16] % 7 for at in range(len(places) - 1)] + [1])
    for at, ((product, post), some) in enumerate(zip(places, parts, strict=True)):
        yield product, post, _numbers(some, drawn[-1 - at % 8], live=campaign.kind == LIVE)


def _numbers(cents: int, drawn: int, *, live: bool) -> ShopNumbers:
    orders = cents * (drawn % 9) // 4000
    shown = cents * (20 + drawn % 40) // 10
    views = 0 if live else shown * 9 // 10
    seen = shown // 2 if live else 0
    return (
        cents,
        cents * 9 // 10,
        orders,
        orders * (700 + drawn % 5000),
        shown * 3 // 4,
        shown // 20,
        shown,
        shown // 25,
        views // 2,
        views // 4,
        views * 6 // 10,
        views * 4 // 10,
        views * 3 // 10,
        views // 5,
        seen,
        seen // 3,
        seen // 50,
    )


def _hours(world: World, advertiser: Advertiser, day: date, numbers: ShopNumbers) -> Iterator[ShopNumbers]:
    passed = 24
    if day == world.today(advertiser):
        passed = max(world.data_now().astimezone(advertiser.zone).hour, 1)
    columns = [cut(number, [1] * passed) for number in numbers]
    return (tuple(column[hour] for column in columns) for hour in range(passed))


def cut(whole: int, weights: Sequence[int]) -> list[int]:
    """Parts of a whole number by weight; their sum is exactly the whole."""
    of, before, last = sum(weights) or 1, 0, 0
    parts = []
    for weight in weights:
        before += weight
        upto = whole * before // of
        parts.append(upto - last)
        last = upto
    return parts


def joined(many: Iterable[ShopNumbers]) -> ShopNumbers:
    summed = NOTHING
    for numbers in many:
        summed = tuple(map(add, summed, numbers))
    return summed
