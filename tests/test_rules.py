"""What may be asked for together, and whether the refusal names the smallest change."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.model import LEVELS
from tiktok_ads.catalog.rules import WindowKind, allowed_metrics, check_report, max_days, why_not
from tiktok_ads.errors import ConfigError

AD, ADGROUP, CAMPAIGN, ADVERTISER = "AUCTION_AD", "AUCTION_ADGROUP", "AUCTION_CAMPAIGN", "AUCTION_ADVERTISER"


def ask(
    kind: str,
    level: str | None,
    dimensions: str,
    metrics: str = "spend",
    window_kind: WindowKind = "sync",
    lifetime: bool = False,
) -> list[str]:
    return why_not(
        report_type=kind,
        data_level=level,
        dimensions=dimensions.split(),
        metrics=metrics.split(),
        window_kind=window_kind,
        lifetime=lifetime,
    )


@pytest.mark.parametrize(
    ("kind", "level", "dimensions", "metrics"),
    [
        ("BASIC", AD, "ad_id stat_time_day", "spend impressions ctr campaign_id campaign_automation_type"),
        ("BASIC", AD, "ad_id stat_time_hour", "spend reach"),
        ("BASIC", AD, "ad_id_v2 stat_time_day", "spend ad_name"),
        ("BASIC", AD, "ad_id stat_time_day country_code", "spend ad_name reach"),
        ("BASIC", ADVERTISER, "advertiser_id stat_time_day", "cash_spend voucher_spend billed_cost currency"),
        ("BASIC", ADVERTISER, "stat_time_day", "spend"),
        ("BASIC", ADVERTISER, "country_code", "spend clicks"),
        ("BASIC", CAMPAIGN, "campaign_id search_terms", "spend campaign_name"),
        ("BASIC", CAMPAIGN, "campaign_id search_keyword match_type", "spend clicks"),
        ("BASIC", AD, "ad_id image_id", "spend single_image_ctr"),
        ("BASIC", AD, "ad_id event_source_id", "complete_payment total_purchase"),
        ("AUDIENCE", AD, "ad_id age gender stat_time_day", "spend conversion_rate_v2 campaign_id"),
        ("AUDIENCE", AD, "ad_id country_code stat_time_day", "real_time_conversion_rate_v2 ad_name result"),
        ("AUDIENCE", ADVERTISER, "age", "spend"),
        ("AUDIENCE", AD, "ad_id hashtag", "spend likes"),
        ("AUDIENCE", AD, "ad_id interest_category", "spend"),
        ("AUDIENCE", AD, "ad_id behavior_id", "spend behavior_name"),
        ("BC", None, "advertiser_id", "spend"),
        ("BC", None, "stat_time_day", "cash_spend"),
        ("TT_SHOP", CAMPAIGN, "campaign_id country_code stat_time_day", "spend billed_cost"),
        ("PLAYABLE_MATERIAL", None, "playable_id country_code", "spend"),
        ("CATALOG", AD, "ad_id stat_time_day", "spend"),
    ],
)
def test_what_tiktok_takes_is_allowed(kind: str, level: str | None, dimensions: str, metrics: str) -> None:
    """Nothing that is known to work is refused."""
    assert ask(kind, level, dimensions, metrics) == []


@pytest.mark.parametrize(
    ("kind", "level", "dimensions", "metrics", "reason"),
    [
        ("BASICS", AD, "ad_id", "spend", "no report type BASICS: did you mean BASIC?"),
        ("BASIC", "AUCTION_PLANET", "ad_id", "spend", "BASIC reports have no level AUCTION_PLANET: choose"),
        ("BASIC", None, "ad_id", "spend", "BASIC reports need a data level"),
        ("BC", AD, "advertiser_id", "spend", "BC reports have no data level: leave AUCTION_AD out"),
        ("TT_SHOP", AD, "advertiser_id", "spend", "TT_SHOP reports have no level AUCTION_AD"),
        ("BASIC", AD, "ad_idd", "spend", "no dimension ad_idd: did you mean ad_id"),
        ("BASIC", AD, "ad_id", "spends", "no metric spends: did you mean spend"),
        ("BASIC", AD, "ad_id ad_id", "spend", "dimension ad_id stands there twice"),
        ("BASIC", AD, "ad_id", "spend spend", "metric spend stands there twice"),
        ("BASIC", AD, "", "spend", "needs at least one dimension"),
        (
            "BASIC",
            CAMPAIGN,
            "ad_id",
            "spend",
            "ad_id does not belong to AUCTION_CAMPAIGN: use campaign_id or choose",
        ),
        ("BASIC", AD, "ad_id campaign_id", "spend", "one ID dimension, not ad_id and campaign_id"),
        ("BASIC", AD, "ad_id ad_id_v2", "spend", "ad_id and ad_id_v2 exclude each other"),
        ("BASIC", AD, "ad_id stat_time_day stat_time_hour", "spend", "one time dimension"),
        ("BASIC", AD, "ad_id country_code ad_type", "spend", "BASIC reports take one breakdown"),
        ("BASIC", AD, "ad_id age", "spend", "age belongs to AUDIENCE reports"),
        (
            "AUDIENCE",
            AD,
            "ad_id stat_time_day",
            "spend",
            "AUDIENCE reports need one audience dimension: add one",
        ),
        ("AUDIENCE", AD, "ad_id age platform", "spend", "only age + gender go together"),
        ("AUDIENCE", AD, "ad_id stat_time_hour age", "spend", "stat_time_hour belongs to BASIC reports"),
        (
            "AUDIENCE",
            AD,
            "ad_id device_brand_id stat_time_day",
            "spend",
            "device_brand_id cannot be split by time",
        ),
        (
            "BASIC",
            AD,
            "ad_id stat_time_hour country_code",
            "spend",
            "stat_time_hour and country_code exclude",
        ),
        ("BASIC", AD, "ad_id search_terms", "spend", "search_terms is not to be had at AUCTION_AD"),
        ("BASIC", CAMPAIGN, "campaign_id match_type", "spend", "match_type needs search_keyword beside it"),
        (
            "BASIC",
            AD,
            "image_id video_material_id",
            "spend",
            "image_id and video_material_id exclude each other",
        ),
        ("TT_SHOP", CAMPAIGN, "campaign_id", "spend", "TT_SHOP reports are split only by: advertiser_id;"),
        (
            "AUDIENCE",
            AD,
            "ad_id age",
            "billed_cost",
            "billed_cost is known only from BASIC or TT_SHOP reports: leave billed_cost out",
        ),
        ("AUDIENCE", AD, "ad_id age", "campaign_automation_type", "known only from BASIC reports"),
        ("BASIC", CAMPAIGN, "campaign_id", "ad_name", "ad_name is not to be had at AUCTION_CAMPAIGN"),
        ("BASIC", AD, "stat_time_day", "ad_name", "ad_name needs an ID dimension: add ad_id or ad_id_v2"),
        ("BASIC", AD, "ad_id stat_time_day", "cash_spend", "cash_spend is not to be had at AUCTION_AD"),
        (
            "BASIC",
            ADVERTISER,
            "advertiser_id",
            "cash_spend",
            "needs the dimension stat_time_day: add stat_time_day",
        ),
        ("BASIC", AD, "ad_id", "single_image_ctr", "needs the dimension image_id"),
        ("AUDIENCE", AD, "ad_id age", "behavior_name", "needs the dimension behavior_id"),
        (
            "BASIC",
            CAMPAIGN,
            "campaign_id search_terms",
            "likes",
            "not among the metrics that search_terms allows",
        ),
        (
            "BASIC",
            AD,
            "ad_id video_material_id",
            "reach",
            "not among the metrics that video_material_id allows",
        ),
        ("BASIC", AD, "ad_id event_source_id", "likes", "not among the metrics that event_source_id allows"),
        ("AUDIENCE", AD, "ad_id hashtag", "result", "not among the metrics that hashtag allows"),
        ("BASIC", AD, "ad_id country_code", "conversion_rate_v2", "that country_code allows"),
        ("BASIC", AD, "ad_id stat_time_hour", "paid_engaged_view", "leave out stat_time_hour"),
        ("BASIC", AD, "stat_time_day", "new_consideration_size", "add an ID dimension"),
        ("BASIC", AD, "ad_id_v2", "ad_id", "ad_id cannot stand beside the dimension ad_id_v2"),
        ("BASIC", AD, "ad_id", "image_info", "cannot be asked for, TikTok adds it by itself"),
        ("BASIC", AD, "ad_id", "catalog_name", "known only from SMART_PLUS_SPC reports"),
    ],
)
def test_a_refusal_names_the_change(
    kind: str, level: str | None, dimensions: str, metrics: str, reason: str
) -> None:
    """Whoever combines wrongly reads what to leave out or add."""
    reasons = ask(kind, level, dimensions, metrics)
    assert any(reason in said for said in reasons), reasons
    assert all(said[-1] in ".?" and said[0] != " " for said in reasons)
    assert len(reasons) == len(set(reasons))


@pytest.mark.parametrize(
    ("kind", "level", "dimensions", "metrics", "reason"),
    [
        ("PLAYABLE_MATERIAL", None, "playable_id", "spend", "not to be had by the asynchronous task"),
        ("BC", None, "advertiser_id", "spend", "not to be had by the asynchronous task"),
        ("AUDIENCE", AD, "ad_id age", "result", "does not give result by age"),
        ("BASIC", AD, "ad_id country_code", "reach", "reach"),
        (
            "BASIC",
            AD,
            "ad_id ad_type",
            "skan_conversion_rate",
            "does not give skan_conversion_rate by ad_type",
        ),
        (
            "BASIC",
            ADVERTISER,
            "advertiser_id",
            "billed_cost",
            "billed_cost is not to be had by the asynchronous task",
        ),
        ("AUDIENCE", AD, "ad_id placement", "average_video_play_per_user", "average_video_play_per_user"),
    ],
)
def test_the_asynchronous_task_takes_less(
    kind: str, level: str | None, dimensions: str, metrics: str, reason: str
) -> None:
    """What works at once need not work as a task; the difference is said."""
    assert not any("asynchronous" in said for said in ask(kind, level, dimensions, metrics))
    assert any(reason in said for said in ask(kind, level, dimensions, metrics, window_kind="async"))


@pytest.mark.parametrize(
    ("kind", "level", "dimensions", "allowed"),
    [
        ("BASIC", AD, "ad_id", True),
        ("PLAYABLE_MATERIAL", None, "playable_id", True),
        ("BASIC", AD, "ad_id stat_time_day", False),
        ("BASIC", AD, "ad_id country_code", False),
        ("AUDIENCE", AD, "ad_id age", False),
        ("BC", None, "advertiser_id", False),
    ],
)
def test_a_lifetime_has_no_days_and_no_audience(
    kind: str, level: str | None, dimensions: str, allowed: bool
) -> None:
    """One row for all time cannot be split by day, country or audience."""
    assert (ask(kind, level, dimensions, lifetime=True) == []) == allowed


def test_more_metrics_than_a_call_takes_are_no_reason() -> None:
    """The caller splits them; the rules do not count."""
    many = sorted(allowed_metrics("BASIC", AD, ["ad_id", "stat_time_day"]) - {"ad_id", "ad_id_v2"})
    assert len(many) > 900
    assert (
        why_not(report_type="BASIC", data_level=AD, dimensions=["ad_id", "stat_time_day"], metrics=many) == []
    )


def test_the_task_allows_no_more_than_the_call() -> None:
    """The last resort never has a metric that the first choice lacks, save what its own table names."""
    for dimensions in (["ad_id", "stat_time_day"], ["ad_id", "country_code"], ["ad_id", "ad_type"]):
        assert allowed_metrics("BASIC", AD, dimensions, True) <= allowed_metrics("BASIC", AD, dimensions)


@pytest.mark.parametrize(
    ("kind", "dimensions", "days"),
    [
        ("BASIC", ["ad_id", "stat_time_hour"], 1),
        ("BASIC", ["ad_id", "stat_time_day"], 30),
        ("BASIC", ["ad_id"], 365),
        ("AUDIENCE", ["age", "stat_time_day"], 30),
        ("BC", ["stat_time_day"], 365),
    ],
)
def test_the_longest_window_is_known(kind: str, dimensions: list[str], days: int) -> None:
    """Nobody asks for more days than TikTok gives at once."""
    assert max_days(kind, dimensions) == days


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"max_window_days": 31}, "at most 30 days, not 31"),
        ({"page_size": 5000}, "at most 1000 rows"),
        ({"endpoint": "report/get"}, "no endpoint report/get"),
        ({"data_level": "AUCTION_CAMPAIGN"}, "ad_id does not belong to AUCTION_CAMPAIGN"),
        ({"report_type": "AUDIENCE"}, "need one audience dimension"),
    ],
)
def test_a_bad_table_is_refused_whole(change: dict[str, Any], reason: str) -> None:
    """A table of one's own is checked before anything is asked for."""
    made = replace(catalog().reports["ad_insights"], **change)
    with pytest.raises(ConfigError, match=reason):
        check_report(made)


def test_asking_for_an_unknown_thing_is_an_error() -> None:
    """Nothing is allowed for what does not exist."""
    with pytest.raises(ConfigError, match="no report type"):
        allowed_metrics("NOTHING", AD, ["ad_id"])
    with pytest.raises(ConfigError, match="no dimension"):
        allowed_metrics("BASIC", AD, ["moon"])


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(["BASIC", "AUDIENCE", "BC", "TT_SHOP", "PLAYABLE_MATERIAL", "CATALOG"]),
    level=st.sampled_from([None, *LEVELS]),
    dimensions=st.lists(st.sampled_from(sorted(catalog().dimensions)), min_size=1, max_size=4, unique=True),
    window_kind=st.sampled_from(["sync", "async"]),
    data=st.data(),
)
def test_what_is_allowed_holds_no_forbidden_pair(
    kind: str, level: str | None, dimensions: list[str], window_kind: WindowKind, data: st.DataObject
) -> None:
    """Whatever passes the rules contains nothing that the facts forbid."""
    open_to = allowed_metrics(kind, level, dimensions, window_kind == "async")
    metrics = data.draw(st.lists(st.sampled_from(sorted(open_to or {"spend"})), max_size=5, unique=True))
    if why_not(
        report_type=kind, data_level=level, dimensions=dimensions, metrics=metrics, window_kind=window_kind
    ):
        return
    made = catalog()
    split_by = [made.dimensions[name] for name in dimensions]
    assert sum(one.role == "id" for one in split_by) <= 1
    assert sum(one.role == "time" for one in split_by) <= 1
    for one, other in combinations(split_by, 2):
        assert other.name not in one.excludes
        assert one.name not in other.excludes
        assert not (one.no_time and other.role == "time")
    for one in split_by:
        assert kind in one.report_types
        assert set(one.needs) <= set(dimensions)
    if kind == "AUDIENCE":
        audience = {one.name for one in split_by if one.role == "audience"}
        assert len(audience) == 1 or audience == {"age", "gender"}
    for name in metrics:
        metric = made.metrics[name]
        assert not set(metric.excludes) & {*dimensions, *metrics}
        assert level is None or level in metric.levels
        assert not metric.is_attribute or any(one.role == "id" for one in split_by)
        for one in split_by:
            assert name not in one.metrics_excluded or kind not in one.lists_apply_to
            if window_kind == "async":
                assert not (metric.unique_users and not one.unique_users_async)


@settings(max_examples=200, deadline=None)
@given(
    dimensions=st.lists(st.sampled_from(sorted(catalog().dimensions)), max_size=5),
    metrics=st.lists(st.sampled_from([*sorted(catalog().metrics), "made_up"]), max_size=8),
    level=st.sampled_from([None, "AUCTION_NOWHERE", *LEVELS]),
    kind=st.sampled_from([*catalog().report_types, "NOTHING"]),
)
def test_the_order_of_a_question_does_not_change_the_answer(
    dimensions: list[str], metrics: list[str], level: str | None, kind: str
) -> None:
    """Any question gets an answer, and the same one whatever the order."""
    said = why_not(report_type=kind, data_level=level, dimensions=dimensions, metrics=metrics)
    turned = why_not(report_type=kind, data_level=level, dimensions=dimensions[::-1], metrics=metrics[::-1])
    assert bool(said) == bool(turned)
    assert len(said) == len(turned)
