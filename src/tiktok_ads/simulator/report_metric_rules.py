"""Which metrics a report may have: by type, level, breakdown, and in the asynchronous task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Dimension, Metric

# It is written nowhere which metrics these types have: none is refused for the type alone.
METRICS_UNKNOWN = ("CATALOG", "PLAYABLE_MATERIAL")
# Fields that come by themselves, and nobody is known to have asked for.
AUTOMATIC = {"timezone", "ad_display_name", "identity_type", "image_info"}
# Fields of a breakdown's value, and metrics that a breakdown unlocks.
ONLY_WITH = {
    "device_brand_name": "device_brand_id",
    "behavior_name": "behavior_id",
    "action_category": "behavior_id",
    "action_scene": "behavior_id",
    "user_action": "behavior_id",
    "action_period": "behavior_id",
    "single_image_impressions": "image_id",
    "single_image_impression_rate": "image_id",
    "single_image_ctr": "image_id",
}
OF_A_VALUE = {name for name, of in ONLY_WITH.items() if of != "image_id"}
UNLOCKED_BY_PLACEMENT = {"average_video_play_per_user", "ix_page_duration_avg", "ix_page_viewrate_avg"}
BY_DAY_ALONE = {"cash_spend", "voucher_spend"}
NOT_BESIDE = {"ad_id": "ad_id_v2", "ad_id_v2": "ad_id"}
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
SYNCHRONOUS_ALONE = {"billed_cost", "action_category", "action_scene", "action_period"}
SKAN_RATES = {"skan_cost_per_conversion", "skan_conversion_rate"}
# People, whatever the goal of the ad group; results are people where the goal is reach.
ALWAYS_PEOPLE = {
    "reach",
    "cost_per_1000_reached",
    "frequency",
    "average_video_play_per_user",
    "live_play_count",
}


@dataclass(frozen=True)
class Grouping:
    """What a report is grouped by. `data_level` is None for types that have none."""

    report_type: str
    data_level: str | None
    by_id: bool
    dimensions: tuple[Dimension, ...]
    breakdowns: tuple[Dimension, ...]
    asynchronous: bool

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.dimensions}


def bad(grouping: Grouping, metrics: Sequence[str]) -> list[str]:
    """The metrics that TikTok would name as invalid, in the order asked for."""
    names = grouping.names
    return [name for name in metrics if not _fits(grouping, names, name, metrics)]


def _fits(grouping: Grouping, names: set[str], name: str, metrics: Sequence[str]) -> bool:
    metric = catalog().metrics[name]
    if name in AUTOMATIC or not _in_type(grouping, names, metric):
        return False
    if grouping.data_level is not None and grouping.data_level not in metric.levels:
        return False
    if metric.is_attribute and name not in OF_A_VALUE and not grouping.by_id:
        # An attribute belongs to an object: without one in the row there is nothing to repeat.
        return False
    other = NOT_BESIDE.get(name)
    if other is not None and (other in names or other in metrics):
        return False
    if name in ONLY_WITH and ONLY_WITH[name] not in names:
        return False
    if name in BY_DAY_ALONE and grouping.report_type == "BASIC" and "stat_time_day" not in names:
        return False
    if _is_plain(name) and not _plain_grouping(grouping, names):
        return False
    if grouping.asynchronous and not _fits_task(metric, names):
        return False
    return metric.is_attribute or all(_allows(grouping, one, metric) for one in grouping.breakdowns)


def _in_type(grouping: Grouping, names: set[str], metric: Metric) -> bool:
    kind = grouping.report_type
    if kind in METRICS_UNKNOWN:
        # Some stand only in the answers of other endpoints.
        return metric.report_types != ("SMART_PLUS_SPC",)
    if metric.name in UNLOCKED_BY_PLACEMENT and kind == "AUDIENCE":
        return "placement" in names
    listed = any(kind in one.lists_apply_to and metric.name in one.metrics for one in grouping.breakdowns)
    return kind in metric.report_types or listed


def _is_plain(name: str) -> bool:
    return name.startswith(("paid_engaged_view", "paid_engagement_")) or "consideration" in name


def _plain_grouping(grouping: Grouping, names: set[str]) -> bool:
    """One ID dimension and at most the day."""
    return grouping.by_id and not grouping.breakdowns and "stat_time_hour" not in names


def _fits_task(metric: Metric, names: set[str]) -> bool:
    if metric.name in SYNCHRONOUS_ALONE:
        return False
    if metric.name in SKAN_RATES and "ad_type" in names:
        return False
    people = metric.unique_users or metric.name in ALWAYS_PEOPLE
    return not (people and names & NO_PEOPLE_ASYNC)


def _allows(grouping: Grouping, one: Dimension, metric: Metric) -> bool:
    """Some breakdowns come with a list of the only metrics that they take, or of those that they refuse."""
    if one.name == "video_material_id":
        return not (
            metric.name in ALWAYS_PEOPLE
            or metric.name.startswith("live_")
            or metric.name == "video_views_p100"
        )
    if grouping.report_type not in one.lists_apply_to:
        return True
    if one.name == "event_source_id":
        return metric.group in ("app_event", "website_event")
    listed = (one.metrics_async if grouping.asynchronous else ()) or one.metrics
    return not listed or metric.name in listed
