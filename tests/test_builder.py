"""The report builder: menus that depend on each other, refusals with a way out, splits, names of old."""

# ruff: noqa: E501  (tables of cases read best one case to a line)

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tiktok_ads.builder import (
    check_definition,
    completed,
    definition_from,
    definition_to,
    parts,
    problems,
    report_stream,
    stream_of,
)
from tiktok_ads.builder.problems import smallest
from tiktok_ads.builder.text import parse_filter
from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.changes import Asked, is_possible, smallest_changes
from tiktok_ads.catalog.choices import Menus, SoFar, choices
from tiktok_ads.catalog.masks import allowed_mask, masks
from tiktok_ads.catalog.metric_rules import metric_reasons
from tiktok_ads.catalog.model import LEVELS
from tiktok_ads.catalog.rules import why_not
from tiktok_ads.catalog.streams import EntityStream, Filter
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError

AD, CAMPAIGN, ADVERTISER = "AUCTION_AD", "AUCTION_CAMPAIGN", "AUCTION_ADVERTISER"


def described(**said: Any) -> Any:
    return definition_from("mine", ReportSettings(**said))


def state(menus: Menus, name: str) -> tuple[str, str]:
    return next((one.state, one.reason) for _, one in menus.all() if one.name == name)


def test_menus_are_open_before_anything_is_chosen() -> None:
    """An analyst who begins anew can begin anywhere; what needs something else says so."""
    menus = choices()
    assert {one.state for one in (*menus.report_types, *menus.ids, *menus.times, *menus.audiences)} == {
        "open"
    }
    assert state(menus, "match_type") == (
        "needs",
        "match_type needs search_keyword beside it: add search_keyword.",
    )


@pytest.mark.parametrize(
    ("so_far", "name", "expected", "why"),
    [
        (SoFar("BASIC"), "age", "closed", "age belongs to AUDIENCE reports"),
        (SoFar(dimensions=("age",)), "gender", "open", ""),
        (SoFar(dimensions=("age",)), "platform", "closed", "only age + gender go together"),
        (SoFar(dimensions=("age",)), "BASIC", "closed", "age belongs to AUDIENCE"),
        (SoFar("AUDIENCE", AD, ("ad_id",)), "campaign_id", "closed", "one ID dimension"),
        (SoFar("AUDIENCE", AD, ("ad_id", "device_brand_id")), "stat_time_day", "closed", "cannot be split by time"),
        (SoFar("BASIC", AD, ("ad_id", "stat_time_day")), "cash_spend", "apart", "cash_spend_of_advertiser"),
        (SoFar("BASIC", AD, ("ad_id",)), "campaign_name", "open", ""),
        (SoFar("BASIC", CAMPAIGN, ("campaign_id",)), "ad_name", "closed", "not to be had at AUCTION_CAMPAIGN"),
        (SoFar("BASIC", ADVERTISER), "cash_spend", "needs", "the dimension stat_time_day"),
        (SoFar("BASIC", AD, ("ad_id",), ("reach",)), "search_terms", "closed", "not to be had at AUCTION_AD"),
        (SoFar("BASIC", CAMPAIGN, ("campaign_id",), ("reach",)), "search_terms", "apart", "reach would stand"),
        (SoFar("BASIC", AD, ("ad_id",), lifetime=True), "country_code", "closed", "not to be had for a lifetime"),
        (SoFar("AUDIENCE", AD, ("ad_id", "age")), "lifetime", "closed", "no lifetime form"),
        (SoFar("BASIC", CAMPAIGN), "ad_status", "closed", "use campaign_status"),
        (SoFar("TT_SHOP"), "campaign_ids", "closed", "take no filter"),
        (SoFar("BASIC", AD), "ad_ids_v2", "needs", "needs the dimension ad_id_v2"),
        (SoFar("BASIC", AD, ("ad_id",), ("ad_id_v2",)), "spend", "open", ""),
    ],
)  # fmt: skip
def test_each_menu_depends_on_what_is_chosen(so_far: SoFar, name: str, expected: str, why: str) -> None:
    """What may not be chosen any more says why."""
    found, reason = state(choices(so_far), name)
    assert (found, why in reason) == (expected, True), reason


def _random_so_far(chance: random.Random) -> SoFar:
    known = catalog()
    kind = known.report_types[chance.choice(list(known.report_types))]
    level = chance.choice(kind.levels) if kind.levels and chance.random() < 0.7 else None
    pool = [one.name for one in known.dimensions.values() if kind.name in one.report_types]
    dimensions = tuple(chance.sample(pool, k=min(chance.randint(0, 3), len(pool))))
    metrics = tuple(chance.sample(list(known.metrics), k=chance.choice((0, 1, 3))))
    return SoFar(kind.name, level, dimensions, metrics, (), chance.random() < 0.1)


def test_what_a_menu_offers_can_be_had() -> None:
    """Choosing what is open never makes a sound report unsound."""
    chance = random.Random(3)
    tried = 0
    while tried < 60:
        so_far = _random_so_far(chance)
        now = Asked(
            so_far.report_type or "", so_far.data_level, so_far.dimensions, so_far.metrics, so_far.lifetime
        )
        if not is_possible(now):
            continue
        tried += 1
        menus = choices(so_far)
        for one in (*menus.metrics, *menus.attributes):
            if one.state == "chosen":
                continue
            wider = Asked(
                now.report_type, now.data_level, now.dimensions, (*now.metrics, one.name), now.lifetime
            )
            # What needs something more may stand in a column of its own until then.
            if one.state != "needs":
                assert is_possible(wider) == (one.state in ("open", "apart")), (so_far, one)


def test_the_whole_menu_comes_within_ten_milliseconds() -> None:
    """Fast enough to be asked at every click; counted in this process's own time, since machines are busy."""
    chance = random.Random(1)
    for so_far in [SoFar(), *(_random_so_far(chance) for _ in range(12))]:
        took = []
        for _ in range(7):
            begun = time.process_time()
            choices(so_far)
            took.append(time.process_time() - begun)
        assert min(took) < 0.010, (so_far, min(took))


def test_bits_say_the_same_as_words() -> None:
    """The fast sets of metrics and the reasons given in words are one rule."""
    chance = random.Random(2)
    known = catalog()
    for _ in range(60):
        kind = known.report_types[chance.choice(list(known.report_types))]
        level = chance.choice([*kind.levels, None])
        split_by = [
            known.dimensions[name] for name in chance.sample(list(known.dimensions), k=chance.randint(1, 3))
        ]
        asynchronous, lifetime = chance.random() < 0.5, chance.random() < 0.3
        allowed = {
            one.name
            for one in known.metrics.values()
            if not any(metric_reasons(one, kind, level, split_by, asynchronous, lifetime))
        }
        mask = allowed_mask(kind, level, split_by, lifetime=lifetime, asynchronous=asynchronous)
        assert set(masks().names(mask)) == allowed


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ({"report_type": "basic", "dimensions": "ad_id,age"}, "Leave out age, or make it an AUDIENCE report."),
        ({"dimensions": "ad_id,country_code,stat_time_hour"}, "Leave out stat_time_hour, or leave out country_code"),
        ({"dimensions": "campaign_id,age,platform"}, "Leave out platform, or leave out age."),
        ({"dimensions": "campaign_id,age", "dates": "lifetime"}, "Give days instead of a lifetime."),
        ({"dimensions": "campaign_id,match_type"}, "Leave out match_type, or add search_keyword."),
        ({"dimensions": "campaign_id", "data_level": "ad"}, "Choose the level campaign, or use ad_id instead"),
        ({"dimensions": "ad_id,age,gender,country_code,platform"}, "Leave out platform and leave out country_code."),
    ],
)  # fmt: skip
def test_a_refusal_names_the_smallest_change(said: dict[str, Any], change: str) -> None:
    """Single changes first, then pairs."""
    asked = described(metrics="spend", **said)
    assert problems(asked)
    assert smallest(asked).startswith(change)
    with pytest.raises(ConfigError) as refused:
        check_definition(asked)
    assert refused.value.hint == smallest(asked)


def test_a_suggested_change_always_helps() -> None:
    """Whatever is suggested can be asked for, in one question or in parts."""
    chance = random.Random(4)
    seen = 0
    for _ in range(300):
        so_far = _random_so_far(chance)
        asked = Asked(
            so_far.report_type or "", so_far.data_level, so_far.dimensions, so_far.metrics, so_far.lifetime
        )
        if is_possible(asked):
            continue
        for _words, result in smallest_changes(asked):
            seen += 1
            assert is_possible(result)
    assert seen > 100


def test_level_and_type_follow_from_the_dimensions() -> None:
    """An analyst need not know what TikTok calls them."""
    for dimensions, kind, level in (
        ("ad_id,stat_time_day", "BASIC", AD),
        ("campaign_id,age,gender", "AUDIENCE", CAMPAIGN),
        ("country_code", "BASIC", ADVERTISER),
        ("search_terms,stat_time_day", "BASIC", ADVERTISER),
        ("playable_id", "PLAYABLE_MATERIAL", None),
        ("page_id", "BASIC", AD),
    ):
        made = completed(described(dimensions=dimensions, metrics="spend")).definition
        assert (made.report_type, made.data_level) == (kind, level), dimensions


def test_what_a_breakdown_refuses_is_asked_for_without_it() -> None:
    """Its column says so by its name, and the run report in words."""
    asked = described(dimensions="ad_id,age,stat_time_day", metrics="spend,complete_payment,cash_spend")
    split = parts(asked)
    assert split.metrics == ("spend",)
    assert [(one.word, one.dimensions, one.metrics) for one in split.beside] == [
        ("ad", ("ad_id", "stat_time_day"), ("complete_payment",)),
        ("advertiser", ("advertiser_id", "stat_time_day"), ("cash_spend",)),
    ]
    assert any("complete_payment_of_ad" in note for note in split.notes)
    assert not problems(asked)


def test_figures_of_a_campaign_find_their_rows_by_its_id() -> None:
    """The id is asked for along, since it is not among the dimensions."""
    stream = report_stream(described(dimensions="adgroup_id,stat_time_day", metrics="spend,cash_spend"))
    assert [one.word for one in stream.beside] == ["advertiser"]
    every = {
        one.word
        for one in report_stream(described(dimensions="ad_id,stat_time_day", metrics="cash_spend")).beside
    }
    assert every == {"advertiser"}


def test_old_names_of_metrics_become_current_ones() -> None:
    """With a notice; one that still counts something of its own is only spoken of."""
    made = completed(described(dimensions="ad_id,stat_time_day", metrics="page_browse_view,conversion_rate"))
    assert made.definition.metrics == ("total_pageview", "conversion_rate")
    assert made.notes[0] == "page_browse_view is the old name of total_pageview: that is asked for."
    assert "conversion_rate_v2" in made.notes[1]
    kept = completed(described(dimensions="ad_id,country_code,stat_time_day", metrics="page_browse_view"))
    assert kept.definition.metrics == ("page_browse_view",)


def test_an_unknown_metric_is_refused_or_forced() -> None:
    """TikTok adds metrics weekly; a typing error is caught all the same."""
    found = problems(described(dimensions="ad_id,stat_time_day", metrics="spent"))
    assert "did you mean spend" in found[0].text
    assert "--force-metric" in found[0].text
    assert not problems(described(dimensions="ad_id,stat_time_day", metrics="spend", force_metrics="spent"))
    assert problems(described(dimensions="ad_id,stat_time_day", force_metrics="sp ent!"))


def test_force_lets_everything_through() -> None:
    """Whoever knows better than the catalog may try."""
    asked = described(dimensions="ad_id,age,stat_time_day", report_type="basic", metrics="spend", force=True)
    assert not problems(asked)
    assert report_stream(asked).dimensions == ("ad_id", "age", "stat_time_day")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("campaign_ids in 12, 34", Filter("campaign_ids", "IN", ("12", "34"))),
        ("campaign_ids = 12", Filter("campaign_ids", "IN", ("12",))),
        ("cost >= 100", Filter("cost", "GREATER_EQUAL", "100")),
        ("advertiser_name match 'Shop, east'", Filter("advertiser_name", "MATCH", "Shop, east")),
        ("create_time between 2026-01-01, 2026-02-01", Filter("create_time", "BETWEEN", ("2026-01-01", "2026-02-01"))),
        ("create_time between 2026-01-01 and 2026-02-01", Filter("create_time", "BETWEEN", ("2026-01-01", "2026-02-01"))),
    ],
)  # fmt: skip
def test_filters_are_written_as_people_write_them(text: str, expected: Filter) -> None:
    """Signs and words, lists with commas."""
    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ("country_code in DE", "add it as a dimension"),
        ("ad_statuss in STATUS_ALL", "did you mean ad_status"),
        ("campaign_status in STATUS_ALL", "use ad_status or change the level"),
        ("ad_status in STATUS_AL", "use STATUS_ALL"),
        ("ad_status match STATUS_ALL", "takes IN, not MATCH"),
        ("campaign_ids in shoes", "ids, digits only"),
        ("buying_type in RESERVATION_TOP_VIEW, AUCTION", "stands alone"),
        ("ad_ids_v2 in 12", "needs the dimension ad_id_v2"),
    ],
)
def test_a_wrong_filter_says_what_would_be_right(filters: str, reason: str) -> None:
    """Before any call."""
    found = [one.text for one in problems(described(dimensions="ad_id", metrics="spend", filters=filters))]
    assert any(reason in text for text in found), found


def test_definitions_survive_being_written_down() -> None:
    """What the file says and what the web app makes are the same."""
    asked = described(
        description="Mine",
        dimensions="ad_id,stat_time_day",
        metrics="spend,clicks",
        filters=["ad_status in STATUS_ALL", "create_time >= 2026-01-01 00:00:00"],
        order_by="spend asc",
        dates="last week from sunday",
        roll_up="week from sunday",
        advertisers="7000000000000000001",
        update_method="merge",
    )
    assert definition_from("mine", definition_to(asked)) == asked
    assert (asked.order_by, asked.descending) == ("spend", False)


def test_roll_ups_are_asked_of_tiktok_by_period() -> None:
    """Reach of a week is not the sum of its days, so the week itself is asked for."""
    stream = report_stream(
        described(dimensions="campaign_id,stat_time_day", metrics="reach,spend", roll_up="week")
    )
    assert (stream.dimensions, stream.stamped, stream.period) == (("campaign_id",), True, "week")
    assert stream.uniqueness == ("advertiser_id", "campaign_id", "stat_time_day")
    by_day = described(dimensions="advertiser_id,stat_time_day", metrics="cash_spend,reach", roll_up="month")
    assert report_stream(by_day).summed == ("cash_spend",)
    assert problems(described(dimensions="ad_id", metrics="spend", dates="lifetime", roll_up="week"))


def test_agreements_are_asked_for_by_type_and_language() -> None:
    """Upper and lower case make no difference, and a wrong one is named."""
    stream = stream_of(described(report_type="term", term_type="leadads", language="ja"))
    assert isinstance(stream, EntityStream)
    assert [each.values for ask in stream.asks for each in ask.each] == [("LeadAds",), ("JA",)]
    assert "use EN" in problems(described(report_type="term", language="english"))[0].text


@pytest.mark.parametrize("name", ["ads", "Spend by day", "1st", "x" * 64, "Ads"])
def test_a_report_cannot_take_the_name_of_a_table(name: str) -> None:
    """Nor one that no database would take."""
    asked = definition_from(name, ReportSettings(dimensions="ad_id", metrics="spend"))  # type: ignore[arg-type]
    assert [one.part for one in problems(asked)] == ["name"]


def test_levels_cannot_be_chosen_that_the_catalog_does_not_have() -> None:
    """An unknown level or type is a reason, not a crash."""
    assert problems(described(dimensions="ad_id", metrics="spend", data_level="planet"))
    assert problems(described(dimensions="ad_id", metrics="spend", report_type="basics", dates="last 7 days"))
    assert why_not(report_type="BASIC", data_level=LEVELS[3], dimensions=["ad_id"], metrics=["spend"]) == []


def test_coarser_figures_cannot_be_filtered_by_what_they_do_not_have() -> None:
    """The advertiser as a whole has no ad status; the report says so instead of failing halfway."""
    asked = described(
        dimensions="ad_id,stat_time_day", metrics="spend,cash_spend", filters="ad_status in STATUS_DELETE"
    )
    found = [one for one in problems(asked) if one.part == "filters"]
    assert "of the advertiser as a whole" in found[0].text
    assert not problems(
        described(dimensions="ad_id,stat_time_day", metrics="spend,cash_spend", filters="campaign_ids in 12")
    )


def test_rows_need_a_metric_of_their_own() -> None:
    """Where every metric is a coarser one, the usual one is asked for as well, and that is said."""
    split = parts(described(dimensions="ad_id,stat_time_day", metrics="cash_spend"))
    assert split.metrics == ("spend",)
    assert any("without a metric there are no rows" in note for note in split.notes)


def test_a_sum_of_too_many_days_is_refused_before_any_call() -> None:
    """As far as that is certain before anybody knows what day it is."""
    for dates in ("400..1", "last 366 days", "2024-01-01..2025-12-31"):
        found = problems(described(dimensions="ad_id", metrics="spend", dates=dates))
        assert [one.part for one in found] == ["dates"]
        assert "add stat_time_day" in found[0].text
    assert not problems(described(dimensions="ad_id", metrics="spend", dates="last 365 days"))
    assert not problems(described(dimensions="ad_id,stat_time_day", metrics="spend", dates="last 366 days"))


def test_a_name_may_be_said_and_forced() -> None:
    """Saying it twice is no contradiction."""
    asked = described(dimensions="ad_id", metrics="spend,brand_new", force_metrics="brand_new")
    assert not problems(asked)
    assert report_stream(asked).metrics == ("spend", "brand_new")
