"""Every table that ships is declared well: keys, windows, fields and metrics that may stand together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.rules import check_report, max_days
from tiktok_ads.catalog.streams import EntityStream, ReportStream, Stream
from tiktok_ads.errors import ConfigError

REPORTS = list(catalog().reports.values())
ENTITIES = list(catalog().entities.values())
CORE_ENTITIES = [made for made in ENTITIES if made.name in catalog().core]
INTEGRATED = [made for made in REPORTS if made.endpoint == "report/integrated/get"]
PARENTS = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")
KEYS = {
    "advertisers": ("advertiser_id",),
    "campaigns": ("advertiser_id", "campaign_id"),
    "adgroups": ("advertiser_id", "adgroup_id"),
    "ads": ("advertiser_id", "ad_id"),
    "ad_insights": (*PARENTS, "stat_time_day"),
    "ad_insights_by_age_and_gender": (*PARENTS, "stat_time_day", "age", "gender"),
    "ad_insights_by_country": (*PARENTS, "stat_time_day", "country_code"),
    "ad_insights_by_platform": (*PARENTS, "stat_time_day", "platform"),
    "campaign_insights_by_province": ("advertiser_id", "campaign_id", "province_id", "stat_time_day"),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_those_that_were_promised(name: str) -> None:
    """Whoever comes from the replication product finds the same keys."""
    made = catalog().streams[name]
    assert made.primary_key == KEYS[name]
    assert made.version == 1
    if isinstance(made, EntityStream):
        assert made.replication_key == ("create_time" if name == "advertisers" else "modify_time")
    else:
        assert made.replication_key == "stat_time_day"


@pytest.mark.parametrize("made", [*ENTITIES, *REPORTS], ids=lambda s: s.name)
def test_a_page_is_no_larger_than_tiktok_gives(made: Stream) -> None:
    """No table asks for a page that TikTok refuses."""
    largest = catalog().endpoints[made.endpoint].max_page_size
    assert largest is None or made.page_size <= largest


def test_the_core_tables_stand_first() -> None:
    """Who names no table gets the nine that most need, in this order."""
    assert list(catalog().core) == list(KEYS)
    assert list(catalog().streams)[: len(KEYS)] == list(KEYS)


@pytest.mark.parametrize("made", INTEGRATED, ids=lambda s: s.name)
def test_a_preset_asks_only_for_what_may_be_combined(made: ReportStream) -> None:
    """Every shipped report is one that TikTok takes."""
    check_report(made)
    longest = max_days(made.report_type, made.dimensions)
    assert longest is not None
    assert made.max_window_days <= longest
    assert made.metrics
    assert not [name for name in made.metrics if catalog().metrics[name].deprecated]


@pytest.mark.parametrize("made", INTEGRATED, ids=lambda s: s.name)
def test_the_parents_in_a_key_are_asked_for(made: ReportStream) -> None:
    """TikTok gives the ids above an ad only to those who ask for them as metrics."""
    for key in made.primary_key[1:]:
        assert key in made.key_dimensions or key in made.metrics
    owner = "bc_id" if made.report_type == "BC" else "advertiser_id"
    assert made.uniqueness[0] == made.primary_key[0] == owner
    assert set(made.uniqueness) == {owner, *made.key_dimensions}
    assert set(made.uniqueness) <= set(made.primary_key)


@pytest.mark.parametrize("made", INTEGRATED, ids=lambda s: s.name)
def test_windows_fit_the_kind_of_report(made: ReportStream) -> None:
    """Audience reports are asked for a week at a time, hours a day at a time, others for a month or more."""
    if made.stamped or made.day_column == "stat_time_hour":
        assert made.max_window_days == 1
    elif made.report_type == "AUDIENCE" and made.data_level != "AUCTION_ADVERTISER":
        assert made.max_window_days == 7
    elif made.day_column and made.report_type != "BC":
        assert made.max_window_days == 30
    else:
        assert made.max_window_days == 365


@pytest.mark.parametrize("made", INTEGRATED, ids=lambda s: s.name)
def test_a_report_says_how_it_is_kept(made: ReportStream) -> None:
    """Each table tells what it is followed by, how it is updated, its group and the scopes it needs."""
    assert made.replication_key == (made.day_column or "")
    assert made.update_method == ("replace" if made.lifetime else "partition")
    assert made.lifetime == made.name.endswith("_lifetime")
    assert made.scopes
    assert made.group


@pytest.mark.parametrize(
    ("kind", "count"),
    [("", 5), ("_hourly", 5), ("_lifetime", 5), ("_by_age_and_gender", 4), ("_by_interest_tier4", 4)],
)
def test_every_level_has_the_report(kind: str, count: int) -> None:
    """Days, hours and lifetimes exist at all levels, and so does each audience."""
    levels = ["advertiser", "campaign", "adgroup", "ad", "ad_v2"][:count]
    assert [f"{level}_insights{kind}" in catalog().reports for level in levels] == [True] * count


def test_every_audience_dimension_has_a_table_at_every_level() -> None:
    """No audience is left to those who build reports of their own."""
    asked = {(r.data_level, name) for r in REPORTS if r.report_type == "AUDIENCE" for name in r.dimensions}
    kind = catalog().report_types["AUDIENCE"]
    # Search ads are told apart in the basic report; the other one comes along with interest_category.
    for name in set(kind.breakdowns) - {"ad_type", "interest_category_v2"}:
        assert {level for level, other in asked if other == name} == set(kind.levels)


def test_every_breakdown_of_the_other_reports_has_a_table() -> None:
    """Whatever TikTok can split a report by, some table is split by."""
    for kind in catalog().report_types.values():
        asked = {name for r in REPORTS if r.report_type == kind.name for name in r.dimensions}
        assert set(kind.breakdowns) - asked <= {"ad_type", "interest_category_v2"}
        assert {name for group in kind.groupings for name in group} <= asked


@pytest.mark.parametrize("made", CORE_ENTITIES, ids=lambda s: s.name)
def test_an_entity_table_has_every_documented_field(made: EntityStream) -> None:
    """All fields of the documentation are columns; what only old connectors knew is left out."""
    thing = next(t for t in catalog().objects.values() if t.endpoint == made.endpoint)
    documented = {f.name for f in thing.fields if set(f.source) & {"docs", "go_sdk", "openapi"}}
    assert {f.name for f in made.fields} == documented
    assert {f.name for f in made.fields if not set(f.source) - {"airbyte", "singer"}} == set()


def test_entities_are_read_as_tiktok_allows() -> None:
    """Only ads can be asked for by change; TopView pages of ad groups are smaller."""
    made = {one.name: one for one in CORE_ENTITIES}
    assert [e.name for e in made.values() if e.modified_after] == ["ads"]
    assert {e.name: e.top_view_page_size for e in made.values()} == {
        "advertisers": None,
        "campaigns": 1000,
        "adgroups": 100,
        "ads": 1000,
    }
    assert [e.name for e in made.values() if not e.deletable] == ["advertisers"]
    assert [(e.name, e.batch) for e in made.values() if e.batch > 1] == [("advertisers", 100)]


@pytest.mark.parametrize("made", [one for one in CORE_ENTITIES if one.deletable], ids=lambda s: s.name)
def test_tiktok_can_filter_as_the_table_needs(made: EntityStream) -> None:
    """What a table wants to filter by is a parameter of its endpoint."""
    filtering = catalog().endpoints[made.endpoint].param("filtering")
    names = {p.name for p in filtering.fields} if filtering else set()
    assert ("modified_after" in names) == made.modified_after
    if made.deletable:
        assert "primary_status" in names
    if made.top_view_page_size:
        assert "buying_types" in names


def test_a_lifetime_takes_no_metric_of_days() -> None:
    """A metric that TikTok has by day alone is refused for all time, in the settings too."""
    made = catalog().reports["advertiser_insights_lifetime"]
    assert "cash_spend" not in made.metrics
    with pytest.raises(ConfigError, match="cash_spend"):
        check_report(replace(made, metrics=("spend", "cash_spend")))
    with pytest.raises(ConfigError, match="no stat_time_day"):
        replace(made, dimensions=("advertiser_id", "stat_time_day"))
