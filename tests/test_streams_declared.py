"""Every table that ships is declared well: keys, windows, fields and metrics that may stand together."""

from __future__ import annotations

import pytest

from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.model import EntityStream, ReportStream, Stream
from tiktok_ads.catalog.rules import check_report, max_days

BY_NAME = sorted(catalog().streams)
REPORTS = list(catalog().reports.values())
ENTITIES = list(catalog().entities.values())
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


@pytest.mark.parametrize("name", BY_NAME)
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


@pytest.mark.parametrize("made", REPORTS, ids=lambda s: s.name)
def test_a_preset_asks_only_for_what_may_be_combined(made: ReportStream) -> None:
    """Every shipped report is one that TikTok takes."""
    check_report(made)
    longest = max_days(made.report_type, made.dimensions)
    assert longest is not None
    assert made.max_window_days <= longest


@pytest.mark.parametrize("made", REPORTS, ids=lambda s: s.name)
def test_the_parents_in_a_key_are_asked_for(made: ReportStream) -> None:
    """TikTok gives the ids above an ad only to those who ask for them as metrics."""
    for key in made.primary_key[1:]:
        assert key in made.dimensions or key in made.metrics
    assert made.uniqueness == ("advertiser_id", *made.dimensions)
    assert set(made.uniqueness) <= set(made.primary_key)


def test_windows_fit_the_kind_of_report() -> None:
    """Audience reports are asked for a week at a time, others for a month."""
    assert {r.name: r.max_window_days for r in REPORTS} == {
        "ad_insights": 30,
        "ad_insights_by_age_and_gender": 7,
        "ad_insights_by_country": 7,
        "ad_insights_by_platform": 7,
        "campaign_insights_by_province": 7,
    }


def test_automation_of_the_campaign_is_asked_for_where_it_is_documented() -> None:
    """On upgraded Smart+ ads ad_id is the creative; one column tells, in the basic report alone."""
    asking = [r.name for r in REPORTS if "campaign_automation_type" in r.metrics]
    assert asking == ["ad_insights"]


@pytest.mark.parametrize("made", ENTITIES, ids=lambda s: s.name)
def test_an_entity_table_has_every_documented_field(made: EntityStream) -> None:
    """All fields of the documentation are columns; what only old connectors knew is left out."""
    thing = next(t for t in catalog().objects.values() if t.endpoint == made.endpoint)
    documented = {f.name for f in thing.fields if set(f.source) & {"docs", "go_sdk", "openapi"}}
    assert {f.name for f in made.fields} == documented
    assert {f.name for f in made.fields if not set(f.source) - {"airbyte", "singer"}} == set()


def test_entities_are_read_as_tiktok_allows() -> None:
    """Only ads can be asked for by change; TopView pages of ad groups are smaller."""
    made = catalog().entities
    assert [e.name for e in made.values() if e.modified_after] == ["ads"]
    assert {e.name: e.top_view_page_size for e in made.values()} == {
        "advertisers": None,
        "campaigns": 1000,
        "adgroups": 100,
        "ads": 1000,
    }
    assert [e.name for e in made.values() if not e.deletable] == ["advertisers"]
    assert [(e.name, e.batch) for e in made.values() if e.batch > 1] == [("advertisers", 100)]


@pytest.mark.parametrize("made", ENTITIES, ids=lambda s: s.name)
def test_tiktok_can_filter_as_the_table_needs(made: EntityStream) -> None:
    """What a table wants to filter by is a parameter of its endpoint."""
    filtering = catalog().endpoints[made.endpoint].param("filtering")
    names = {p.name for p in filtering.fields} if filtering else set()
    assert ("modified_after" in names) == made.modified_after
    if made.deletable:
        assert "primary_status" in names
    if made.top_view_page_size:
        assert "buying_types" in names
