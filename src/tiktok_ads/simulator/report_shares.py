"""How the numbers of an ad divide over a breakdown: which values there are, and the weight of each."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.belongings import HOW_MANY, Kind, belonging, belongings, video_of
from tiktok_ads.simulator.entities import image_id
from tiktok_ads.simulator.items import Item
from tiktok_ads.simulator.numbers import words
from tiktok_ads.simulator.world import Advertiser

# One hidden share: TikTok leaves some locations and categories out, so that these do not add up to the whole.
HIDDEN = "hidden"
WITH_HIDDEN = ("province_id", "interest_category", "interest_category_v2")
Share = tuple[tuple[str, ...], int]
# What people typed, odd on purpose; the first is asked for often, the last so rarely that TikTok shows "<5".
SEARCHES = ("running shoes", "靴 セール", 'size "42"', "50% off & <free>", "=1+1", "naïve café 👟")
SEARCH_WEIGHTS = (900, 500, 250, 120, 40, 1)
TEXTS = {
    "search_terms": SEARCHES,
    "search_keyword": ("shoes", "スニーカー", "boots, black"),
    "custom_event_type": ("AddedToList", "Überprüft", "level \\ up"),
    "component_name": ("form", "button", "image"),
    "hashtag": ("#running", "#靴", "#größe", "#fyp"),
    "contextual_tag": ("2000101", "2000102", "2000103"),
    "audience_tags": ("Parents", "Gamers", "Frequent travellers"),
    "purchase_intention": ("Shoes", "Cars & bikes", "Travel"),
    "additional_interests": ("Running", "Cooking", "Music"),
    "language": ("en", "de", "ja", ""),
    "ad_type": ("Search", "Non-search"),
    "dma_id": ("501", "803", "0"),
    "skan_postback_sequence": ("0", "1", "2"),
    "interest_category": ("15", "17", "26", HIDDEN),
    "interest_category_tier2": ("15101", "15102", "17101"),
    "interest_category_tier3": ("15101001", "15101002", "17101001"),
    "interest_category_tier4": ("15101001001", "17101001001"),
    "behavior_id": ("1001", "1002", "1003", "1004"),
    "device_brand_id": ("0", "101", "102", "103"),
}
OWNED: dict[str, Kind] = {
    "event_source_id": "pixel",
    "page_id": "page",
    "room_id": "room",
    "post_id": "post",
    "image_id": "image",
    "minis_id": "minis",
    "catalog_id": "catalog",
    "product_set_id": "product_set",
    "product_id": "product",
}


def newer_interest(category: str) -> str:
    """The id that `interest_category_v2` gives the same first-level category."""
    return category if category == HIDDEN else f"280{category}"


def breakdown_values(name: str, advertiser: Advertiser) -> Sequence[str]:
    """The values that a breakdown takes for an advertiser."""
    if name == "country_code":
        return advertiser.place.countries
    if name == "province_id":
        base = 1_000_000 + 1000 * (crc32(advertiser.place.country.encode()) % 5000)
        return (*(str(base + n) for n in range(1, 6)), HIDDEN)
    if name == "interest_category_v2":
        return tuple(newer_interest(one) for one in TEXTS["interest_category"])
    if name == "sku_id":
        # A shop's own ids, which it may give again elsewhere.
        return tuple(f"SKU-{at:05}" for at in range(len(belongings("sku", advertiser))))
    if name in TEXTS:
        return TEXTS[name]
    if name in OWNED:
        owned = belongings(OWNED[name], advertiser)
        return [image_id(one) for one in owned] if name == "image_id" else owned
    return catalog().dimensions[name].values


def shares(seed: int, advertiser: Advertiser, ad: Item, names: Sequence[str]) -> list[Share]:
    """Each combination of values with its weight."""
    made: list[Share] = [((), 1)]
    for name in names:
        made = [
            ((*values, value), weight * share)
            for values, weight in made
            for value, share in _of_one(seed, advertiser, ad, name)
        ]
    return made


def _of_one(seed: int, advertiser: Advertiser, ad: Item, name: str) -> list[tuple[str, int]]:
    if name == "video_material_id":
        # An ad shows its own video, and now and then the next one as well.
        own = video_of(ad)
        other = (own + 1) % HOW_MANY["video"]
        return [(belonging("video", advertiser, own), 9), (belonging("video", advertiser, other), 1)]
    values = breakdown_values(name, advertiser)
    if name == "search_terms":
        return list(zip(values, SEARCH_WEIGHTS, strict=True))
    # The newer ids of interests divide the numbers as the older ones do.
    drawn_by = "interest_category" if name == "interest_category_v2" else name
    drawn = words(seed, advertiser.number, ad.number, crc32(drawn_by.encode()))
    return [(value, 1 + drawn[at % 16] % 9) for at, value in enumerate(values)]
