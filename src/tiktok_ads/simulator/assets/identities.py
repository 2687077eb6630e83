"""Identities that ads are posted under, and the posts of theirs that may run as Spark Ads."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Owner,
    existing,
    kind,
    link,
    new_id,
    row,
    rows,
    stamp,
)
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.centers import center_of
from tiktok_ads.simulator.entities import IDENTITY_TYPES, image_id, video_id
from tiktok_ads.simulator.world import Advertiser, World

FIRST_CURSOR = "0"


@kind("identity", documented="identity", named="display_name", ids="identity")
def identity(world: World, owner: Owner, asset: Asset) -> Json:
    type_ = IDENTITY_TYPES[asset.number % len(IDENTITY_TYPES)]
    own = type_ == "CUSTOMIZED_USER"
    return {
        "identity_id": asset.id,
        "identity_type": type_,
        "identity_authorized_bc_id": _authorized_by(world, owner) if type_ == "BC_AUTH_TT" else None,
        "can_push_video": not own,
        "can_pull_video": not own,
        "can_use_live_ads": type_ == "BC_AUTH_TT",
        "can_manage_message": False,
        "available_status": None if own else "AVAILABLE",
        "profile_image": link(f"avatar/{asset.id}.jpg", world.now(), hours=48),
        "user_name": None if own else f"user_{asset.number}",
    }


def _authorized_by(world: World, owner: Owner) -> str:
    return center_of(world, owner).id if isinstance(owner, Advertiser) else owner.id


def _checked_type(asked: Asked) -> str:
    type_ = asked.text("identity_type")
    if type_ == "BC_AUTH_TT":
        asked.need("identity_authorized_bc_id")
        if asked.text("identity_authorized_bc_id") != _authorized_by(asked.world, asked.account):
            raise Refused(40001, "identity_authorized_bc_id: No permission for this Business Center.")
    return type_


@serves("identity/get")
def identities(asked: Asked) -> list[Json]:
    """Those of a Business Center are listed only when it is named."""
    type_, word = _checked_type(asked), asked.inside().text("keyword")
    return [
        one
        for one in rows(asked.world, asked.account, "identity")
        if (one["identity_type"] == type_ if type_ else one["identity_type"] != "BC_AUTH_TT")
        and word in str(one["display_name"])
    ]


@serves("identity/info")
def identity_by_id(asked: Asked) -> Json:
    type_, wanted = _checked_type(asked), asked.text("identity_id")
    found = rows(asked.world, asked.account, "identity")
    picked = [one for one in found if (one["identity_id"], one["identity_type"]) == (wanted, type_)]
    return {"identity_info": one_of(picked, "identity_id")}


@kind("post", documented="spark_ad_post", ids="post")
def post(world: World, owner: Owner, asset: Asset) -> Json:
    """A post that was authorised by code: its parts are nested, nothing is flat."""
    now, number = world.now(), asset.number
    carousel = number % 4 == 3
    begun = asset.created
    auth: Json = {
        "ad_auth_status": "AUTHORIZED" if number % 3 else "EXPIRED",
        "auth_start_time": stamp(begun),
        "auth_end_time": stamp(begun + timedelta(days=365)),
        "invite_start_time": stamp(begun - timedelta(hours=1)),
    }
    film: Json = {
        "bit_rate": 8_000_000_000 + number,
        "duration": 15.5,
        "size": 9_123_456_789 + number,
        "width": 720,
        "height": 1280,
        "video_id": video_id(new_id("video", owner, number)),
        "file_name": f"post {number}.mp4",
        "poster_url": link(f"post/{asset.id}.jpg", now, hours=1),
        "preview_url": link(f"post/{asset.id}.mp4", now, hours=1),
        "url": None,
        "signature": f"{number:032x}",
        "format": "mp4",
    }
    images = [
        {"image_id": image_id(new_id("image", owner, number)), "image_url": link("c.png", now, hours=1)}
    ]
    return {
        "item_info": {
            "auth_code": f"#code{number}/{owner.number}=",
            "item_id": asset.id,
            "item_type": "CAROUSEL" if carousel else "VIDEO",
            "text": f"{asset.name} #tag",
            "status": "PUBLIC",
            "is_multi_duet_stitch": False,
            "mentioned_item_ids": [],
            "anchor_list": [{"id": "1", "title": "Shoes", "url": "https://example.com/?a=1&b=2"}],
            "carousel_info": {"image_info": images} if carousel else None,
        },
        "video_info": None if carousel else film,
        "user_info": {
            "tiktok_name": asset.name,
            "identity_id": new_id("identity", owner, 1),
            "identity_type": "AUTH_CODE",
        },
        "auth_info": auth,
    }


def _item(one: Json) -> Json:
    item = one["item_info"]
    return item if isinstance(item, dict) else {}


@serves("tt_video/list")
def posts(asked: Asked) -> list[Json]:
    types, word = asked.texts("item_types") or ["VIDEO", "CAROUSEL"], asked.text("keyword")
    return [
        one
        for one in rows(asked.world, asked.account, "post")
        if _item(one)["item_type"] in types and word in str(_item(one)["text"])
    ]


@serves("tt_video/info")
def post_by_code(asked: Asked) -> Json:
    code = asked.text("auth_code")
    found = rows(asked.world, asked.account, "post")
    return one_of([one for one in found if _item(one)["auth_code"] == code], "auth_code")


@serves("identity/video/get")
def posts_of_identity(asked: Asked) -> Json:
    """One of the few that page by cursor: `cursor` and `has_more` come with the rows."""
    type_, type_wanted = _checked_type(asked), asked.text("item_type", "VIDEO")
    account, wanted = asked.account, asked.text("identity_id")
    owned = {one.id for one in existing(asked.world, account, "identity")}
    if wanted not in owned or type_ == "CUSTOMIZED_USER":
        raise wrong("identity_id: The identity does not exist.")
    cursor, count = asked.text("cursor", FIRST_CURSOR), asked.whole("count", 10)
    if not cursor.isdigit():
        raise wrong("cursor: Not a valid cursor.")
    found = [row(asked.world, account, one) for one in existing(asked.world, account, "post")]
    items: list[Json] = []
    for one in found:
        item = _item(one)
        if item["item_type"] == type_wanted and asked.text("keyword") in str(item["text"]):
            items.append({**item, "video_info": one["video_info"], "identity_id": wanted})
    first = int(cursor)
    page = items[first : first + count]
    more = first + count < len(items)
    return {"video_list": page, "cursor": str(first + len(page)), "has_more": more}
