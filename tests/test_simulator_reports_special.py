"""Holds simulated reports with an endpoint of their own against the documentation, and against each other."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from tests.simulator_caller import FIRST, SECOND, Caller, Json, caller, one_filter
from tiktok_ads.simulator.belongings import belongings
from tiktok_ads.simulator.options import Options

NO_RELATION = "Conflict occurs. The input params including metrics and dimensions have no relation."
DAY = "stat_time_day"


@pytest.fixture(scope="module")
def tiny() -> Caller:
    """For tests that change nothing."""
    return caller()


def stores(api: Caller) -> list[str]:
    """Those that GMV Max can promote, as the list of shops names them."""
    answer = api.get("gmv_max/store/list", advertiser_id=FIRST)
    return [one["store_id"] for one in answer["data"]["store_list"]]


def gmv(api: Caller, store: str, dimensions: list[str], **changed: object) -> Json:
    params: dict[str, object] = {
        "advertiser_id": FIRST,
        "store_ids": [store],
        "dimensions": dimensions,
        "metrics": ["cost", "orders", "gross_revenue"],
        "start_date": "2026-09-07",
        "end_date": "2026-09-20",
        "page_size": 1000,
        **changed,
    }
    return api.get("gmv_max/report/get", **{n: v for n, v in params.items() if v is not None})


def rows(body: Json) -> list[Json]:
    assert body["code"] == 0, body["message"]
    data = body["data"]
    assert data.get("page_info", {"total_number": len(data["list"])})["total_number"] == len(data["list"])
    return [{**row.get("info", {}), **row.get("dimensions", {}), **row["metrics"]} for row in data["list"]]


def cost(some: list[Json], name: str = "cost") -> Decimal:
    return sum((Decimal(row[name]) for row in some), Decimal())


def everything(api: Caller, store: str, dimensions: list[str]) -> list[Json]:
    """All rows of a grouping, deleted campaigns too, with the filters that it needs."""
    shown = {"campaign_statuses": ["STATUS_ALL"]}
    if dimensions[0] == "advertiser_id":
        return rows(gmv(api, store, dimensions, filtering=shown))
    campaigns = [
        row
        for kind in ("PRODUCT", "LIVE")
        for row in rows(
            gmv(api, store, dimensions[:1], filtering={**shown, "gmv_max_promotion_types": [kind]})
        )
    ]
    ids = sorted({row["campaign_id"] for row in campaigns})
    if len(dimensions) == 1:
        return campaigns
    chosen = {**shown, "campaign_ids": ids}
    products = rows(gmv(api, store, ["campaign_id", "item_group_id"], filtering=chosen))
    if "item_id" not in dimensions:
        return rows(gmv(api, store, dimensions, filtering=chosen))
    groups = sorted({row["item_group_id"] for row in products})
    return rows(gmv(api, store, dimensions, filtering={**chosen, "item_group_ids": groups}))


def test_gmv_max_spend_is_that_of_the_shop_report(tiny: Caller) -> None:
    """All shops together cost to the cent what TT_SHOP says, deleted campaigns included."""
    whole = sum((cost(everything(tiny, one, ["advertiser_id"])) for one in stores(tiny)), Decimal())
    shop = {
        "report_type": "TT_SHOP",
        "filtering": None,
        "start_date": "2026-09-07",
        "metrics": ["spend", "billed_cost"],
    }
    daily = {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id", "country_code", DAY]}
    spent = {
        name: sum((Decimal(row["metrics"]["spend"]) for row in tiny.rows(**{**shop, **one})), Decimal())
        for name, one in {
            "advertiser": {"data_level": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id"]},
            "campaign": daily,
        }.items()
    }
    assert spent["advertiser"] == spent["campaign"] == whole > 0


def test_gmv_max_adds_up_from_posts_to_the_shop(tiny: Caller) -> None:
    """Creatives give products, products campaigns, campaigns the shop; LIVEs have no products."""
    for store in stores(tiny):
        by_shop = cost(everything(tiny, store, ["advertiser_id"]))
        campaigns = everything(tiny, store, ["campaign_id"])
        assert cost(campaigns) == by_shop > 0
        products = everything(tiny, store, ["campaign_id", "item_group_id"])
        creatives = everything(tiny, store, ["campaign_id", "item_group_id", "item_id", DAY])
        assert cost(creatives) == cost(products) <= by_shop
        assert all(row["cost"] != "0.00" for row in creatives)
        assert "-1" in {row["item_id"] for row in creatives}


def test_gmv_max_hours_add_up_to_the_day(tiny: Caller) -> None:
    """One day at a time, as the documentation says."""
    store = stores(tiny)[0]
    days = {"start_date": "2026-09-20", "end_date": "2026-09-20"}
    hours = rows(gmv(tiny, store, ["advertiser_id", "stat_time_hour"], **days))
    assert len(hours) == 24
    assert cost(hours) == cost(rows(gmv(tiny, store, ["advertiser_id", DAY], **days)))


def test_deleted_gmv_max_campaigns_come_only_when_asked_for(tiny: Caller) -> None:
    """What they spent vanishes with them."""
    store = stores(tiny)[1]
    product = {"gmv_max_promotion_types": ["PRODUCT"]}
    usual = rows(gmv(tiny, store, ["campaign_id"], filtering=product))
    every = rows(
        gmv(tiny, store, ["campaign_id"], filtering={**product, "campaign_statuses": ["STATUS_ALL"]})
    )
    gone = rows(
        gmv(tiny, store, ["campaign_id"], filtering={**product, "campaign_statuses": ["STATUS_DELETE"]})
    )
    assert len(usual) == len(gone) == 1
    assert sorted(map(str, every)) == sorted(map(str, usual + gone))
    listed = tiny.get(
        "gmv_max/campaign/get",
        advertiser_id=FIRST,
        filtering={"gmv_max_promotion_types": ["PRODUCT_GMV_MAX"], "primary_status": "STATUS_DELETE"},
    )["data"]["list"]
    assert [row["campaign_id"] for row in gone] == [one["campaign_id"] for one in listed]


@pytest.mark.parametrize(
    ("dimensions", "changed", "message"),
    [
        (["advertiser_id"], {"store_ids": None}, "store_ids"),
        (["advertiser_id"], {"store_ids": ["1", "2"]}, "store_ids"),
        (["advertiser_id"], {"metrics": None}, "metrics"),
        (["advertiser_id"], {"start_date": None}, "start_date"),
        (["advertiser_id"], {"start_date": "2025-09-20"}, "365"),
        (["advertiser_id", DAY], {"start_date": "2026-08-21"}, "30"),
        (["advertiser_id", "stat_time_hour"], {}, "1 days"),
        (["campaign_id"], {}, "gmv_max_promotion_types"),
        (["campaign_id"], {"filtering": {"gmv_max_promotion_types": ["PRODUCT", "LIVE"]}}, "Length"),
        (["item_group_id"], {}, "campaign_ids"),
        (["item_id"], {"filtering": {"campaign_ids": ["1"]}}, "item_group_ids"),
        (["item_id", "stat_time_hour"], {}, NO_RELATION),
        (["advertiser_id", "campaign_id"], {}, NO_RELATION),
        (["room_id"], {}, NO_RELATION),
        (["advertiser_id"], {"filtering": [one_filter("campaign_ids", ["1"])]}, "mapping"),
        (["advertiser_id"], {"filtering": {"country_code": ["US"]}}, "country_code"),
        (["advertiser_id"], {"metrics": ["cost", "campaign_name"]}, "['campaign_name']"),
        (["advertiser_id"], {"metrics": ["no_such"]}, "['no_such']"),
        (["advertiser_id"], {"page_size": 1001}, "page_size"),
    ],
)
def test_what_gmv_max_does_not_take_is_refused(
    tiny: Caller, dimensions: list[str], changed: dict[str, object], message: str
) -> None:
    """Groupings, filters that they need, one shop, and days are held to the documentation."""
    body = gmv(tiny, stores(tiny)[0], dimensions, **changed)
    assert body["code"] == 40002
    assert message in body["message"]


def test_gmv_max_attributes_need_a_single_id(tiny: Caller) -> None:
    """With several IDs, or several ID dimensions, attributes are named as invalid."""
    store = stores(tiny)[0]
    product = {"gmv_max_promotion_types": ["PRODUCT"]}
    named = rows(gmv(tiny, store, ["campaign_id"], metrics=["cost", "campaign_name"], filtering=product))
    assert all(row["campaign_name"] for row in named)
    campaign = named[0]["campaign_id"]
    both = ["campaign_id", "item_group_id"]
    asked = {"metrics": ["cost", "product_name"], "filtering": {"campaign_ids": [campaign]}}
    assert "['product_name']" in gmv(tiny, store, both, **asked)["message"]
    assert rows(gmv(tiny, store, ["item_group_id"], **asked))
    several = {**asked, "filtering": {"campaign_ids": [campaign, "1"]}}
    assert "['product_name']" in gmv(tiny, store, ["item_group_id"], **several)["message"]


def test_gmv_max_has_a_quota_of_its_own() -> None:
    """Eight calls a second on the basic tier, fewer than of other endpoints."""
    now = 1_790_000_000.0
    api = caller(options=Options(tier="basic", quota_time=lambda: now))
    store = belongings("store", api.simulator.world.advertisers[FIRST])[0]
    codes = [gmv(api, store, ["advertiser_id"])["code"] for _ in range(9)]
    assert codes == [0] * 8 + [40100]


def smart_plus(api: Caller, form: str, dimensions: list[str], **changed: object) -> Json:
    params: dict[str, object] = {
        "advertiser_id": FIRST,
        "dimensions": dimensions,
        "start_date": "2026-09-14",
        "end_date": "2026-09-20",
        "page_size": 100,
        **changed,
    }
    return api.get(f"smart_plus/material_report/{form}", **{n: v for n, v in params.items() if v is not None})


def test_materials_of_smart_plus_add_up_to_the_campaigns(tiny: Caller) -> None:
    """Whatever they are split by, they divide what upgraded Smart+ campaigns spent; types come unasked."""
    spent = tiny.rows(
        data_level="AUCTION_ADVERTISER",
        dimensions=["advertiser_id"],
        filtering=[one_filter("campaign_automation_type", ["UPGRADED_SMART_PLUS"])],
    )[0]["metrics"]["spend"]
    for other in ("main_material_id", "ad_text_entity_id", "campaign_id"):
        some = rows(smart_plus(tiny, "overview", ["smart_plus_ad_id", other]))
        assert cost(some, "spend") == Decimal(spent) > 0
        assert set(some[0]) >= {"spend", "impressions"}
        assert ("main_material_type" in some[0]) == (other == "main_material_id")
        assert [Decimal(row["spend"]) for row in some] == sorted(
            (Decimal(row["spend"]) for row in some), reverse=True
        )
    for time in ("stat_time_day", "stat_time_week", "stat_time_month"):
        some = rows(smart_plus(tiny, "breakdown", ["smart_plus_ad_id", "main_material_id", time]))
        assert cost(some, "spend") == Decimal(spent)
    ads = {row["ad_id_v2"] for row in v2_rows(tiny)}
    assert {row["smart_plus_ad_id"] for row in some} <= ads


def v2_rows(api: Caller) -> list[Json]:
    return [row["dimensions"] for row in api.rows(dimensions=["ad_id_v2"])]


@pytest.mark.parametrize(
    ("dimensions", "changed"),
    [
        (["smart_plus_ad_id"], {}),
        (["smart_plus_ad_id", "stat_time_day"], {}),
        (["smart_plus_ad_id", "age"], {}),
        (["campaign_id", "main_material_id"], {"metrics": ["material_primary_status"]}),
        (["smart_plus_ad_id", "campaign_id"], {"metrics": ["main_material_name"]}),
        (["smart_plus_ad_id", "main_material_id"], {"page_size": 101}),
        (["smart_plus_ad_id", "main_material_id"], {"start_date": "2025-09-20"}),
        (
            ["smart_plus_ad_id", "main_material_id"],
            {"filtering": {"campaign_ids": ["1"], "adgroup_ids": ["1"]}},
        ),
    ],
)
def test_what_smart_plus_does_not_take_is_refused(
    tiny: Caller, dimensions: list[str], changed: dict[str, object]
) -> None:
    """Two dimensions, one kind of id, a hundred rows a page."""
    assert smart_plus(tiny, "overview", dimensions, **changed)["code"] == 40002


def test_older_smart_plus_campaigns_have_materials(tiny: Caller) -> None:
    """One campaign at a time; each kind of material divides what the campaign spent."""
    days = {"start_date": "2026-09-14", "end_date": "2026-09-20", "page_size": 100}
    campaigns = tiny.rows(
        data_level="AUCTION_CAMPAIGN",
        dimensions=["campaign_id"],
        filtering=[one_filter("campaign_automation_type", ["SMART_PLUS"])],
    )
    own = campaigns[0]["dimensions"]["campaign_id"]
    for kind in ("SPC_VIDEO", "SPC_AD_TEXT"):
        body = tiny.get(
            "campaign/spc/report/get", advertiser_id=FIRST, campaign_ids=[own], material_type=kind, **days
        )
        assert cost(rows(body), "spend") == Decimal(campaigns[0]["metrics"]["spend"]) > 0
    two = tiny.get("campaign/spc/report/get", advertiser_id=FIRST, campaign_ids=[own, "1"], **days)
    assert two["code"] == 40002


def creative(api: Caller, **params: object) -> Json:
    days = {"start_date": "2026-09-14", "end_date": "2026-09-20", "page_size": 1000}
    return api.get("creative/report/get", advertiser_id=FIRST, **{**days, **params})


def test_creative_materials_divide_the_whole(tiny: Caller) -> None:
    """Videos, pictures and pages each give the whole spend; videos agree with their breakdown."""
    whole = tiny.rows(
        data_level="AUCTION_ADVERTISER", dimensions=["advertiser_id"], filtering=None, metrics=["spend"]
    )[0]["metrics"]["spend"]
    for kind in ("VIDEO", "IMAGE", "INSTANT_PAGE"):
        assert cost(rows(creative(tiny, material_type=kind)), "spend") == Decimal(whole)
    videos = {row["material_id"]: row["spend"] for row in rows(creative(tiny, material_type="VIDEO"))}
    split = tiny.rows(
        data_level="AUCTION_ADVERTISER", dimensions=["video_material_id"], filtering=None, metrics=["spend"]
    )
    assert videos == {r["dimensions"]["video_material_id"]: r["metrics"]["spend"] for r in split}
    assert creative(tiny)["code"] == creative(tiny, material_type="AUDIO")["code"] == 40002
    shape = creative(tiny, material_type="VIDEO", metrics_fields=["spend"])["data"]["list"][0]
    assert set(shape) == {"info", "metrics"}
    assert set(shape["metrics"]) == {"spend"}


def test_video_insights_have_days_of_utc(tiny: Caller) -> None:
    """Unlike in other reports; over a stretch that both hold whole the sums agree."""
    one = {"start_date": "2026-09-16", "end_date": "2026-09-16"}
    own = cost(rows(creative(tiny, material_type="VIDEO", **one)), "spend")
    utc = cost(rows(creative(tiny, report_type="VIDEO_INSIGHT", **one)), "spend")
    assert own != utc
    long = {"lifetime": True}
    assert cost(rows(creative(tiny, report_type="VIDEO_INSIGHT", **long)), "spend") == cost(
        rows(creative(tiny, material_type="VIDEO", **long)), "spend"
    )
    several = creative(tiny, report_type="VIDEO_INSIGHT", advertiser_ids=[FIRST, SECOND])
    assert {row["advertiser_id"] for row in rows(several)} == {FIRST, SECOND}


def test_seconds_come_as_lists(tiny: Caller) -> None:
    """One value a second, sixty at most; by ad or for one video."""
    ads = [row["dimensions"]["ad_id"] for row in tiny.rows(dimensions=["ad_id"])][:5]
    body = tiny.get(
        "report/video_performance/get", advertiser_id=FIRST, report_type="AD", ad_ids=ads, page_size=500
    )
    for row in body["data"]["list"]:
        lengths = {len(value) for value in row.values() if isinstance(value, list)}
        assert len(lengths) == 1
        assert 0 < lengths.pop() <= 60
    video = rows(creative(tiny, material_type="VIDEO"))[0]
    by_id = {
        name: tiny.get(
            "report/video_performance/get", advertiser_id=FIRST, report_type="VIDEO", **{name: video[name]}
        )["data"]["list"]
        for name in ("material_id", "video_id")
    }
    assert by_id["material_id"] == by_id["video_id"]
    assert set(by_id["video_id"][0]) >= {"clicks", "conversions", "drop_off", "retain", "ctr", "cvr"}
    neither = tiny.get("report/video_performance/get", advertiser_id=FIRST, report_type="VIDEO")
    assert neither["code"] == 40002


def test_benchmarks_compare_ads_with_peers(tiny: Caller) -> None:
    """By one to four dimensions over 7, 14, 30 or 60 days."""
    campaigns = [row["dimensions"]["campaign_id"] for row in campaign_rows(tiny)]
    asked = {"advertiser_id": FIRST, "campaign_ids": campaigns, "compare_time_window": "30"}
    path = "report/ad_benchmark/get"
    found = tiny.get(path, dimensions=["LOCATION", "PLACEMENT"], **asked)["data"]["list"]
    assert set(found[0]["dimensions"]) == {"LOCATION", "PLACEMENT"}
    assert tiny.get(path, dimensions=[], **asked)["code"] == 40002
    assert tiny.get(path, dimensions=["AGE"], **asked)["code"] == 40002
    assert tiny.get(path, dimensions=["LOCATION"], **{**asked, "compare_time_window": "8"})["code"] == 40002
    assert tiny.get(path, dimensions=["LOCATION"], **{**asked, "ad_ids": ["1"]})["code"] == 40002


def campaign_rows(api: Caller) -> list[Json]:
    return api.rows(data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id"], filtering=None)


def test_products_of_a_catalog_divide_its_ads(tiny: Caller) -> None:
    """CATALOG reports cover ads that show products; by product they give what they give by ad."""
    kind = {"report_type": "CATALOG", "metrics": ["spend"]}
    by_ad = tiny.rows(dimensions=["ad_id", DAY], **kind)
    for name in ("catalog_id", "product_set_id", "product_id", "sku_id"):
        some = tiny.rows(dimensions=["ad_id", name, DAY], **kind)
        total: dict[str, Decimal] = defaultdict(Decimal)
        for row in some:
            total[row["dimensions"]["ad_id"]] += Decimal(row["metrics"]["spend"])
        whole: dict[str, Decimal] = defaultdict(Decimal)
        for row in by_ad:
            whole[row["dimensions"]["ad_id"]] += Decimal(row["metrics"]["spend"])
        assert total == whole != {}
