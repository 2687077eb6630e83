"""What belongs to campaigns, ad groups and ads: reviews, quotas, labels, negative keywords, split tests."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from tiktok_ads.simulator.answers import Answer, wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Asset, Json, Owner, kind, rows, stamp
from tiktok_ads.simulator.assets.measurement import day
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.entities import split_test_id
from tiktok_ads.simulator.items import Item, Level
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.world import World

QUOTA = 10_000
OBJECTS: dict[str, Level] = {"CAMPAIGN": "campaign", "ADGROUP": "adgroup"}


def shown(asked: Asked, level: Level) -> dict[str, Item]:
    """The objects of a level that lists show, by id."""
    items = asked.world.items(asked.account, level)
    return {item.id: item for item in items if item.exists(asked.now)}


def owned(asked: Asked, level: Level, wanted: list[str], name: str) -> list[Item]:
    found: list[Item] = []
    for one in wanted:
        item = asked.world.item(asked.account, level, one)
        if item is None or not item.exists(asked.now):
            raise wrong(f"{name}: {one} does not exist.")
        found.append(item)
    return found


def _review(asked: Asked, item: Item) -> Json:
    denied = item.number % 5 == 4
    return {
        f"{item.level}_id": item.id,
        "is_approved": not denied,
        "review_status": "UNAVAILABLE" if denied else "ALL_AVAILABLE",
        "reject_info": [{"reasons": ["Claims <without> proof"], "suggestion": "", "forbidden_placements": []}]
        if denied
        else [],
        "last_audit_time": stamp(item.created + timedelta(hours=1)),
    }


@serves("ad/review_info")
def ad_reviews(asked: Asked) -> Json:
    """A map from the id of an ad to its review, not a list."""
    items = owned(asked, "ad", asked.texts("ad_ids"), "ad_ids")
    return {"ad_review_map": {item.id: _review(asked, item) for item in items}}


@serves("adgroup/review_info")
def adgroup_reviews(asked: Asked) -> Json:
    """Two maps: one of the ad groups, one of all their ads."""
    wanted = asked.texts("adgroup_ids")
    groups = owned(asked, "adgroup", wanted, "adgroup_ids")
    ads = [ad for ad in shown(asked, "ad").values() if ad.adgroup is not None and ad.adgroup.id in wanted]
    return {
        "ad_group_review_map": {item.id: _review(asked, item) for item in groups},
        "ad_review_map": {item.id: _review(asked, item) for item in ads},
    }


@serves("ad/aco/get")
def smart_creatives(asked: Asked) -> list[Json]:
    groups = owned(asked, "adgroup", asked.texts("adgroup_ids"), "adgroup_ids")
    return [
        {
            "adgroup_id": item.id,
            "advertiser_id": asked.account.id,
            "media_info_list": [
                {"media_info": {"material_id": item.id}, "material_operation_status": "ENABLE"}
            ],
            "title_list": [{"title": f"Title {item.number}", "material_operation_status": "ENABLE"}],
        }
        for item in groups
        if item.number % 5 == 3
    ]


@serves("adgroup/quota")
def adgroup_quota(asked: Asked) -> Json:
    used = sum(not item.is_deleted(asked.now) for item in shown(asked, "adgroup").values())
    return {"used_adgroup_quota": used, "total_adgroup_quota": QUOTA}


@kind("campaign_label", documented="campaign_label", named="campaign_label_name")
def campaign_label(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "campaign_label_id": asset.id,
        "campaign_label_type": "CUSTOM",
        "campaign_label_color": "#FF00AA",
        "create_time": stamp(asset.created),
    }


@serves("campaign_label/get")
def campaign_labels(asked: Asked) -> list[Json]:
    names = ("campaign_label_id", "campaign_label_name", "campaign_label_type")
    wanted = {name: asked.texts(f"{name}s") for name in names}
    return [
        one
        for one in rows(asked.world, asked.account, "campaign_label")
        if all(not values or one[name] in values for name, values in wanted.items())
    ]


@serves("search_ad/negative_keyword/get")
def negative_keywords(asked: Asked) -> list[Json]:
    """Each second campaign or ad group has two or three."""
    level = OBJECTS[asked.text("object_type")]
    item = owned(asked, level, [asked.text("object_id")], "object_id")[0]
    words = ("free", "=cheap", "gratis «billig»")[: 0 if item.number % 2 else 2 + item.number % 3 % 2]
    types = ("PRECISE_WORD", "PHRASE_WORD")
    return [
        {"keyword_id": f"{item.id[:-2]}{at:02d}", "name": word, "match_type": types[at % 2]}
        for at, word in enumerate(words)
    ]


@serves("search_ad/negative_keyword/download")
def negative_keyword_file(asked: Asked) -> Answer:
    """The file itself, not wrapped in an envelope."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Keyword", "Match type"])
    writer.writerows([one["name"], one["match_type"]] for one in negative_keywords(asked))
    return Answer(file=out.getvalue().encode())


@serves("creative_fatigue/get")
def creative_fatigue(asked: Asked) -> list[Json]:
    filtering = asked.inside()
    first, last = day(filtering.text("start_date"), "start_date"), day(filtering.text("end_date"), "end_date")
    ad = owned(asked, "ad", [asked.text("ad_id")], "ad_id")[0]
    last = min(last, asked.world.today(asked.account))
    days = range(max(first, ad.created.date()).toordinal(), last.toordinal() + 1)
    return [
        {
            "adgroup_id": ad.adgroup.id if ad.adgroup else None,
            "ad_id": ad.id,
            "date": type(last).fromordinal(at).isoformat(),
            "creative_fatigue_status": ("NO_FATIGUE", "LOW_FATIGUE")[
                chance(2, asked.world.seed, int(ad.id), at)
            ],
        }
        for at in days
    ]


@serves("split_test/result/get")
def split_test(asked: Asked) -> Json:
    wanted = asked.text("split_test_group_id")
    for item in shown(asked, "adgroup").values():
        if item.number % 5 == 4 and split_test_id(item) == wanted:
            return {
                "split_test_group_id": wanted,
                "split_test_status": "ONGOING",
                "win_adgroup_id": item.id,
                "confidence": 0.875,
                "results": [{"adgroup_id": item.id, "cost_per_result": 1.25}],
            }
    raise wrong("split_test_group_id: The split test does not exist.")


@kind("auto_message", named="title")
def auto_message(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "auto_message_id": asset.id,
        "auto_message_type": "WELCOME_MESSAGE",
        "title": asset.name,
        "welcome_text": "Hello «you» 👋",
        "create_time": stamp(asset.created),
    }


@serves("creative/auto_message/get")
def auto_messages(asked: Asked) -> list[Json]:
    wanted = asked.text("auto_message_id")
    found = rows(asked.world, asked.account, "auto_message")
    return [one for one in found if not wanted or one["auto_message_id"] == wanted]


@serves("file/name/check")
def file_names(asked: Asked) -> Json:
    files = asked.given.get("files")
    listed = files if isinstance(files, list) else []
    asked.need("files", "file_name")
    names = [str(one.get("file_name", "")) for one in listed] or [asked.text("file_name")]
    taken = {
        str(one["file_name"]) for of in ("video", "image") for one in rows(asked.world, asked.account, of)
    }
    return {"file_name_check_results": [{"file_name": one, "is_duplicated": one in taken} for one in names]}
