"""Instant pages and forms of advertisers, what forms ask, and libraries that forms were moved to."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Kind,
    Owner,
    begins,
    existing,
    kind,
    new_id,
    row,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.world import World

LEAD_GEN = "LEAD_GEN"
# The kinds of pages that an advertiser has, in turn; those that reports name ask for leads.
TYPES = (LEAD_GEN, LEAD_GEN, LEAD_GEN, "TIKTOK_INSTANT_PAGE", "STORE_FRONT")
QUESTIONS = ("Full name", "Email", "Phone number", "What's your «size», please?")


@kind("page", documented="page", named="title", ids="page")
def page(world: World, owner: Owner, asset: Asset) -> Json:
    now, published = world.now(), asset.number % 4 != 3
    return {
        "page_id": asset.id,
        "status": "PUBLISHED" if published else "EDITED",
        "create_time": stamp(asset.created),
        "update_time": stamp(asset.modified(now)),
        "publish_time": stamp(asset.created + timedelta(hours=1)) if published else None,
        "preview_url": f"https://example.com/page/{asset.id}",
        "thumbnail": f"https://example.com/page/{asset.id}.png",
        "has_cpp": False,
        "destination_urls": ["https://example.com/?a=1&b=ü"],
        "is_associated": asset.number % 2 == 0,
    }


def type_of(asset: Asset) -> str:
    return TYPES[asset.number % len(TYPES)]


@serves("page/get")
def pages(asked: Asked) -> list[Json]:
    """By one kind of page, forms if none is named; a library that was moved has none of its own here."""
    asked.need("advertiser_id", "library_id")
    if asked.advertiser is None:
        library_of(asked)
        return []
    types = asked.texts("business_types") or [asked.text("business_type", LEAD_GEN)]
    span = asked.inside("update_time_range")
    first, last = (span.text(name) for name in ("start", "end"))
    for moment in (first, last):
        if moment:
            read.moment(moment, "update_time_range")
    found = [
        row(asked.world, asked.account, one)
        for one in existing(asked.world, asked.account, "page")
        if type_of(one) in types
    ]
    return [
        one
        for one in found
        if asked.text("status") in ("", one["status"])
        and asked.text("title") in str(one["title"])
        and (not first or str(one["update_time"]) >= first)
        and (not last or str(one["update_time"]) <= last)
    ][::-1]


def _one_library(world: World, owner: Owner, of: Kind) -> list[Asset]:
    made = new_id(of.name, owner, 0)
    return [Asset(of.name, 0, made, f"Library {owner.number}", begins(world) - timedelta(days=30))]


@kind("library", named="library_name", grow=_one_library)
def library(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "library_id": asset.id,
        "library_name": asset.name,
        "bc_id": None,
        "create_time": stamp(asset.created),
    }


def _libraries(asked: Asked) -> list[Json]:
    world = asked.world
    granted = [world.advertisers[one] for one in asked.login.granted(world) if one in world.advertisers]
    return [one for of in granted for one in rows(world, of, "library")][:2]


def library_of(asked: Asked) -> Json:
    wanted = asked.text("library_id")
    found = [one for one in _libraries(asked) if one["library_id"] == wanted]
    if not found:
        raise Refused(40001, f"No permission to operate library {wanted}.")
    return found[0]


@serves("page/library/get")
def libraries(asked: Asked) -> list[Json]:
    return _libraries(asked)


def form_of(asked: Asked, page_id: str) -> Asset:
    """A form of the advertiser; leads of other pages there are none."""
    for one in existing(asked.world, asked.account, "page"):
        if one.id == page_id and type_of(one) == LEAD_GEN:
            return one
    raise wrong("page_id: The page does not exist, or is no instant form.")


@serves("page/field/get", "lead/field/get")
def questions(asked: Asked) -> Json:
    asked.need("advertiser_id", "library_id")
    asked.need("page_id")
    one = form_of(asked, asked.text("page_id"))
    return {
        "fields": [
            {"field_id": str(at), "field_name": text, "field_type": "TEXT"}
            for at, text in enumerate(QUESTIONS)
        ],
        "meta_data": {"page_id": one.id, "page_name": one.name, "lead_source": "INSTANT_FORM"},
    }
