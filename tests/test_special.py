"""Reports with an endpoint of their own: what is asked of TikTok, and what becomes of its answers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.streams import Filter, ReportStream
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import report_fields
from tiktok_ads.errors import ConfigError, DecodeError, InconsistentPages, InvalidRequest, TooLarge
from tiktok_ads.extract import ReportAnswer, Room, SliceTooLong, Tally
from tiktok_ads.extract.special import Owned, SpecialQuestion, SpecialReader
from tiktok_ads.plan import Slice, Window

ME = "7000000000000000001"
NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
WEEK = Window(date(2026, 9, 1), date(2026, 9, 7))
DAY = Window(date(2026, 9, 1), date(2026, 9, 1))
Params = Mapping[str, Any]
Said = Callable[[str, Params], Any]


@dataclass
class Canned:
    """Answers from a function; keeps what was asked."""

    said: Said
    asked: list[tuple[str, Params]] = field(default_factory=list)

    async def get(self, path: str, params: Mapping[str, object], *, meter: Meter | None = None) -> Answer:
        self.asked.append((path, params))
        if meter:
            meter.calls += 1
        found = self.said(path, params)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, list):
            size = int(str(params.get("page_size", len(found) or 1)))
            page = int(str(params.get("page", 1)))
            info = {"page": page, "page_size": size, "total_number": len(found), "total_page": 1}
            found = {"list": found[(page - 1) * size : page * size], "page_info": info}
        return Answer(msgspec.Raw(json.dumps(found).encode()), "r1", False, False)

    async def post(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        meter: Meter | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        raise AssertionError("nothing is ever posted")

    async def download(
        self,
        path: str,
        params: Mapping[str, object],
        *,
        meter: Meter | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        raise AssertionError("nothing is ever downloaded")

    def reports(self, path: str) -> list[Params]:
        return [params for name, params in self.asked if name == path]


def table(name: str, **changed: Any) -> ReportStream:
    return replace(catalog().reports[name], **changed)


def read(
    canned: Canned,
    stream: ReportStream,
    window: Window | None = WEEK,
    *,
    owned: Owned | None = None,
    tally: Tally | None = None,
    **said: Any,
) -> ReportAnswer:
    async def ad_ids(_: Window | None, __: Tally) -> list[str]:
        return list(said.pop("ads", ()))

    async def run() -> ReportAnswer:
        room = Room()
        mine = owned or Owned(canned, room)
        question = SpecialQuestion(
            fields=report_fields(stream, stream.metrics, catalog()),
            metrics=stream.metrics,
            include_deleted=said.pop("include_deleted", True),
            currency="USD",
            zone="America/New_York",
            now=NOW,
            ad_ids=ad_ids,
            holds_rows=said.pop("holds_rows", False),
            in_steps=said.pop("in_steps", False),
        )
        try:
            with room.ticket(0) as ticket:
                piece = Slice(stream, ME, window)
                reader = SpecialReader(canned, piece, question, mine, tally=tally or Tally(), ticket=ticket)
                return await reader.read()
        finally:
            await mine.close()

    return asyncio.run(run())


def refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, 40002, "somewhere", "r1")


def row(dimensions: Mapping[str, str], **metrics: str) -> dict[str, Any]:
    return {"dimensions": dict(dimensions), "metrics": metrics}


def shops(path: str, params: Params, *stores: str) -> dict[str, Any] | None:
    if path == "gmv_max/store/list":
        assert "page" not in params
        return {"store_list": [{"store_id": one, "store_name": "A shop"} for one in stores]}
    return None


def gmv(said: Callable[[Params], Any], *stores: str) -> Canned:
    """A TikTok with these shops; `said` answers each report."""
    return Canned(lambda path, params: shops(path, params, *stores) or said(params))


# GMV Max


def test_each_shop_is_asked_by_itself_and_named_on_its_rows() -> None:
    """TikTok takes one shop a call and does not repeat it; without its name the rows of two shops mix."""
    canned = gmv(
        lambda params: [row({"advertiser_id": ME, "stat_time_day": "2026-09-02 00:00:00"}, cost="1.50")],
        "71",
        "72",
    )
    rows = read(canned, table("gmv_max_store_insights")).rows.table.to_pylist()

    assert [(one["store_id"], one["cost"], one["advertiser_id"]) for one in rows] == [
        ("71", Decimal("1.500000"), ME),
        ("72", Decimal("1.500000"), ME),
    ]
    first, second = canned.reports("gmv_max/report/get")
    assert (first["store_ids"], second["store_ids"]) == (["71"], ["72"])
    assert first["dimensions"] == ["advertiser_id", "stat_time_day"]
    assert (first["start_date"], first["end_date"]) == ("2026-09-01", "2026-09-07")
    assert first["filtering"] == {"campaign_statuses": ["STATUS_ALL"]}


def test_spend_of_deleted_campaigns_is_left_out_only_when_that_is_wanted() -> None:
    """Without STATUS_ALL TikTok leaves deleted campaigns out of every number."""
    canned = gmv(lambda params: [], "71")
    read(canned, table("gmv_max_store_insights"), include_deleted=False)
    assert "filtering" not in canned.reports("gmv_max/report/get")[0]


def test_an_advertiser_without_shops_costs_one_call() -> None:
    """GMV Max is asked of everybody, so it must cost next to nothing where there is none."""
    canned = gmv(lambda params: [])
    answer = read(canned, table("gmv_max_creative_insights"))
    assert answer.rows.table.num_rows == 0
    assert "cost" in answer.rows.table.column_names
    assert len(canned.asked) == 1


def test_campaigns_are_asked_by_promotion_type() -> None:
    """TikTok wants to know which kind; LIVE metrics are asked of LIVE campaigns alone."""
    canned = gmv(
        lambda params: [
            row(
                {
                    "campaign_id": params["filtering"]["gmv_max_promotion_types"][0],
                    "stat_time_day": "2026-09-01",
                },
                cost="2.00",
                campaign_name="-",
                currency="0",
            )
        ],
        "71",
    )
    rows = read(canned, table("gmv_max_campaign_insights")).rows.table.to_pylist()

    assert [(one["campaign_id"], one["gmv_max_promotion_type"]) for one in rows] == [
        ("PRODUCT", "PRODUCT"),
        ("LIVE", "LIVE"),
    ]
    assert [one["currency"] for one in rows] == ["USD", "USD"]
    product, live = canned.reports("gmv_max/report/get")
    assert "live_views" in live["metrics"]
    assert "live_views" not in product["metrics"]
    assert "campaign_name" in product["metrics"]


def test_products_are_asked_of_at_most_100_campaigns_at_a_time() -> None:
    """The campaigns come from TikTok's own list of the window, deleted ones too."""
    ids = [str(number) for number in range(230)]

    def said(params: Params) -> Any:
        if params["dimensions"] == ["campaign_id"]:
            live = params["filtering"]["gmv_max_promotion_types"] == ["LIVE"]
            return [row({"campaign_id": one}, cost="0") for one in (ids[200:] if live else ids[:200])]
        return [
            row({"campaign_id": one, "item_group_id": "9", "stat_time_day": "2026-09-03"}, cost="1")
            for one in params["filtering"]["campaign_ids"]
        ]

    canned = gmv(said, "71")
    answer = read(canned, table("gmv_max_product_insights"))
    assert sorted(answer.rows.table["campaign_id"].to_pylist()) == sorted(ids)
    asked = [one for one in canned.reports("gmv_max/report/get") if len(one["dimensions"]) > 1]
    assert [len(one["filtering"]["campaign_ids"]) for one in asked] == [100, 100, 30]
    assert all(one["filtering"]["campaign_statuses"] == ["STATUS_ALL"] for one in asked)


def test_creatives_are_asked_with_every_campaign_and_product_once() -> None:
    """Both filters together hold each pair exactly once, however many there are."""
    products = {str(c): [f"{c}-{p}" for p in range(90)] for c in range(3)}

    def said(params: Params) -> Any:
        wanted = params["filtering"]
        if params["dimensions"] == ["campaign_id"]:
            kind = wanted["gmv_max_promotion_types"]
            return [row({"campaign_id": one}) for one in products] if kind == ["PRODUCT"] else []
        pairs = [(c, p) for c in wanted["campaign_ids"] for p in products[c]]
        if "item_group_ids" not in wanted:
            return [row({"campaign_id": c, "item_group_id": p}) for c, p in pairs]
        return [
            row(
                {"campaign_id": c, "item_group_id": p, "item_id": "-1", "stat_time_day": "2026-09-03"},
                cost="1",
            )
            for c, p in pairs
            if p in wanted["item_group_ids"]
        ]

    canned = gmv(said, "71")
    answer = read(canned, table("gmv_max_creative_insights"))
    assert answer.rows.table.num_rows == 270
    assert set(answer.rows.table["item_id"].to_pylist()) == {"-1"}
    asked = [one for one in canned.reports("gmv_max/report/get") if "item_id" in one["dimensions"]]
    assert [len(one["filtering"]["item_group_ids"]) for one in asked] == [100, 100, 70]


def test_names_of_products_are_asked_one_campaign_at_a_time() -> None:
    """Attributes are refused where several ids are asked about; so each campaign is asked alone."""

    def said(params: Params) -> Any:
        if params["dimensions"] == ["campaign_id"]:
            return [row({"campaign_id": one}) for one in ("5", "6")]
        assert params["dimensions"] == ["item_group_id"]
        (campaign,) = params["filtering"]["campaign_ids"]
        return [row({"item_group_id": "9"}, cost="1", product_name=f"of {campaign}")]

    canned = gmv(said, "71")
    rows = read(canned, table("gmv_max_products"), None).rows.table.to_pylist()
    assert [(one["campaign_id"], one["item_group_id"], one["product_name"]) for one in rows] == [
        ("5", "9", "of 5"),
        ("6", "9", "of 6"),
    ]
    last = canned.reports("gmv_max/report/get")[-1]
    assert (last["start_date"], last["end_date"]) == ("2025-09-23", "2026-09-22"), "a snapshot of 365 days"


def test_attributes_that_are_refused_all_the_same_do_not_cost_the_numbers() -> None:
    """If TikTok refuses names, the numbers come and the names are said to lack."""

    def said(params: Params) -> Any:
        if "campaign_name" in params["metrics"]:
            return refused("Attribute metrics are not supported.")
        return [row({"campaign_id": "5", "stat_time_day": "2026-09-01"}, cost="1")]

    stream = table("gmv_max_campaign_insights", filters=(Filter("gmv_max_promotion_types", "IN", ("LIVE",)),))
    answer = read(gmv(said, "71"), stream)
    assert answer.rows.table["cost"].to_pylist() == [Decimal("1.000000")]
    assert "campaign_name" in answer.refused
    assert "cost" not in answer.refused


def test_metrics_that_tiktok_names_as_invalid_are_left_out() -> None:
    """TikTok lists what it does not accept; the rest is still to be had."""

    def said(params: Params) -> Any:
        if "net_cost" in params["metrics"]:
            return refused("Invalid metric fields: ['net_cost'].")
        return [row({"advertiser_id": ME, "stat_time_day": "2026-09-01"}, cost="1")]

    answer = read(gmv(said, "71"), table("gmv_max_store_insights"))
    assert answer.refused == {"net_cost"}
    assert answer.rows.table["net_cost"].to_pylist() == [None]


def test_metrics_that_never_came_are_named() -> None:
    """A column of nothing but NULL is told from a shop that had nothing to count."""
    came = [row({"advertiser_id": ME, "stat_time_day": "2026-09-01"}, cost="1", orders="-")]
    answer = read(gmv(lambda params: came, "71"), table("gmv_max_store_insights"))
    assert answer.absent == {"net_cost", "cost_per_order", "gross_revenue", "roi"}
    assert read(gmv(lambda params: [], "71"), table("gmv_max_store_insights")).absent == set()


def test_windows_that_are_too_large_are_halved() -> None:
    """40067 costs time, never rows."""

    def said(params: Params) -> Any:
        first, last = (date.fromisoformat(params[one]) for one in ("start_date", "end_date"))
        if last > first:
            return TooLarge("too large", 40067, "gmv_max/report/get", "r1")
        return [row({"advertiser_id": ME, "stat_time_day": f"{first} 00:00:00"}, cost="1")]

    tally = Tally()
    answer = read(gmv(said, "71"), table("gmv_max_store_insights"), tally=tally)
    assert answer.rows.table["stat_time_day"].to_pylist() == [date(2026, 9, n) for n in range(1, 8)]
    assert tally.splits == 6


def test_too_many_rows_are_read_in_steps() -> None:
    """What does not fit into memory at once is read in fewer days."""

    def said(params: Params) -> Any:
        info = {"page": 1, "page_size": 1000, "total_number": 40_000, "total_page": 40}
        return {"list": [row({"advertiser_id": ME, "stat_time_day": "2026-09-01"})], "page_info": info}

    with pytest.raises(SliceTooLong) as found:
        read(gmv(said, "71"), table("gmv_max_store_insights"), in_steps=True)
    assert 1 <= found.value.days < WEEK.days


def test_rows_of_days_that_were_not_asked_for_are_not_believed() -> None:
    """They would stand twice once their own day is read."""
    canned = gmv(
        lambda params: [row({"advertiser_id": ME, "stat_time_day": "2026-08-31 00:00:00"}, cost="1")], "71"
    )
    with pytest.raises(InconsistentPages, match="2026-08-31"):
        read(canned, table("gmv_max_store_insights"))


def test_shares_of_a_product_that_several_calls_give_are_refused_not_mixed() -> None:
    """A product of 150 campaigns, asked 100 at a time, would come as two rows."""
    stream = table(
        "gmv_max_product_insights",
        dimensions=("store_id", "item_group_id", "stat_time_day"),
        primary_key=("advertiser_id", "store_id", "item_group_id", "stat_time_day"),
    )
    canned = gmv(
        lambda params: (
            [row({"campaign_id": str(n)}) for n in range(150)]
            if params["dimensions"] == ["campaign_id"]
            else []
        ),
        "71",
    )
    with pytest.raises(ConfigError, match="100"):
        read(canned, stream)


def test_what_several_slices_need_is_asked_once() -> None:
    """Seven tables of GMV Max ask for the shops once, not seven times."""
    canned = gmv(lambda params: [], "71")

    async def run() -> None:
        owned, tally = Owned(canned, Room()), Tally()
        await asyncio.gather(*(owned.stores(ME, tally) for _ in range(7)))
        await owned.gmv_campaigns(ME, "71", WEEK, True, tally)
        await owned.gmv_campaigns(ME, "71", WEEK, True, tally)
        await owned.close()
        assert tally.purposes["ids"] == 3

    asyncio.run(run())
    assert Counter(path for path, _ in canned.asked) == {"gmv_max/store/list": 1, "gmv_max/report/get": 2}


# Smart+


def smart(rows: list[Any], ever: int = 1) -> Canned:
    def said(path: str, params: Params) -> Any:
        if path == "smart_plus/material_report/overview" and params.get("page_size") == 1:
            info = {"page": 1, "page_size": 1, "total_number": ever, "total_page": ever}
            return {"list": rows[:ever], "page_info": info}
        return rows

    return Canned(said)


def test_smart_plus_materials_come_by_day_with_their_type() -> None:
    """TikTok adds the type of a material by itself; statuses that come as lists stay readable."""
    stream = table("smart_plus_ad_insights_by_material")
    rows = [
        row(
            {
                "smart_plus_ad_id": "1",
                "main_material_id": "2",
                "main_material_type": "VIDEO",
                "stat_time_day": "2026-09-01 00:00:00",
            },
            spend="3.20",
            material_primary_status="ENABLE",
        )
    ]
    canned = smart(rows)
    (got,) = read(canned, stream).rows.table.to_pylist()
    assert got["main_material_type"] == "VIDEO"
    assert got["spend"] == Decimal("3.200000")
    (asked,) = canned.reports("smart_plus/material_report/breakdown")
    assert asked["page_size"] == 100
    assert asked["dimensions"] == ["smart_plus_ad_id", "main_material_id", "stat_time_day"]


def test_an_advertiser_without_smart_plus_costs_one_call_however_many_tables() -> None:
    """Who never had such an ad is asked once a run."""
    canned = smart([], ever=0)
    answer = read(canned, table("smart_plus_ad_insights_by_material"))
    assert answer.rows.table.num_rows == 0
    assert len(canned.asked) == 1


def test_stored_rows_are_never_dropped_because_of_the_cheap_look() -> None:
    """Where rows are stored, the report itself is asked before any of them goes."""
    canned = smart([], ever=0)
    read(canned, table("smart_plus_ad_insights_by_material"), holds_rows=True)
    assert [path for path, _ in canned.asked] == ["smart_plus/material_report/breakdown"]


def test_a_lifetime_asks_without_days() -> None:
    """All time is a parameter of its own."""
    canned = smart([])
    read(canned, table("smart_plus_ad_insights_lifetime_by_ad_text"), None, holds_rows=True)
    (asked,) = canned.reports("smart_plus/material_report/overview")
    assert asked["query_lifetime"] is True
    assert "start_date" not in asked


def test_older_smart_plus_is_asked_by_campaign_and_kind_of_material() -> None:
    """Each row says which campaign, which kind, and what tells it from the others."""

    def said(path: str, params: Params) -> Any:
        if path == "campaign/get":
            assert params["filtering"]["is_smart_performance_campaign"] is True
            return [{"campaign_id": "11", "campaign_name": "Old"}]
        if params["material_type"] == "SPC_VIDEO":
            return [row({}, video_id=one, spend="1.00") for one in ("v1", "v2")]
        if params["material_type"] == "SPC_AD_TEXT":
            return [{"ad_text": "Buy", "spend": "2.00"}]
        return []

    canned = Canned(said)
    rows = read(canned, table("legacy_smart_plus_materials"), None).rows.table.to_pylist()
    assert [(one["campaign_id"], one["material_type"], one["material_key"]) for one in rows] == [
        ("11", "SPC_VIDEO", "video_id=v1"),
        ("11", "SPC_VIDEO", "video_id=v2"),
        ("11", "SPC_AD_TEXT", "ad_text=Buy"),
    ]
    assert len(canned.reports("campaign/spc/report/get")) == 5
    assert all("metrics" not in one for one in canned.reports("campaign/spc/report/get"))


# Creatives


def test_materials_are_stamped_with_the_day_that_was_asked() -> None:
    """TikTok gives materials no days, so each day is a call and its rows carry it."""
    canned = Canned(lambda path, params: [{"info": {"material_id": "8"}, "metrics": {"spend": "1.00"}}])
    (got,) = read(canned, table("video_material_insights"), DAY).rows.table.to_pylist()
    assert (got["material_id"], got["stat_time_day"], got["spend"]) == (
        "8",
        date(2026, 9, 1),
        Decimal("1.000000"),
    )
    (asked,) = canned.reports("creative/report/get")
    assert asked["material_type"] == "VIDEO"
    assert asked["metrics_fields"] == list(table("video_material_insights").metrics)
    assert asked["start_date"] == asked["end_date"] == "2026-09-01"


def test_video_insight_names_its_advertiser_alone() -> None:
    """Several advertisers of different currencies would come in USD."""
    canned = Canned(lambda path, params: [])
    read(canned, table("video_insights"), DAY)
    (asked,) = canned.asked
    assert asked[1]["advertiser_ids"] == [ME]
    assert asked[1]["report_type"] == "VIDEO_INSIGHT"


def test_rows_that_do_not_say_what_they_are_about_are_not_loaded() -> None:
    """A report that lacks its key is an error to be told, not rows that overwrite each other."""
    canned = Canned(lambda path, params: [{"info": {"title": "A"}, "metrics": {"spend": "1.00"}}])
    with pytest.raises(DecodeError, match="material_id"):
        read(canned, table("image_material_insights"), DAY)


def test_seconds_become_rows() -> None:
    """One row per ad and second can be queried; a list in a cell cannot."""
    canned = Canned(
        lambda path, params: [
            {"ad_id": "1", "view_count": ["5", "4", "-"], "click_count": ["0", "1"], "like_count": []},
            {"ad_id": "2", "view_count": ["7"]},
        ]
    )
    answer = read(canned, table("ad_insights_lifetime_by_second"), None, ads=["1", "2"])
    seen = [
        (one["ad_id"], one["second"], one["view_count"], one["click_count"])
        for one in answer.rows.table.to_pylist()[:3]
    ]
    assert seen == [("1", 0, 5, 0), ("1", 1, 4, 1), ("2", 0, 7, None)]


def test_ads_are_asked_200_at_a_time_and_videos_one_by_one() -> None:
    """As many as TikTok takes."""

    def said(path: str, params: Params) -> Any:
        if path == "creative/report/get":
            return [{"info": {"material_id": one}, "metrics": {}} for one in ("v1", "v2")]
        if params["report_type"] == "AD":
            return [{"ad_id": one, "view_count": ["1"]} for one in params["ad_ids"]]
        return [{"clicks": ["1", "2"], "retain": ["0.9", "0.5"]}]

    canned = Canned(said)
    ads = [str(n) for n in range(250)]
    answer = read(canned, table("ad_insights_lifetime_by_second"), None, ads=ads)
    assert answer.rows.table.num_rows == 250
    assert [len(one["ad_ids"]) for one in canned.reports("report/video_performance/get")] == [200, 50]

    canned = Canned(said)
    rows = read(canned, table("video_insights_lifetime_by_second"), None).rows.table.to_pylist()
    assert [(one["material_id"], one["second"], one["retain"]) for one in rows] == [
        ("v1", 0, 0.9),
        ("v1", 1, 0.5),
        ("v2", 0, 0.9),
        ("v2", 1, 0.5),
    ]


def test_benchmarks_keep_whatever_numbers_come() -> None:
    """Which numbers TikTok gives is not written down; each becomes a column."""
    rows = [{"ad_id": "1", "location": place, "ctr": "1.2", "peer_ctr": "1.1"} for place in ("US", "CA")]

    def said(path: str, params: Params) -> Any:
        assert params["dimensions"] == ["LOCATION", "AD_CATEGORY", "EXTERNAL_ACTION", "PLACEMENT"]
        return {"list": rows}

    canned = Canned(said)
    answer = read(canned, table("ad_benchmarks"), None, ads=["1"])
    got: pa.Table = answer.rows.table
    assert got["compare_time_window"].to_pylist() == ["30", "30"]
    assert got["peer_ctr"].to_pylist() == ["1.1", "1.1"]
    assert got["peers"].to_pylist() == ["location=US", "location=CA"]


def test_pixel_events_are_rows_by_event_and_day_of_utc() -> None:
    """Ten pixels a call, a day at a time, and each event a row."""

    def said(path: str, params: Params) -> Any:
        if path == "pixel/list":
            pixels = [{"pixel_id": str(n)} for n in range(25)]
            page = int(params["page"])
            info = {"page": page, "page_size": 20, "total_number": 25, "total_page": 2}
            return {"pixels": pixels[(page - 1) * 20 : page * 20], "page_info": info}
        events = [
            {"pixel_event_type": "PURCHASE", "total_count": 3},
            {"custom_event_type": "Own", "total_count": 4},
        ]
        return {"list": [{"pixel_id": one, "statistics": events} for one in params["pixel_ids"]]}

    canned = Canned(said)
    got = read(canned, table("pixel_event_stats"), DAY).rows.table
    assert got.num_rows == 50
    assert set(got["total_count"].to_pylist()) == {3, 4}
    assert set(got["stat_time_day"].to_pylist()) == {date(2026, 9, 1)}
    asked = canned.reports("pixel/event/stats")
    assert [len(one["pixel_ids"]) for one in asked] == [10, 10, 5]
    assert asked[0]["date_range"] == {"start_date": "2026-09-01", "end_date": "2026-09-01"}


def test_fatigue_is_asked_of_each_ad_that_was_shown() -> None:
    """TikTok takes one ad a call and calls the day a date."""
    canned = Canned(
        lambda path, params: (
            [{"adgroup_id": "3", "date": "2026-09-02", "fatigue": "YES"}] if params["ad_id"] == "1" else []
        )
    )
    (got,) = read(canned, table("creative_fatigue"), ads=["1", "2"]).rows.table.to_pylist()
    assert (got["ad_id"], got["stat_time_day"], got["fatigue"]) == ("1", date(2026, 9, 2), "YES")
    assert canned.asked[0][1]["filtering"] == {"start_date": "2026-09-01", "end_date": "2026-09-07"}
