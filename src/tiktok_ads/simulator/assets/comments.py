"""Comments under ads, answers to them, blocked words; and the task that exports comments."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from tiktok_ads.simulator.answers import Refused, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.chores import begin, chore, step
from tiktok_ads.simulator.assets.estate import (
    Asset,
    Json,
    Kind,
    Owner,
    begins,
    existing,
    kind,
    link,
    new_id,
    row,
)
from tiktok_ads.simulator.assets.measurement import day
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.belongings import belonging
from tiktok_ads.simulator.entities import IDENTITY_TYPES
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.world import Advertiser, World

TEXTS = (
    "Love it 😍",
    "=2+5+cmd|' /C calc'!A0",
    'He said "wow", then\nleft',
    "<img src=x onerror=alert(1)>",
    "جميل جدا",
    "いいね",
    "-",
    "Where can I buy it?",
)
MOST_ADS = 500  # of large accounts only the first ads are commented on
EXPORTED = ("comment_id", "create_time", "content", "comment_type", "likes", "replies", "ad_id", "user_name")


def _grown(world: World, owner: Owner, of: Kind) -> list[Asset]:
    """Up to three for each ad but boosted posts, some yet to come; an answer follows each fourth."""
    made: list[Asset] = []
    if not isinstance(owner, Advertiser) or not owner.size.assets:
        return made
    vanishes = begins(world) + timedelta(days=1, hours=5)
    ads = [ad for ad in world.items(owner, "ad") if ad.origin != "PROMOTE"]
    for ad in ads[:MOST_ADS]:
        for at in range(chance(4, world.seed, owner.number, ad.number, 61)):
            number = len(made)
            days = 1 + chance(80, world.seed, owner.number, ad.number, 62, at)
            when = ad.created + timedelta(days=days, minutes=at * 7)
            made.append(Asset(of.name, number, new_id(of.name, owner, number), "", when, parent=ad.id))
            if number % 11 == 3:
                made[-1].vanished_at = max(vanishes, when + timedelta(hours=1))
    return made


@kind("comment", documented="comment", grow=_grown)
def comment(world: World, owner: Owner, asset: Asset) -> Json:
    """`create_time` is written in two ways: as a number, and as the text of one."""
    if not isinstance(owner, Advertiser):
        return {}
    now, number = world.now(), asset.number
    ad = world.item(owner, "ad", asset.parent)
    reply = number % 4 == 3
    group, campaign = (None, None) if ad is None else (ad.adgroup, ad.campaign)
    epoch = int(asset.created.timestamp())
    return {
        "comment_id": asset.id,
        "app": "TIKTOK",
        "content": TEXTS[number % len(TEXTS)],
        "likes": number % 9,
        "replies": 0 if reply else number % 2,
        "comment_type": "REPLY" if reply else "COMMENT",
        "original_comment_id": new_id("comment", owner, number - 1) if reply else "0",
        "comment_status": "HIDDEN" if number % 7 == 6 else "PUBLIC",
        "hit_blockedword": number % 7 == 6,
        "ad_text": f"Text {ad.number} 👟 “today”" if ad else None,
        "create_time": epoch if owner.number % 2 else str(epoch),
        "campaign_id": campaign.id if campaign else None,
        "campaign_name": campaign.shown_name(now) if campaign else None,
        "adgroup_id": group.id if group else None,
        "adgroup_name": group.shown_name(now) if group else None,
        "ad_id": asset.parent,
        "ad_name": ad.shown_name(now) if ad else None,
        "tiktok_item_id": belonging("post", owner, number % 5),
        "identity_id": belonging("identity", owner, 0),
        "identity_type": IDENTITY_TYPES[0],
        "is_pinned": False,
        "can_delete": True,
        "is_auth_ttba": False,
        "is_auth_comment_manage_scope": False,
        "video_play_url": link(f"play/{asset.id}.mp4", now, hours=6),
        "video_cover_url": link(f"play/{asset.id}.jpg", now, hours=6),
        "user_avatar_url": link(f"user/{number % 50}.jpg", now, hours=48),
        "user_name": f"user_{number % 50}",
        "user_id": str(6_900_000_000_000_000_000 + number % 50),
        "reply_to_comment_id": None,
    }


def _sorted(asked: Asked, found: list[Json]) -> list[Json]:
    by = {"LIKES": "likes", "REPLIES": "replies"}.get(asked.text("sort_field"), "create_time")
    keyed = sorted(found, key=lambda one: (int(str(one[by])), str(one["comment_id"])))
    return keyed if asked.text("sort_type") == "ASC" else keyed[::-1]


def _wanted(asked: Asked) -> list[Json]:
    """Of one ad group, or of named comments, within days; UTC, both ends included."""
    given = asked.text("start_time"), asked.text("end_time")
    first = day(given[0], "start_time") if given[0] else None
    last = day(given[1], "end_time") if given[1] else None
    if first and last and last < first:
        raise wrong("end_time: The end is before the start.")
    group, ids = asked.text("search_value"), asked.texts("comment_ids")
    types, statuses = asked.texts("comment_type"), asked.texts("comment_status")
    found: list[Json] = []
    for asset in existing(asked.world, asked.account, "comment"):
        on = asset.created.date()
        if (first and on < first) or (last and on > last):
            continue
        ad = asked.world.item(asked.account, "ad", asset.parent)
        if group and (ad is None or ad.adgroup is None or ad.adgroup.id != group):
            continue
        one = row(asked.world, asked.account, asset)
        if (
            (not ids or one["comment_id"] in ids)
            and (not types or "ALL" in types or one["comment_type"] in types)
            and (not statuses or "ALL" in statuses or one["comment_status"] in statuses)
        ):
            found.append(one)
    return _sorted(asked, found)


@serves("comment/list")
def comments(asked: Asked) -> list[Json]:
    if asked.world.item(asked.account, "adgroup", asked.text("search_value")) is None:
        raise wrong("search_value: The ad group does not exist.")
    return _wanted(asked)


@serves("comment/reference")
def related(asked: Asked) -> list[Json]:
    """A comment with what answers it, or an answer with what it answers."""
    found = [row(asked.world, asked.account, one) for one in existing(asked.world, asked.account, "comment")]
    wanted = asked.text("comment_id")
    one = one_of([one for one in found if one["comment_id"] == wanted], "comment_id")
    near = {one["original_comment_id"], wanted}
    return [other for other in found if near & {other["comment_id"], other["original_comment_id"]}]


@serves("comment/task/create")
def export(asked: Asked) -> Json:
    return {"task_id": begin(asked, "comment", status="PROCESSING").id}


@serves("comment/task/check")
def exported(asked: Asked) -> Json:
    known = chore(asked, "comment", asked.text("task_id"))
    step(asked, known, ("PROCESSING", "SUCCESS"))
    return {"status": known.status}


@serves("comment/task/download")
def export_file(asked: Asked) -> Json:
    """CSV as text within the envelope."""
    known = chore(asked, "comment", asked.text("task_id"))
    if known.status != "SUCCESS":
        raise Refused(40201, "The task is not ready.")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(EXPORTED)
    again = Asked(asked.world, asked.login, asked.endpoint, known.given, asked.advertiser)
    writer.writerows([[one[name] for name in EXPORTED] for one in _wanted(again)])
    return {"csv": out.getvalue()}


@serves("blockedword/list")
def blocked_words(asked: Asked) -> list[Json]:
    words = ("bad", "=worse", "«schlimm»", "悪い", "DROP TABLE")[: asked.account.size.assets]
    return [{"bw_content": word} for word in words] if asked.account.size.campaigns else []
