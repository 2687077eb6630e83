"""The ids of what reports name beside campaigns and ads: the same ones that the lists show."""

from __future__ import annotations

from typing import Literal

from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.world import Advertiser

Kind = Literal[
    "store",
    "item_group",  # a product of a store (SPU)
    "post",  # a TikTok post; in GMV Max reports an item
    "room",  # a LIVE
    "identity",
    "video",
    "image",
    "playable",
    "pixel",
    "app",
    "page",
    "minis",
    "catalog",
    "product_set",
    "product",
    "sku",
    "gmv_max_campaign",
]
# 19 digits, each kind in a range of its own; then the advertiser's number, then a serial from 0.
BASE: dict[Kind, int] = {
    "gmv_max_campaign": 1_805_000_000_000_000_000,
    "catalog": 7_410_000_000_000_000_000,
    "product_set": 7_411_000_000_000_000_000,
    "product": 7_412_000_000_000_000_000,
    "sku": 7_413_000_000_000_000_000,
    "pixel": 7_414_000_000_000_000_000,
    "app": 7_415_000_000_000_000_000,
    "page": 7_416_000_000_000_000_000,
    "playable": 7_417_000_000_000_000_000,
    "video": 7_418_000_000_000_000_000,
    "image": 7_419_000_000_000_000_000,
    "identity": 7_420_000_000_000_000_000,
    "post": 7_421_000_000_000_000_000,
    "room": 7_422_000_000_000_000_000,
    "minis": 7_423_000_000_000_000_000,
    "store": 7_495_000_000_000_000_000,
    "item_group": 1_729_000_000_000_000_000,
}
HOW_MANY: dict[Kind, int] = {
    "gmv_max_campaign": 4,  # two for products, one for LIVEs, one for products that was deleted
    "catalog": 1,
    "product_set": 2,
    "product": 6,
    "sku": 6,
    "pixel": 2,
    "app": 1,
    "page": 2,
    "playable": 3,
    "video": 6,
    "image": 4,
    "identity": 2,
    "post": 5,
    "room": 2,
    "minis": 1,
    "store": 2,
    "item_group": 3,
}
PART = 1_000_000_000
STEP = 1009


def belonging(kind: Kind, advertiser: Advertiser, serial: int) -> str:
    """The id of one thing; equal for equal worlds, and no other thing's."""
    return str(BASE[kind] + advertiser.number * PART + serial * STEP)


def belongings(kind: Kind, advertiser: Advertiser) -> tuple[str, ...]:
    """The ids of all things of a kind; none for an advertiser that has no campaigns either."""
    if not advertiser.size.campaigns:
        return ()
    return tuple(belonging(kind, advertiser, serial) for serial in range(HOW_MANY[kind]))


def material_id(kind: Literal["video", "image"], advertiser: Advertiser, serial: int) -> str:
    """The library id of a video or image, which creative reports and the dimension video_material_id show."""
    return belonging(kind, advertiser, serial)


def video_of(ad: Item) -> int:
    """Which of its advertiser's videos an ad shows."""
    return ad.number % HOW_MANY["video"]
