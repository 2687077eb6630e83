"""Which dimensions, metrics and days may stand together in a report, as documented."""

from __future__ import annotations

from collections.abc import Sequence

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Dimension
from tiktok_ads.simulator.answers import NO_RELATION, bad_metrics, wrong

TIMES = ("stat_time_day", "stat_time_hour")
ID_OF = {
    "AUCTION_ADVERTISER": ("advertiser_id",),
    "AUCTION_CAMPAIGN": ("campaign_id",),
    "AUCTION_ADGROUP": ("adgroup_id",),
    "AUCTION_AD": ("ad_id", "ad_id_v2"),
}
IDS = tuple(one for ids in ID_OF.values() for one in ids)
PAIRS = ({"age", "gender"}, {"search_keyword", "match_type"})
SHOP_GROUPINGS = (
    {"advertiser_id"},
    {"advertiser_id", "country_code"},
    {"advertiser_id", "country_code", "stat_time_day"},
    {"campaign_id", "country_code"},
    {"campaign_id", "country_code", "stat_time_day"},
)
SHOP_METRICS = {"spend", "billed_cost"}
NO_TIME = {
    "interest_category",
    "interest_category_v2",
    "interest_category_tier2",
    "interest_category_tier3",
    "interest_category_tier4",
    "device_brand_id",
}
# Estimates of people cannot be split like this in an asynchronous task.
NO_PEOPLE_ASYNC = {
    "gender",
    "age",
    "country_code",
    "ac",
    "language",
    "platform",
    "interest_category",
    "placement",
    "contextual_tag",
}


def max_days(dimensions: Sequence[str]) -> int:
    """The longest range of a synchronous report, both ends counted."""
    if "stat_time_hour" in dimensions:
        return 1
    return 30 if "stat_time_day" in dimensions else 365


def check_combination(
    report_type: str,
    data_level: str,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    *,
    lifetime: bool,
    asynchronous: bool,
) -> None:
    """Raise the refusal that the API would give; nothing if the report may be asked for."""
    if not dimensions:
        raise wrong("dimensions: Shorter than minimum length 1.")
    known = catalog()
    for name in dimensions:
        if name not in known.dimensions:
            raise wrong(f"dimensions: Invalid dimension {name}.")
    unknown = [name for name in metrics if name not in known.metrics]
    if unknown:
        raise bad_metrics(unknown)
    if report_type == "TT_SHOP":
        _check_shop(data_level, dimensions, metrics, asynchronous=asynchronous)
        return
    asked = [known.dimensions[name] for name in dimensions]
    ids = [d for d in dimensions if d in IDS]
    times = [d for d in dimensions if d in TIMES]
    others = [d for d in asked if d.name not in IDS and d.name not in TIMES]
    if len(ids) > 1 or len(times) > 1 or any(d not in ID_OF[data_level] for d in ids):
        raise wrong(NO_RELATION)
    if any(report_type not in d.report_types or (d.levels and data_level not in d.levels) for d in asked):
        raise wrong(NO_RELATION)
    if len(others) > 1 and {d.name for d in others} not in PAIRS:
        raise wrong(NO_RELATION)
    if report_type == "AUDIENCE" and (not others or lifetime):
        raise wrong(NO_RELATION)
    if lifetime and (times or any(d.name == "country_code" for d in others)):
        raise wrong(NO_RELATION)
    if times and any(d.name in NO_TIME for d in others):
        raise wrong(NO_RELATION)
    if "stat_time_hour" in times and any(d.name == "country_code" for d in others):
        raise wrong(NO_RELATION)
    bad = [
        name
        for name in metrics
        if not _fits(
            name,
            report_type,
            data_level,
            ids=ids,
            times=times,
            others=others,
            lifetime=lifetime,
            asynchronous=asynchronous,
        )
    ]
    if bad:
        raise bad_metrics(bad)


def _check_shop(
    data_level: str, dimensions: Sequence[str], metrics: Sequence[str], *, asynchronous: bool
) -> None:
    if asynchronous or set(dimensions) not in SHOP_GROUPINGS:
        raise wrong(NO_RELATION)
    if ("campaign_id" in dimensions) != (data_level == "AUCTION_CAMPAIGN"):
        raise wrong(NO_RELATION)
    bad = [name for name in metrics if name not in SHOP_METRICS]
    if bad:
        raise bad_metrics(bad)


def _fits(
    name: str,
    report_type: str,
    data_level: str,
    *,
    ids: Sequence[str],
    times: Sequence[str],
    others: Sequence[Dimension],
    lifetime: bool,
    asynchronous: bool,
) -> bool:
    metric = catalog().metrics[name]
    if data_level not in metric.levels or report_type not in metric.report_types:
        return False
    if metric.is_attribute:
        # An attribute belongs to an object: without one in the row there is nothing to repeat.
        return (
            bool(ids)
            and not (name == "ad_id" and "ad_id_v2" in ids)
            and not (name == "ad_id_v2" and "ad_id" in ids)
        )
    if name in ("cash_spend", "voucher_spend"):
        return data_level == "AUCTION_ADVERTISER" and "stat_time_day" in times and not others
    if lifetime and metric.unique_users and others:
        return False
    if asynchronous and metric.unique_users and any(d.name in NO_PEOPLE_ASYNC for d in others):
        return False
    return all(_allows(d, name, report_type, asynchronous=asynchronous) for d in others)


def _allows(dimension: Dimension, name: str, report_type: str, *, asynchronous: bool) -> bool:
    """Some breakdowns come with a list of the only metrics that they take."""
    if name in dimension.metrics_excluded:
        return False
    if report_type not in (dimension.lists_apply_to or dimension.report_types):
        return True
    listed = (dimension.metrics_async if asynchronous else ()) or dimension.metrics
    return not listed or name in listed
