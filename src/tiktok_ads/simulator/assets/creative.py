"""Videos, images, music, portfolios and playables: the creative library of an advertiser."""

from __future__ import annotations

from datetime import timedelta
from hashlib import md5

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Kind,
    Owner,
    begins,
    how_many,
    iso,
    kind,
    link,
    new_id,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.entities import image_id, video_id
from tiktok_ads.simulator.world import World

SIX_HOURS, MUSIC_HOURS = 6, 12
MUSIC_EACH = 3  # songs of the library for each other asset
CTA = "CTA"
AGAIN = 10  # each tenth video is the one before it, uploaded again


def _md5(*parts: object) -> str:
    return md5(repr(parts).encode(), usedforsecurity=False).hexdigest()


@kind("video", documented="video", named="file_name", ids="video")
def video(world: World, owner: Owner, asset: Asset) -> Json:
    now, number = world.now(), asset.number
    return {
        "video_id": video_id(asset.id),
        "video_cover_url": link(f"cover/{asset.id}.jpg", now, hours=SIX_HOURS),
        "format": "mp4",
        "preview_url": link(f"video/{asset.id}.mp4", now, hours=SIX_HOURS),
        "preview_url_expire_time": stamp(now + timedelta(hours=SIX_HOURS)),
        "duration": 9.6 + number % 50,
        "height": 1280,
        "width": 720,
        "bit_rate": 2_178_000 + number,
        "signature": _md5("video", owner.number, number - 1 if number % AGAIN == AGAIN - 1 else number),
        "size": 2_614_000 + number * 1000,
        "material_id": asset.id,
        "allowed_placements": ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"],
        "allow_download": number % 2 == 0,
        "file_name": f"{asset.name}.mp4",
        "create_time": iso(asset.created),
        "modify_time": iso(asset.modified(now)),
        "displayable": True,
    }


@serves("file/video/ad/search")
def videos(asked: Asked) -> list[Json]:
    """Uploads of the same file again are left out, unless they are named."""
    filtering = asked.inside()
    ids, materials = filtering.texts("video_ids"), filtering.texts("material_ids")
    name = filtering.text("video_name")
    found: dict[object, Json] = {}
    for one in rows(asked.world, asked.account, "video"):
        if (
            (not ids or one["video_id"] in ids)
            and (not materials or one["material_id"] in materials)
            and name in str(one["file_name"])
        ):
            found.setdefault(one["video_id"] if ids else one["signature"], one)
    return list(found.values())[::-1]


@serves("file/video/ad/info")
def videos_by_id(asked: Asked) -> list[Json]:
    """Ids that cannot be used are passed over in silence."""
    wanted = asked.texts("video_ids")
    return [one for one in rows(asked.world, asked.account, "video") if one["video_id"] in wanted]


@kind("image", documented="image", named="file_name", ids="image")
def image(world: World, owner: Owner, asset: Asset) -> Json:
    now, number = world.now(), asset.number
    url = link(f"image/{asset.id}.png", now, hours=1)
    # Storage lags: an image of the last hour does not know these yet.
    fresh = (now - asset.created).total_seconds() < 3600
    return {
        "image_id": image_id(asset.id),
        "material_id": asset.id,
        "is_carousel_usable": None if fresh else number % 2 == 0,
        "width": 720 if number % 2 else 1080,
        "format": "png",
        "image_url": url,
        "height": 1280 if number % 2 else 1080,
        "signature": _md5("image", asset.id),
        "size": 151_000 + number,
        "file_name": f"{asset.name}.png",
        "create_time": None if fresh else iso(asset.created),
        "modify_time": None if fresh else iso(asset.modified(now)),
        "displayable": True,
        "url": url,
    }


@serves("file/image/ad/search")
def images(asked: Asked) -> list[Json]:
    filtering = asked.inside()
    ids, materials = filtering.texts("image_ids"), filtering.texts("material_ids")
    found = [
        one
        for one in rows(asked.world, asked.account, "image")
        if (not ids or one["image_id"] in ids)
        and (not materials or one["material_id"] in materials)
        and all(filtering.given.get(side, one[side]) == one[side] for side in ("height", "width"))
    ]
    return found[::-1]


@serves("file/image/ad/info")
def images_by_id(asked: Asked) -> list[Json]:
    wanted = asked.texts("image_ids")
    return [one for one in rows(asked.world, asked.account, "image") if one["image_id"] in wanted]


def _songs(world: World, owner: Owner, of: Kind) -> list[Asset]:
    start = begins(world)
    return [
        Asset("music", n, new_id("music", owner, n), f"Song {n + 1}", start)
        for n in range(how_many(owner) * MUSIC_EACH)
    ]


@kind("music", documented="music", grow=_songs)
def music(world: World, owner: Owner, asset: Asset) -> Json:
    now, number = world.now(), asset.number
    uploaded = number % 4 == 0
    known: Json = {
        "music_id": asset.id,
        "material_id": asset.id,
        "sources": ["USER"] if uploaded else ["SYSTEM"],
        "author": f"Artist {number % 5} «ü»",
        "liked": number % 3 == 0,
        "cover_url": link(f"music/{asset.id}.jpg", now, hours=MUSIC_HOURS),
        "url": link(f"music/{asset.id}.mp3", now, hours=MUSIC_HOURS),
        "duration": 30.5 + number,
        "style": "POP" if number % 2 else "ROCK",
        "signature": _md5("music", asset.id),
        "file_name": f"{asset.name}.mp3",
        "copyright": "FREE",
        "create_time": iso(asset.created) if uploaded else None,
        "modify_time": iso(asset.created) if uploaded else None,
    }
    return known


@serves("file/music/get")
def songs(asked: Asked) -> list[Json]:
    filtering, scene = asked.inside(), asked.text("music_scene", "CREATIVE_ASSET")
    if scene != "CREATIVE_ASSET" and not filtering.given:
        raise wrong("filtering: Missing data for required field.")
    if asked.text("search_type") == "SEARCH_BY_KEYWORD":
        filtering.need("keyword")
    ids, sources, word = filtering.texts("music_ids"), filtering.texts("sources"), filtering.text("keyword")
    return [
        one
        for one in rows(asked.world, asked.account, "music")
        if (not ids or one["music_id"] in ids)
        and (not sources or one["sources"] == sources)
        and word in str(one["file_name"])
    ]


@kind("portfolio", documented="portfolio", named="title")
def portfolio(world: World, owner: Owner, asset: Asset) -> Json:
    kinds = [CTA, "CARD", "DOWNLOAD_CARD", "COUNTDOWN_STICKER"]
    type_ = kinds[asset.number % len(kinds)]
    known: Json = {
        "creative_portfolio_id": asset.id,
        "creative_portfolio_type": type_,
        "creative_portfolio_preview_url": f"https://example.com/portfolio/{asset.id}",
        "image_id": image_id(new_id("image", owner, asset.number)),
        "call_to_action_text": "Shop now",
        "selling_points": ["Free delivery", "30 days"],
        "card_show_price": asset.number % 2 == 0,
    }
    if type_ == "COUNTDOWN_STICKER":
        known["sticker_param"] = {"color": "RED", "position_x": "0.5", "position_y": "0.25", "size": "1"}
    return known


@serves("creative/portfolio/list")
def portfolios(asked: Asked) -> list[Json]:
    filtering = asked.inside()
    types, ids = filtering.texts("creative_portfolio_types"), filtering.texts("creative_portfolio_ids")
    return [
        one
        for one in rows(asked.world, asked.account, "portfolio")
        if (one["creative_portfolio_type"] in types if types else one["creative_portfolio_type"] != CTA)
        and (not ids or one["creative_portfolio_id"] in ids)
    ]


@serves("creative/portfolio/get")
def portfolio_by_id(asked: Asked) -> Json:
    """The content is nested here, and flat in the list."""
    wanted = asked.text("creative_portfolio_id")
    found = rows(asked.world, asked.account, "portfolio")
    one = one_of([one for one in found if one["creative_portfolio_id"] == wanted], "creative_portfolio_id")
    outer = ("creative_portfolio_id", "creative_portfolio_type", "creative_portfolio_preview_url")
    inner = {name: value for name, value in one.items() if name not in outer}
    return {**{name: one[name] for name in outer}, "portfolio_content": [inner]}


@kind("playable", named="playable_name", ids="playable")
def playable(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "playable_id": asset.id,
        "playable_name": asset.name,
        "playable_url": f"https://example.com/playable/{asset.id}",
        "status": "VALIDATE_SUCCESS",
        "operation_status": ("SAVED", "SAVED", "UPLOADED", "DELETED")[asset.number % 4],
        "country_code": ["US", "DE"],
        "can_share": None,
    }


@serves("playable/get")
def playables(asked: Asked) -> list[Json]:
    wanted = {
        "operation_status": asked.text("operation_status", "SAVED"),
        "playable_id": asked.text("playable_id"),
        "status": asked.text("status"),
        "playable_url": asked.text("playable_url"),
    }
    return [
        one
        for one in rows(asked.world, asked.account, "playable")
        if all(not value or one[name] == value for name, value in wanted.items())
        and asked.text("playable_name") in str(one["playable_name"])
    ]
