"""Lookups of places, and of what is told apart by place."""

from __future__ import annotations

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Json
from tiktok_ads.simulator.assets.places import COUNTRIES, PLACES, Region
from tiktok_ads.simulator.assets.serve import serves

DEPTHS = {"TO_COUNTRY": 1, "TO_PROVINCE": 2, "TO_CITY": 3, "TO_DISTRICT": 4, "ALL": 9}
LEVELS = ("COUNTRY", "PROVINCE", "CITY", "DISTRICT")


def named(asked: Asked, english: str, japanese: str) -> str:
    """The name in the language asked for; the simulator speaks English and Japanese."""
    language = asked.text("language", "en")
    known = catalog().lookup_tables["tool_language_param"].values
    if language not in known and language != "hi":
        raise wrong(f"language: Must be one of: {', '.join(known)}.")
    return japanese if language == "ja" else english


def _regions(asked: Asked) -> list[Region]:
    depth = DEPTHS.get(asked.text("level_range", "ALL"), 9)
    return [one for one in PLACES if LEVELS.index(one.level) < depth]


@serves("tool/region")
def regions(asked: Asked) -> Json:
    """Places as a tree of parents, and beside them the bare codes of countries."""
    if asked.text("brand_safety_type") == "THIRD_PARTY":
        asked.need("brand_safety_partner")
    found = _regions(asked)
    rows = [
        {
            "location_id": one.id,
            "name": named(asked, one.name, one.japanese),
            "level": one.level,
            "region_code": one.country,
            "parent_id": one.parent or "0",
            "next_level_ids": [other.id for other in found if other.parent == one.id],
            "support_below_18": True,
        }
        for one in found
    ]
    return {"region_info": rows, "region_list": list(COUNTRIES)}


@serves("search/region")
def region_names(asked: Asked) -> list[Json]:
    return [
        {
            "region_id": one.id,
            "region_name": named(asked, one.name, one.japanese),
            "region_code": one.country,
            "region_level": one.level,
            "parent_id": one.parent or None,
        }
        for one in PLACES
    ]


def _geo(one: Region) -> Json:
    return {
        "name": one.name,
        "status": "AVAILABLE",
        "geo": {
            "geo_id": one.id,
            "geo_type": one.level,
            "region_code": one.country,
            "parent_id": one.parent or None,
        },
        "isp": None,
    }


@serves("tool/targeting/search")
def search(asked: Asked) -> list[Json]:
    types = asked.texts("geo_types")
    words = [word.casefold() for word in asked.texts("keywords")]
    if asked.text("search_type") == "FUZZY_SEARCH" and len(words) != 1:
        raise wrong("keywords: Exactly one keyword for FUZZY_SEARCH.")
    if len(words) > 1000:
        raise wrong("keywords: Longer than maximum length 1000.")
    return [
        _geo(one)
        for one in PLACES
        if any(word in one.name.casefold() for word in words) and (not types or one.level in types)
    ]


@serves("tool/targeting/info")
def resolve(asked: Asked) -> list[Json]:
    asked.need("advertiser_id")
    asked.need("targeting_ids")
    wanted = asked.texts("targeting_ids")
    return [_geo(one) for one in PLACES if one.id in wanted]


@serves("tool/targeting/list")
def providers(asked: Asked) -> list[Json]:
    """Internet providers of the countries of the places asked for."""
    wanted = {one.country for one in PLACES if one.id in asked.texts("location_ids")}
    return [
        {
            "name": f"Provider of {country}",
            "status": "AVAILABLE",
            "geo": None,
            "isp": {"isp_id": f"80{at:02d}", "region_code": country},
        }
        for at, country in enumerate(COUNTRIES)
        if country in wanted
    ]
