"""Custom audiences with their details and logs, saved audiences, and Pangle's packages."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Asset, Json, Owner, kind, new_id, rows, stamp
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.world import World

# Words for people, not an upper-case enumeration.
TYPES = ("Customer File Audience", "Engagement Audience", "Website Audience", "Lookalike Audience")
ONLY_DETAILS = {"rule", "lookalike_spec", "msg", "error_msg"}


@kind("custom_audience", documented="custom_audience", named="name")
def custom_audience(world: World, owner: Owner, asset: Asset) -> Json:
    number, now = asset.number, world.now()
    type_ = TYPES[number % len(TYPES)]
    expires = asset.created + timedelta(days=365)
    return {
        "audience_id": asset.id,
        "shared": number % 3 == 0,
        "is_creator": number % 3 != 1,
        "cover_num": 1000 + chance(100_000, world.seed, number, now.date().toordinal()),
        "create_time": stamp(asset.created),
        "is_valid": number % 4 != 2,
        "is_expiring": expires - now < timedelta(days=60),
        "expired_time": stamp(expires),
        "audience_type": type_,
        "calculate_type": "EMAIL_SHA256" if type_ == TYPES[0] else None,
        "audience_sub_type": "NORMAL",
        "is_auto_refresh": type_ != TYPES[0],
        "owner_id": owner.id,
        "rule": '{"inclusions":[{"retention_days":30}]}' if type_ == TYPES[2] else None,
        "lookalike_spec": {
            "source_audience_id": new_id("custom_audience", owner, 0),
            "include_source": True,
            "mobile_os": "ALL",
            "placements": "PLACEMENT_TIKTOK",
            "location_ids": ["6252001"],
            "audience_size": "BALANCED",
        }
        if type_ == TYPES[3]
        else None,
        "msg": None,
        "error_msg": "" if number % 4 != 2 else "The audience is too small: <1000",
    }


def _of(asked: Asked, wanted: list[str]) -> list[Json]:
    found = rows(asked.world, asked.account, "custom_audience")
    return [one for one in found if not wanted or one["audience_id"] in wanted]


@serves("dmp/custom_audience/list")
def custom_audiences(asked: Asked) -> list[Json]:
    found = _of(asked, asked.texts("custom_audience_ids"))
    return [{name: value for name, value in one.items() if name not in ONLY_DETAILS} for one in found][::-1]


@serves("dmp/custom_audience/get")
def custom_audience_details(asked: Asked) -> list[Json]:
    """Details are nested beside the history of what was done to the audience."""
    wanted, most = asked.texts("custom_audience_ids"), asked.whole("history_size", 100)
    found = _of(asked, wanted)
    missing = sorted(set(wanted) - {str(one["audience_id"]) for one in found})
    if missing:
        raise wrong(f"custom_audience_ids: The audience {missing[0]} does not exist.")
    return [{"audience_details": one, "audience_history": _history(one)[:most]} for one in found]


def _history(one: Json) -> list[Json]:
    done = {"action": "CREATE", "action_detail": "Audience «created»", "opt_time": one["create_time"]}
    return [{**done, "editor": "Simulator user", "msg": None}]


@serves("dmp/custom_audience/apply/log")
def apply_log(asked: Asked) -> list[Json]:
    return [
        {
            "audience_id": one["audience_id"],
            "adgroup_id": None,
            "action": "INCLUDE",
            "apply_time": one["create_time"],
        }
        for one in _of(asked, asked.texts("custom_audience_ids"))
    ]


@serves("dmp/custom_audience/share/log")
def share_log(asked: Asked) -> list[Json]:
    return [
        {
            "audience_id": one["audience_id"],
            "shared_advertiser_id": asked.account.id,
            "shared_advertiser_name": asked.account.name,
            "share_time": one["create_time"],
        }
        for one in _of(asked, [asked.text("custom_audience_id")])
        if one["shared"]
    ]


@kind("saved_audience", documented="saved_audience", named="saved_audience_name")
def saved_audience(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "saved_audience_id": asset.id,
        "location_ids": ["6252001", "2921044"],
        "gender": "GENDER_FEMALE",
        "age_groups": ["AGE_18_24"] if asset.number % 2 else None,
        "languages": ["en"],
        "audience_ids": [new_id("custom_audience", owner, 0)],
        "excluded_audience_ids": [],
        "interest_category_ids": ["10100", "10200"],
        "interest_keyword_ids": [],
        "actions": [
            {
                "action_category_ids": ["20100"],
                "action_scene": "VIDEO_RELATED",
                "action_period": 15,
                "video_user_actions": ["WATCHED_TO_END", "LIKED"],
            }
        ],
        "operating_systems": ["ANDROID"],
        "min_android_version": "6.0",
        "min_ios_version": "NONE",
        "device_model_ids": [],
        "network_types": ["WIFI"],
        "carrier_ids": [],
        "device_price_ranges": [250, 10000],
    }


@serves("dmp/saved_audience/list")
def saved_audiences(asked: Asked) -> list[Json]:
    wanted = asked.texts("saved_audience_ids")
    found = rows(asked.world, asked.account, "saved_audience")
    return [one for one in found if not wanted or one["saved_audience_id"] in wanted][::-1]


@serves("audience/insight/overlap")
def overlap(asked: Asked) -> Json:
    benchmark = _of(asked, [asked.text("benchmark_custom_audience_id")])
    others = asked.texts("comparison_custom_audience_ids")
    compared = [
        {"custom_audience_id": one["audience_id"], "overlap_percentage": 12.5}
        for one in (_of(asked, others) if others else [])
    ]
    if not benchmark:
        raise wrong("benchmark_custom_audience_id: The audience does not exist.")
    return {"custom_audience_id": benchmark[0]["audience_id"], "overlap_list": compared}


@kind("pangle_package", named="package_name")
def pangle_package(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "package_id": asset.id,
        "package_name": asset.name,
        "binding_type": "INCLUDE" if asset.number % 2 else "EXCLUDE",
    }


@serves("pangle_audience_package/get")
def pangle_packages(asked: Asked) -> list[Json]:
    return rows(asked.world, asked.account, "pangle_package")


@serves("pangle_block_list/get")
def pangle_block_list(asked: Asked) -> Json:
    apps = [f"com.example.blocked{n}" for n in range(3)] if asked.account.size.campaigns else []
    return {"app_list": apps, "app_package_id": "1" if apps else None, "modify_time": None}
