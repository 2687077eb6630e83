"""What measures: pixels with their events, apps, offline and CRM event sets, custom conversions."""

from __future__ import annotations

from datetime import date, timedelta

from tiktok_ads.simulator.answers import wrong
from tiktok_ads.simulator.assets.asked import Asked
from tiktok_ads.simulator.assets.estate import Asset, Json, Owner, existing, kind, new_id, rows, stamp
from tiktok_ads.simulator.assets.serve import one_of, serves
from tiktok_ads.simulator.centers import center_of
from tiktok_ads.simulator.numbers import chance
from tiktok_ads.simulator.world import Advertiser, World

EVENTS = ("COMPLETE_PAYMENT", "ADD_TO_CART", "VIEW_CONTENT")
MAX_DAYS = 30


@kind("pixel", documented="pixel", named="pixel_name", ids="pixel")
def pixel(world: World, owner: Owner, asset: Asset) -> Json:
    """`create_time` is written in two ways: text, and milliseconds since 1970."""
    number = asset.number
    code = f"C{owner.number:03d}U{number:08d}SIM"
    shared = number % 2 == 0 and isinstance(owner, Advertiser)
    return {
        "pixel_id": asset.id,
        "pixel_code": code,
        "pixel_category": "ONLINE_STORE",
        "pixel_script": f"<script>!function(w,d,t){{w.ttq.load('{code}');}}(window,document,'ttq');</script>",
        "create_time": stamp(asset.created) if owner.number % 2 else int(asset.created.timestamp() * 1000),
        "pixel_setup_mode": "MANUAL" if number % 2 else "PARTNER",
        "partner_name": None if number % 2 else "Shop system",
        "advanced_matching_fields": {"phone_number": True, "email": number % 2 == 0},
        "asset_ownership": {
            "asset_relation_status": "BOUND",
            "ownership_status": True,
            "owner_bc_id": center_of(world, owner).id if shared and isinstance(owner, Advertiser) else None,
        },
        "events": [
            {
                "event_id": f"{asset.id}{at}",
                "event_code": None,
                "name": name.replace("_", " ").title(),
                "event_type": name,
                "optimization_event": name,
                "custom_event_type": None,
                "currency": "USD",
                "currency_value": "1.5",
                "deprecated": False,
                "statistic_type": "EVERYTIME",
                "rules": [{"operator": "EQUALS", "trigger": "PAGEVIEW", "value": "/ü", "variable": "URL"}],
            }
            for at, name in enumerate(EVENTS[: 1 + number % 3])
        ],
    }


@serves("pixel/list")
def pixels(asked: Asked) -> list[Json]:
    wanted = {"pixel_id": asked.text("pixel_id"), "pixel_code": asked.text("code")}
    found = [
        one
        for one in rows(asked.world, asked.account, "pixel")
        if all(not value or one[name] == value for name, value in wanted.items())
        and asked.text("name") in str(one["pixel_name"])
    ]
    return found[::-1] if asked.text("order_by") == "LATEST_CREATE" else found


@serves("pixel/event/stats")
def pixel_stats(asked: Asked) -> list[Json]:
    """Sums over UTC days; the pixels must be the advertiser's."""
    span = asked.inside("date_range")
    span.need("start_date")
    span.need("end_date")
    first, last = day(span.text("start_date"), "start_date"), day(span.text("end_date"), "end_date")
    if last < first:
        raise wrong("date_range: end_date is before start_date.")
    if (last - first).days + 1 > MAX_DAYS:
        raise wrong(f"date_range: The time range must not exceed {MAX_DAYS} days.")
    owned = {one.id: one for one in existing(asked.world, asked.account, "pixel")}
    found: list[Json] = []
    for wanted in asked.texts("pixel_ids"):
        if wanted not in owned:
            raise wrong(f"pixel_ids: The pixel {wanted} does not belong to the advertiser.")
        found.append({"pixel_id": wanted, "statistics": _counts(asked, owned[wanted], first, last)})
    return found


def _counts(asked: Asked, one: Asset, first: date, last: date) -> list[Json]:
    last = min(last, asked.now.date())
    days = range(first.toordinal(), last.toordinal() + 1)
    said: list[Json] = []
    for at, name in enumerate(EVENTS[: 1 + one.number % 3]):
        total = sum(chance(300, asked.world.seed, int(one.id), at, n) for n in days)
        if total:
            said.append({"pixel_event_type": name, "custom_event_type": None, "total_count": total})
    return said


def day(value: str, name: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise wrong(f"{name}: Not a valid date, use YYYY-MM-DD.") from None


@serves("pixel/instant_page/event")
def instant_page_events(asked: Asked) -> list[Json]:
    return [{"event_type": name, "event_name": name.title()} for name in ("BUTTON", "FORM")]


@kind("app", documented="app", named="app_name", ids="app")
def app(world: World, owner: Owner, asset: Asset) -> Json:
    ios = asset.number % 2 == 1
    return {
        "app_id": asset.id,
        "app_platform_id": f"id{1_000_000_000 + asset.number}" if ios else f"com.example.app{asset.number}",
        "platform": "IOS" if ios else "ANDROID",
        "download_url": f"https://example.com/store/{asset.number}?a=1&b=ü",
        "partner": "Measuring partner",
        "tracking_url": {"click_url": "https://example.com/c?x=__CLICKID__", "impression_url": None},
        "enable_retargeting": "NON_RETARGETING",
        "is_attribution_flex_enable": False,
    }


@serves("app/list")
def apps(asked: Asked) -> list[Json]:
    wanted = asked.texts("app_platform_ids")
    found = rows(asked.world, asked.account, "app")
    return [one for one in found if not wanted or one["app_platform_id"] in wanted]


@serves("app/info")
def app_by_id(asked: Asked) -> Json:
    wanted = asked.text("app_id")
    found = [one for one in rows(asked.world, asked.account, "app") if one["app_id"] == wanted]
    return {"app": one_of(found, "app_id")}


@serves("app/optimization_event")
def app_events(asked: Asked) -> list[Json]:
    app_by_id(asked)
    return [
        {"optimization_event": name, "event_status": "ACTIVE", "is_custom": False}
        for name in ("ACTIVE", "ACTIVE_PAY", "ACTIVE_REGISTER")
    ]


@kind("offline_set", named="name")
def offline_set(world: World, owner: Owner, asset: Asset) -> Json:
    return {
        "event_set_id": asset.id,
        "name": asset.name,
        "description": None,
        "advertiser_id": owner.id,
        "auto_tracking": False,
        "create_time": stamp(asset.created),
    }


@serves("offline/get")
def offline_sets(asked: Asked) -> list[Json]:
    return _sets(asked, "offline_set")


@kind("crm_set", named="name")
def crm_set(world: World, owner: Owner, asset: Asset) -> Json:
    return {"event_set_id": asset.id, "name": asset.name, "create_time": stamp(asset.created)}


@serves("crm/list")
def crm_sets(asked: Asked) -> Json:
    return {"event_set_list": _sets(asked, "crm_set")}


def _sets(asked: Asked, name: str) -> list[Json]:
    ids, word = asked.texts("event_set_ids"), asked.text("name")
    return [
        one
        for one in rows(asked.world, asked.account, name)
        if (not ids or one["event_set_id"] in ids) and word in str(one["name"])
    ]


@kind("custom_conversion", documented="custom_conversion", named="name")
def custom_conversion(world: World, owner: Owner, asset: Asset) -> Json:
    """The first half hangs on the first pixel, the others on the first app."""
    of_app = asset.number % 2 == 1
    return {
        "custom_conversion_id": asset.id,
        "description": "Payments above 10 €",
        "event_source_type": "APP" if of_app else "PIXEL",
        "event_source_id": new_id("app" if of_app else "pixel", owner, 0),
        "activity_info": {
            "activity_status": "ACTIVE",
            "total_count": asset.number * 11,
            "last_record_time": stamp(world.now() - timedelta(hours=3)),
        },
        "optimization_event": "COMPLETE_PAYMENT",
        "rules": [{"parameter": "VALUE", "operator": "GT", "values": ["10"]}],
        "create_time": stamp(asset.created),
        "update_time": stamp(asset.modified(world.now())),
    }


@serves("custom_conversion/list")
def custom_conversions(asked: Asked) -> list[Json]:
    wanted = {name: asked.text(name) for name in ("event_source_type", "event_source_id")}
    found = [
        one
        for one in rows(asked.world, asked.account, "custom_conversion")
        if all(one[name] == value for name, value in wanted.items())
        and asked.text("search_keyword") in str(one["name"])
    ]
    return found if asked.text("sort_type") == "ASC" else found[::-1]


@serves("custom_conversion/get")
def custom_conversion_by_id(asked: Asked) -> Json:
    wanted = asked.text("custom_conversion_id")
    found = rows(asked.world, asked.account, "custom_conversion")
    return one_of([one for one in found if one["custom_conversion_id"] == wanted], "custom_conversion_id")


@serves("tool/diagnosis/get")
def diagnoses(asked: Asked) -> Json:
    wanted = asked.inside().texts("adgroup_ids")
    items = asked.world.existing(asked.account, "adgroup")
    found = [
        {
            "adgroup_id": item.id,
            "diagnosis_list": [{"issue_category": "BID_AND_BUDGET", "diagnosis": "BUDGET_TOO_LOW"}],
        }
        for item in items
        if item.exists(asked.now) and (item.id in wanted if wanted else item.number % 3 == 0)
    ]
    return {"adgroup_diagnosis_list": found}
