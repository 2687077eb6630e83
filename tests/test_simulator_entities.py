"""Holds the simulator's lists against the documentation: parameters, pages, shapes, times, tasks, changes."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_caller import FIRST, NOW, SECOND, Caller, Json, caller, one_filter, status
from tests.simulator_examples import CENTER, examples
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import Endpoint
from tiktok_ads.simulator.assets.endpoints import SERVED
from tiktok_ads.simulator.assets.estate import KINDS as KINDS_OF_ASSETS
from tiktok_ads.simulator.faults import KINDS
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET, READ_SCOPES, TOKEN
from tiktok_ads.simulator.presets import PLACES, Plot, Size

# Endpoints that need more than one proper call, or that have nothing to give.
APART = {
    *("changelog/task/check", "changelog/task/download", "comment/task/check", "comment/task/download"),
    *("page/lead/task/download", "search_ad/negative_keyword/download", "split_test/result/get"),
    "term/confirm",
}


@pytest.fixture(scope="module")
def tiny() -> Caller:
    """For tests that change nothing."""
    return caller()


@pytest.fixture(scope="module")
def proper(tiny: Caller) -> dict[str, Json]:
    """A proper call for each endpoint."""
    return examples(tiny)


def call(api: Caller, name: str, params: Json) -> Json:
    return (api.get if catalog().endpoints[name].method == "GET" else api.post)(name, **params)


def rows_of(data: Json, endpoint: Endpoint) -> Any:
    """What stands at the documented place of an answer."""
    found: Any = data
    for step in endpoint.list_key.split(",")[0].removeprefix("data").strip(".").split("."):
        found = found[step] if step else found
    return found


SERVED_LISTS = sorted(SERVED.keys() - APART)


def test_every_reading_endpoint_is_served() -> None:
    """Whoever reads any endpoint of the catalog can try it against the simulator."""
    api = caller()
    reports = {name for name in catalog().endpoints if "report" in name}
    for name, endpoint in catalog().endpoints.items():
        if name in reports:
            continue
        ask = api.http.get if endpoint.method == "GET" else api.http.post
        answer = ask(f"/open_api/v1.3/{name}/", headers={"Access-Token": TOKEN})
        if name not in ("subscription/subscribe", "subscription/unsubscribe"):
            assert answer.status_code == 200, name


@pytest.mark.parametrize("name", SERVED_LISTS)
def test_a_proper_call_is_answered_in_the_documented_place(
    tiny: Caller, proper: dict[str, Json], name: str
) -> None:
    """Each list stands under the key that TikTok names, with its page beside it where there are pages."""
    endpoint = catalog().endpoints[name]
    body = call(tiny, name, proper[name])
    assert (body["code"], body["message"]) == (0, "OK")
    assert rows_of(body["data"], endpoint) not in (None, [], {})
    if endpoint.paging == "page_number":
        assert set(body["data"]["page_info"]) == {"page", "page_size", "total_number", "total_page"}
    if endpoint.paging == "none":
        assert "page_info" not in body["data"]


@pytest.mark.parametrize("name", SERVED_LISTS)
def test_required_parameters_are_required(tiny: Caller, proper: dict[str, Json], name: str) -> None:
    """A call without one of them is refused with 40002, and the text names it."""
    for param in catalog().endpoints[name].params:
        if not param.required or param.name not in proper[name]:
            continue
        params = {key: value for key, value in proper[name].items() if key != param.name}
        body = call(tiny, name, params)
        assert body["code"] == 40002, param.name
        assert body["message"].startswith(f"{param.name}: ")


@pytest.mark.parametrize("name", [n for n in SERVED_LISTS if catalog().endpoints[n].max_page_size])
def test_pages_have_a_largest_size(tiny: Caller, proper: dict[str, Json], name: str) -> None:
    """One more than the documented maximum is refused; the maximum is not."""
    most = catalog().endpoints[name].max_page_size
    assert most is not None
    if name == "blockedword/list":
        assert call(tiny, name, {**proper[name], "page_info": {"page": 1, "page_size": 501}})["code"] == 40002
    assert call(tiny, name, {**proper[name], "page_size": most})["code"] == 0
    assert call(tiny, name, {**proper[name], "page_size": most + 1})["code"] == 40002
    assert call(tiny, name, {**proper[name], "page": 0})["code"] == 40002


@pytest.mark.parametrize(
    "name", [n for n in SERVED_LISTS if catalog().endpoints[n].scope_ids and catalog().endpoints[n].params]
)
def test_an_endpoint_needs_its_scope(proper: dict[str, Json], name: str) -> None:
    """Without the documented permission or its parent the answer is 40001."""
    api = caller()
    api.control("login", token="none", scopes=[10, 40])
    api.control("login", token="own", scopes=[int(one) for one in catalog().endpoints[name].scope_ids])
    assert call(api, name, {**proper[name], "token": "none"})["code"] == 40001
    assert call(api, name, {**proper[name], "token": "own"})["code"] == 0


def test_scopes_can_be_taken_for_one_advertiser_alone() -> None:
    """One account that did not grant the pixels is refused; the next is not."""
    api = caller()
    api.control("login", token=TOKEN, owner_id=FIRST, scopes=[s for s in READ_SCOPES if s != 8])
    assert api.get("pixel/list", advertiser_id=FIRST)["code"] == 40001
    assert api.get("pixel/list", advertiser_id=SECOND)["code"] == 0
    assert api.get("app/list", advertiser_id=FIRST)["code"] == 0
    api.control("login", token=TOKEN, owner_id=FIRST, scopes=None)
    assert api.get("pixel/list", advertiser_id=FIRST)["code"] == 0


@pytest.mark.parametrize("name", [n for n in SERVED_LISTS if n not in ("page/library/get", "bc/get")])
def test_lists_of_others_are_refused(tiny: Caller, proper: dict[str, Json], name: str) -> None:
    """Somebody else's advertiser or Business Center has no list for this login."""
    params = {key: "1" if key in ("advertiser_id", "bc_id") else one for key, one in proper[name].items()}
    if params != proper[name]:
        assert call(tiny, name, params)["code"] == 40001


# As the documentation states them, page by page; the smaller number where two sources differ.
PAGE_SIZES = (
    ("smart_plus/campaign/get", 10, 1000),
    ("smart_plus/adgroup/get", 10, 1000),
    ("smart_plus/ad/get", 10, 100),
    ("gmv_max/campaign/get", 10, 100),
    ("gmv_max/video/get", 10, 50),
    ("file/video/ad/search", 20, 100),
    ("file/image/ad/search", 20, 100),
    ("creative/portfolio/list", 20, 100),
    ("identity/get", 20, 100),
    ("page/get", 10, 100),
    ("comment/list", 10, 100),
    ("dmp/custom_audience/list", 10, 100),
    ("dmp/saved_audience/list", 10, 100),
    ("pixel/list", 10, 20),
    ("tt_video/list", 20, 50),
    ("bc/get", 10, 50),
    ("bc/asset/get", 10, 50),
    ("advertiser/balance/get", 10, 50),
    ("bc/account/transaction/get", 10, 50),
    ("changelog/get", 10, 50),
    ("search_ad/negative_keyword/get", 10, 50),
    ("bc/member/get", 10, 20),
    ("bc/asset/member/get", 10, 20),
    ("custom_conversion/list", 10, 1000),
    ("catalog/product/get", 10, 500),
    ("catalog/set/product/get", 20, 100),
    ("catalog/video/get", 10, 50),
    ("store/product/get", 10, 100),
    ("blockedword/list", 10, 500),
    ("playable/get", 10, 500),
    ("creative_fatigue/get", 10, 500),
)


@pytest.mark.parametrize(("name", "usual", "most"), PAGE_SIZES)
def test_page_sizes_are_those_of_the_documentation(
    tiny: Caller, proper: dict[str, Json], name: str, usual: int, most: int
) -> None:
    """The default without a size, the largest that is taken, and one more that is not."""
    assert call(tiny, name, proper[name])["data"]["page_info"]["page_size"] == usual
    assert call(tiny, name, {**proper[name], "page_size": most})["code"] == 0
    assert call(tiny, name, {**proper[name], "page_size": most + 1})["code"] == 40002


def test_far_pages_have_an_end(tiny: Caller) -> None:
    """Page times page size is limited for music and for products of catalogs."""
    assert tiny.get("file/music/get", advertiser_id=FIRST, page=501, page_size=200)["code"] == 40002
    assert tiny.get("file/music/get", advertiser_id=FIRST, page=500, page_size=200)["code"] == 0


@pytest.mark.parametrize(
    ("name", "key", "field", "hours"),
    [
        ("file/video/ad/search", "list", "preview_url", 6),
        ("file/image/ad/search", "list", "image_url", 1),
        ("file/music/get", "musics", "url", 12),
        ("identity/get", "identity_list", "profile_image", 48),
    ],
)
def test_links_live_as_long_as_documented(tiny: Caller, name: str, key: str, field: str, hours: int) -> None:
    """Six hours for videos, one for images, twelve for music, two days for pictures of people."""
    until = tiny.get(name, advertiser_id=FIRST)["data"][key][0][field].rpartition("=")[2]
    assert int(until) == int((NOW + timedelta(hours=hours)).timestamp())


def test_places_bear_the_ids_that_live_accounts_show(tiny: Caller) -> None:
    """6252001 is the United States, in one language and another."""
    asked: Json = {"advertiser_id": FIRST, "placements": ["PLACEMENT_TIKTOK"], "objective_type": "TRAFFIC"}
    names = []
    for language in ("en", "ja"):
        found = tiny.get("tool/region", language=language, **asked)["data"]["region_info"]
        names += [row["name"] for row in found if row["location_id"] == "6252001"]
    assert names == ["United States", "アメリカ合衆国"]
    countries = tiny.get("tool/region", level_range="TO_COUNTRY", **asked)["data"]["region_info"]
    assert {row["level"] for row in countries} == {"COUNTRY"}
    assert tiny.get("tool/region", language="xx", **asked)["code"] == 40002
    resolved = tiny.post("tool/targeting/info", advertiser_id=FIRST, targeting_ids=["6252001"])
    assert resolved["data"]["targeting_tag_list"][0]["geo"]["geo_id"] == "6252001"


def test_what_ad_groups_name_can_be_looked_up() -> None:
    """Keywords, hashtags, places and split tests of ad groups have names of their own."""
    demo = caller("demo")
    groups = demo.items("adgroup")
    words = [one for group in groups for one in group["interest_keyword_ids"] or []]
    query = [{"keyword_id": one, "language": "ja"} for one in words]
    named = demo.get("tool/interest_keyword/get", advertiser_id=FIRST, keyword_query=query)["data"][
        "keywords"
    ]
    assert {row["keyword_id"] for row in named} == set(words)
    tags = [
        one
        for group in groups
        for action in group["actions"] or []
        if isinstance(action, dict) and action["action_scene"] == "HASHTAG_RELATED"
        for one in action["action_category_ids"]
    ]
    known = demo.get("tool/hashtag/get", advertiser_id=FIRST, keyword_ids=tags)["data"]["keywords_status"]
    assert {row["keyword_id"] for row in known} == set(tags)
    tests = [group["split_test_group_id"] for group in groups if group["split_test_status"] == "ONGOING"]
    for one in tests:
        result = demo.get("split_test/result/get", advertiser_id=FIRST, split_test_group_id=one)["data"]
        assert result["split_test_group_id"] == one
    assert words
    assert tags
    assert tests


def test_too_many_ids_have_a_code_of_their_own(tiny: Caller) -> None:
    """40011 says: ask for fewer at once."""
    many = [str(n) for n in range(101)]
    for name, param, most in (
        ("file/video/ad/info", "video_ids", 60),
        ("file/image/ad/info", "image_ids", 100),
        ("dmp/custom_audience/get", "custom_audience_ids", 100),
        ("ad/review_info", "ad_ids", 100),
        ("adgroup/review_info", "adgroup_ids", 20),
        ("campaign/spc/get", "campaign_ids", 100),
        ("tool/interest_keyword/get", "keyword_query", 50),
    ):
        values: list[object] = list(many[: most + 1])
        if name == "tool/interest_keyword/get":
            values = [{"keyword_id": one} for one in many[: most + 1]]
            assert tiny.get(name, advertiser_id=FIRST, **{param: values})["code"] == 40002
        else:
            assert tiny.get(name, advertiser_id=FIRST, **{param: values})["code"] == 40011
        assert tiny.get(name, advertiser_id=FIRST, **{param: values[:most]})["code"] in (0, 40002)


def test_videos_that_ads_show_are_in_the_library(tiny: Caller) -> None:
    """An ad's video, image, identity, page and pixel can be looked up in their own lists."""
    lists = {
        "video_id": ("file/video/ad/search", "list"),
        "identity_id": ("identity/get", "identity_list"),
        "page_id": ("page/get", "list"),
        "pixel_id": ("pixel/list", "pixels"),
    }
    known = {
        field: {row[field] for row in tiny.get(path, advertiser_id=FIRST)["data"][key]}
        for field, (path, key) in lists.items()
    }
    images = tiny.get("file/image/ad/search", advertiser_id=FIRST)["data"]["list"]
    seen = 0
    for ad in tiny.items("ad"):
        assert ad["video_id"] in known["video_id"]
        assert ad["identity_id"] in known["identity_id"]
        assert ad["image_ids"][0] in {image["image_id"] for image in images}
        for field, of in (("page_id", "page_id"), ("tracking_pixel_id", "pixel_id")):
            if ad[field] is not None:
                seen += 1
                assert isinstance(ad[field], int)
                assert str(ad[field]) in known[of]
    assert seen


def test_numbers_of_ids_are_text(tiny: Caller) -> None:
    """Only an ad's page_id and tracking_pixel_id come as JSON numbers."""
    for path, key, field in (
        ("file/video/ad/search", "list", "material_id"),
        ("page/get", "list", "page_id"),
        ("dmp/custom_audience/list", "list", "audience_id"),
        ("pixel/list", "pixels", "pixel_id"),
    ):
        rows = tiny.get(path, advertiser_id=FIRST)["data"][key]
        assert all(re.fullmatch("[0-9]{19}", row[field]) for row in rows)


def test_times_are_written_as_each_endpoint_writes_them(tiny: Caller) -> None:
    """ISO with a Z for creatives, plain text for the rest, numbers for pixels and comments of some."""
    video = tiny.get("file/video/ad/search", advertiser_id=FIRST)["data"]["list"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", video["create_time"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", video["preview_url_expire_time"])
    pixels = [tiny.get("pixel/list", advertiser_id=of)["data"]["pixels"][0] for of in (FIRST, SECOND)]
    assert isinstance(pixels[0]["create_time"], str)
    assert pixels[1]["create_time"] > 10**12
    money = tiny.get("bc/account/transaction/get", bc_id=CENTER)["data"]["transaction_list"][0]
    assert re.fullmatch(r"UTC[+-]\d\d:\d\d", money["timezone"])


def test_links_go_stale(tiny: Caller) -> None:
    """Each answer gives another link; what does not move is the material."""
    api = caller()
    before = api.get("file/video/ad/search", advertiser_id=FIRST)["data"]["list"][0]
    api.control("clock", advance_hours=1)
    after = api.get("file/video/ad/search", advertiser_id=FIRST)["data"]["list"][0]
    assert before["video_cover_url"] != after["video_cover_url"]
    expires = int(after["video_cover_url"].rpartition("=")[2])
    assert expires == int((NOW + timedelta(hours=7)).timestamp())
    volatile = {"video_cover_url", "preview_url", "preview_url_expire_time"}
    assert {k: v for k, v in before.items() if k not in volatile} == {
        k: v for k, v in after.items() if k not in volatile
    }


@pytest.mark.parametrize("name", [n for n in SERVED_LISTS if catalog().endpoints[n].null_values == "dropped"])
def test_some_endpoints_leave_out_what_is_null(tiny: Caller, proper: dict[str, Json], name: str) -> None:
    """Smart+, GMV Max, portfolios, Business Centers and catalogs have no nulls anywhere."""

    def nulls(value: object) -> bool:
        if isinstance(value, dict):
            return any(nulls(one) for one in value.values())
        return any(nulls(one) for one in value) if isinstance(value, list) else value is None

    assert not nulls(call(tiny, name, proper[name])["data"])


def test_a_portfolio_for_calls_to_action_comes_only_when_asked_for(tiny: Caller) -> None:
    """Without a filter of types those are left out."""
    usual = tiny.get("creative/portfolio/list", advertiser_id=FIRST)["data"]["creative_portfolios"]
    asked = {"creative_portfolio_types": ["CTA"]}
    special = tiny.get("creative/portfolio/list", advertiser_id=FIRST, filtering=asked)["data"]
    assert "CTA" not in {one["creative_portfolio_type"] for one in usual}
    assert {one["creative_portfolio_type"] for one in special["creative_portfolios"]} == {"CTA"}


def test_identities_of_a_business_center_need_its_id(tiny: Caller) -> None:
    """BC_AUTH_TT without identity_authorized_bc_id is refused."""
    asked: Json = {"advertiser_id": FIRST, "identity_type": "BC_AUTH_TT"}
    assert tiny.get("identity/get", **asked)["code"] == 40002
    assert tiny.get("identity/get", identity_authorized_bc_id=CENTER, **asked)["code"] == 0
    assert tiny.get("identity/get", identity_authorized_bc_id="1", **asked)["code"] == 40001


def test_posts_are_paged_by_cursor() -> None:
    """Each answer says whether there is more and where to go on; nothing comes twice."""
    api = caller([Plot(PLACES[0], Size(campaigns=2, assets=40))])
    own = api.get("identity/get", advertiser_id=FIRST, identity_type="TT_USER")["data"]["identity_list"][0]
    asked: Json = {"advertiser_id": FIRST, "identity_type": "TT_USER", "identity_id": own["identity_id"]}
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        data = api.get("identity/video/get", count=7, **asked, **({"cursor": cursor} if cursor else {}))[
            "data"
        ]
        seen += [one["item_id"] for one in data["video_list"]]
        cursor = data["cursor"]
        if not data["has_more"]:
            break
    assert len(seen) == len(set(seen)) > 14
    assert api.get("identity/video/get", count=21, **asked)["code"] == 40002


def test_a_custom_audience_has_details(tiny: Caller) -> None:
    """The list has no rule; the details nest the audience beside its history."""
    listed = tiny.get("dmp/custom_audience/list", advertiser_id=FIRST)["data"]["list"]
    assert not {"rule", "lookalike_spec"} & set(listed[0])
    ids = [one["audience_id"] for one in listed]
    detailed = tiny.get("dmp/custom_audience/get", advertiser_id=FIRST, custom_audience_ids=ids)["data"][
        "list"
    ]
    assert {one["audience_details"]["audience_id"] for one in detailed} == set(ids)
    assert all(one["audience_history"] for one in detailed)
    assert {one["audience_type"] for one in listed} <= {
        *("Customer File Audience", "Engagement Audience", "Website Audience", "Lookalike Audience")
    }


def test_pixel_statistics_know_thirty_days_and_ten_pixels(tiny: Caller) -> None:
    """More days, or more pixels, or somebody else's, are refused."""
    pixel = tiny.get("pixel/list", advertiser_id=FIRST)["data"]["pixels"][0]["pixel_id"]

    def stats(first: str, last: str, ids: list[str]) -> Json:
        span = {"start_date": first, "end_date": last}
        return tiny.get("pixel/event/stats", advertiser_id=FIRST, pixel_ids=ids, date_range=span)

    month = stats("2026-08-22", "2026-09-20", [pixel])
    assert month["code"] == 0
    assert month["data"]["list"][0]["pixel_id"] == pixel
    assert stats("2026-08-21", "2026-09-20", [pixel])["code"] == 40002
    assert stats("2026-09-20", "2026-09-01", [pixel])["code"] == 40002
    assert stats("2026-09-01", "2026-09-20", [str(n) for n in range(11)])["code"] == 40011
    assert stats("2026-09-01", "2026-09-20", ["1"])["code"] == 40002


def test_gmv_max_campaigns_need_their_types(tiny: Caller) -> None:
    """The list gives a short set of fields; the details of one campaign give all."""
    assert tiny.get("gmv_max/campaign/get", advertiser_id=FIRST)["code"] == 40002
    assert tiny.get("gmv_max/campaign/get", advertiser_id=FIRST, filtering={})["code"] == 40002
    found = {
        (type_, status): tiny.get(
            "gmv_max/campaign/get",
            advertiser_id=FIRST,
            filtering={"gmv_max_promotion_types": [type_], **({"primary_status": status} if status else {})},
        )["data"]["list"]
        for type_ in ("PRODUCT_GMV_MAX", "LIVE_GMV_MAX")
        for status in ("", "STATUS_DELETE")
    }
    assert [len(rows) for rows in found.values()] == [2, 1, 1, 0]
    row = found["PRODUCT_GMV_MAX", ""][0]
    assert "store_id" not in row
    whole = tiny.get("campaign/gmv_max/info", advertiser_id=FIRST, campaign_id=row["campaign_id"])["data"]
    stores = tiny.get("gmv_max/store/list", advertiser_id=FIRST)["data"]["store_list"]
    assert whole["store_id"] in {one["store_id"] for one in stores}
    assert row.items() <= whole.items()


def test_reviews_come_as_maps(tiny: Caller) -> None:
    """From id to review, not as a list; ad groups bring those of their ads."""
    groups = [row["adgroup_id"] for row in tiny.items("adgroup")][:3]
    data = tiny.get("adgroup/review_info", advertiser_id=FIRST, adgroup_ids=groups)["data"]
    assert set(data["ad_group_review_map"]) == set(groups)
    ads = {row["ad_id"] for row in tiny.items("ad") if row["adgroup_id"] in groups}
    assert ads <= set(data["ad_review_map"])


def test_a_business_center_lists_its_accounts(tiny: Caller) -> None:
    """Nested rows of Business Centers; each account belongs to one."""
    centers = [row["bc_info"]["bc_id"] for row in tiny.get("bc/get")["data"]["list"]]
    accounts = [
        row["asset_id"]
        for bc_id in centers
        for row in tiny.get("bc/asset/get", bc_id=bc_id, asset_type="ADVERTISER")["data"]["list"]
    ]
    assert sorted(accounts) == sorted(tiny.simulator.world.advertisers)
    assert tiny.get("bc/asset/get", bc_id=CENTER, asset_type="NOTHING")["code"] == 40002


def test_a_login_sees_the_business_centers_of_its_accounts() -> None:
    """Another Business Center is neither listed nor readable."""
    api = caller()
    api.control("login", token="narrow", advertiser_ids=[FIRST], scopes=list(READ_SCOPES))
    listed = api.get("bc/get", token="narrow")["data"]["list"]
    assert [row["bc_info"]["bc_id"] for row in listed] == [CENTER]
    other = api.get("bc/get")["data"]["list"][1]["bc_info"]["bc_id"]
    assert api.get("bc/balance/get", token="narrow", bc_id=other)["code"] == 40001


def test_accounts_of_a_large_business_center_come_in_pages() -> None:
    """Fifty at most at once."""
    api = caller("agency")
    bc_id = api.get("bc/get")["data"]["list"][0]["bc_info"]["bc_id"]
    first = api.get("bc/asset/get", bc_id=bc_id, asset_type="ADVERTISER", page_size=50)["data"]
    assert first["page_info"] == {"page": 1, "page_size": 50, "total_number": 67, "total_page": 2}
    second = api.get("bc/asset/get", bc_id=bc_id, asset_type="ADVERTISER", page_size=50, page=2)["data"]
    assert len({row["asset_id"] for row in first["list"] + second["list"]}) == 67


def test_transactions_are_of_ninety_days_unless_asked_for(tiny: Caller) -> None:
    """A year at most; times are the account's own."""
    usual = tiny.get("bc/account/transaction/get", bc_id=CENTER, page_size=50)["data"]
    span = {"start_time": "2026-01-01 00:00:00", "end_time": "2026-09-22 23:59:59"}
    more = tiny.get("bc/account/transaction/get", bc_id=CENTER, filtering=span, page_size=50)["data"]
    assert 0 < usual["page_info"]["total_number"] < more["page_info"]["total_number"]
    span["start_time"] = "2025-01-01 00:00:00"
    assert tiny.get("bc/account/transaction/get", bc_id=CENTER, filtering=span)["code"] == 40002


def test_costs_are_those_of_reports(tiny: Caller) -> None:
    """What an account cost on a day is what its report says it spent."""
    days = {"start_date": "2026-09-14", "end_date": "2026-09-20"}
    costs = tiny.get("bc/account/cost/get", bc_id=CENTER, filtering=days)["data"]["cost_list"]
    spent = sum(round(float(row["metrics"]["spend"]) * 100) for row in tiny.rows())
    top_view = sum(
        round(float(row["metrics"]["spend"]) * 100)
        for row in tiny.rows(filtering=[status("ad"), one_filter("buying_type", ["RESERVATION_TOP_VIEW"])])
    )
    mine = next(row for row in costs if row["advertiser_id"] == FIRST)
    assert round(mine["amount"] * 100) == spent + top_view


def test_terms_come_in_the_language_asked_for(tiny: Caller) -> None:
    """Languages are upper-case here; another, or another kind of term, is refused."""
    english = tiny.get("term/get", advertiser_id=FIRST, term_type="LeadAds")["data"]["terms"]
    japanese = tiny.get("term/get", advertiser_id=FIRST, term_type="LeadAds", lang="JA")["data"]["terms"]
    assert "lead ads" in english
    assert "リード獲得広告" in japanese
    assert tiny.get("term/get", advertiser_id=FIRST, term_type="LEADADS")["code"] == 40002
    for type_ in ("LeadAds", "InstantPage", "Pixel", "ReachFrequency"):
        assert tiny.get("term/check", advertiser_id=FIRST, term_type=type_)["data"]["confirmed"] in (
            True,
            False,
        )


def test_whoever_agrees_to_terms_is_noticed() -> None:
    """term/confirm changes something, and so do all paths but the few that only read by POST."""
    api = caller()
    assert api.get("term/check", advertiser_id=FIRST, term_type="LeadAds")["data"]["confirmed"] is False
    assert api.control("counters")["violations"] == {}
    assert api.post("term/confirm", advertiser_id=FIRST, term_type="LeadAds")["code"] == 0
    assert api.get("term/check", advertiser_id=FIRST, term_type="LeadAds")["data"]["confirmed"] is True
    api.http.post("/open_api/v1.3/campaign/update/", json={}, headers={"Access-Token": TOKEN})
    assert api.control("counters")["violations"] == {"write: term/confirm": 1, "write: campaign/update": 1}


def lead_rows(api: Caller, owner: str, form: str, region: str = "") -> list[dict[str, str]]:
    """Leads of a form and region, by a task, as its file holds them."""
    headers = {"Access-Token": TOKEN, **({"x-lead-region": region} if region else {})}
    asked = {"advertiser_id": owner, "page_id": form}

    def task(**more: str) -> Json:
        answer = api.http.post("/open_api/v1.3/page/lead/task/", json={**asked, **more}, headers=headers)
        body: Json = answer.json()
        assert body["code"] == 0, body["message"]
        data: Json = body["data"]
        return data

    made = task()
    seen = [made["status"]]
    for _ in range(10):
        seen.append(task(task_id=made["task_id"])["status"])
        if seen[-1] == "SUCCEED":
            break
    assert seen[0] == "CREATED"
    assert "RUNNING" in seen
    query = {"advertiser_id": owner, "task_id": made["task_id"]}
    path = "/open_api/v1.3/page/lead/task/download/"
    without = api.http.get(
        path, params=query, headers={**headers, "x-lead-region": "eu" if region != "eu" else "us"}
    )
    assert without.json()["code"] == 40002
    answer = api.http.get(path, params=query, headers=headers)
    content = answer.content
    if answer.headers["content-type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = packed.read(packed.namelist()[0])
    else:
        assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_leads_come_as_a_file_by_a_task() -> None:
    """Created, polled by the same call with its id until SUCCEED, downloaded as CSV; new ones keep coming."""
    api = caller("demo")
    owner = "7000000000000000003"
    form = api.get("page/get", advertiser_id=owner)["data"]["list"][-1]["page_id"]
    before = lead_rows(api, owner, form)
    assert before
    assert {row["page_id"] for row in before} == {form}
    truth = api.control("truth", advertiser_id=owner, table="page/lead/task")
    assert {row["lead_id"] for row in before} == {r["lead_id"] for r in truth if r["page_id"] == form}
    api.control("clock", advance_hours=96)
    after = lead_rows(api, owner, form)
    assert {row["lead_id"] for row in before} < {row["lead_id"] for row in after}


def test_leads_are_kept_apart_by_region() -> None:
    """Those of Europe and of the United States come only by their header; three calls give all."""
    api = caller("demo")
    seen: dict[str, dict[str, list[str]]] = {}
    for owner in (FIRST, SECOND):
        truth = api.control("truth", advertiser_id=owner, table="page/lead/task")
        for form in [row["page_id"] for row in api.get("page/get", advertiser_id=owner)["data"]["list"]]:
            parts = {
                region: [row["lead_id"] for row in lead_rows(api, owner, form, region)]
                for region in ("", "us", "eu")
            }
            seen[owner] = parts
            assert sorted(parts[""] + parts["us"] + parts["eu"]) == sorted(
                row["lead_id"] for row in truth if row["page_id"] == form
            )
    assert seen[FIRST]["us"]
    assert seen[FIRST][""]
    assert seen[SECOND]["eu"]
    assert not seen[SECOND]["us"]
    headers = {"Access-Token": TOKEN, "x-lead-region": "mars"}
    body = {"advertiser_id": FIRST, "page_id": form}
    answer = api.http.post("/open_api/v1.3/page/lead/task/", json=body, headers=headers)
    assert answer.json()["code"] == 40002


def test_a_task_that_is_not_ready_gives_no_file(tiny: Caller) -> None:
    """Then, or for a task of somebody else, an envelope says so instead of a file."""
    made = tiny.post("changelog/task/create", advertiser_id=FIRST)["data"]["task_id"]
    assert tiny.get("changelog/task/download", advertiser_id=FIRST, task_id=made)["code"] == 40201
    assert tiny.get("changelog/task/check", advertiser_id=SECOND, task_id=made)["code"] == 40002
    assert tiny.get("comment/task/check", advertiser_id=FIRST, task_id=made)["code"] == 40002


def test_the_change_log_is_text_within_text() -> None:
    """A printed dictionary that holds the bytes of a CSV, which begins with counts and a blank line."""
    api = caller()
    made = api.post(
        "changelog/task/create",
        advertiser_id=FIRST,
        start_time="2026-09-01 00:00:00",
        end_time="2026-09-22 00:00:00",
        timezone="Pacific/Kiritimati",
    )["data"]["task_id"]
    statuses = [
        api.get("changelog/task/check", advertiser_id=FIRST, task_id=made)["data"]["status"] for _ in range(4)
    ]
    assert statuses[0] == "PROCESSING"
    assert statuses[-1] == "SUCCESS"
    text = api.get("changelog/task/download", advertiser_id=FIRST, task_id=made)["data"]["changelog"]
    (file,) = ast.literal_eval(text).values()
    counts, _, table = file.decode().partition("\n\n")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert rows
    assert f",{len(rows)}" in counts
    assert all(re.fullmatch(r"2026-09-\d\d \d\d:\d\d", row["Time"]) for row in rows)
    assert {row["log_object_type"] for row in rows} <= {"CAMPAIGN", "ADGROUP", "AD"}


@pytest.mark.parametrize(
    "params",
    [
        {"start_time": "2026-08-01 00:00:00", "end_time": "2026-09-22 00:00:00"},
        {"start_time": "2026-09-01"},
        {"timezone": "Nowhere/Land"},
        {"module": "EVERYTHING"},
    ],
)
def test_a_change_log_has_rules(tiny: Caller, params: Json) -> None:
    """Thirty days at most, times to the second, a zone that exists."""
    assert tiny.post("changelog/task/create", advertiser_id=FIRST, **params)["code"] == 40002


def test_comments_are_asked_for_by_ad_group(tiny: Caller) -> None:
    """One ad group and a span of days for each call; all together are all comments that there are."""
    asked: Json = {"advertiser_id": FIRST, "start_time": "2026-01-01", "end_time": "2026-09-22"}
    assert tiny.get("comment/list", search_field="AD_ID", search_value="1", **asked)["code"] == 40002
    seen: list[Json] = []
    top_view = tiny.items("adgroup", buying_types=["RESERVATION_TOP_VIEW"])
    for group in [row["adgroup_id"] for row in [*tiny.items("adgroup"), *top_view]]:
        spoken = tiny.get(
            "comment/list", search_field="ADGROUP_ID", search_value=group, page_size=100, **asked
        )
        seen += spoken["data"]["comments"]
        assert {row["adgroup_id"] for row in spoken["data"]["comments"]} <= {group}
        times = [row["create_time"] for row in spoken["data"]["comments"]]
        assert times == sorted(times, reverse=True)
    truth = tiny.control("truth", advertiser_id=FIRST, table="comment/list")
    assert sorted(one["comment_id"] for one in seen) == sorted(one["comment_id"] for one in truth)


def test_comments_are_exported_by_a_task() -> None:
    """The CSV stands as text in the envelope."""
    api = caller()
    made = api.post("comment/task/create", advertiser_id=FIRST)["data"]["task_id"]
    for _ in range(4):
        api.get("comment/task/check", advertiser_id=FIRST, task_id=made)
    text = api.get("comment/task/download", advertiser_id=FIRST, task_id=made)["data"]["csv"]
    truth = api.control("truth", advertiser_id=FIRST, table="comment/list")
    ids = [row["comment_id"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert sorted(ids) == sorted(one["comment_id"] for one in truth)


def test_assets_come_and_go_with_time() -> None:
    """On the day after, one of each kind is renamed and one is gone; a day later a new one is there."""
    api = caller()
    kinds = {
        "pixel/list": ("pixels", "pixel_id", "pixel_name"),
        "dmp/custom_audience/list": ("list", "audience_id", "name"),
        "file/video/ad/search": ("list", "video_id", "file_name"),
    }

    def names() -> dict[str, dict[str, str]]:
        return {
            path: {row[at]: row[name] for row in api.get(path, advertiser_id=FIRST)["data"][key]}
            for path, (key, at, name) in kinds.items()
        }

    today = names()
    api.control("clock", advance_hours=24)
    tomorrow = names()
    api.control("clock", advance_hours=24)
    later = names()
    for path in kinds:
        assert len(today[path].keys() - tomorrow[path].keys()) == 1
        changed = [at for at in tomorrow[path] if tomorrow[path][at] != today[path][at]]
        assert len(changed) == 1
        assert tomorrow[path][changed[0]].endswith("(v2)")
        assert len(later[path].keys() - tomorrow[path].keys()) == 1


def test_assets_can_be_changed_from_outside() -> None:
    """A test takes one away, renames one, makes one."""
    api = caller()
    pixels = api.get("pixel/list", advertiser_id=FIRST)["data"]["pixels"]
    at: Json = {"kind": "pixel", "owner_id": FIRST, "id": pixels[0]["pixel_id"]}
    api.control("edit", values={"pixel_name": "Other"}, **at)
    assert api.get("pixel/list", advertiser_id=FIRST)["data"]["pixels"][0]["pixel_name"] == "Other"
    api.control("vanish", **at)
    made = api.control("create", kind="pixel", owner_id=FIRST, name="Fresh")["id"]
    after = api.get("pixel/list", advertiser_id=FIRST)["data"]["pixels"]
    assert {row["pixel_id"] for row in after} == {row["pixel_id"] for row in pixels[1:]} | {made}


def test_the_kinds_of_assets_are_documented() -> None:
    """Whoever changes assets from outside finds their names on the page."""
    page = (Path(__file__).parent.parent / "docs" / "simulator.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{kind}`" for kind in sorted(KINDS_OF_ASSETS)) in page


def test_assets_can_be_many_and_ill_named() -> None:
    """By option: thousands of each, under names that break spreadsheets and pages; no gap between pages."""
    api = caller([Plot(PLACES[0], Size(campaigns=1, assets=1234, hostile=True))])
    seen: list[str] = []
    names: list[str] = []
    page, last = 1, 1
    while page <= last:
        data = api.get("file/video/ad/search", advertiser_id=FIRST, page_size=100, page=page)["data"]
        seen += [row["video_id"] for row in data["list"]]
        names += [row["file_name"] for row in data["list"]]
        last = data["page_info"]["total_page"]
        page += 1
    truth = api.control("truth", advertiser_id=FIRST, table="file/video/ad/search")
    # Each tenth was uploaded before, and one is yet to come.
    assert len(seen) == len(set(seen)) == len(truth) == 1233 - 123
    again = api.simulator.world.estates[FIRST, "video"][9].id
    named = {"video_ids": [f"v10033g5{again}"]}
    assert len(api.get("file/video/ad/search", advertiser_id=FIRST, filtering=named)["data"]["list"]) == 1
    for sign in ("=SUM", '"', "🎉", "عرض", "<script>", "\n"):
        assert any(sign in name for name in names)


@pytest.mark.parametrize("kind", ["page_short", "no_list", "unknown_field", "wrong_total", "data_null"])
def test_faults_hit_lists_under_any_name(kind: str) -> None:
    """Rows are found wherever an endpoint keeps them."""
    api = caller()
    good = api.get("pixel/list", advertiser_id=FIRST)["data"]
    api.control("faults", add=[{"kind": kind, "path": "pixel/list"}])
    bad = api.get("pixel/list", advertiser_id=FIRST)["data"]
    assert bad != good
    assert api.get("pixel/list", advertiser_id=FIRST)["data"] == good


@pytest.mark.parametrize(
    "kind", sorted(KINDS - {"gzip_bomb", "hang", "slow_body", "reset", "wrong_content_length"})
)
def test_any_fault_can_hit_any_list(proper: dict[str, Json], kind: str) -> None:
    """Whatever an answer looks like, a fault of any kind leaves one behind, and hits only once."""
    api = caller()
    for name in ("ad/review_info", "bc/get", "term/check", "identity/video/get", "tool/carrier"):
        fault = {"kind": kind, "path": name, "field": "name", "value": "x", "size": 100}
        api.control("faults", clear=True, add=[fault])
        headers = {"Access-Token": TOKEN}
        params = {k: v if isinstance(v, str) else json.dumps(v) for k, v in proper[name].items()}
        api.http.get(f"/open_api/v1.3/{name}/", params=params, headers=headers)
        assert call(api, name, proper[name])["code"] == 0


def test_fields_can_be_chosen(tiny: Caller) -> None:
    """Only those asked for come; one that there is not is refused."""
    rows = tiny.get("smart_plus/campaign/get", advertiser_id=FIRST, fields=["campaign_id", "budget"])["data"]
    assert [set(row) for row in rows["list"]] == [{"campaign_id", "budget"}]
    refused = tiny.get("smart_plus/campaign/get", advertiser_id=FIRST, fields=["campaign_id", "nothing"])
    assert refused["code"] == 40002
    assert "nothing" in refused["message"]


def test_a_task_can_be_made_to_fail() -> None:
    """A fault may set what the answer itself says."""
    api = caller("demo")
    fault = {"kind": "set_field", "field": "status", "value": "FAILED", "path": "comment/task/check"}
    api.control("faults", add=[fault])
    made = api.post("comment/task/create", advertiser_id=FIRST)["data"]["task_id"]
    assert api.get("comment/task/check", advertiser_id=FIRST, task_id=made)["data"]["status"] == "FAILED"


def test_the_sandbox_lacks_what_it_is_known_to_lack(tiny: Caller) -> None:
    """Business Centers, catalogs, audiences, Smart+, GMV Max and pixels answer 40014 there."""
    api = caller()
    api.control("options", sandbox=True)
    for name, params in examples(tiny).items():
        if name.startswith(("bc/", "catalog/", "dmp/", "smart_plus/", "gmv_max/", "pixel/")):
            assert call(api, name, params)["code"] == 40014
    assert api.get("term/check", advertiser_id=FIRST, term_type="LeadAds")["code"] == 0
    assert api.get("identity/get", advertiser_id=FIRST)["code"] == 0
    assert "secondary_status" not in api.get("campaign/get", advertiser_id=FIRST)["data"]["list"][0]
    assert api.get("oauth2/advertiser/get", app_id=APP_ID, secret=APP_SECRET)["code"] == 40014


def test_webhooks_need_app_and_secret(tiny: Caller) -> None:
    """They are the app's; no token of an advertiser opens them."""
    assert tiny.get("subscription/get", token=None)["code"] == 40002
    body = tiny.get("subscription/get", token=None, app_id=APP_ID, secret=APP_SECRET)
    assert body["data"]["subscriptions"][0]["subscribe_entity"] == "LEAD"


def test_the_truth_of_a_list_is_what_its_pages_hold(tiny: Caller) -> None:
    """Whoever loaded a list can hold its table against the world, whatever calls that took."""
    videos = tiny.get("file/video/ad/search", advertiser_id=FIRST, page_size=100)["data"]["list"]
    truth = tiny.control("truth", advertiser_id=FIRST, table="file/video/ad/search")
    assert sorted(r["video_id"] for r in truth) == sorted(r["video_id"] for r in videos)
    terms = tiny.control("truth", advertiser_id=FIRST, table="term/get")
    assert len(terms) == 4 * 3
    assets = tiny.control("truth", bc_id=CENTER, table="bc/asset/get")
    assert {row["asset_type"] for row in assets} >= {"ADVERTISER", "PIXEL", "TIKTOK_SHOP", "CATALOG"}


def test_two_worlds_of_one_seed_are_equal() -> None:
    """What a test saw can be seen again."""
    one, two = caller("demo"), caller("demo")
    for name in ("pixel/list", "dmp/custom_audience/list", "comment/list", "file/music/get"):
        assert one.control("truth", advertiser_id=FIRST, table=name) == two.control(
            "truth", advertiser_id=FIRST, table=name
        )


def test_an_empty_advertiser_has_nothing() -> None:
    """Lists of an account without campaigns are empty, and no error."""
    api = caller([Plot(PLACES[0], Size(campaigns=0))])
    for name in ("pixel/list", "file/video/ad/search", "app/list", "gmv_max/store/list", "page/get"):
        data = api.get(name, advertiser_id=FIRST)["data"]
        assert [value for value in data.values() if isinstance(value, list)] == [[]]


def test_a_new_lead_is_dated_when_it_came() -> None:
    """Times of leads are UTC and never in the future."""
    api = caller("demo")
    truth = api.control("truth", advertiser_id=FIRST, table="page/lead/task")
    latest = max(datetime.fromisoformat(row["create_time"]).replace(tzinfo=UTC) for row in truth)
    assert NOW - timedelta(days=3) < latest <= NOW
