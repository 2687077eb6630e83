"""The list endpoints: advertiser/info, campaign/get, adgroup/get and ad/get."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import Answer, wrong
from tiktok_ads.simulator.entities import PROMOTE_FIELDS, TABLES, advertiser_row, documented, item_row
from tiktok_ads.simulator.items import Item, Level
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.world import Advertiser, World

BUYING_TYPES = ("AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW")
ORIGINS = ("PROMOTE", "TT_ADS_PLATFORM")
OWN_STATUSES = (
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_NOT_DELIVERY",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
)
STATUSES = (*OWN_STATUSES, "STATUS_DELETE", "STATUS_TIME_DONE", "STATUS_RF_CLOSED", "STATUS_FROZEN")
COMMON = {
    "campaign_ids",
    "campaign_system_origins",
    "primary_status",
    "secondary_status",
    "objective_type",
    "buying_types",
    "optimization_goal",
    "creation_filter_start_time",
    "creation_filter_end_time",
}
FILTERS: dict[Level, set[str]] = {
    "campaign": COMMON
    | {
        "campaign_name",
        "sales_destination",
        "is_smart_performance_campaign",
        "creative_campaign_type",
        "split_test_enabled",
        "campaign_product_source",
        "campaign_type",
        "gmv_max_promotion_types",
        "store_ids",
    },
    "adgroup": COMMON
    | {
        "adgroup_ids",
        "adgroup_name",
        "promotion_type",
        "bid_strategy",
        "creative_material_mode",
        "billing_events",
        "split_test_enabled",
    },
    "ad": COMMON
    | {"adgroup_ids", "ad_ids", "ad_name", "creative_material_mode", "destination", "modified_after"},
}


def advertiser_info(world: World, login: Login, params: Mapping[str, object]) -> Answer:
    wanted = read.ids(read.texts(params, "advertiser_ids", required=True), "advertiser_ids")
    for advertiser_id in wanted:
        login.open(world, advertiser_id)
    fields = _fields(params, set(documented("advertisers")))
    rows = []
    for advertiser_id in dict.fromkeys(wanted):
        row = advertiser_row(world, world.advertisers[advertiser_id])
        if "company_name_editable" in fields:
            row = {"advertiser_id": row["advertiser_id"], "company_name_editable": True}
        elif fields:
            row = {name: value for name, value in row.items() if name in fields}
        rows.append(row)
    return Answer({"list": rows})


def item_list(level: Level) -> Callable[[World, Login, Mapping[str, object]], Answer]:
    """The endpoint that lists a level."""

    def answer(world: World, login: Login, params: Mapping[str, object]) -> Answer:
        advertiser = login.open(world, read.one_id(params, "advertiser_id"))
        filtering = read.parsed(params, "filtering")
        if filtering is None:
            filtering = {}
        if not isinstance(filtering, dict):
            raise wrong("filtering: Not a valid mapping type.")
        unknown = sorted(set(filtering) - FILTERS[level])
        if unknown:
            raise wrong(f"filtering: Unknown field: {', '.join(unknown)}.")
        wants = _predicate(world, level, filtering)
        top_view = filtering.get("buying_types") == ["RESERVATION_TOP_VIEW"]
        most = 100 if level == "adgroup" and top_view else 1000
        page = read.page_of(params, most=most)
        fields = _fields(params, set(documented(TABLES[level])) | PROMOTE_FIELDS)
        no_nulls = read.texts(params, "exclude_field_types_in_response")
        for kind in no_nulls:
            read.one_of(kind, "exclude_field_types_in_response", ("NULL_FIELD",))

        found = world.lists.get(key := (advertiser.id, level, repr(filtering), world.listed_at()))
        if found is None:
            found = [item for item in listed(world, advertiser, level) if wants(item)]
            found.sort(key=lambda item: int(item.id), reverse=True)
            world.lists.clear()
            world.lists[key] = found
        rows = []
        for item in page.cut(found):
            row = item_row(world, advertiser, item)
            if fields:
                row = {name: value for name, value in row.items() if name in fields}
            if no_nulls:
                row = {name: value for name, value in row.items() if value is not None}
            rows.append(row)
        return Answer({"list": rows, "page_info": page.info(len(found))})

    return answer


def listed(world: World, advertiser: Advertiser, level: Level) -> list[Item]:
    """What a list endpoint could show: creatives of upgraded Smart+ stand in no list of ads."""
    now = world.now()
    return [
        item
        for item in world.items(advertiser, level)
        if item.exists(now) and not (level == "ad" and item.automation == "UPGRADED_SMART_PLUS")
    ]


def _fields(params: Mapping[str, object], known: set[str]) -> set[str]:
    fields = set(read.texts(params, "fields"))
    unknown = sorted(fields - known)
    if unknown:
        raise wrong(f"fields: Invalid field: {', '.join(unknown)}.")
    return fields


def _list(filtering: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> list[str]:
    values = read.texts(filtering, name)
    for value in values:
        read.one_of(value, name, allowed)
    return values


def _predicate(world: World, level: Level, filtering: Mapping[str, object]) -> Callable[[Item], bool]:
    now = world.now()
    buying_types = _list(filtering, "buying_types", BUYING_TYPES) or ["AUCTION", "RESERVATION_RF"]
    if "RESERVATION_TOP_VIEW" in buying_types and len(buying_types) > 1:
        raise wrong("buying_types: RESERVATION_TOP_VIEW cannot be combined with other buying types.")
    origins = _list(filtering, "campaign_system_origins", ORIGINS) or ["TT_ADS_PLATFORM"]
    status = read.text(filtering, "primary_status", required=False, default="STATUS_NOT_DELETE")
    read.one_of(status, "primary_status", STATUSES)
    second = read.text(filtering, "secondary_status", required=False)
    if second and not second.startswith((f"{level.upper()}_STATUS_", "ADVERTISER_")):
        raise wrong("secondary_status: Not a valid status of this level.")
    if second and second.endswith("_STATUS_ALL"):
        second, status = "", "STATUS_ALL"
    objective = read.text(filtering, "objective_type", required=False)
    within = {
        f"{of}_ids": set(read.ids(filtering[f"{of}_ids"], f"{of}_ids"))
        for of in TABLES
        if f"{of}_ids" in filtering
    }
    after = filtering.get("modified_after")
    modified_after = None if after is None else read.moment(after, "modified_after")
    first, last = filtering.get("creation_filter_start_time"), filtering.get("creation_filter_end_time")
    created_from = None if first is None else read.moment(first, "creation_filter_start_time")
    created_to = None if last is None else read.moment(last, "creation_filter_end_time")
    name = str(filtering.get(f"{level}_name", ""))

    def wants(item: Item) -> bool:
        ids = {f"{of.level}_ids": of.id for of in (item, *item.parents)}
        return (
            item.buying_type in buying_types
            and item.origin in origins
            and item.has_status(status, now)
            and (not second or item.secondary_status(now) == second)
            and (not objective or item.objective == objective)
            and all(ids[field] in chosen for field, chosen in within.items())
            and (created_from is None or item.created >= created_from)
            and (created_to is None or item.created <= created_to)
            and (not name or name in item.shown_name(now))
            # A Smart+ ad shows no modify_time, so nothing of it can be after a moment.
            and (
                modified_after is None
                or (item.automation != "SMART_PLUS" and item.modified(now) >= modified_after)
            )
        )

    return wants
