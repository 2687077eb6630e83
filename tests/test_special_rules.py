"""Reports with an endpoint of their own: what goes together, and the words when it does not."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from typing import Any

import pytest

from tiktok_ads.catalog.choices import Choice, SoFar, choices
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import check_report, why_not
from tiktok_ads.catalog.special_rules import (
    days_zone,
    is_special,
    special_dimensions,
    special_max_days,
    special_metrics,
    special_of,
    special_why_not,
)
from tiktok_ads.catalog.special_streams import special_stream
from tiktok_ads.catalog.streams import Filter, ReportStream
from tiktok_ads.cli.tables import describe
from tiktok_ads.config.table_rules import problems
from tiktok_ads.decode import report_fields
from tiktok_ads.errors import ConfigError

TABLES = [one for one in catalog().reports.values() if is_special(one)]
GROUPINGS = [(kind, group) for kind, each in catalog().special["GMV_MAX"].groupings.items() for group in each]


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.name)
def test_every_preset_can_be_asked_for(table: ReportStream) -> None:
    """No table is offered that its own rules refuse."""
    check_report(table)
    assert not table.personal_data
    assert table.group
    assert {"advertiser_id", *table.key_dimensions} >= {*table.primary_key}


@pytest.mark.parametrize(("kind", "group"), GROUPINGS)
def test_documented_groupings_of_gmv_max_are_allowed(kind: str, group: tuple[str, ...]) -> None:
    """Each grouping that TikTok documents can be chosen, with every metric of its kind."""
    metrics = catalog().special["GMV_MAX"].metrics_at[kind]
    assert special_why_not("GMV_MAX", dimensions=group, metrics=metrics) == []


@pytest.mark.parametrize(
    ("dimensions", "metrics", "said"),
    [
        (["campaign_id", "item_id"], ["cost"], "nearest that it has is"),
        (["campaign_id", "stat_time_day", "stat_time_hour"], ["cost"], "one dimension of time"),
        (["campaign_id"], ["title"], "it has it by creative"),
        (["advertiser_id"], ["spend"], "no metric spend"),
        (["room_id"], ["cost"], "nearest"),
        (["ad_id"], ["cost"], "no dimension ad_id"),
    ],
)
def test_wrong_gmv_max_choices_are_named(dimensions: list[str], metrics: list[str], said: str) -> None:
    """A choice that TikTok would refuse is refused before any call, in words."""
    reasons = special_why_not("GMV_MAX", dimensions=dimensions, metrics=metrics)
    assert any(said in one for one in reasons), reasons


def test_filters_are_held_to_what_the_report_has() -> None:
    """A filter that the report lacks, or a value that it does not take, is named."""
    assert special_why_not(
        "GMV_MAX", dimensions=["campaign_id"], metrics=[], filters={"gmv_max_promotion_types": ["VIDEO"]}
    ) == ["The filter gmv_max_promotion_types takes PRODUCT or LIVE, not VIDEO."]
    (reason,) = special_why_not(
        "GMV_MAX", dimensions=["campaign_id"], metrics=[], filters={"campaign_ids": ["1"] * 101}
    )
    assert reason == "The filter campaign_ids takes 100 ids at most, not 101."
    both = {"campaign_ids": ["1"], "smart_plus_ad_ids": ["2"]}
    (reason,) = special_why_not(
        "SMART_PLUS_MATERIAL",
        dimensions=["smart_plus_ad_id", "main_material_id"],
        metrics=["spend"],
        filters=both,
    )
    assert "Only one of the filters" in reason
    (reason,) = special_why_not("CREATIVE", dimensions=["material_id"], metrics=[], filters={"ad_ids": ["1"]})
    assert "has no filter ad_ids" in reason


def test_smart_plus_wants_two_dimensions_and_its_attributes_what_they_are_about() -> None:
    """One dimension is refused, and so is the ad text without ad texts."""
    reasons = special_why_not("SMART_PLUS_MATERIAL", dimensions=["smart_plus_ad_id"], metrics=["ad_text"])
    assert "SMART_PLUS_MATERIAL is asked with at least 2 dimensions beside the time." in reasons
    assert "The metric ad_text needs the dimension ad_text_entity_id." in reasons


def test_lifetimes_and_long_windows_are_refused_where_there_are_none() -> None:
    """GMV Max knows no lifetime; a day of hours is one day long."""
    assert special_why_not("GMV_MAX", dimensions=["campaign_id"], metrics=[], lifetime=True)
    assert special_why_not("GMV_MAX", dimensions=["campaign_id", "stat_time_hour"], metrics=[], days=2)
    assert not special_why_not("GMV_MAX", dimensions=["campaign_id"], metrics=[], days=365)
    assert special_max_days("GMV_MAX", ["campaign_id", "stat_time_day"]) == 30
    material = ["smart_plus_ad_id", "main_material_id"]
    assert not special_why_not("SMART_PLUS_MATERIAL", dimensions=material, metrics=[], lifetime=True)


def menu(*dimensions: str, report: str = "GMV_MAX", **chosen: Any) -> dict[str, Choice]:
    """Every choice by name; of a name in two menus the dimension."""
    made = choices(SoFar(report_type=report, dimensions=dimensions, **chosen))
    return {one.name: one for _, one in reversed([*made.all()])}


def test_the_menu_says_what_may_be_added() -> None:
    """Beside a campaign the builder offers days, products and creatives, and says why not LIVE rooms."""
    seen = menu("campaign_id")
    assert seen["campaign_id"].state == "chosen"
    for name in ("stat_time_day", "item_group_id", "item_id", "cost", "campaign_name"):
        assert seen[name].state == "open", seen[name]
    assert seen["room_id"] == Choice("room_id", "closed", "No grouping by room_id is known.")
    assert seen["lifetime"].state == "closed"
    seen = menu("campaign_id", "item_group_id", "stat_time_hour")
    assert seen["item_id"].state == "closed", "creatives have no hours"
    assert "it has it by creative" in seen["title"].reason


def test_menus_of_smart_plus_name_what_a_metric_needs() -> None:
    """The ad text can be had once ad texts are split by."""
    seen = menu("smart_plus_ad_id", report="SMART_PLUS_MATERIAL", filters=("campaign_ids",))
    assert seen["ad_text"] == Choice(
        "ad_text", "needs", "The metric ad_text needs the dimension ad_text_entity_id."
    )
    assert seen["adgroup_ids"].state == "closed"
    assert seen["lifetime"].state == "open"
    assert menu("stat_time_day", report="SMART_PLUS_MATERIAL")["lifetime"].state == "closed"


def test_report_types_say_whether_they_go_with_what_is_chosen() -> None:
    """Who has chosen an age is not offered GMV Max, and the other way round."""
    types = {one.name: one for one in choices(SoFar(dimensions=("age",))).report_types}
    assert types["GMV_MAX"] == Choice("GMV_MAX", "closed", "GMV_MAX has no dimension age.")
    types = {one.name: one for one in choices(SoFar()).report_types}
    assert {*catalog().special} <= {name for name, one in types.items() if one.state == "open"}
    seen = menu("item_id")
    assert seen["GMV_MAX"].state == "chosen"
    assert seen["BASIC"] == Choice("BASIC", "closed", "BASIC has no dimension item_id.")


@pytest.mark.parametrize("report", catalog().special)
def test_menus_agree_with_the_rules(report: str) -> None:
    """Whoever follows the menu ends with a report that is allowed, whatever was picked on the way."""
    chance = random.Random(report)
    for _ in range(60):
        chosen = SoFar(report_type=report)
        for _ in range(6):
            seen = choices(chosen)
            offered = [
                one.name
                for menu in (seen.ids, seen.times, seen.others)
                for one in menu
                if one.state == "open"
            ]
            measured = [one.name for one in (*seen.metrics, *seen.attributes) if one.state == "open"]
            if chance.random() < 0.6 and offered:
                chosen = replace(chosen, dimensions=(*chosen.dimensions, chance.choice(offered)))
            elif measured:
                chosen = replace(chosen, metrics=(*chosen.metrics, chance.choice(measured)))
        # What was picked may be unfinished, but it can be finished.
        ends = [one for each in catalog().special[report].groupings.values() for one in each]
        ends = ends or [(*chosen.dimensions, "smart_plus_ad_id", "main_material_id")]
        assert any(
            {*chosen.dimensions} <= {*end}
            and not special_why_not(report, dimensions=tuple(dict.fromkeys(end)), metrics=chosen.metrics)
            for end in ends
        ), chosen


def test_menus_of_special_reports_are_quick() -> None:
    """The builder answers while somebody clicks."""
    chosen = SoFar(report_type="GMV_MAX", dimensions=("campaign_id",), metrics=("cost",))
    choices(chosen)
    before = time.perf_counter()
    for _ in range(20):
        choices(chosen)
    assert (time.perf_counter() - before) / 20 < 0.05


def test_the_rules_of_all_reports_answer_for_these_too() -> None:
    """The builder asks one question, whatever the report."""
    assert why_not(report_type="GMV_MAX", data_level=None, dimensions=["campaign_id"], metrics=["cost"]) == []
    assert why_not(report_type="GMV_MAX", data_level=None, dimensions=["age"], metrics=["cost"])


def test_names_that_do_not_exist_are_answered_with_near_ones() -> None:
    """A slip of the pen is answered with what was probably meant."""
    (reason,) = special_why_not("GMV_MAXX", dimensions=[], metrics=[])
    assert "GMV_MAX" in reason
    (reason,) = special_why_not("GMV_MAX", dimensions=["campaign_id"], metrics=["gross_revenu"])
    assert "gross_revenue" in reason


def test_days_of_utc_are_said_to_be_so() -> None:
    """Whoever joins pixel events to reports is warned by the column itself."""
    for table in TABLES:
        fields = {one.name: one for one in report_fields(table, table.metrics, catalog())}
        if table.day_column:
            utc = days_zone(table, "Asia/Tokyo") == "UTC"
            assert ("UTC" in fields[table.day_column].doc) == utc, table.name
            assert ("UTC" in table.doc) == utc, table.name


def test_every_dimension_of_a_special_report_is_described() -> None:
    """Menus have a text for each."""
    for name in catalog().special:
        assert all(one.doc for one in special_dimensions(name).values())
        assert all(one.doc for one in special_metrics(name).values())


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.name)
def test_every_preset_can_be_described_in_the_builder(table: ReportStream) -> None:
    """Whoever describes a report by its dimensions gets the very requests that the preset makes."""
    special = special_of(table)
    chosen = [Filter(name, "IN", (str(value),)) for name, value in table.params if name in special.params]
    made = special_stream(
        table.report_type,
        name=table.name,
        dimensions=[name for name in table.key_dimensions if name not in special.stamped],
        metrics=table.metrics,
        filters=chosen,
        lifetime=table.lifetime,
    )
    check_report(made)
    for same in ("endpoint", "metrics", "params", "stamped", "lifetime", "page_size", "update_method"):
        assert getattr(made, same) == getattr(table, same), same
    assert {*made.uniqueness} == {*table.uniqueness}


def test_wrong_descriptions_are_refused_with_every_reason() -> None:
    """Nothing is asked that TikTok would refuse."""
    with pytest.raises(ConfigError, match="takes one material_type"):
        special_stream(
            "CREATIVE",
            name="mine",
            dimensions=["material_id"],
            filters=[Filter("material_type", "IN", ("SONG",))],
        )
    with pytest.raises(ConfigError, match="report NONE"):
        special_stream("NONE", name="mine", dimensions=["material_id"])


def test_what_is_forced_is_asked_all_the_same() -> None:
    """TikTok adds metrics weekly; a new one can be had before the catalog knows it."""
    made = special_stream(
        "GMV_MAX", name="mine", dimensions=["campaign_id"], metrics=["cost", "new_metric"], force=True
    )
    assert made.metrics == ("cost", "new_metric")
    assert made.dimensions == ("store_id", "gmv_max_promotion_type", "campaign_id")


def test_settings_take_the_metrics_that_the_report_has() -> None:
    """`extra_metrics` of a GMV Max table are those of GMV Max."""
    said: dict[str, Any] = {"metrics": None, "columns": None}
    assert problems("gmv_max_store_insights", extra_metrics=["all_shops_orders"], **said) == []
    (wrong,) = problems("gmv_max_store_insights", extra_metrics=["spend"], **said)
    assert "there is no metric 'spend'" in wrong
    (wrong,) = problems("gmv_max_store_insights", extra_metrics=["title"], **said)
    assert "it has it by creative" in wrong


@pytest.mark.parametrize("name", [*(one.name for one in TABLES), "gross_revenue", "store_id", "roi"])
def test_tables_describe_knows_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every such table, and what only these reports have, can be looked up."""
    assert describe(name, json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == name
    if name in catalog().reports:
        assert {one["name"] for one in told["columns"]} >= {*catalog().reports[name].primary_key}


def test_metrics_of_the_same_name_are_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """`live_views` of ads and of GMV Max are measured differently."""
    describe("live_views", json=True)
    told = json.loads(capsys.readouterr().out)
    assert "ad_insights" in told["tables"]
    assert not any(name.startswith("gmv_max") for name in told["tables"])
