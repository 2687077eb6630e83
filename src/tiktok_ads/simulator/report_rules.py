"""Which levels, dimensions and days may stand together in a report, as documented."""

from __future__ import annotations

from collections.abc import Sequence

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Dimension
from tiktok_ads.simulator.answers import NO_RELATION, bad_metrics, wrong
from tiktok_ads.simulator.report_metric_rules import Grouping, bad

TIMES = ("stat_time_day", "stat_time_hour")
ID_OF: dict[str, tuple[str, ...]] = {
    "AUCTION_ADVERTISER": ("advertiser_id",),
    "AUCTION_CAMPAIGN": ("campaign_id",),
    "AUCTION_ADGROUP": ("adgroup_id",),
    "AUCTION_AD": ("ad_id", "ad_id_v2"),
}
IDS = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id", "ad_id_v2", "playable_id")
# The data levels of each type; none where no level is sent.
LEVELS_OF: dict[str, tuple[str, ...]] = {
    "BASIC": tuple(ID_OF),
    "AUDIENCE": tuple(ID_OF),
    "CATALOG": tuple(ID_OF),
    "TT_SHOP": ("AUCTION_ADVERTISER", "AUCTION_CAMPAIGN"),
    "BC": (),
    "PLAYABLE_MATERIAL": (),
}
# Types without a level name what they may be grouped by themselves.
IDS_WITHOUT_LEVEL = {"BC": ("advertiser_id",), "PLAYABLE_MATERIAL": ("playable_id",)}
ASYNCHRONOUS = ("BASIC", "AUDIENCE", "CATALOG")
LIFETIME = ("BASIC", "PLAYABLE_MATERIAL")
TOTALS = ("BASIC", "TT_SHOP")
PAIRS = ({"age", "gender"}, {"search_keyword", "match_type"})
SHOP_GROUPINGS = (
    {"advertiser_id"},
    {"advertiser_id", "country_code"},
    {"advertiser_id", "country_code", "stat_time_day"},
    {"campaign_id", "country_code"},
    {"campaign_id", "country_code", "stat_time_day"},
)
NO_TIME = {
    "interest_category",
    "interest_category_v2",
    "interest_category_tier2",
    "interest_category_tier3",
    "interest_category_tier4",
    "device_brand_id",
}
# More objects than that are blocked outright.
MOST_IDS = {
    "behavior_id": 200,
    "interest_category": 3000,
    "interest_category_tier2": 150,
    "interest_category_tier3": 100,
    "interest_category_tier4": 100,
}


def max_days(report_type: str, dimensions: Sequence[str]) -> int:
    """The longest range of a synchronous report, both ends counted."""
    if report_type == "BC":
        return 365
    if "stat_time_hour" in dimensions:
        return 1
    return 30 if "stat_time_day" in dimensions else 365


def check_combination(
    report_type: str,
    data_level: str | None,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    *,
    lifetime: bool = False,
    asynchronous: bool = False,
    several: bool = False,
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
    asked = [known.dimensions[name] for name in dimensions]
    if not (
        _types_fit(report_type, data_level, asked, asynchronous=asynchronous)
        and _ids_fit(report_type, data_level, dimensions, wide=asynchronous and several)
        and _breakdowns_fit(report_type, dimensions)
        and _times_fit(report_type, asked, lifetime=lifetime)
    ):
        raise wrong(NO_RELATION)
    grouping = Grouping(
        report_type,
        data_level if LEVELS_OF[report_type] else None,
        by_id=any(name in IDS for name in dimensions),
        dimensions=tuple(asked),
        breakdowns=tuple(d for d in asked if d.name not in IDS and d.name not in TIMES),
        asynchronous=asynchronous,
    )
    refused = bad(grouping, metrics)
    if refused:
        raise bad_metrics(refused)


def _types_fit(
    report_type: str, data_level: str | None, asked: Sequence[Dimension], *, asynchronous: bool
) -> bool:
    if asynchronous and report_type not in ASYNCHRONOUS:
        return False
    if any(report_type not in one.report_types for one in asked):
        return False
    if not LEVELS_OF[report_type]:
        return True
    return all(one.name in IDS or not one.levels or data_level in one.levels for one in asked)


def _ids_fit(report_type: str, data_level: str | None, dimensions: Sequence[str], *, wide: bool) -> bool:
    """One ID at most, that of the level; a task over several advertisers may name them beside it."""
    ids = [name for name in dimensions if name in IDS]
    own = IDS_WITHOUT_LEVEL.get(report_type) or ID_OF.get(data_level or "", ())
    if wide and len(ids) > 1 and "advertiser_id" in ids:
        ids.remove("advertiser_id")
    return len(ids) <= 1 and all(name in own for name in ids)


def _breakdowns_fit(report_type: str, dimensions: Sequence[str]) -> bool:
    others = {name for name in dimensions if name not in IDS and name not in TIMES}
    if report_type == "TT_SHOP":
        return set(dimensions) in SHOP_GROUPINGS
    if report_type == "AUDIENCE" and not others:
        return False
    if "match_type" in others and "search_keyword" not in others:
        return False
    return len(others) <= 1 or others in PAIRS


def _times_fit(report_type: str, asked: Sequence[Dimension], *, lifetime: bool) -> bool:
    names = {one.name for one in asked}
    times = names & set(TIMES)
    if len(times) > 1 or (times and names & NO_TIME):
        return False
    if "stat_time_hour" in times and "country_code" in names:
        return False
    if not lifetime:
        return True
    return report_type in LIFETIME and not times and not any(one.role == "audience" for one in asked)
