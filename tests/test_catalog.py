"""The catalog holds all that TikTok can be asked for, agrees with itself, and is read from a fresh copy."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tiktok_ads.catalog import catalog, pick_streams, stream
from tiktok_ads.catalog.build import build, read_sources
from tiktok_ads.catalog.contents import CatalogData
from tiktok_ads.catalog.lookup import CATALOG_FILE, check
from tiktok_ads.catalog.model import KINDS, Field
from tiktok_ads.errors import ConfigError, UnknownStream

NINE = [
    "advertisers",
    "campaigns",
    "adgroups",
    "ads",
    "ad_insights",
    "ad_insights_by_age_and_gender",
    "ad_insights_by_country",
    "ad_insights_by_platform",
    "campaign_insights_by_province",
]


@cache
def sources() -> dict[str, Any]:
    return read_sources(CATALOG_FILE.parent)


def all_fields(fields: tuple[Field, ...]) -> list[Field]:
    return [*fields, *(part for field in fields for part in all_fields(field.fields))]


def test_the_fast_copy_is_fresh() -> None:
    """Whoever edits the YAML is reminded to run `make catalog`."""
    assert build() == CATALOG_FILE.read_bytes(), "run: make catalog"


def test_nothing_that_tiktok_knows_is_missing() -> None:
    """All metrics, dimensions, endpoints and kinds of things can be looked up."""
    made = catalog()
    assert len(made.metrics) == 1026
    assert len(made.dimensions) == 47
    assert len([e for e in made.endpoints.values() if e.group != "report"]) == 153
    assert len(made.objects) == 33
    assert {"report/integrated/get", "report/task/create", "report/task/check"} <= made.endpoints.keys()
    assert {"report/task/download", "report/task/cancel", "gmv_max/report/get"} <= made.endpoints.keys()
    assert list(made.core) == NINE
    assert made.streams.keys() > {*NINE}


def test_it_loads_without_the_yaml_library() -> None:
    """A plain install, without any tool of ours, can read the catalog."""
    code = "import sys; from tiktok_ads.catalog import catalog; catalog(); print('yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_wheel_takes_the_whole_package_along() -> None:
    """YAML and JSON both ship: what is read and what it was made from."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["src/tiktok_ads"]}
    assert {f.name for f in CATALOG_FILE.parent.iterdir()} == {
        "catalog.json",
        "dimensions.yaml",
        "endpoints.yaml",
        "entities.yaml",
        "lookups.yaml",
        "metrics.yaml",
        "special.yaml",
        "tables",
    }


def test_every_value_says_what_it_is() -> None:
    """Each metric, dimension, field and table explains itself in a sentence, with where it is known from."""
    made = catalog()
    texts = [(one.name, one.doc) for one in made.metrics.values()]
    texts += [(one.name, one.doc) for one in made.dimensions.values()]
    texts += [(one.name, one.doc) for one in made.streams.values()]
    for thing in made.objects.values():
        texts += [
            (thing.name, thing.doc),
            *((f"{thing.name}.{f.name}", f.doc) for f in all_fields(thing.fields)),
        ]
    for name, text in texts:
        assert re.fullmatch(r"[A-Z0-9].*[a-z0-9)\"A-Z]\.", text), f"{name}: {text!r}"
        assert "  " not in text
        assert len(text) < 160, f"{name}: {text}"
    assert all(one.source for one in made.metrics.values())
    assert all(one.source for one in made.dimensions.values())
    assert all(one.source for one in made.endpoints.values())


def test_no_two_metrics_mean_the_same() -> None:
    """Whoever compares two metrics reads how they differ, unless one is another spelling of the other."""
    seen: dict[str, str] = {}
    for metric in catalog().metrics.values():
        assert metric.doc not in seen, f"{metric.name} and {seen[metric.doc]}: {metric.doc}"
        seen[metric.doc] = metric.name


@pytest.mark.parametrize(
    ("name", "kind", "additive"),
    [
        ("spend", "money", True),
        ("cash_spend", "money", True),
        ("cpc", "money", False),
        ("cost_per_conversion", "money", False),
        ("total_purchase_value", "money", True),
        ("total_complete_payment_rate", "money", True),
        ("value_per_complete_payment", "money", False),
        ("campaign_budget", "money", False),
        ("ctr", "percent", False),
        ("frequency", "ratio", False),
        ("complete_payment_roas", "ratio", False),
        ("average_video_play", "seconds", False),
        ("ix_page_duration_avg", "seconds", False),
        ("impressions", "count", True),
        ("clicks", "count", True),
        ("reach", "count", False),
        ("result", "count", False),
        ("live_unique_views", "count", False),
        ("app_install", "count", True),
        ("purchase", "count", False),
        ("total_purchase", "count", True),
        ("ad_name", "name", False),
        ("ad_text", "name", False),
        ("campaign_id", "id", False),
        ("objective_type", "text", False),
    ],
)
def test_numbers_know_what_they_are(name: str, kind: str, additive: bool) -> None:
    """Rates, averages and counts of people are never added up; money is exact."""
    metric = catalog().metrics[name]
    assert (metric.kind, metric.additive) == (kind, additive)


def test_only_plain_sums_are_additive() -> None:
    """No rate, average or estimate of people is offered for adding up."""
    for metric in catalog().metrics.values():
        if metric.additive:
            assert not re.search(r"cost_|(^|_)cp[cm]$|avg|average|value_per_(?!pageview)|unique", metric.name)
            assert not metric.unique_users
            assert not metric.is_attribute


@pytest.mark.parametrize(
    ("thing", "name", "kind", "is_list"),
    [
        ("advertiser", "create_time", "epoch", False),
        ("advertiser", "balance", "money", False),
        ("campaign", "create_time", "utc", False),
        ("campaign", "budget", "money", False),
        ("campaign", "special_industries", "text", True),
        ("adgroup", "location_ids", "id", True),
        ("adgroup", "deep_cpa_bid", "money", False),
        ("adgroup", "roas_bid", "ratio", False),
        ("adgroup", "cpm", "money", False),
        ("adgroup", "actions", "struct", True),
        ("adgroup", "audience_rule", "json", False),
        ("adgroup", "search_keywords", "json", False),
        ("adgroup", "schedule_infos", "json", False),
        ("adgroup", "comment_disabled", "bool", False),
        ("ad", "page_id", "id", False),
        ("ad", "card_id", "id", False),
        ("ad", "tracking_pixel_id", "id", False),
        ("ad", "carousel_image_index", "count", False),
        ("ad", "disclaimer_text", "struct", False),
        ("ad", "utm_params", "struct", True),
        ("ad", "ad_texts", "name", True),
        ("video", "create_time", "utc", False),
    ],
)
def test_fields_know_what_they_are(thing: str, name: str, kind: str, is_list: bool) -> None:
    """Ids stay text, money exact, moments in UTC, and what is nested keeps its shape."""
    field = next(f for f in catalog().objects[thing].fields if f.name == name)
    assert (field.kind, field.is_list) == (kind, is_list)


def test_fields_and_objects_are_sound() -> None:
    """Every kind is one that a column can have, and the keys of a thing are among its fields."""
    for thing in catalog().objects.values():
        names = {field.name for field in thing.fields}
        if thing.name != "negative_keyword":  # its rows do not repeat what they were asked for
            assert {key.split(".")[0] for key in thing.primary_key} <= names, thing.name
        assert {field.kind for field in all_fields(thing.fields)} <= KINDS


def test_links_that_stop_working_are_marked() -> None:
    """A link that TikTok renews is no change of the ad."""
    marked = {(t.name, f.name) for t in catalog().objects.values() for f in t.fields if f.expires}
    assert {("advertiser", "license_url"), ("video", "preview_url"), ("ad", "profile_image_url")} <= marked
    assert ("ad", "landing_page_url") not in marked


@pytest.mark.parametrize(
    ("name", "page", "scope"),
    [("campaign/get", 1000, "200"), ("adgroup/get", 1000, "210"), ("ad/get", 1000, "220")],
)
def test_endpoints_know_their_limits(name: str, page: int, scope: str) -> None:
    """The page size and the permission that a table needs come from the catalog."""
    endpoint = catalog().endpoints[name]
    assert (endpoint.max_page_size, endpoint.scope_ids) == (page, (scope,))
    assert endpoint.path == f"/{name}/"
    filtering = endpoint.param("filtering")
    assert filtering is not None
    ids = next(p for p in filtering.fields if p.name == "campaign_ids")
    assert ids.max_items == 100


def test_a_lookup_labels_a_value() -> None:
    """A code can be shown in words."""
    made = catalog()
    assert made.lookups["operation_status"]["ENABLE"] == "Switched on"
    assert "CONVERSIONS" in made.lookup_tables["objective_type"].deprecated
    assert made.lookups["objective_type"] is made.lookup_tables["objective_type"].values


def test_an_unknown_table_gets_the_nearest_names() -> None:
    """A typing mistake is answered with what was meant."""
    with pytest.raises(UnknownStream, match=r"ad_insight'.*Did you mean ad_insights"):
        stream("ad_insight")
    with pytest.raises(UnknownStream, match="There are: advertisers"):
        stream("zzz")
    with pytest.raises(UnknownStream, match=r"No table matches 'campain\*'.*campaigns"):
        pick_streams(["ads", "campain*"])


def test_tables_are_picked_by_name_and_pattern_in_catalog_order() -> None:
    """Naming a table twice, or in another order, changes nothing."""
    assert [s.name for s in pick_streams(["ad_insights_by_p[lr]*", "ads", "ads"])] == [
        "ads",
        "ad_insights_by_platform",
        "ad_insights_by_province",
        "ad_insights_by_placement",
        "ad_insights_by_product_set",
        "ad_insights_by_product",
    ]
    assert [s.name for s in pick_streams(["core"])] == NINE
    assert pick_streams([]) == []
    assert stream("ads") is catalog().streams["ads"]


def test_personal_data_is_read_only_by_name() -> None:
    """Neither a pattern nor *all* brings people's data along; the core tables are what everybody asks for."""
    everything = {s.name for s in pick_streams(["*"])}
    personal = {s.name for s in catalog().streams.values() if s.personal_data} - set(NINE)
    assert everything == catalog().streams.keys() - personal
    for name in personal:
        assert [s.name for s in pick_streams([name])] == [name]


@pytest.mark.parametrize(
    ("part", "change", "reason"),
    [
        ("metrics", {"breakdowns": ["moon_phase"]}, "names moon_phase"),
        ("metrics", {"kind": "colour"}, "Invalid enum value"),
        ("metrics", {"levels": ["AUCTION_PLANET"]}, "Invalid enum value"),
        ("metrics", {"kind": "percent", "additive": True}, "can be added up"),
        ("metrics", {"report_types": []}, "needs a name and a report type"),
        ("metrics", {"needs": ["ad_id"]}, "say in which reports"),
        ("dimensions", {"excludes": ["advertiser_id"]}, "need or exclude itself"),
        ("dimensions", {"metrics": ["spent"]}, "names spent"),
        ("dimensions", {"metric_groups": ["nothing"]}, "names nothing"),
        ("endpoints", {"path": "oauth2"}, "begins and ends with a slash"),
        ("objects", {"endpoint": "ad/put"}, "names ad/put"),
        ("entities", {"primary_key": ["ghost"]}, "its key ghost"),
        ("entities", {"batch": 0}, "at least 1"),
        ("entities", {"name": "campaigns"}, "the table campaigns twice"),
        ("reports", {"primary_key": ["ghost"]}, "its key ghost"),
        ("reports", {"metrics": ["spend", "spend"]}, "spend twice"),
        ("reports", {"dimensions": []}, "needs a dimension"),
        ("reports", {"max_window_days": 0}, "at least 1"),
        ("reports", {"endpoint": "report/none"}, "names report/none"),
        ("reports", {"name": "advertisers"}, "same name"),
    ],
)
def test_damaged_data_is_refused(part: str, change: dict[str, object], reason: str) -> None:
    """A slip in the YAML is found when it is built, and named."""
    raw = dict(sources())
    first, *rest = raw[part]
    raw[part] = [first | change, *rest]
    with pytest.raises((ConfigError, msgspec.ValidationError), match=reason):
        check(msgspec.convert(raw, CatalogData))


def test_a_struct_has_parts_and_nothing_else_has() -> None:
    """A field cannot promise a shape that it does not describe."""
    with pytest.raises(ConfigError, match="a struct has parts"):
        Field(name="utm", kind="struct")
    with pytest.raises(ConfigError, match="a struct has parts"):
        Field(name="utm", kind="text", fields=(Field(name="key", kind="text"),))
    with pytest.raises(ConfigError, match="twice"):
        Field(
            name="utm", kind="struct", fields=(Field(name="key", kind="text"), Field(name="key", kind="text"))
        )
    with pytest.raises(ConfigError, match="only a JSON value"):
        Field(name="utm", kind="text", parts=("key",))


def test_what_is_known_of_a_json_value_is_kept() -> None:
    """Even where the shape is doubtful, one can look up what has been seen inside."""
    rule = next(f for f in catalog().objects["adgroup"].fields if f.name == "audience_rule")
    assert "filter_set.filters.field" in rule.parts
