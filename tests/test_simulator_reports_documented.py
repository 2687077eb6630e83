"""Holds simulated reports against what the documentation says in so many words, its examples included."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal

import pytest

from tests.simulator_caller import FIRST, NOW, SECOND, Caller, Json, caller, one_filter, status
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.simulator.metrics import spelling
from tiktok_ads.simulator.numbers import AT, ZERO
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.report_shares import breakdown_values
from tiktok_ads.simulator.truth import true_rows

CENTER = "7350000000000000001"
DAY, HOUR = "stat_time_day", "stat_time_hour"
NO_RELATION = "Conflict occurs. The input params including metrics and dimensions have no relation."
WHOLE = {
    "data_level": "AUCTION_ADVERTISER",
    "dimensions": ["advertiser_id"],
    "filtering": None,
    "metrics": ["spend"],
}
# Some locations and categories are left out of these, which is documented.
NOT_WHOLE = ("province_id", "interest_category", "interest_category_v2")


@pytest.fixture(scope="module")
def tiny() -> Caller:
    """For tests that change nothing."""
    return caller()


def spend(rows: list[Json], name: str = "spend") -> Decimal:
    return sum((Decimal(row["metrics"][name]) for row in rows), Decimal())


def center(api: Caller, dimensions: object, **changed: object) -> Json:
    return api.report(
        None,
        **{
            "report_type": "BC",
            "bc_id": CENTER,
            "data_level": None,
            "metrics": None,
            "filtering": None,
            "dimensions": dimensions,
            **changed,
        },
    )


def test_the_documented_filter_is_encoded_twice(tiny: Caller) -> None:
    """The very text of the documentation."""
    text = '[{"field_name":"ad_status","filter_type":"IN","filter_value":"[\\"STATUS_ALL\\"]"}]'
    assert tiny.report(filtering=text)["code"] == 0
    assert tiny.rows(filtering=text) == tiny.rows(filtering=[status("ad")])


def test_rates_stand_on_a_scale_of_hundred() -> None:
    """An account was seen with 1320 clicks of 481114 impressions, and a ctr of "0.27"."""
    seen = list(ZERO)
    seen[AT["clicks"]], seen[AT["impressions"]] = 1320, 481_114
    assert spelling("ctr")(tuple(seen)) == "0.27"
    assert spelling("spend")(ZERO) == "0.00"
    assert spelling("clicks")(ZERO) == "0"


def test_an_audience_needs_no_id(tiny: Caller) -> None:
    """Age alone at the level of the advertiser is an official example."""
    rows = tiny.rows(report_type="AUDIENCE", **{**WHOLE, "dimensions": ["age"]})
    assert spend(rows) == spend(tiny.rows(**WHOLE)) > 0
    assert {row["dimensions"]["age"] for row in rows} <= set(catalog().dimensions["age"].values)


@pytest.mark.parametrize(
    "name",
    [
        n
        for n, one in catalog().dimensions.items()
        if one.role in ("audience", "other") and {"BASIC", "AUDIENCE"} & set(one.report_types)
    ],
)
def test_every_breakdown_divides_the_same_numbers(tiny: Caller, name: str) -> None:
    """What is counted adds up to the whole, ad by ad; people do not."""
    known = catalog().dimensions[name]
    kind = "AUDIENCE" if "AUDIENCE" in known.report_types else "BASIC"
    levels = [level for level in known.levels if level != "AUCTION_ADVERTISER"] or ["AUCTION_AD"]
    level = levels[-1].removeprefix("AUCTION_").lower()
    metric = "spend" if not known.metrics or "spend" in known.metrics else "clicks"
    metric = "app_install" if name == "event_source_id" else metric
    asked = {"data_level": levels[-1], "metrics": [metric], "filtering": [status(level)]}
    beside = ["search_keyword"] if name == "match_type" else []
    parts = tiny.rows(report_type=kind, **{**asked, "dimensions": [f"{level}_id", *beside, name]})
    whole = tiny.rows(**{**asked, "dimensions": [f"{level}_id"]})
    by_object: dict[str, Decimal] = defaultdict(Decimal)
    for row in parts:
        by_object[row["dimensions"][f"{level}_id"]] += Decimal(row["metrics"][metric])
    expected = {row["dimensions"][f"{level}_id"]: Decimal(row["metrics"][metric]) for row in whole}
    if name in NOT_WHOLE:
        assert 0 < sum(by_object.values()) < sum(expected.values())
    else:
        assert (
            {one: value for one, value in by_object.items() if value}
            == {one: value for one, value in expected.items() if value}
            != {}
        )


def test_every_additive_metric_adds_up(tiny: Caller) -> None:
    """What the catalog calls additive may be added over ads and days; reach may not."""
    level = "AUCTION_ADVERTISER"
    names = [
        name
        for name, one in catalog().metrics.items()
        if one.additive and "BASIC" in one.report_types and level in one.levels and not one.needs
    ]
    first, last = NOW.date().replace(day=14), NOW.date().replace(day=16)
    ads, whole = (
        true_rows(
            tiny.simulator.world,
            advertiser_ids=[FIRST],
            data_level=data_level,
            dimensions=dimensions,
            metrics=[*names, "reach"],
            first=first,
            last=last,
        )
        for data_level, dimensions in (("AUCTION_AD", ["ad_id", DAY]), (level, ["advertiser_id"]))
    )
    assert len(names) > 200
    for name in names:
        assert sum(Decimal(row[name]) for row in ads) == Decimal(whole[0][name]), name
    assert sum(Decimal(row["reach"]) for row in ads) > Decimal(whole[0]["reach"]) > 0


def test_hours_divide_breakdowns_too(tiny: Caller) -> None:
    """By hour and search term a day gives what the day gives; audience reports have no hours."""
    one = {**WHOLE, "start_date": "2026-09-20", "dimensions": ["advertiser_id", "ad_type", HOUR]}
    assert spend(tiny.rows(**one)) == spend(tiny.rows(**{**one, "dimensions": ["advertiser_id"]})) > 0
    assert tiny.report(report_type="AUDIENCE", **{**one, "dimensions": ["age", HOUR]})["code"] == 40002
    assert tiny.report(**{**one, "dimensions": ["country_code", HOUR]})["message"] == NO_RELATION


def test_search_terms_are_what_people_typed(tiny: Caller) -> None:
    """Texts of any kind; few impressions are shown as "<5" and nothing else is."""
    rows = tiny.rows(
        data_level="AUCTION_CAMPAIGN",
        dimensions=["campaign_id", "search_terms", DAY],
        metrics=["impressions", "spend", "conversion"],
        filtering=[status("campaign")],
    )
    terms = {row["dimensions"]["search_terms"] for row in rows}
    assert {"靴 セール", 'size "42"', "=1+1"} <= terms
    shown = {row["metrics"]["impressions"] for row in rows}
    assert "<5" in shown
    assert all(one == "<5" or float(one) >= 5 for one in shown)


def test_interests_come_under_two_ids_and_without_days(tiny: Caller) -> None:
    """`interest_category` also returns `interest_category_v2`; neither has a time dimension."""
    kind = {"report_type": "AUDIENCE", "metrics": ["spend"]}
    rows = tiny.rows(dimensions=["ad_id", "interest_category"], **kind)
    assert set(rows[0]["dimensions"]) == {"ad_id", "interest_category", "interest_category_v2"}
    newer = tiny.rows(dimensions=["ad_id", "interest_category_v2"], **kind)
    assert {(r["dimensions"]["interest_category_v2"], r["metrics"]["spend"]) for r in rows} == {
        (r["dimensions"]["interest_category_v2"], r["metrics"]["spend"]) for r in newer
    }
    assert tiny.report(dimensions=["ad_id", "interest_category_v2", DAY], **kind)["code"] == 40002


def test_a_whole_smart_plus_ad_has_an_id_of_its_own(tiny: Caller) -> None:
    """With `ad_id_v2` its creatives are one row, and some attributes are lists."""
    metrics = ["spend", "ad_text", "call_to_action", "campaign_automation_type"]
    rows = tiny.rows(dimensions=["ad_id_v2"], metrics=metrics)
    lists = [row for row in rows if "ad_text_list" in row["metrics"]]
    upgraded = [row for row in rows if row["metrics"]["campaign_automation_type"] == "UPGRADED_SMART_PLUS"]
    assert lists == upgraded != []
    assert all(isinstance(row["metrics"]["call_to_action_list"], list) for row in lists)
    assert spend(rows) == spend(tiny.rows(dimensions=["ad_id"], metrics=["spend"]))
    one = [one_filter("ad_ids_v2", [lists[0]["dimensions"]["ad_id_v2"]])]
    only = tiny.rows(dimensions=["ad_id_v2"], metrics=metrics, filtering=one)
    assert [row["dimensions"] for row in only] == [lists[0]["dimensions"]]
    assert tiny.report(dimensions=["ad_id"], filtering=one)["code"] == 40002
    ordinary = [one_filter("ad_ids", ["1"])]
    assert tiny.report(dimensions=["ad_id_v2"], metrics=["spend"], filtering=ordinary)["code"] == 40002
    assert "['ad_id']" in tiny.report(dimensions=["ad_id_v2"], metrics=["ad_id"])["message"]


def test_names_of_values_come_with_their_breakdown(tiny: Caller) -> None:
    """A behaviour and a device brand tell their names, and only they do."""
    kind = {"report_type": "AUDIENCE"}
    rows = tiny.rows(dimensions=["ad_id", "behavior_id"], metrics=["spend", "behavior_name"], **kind)
    names = {row["dimensions"]["behavior_id"]: row["metrics"]["behavior_name"] for row in rows}
    assert len(set(names.values())) == len(names) > 1
    wrong = tiny.report(dimensions=["ad_id", "device_brand_id"], metrics=["behavior_name"], **kind)
    assert "['behavior_name']" in wrong["message"]


def test_some_breakdowns_are_blocked_above_a_number_of_ids() -> None:
    """Behaviours take 200 objects at once; fewer campaigns pass."""
    api = caller("big")
    asked = {"report_type": "AUDIENCE", "dimensions": ["ad_id", "behavior_id"], "metrics": ["spend"]}
    assert api.report(**asked)["code"] == 40067
    group = api.items("adgroup")[0]["adgroup_id"]
    assert api.report(**asked, filtering=[one_filter("adgroup_ids", [group])])["code"] == 0


def test_objects_that_did_nothing_may_come_with_zeros(tiny: Caller) -> None:
    """Without a time dimension some do, those made later too; by day there are none."""
    rows = tiny.rows(dimensions=["ad_id"], metrics=["spend", "impressions", "ad_name"])
    idle = [row for row in rows if row["metrics"]["impressions"] == "0"]
    assert idle
    assert len(idle) < len(rows)
    assert {row["metrics"]["spend"] for row in idle} == {"0.00"}
    assert all(row["metrics"]["impressions"] != "0" for row in tiny.rows())


def test_a_lifetime_knows_no_days(tiny: Caller) -> None:
    """Dates are ignored, time and audiences refused, and all that was ever spent is in it."""
    asked = {**WHOLE, "query_lifetime": "true"}
    ever = tiny.rows(**{**asked, "start_date": "2026-09-01", "end_date": "2026-08-01"})
    year = {**WHOLE, "start_date": "2025-09-24", "end_date": "2026-09-23"}
    assert spend(ever) == spend(tiny.rows(**year)) > 0
    for name in (DAY, HOUR, "country_code", "ad_type"):
        assert tiny.report(**{**asked, "dimensions": ["advertiser_id", name]})["message"] == NO_RELATION
    assert tiny.report(report_type="AUDIENCE", **{**asked, "dimensions": ["age"]})["code"] == 40002
    refused = tiny.report(**{**asked, "metrics": ["spend", "cash_spend"]})
    assert "Invalid metric fields: ['cash_spend']." in refused["message"]


def test_cash_and_vouchers_are_known_by_day_alone(tiny: Caller) -> None:
    """At the level of the advertiser; together they are the spend."""
    asked = {**WHOLE, "metrics": ["spend", "cash_spend", "voucher_spend"]}
    rows = tiny.rows(**{**asked, "dimensions": ["advertiser_id", DAY]})
    assert spend(rows, "cash_spend") + spend(rows, "voucher_spend") == spend(rows) > 0
    for dimensions in (["advertiser_id"], ["advertiser_id", HOUR]):
        refused = tiny.report(**{**asked, "start_date": "2026-09-20", "dimensions": dimensions})
        assert "['cash_spend', 'voucher_spend']" in refused["message"]
    campaign = {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", DAY]}
    assert "['cash_spend'" in tiny.report(**{**asked, **campaign})["message"]


def test_totals_need_an_id_or_a_day(tiny: Caller) -> None:
    """Only BASIC and TT_SHOP have them, on the first page, without any other dimension."""
    asked = {"enable_total_metrics": "true", "metrics": ["spend"]}
    assert "total_metrics" in tiny.report(**asked)["data"]
    assert "total_metrics" not in tiny.report(**asked, page=2, page_size=1)["data"]
    for changed in (
        {"dimensions": ["ad_id", HOUR], "start_date": "2026-09-20"},
        {"dimensions": ["ad_id", "country_code"]},
        {"report_type": "AUDIENCE", "dimensions": ["ad_id", "age"]},
        {"report_type": "CATALOG"},
    ):
        assert tiny.report(**{**asked, **changed})["code"] == 40002
    shop = tiny.report(report_type="TT_SHOP", **{**WHOLE, "enable_total_metrics": "true"})["data"]
    assert shop["total_metrics"]["spend"] == shop["list"][0]["metrics"]["spend"]


def test_chunks_have_no_pages(tiny: Caller) -> None:
    """The old mode gives everything at once, and only for basic reports."""
    data = tiny.report(query_mode="CHUNK", page_size=1)["data"]
    assert "page_info" not in data
    assert data["list"] == tiny.rows()
    assert tiny.report(query_mode="chunk")["code"] == 40002
    audience = {"report_type": "AUDIENCE", "dimensions": ["ad_id", "age"], "metrics": ["spend"]}
    assert tiny.report(query_mode="CHUNK", **audience)["code"] == 40002


def test_creation_times_are_filtered_in_utc(tiny: Caller) -> None:
    """Unlike the days of the report; both ends of BETWEEN count."""
    created = sorted(one["create_time"] for one in tiny.items("ad"))
    cut = created[len(created) // 2]
    counts = {}
    for kind, value in (
        ("LOWER_THAN", cut),
        ("GREATER_EQUAL", cut),
        ("BETWEEN", json.dumps([created[0], created[-1]])),
    ):
        made = {"field_name": "create_time", "filter_type": kind, "filter_value": value}
        counts[kind] = len(tiny.rows(filtering=[status("ad"), made]))
    assert counts["LOWER_THAN"] + counts["GREATER_EQUAL"] == len(tiny.rows())
    assert 0 < counts["LOWER_THAN"] < counts["BETWEEN"] <= len(tiny.rows())
    for kind, value in (("IN", json.dumps([cut])), ("BETWEEN", json.dumps([cut])), ("LOWER_THAN", "today")):
        made = {"field_name": "create_time", "filter_type": kind, "filter_value": value}
        assert tiny.report(filtering=[made])["code"] == 40002


@pytest.mark.parametrize("kind", ["NOT_IN", "CONTAIN_ANY_OF", "MATCH", "GREATER_THAN", "LIKE"])
def test_ids_are_filtered_by_lists_alone(tiny: Caller, kind: str) -> None:
    """Ids, statuses and buying types take IN."""
    for name in ("campaign_ids", "ad_status", "buying_type", "campaign_automation_type"):
        made = {"field_name": name, "filter_type": kind, "filter_value": '["AUCTION"]'}
        assert tiny.report(filtering=[made])["code"] == 40002


def test_several_advertisers_without_an_id_lose_whose_it_is(tiny: Caller) -> None:
    """Their rows are one, with zeros for the attributes and no costs; at most five, and only some types."""
    asked = {**WHOLE, "advertiser_ids": [FIRST, SECOND], "metrics": ["spend", "impressions"]}
    rows = tiny.rows(**{**asked, "dimensions": [DAY]})
    assert len(rows) == len({row["dimensions"][DAY] for row in rows})
    for row in rows:
        assert [row["metrics"][name] for name in ("currency", "timezone", "advertiser_id")] == ["0"] * 3
        assert row["metrics"]["spend"] == "-"
    alone = [tiny.rows(one, **{**WHOLE, "metrics": ["impressions"]}) for one in (FIRST, SECOND)]
    assert spend(rows, "impressions") == sum(spend(one, "impressions") for one in alone)
    totals = tiny.report(**{**asked, "enable_total_metrics": "true"})["data"]["total_metrics"]
    assert totals["currency"] == totals["timezone"] == totals["advertiser_id"] == "-"
    shop = {**asked, "report_type": "TT_SHOP", "metrics": ["spend"]}
    assert tiny.report(**shop)["code"] == 40002


def test_days_can_be_those_of_utc_for_several_advertisers(tiny: Caller) -> None:
    """In UTC the same days are the same hours for all; otherwise each has its own."""
    asked = {
        **WHOLE,
        "advertiser_ids": [FIRST, SECOND],
        "dimensions": ["advertiser_id", DAY],
        "metrics": ["impressions"],
    }
    own = spend(tiny.rows(**asked), "impressions")
    utc = tiny.rows(**asked, multi_adv_report_in_utc_time="true")
    assert own != spend(utc, "impressions") > 0
    assert {row["dimensions"][DAY][:10] for row in utc} <= {f"2026-09-{n}" for n in range(14, 21)}
    alone = {**WHOLE, "multi_adv_report_in_utc_time": "true"}
    assert tiny.report(**alone)["code"] == 40002


def test_business_centers_sum_up_their_advertisers(tiny: Caller) -> None:
    """By advertiser in its own money, by day in dollars, by country; a year by day is no problem."""
    by_advertiser = center(tiny, ["advertiser_id"])["data"]["list"]
    for row in by_advertiser:
        own = tiny.rows(row["dimensions"]["advertiser_id"], **WHOLE)
        assert row["metrics"]["spend"] == own[0]["metrics"]["spend"]
        assert set(row["metrics"]) == {
            *("spend", "impressions", "reach", "cash_spend", "voucher_spend"),
            *("cashback_coupon_spend", "tax_spend"),
        }
    by_country = center(tiny, ["advertiser_id", "country_code"])["data"]["list"]
    assert spend(by_country) == spend(by_advertiser) > 0
    year = center(tiny, [DAY], start_date="2025-09-21")
    assert year["code"] == 0
    assert center(tiny, [DAY], start_date="2025-09-20")["code"] == 40002
    assert spend(center(tiny, [DAY])["data"]["list"]) == spend(by_advertiser)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"data_level": "AUCTION_ADVERTISER"}, 40002),
        ({"bc_id": None}, 40002),
        ({"bc_id": "1"}, 40001),
        ({"query_lifetime": "true"}, 40002),
        ({"dimensions": ["campaign_id"]}, 40002),
        ({"metrics": ["clicks"]}, 40002),
        ({"query_mode": "CHUNK"}, 40002),
        ({"enable_total_metrics": "true"}, 40002),
        ({"filtering": [one_filter("campaign_ids", ["1"])]}, 40002),
        ({"filtering": [one_filter("advertiser_id", [FIRST])]}, 0),
        ({"filtering": [one_filter("account_status", ["APPROVED"])]}, 0),
        ({"filtering": [one_filter("account_status", ["FINE"])]}, 40002),
    ],
)
def test_business_center_reports_are_held_to_the_documentation(
    tiny: Caller, changed: dict[str, object], code: int
) -> None:
    """No level, no lifetime, metrics and filters of their own."""
    others = {name: value for name, value in changed.items() if name != "dimensions"}
    assert center(tiny, changed.get("dimensions", ["advertiser_id"]), **others)["code"] == code


def test_business_centers_filter_their_advertisers(tiny: Caller) -> None:
    """By name, owner, currency, and by what they spent in dollars."""
    everyone = {row["dimensions"]["advertiser_id"] for row in center(tiny, ["advertiser_id"])["data"]["list"]}

    def left(name: str, kind: str, value: str) -> set[str]:
        made = {"field_name": name, "filter_type": kind, "filter_value": value}
        body = center(tiny, ["advertiser_id"], filtering=[made])
        assert body["code"] == 0, body["message"]
        return {row["dimensions"]["advertiser_id"] for row in body["data"]["list"]}

    assert left("advertiser_name", "MATCH", "advertiser 1") == {FIRST}
    assert left("owner_of_account", "IN", '["OWNED_BY_CURRENT_BUSINESS_CENTER"]') == everyone
    assert left("owner_of_account", "IN", '["SHARED_BY_OTHER_BUSINESS_CENTER"]') == set()
    assert left("currency_of_account", "IN", '["USD"]') == everyone
    rich, poor = left("cost", "GREATER_THAN", "100"), left("cost", "LOWER_EQUAL", "100")
    assert rich | poor == everyone
    assert not rich & poor


def test_playables_need_no_level(tiny: Caller) -> None:
    """By playable and country, for days or for all time; synchronous only."""
    asked = {"report_type": "PLAYABLE_MATERIAL", "data_level": None, "filtering": None, "metrics": ["spend"]}
    rows = tiny.rows(**asked, dimensions=["playable_id"])
    by_country = tiny.rows(**asked, dimensions=["playable_id", "country_code"])
    assert spend(rows) == spend(by_country) > 0
    assert tiny.rows(**asked, dimensions=["playable_id"], query_lifetime="true")
    listed = tiny.get("playable/get", advertiser_id=FIRST, page_size=500)["data"]["list"]
    of_status = {one["playable_id"]: one["status"] for one in listed}
    for status_ in ("VALIDATE_SUCCESS", "AUDIT_FAIL"):
        only = {**asked, "filtering": [one_filter("playable_status", [status_])]}
        for row in tiny.rows(**only, dimensions=["playable_id"]):
            assert of_status.get(row["dimensions"]["playable_id"], status_) == status_
        assert bool(tiny.rows(**only, dimensions=["playable_id"])) == (status_ == "VALIDATE_SUCCESS")
    assert (
        tiny.report(**asked, dimensions=["playable_id", "country_code"], query_lifetime="true")["code"]
        == 40002
    )
    assert tiny.report(**asked, dimensions=["playable_id", DAY])["code"] == 40002
    made = {
        "advertiser_id": FIRST,
        "report_type": "PLAYABLE_MATERIAL",
        "data_level": "AUCTION_AD",
        "dimensions": ["playable_id"],
        "start_date": "2026-09-14",
        "end_date": "2026-09-20",
    }
    assert tiny.post("report/task/create", **made)["code"] == 40002


def test_a_wrong_service_type_gives_nothing(tiny: Caller) -> None:
    """RESERVATION covers reservation ads alone; an id of somebody else's gives an empty list too."""
    api = caller("demo")
    reserved = one_filter("buying_type", ["RESERVATION_RF"])
    assert api.rows(service_type="RESERVATION") == api.rows(filtering=[status("ad"), reserved]) != []
    assert tiny.rows(filtering=[one_filter("campaign_ids", ["1801000000000000001"])]) == []


def test_late_breakdowns_of_basic_reports_can_be_late() -> None:
    """On request a day is shown 16 hours after its end, by search term as by most audiences."""
    api = caller("demo", options=Options(late_audiences=True))
    days = {}
    for name in ("search_terms", "country_code", "event_source_id"):
        rows = api.rows(
            data_level="AUCTION_CAMPAIGN",
            dimensions=["campaign_id", name, DAY],
            metrics=["app_install" if name == "event_source_id" else "spend"],
            filtering=[status("campaign")],
            end_date="2026-09-22",
        )
        days[name] = max(row["dimensions"][DAY][:10] for row in rows)
    assert days == {
        "search_terms": "2026-09-20",
        "country_code": "2026-09-22",
        "event_source_id": "2026-09-20",
    }


def test_people_and_cash_can_be_late() -> None:
    """On request they are zero while spend is known already."""
    api = caller("demo", options=Options(late_audiences=True))
    rows = api.rows(
        **{
            **WHOLE,
            "dimensions": ["advertiser_id", DAY],
            "metrics": ["spend", "reach", "cash_spend"],
            "start_date": "2026-09-19",
            "end_date": "2026-09-22",
        }
    )
    known = {row["dimensions"][DAY][8:10]: row["metrics"] for row in rows}
    assert {day for day, one in known.items() if one["reach"] != "0"} == {"19", "20"}
    assert {day for day, one in known.items() if one["cash_spend"] != "0.00"} == {"19", "20"}
    assert all(one["spend"] != "0.00" for one in known.values())


def test_the_sandbox_sorts_nothing() -> None:
    """A documented limit of the sandbox."""
    api = caller(options=Options(tier="sandbox"))
    assert api.report(order_field="spend")["code"] == 40002


def test_a_task_over_several_advertisers_may_name_them(tiny: Caller) -> None:
    """There, and only there, two ID dimensions stand together."""
    body: dict[str, object] = {
        "advertiser_ids": [FIRST, SECOND],
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": ["advertiser_id", "ad_id"],
        "metrics": ["spend"],
        "start_date": "2026-09-01",
        "end_date": "2026-09-20",
    }
    assert tiny.post("report/task/create", **body)["code"] == 0
    alone = {**body, "advertiser_ids": None, "advertiser_id": FIRST}
    assert tiny.post("report/task/create", **alone)["message"] == NO_RELATION
    assert (
        "['billed_cost']"
        in tiny.post("report/task/create", **{**body, "metrics": ["billed_cost"]})["message"]
    )


def test_an_advertiser_has_500_tasks_an_hour() -> None:
    """More are refused until an hour has passed since the first."""
    now = 1_790_000_000.0
    api = caller(options=Options(tier="ultimate", quota_time=lambda: now))
    body: dict[str, object] = {
        "advertiser_id": FIRST,
        "report_type": "BASIC",
        "data_level": "AUCTION_AD",
        "dimensions": ["ad_id"],
        "start_date": "2026-09-01",
        "end_date": "2026-09-20",
    }
    codes = []
    for _ in range(501):
        codes.append(api.post("report/task/create", **body)["code"])
        now += 1.1
    assert codes == [0] * 500 + [40133]
    now += 3600
    assert api.post("report/task/create", **body)["code"] == 0


@pytest.mark.parametrize("split_by", [["age", "gender"], ["country_code"], ["language"], ["platform"]])
def test_people_are_counted_by_audience_in_direct_reports_alone(tiny: Caller, split_by: list[str]) -> None:
    """A connector ships reach and frequency so; a task refuses what estimates people by these audiences."""
    asked = {
        "report_type": "AUDIENCE",
        "dimensions": ["ad_id", *split_by, DAY],
        "metrics": ["spend", "reach", "frequency", "result"],
    }
    row = tiny.rows(**asked)[0]["metrics"]
    assert int(row["reach"]) >= 0
    days = {"start_date": "2026-09-14", "end_date": "2026-09-20"}
    task = tiny.post("report/task/create", advertiser_id=FIRST, data_level="AUCTION_AD", **{**asked, **days})
    assert "['reach', 'frequency', 'result']" in task["message"]


@pytest.mark.parametrize(("kind", "begins"), [("CSV_DOWNLOAD", b"ad_id_v2,"), ("XLSX_DOWNLOAD", b"PK")])
def test_files_of_tasks_are_linked_for_an_hour(kind: str, begins: bytes) -> None:
    """These formats come as an envelope with a link that ends; asked again there is a new one."""
    api = caller()
    made = api.post(
        "report/task/create",
        advertiser_id=FIRST,
        report_type="BASIC",
        data_level="AUCTION_AD",
        dimensions=["ad_id_v2"],
        metrics=["spend", "ad_text"],
        start_date="2026-09-01",
        end_date="2026-09-20",
        output_format=kind,
        file_name="My ads",
        enable_report_title_translation=False,
    )
    asked = {"advertiser_id": FIRST, "task_id": made["data"]["task_id"]}
    for _ in range(3):
        api.get("report/task/check", **asked)
    said = api.get("report/task/download", **asked)["data"]
    assert (said["file_name"], said["output_format"]) == ("My ads", kind)
    file = api.http.get(said["download_url"])
    assert file.content.startswith(begins)
    api.control("clock", advance_hours=2)
    assert api.http.get(said["download_url"]).status_code == 403
    again = api.get("report/task/download", **asked)["data"]["download_url"]
    assert again != said["download_url"]
    assert api.http.get(again).content == file.content or kind == "XLSX_DOWNLOAD"


@pytest.mark.parametrize(
    ("name", "path", "keys", "beside"),
    [
        ("video_material_id", "file/video/ad/search", ("list", "material_id"), {}),
        ("image_id", "file/image/ad/search", ("list", "image_id"), {}),
        ("event_source_id", "pixel/list", ("pixels", "pixel_id"), {"page_size": 20}),
        ("page_id", "page/get", ("list", "page_id"), {}),
        ("post_id", "tt_video/list", ("list", "item_info", "item_id"), {"page_size": 20}),
        ("catalog_id", "catalog/get", ("list", "catalog_id"), {"bc_id": CENTER}),
        ("product_set_id", "catalog/set/get", ("list", "product_set_id"), {"bc_id": CENTER}),
        ("product_id", "catalog/product/get", ("list", "product_id"), {"bc_id": CENTER}),
        ("sku_id", "catalog/product/get", ("list", "sku_id"), {"bc_id": CENTER}),
    ],
)
def test_what_reports_name_is_in_its_list(
    tiny: Caller, name: str, path: str, keys: tuple[str, ...], beside: dict[str, object]
) -> None:
    """A video, a page or a product of a report can be looked up where such things are listed."""
    one = tiny.simulator.world.advertisers[FIRST]
    params: dict[str, object] = {"page_size": 100, **beside}
    if "bc_id" not in params:
        params["advertiser_id"] = FIRST
    elif path != "catalog/get":
        params["catalog_id"] = breakdown_values("catalog_id", one)[0]
    if path == "catalog/set/get":
        del params["page_size"]
    body = tiny.get(path, **params)
    assert body["code"] == 0, body["message"]
    listed = body["data"][keys[0]]
    for key in keys[1:-1]:
        listed = [row[key] for row in listed]
    shown = {row[keys[-1]] for row in listed}
    level = "AUCTION_AD" if name in ("page_id", "post_id") else "AUCTION_ADVERTISER"
    rows = true_rows(
        tiny.simulator.world,
        advertiser_ids=[FIRST],
        report_type="CATALOG" if path.startswith("catalog/") else "BASIC",
        data_level=level,
        dimensions=[name],
        metrics=["spend"],
    )
    assert {row[name] for row in rows} <= shown
    assert rows


def test_every_breakdown_has_values(tiny: Caller) -> None:
    """No dimension of the catalog is empty for an advertiser with ads."""
    one = tiny.simulator.world.advertisers[FIRST]
    for name, known in catalog().dimensions.items():
        if known.role in ("audience", "other") and name != "video_material_id":
            assert breakdown_values(name, one), name


def test_the_truth_of_any_report_can_be_asked_for(tiny: Caller) -> None:
    """All rows and all metrics at once, whatever the report, as the API gives them page by page."""
    asked = {"dimensions": ["ad_id", DAY], "metrics": ["spend", "ad_name"]}
    usual = tiny.control(
        "report",
        advertiser_ids=[FIRST],
        data_level="AUCTION_AD",
        first="2026-09-14",
        last="2026-09-20",
        filtering=[one_filter("buying_type", ["AUCTION", "RESERVATION_RF"])],
        **asked,
    )
    assert [{"advertiser_id": FIRST, **r["metrics"], **r["dimensions"]} for r in tiny.rows(**asked)] == usual
    days = {"start_date": "2026-09-14", "end_date": "2026-09-20"}
    params = {"advertiser_id": FIRST, "material_type": "VIDEO", **days}
    rows = tiny.control("report", endpoint="creative/report/get", params=params)
    assert len(rows) == tiny.get("creative/report/get", **params)["data"]["page_info"]["total_number"]
    by_day = tiny.control(
        "report", bc_id=CENTER, dimensions=[DAY], metrics=["spend"], first="2026-09-14", last="2026-09-20"
    )
    assert [row["spend"] for row in by_day] == [
        row["metrics"]["spend"] for row in center(tiny, [DAY])["data"]["list"]
    ]
