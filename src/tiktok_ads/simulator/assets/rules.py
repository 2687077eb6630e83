"""Automated rules of an advertiser and what they did."""

from __future__ import annotations

from datetime import timedelta

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Asset, Json, Owner, kind, rows, stamp
from tiktok_ads.simulator.assets.serve import serves
from tiktok_ads.simulator.world import Advertiser, World

RUNS = 3


@kind("rule", named="name")
def rule(world: World, owner: Owner, asset: Asset) -> Json:
    """`dimesion` is TikTok's own spelling."""
    items = world.items(owner, "campaign") if isinstance(owner, Advertiser) else []
    return {
        "rule_id": asset.id,
        "name": asset.name,
        "status": "ON" if asset.number % 3 else "OFF",
        "apply_objects": [{"dimesion": "CAMPAIGN", "dimension_ids": [item.id for item in items[:2]]}],
        "conditions": [
            {"subject_type": "spend", "match_type": "GT", "values": ["100"], "range_type": "TODAY"}
        ],
        "actions": [{"subject_type": "TURN_OFF", "value": None}],
        "notification": {"notification_type": "ANY_CHANGES", "email_setting": None},
        "rule_exec_info": {"exec_time_type": "HALF_HOUR", "exec_time": None},
        "create_time": stamp(asset.created),
        "tzone": "UTC",
    }


@serves("optimizer/rule/list")
def rule_list(asked: Asked) -> list[Json]:
    filtering = asked.inside()
    wanted = filtering.texts("rule_info")
    return [
        one
        for one in rows(asked.world, asked.account, "rule")
        if filtering.text("status") in ("", one["status"])
        and (not wanted or one["rule_id"] in wanted or one["name"] in wanted)
    ][::-1]


@serves("optimizer/rule/get")
def rules_by_id(asked: Asked) -> list[Json]:
    wanted = asked.texts("rule_ids")
    return [one for one in rows(asked.world, asked.account, "rule") if one["rule_id"] in wanted]


def _runs(asked: Asked) -> list[Json]:
    """Each rule ran in each of the last nights."""
    last = asked.now.replace(hour=1, minute=0, second=0, microsecond=0)
    if last > asked.now:
        last -= timedelta(days=1)
    return [
        {
            "rule_id": one["rule_id"],
            "rule_name": one["name"],
            "exec_id": f"{last - timedelta(days=n):%Y%m%d}{str(one['rule_id'])[-6:]}",
            "exec_time": stamp(last - timedelta(days=n)),
            "status": "SUCCESS",
            "action": "TURN_OFF",
            "result_count": 1,
        }
        for one in rows(asked.world, asked.account, "rule")
        for n in range(RUNS)
    ]


@serves("optimizer/rule/result/list")
def results(asked: Asked) -> list[Json]:
    wanted = asked.inside().texts("rule_info")
    return [one for one in _runs(asked) if not wanted or one["rule_id"] in wanted]


@serves("optimizer/rule/result/get")
def result_details(asked: Asked) -> list[Json]:
    known = {(one["rule_id"], one["exec_id"]): one for one in _runs(asked)}
    details = asked.given.get("result_detail")
    found: list[Json] = []
    for one in details if isinstance(details, list) else []:
        run = known.get((one.get("rule_id"), one.get("exec_id")))
        if run is None:
            raise wrong("result_detail: The execution does not exist.")
        items = asked.world.items(asked.account, "campaign")
        found.append(
            {
                "rule_id": run["rule_id"],
                "exec_id": run["exec_id"],
                "dimension": "CAMPAIGN",
                "dimension_id": items[0].id if items else None,
                "result": "Turned off «1» campaign",
            }
        )
    return found
