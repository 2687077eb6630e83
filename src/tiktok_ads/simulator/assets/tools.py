"""Lookups: what ids and codes stand for that ad groups target by."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Json
from tiktok_ads.simulator.assets.places import COUNTRIES, LANGUAGES
from tiktok_ads.simulator.assets.regions import named
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.presets import PLACES as ACCOUNTS

# Interests and behaviours: id, name, Japanese name, level, parent.
INTERESTS = (
    ("10", "Beauty & Personal Care", "美容・パーソナルケア", 1, ""),
    ("10100", "Skin Care", "スキンケア", 2, "10"),
    ("10200", "Fragrance", "フレグランス", 2, "10"),
    ("11", "Games", "ゲーム", 1, ""),
    ("11100", "Puzzles «easy»", "パズル", 2, "11"),
)
ACTIONS = (
    ("20", "Entertainment", "エンターテインメント", 1, ""),
    ("20100", "Comedy", "コメディ", 2, "20"),
    ("21", "Sports & Outdoor", "スポーツ", 1, ""),
)


@serves("tool/language")
def languages(asked: Asked) -> list[Json]:
    return [{"code": code, "name": name} for code, name in LANGUAGES.items()]


@serves("targeting/search")
def mixed_search(asked: Asked) -> Json:
    words = [word.casefold() for word in asked.texts("search_keywords")]
    found = [
        {"id": one[0], "name": one[1], "targeting_type": kind}
        for kind, table in (("GENERAL_INTEREST", INTERESTS), ("VIDEO_INTERACTION", ACTIONS))
        for one in table
        if not words or any(word in one[1].casefold() for word in words)
    ]
    return {"interest_and_behavior_list": found}


@serves("tool/carrier")
def carriers(asked: Asked) -> list[Json]:
    """Nested: carriers within their country; some are no longer in use."""
    return [
        {
            "country_code": country,
            "carriers": [
                {"carrier_id": f"{at}{n}00", "name": f"Carrier {n} «{country}»", "in_use": n < 2}
                for n in range(3)
            ],
        }
        for at, country in enumerate(COUNTRIES, start=1)
    ]


def _tree(asked: Asked, table: tuple[tuple[str, str, str, int, str], ...], key: str) -> list[Json]:
    return [
        {
            key: one[0],
            "name": named(asked, one[1], one[2]),
            "level": one[3],
            "sub_category_ids": [other[0] for other in table if other[4] == one[0]],
        }
        for one in table
    ]


@serves("tool/interest_category")
def interests(asked: Asked) -> list[Json]:
    return [
        {**one, "placements": ["PLACEMENT_TIKTOK"]} for one in _tree(asked, INTERESTS, "interest_category_id")
    ]


@serves("tool/action_category")
def actions(asked: Asked) -> list[Json]:
    scenes = ("VIDEO_RELATED", "CREATOR_RELATED")
    return [
        {**one, "description": None, "action_scene": scenes[at % 2]}
        for at, one in enumerate(_tree(asked, ACTIONS, "action_category_id"))
    ]


@serves("tool/interest_keyword/get")
def keywords(asked: Asked) -> list[Json]:
    """The name of each id in the language asked for with it."""
    asked.need("keyword_query")
    queries = asked.given.get("keyword_query")
    found: list[Json] = []
    for one in queries if isinstance(queries, list) else []:
        keyword_id, language = str(one.get("keyword_id", "")), str(one.get("language", "en"))
        if keyword_id.isdigit():
            name = f"キーワード {keyword_id}" if language == "ja" else f"Keyword {keyword_id}"
            found.append({"keyword_id": keyword_id, "keyword": name, "language": language})
    return found


@serves("tool/interest_keyword/recommend")
def suggested_keywords(asked: Asked) -> list[Json]:
    asked.need("keyword", "keywords")
    words = asked.texts("keywords") or [asked.text("keyword")]
    most = asked.whole("limit", 50)
    found: list[Json] = [
        {"keyword_id": f"{at + 1}{n:03d}", "keyword": f"{word} {n}"}
        for at, word in enumerate(words)
        for n in range(3)
    ]
    return found[:most]


@serves("tool/device_model")
def devices(asked: Asked) -> list[Json]:
    """Brands, their series, and the models of those."""
    found: list[Json] = []
    for at, brand in enumerate(("Brand A", "Brand «B»", "ブランド"), start=1):
        for depth, level in enumerate(("BRAND", "SERIES", "MODEL")):
            found.append(
                {
                    "device_model_id": f"{at}{depth}",
                    "device_model_name": " ".join([brand, *(f"X{n}" for n in range(depth))]),
                    "level": level,
                    "os_type": "IOS" if at == 1 else "ANDROID",
                    "child_device_ids": [f"{at}{depth + 1}"] if depth < 2 else [],
                    "is_active": True,
                }
            )
    return found


@serves("tool/os_version")
def os_versions(asked: Asked) -> list[Json]:
    ios = asked.text("os_type") == "IOS"
    versions = ("14.0", "15.0", "16.0") if ios else ("6.0", "7.0", "8.0")
    return [{"os_id": version, "version": version, "name": None} for version in versions]


@serves("tool/hashtag/get")
def hashtags(asked: Asked) -> list[Json]:
    return [
        {"keyword_id": one, "keyword": f"tag{one}", "keyword_status": "ONLINE"}
        for one in asked.texts("keyword_ids")
        if one.isdigit()
    ]


@serves("tool/hashtag/recommend")
def suggested_hashtags(asked: Asked) -> list[Json]:
    return [
        {"keyword_id": str(9000 + at), "keyword": f"{word}fun", "keyword_status": None}
        for at, word in enumerate(asked.texts("keywords"))
    ]


TAGS = (("300", "Beauty & Fashion"), ("301", "Games"), ("302", "Food «Eis»"))


def _tag(tag_id: str, name: str) -> Json:
    return {
        "contextual_tag_id": tag_id,
        "contextual_tag_name": name,
        "contextual_tag_type": "PULSE_CORE",
        "status": "AVAILABLE",
        "description": None,
    }


@serves("tool/contextual_tag/get")
def tags(asked: Asked) -> list[Json]:
    return [_tag(*one) for one in TAGS[: 2 if asked.text("objective_type") == "REACH" else 3]]


@serves("tool/contextual_tag/info")
def tags_by_id(asked: Asked) -> list[Json]:
    return [_tag(*one) for one in TAGS if one[0] in asked.texts("contextual_tag_ids")]


@serves("tool/content_exclusion/get")
def content_exclusions(asked: Asked) -> Json:
    return {
        "excluded_category_list": [
            {"category_id": "400", "category_name": "Gambling & lotteries", "description": None},
            {"category_id": "401", "category_name": "Violent games", "description": "<b>much</b>"},
        ],
        "vertical_sensitivity_list": [
            {"vertical_sensitivity_id": "500", "vertical_sensitivity_name": "Pets"},
        ],
    }


@serves("tool/timezone")
def time_zones(asked: Asked) -> list[Json]:
    return [
        {"timezone": one.zone, "gmt_offset": f"{asked.now.astimezone(ZoneInfo(one.zone)):%z}"}
        for one in ACCOUNTS
    ]


@serves("tool/phone_region_code")
def phone_codes(asked: Asked) -> list[Json]:
    codes = {"US": "+1", "CA": "+1", "DE": "+49", "JP": "+81"}
    return [
        {"phone_region_code": code, "phone_region_calling_code": calling, "region_name": COUNTRIES.get(code)}
        for code, calling in codes.items()
    ]


@serves("tool/url_validate")
def url_check(asked: Asked) -> Json:
    url = asked.text("url")
    return {"url_info": {"url": url, "is_valid": url.startswith("https://"), "redirect_url": None}}


@serves("tool/vbo_status")
def value_status(asked: Asked) -> Json:
    return {"status": "AVAILABLE", "reasons": None}


@serves("rf/delivery/timezone")
def delivery_zones(asked: Asked) -> Json:
    return {"timezones": [asked.account.place.zone], "region_codes": asked.texts("region_codes")}


@serves("discovery/trending_list")
def trending(asked: Asked) -> list[Json]:
    """Another order each day."""
    names = ("fyp", "夏", "=dance", "größe", "cat😺")
    first = asked.now.date().toordinal() % len(names)
    return [
        {
            "hashtag_id": str(70_000 + (first + at) % len(names)),
            "hashtag_name": names[(first + at) % len(names)],
            "rank_position": at + 1,
            "views": 1_000_000 - at,
            "country_code": asked.text("country_code", "US"),
        }
        for at in range(len(names))
    ]
