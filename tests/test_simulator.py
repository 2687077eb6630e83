"""Holds the simulator against the documentation: envelope, sign-in, lists, time."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.simulator_caller import FIRST, NOW, SECOND, Caller, caller
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET
from tiktok_ads.simulator.presets import PLACES


@pytest.fixture(scope="module")
def tiny() -> Caller:
    """For tests that change nothing."""
    return caller()


def test_an_answer_wears_the_envelope(tiny: Caller) -> None:
    """Code, message, request id and data come with HTTP 200, whatever happened."""
    body = tiny.get("user/info")
    assert set(body) == {"code", "message", "request_id", "data"}
    assert (body["code"], body["message"]) == (0, "OK")
    other = tiny.get("campaign/get", advertiser_id="1")
    assert other["code"] == 40001
    assert other["data"] == {}
    assert other["request_id"] not in ("", body["request_id"])


def test_a_path_needs_its_last_slash(tiny: Caller) -> None:
    """Without it, or with the wrong method, the request never reaches the API."""
    assert tiny.http.get("/open_api/v1.3/user/info").status_code == 404
    assert tiny.http.get("/open_api/v1.3/nothing/here/").status_code == 404
    assert tiny.http.post("/open_api/v1.3/user/info/").status_code == 405


def test_tokens_are_told_apart(tiny: Caller) -> None:
    """A missing token, a wrong one and one for another advertiser have codes of their own."""
    assert tiny.get("user/info", token=None)["code"] == 40104
    assert tiny.get("user/info", token="wrong")["code"] == 40105
    bearer = tiny.http.get("/open_api/v1.3/user/info/", headers={"Access-Token": "Bearer simulator-token"})
    assert bearer.json()["code"] == 40105


def test_a_login_reads_only_what_it_was_granted() -> None:
    """Another advertiser, or an endpoint without its scope, is refused with 40001."""
    api = caller()
    api.control("login", token="narrow", advertiser_ids=[FIRST], scopes=[220, 100])
    assert api.get("ad/get", token="narrow", advertiser_id=FIRST)["code"] == 0
    assert api.get("ad/get", token="narrow", advertiser_id=SECOND)["code"] == 40001
    assert api.get("campaign/get", token="narrow", advertiser_id=FIRST)["code"] == 40001
    assert api.get("advertiser/info", token="narrow", advertiser_ids=[FIRST])["code"] == 0
    assert api.get("advertiser/info", token="narrow", advertiser_ids=[FIRST, SECOND])["code"] == 40001


def test_signing_in_goes_through_the_consent_page() -> None:
    """The browser comes back with a code that is good once and for an hour; the token does not expire."""
    api = caller()
    asked = {"app_id": APP_ID, "state": "s t/ä", "redirect_uri": "http://127.0.0.1:8765/back?x=1"}
    page = api.http.get("/portal/auth", params=asked)
    assert page.status_code == 200
    assert FIRST in page.text
    back = api.http.get("/portal/auth/allow", params=asked)
    target = urlsplit(back.headers["location"])
    sent = parse_qs(target.query)
    assert (target.netloc, sent["x"], sent["state"]) == ("127.0.0.1:8765", ["1"], ["s t/ä"])
    assert sent["code"] == sent["auth_code"]

    exchange = {"app_id": APP_ID, "auth_code": sent["auth_code"][0], "token": None}
    assert api.post("oauth2/access_token", secret="wrong", **exchange)["code"] == 40101
    body = api.post("oauth2/access_token", secret=APP_SECRET, **exchange)
    assert FIRST in body["data"]["advertiser_ids"]
    assert all(isinstance(scope, int) for scope in body["data"]["scope"])
    token = body["data"]["access_token"]
    assert api.post("oauth2/access_token", secret=APP_SECRET, **exchange)["code"] == 40110

    menu = api.get("oauth2/advertiser/get", token=token, app_id=APP_ID, secret=APP_SECRET)["data"]["list"]
    assert menu[0] == {"advertiser_id": FIRST, "advertiser_name": "Advertiser 1"}
    gone = api.post("oauth2/revoke_token", app_id=APP_ID, secret=APP_SECRET, access_token=token)
    assert FIRST in gone["data"]["advertiser_ids"]
    assert api.get("user/info", token=token)["code"] == 40105


def test_a_code_dies_after_an_hour() -> None:
    """A code that waited too long signs nobody in."""
    api = caller()
    asked = {"app_id": APP_ID, "redirect_uri": "http://localhost/"}
    sent = parse_qs(urlsplit(api.http.get("/portal/auth/allow", params=asked).headers["location"]).query)
    api.control("clock", advance_seconds=3601)
    body = api.post(
        "oauth2/access_token", token=None, app_id=APP_ID, secret=APP_SECRET, auth_code=sent["code"][0]
    )
    assert body["code"] == 40110


@pytest.mark.parametrize("target", ["", "javascript:alert(1)", "https://elsewhere.test/", "//127.0.0.1/"])
def test_a_code_never_leaves_this_machine(tiny: Caller, target: str) -> None:
    """The consent page sends codes to loopback only."""
    asked = {"app_id": APP_ID, "redirect_uri": target}
    assert tiny.http.get("/portal/auth", params=asked).status_code == 400
    assert tiny.http.get("/portal/auth/allow", params=asked).status_code == 400


def test_advertisers_have_zone_money_and_age(tiny: Caller) -> None:
    """`create_time` is a number of seconds, unlike everywhere else; contact details are masked."""
    row = tiny.get("advertiser/info", advertiser_ids=[FIRST])["data"]["list"][0]
    assert (row["display_timezone"], row["timezone"], row["currency"]) == (
        "Pacific/Kiritimati",
        "Etc/GMT-14",
        "USD",
    )
    assert isinstance(row["create_time"], int)
    assert "*" in row["email"]
    assert "company_name_editable" not in row
    odd = tiny.get("advertiser/info", advertiser_ids=[FIRST], fields=["company_name_editable", "name"])
    assert odd["data"]["list"] == [{"advertiser_id": FIRST, "company_name_editable": True}]


def test_the_places_cover_the_ends_of_the_world() -> None:
    """Zones from UTC-12 to UTC+14, with daylight saving of an hour, of half an hour and of none."""
    noon = datetime(2026, 1, 15, 12)
    offsets = {ZoneInfo(place.zone).utcoffset(noon) for place in PLACES}
    hours = sorted(offset.total_seconds() / 3600 for offset in offsets if offset is not None)
    assert (hours[0], hours[-1]) == (-12, 14)
    assert 5.75 in hours


@pytest.mark.parametrize("level", ["campaign", "adgroup", "ad"])
def test_lists_are_paged_and_newest_first(tiny: Caller, level: str) -> None:
    """Ten a page unless asked; pages hold each object once; ids have 19 digits and are text."""
    first = tiny.get(f"{level}/get", advertiser_id=FIRST)["data"]["page_info"]
    assert (first["page"], first["page_size"]) == (1, 10)
    everything = [row[f"{level}_id"] for row in tiny.items(level)]
    paged = []
    for page in range(1, 50):
        body = tiny.get(
            f"{level}/get",
            advertiser_id=FIRST,
            page=page,
            page_size=2,
            filtering={"primary_status": "STATUS_ALL"},
        )["data"]
        paged += [row[f"{level}_id"] for row in body["list"]]
        if page >= body["page_info"]["total_page"]:
            break
    assert paged == everything == sorted(everything, key=int, reverse=True)
    assert len(set(paged)) == body["page_info"]["total_number"]
    assert all(len(one) == 19 and int(one) > 2**53 for one in paged)


def test_ads_show_what_is_hard_to_read() -> None:
    """Numbers beyond 2^53, explicit nulls, nested values, times in UTC, ads without `modify_time`."""
    api = caller("demo")
    ads = api.items("ad")
    assert any(isinstance(ad["page_id"], int) and ad["page_id"] > 2**53 for ad in ads)
    assert any(isinstance(ad["tracking_pixel_id"], int) for ad in ads)
    assert any(ad["utm_params"] == [{"key": "utm_source", "value": "tiktok"}] for ad in ads)
    assert any(value is None for ad in ads for value in ad.values())
    assert {ad["modify_time"] is None for ad in ads} == {True, False}
    names = {row["campaign_name"] for row in api.items("campaign")} | {ad["ad_name"] for ad in ads}
    assert any(not name.isascii() for name in names)
    without = api.get(
        "ad/get", advertiser_id=FIRST, exclude_field_types_in_response=["NULL_FIELD"], page_size=100
    )["data"]["list"]
    assert all(value is not None for ad in without for value in ad.values())
    only = api.get("ad/get", advertiser_id=FIRST, fields=["ad_id", "ad_name"])["data"]["list"]
    assert all(set(ad) == {"ad_id", "ad_name"} for ad in only)


def test_a_name_may_be_just_a_dash() -> None:
    """A dash is somebody's name for a campaign, not a missing value."""
    names = [row["campaign_name"] for one in (FIRST, SECOND) for row in caller("demo").items("campaign", one)]
    assert "-" in names


def test_kinds_of_campaigns_need_their_own_calls(tiny: Caller) -> None:
    """TopView and Promote stand in lists of their own; creatives of upgraded Smart+ stand in none."""
    usual = {row["campaign_id"] for row in tiny.items("campaign")}
    top_view = tiny.items("campaign", buying_types=["RESERVATION_TOP_VIEW"])
    promote = tiny.items("campaign", campaign_system_origins=["PROMOTE"])
    assert {row["objective_type"] for row in top_view} == {"TOPVIEW_REACH"}
    assert {row["campaign_system_origin"] for row in promote} == {"PROMOTE"}
    assert len(promote[0]) < 20
    assert not usual & {row["campaign_id"] for row in (*top_view, *promote)}
    assert any(row["is_smart_performance_campaign"] for row in tiny.items("campaign"))

    reported = {row["dimensions"]["ad_id"] for row in tiny.rows()}
    listed = {row["ad_id"] for row in tiny.items("ad")}
    listed |= {row["ad_id"] for row in tiny.items("ad", campaign_system_origins=["PROMOTE"])}
    creatives = reported - listed
    assert creatives
    automation = {
        row["metrics"]["campaign_automation_type"]
        for row in tiny.rows(metrics=["spend", "campaign_automation_type"])
        if row["dimensions"]["ad_id"] in creatives
    }
    assert automation == {"UPGRADED_SMART_PLUS"}


def test_deleted_objects_are_hidden_until_asked_for() -> None:
    """The default list leaves them out; STATUS_ALL and STATUS_DELETE show them, parents' deletions too."""
    api = caller()
    campaign = api.items("campaign", SECOND)[0]["campaign_id"]
    before = api.items("ad", SECOND, campaign_ids=[campaign])
    api.control("clock", advance_hours=1)
    api.control("delete", level="campaign", id=campaign)
    after = api.items("ad", SECOND, campaign_ids=[campaign])
    assert [ad["ad_id"] for ad in after] == [ad["ad_id"] for ad in before]
    assert {ad["secondary_status"] for ad in after} <= {"AD_STATUS_CAMPAIGN_DELETE", "AD_STATUS_DELETE"}
    # What happens to a parent does not touch the modify_time of its ads.
    assert [ad["modify_time"] for ad in after] == [ad["modify_time"] for ad in before]
    now_deleted = api.items("campaign", SECOND, primary_status="STATUS_DELETE")
    assert campaign in [row["campaign_id"] for row in now_deleted]
    default = api.get("campaign/get", advertiser_id=SECOND)["data"]["list"]
    assert campaign not in [row["campaign_id"] for row in default]
    changed = next(row for row in now_deleted if row["campaign_id"] == campaign)
    assert changed["modify_time"] == "2026-09-22 16:10:00"


def test_ads_can_be_asked_for_by_their_change() -> None:
    """`modified_after` lists what was changed since, and nothing that shows no `modify_time`."""
    api = caller()
    some = api.items("ad", SECOND)[0]["ad_id"]
    api.control("clock", advance_hours=1)
    api.control("edit", level="ad", id=some, values={"ad_name": "Renamed"})
    changed = api.items("ad", SECOND, modified_after="2026-09-22 16:00:00")
    assert [(ad["ad_id"], ad["ad_name"]) for ad in changed] == [(some, "Renamed")]
    assert all(ad["modify_time"] for ad in api.items("ad", modified_after="2000-01-01 00:00:00"))


def test_objects_come_and_vanish() -> None:
    """A new ad is first in the list; one that vanishes is in no list, but its numbers stay."""
    api = caller()
    adgroup = api.items("adgroup", SECOND)[0]["adgroup_id"]
    made = api.control("create", level="ad", parent_id=adgroup, name="Fresh")["id"]
    newest = api.items("ad", SECOND)[0]
    assert (newest["ad_id"], newest["ad_name"]) == (made, "Fresh")
    rows = api.rows(SECOND)
    gone = rows[0]["dimensions"]["ad_id"]
    api.control("vanish", level="ad", id=gone)
    assert gone not in {ad["ad_id"] for ad in api.items("ad", SECOND)}
    assert api.rows(SECOND) == rows


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"page_size": 1001}, 40002),
        ({"page_size": 0}, 40002),
        ({"page": 0}, 40002),
        ({"page": "x"}, 40002),
        ({"fields": ["no_such_field"]}, 40002),
        ({"fields": "campaign_id"}, 40002),
        ({"filtering": {"no_such_filter": 1}}, 40002),
        ({"filtering": [1]}, 40002),
        ({"filtering": {"modified_after": "2026-01-01 00:00:00"}}, 40002),
        ({"filtering": {"primary_status": "STATUS_SOMETHING"}}, 40002),
        ({"filtering": {"buying_types": ["AUCTION", "RESERVATION_TOP_VIEW"]}}, 40002),
        ({"filtering": {"campaign_ids": []}}, 40002),
        ({"filtering": {"campaign_ids": [1801]}}, 40002),
        ({"filtering": {"campaign_ids": [str(n) for n in range(101)]}}, 40011),
        ({"advertiser_id": "abc"}, 40002),
        ({"advertiser_id": "12345"}, 40001),
        ({"exclude_field_types_in_response": ["OTHER"]}, 40002),
    ],
)
def test_wrong_list_parameters_are_refused(tiny: Caller, params: dict[str, object], code: int) -> None:
    """Only what is documented for campaign/get passes."""
    body = tiny.get("campaign/get", **{"advertiser_id": FIRST, **params})
    assert body["code"] == code, body


def test_top_view_ad_groups_come_in_small_pages(tiny: Caller) -> None:
    """A hundred a page at most, where other lists take a thousand."""
    asked = {"advertiser_id": FIRST, "filtering": {"buying_types": ["RESERVATION_TOP_VIEW"]}}
    assert tiny.get("adgroup/get", page_size=101, **asked)["code"] == 40002
    assert tiny.get("adgroup/get", page_size=100, **asked)["code"] == 0


def test_a_world_is_equal_to_itself() -> None:
    """Seed, preset and clock decide everything: two simulators give the same rows."""
    one, two = caller("demo"), caller("demo")
    assert one.items("ad") == two.items("ad")
    assert one.rows() == two.rows()


def test_an_account_may_own_nothing_or_do_nothing() -> None:
    """One demo advertiser has no campaigns, one has campaigns that never ran."""
    api = caller("demo")
    idle, empty = "7000000000000000004", "7000000000000000005"
    assert api.items("campaign", idle)
    assert api.rows(idle) == []
    assert api.items("campaign", empty) == []
    assert api.rows(empty) == []


def test_an_advertiser_can_be_taken_away() -> None:
    """Once removed it is refused like one that was never granted, and comes back when allowed."""
    api = caller()
    api.control("advertiser", advertiser_id=SECOND, removed=True)
    assert api.get("campaign/get", advertiser_id=SECOND)["code"] == 40001
    api.control("advertiser", advertiser_id=SECOND, removed=False)
    assert api.get("campaign/get", advertiser_id=SECOND)["code"] == 0


def test_control_can_be_shut() -> None:
    """A simulator without control answers the API alone."""
    from tiktok_ads.simulator.options import Options

    api = caller(options=Options(control=False))
    assert api.http.get("/_simulator/state").status_code == 404
    state = caller().control("state")
    assert state["now"] == NOW.isoformat()
    assert [one["advertiser_id"] for one in state["advertisers"]][:2] == [FIRST, SECOND]


def test_control_says_what_it_did_not_understand() -> None:
    """A wrong control call is an error in words, and changes nothing."""
    api = caller()
    answer = api.http.post("/_simulator/faults", json={"add": [{"kind": "no_such_kind"}]})
    assert answer.status_code == 400
    assert "no_such_kind" in answer.json()["error"]
    assert api.http.post("/_simulator/delete", json={"level": "ad", "id": "1"}).status_code == 400
