"""The documented rules of report/integrated/get: what goes together, how long, filtered by what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.second_api import facts
from tests.second_api.rules import flag, ids, json_list, only, whole, wrong

NO_RELATION = "Conflict occurs. The input params including metrics and dimensions have no relation."
LEVELS = {
    "AUCTION_ADVERTISER": ("advertiser_id",),
    "AUCTION_CAMPAIGN": ("campaign_id",),
    "AUCTION_ADGROUP": ("adgroup_id",),
    "AUCTION_AD": ("ad_id",),
}
STATUS_FIELD = {
    "AUCTION_CAMPAIGN": "campaign_status",
    "AUCTION_ADGROUP": "adgroup_status",
    "AUCTION_AD": "ad_status",
}
REPORT_STATUSES = {
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
    "STATUS_NOT_DELIVERY",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
    "STATUS_DELETE",
}
BUYING = {"AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW"}
FILTER_TYPES = {
    "IN",
    "NOT_IN",
    "CONTAIN_ANY_OF",
    "MATCH",
    "GREATER_EQUAL",
    "GREATER_THAN",
    "LOWER_EQUAL",
    "LOWER_THAN",
    "BETWEEN",
    "RANGE",
}
ID_FILTERS = {"campaign_ids", "adgroup_ids", "ad_ids"}
REPORT_PARAMS = {
    "report_type",
    "advertiser_id",
    "service_type",
    "data_level",
    "dimensions",
    "metrics",
    "start_date",
    "end_date",
    "query_lifetime",
    "enable_total_metrics",
    "order_field",
    "order_type",
    "filtering",
    "query_mode",
    "page",
    "page_size",
}


@dataclass(frozen=True)
class ReportQuery:
    """A checked report/integrated/get."""

    report_type: str
    level: str
    dimensions: list[str]
    metrics: list[str]
    first: date | None
    last: date | None
    page: int
    page_size: int
    total_metrics: bool
    order: tuple[str, bool] | None = None
    status: frozenset[str] = frozenset({"STATUS_NOT_DELETE"})
    buying: frozenset[str] = frozenset({"AUCTION", "RESERVATION_RF"})
    within: dict[str, frozenset[str]] = field(default_factory=dict)


def report_query(params: Mapping[str, str], today: date) -> ReportQuery:
    """Check a synchronous report; `today` is the account's own."""
    only(params, REPORT_PARAMS)
    report_type = params.get("report_type", "")
    if report_type not in ("BASIC", "AUDIENCE"):
        raise wrong(f"report_type: {report_type!r} is not served")
    if params.get("service_type", "AUCTION") != "AUCTION":
        raise wrong("service_type: only AUCTION; RESERVATION is deprecated")
    if params.get("query_mode", "REGULAR") != "REGULAR":
        raise wrong("query_mode: only REGULAR; CHUNK is being deprecated")
    level = params.get("data_level", "")
    if level not in LEVELS:
        raise wrong(f"data_level: {level!r} is unknown or deprecated")
    lifetime = flag(params, "query_lifetime")
    if "dimensions" not in params:
        raise wrong("dimensions: Missing data for required field.")
    dimensions = json_list(params, "dimensions")
    check_dimensions(report_type, level, dimensions, lifetime=lifetime)
    metrics = json_list(params, "metrics") if "metrics" in params else ["spend", "impressions"]
    check_metrics(report_type, level, dimensions, metrics)
    first, last = (None, None) if lifetime else _dates(params, dimensions, today)
    total = flag(params, "enable_total_metrics")
    page = whole(params, "page", 1, 10**9)
    one_id = [d for d in dimensions if d != "stat_time_day"]
    if total and (report_type != "BASIC" or page > 1 or not set(one_id) <= set(LEVELS[level])):
        raise wrong("enable_total_metrics: only BASIC, page 1, one ID dimension and/or stat_time_day")
    status, buying, within = _report_filtering(params, level)
    return ReportQuery(
        report_type=report_type,
        level=level,
        dimensions=dimensions,
        metrics=metrics,
        first=first,
        last=last,
        page=page,
        page_size=whole(params, "page_size", 10, 1000),
        total_metrics=total,
        order=_order(params, metrics),
        status=status,
        buying=buying,
        within=within,
    )


def check_dimensions(report_type: str, level: str, dimensions: list[str], *, lifetime: bool) -> None:
    short = level.removeprefix("AUCTION_")
    known = [facts.DIMENSIONS.get(name) for name in dimensions]
    for name, dimension in zip(dimensions, known, strict=True):
        if dimension is None or report_type not in dimension.report_types or short not in dimension.levels:
            raise wrong(f"{NO_RELATION} dimension {name}")
    ids_asked = [d.name for d in known if d and d.role == "id"]
    times = [d.name for d in known if d and d.role == "time"]
    others = [d.name for d in known if d and d.role not in ("id", "time")]
    if len(ids_asked) > 1 or not set(ids_asked) <= set(LEVELS[level]) or len(times) > 1:
        raise wrong(NO_RELATION)
    if "stat_time_hour" in times:
        raise wrong("stat_time_hour: not served")
    if report_type == "AUDIENCE":
        if lifetime:
            raise wrong("query_lifetime: not with AUDIENCE")
        if not set(others) <= facts.AUDIENCE_DIMENSIONS or not others:
            raise wrong(NO_RELATION)
        if len(others) > 1 and sorted(others) != ["age", "gender"]:
            raise wrong(NO_RELATION)
        if times and not all(facts.DIMENSIONS[name].with_time for name in others):
            raise wrong(NO_RELATION)
    elif len(others) > 1 or not set(others) <= facts.BASIC_BREAKDOWNS:
        raise wrong(NO_RELATION)
    if lifetime and (times or "country_code" in others):
        raise wrong("query_lifetime: no time or country dimension")


def check_metrics(report_type: str, level: str, dimensions: list[str], metrics: list[str]) -> None:
    if len(metrics) > 100:
        raise wrong("metrics: at most 100")
    bad = [name for name in metrics if not _fits(report_type, level, dimensions, name)]
    if bad:
        raise wrong(
            "Please correct the information in invalid metric fields and try again. "
            f"Invalid metric fields: {bad}."
        )


def _fits(report_type: str, level: str, dimensions: list[str], name: str) -> bool:
    """Whether a metric is evidenced for this report, level and grouping."""
    short = level.removeprefix("AUCTION_")
    metric = facts.METRICS.get(name)
    if metric is None or report_type not in metric.report_types or short not in metric.levels:
        return False
    if metric.is_attribute:
        if name == "campaign_automation_type" and short == "ADVERTISER":
            return False
        # `timezone` comes by itself only; the two ad ids exclude each other.
        if name in ("timezone", "ad_id_v2") or name in dimensions:
            return False
        return bool(set(dimensions) & set(LEVELS[level]))
    if name in ("cash_spend", "voucher_spend"):
        return "stat_time_day" in dimensions
    # In AUDIENCE reports the replication product asks by country for more than the table of BASIC names.
    listed = [facts.BREAKDOWN_METRICS[d] for d in dimensions if d in facts.BREAKDOWN_METRICS]
    return report_type != "BASIC" or all(name in names for names in listed)


def _dates(params: Mapping[str, str], dimensions: list[str], today: date) -> tuple[date, date]:
    days = []
    for name in ("start_date", "end_date"):
        text = params.get(name, "")
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise wrong(f"{name}: must be YYYY-MM-DD") from None
        if day.isoformat() != text:
            raise wrong(f"{name}: must be YYYY-MM-DD")
        days.append(day)
    first, last = days
    if first > last:
        raise wrong("start_date is after end_date")
    if last > today:
        raise wrong(f"end_date: {last} has not begun in the account's time zone")
    most = 30 if "stat_time_day" in dimensions else 365
    if (last - first).days + 1 > most:
        raise wrong(f"the time span can not exceed {most} days")
    return first, last


def _order(params: Mapping[str, str], metrics: list[str]) -> tuple[str, bool] | None:
    if params.get("order_type", "DESC") not in ("ASC", "DESC"):
        raise wrong("order_type: ASC or DESC")
    if "order_field" not in params:
        return None
    name = params["order_field"]
    if name not in metrics or facts.METRICS[name].is_attribute:
        raise wrong("order_field: must be a metric that is asked for and no attribute")
    return name, params.get("order_type", "DESC") == "DESC"


def _report_filtering(
    params: Mapping[str, str], level: str
) -> tuple[frozenset[str], frozenset[str], dict[str, frozenset[str]]]:
    try:
        items = json.loads(params.get("filtering", "[]"))
    except ValueError:
        raise wrong("filtering: Not a valid list.") from None
    if not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
        raise wrong("filtering: Not a valid list of objects.")
    status, buying = frozenset({"STATUS_NOT_DELETE"}), frozenset({"AUCTION", "RESERVATION_RF"})
    within: dict[str, frozenset[str]] = {}
    seen: set[str] = set()
    for item in items:
        if set(item) != {"field_name", "filter_type", "filter_value"}:
            raise wrong("filtering: field_name, filter_type and filter_value are required, nothing else")
        name = item["field_name"]
        if item["filter_type"] not in FILTER_TYPES:
            raise wrong(f"filtering: unknown filter_type {item['filter_type']}")
        if not isinstance(item["filter_value"], str):
            raise wrong("filtering: filter_value must be a string")
        if name in seen:
            raise wrong(f"filtering: {name} twice")
        seen.add(name)
        values = _in_list(item)
        if name in STATUS_FIELD.values():
            if STATUS_FIELD.get(level) != name or not set(values) <= REPORT_STATUSES:
                raise wrong(f"filtering: {name} {values} does not fit {level}")
            status = frozenset(values)
        elif name == "buying_type":
            if not set(values) <= BUYING or (len(values) > 1 and "RESERVATION_TOP_VIEW" in values):
                raise wrong(f"filtering: buying_type {values}")
            buying = frozenset(values)
        elif name in ID_FILTERS:
            within[name] = frozenset(ids(values, name))
        else:
            raise wrong(f"filtering: unknown field_name {name}")
    return status, buying, within


def _in_list(item: Mapping[str, str]) -> list[str]:
    if item["filter_type"] != "IN":
        raise wrong(f"filtering: {item['field_name']} goes with IN")
    try:
        values = json.loads(item["filter_value"])
    except ValueError:
        raise wrong("filtering: filter_value is no JSON list") from None
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise wrong("filtering: filter_value is no JSON list of strings")
    return values
