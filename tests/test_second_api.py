"""The second API keeps to the documentation: what it refuses, hides and counts, by plain requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.second_api import SecondApi
from tests.second_api.facts import METRICS, TABLES
from tests.second_api.world import CLOSED, IDLE, KIRITIMATI, LARGE, NEW_YORK, QUIET, WESTERNMOST

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OPENER = build_opener(ProxyHandler({}))


@pytest.fixture(scope="module")
def shared() -> Iterator[SecondApi]:
    with SecondApi(clock=NOON, per_second=10**6, per_minute=10**6) as api:
        yield api


@pytest.fixture
def own() -> Iterator[SecondApi]:
    with SecondApi(clock=NOON, per_second=10**6, per_minute=10**6, large_ads=20) as api:
        yield api


def get(
    api: SecondApi,
    path: str,
    params: dict[str, Any] | str | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """One request as the documentation shows it: lists and objects as JSON text in the query."""
    if not isinstance(params, str):
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (params or {}).items()}
        params = urlencode(texts)
    url = f"{api.url}/open_api/v1.3/{path}?{params}"
    request = Request(url, headers={"Access-Token": api.token} if headers is None else headers)
    with OPENER.open(request) as answer:
        envelope: dict[str, Any] = json.load(answer)
    return envelope


def report(api: SecondApi, advertiser_id: str = KIRITIMATI, **changes: Any) -> dict[str, Any]:
    """A basic ad report of the last 30 days with `changes`; a change to None leaves the parameter out."""
    today = api.today(advertiser_id)
    params: dict[str, Any] = {
        "advertiser_id": advertiser_id,
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": ["ad_id", "stat_time_day"],
        "metrics": ["spend", "impressions", "clicks", "campaign_id", "ad_name"],
        "start_date": str(today - timedelta(days=29)),
        "end_date": str(today),
        "page_size": "1000",
    } | changes
    return get(api, "report/integrated/get/", {k: v for k, v in params.items() if v is not None})


def only(field: str, *values: str) -> dict[str, str]:
    return {"field_name": field, "filter_type": "IN", "filter_value": json.dumps(values)}


def test_every_default_metric_is_admitted(shared: SecondApi) -> None:
    """The nine tables' own metrics can all be asked for."""
    for table in TABLES.values():
        answer = report(
            shared,
            report_type=table.report_type,
            data_level=table.data_level,
            dimensions=list(table.dimensions),
            metrics=list(table.metrics),
        )
        assert answer["code"] == 0, answer["message"]
        assert answer["data"]["list"]
        assert set(answer["data"]["list"][0]["metrics"]) == set(table.metrics)
        assert all(isinstance(v, str) for row in answer["data"]["list"] for v in row["metrics"].values())


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": [only("ad_status", "STATUS_ALL")]},
        {"lifetime": "false"},
        {"access_token": "second-api-token"},
        {"report_type": "BASIC", "service_type": "RESERVATION"},
        {"report_type": None},
        {"data_level": None},
        {"data_level": "RESERVATION_AD"},
        {"query_mode": "CHUNK"},
        {"dimensions": None},
        {"dimensions": "ad_id,stat_time_day"},
        {"dimensions": []},
        {"dimensions": ["campaign_id", "stat_time_day"]},
        {"dimensions": ["ad_id", "adgroup_id", "stat_time_day"]},
        {"dimensions": ["ad_id", "age", "stat_time_day"]},
        {"dimensions": ["ad_id", "stat_time_day", "stat_time_hour"]},
        {"report_type": "AUDIENCE"},
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "age", "platform", "stat_time_day"]},
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "gender", "country_code"]},
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "device_brand_id", "stat_time_day"]},
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "age"], "metrics": ["campaign_automation_type"]},
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "age"], "metrics": ["reach"]},
        {"metrics": ["rf_campaign_type"]},
        {"metrics": ["spend", "spent"]},
        {"metrics": ["spend", "spend"]},
        {"metrics": "spend"},
        {"metrics": sorted(m.name for m in METRICS.values() if not m.is_attribute)[:101]},
        {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], "metrics": ["adgroup_id"]},
        {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], "metrics": ["campaign_id"]},
        {"data_level": "AUCTION_ADVERTISER", "dimensions": ["stat_time_day"], "metrics": ["currency"]},
        {"dimensions": ["ad_id", "stat_time_day"], "metrics": ["cash_spend"]},
        {"start_date": "2026-10-21"},
        {"start_date": "2026-11-22"},
        {"end_date": "2026-11-22"},
        {"end_date": "20261120"},
        {"end_date": None},
        {"dimensions": ["ad_id"], "start_date": "2025-11-21"},
        {"filtering": {"ad_status": "STATUS_ALL"}},
        {"filtering": [{"field_name": "ad_status", "filter_type": "IN", "filter_value": ["STATUS_ALL"]}]},
        {"filtering": [{"field_name": "ad_status", "filter_type": "IN", "filter_value": "STATUS_ALL"}]},
        {"filtering": [{"field_name": "ad_status", "filter_type": "EQ", "filter_value": '["STATUS_ALL"]'}]},
        {"filtering": [{"field_name": "ad_status", "filter_value": '["STATUS_ALL"]'}]},
        {"filtering": [only("campaign_status", "STATUS_ALL")]},
        {"filtering": [only("ad_status", "AD_STATUS_ALL")]},
        {"filtering": [only("country_code", "US")]},
        {"filtering": [only("buying_type", "AUCTION", "RESERVATION_TOP_VIEW")]},
        {"filtering": [only("ad_ids", *(str(n) for n in range(101)))]},
        {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id"], "metrics": ["spend"],
         "filtering": [only("ad_status", "STATUS_ALL")]},
        {"page": "0"},
        {"page_size": "1001"},
        {"enable_total_metrics": "True"},
        {"enable_total_metrics": "true", "page": "2"},
        {"order_field": "ad_name"},
    ],
)  # fmt: skip
def test_what_is_not_documented_is_refused(shared: SecondApi, changes: dict[str, Any]) -> None:
    """A report that breaks a rule gets HTTP 200, a code and no row."""
    answer = report(shared, **changes)
    assert answer["code"] in (40002, 40011), changes
    assert answer["message"]
    assert answer["data"] == {}
    assert shared.refusals[-1].message == answer["message"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("campaign", {"filtering": {"status": "STATUS_ALL"}}),
        ("campaign", {"filtering": {"modified_after": "2026-11-01 00:00:00"}}),
        ("campaign", {"filtering": {"primary_status": "STATUS_FROZEN"}}),
        ("ad", {"filtering": {"modified_after": "2026-11-01T00:00:00Z"}}),
        ("ad", {"filtering": {"buying_types": ["AUCTION", "RESERVATION_TOP_VIEW"]}}),
        ("ad", {"filtering": {"campaign_ids": ["1"] * 101}}),
        ("ad", {"filtering": [only("ad_status", "STATUS_ALL")]}),
        ("ad", {"fields": ["ad_id", "no_such_field"]}),
        ("ad", {"page_size": "1001"}),
        ("ad", {"order_field": "ad_id"}),
        ("adgroup", {"filtering": {"buying_types": ["RESERVATION_TOP_VIEW"]}, "page_size": "101"}),
    ],
)
def test_lists_refuse_too(shared: SecondApi, kind: str, changes: dict[str, Any]) -> None:
    """Lists of entities know their own filters and page sizes only."""
    answer = get(shared, f"{kind}/get/", {"advertiser_id": KIRITIMATI} | changes)
    assert answer["code"] in (40002, 40011), changes


def test_a_token_belongs_into_its_own_header(shared: SecondApi) -> None:
    """No token, a wrong one and a Bearer one are told apart by their code."""
    for headers, code in (
        ({}, 40104),
        ({"Authorization": f"Bearer {shared.token}"}, 40104),
        ({"Access-Token": "other"}, 40105),
        ({"Access-Token": f"Bearer {shared.token}"}, 40105),
        ({"Access-Token": shared.token}, 0),
    ):
        assert get(shared, "user/info/", headers=headers)["code"] == code


def test_a_path_ends_with_a_slash(shared: SecondApi) -> None:
    """Without it there is nothing at the address."""
    with pytest.raises(HTTPError) as missing:
        get(shared, "user/info")
    assert missing.value.code == 404
    missing.value.close()


def test_a_parameter_stands_once(shared: SecondApi) -> None:
    """Two values for one name are not an answer to guess at."""
    assert get(shared, "ad/get/", f"advertiser_id={KIRITIMATI}&page=1&page=2")["code"] == 40002


def test_only_granted_accounts_are_shown(shared: SecondApi) -> None:
    """One account that is not granted fails the call that names it."""
    info = get(shared, "advertiser/info/", {"advertiser_ids": shared.granted})
    assert [row["advertiser_id"] for row in info["data"]["list"]] == shared.granted
    for closed in (CLOSED, "123"):
        assert get(shared, "advertiser/info/", {"advertiser_ids": [KIRITIMATI, closed]})["code"] == 40001
        assert get(shared, "ad/get/", {"advertiser_id": closed})["code"] == 40001
    listed = get(shared, "oauth2/advertiser/get/", {"app_id": shared.app_id, "secret": shared.secret})
    assert {row["advertiser_id"] for row in listed["data"]["list"]} == set(shared.granted)
    assert get(shared, "oauth2/advertiser/get/", {"app_id": shared.app_id, "secret": "x"})["code"] == 40113


def test_pages_hold_each_ad_once(shared: SecondApi) -> None:
    """1,050 ads are 1,000 and 50, newest id first, and ten a page unless a size is asked for."""
    params = {"advertiser_id": LARGE, "filtering": {"primary_status": "STATUS_ALL"}, "page_size": "1000"}
    pages = [get(shared, "ad/get/", params | {"page": str(n)})["data"] for n in (1, 2, 3)]
    assert [len(page["list"]) for page in pages] == [1000, 50, 0]
    found = [int(row["ad_id"]) for page in pages for row in page["list"]]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 1050
    assert pages[0]["page_info"] == {"page": 1, "page_size": 1000, "total_number": 1050, "total_page": 2}
    assert len(get(shared, "ad/get/", {"advertiser_id": LARGE})["data"]["list"]) == 10


def test_deleted_ads_hide_with_their_spend(own: SecondApi) -> None:
    """Lists and reports leave deleted objects out unless all statuses are asked for."""
    ad_id = report(own)["data"]["list"][0]["dimensions"]["ad_id"]
    everything = [only("ad_status", "STATUS_ALL")]
    before = report(own, filtering=everything)["data"]
    own.delete_ad(ad_id)

    assert report(own, filtering=everything)["data"] == before
    assert ad_id not in {row["dimensions"]["ad_id"] for row in report(own)["data"]["list"]}
    listed = get(own, "ad/get/", {"advertiser_id": KIRITIMATI, "page_size": "1000"})["data"]["list"]
    assert ad_id not in {row["ad_id"] for row in listed}
    filtering = {"primary_status": "STATUS_ALL", "modified_after": "2026-11-20 11:59:59"}
    changed = get(own, "ad/get/", {"advertiser_id": KIRITIMATI, "filtering": filtering})["data"]["list"]
    assert [(row["ad_id"], row["secondary_status"]) for row in changed] == [(ad_id, "AD_STATUS_DELETE")]


def test_topview_shows_where_it_is_asked_for(shared: SecondApi) -> None:
    """TopView rows come alone, and never with the others."""
    topview = [only("buying_type", "RESERVATION_TOP_VIEW")]
    ads = {a.key for a in shared.world.ads.values() if a.buying == "RESERVATION_TOP_VIEW"}
    ads &= {row["ad_id"] for row in shared.truth("ad_insights", [WESTERNMOST])}
    with_it = {
        r["dimensions"]["ad_id"] for r in report(shared, WESTERNMOST, filtering=topview)["data"]["list"]
    }
    without = {r["dimensions"]["ad_id"] for r in report(shared, WESTERNMOST)["data"]["list"]}
    assert with_it == ads
    assert without
    assert not without & ads


def test_the_calendar_is_the_accounts_own(own: SecondApi) -> None:
    """At noon UTC it is tomorrow in Kiritimati and today at the date line; the clock moves both."""
    assert own.today(KIRITIMATI) - own.today(WESTERNMOST) == timedelta(days=1)
    assert report(own, WESTERNMOST, end_date=str(own.today(KIRITIMATI)))["code"] == 40002
    before = len(own.truth("ad_insights"))
    own.advance(days=3)
    assert report(own, WESTERNMOST)["code"] == 0
    assert len(own.truth("ad_insights")) > before


def test_levels_agree(shared: SecondApi) -> None:
    """The account's sum is the sum of its ads; quiet and idle accounts are what they are called."""
    totals = {}
    for advertiser_id in (NEW_YORK, QUIET, IDLE):
        ads = report(shared, advertiser_id, metrics=["spend"], filtering=[only("ad_status", "STATUS_ALL")])
        account = report(
            shared,
            advertiser_id,
            data_level="AUCTION_ADVERTISER",
            dimensions=["stat_time_day"],
            metrics=["spend"],
        )
        totals[advertiser_id] = [
            sum((Decimal(r["metrics"]["spend"]) for r in answer["data"]["list"]), Decimal(0))
            for answer in (ads, account)
        ]
        assert totals[advertiser_id][0] == totals[advertiser_id][1]
    assert totals[NEW_YORK][0] > 0
    assert [r["profile_visits"] for r in shared.truth("ad_insights", [QUIET]) if r["spend"] == "0.00"]
    assert not shared.truth("ad_insights", [IDLE])


def test_restating_changes_the_past(own: SecondApi) -> None:
    """Numbers change, rows vanish and appear, and days outside stay."""
    before = {(r["ad_id"], r["stat_time_day"]): r["spend"] for r in own.truth("ad_insights", [NEW_YORK])}
    done = own.restate(NEW_YORK, days_ago=range(1, 15))
    after = {(r["ad_id"], r["stat_time_day"]): r["spend"] for r in own.truth("ad_insights", [NEW_YORK])}
    assert all(done.values())
    assert set(before) - set(after)
    assert set(after) - set(before)
    moved = {
        day for key in before.keys() | after.keys() if before.get(key) != after.get(key) for day in [key[1]]
    }
    first, last = own.today(NEW_YORK) - timedelta(days=14), own.today(NEW_YORK) - timedelta(days=1)
    assert all(str(first) <= str(day) <= f"{last} 24" for day in moved)


def test_the_quota_is_counted() -> None:
    """The eleventh call within a second is refused and remembered."""
    with SecondApi(clock=NOON, large_ads=20) as api:
        codes = [get(api, "user/info/")["code"] for _ in range(11)]
        assert codes == [0] * 10 + [40100]
        assert len(api.breaches) == 1


def test_a_large_account_is_cut(own: SecondApi) -> None:
    """Beyond the limit only the newest ads are in the answer, and one header says so."""
    own.ads_cut = 5
    every = report(own, WESTERNMOST, filtering=[only("ad_status", "STATUS_ALL")])["data"]["list"]
    assert len({row["dimensions"]["ad_id"] for row in every}) <= 5
    assert len({row["ad_id"] for row in own.truth("ad_insights", [WESTERNMOST])}) > 5
