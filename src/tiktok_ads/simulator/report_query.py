"""Reads a report request, and refuses what the documentation of reports rules out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator import params as read
from tiktok_ads.simulator.answers import NO_RELATION, wrong
from tiktok_ads.simulator.items import Level
from tiktok_ads.simulator.lists import BUYING_TYPES, OWN_STATUSES
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.report_rules import check_combination, max_days
from tiktok_ads.simulator.world import Advertiser, World

DATA_LEVELS: dict[str, Level | None] = {
    "AUCTION_ADVERTISER": None,
    "AUCTION_CAMPAIGN": "campaign",
    "AUCTION_ADGROUP": "adgroup",
    "AUCTION_AD": "ad",
}
REPORT_TYPES = ("BASIC", "AUDIENCE", "TT_SHOP")
STATUSES = (*OWN_STATUSES, "STATUS_DELETE")
MAX_METRICS = 100
MAX_ADVERTISERS = 5
COMPARISONS = ("GREATER_EQUAL", "GREATER_THAN", "LOWER_EQUAL", "LOWER_THAN", "BETWEEN", "RANGE")
FILTER_TYPES = ("IN", "NOT_IN", "CONTAIN_ANY_OF", "MATCH", *COMPARISONS)
ID_FILTERS = ("campaign_ids", "adgroup_ids", "ad_ids")
AUTOMATIONS = ("MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS", "UPGRADED_SMART_PLUS_CREATIVE")


@dataclass(frozen=True)
class Filters:
    """`status` is the primary status that the rows' own objects must have."""

    status: tuple[str, ...] = ("STATUS_NOT_DELETE",)
    buying_types: tuple[str, ...] = ("AUCTION", "RESERVATION_RF")
    within: tuple[tuple[str, frozenset[str]], ...] = ()
    automation: frozenset[str] = frozenset(AUTOMATIONS)


@dataclass(frozen=True)
class Query:
    """One report, whatever page of it. `first` and `last` are the advertiser's own days."""

    advertiser_ids: tuple[str, ...]
    several: bool
    report_type: str
    level: Level | None
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: date
    last: date
    filters: Filters
    order_field: str = ""
    ascending: bool = False
    totals: bool = False

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def parse(
    world: World,
    login: Login,
    params: Mapping[str, object],
    *,
    asynchronous: bool = False,
    refuse_future: bool = True,
) -> Query:
    """The query that the parameters mean.

    Raises:
        Refused: with the code and, where it is documented, the text of the API.
    """
    report_type = read.one_of(read.text(params, "report_type"), "report_type", REPORT_TYPES)
    advertisers, several = _advertisers(world, login, params, report_type)
    data_level = read.one_of(read.text(params, "data_level"), "data_level", DATA_LEVELS)
    service = read.text(params, "service_type", required=False, default="AUCTION")
    read.one_of(service, "service_type", ("AUCTION", "RESERVATION"))
    dimensions = tuple(read.texts(params, "dimensions", required=True))
    metrics = tuple(read.texts(params, "metrics")) or ("spend", "impressions")
    lifetime = read.flag(params, "query_lifetime")
    if len(metrics) > MAX_METRICS:
        raise wrong(f"metrics: At most {MAX_METRICS} metrics.")
    if len(set(metrics)) < len(metrics) or len(set(dimensions)) < len(dimensions):
        raise wrong("Duplicate dimensions or metrics.")
    check_combination(
        report_type, data_level, dimensions, metrics, lifetime=lifetime, asynchronous=asynchronous
    )
    first, last = _days(world, advertisers, params, lifetime=lifetime, refuse_future=refuse_future)
    limit = None if lifetime or asynchronous else max_days(dimensions)
    if limit is not None and (last - first).days + 1 > limit:
        raise wrong(f"The time span between start_date and end_date exceeds the maximum of {limit} days.")
    order_field = read.text(params, "order_field", required=False)
    if order_field and (order_field not in catalog().metrics or catalog().metrics[order_field].is_attribute):
        raise wrong(f"order_field: Invalid field {order_field}.")
    order = read.one_of(
        read.text(params, "order_type", required=False, default="DESC"), "order_type", ("ASC", "DESC")
    )
    totals = read.flag(params, "enable_total_metrics")
    if totals and (report_type == "AUDIENCE" or set(dimensions) - {"stat_time_day", *_id_of(data_level)}):
        raise wrong("enable_total_metrics: Not supported for this report.")
    return Query(
        advertiser_ids=tuple(a.id for a in advertisers),
        several=several,
        report_type=report_type,
        level=DATA_LEVELS[data_level],
        dimensions=dimensions,
        metrics=metrics,
        first=first,
        last=last,
        filters=_filters(params, data_level, dimensions, asynchronous=asynchronous, report_type=report_type),
        order_field=order_field,
        ascending=order == "ASC",
        totals=totals,
    )


def _id_of(data_level: str) -> tuple[str, ...]:
    level = DATA_LEVELS[data_level]
    if level is None:
        return ("advertiser_id",)
    return ("ad_id", "ad_id_v2") if level == "ad" else (f"{level}_id",)


def _advertisers(
    world: World, login: Login, params: Mapping[str, object], report_type: str
) -> tuple[list[Advertiser], bool]:
    if params.get("advertiser_ids") not in (None, ""):
        if report_type == "TT_SHOP":
            raise wrong("advertiser_ids: Not supported for this report_type.")
        many = read.ids(read.texts(params, "advertiser_ids"), "advertiser_ids")
        if len(many) > MAX_ADVERTISERS:
            raise wrong(f"advertiser_ids: Longer than maximum length {MAX_ADVERTISERS}.")
        return [login.open(world, one) for one in dict.fromkeys(many)], True
    return [login.open(world, read.one_id(params, "advertiser_id"))], False


def _days(
    world: World,
    advertisers: list[Advertiser],
    params: Mapping[str, object],
    *,
    lifetime: bool,
    refuse_future: bool,
) -> tuple[date, date]:
    now = world.now()
    today = max(now.astimezone(a.zone).date() for a in advertisers)
    if lifetime:
        return min(a.registered.date() for a in advertisers) - timedelta(days=1), today
    first, last = read.day(params, "start_date"), read.day(params, "end_date")
    if first > last:
        raise wrong("start_date: Must not be later than end_date.")
    if refuse_future and last > today:
        raise wrong("end_date: Must not be later than today in the time zone of the ad account.")
    return first, last


def _filters(
    params: Mapping[str, object],
    data_level: str,
    dimensions: tuple[str, ...],
    *,
    asynchronous: bool,
    report_type: str,
) -> Filters:
    """Only `filtering` counts: the v1.2 name `filters` is ignored without a word."""
    items = read.parsed(params, "filtering")
    level = DATA_LEVELS[data_level]
    # An asynchronous task takes no status filter and covers what was not deleted, like the default.
    default: tuple[str, ...] = ("STATUS_ALL",) if level is None else ("STATUS_NOT_DELETE",)
    if items is None:
        return Filters(status=default)
    if report_type == "TT_SHOP":
        raise wrong("filtering: Not supported for this report_type.")
    if not isinstance(items, list):
        raise wrong("filtering: Not a valid list.")
    status, buying, automation = default, Filters().buying_types, Filters().automation
    within: dict[str, frozenset[str]] = {}
    for item in items:
        name, kind, values = _filter_item(item)
        if asynchronous and name not in (*ID_FILTERS, "ad_ids_v2"):
            raise wrong(f"filtering: field_name {name} is not supported for asynchronous reports.")
        if kind != "IN":
            raise wrong(f"filtering: filter_type {kind} is not supported for {name}.")
        if name in ID_FILTERS:
            within[name] = frozenset(read.ids(values, name, most=20_000 if asynchronous else read.MAX_IDS))
        elif level is not None and name == f"{level}_status":
            status = tuple(read.one_of(value, name, STATUSES) for value in values)
        elif name == "buying_type":
            buying = tuple(read.one_of(value, name, BUYING_TYPES) for value in values)
            if "RESERVATION_TOP_VIEW" in buying and len(buying) > 1:
                raise wrong("buying_type: RESERVATION_TOP_VIEW cannot be combined with other buying types.")
        elif name == "campaign_automation_type":
            automation = frozenset(read.one_of(value, name, AUTOMATIONS) for value in values)
        else:
            raise wrong(f"filtering: Invalid field_name {name} for data_level {data_level}.")
    if "ad_id_v2" in dimensions and "ad_ids" in within:
        raise wrong(NO_RELATION)
    return Filters(
        status=status,
        buying_types=buying,
        within=tuple(sorted(within.items())),
        automation=automation,
    )


def _filter_item(item: object) -> tuple[str, str, list[str]]:
    """Name, type and values; the values are JSON text inside the JSON text."""
    if not isinstance(item, dict) or set(item) != {"field_name", "filter_type", "filter_value"}:
        raise wrong("filtering: Each item needs field_name, filter_type and filter_value.")
    name, kind, value = item["field_name"], item["filter_type"], item["filter_value"]
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(value, str)):
        raise wrong("filtering: Not a valid string.")
    read.one_of(kind, "filter_type", FILTER_TYPES)
    try:
        return name, kind, msgspec.json.decode(value, type=list[str])
    except msgspec.MsgspecError:
        raise wrong(f"filtering: filter_value of {name} is not a JSON list of strings.") from None
