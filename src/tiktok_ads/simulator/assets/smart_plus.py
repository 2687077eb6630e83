"""Smart+: campaigns, ad groups and ads of the upgraded kind, and details of the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Json, stamp, whole
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.belongings import belonging, video_of
from tiktok_ads.simulator.entities import TABLES, item_row, video_id
from tiktok_ads.simulator.items import Item, Level

UPGRADED, BEFORE = "UPGRADED_SMART_PLUS", "SMART_PLUS"


def _items(asked: Asked, level: Level, automation: str) -> list[Item]:
    """Newest first, whatever their status."""
    items = [
        item
        for item in asked.world.items(asked.account, level)
        if item.automation == automation and item.exists(asked.now)
    ]
    return sorted(items, key=lambda item: int(item.id), reverse=True)


def _wanted(asked: Asked, level: Level) -> Callable[[Item], bool]:
    filtering, now = asked.inside(), asked.now
    status = filtering.text("primary_status", "STATUS_NOT_DELETE")
    second, objective = filtering.text("secondary_status"), filtering.text("objective_type")
    if second.endswith("_STATUS_ALL"):
        second, status = "", "STATUS_ALL"
    if second == f"{level.upper()}_STATUS_NOT_DELETE":
        second = ""
    within = {f"{of}_ids": filtering.texts(f"{of}_ids") for of in TABLES}
    name = filtering.text(f"{level}_name")
    moments = {
        name: read.moment(filtering.text(name), name)
        for name in ("creation_filter_start_time", "creation_filter_end_time", "modified_after")
        if filtering.text(name)
    }

    def wants(item: Item) -> bool:
        ids = {f"{of.level}_ids": of.id for of in (item, *item.parents)}
        return (
            item.has_status(status, now)
            and (not second or item.secondary_status(now) == second)
            and (not objective or item.objective == objective)
            and all(not chosen or ids.get(field, "") in chosen for field, chosen in within.items())
            and name in item.shown_name(now)
            and item.created >= moments.get("creation_filter_start_time", item.created)
            and item.created <= moments.get("creation_filter_end_time", item.created)
            and item.modified(now) >= moments.get("modified_after", item.modified(now))
        )

    return wants


def _row(asked: Asked, item: Item, documented: str) -> Json:
    """What it has in common with the usual list, and a blank for each other field of its own."""
    usual = item_row(asked.world, asked.account, item)
    own = whole(documented, {}, item.number)
    return {name: usual.get(name, value) for name, value in own.items()}


@serves("smart_plus/campaign/get")
def campaigns(asked: Asked) -> list[Json]:
    wants = _wanted(asked, "campaign")
    return [
        {**_row(asked, item, "smart_plus_campaign"), "smart_plus_adgroup_mode": "MULTIPLE"}
        for item in _items(asked, "campaign", UPGRADED)
        if wants(item)
    ]


@serves("smart_plus/adgroup/get")
def adgroups(asked: Asked) -> list[Json]:
    wants = _wanted(asked, "adgroup")
    targeting = {"location_ids": ["6252001"], "age_groups": ["AGE_18_24"], "languages": [], "gender": None}
    return [
        {**_row(asked, item, "smart_plus_adgroup"), "targeting_spec": targeting}
        for item in _items(asked, "adgroup", UPGRADED)
        if wants(item)
    ]


def _creatives(asked: Asked) -> dict[str, list[Item]]:
    """The creatives of each ad, by the ad's id: those of one ad group are one ad."""
    found: dict[str, list[Item]] = {}
    for item in _items(asked, "ad", UPGRADED):
        found.setdefault(item.id_v2, []).append(item)
    return found


@serves("smart_plus/ad/get")
def ads(asked: Asked) -> list[Json]:
    wants, wanted = _wanted(asked, "ad"), asked.inside().texts("smart_plus_ad_ids")
    return [
        _bundle(asked, ad_id, creatives)
        for ad_id, creatives in _creatives(asked).items()
        if (not wanted or ad_id in wanted) and any(wants(one) for one in creatives)
    ]


def _bundle(asked: Asked, ad_id: str, creatives: list[Item]) -> Json:
    newest, now, account = creatives[0], asked.now, asked.account
    return {
        **_row(asked, newest, "smart_plus_ad"),
        "smart_plus_ad_id": ad_id,
        "ad_name": newest.shown_name(now),
        "create_time": stamp(min(one.created for one in creatives)),
        "modify_time": stamp(max(one.modified(now) for one in creatives)),
        "ad_text_list": [{"ad_text": f"Text {one.number} 👟"} for one in creatives],
        "call_to_action_list": [{"call_to_action": "SHOP_NOW"}],
        "landing_page_url_list": [{"landing_page_url": "https://example.com/?a=1&b=ü"}],
        "page_list": None,
        "ad_configuration": {
            "identity_id": belonging("identity", account, 0),
            "identity_type": "CUSTOMIZED_USER",
            "utm_params": [{"key": "utm_source", "value": "tiktok"}],
        },
        "creative_list": [
            {
                "ad_material_id": one.id,
                "material_operation_status": one.operation_status(now),
                "creative_info": {
                    "ad_format": "SINGLE_VIDEO",
                    "material_name": one.shown_name(now),
                    "identity_id": belonging("identity", account, 0),
                    "video_info": {
                        "video_id": video_id(belonging("video", account, video_of(one))),
                        "file_name": None,
                    },
                },
            }
            for one in creatives
        ],
    }


@serves("smart_plus/ad/review_info")
def ad_reviews(asked: Asked) -> Json:
    known = _creatives(asked)
    found = [
        {"smart_plus_ad_id": ad_id, "review_status": "ALL_AVAILABLE", "reject_info": None}
        for ad_id in _only_known(asked.texts("smart_plus_ad_ids"), known, "smart_plus_ad_ids")
    ]
    return {"smart_plus_ad_review_infos": found}


@serves("smart_plus/material/review_info")
def material_reviews(asked: Asked) -> list[Json]:
    known = {one.id for one in _items(asked, "ad", UPGRADED)}
    return [
        {"ad_material_id": one, "review_status": "ALL_AVAILABLE", "reject_info": None}
        for one in _only_known(asked.texts("ad_material_ids"), known, "ad_material_ids")
    ]


def _only_known(wanted: list[str], known: Iterable[str], name: str) -> list[str]:
    """The ids asked for; one that is not there is refused."""
    missing = sorted(set(wanted) - set(known))
    if missing:
        raise wrong(f"{name}: {missing[0]} does not exist.")
    return wanted


@serves("campaign/spc/get")
def legacy(asked: Asked) -> list[Json]:
    """Campaign, ad group and creatives in one row; ids come from campaign/get."""
    wanted = asked.texts("campaign_ids")
    return [
        {
            **_row(asked, item, "legacy_smart_plus_campaign"),
            "campaign_secondary_status": item.secondary_status(asked.now),
            "spc_type": "UNSET",
            "media_info_list": [{"media_info": {"material_id": item.id, "video_info": {"video_id": "v1"}}}],
        }
        for item in _items(asked, "campaign", BEFORE)
        if item.id in wanted
    ]


@serves("campaign/spc/quota/get")
def legacy_quota(asked: Asked) -> Json:
    used = len([one for one in _items(asked, "campaign", BEFORE) if not one.is_deleted(asked.now)])
    return {"used_quota": used, "total_quota": 100}
