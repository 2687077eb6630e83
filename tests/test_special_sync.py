"""Whole journeys of reports with an endpoint of their own, held against the simulated truth to the cent."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from tests.worlds import FIRST, NOW, SECOND, SMALL, SPECIAL, WITH_TOP_VIEW, Desk, desk
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.special_rules import (
    is_special,
    special_dimensions,
    special_metrics,
    special_why_not,
)
from tiktok_ads.cli.check import Finding, _tables
from tiktok_ads.client import Client
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator import gmv_max, smart_plus_reports
from tiktok_ads.simulator.answers import Refused
from tiktok_ads.simulator.presets import PLACES, Plot
from tiktok_ads.simulator.shop_world import Sold, shop_campaigns, sold
from tiktok_ads.simulator.truth import true_rows
from tiktok_ads.sync.glance import glance

BACK = 20
"""Days; a campaign was deleted ten days ago, so its last days are among them."""
LATELY = (NOW.date() - timedelta(days=2)).isoformat()
BEGIN = NOW.date() - timedelta(days=BACK)
GMV_MAX = tuple(name for name in catalog().reports if name.startswith("gmv_max_"))
SPECIALS = tuple(name for name, one in catalog().reports.items() if is_special(one))
Key = tuple[str, ...]


@pytest.fixture(autouse=True)
def _login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")


def at(folder: Path, *tables: str, plots: Sequence[Plot] = WITH_TOP_VIEW, **settings: object) -> Desk:
    said: dict[str, Any] = {"tables": tables, "start_date": BEGIN.isoformat()}
    return desk(folder, plots, **{**said, **settings})


def complete(report: RunReport) -> RunReport:
    assert report.skipped == ()
    assert report.outcome == "complete"
    return report


def truth(it: Desk, names: Sequence[str], *, by_hour: bool = False, products: bool = False) -> dict[Key, int]:
    """Cents of GMV Max by these names, deleted campaigns too; LIVEs have no products."""
    world = it.world
    advertiser = world.advertisers[FIRST]
    cents: dict[Key, int] = defaultdict(int)
    for one in sold(world, advertiser, BEGIN, it.today(FIRST), by_hour=by_hour):
        if one.numbers[0] and (one.product or not products):
            cents[tuple(_said(one, name) for name in names)] += one.numbers[0]
    return dict(cents)


def _said(one: Sold, name: str) -> str:
    return {
        "store_id": one.campaign.store_id,
        "campaign_id": one.campaign.id,
        "item_group_id": one.product,
        "item_id": one.post,
        "stat_time_day": one.day.isoformat(),
        "stat_time_hour": f"{one.day} {one.hour:02d}:00:00",
    }[name]


def landed(it: Desk, table: str, names: Sequence[str]) -> dict[Key, int]:
    columns = ", ".join(f'"{name}"::VARCHAR' for name in names)
    rows = it.rows(f'SELECT {columns}, cost FROM "{table}" WHERE advertiser_id = ?', FIRST)
    assert len({row[:-1] for row in rows}) == len(rows)
    return {row[:-1]: int(row[-1] * 100) for row in rows if row[-1]}


def test_gmv_max_lands_to_the_cent(tmp_path: Path) -> None:
    """Every shop, campaign, product and creative by day, deleted campaigns with what they spent."""
    tables = ("store", "campaign", "product", "creative")
    it = at(tmp_path, *(f"gmv_max_{one}_insights" for one in tables))
    report = complete(it.sync())
    assert not report.notes

    day = ("stat_time_day",)
    assert landed(it, "gmv_max_store_insights", ("store_id", *day)) == truth(it, ("store_id", *day))
    campaign = ("campaign_id", *day)
    assert landed(it, "gmv_max_campaign_insights", campaign) == truth(it, campaign)
    product = ("campaign_id", "item_group_id", *day)
    assert landed(it, "gmv_max_product_insights", product) == truth(it, product, products=True)
    creative = ("campaign_id", "item_group_id", "item_id", *day)
    assert landed(it, "gmv_max_creative_insights", creative) == truth(it, creative, products=True)

    deleted = next(one.id for one in shop_campaigns(it.world, it.world.advertisers[FIRST]) if one.deleted_on)
    assert any(key[0] == deleted for key in landed(it, "gmv_max_campaign_insights", campaign))
    kinds = it.rows("SELECT DISTINCT gmv_max_promotion_type FROM gmv_max_campaign_insights ORDER BY 1")
    assert kinds == [("LIVE",), ("PRODUCT",)]
    assert it.rows("SELECT count(*) FROM gmv_max_campaign_insights WHERE live_views > 0")[0][0]


def test_gmv_max_by_hour_adds_up_to_the_day(tmp_path: Path) -> None:
    """An hour is asked a day at a time; all hours together are the day."""
    begin = NOW.date() - timedelta(days=2)
    it = at(
        tmp_path,
        "gmv_max_store_insights",
        "gmv_max_store_insights_hourly",
        "gmv_max_product_insights_hourly",
        start_date=begin.isoformat(),
    )
    complete(it.sync())
    by_day = "SELECT store_id, stat_time_{0}::DATE, sum(cost) FROM gmv_max_store_insights{1} GROUP BY 1, 2"
    hours = it.rows(by_day.format("hour", "_hourly") + " ORDER BY 1, 2")
    assert hours == it.rows(by_day.format("day", "") + " ORDER BY 1, 2")
    assert hours
    names = ("campaign_id", "item_group_id", "stat_time_hour")
    wanted = truth(it, names, by_hour=True, products=True)
    wanted = {key: cents for key, cents in wanted.items() if key[-1] >= begin.isoformat()}
    assert landed(it, "gmv_max_product_insights_hourly", names) == wanted


def test_without_deleted_objects_their_spend_is_left_out(tmp_path: Path) -> None:
    """Who wants no deleted objects gets none of their numbers either."""
    it = at(tmp_path, "gmv_max_campaign_insights", include_deleted=False)
    complete(it.sync())
    deleted = {one.id for one in shop_campaigns(it.world, it.world.advertisers[FIRST]) if one.deleted_on}
    found = {key[0] for key in landed(it, "gmv_max_campaign_insights", ("campaign_id", "stat_time_day"))}
    assert found
    assert not found & deleted


def test_products_and_creatives_come_with_their_names(tmp_path: Path) -> None:
    """Attributes come only with single ids, so these two tables ask one by one."""
    it = at(tmp_path, "gmv_max_products", "gmv_max_creatives")
    report = complete(it.sync())
    assert not report.notes, "nothing was refused"
    assert it.rows("SELECT count(*) FROM gmv_max_products WHERE product_name IS NULL") == [(0,)]
    assert it.rows("SELECT count(*) FROM gmv_max_creatives WHERE title IS NULL") == [(0,)]
    products = it.rows("SELECT campaign_id, item_group_id, sum(cost) FROM gmv_max_products GROUP BY ALL")
    creatives = it.rows("SELECT campaign_id, item_group_id, sum(cost) FROM gmv_max_creatives GROUP BY ALL")
    assert sorted(products) == sorted(creatives)


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """Everything that is read again is found as it was, in as many calls as the plan then says."""
    begin = (NOW.date() - timedelta(days=1)).isoformat()
    it = at(tmp_path, *SPECIALS, advertisers=(FIRST,), start_date=begin)
    complete(it.sync())
    before = it.content("_synced_at", "_run_id", tables=SPECIALS)
    assert set(before) == set(SPECIALS)
    report = complete(it.sync())
    assert it.content("_synced_at", "_run_id", tables=SPECIALS) == before
    assert all(line.inserted == line.updated == line.deleted == 0 for line in report.lines)
    assert report.planned.by_purpose["first_page"] == report.made.by_purpose["first_page"]


def test_smart_plus_materials_hold_the_spend_of_their_ads(tmp_path: Path) -> None:
    """The creatives of upgraded Smart+ ads cost by day what the ads cost."""
    it = at(tmp_path, "smart_plus_ad_insights_by_material", "smart_plus_ad_insights_lifetime_by_material")
    complete(it.sync())
    wanted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in true_rows(
        it.world,
        advertiser_ids=[FIRST],
        data_level="AUCTION_AD",
        dimensions=["ad_id_v2", "stat_time_day"],
        metrics=["spend", "campaign_automation_type"],
        first=BEGIN,
        last=it.today(FIRST),
    ):
        if row["campaign_automation_type"] == "UPGRADED_SMART_PLUS":
            wanted[row["ad_id_v2"], row["stat_time_day"][:10]] += Decimal(row["spend"])
    rows = it.rows(
        "SELECT smart_plus_ad_id, stat_time_day::VARCHAR, sum(spend) FROM smart_plus_ad_insights_by_material "
        "WHERE advertiser_id = ? GROUP BY ALL HAVING sum(spend) > 0",
        FIRST,
    )
    assert {(ad, day): spend for ad, day, spend in rows} == {k: v for k, v in wanted.items() if v}
    assert rows
    kinds = it.rows("SELECT DISTINCT main_material_type FROM smart_plus_ad_insights_lifetime_by_material")
    assert kinds == [("VIDEO",)]


def test_materials_by_day_hold_the_spend_of_their_videos(tmp_path: Path) -> None:
    """A video that stands in several ads costs what these cost together."""
    it = at(tmp_path, "video_material_insights")
    complete(it.sync())
    wanted = {
        (row["video_material_id"], row["stat_time_day"][:10]): Decimal(row["spend"])
        for row in true_rows(
            it.world,
            advertiser_ids=[SECOND],
            data_level="AUCTION_ADVERTISER",
            dimensions=["video_material_id", "stat_time_day"],
            metrics=["spend"],
            first=BEGIN,
            last=it.today(SECOND),
        )
    }
    rows = it.rows(
        "SELECT material_id, stat_time_day::VARCHAR, spend FROM video_material_insights "
        "WHERE advertiser_id = ? AND spend > 0",
        SECOND,
    )
    assert {(video, day): spend for video, day, spend in rows} == {k: v for k, v in wanted.items() if v}


def test_days_of_utc_end_with_the_day_of_utc(tmp_path: Path) -> None:
    """In Tokyo it is tomorrow already; a day that has not begun in UTC is not asked for."""
    it = at(tmp_path, "pixel_event_stats", "video_insights", "video_material_insights", start_date=LATELY)
    it.pass_days(0.2)
    assert it.today(SECOND) > it.world.now().astimezone(UTC).date()
    complete(it.sync())
    utc_today = it.world.now().astimezone(UTC).date()
    for table in ("pixel_event_stats", "video_insights"):
        ((newest,),) = it.rows(f'SELECT max(stat_time_day) FROM "{table}" WHERE advertiser_id = ?', SECOND)
        assert newest <= utc_today
    asked = [json.loads(one["date_range"]) for path, one in it.asked if path == "pixel/event/stats"]
    assert max(one["end_date"] for one in asked) == utc_today.isoformat()


def test_an_advertiser_without_specials_costs_one_call_for_each_kind(tmp_path: Path) -> None:
    """Whoever has no shop, no Smart+ and no pixel is asked once for each, not once for each table and day."""
    plain = at(tmp_path, *SPECIALS, plots=(Plot(PLACES[5], SMALL),), start_date=LATELY)
    line = Without(plain.line)
    plain.line = line  # type: ignore[assignment]
    complete(plain.sync())
    counted = Counter(path for path, _ in line.asked)
    assert counted["gmv_max/store/list"] == counted["pixel/list"] == 1
    assert "gmv_max/report/get" not in counted
    assert "pixel/event/stats" not in counted
    assert counted["smart_plus/material_report/overview"] == 1
    assert "smart_plus/material_report/breakdown" not in counted
    assert plain.rows("SELECT count(*) FROM gmv_max_store_insights") == [(0,)]


EMPTY: dict[str, dict[str, list[object]]] = {
    "gmv_max/store/list": {"store_list": []},
    "pixel/list": {"pixels": []},
}


class Without(httpx2.AsyncBaseTransport):
    """Passes requests on, but answers lists of shops and pixels with nothing."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/open_api/v1.3/").strip("/")
        self.asked.append((path, dict(request.url.params)))
        if path not in EMPTY:
            answer: httpx2.Response = await self._inner.handle_async_request(request)
            return answer
        info = {"page": 1, "page_size": 20, "total_number": 0, "total_page": 0}
        data = {**EMPTY[path], "page_info": info}
        return httpx2.Response(200, json={"code": 0, "message": "OK", "request_id": "r", "data": data})


def test_a_shop_that_leaves_the_list_takes_no_spend_with_it(tmp_path: Path) -> None:
    """TikTok lists the shops of today; what a former one cost stays, and is said to be in doubt."""
    it = at(tmp_path, "gmv_max_store_insights")
    complete(it.sync())
    before = it.content("_synced_at", "_run_id", tables=("gmv_max_store_insights",))
    it.line = Without(it.line)  # type: ignore[assignment]
    report = it.sync()
    assert report.outcome != "complete"
    assert any("the stored rows stay" in one.what for one in report.skipped)
    assert it.content("_synced_at", "_run_id", tables=("gmv_max_store_insights",)) == before


def test_gmv_max_spend_is_named_until_a_table_holds_it(tmp_path: Path) -> None:
    """The run report names what no chosen table covers; with the table there is nothing to name."""
    it = at(tmp_path, "ad_insights")
    report = complete(it.sync())
    assert any("is GMV Max" in one.text for one in report.notes)
    folder = tmp_path / "other"
    folder.mkdir()
    other = at(folder, "ad_insights", "gmv_max_store_insights")
    report = complete(other.sync())
    assert not any("GMV Max" in one.text for one in report.notes)


def test_seconds_begin_at_0_and_have_no_gap(tmp_path: Path) -> None:
    """Each ad and video has a row for each of its seconds, 60 at most."""
    it = at(tmp_path, "ad_insights_lifetime_by_second", "video_insights_lifetime_by_second")
    complete(it.sync())
    for table, name in (("ad", "ad_id"), ("video", "material_id")):
        rows = it.rows(
            "SELECT min(second), max(second), count(*) "
            f"FROM {table}_insights_lifetime_by_second GROUP BY {name}"
        )
        assert rows
        assert all(first == 0 and last == count - 1 and count <= 60 for first, last, count in rows)


def test_what_the_rules_allow_of_gmv_max_the_simulator_takes() -> None:
    """Random choices: whatever we let through, TikTok's documented rules let through as well."""
    chooser = random.Random(11)
    dimensions = [*special_dimensions("GMV_MAX")]
    metrics = [*special_metrics("GMV_MAX")]
    groups = [g for each in catalog().special["GMV_MAX"].groupings.values() for g in each]
    taken = 0
    for number in range(20_000):
        by = chooser.choice(groups) if number % 2 else chooser.sample(dimensions, chooser.randint(1, 4))
        asked = chooser.sample(metrics, chooser.randint(1, 4))
        filters = {"gmv_max_promotion_types": ["LIVE"], "campaign_ids": ["1"], "item_group_ids": ["2"]}
        if special_why_not("GMV_MAX", dimensions=by, metrics=asked, filters=filters):
            continue
        # What we ask with attributes, we ask with one ID dimension.
        ids = [one for one in ("campaign_id", "item_group_id", "item_id") if one in by]
        sent = [one for one in by if one not in ids[:-1]] if len(ids) > 1 else by
        gmv_max.check(tuple(sent), tuple(asked), filters)
        taken += 1
    assert taken > 1000


def test_what_the_rules_allow_of_smart_plus_the_simulator_takes() -> None:
    """As with GMV Max."""
    chooser = random.Random(12)
    dimensions = [*special_dimensions("SMART_PLUS_MATERIAL")]
    metrics = [*special_metrics("SMART_PLUS_MATERIAL")]
    taken = 0
    for _ in range(20_000):
        by = chooser.sample(dimensions, chooser.randint(1, 4))
        asked = chooser.sample(metrics, chooser.randint(1, 3))
        if special_why_not("SMART_PLUS_MATERIAL", dimensions=by, metrics=asked):
            continue
        timed = any(name.startswith("stat_time_") for name in by)
        times = smart_plus_reports.TIMES if timed else ()
        try:
            smart_plus_reports._check(by, asked, times)
        except Refused as error:
            pytest.fail(f"{by} with {asked}: {error}")
        taken += 1
    assert taken > 1000


def test_dates_are_what_they_were(tmp_path: Path) -> None:
    """The columns of time are dates and moments, never text."""
    it = at(
        tmp_path, "gmv_max_store_insights_hourly", "gmv_max_store_insights", plots=(Plot(PLACES[0], SPECIAL),)
    )
    complete(it.sync())
    ((hour,),) = it.rows("SELECT min(stat_time_hour) FROM gmv_max_store_insights_hourly")
    ((day,),) = it.rows("SELECT min(stat_time_day) FROM gmv_max_store_insights")
    assert isinstance(hour, datetime)
    assert isinstance(day, date)
    assert hour.date() == day


def test_every_table_can_be_looked_at_before_it_is_read(tmp_path: Path) -> None:
    """A preview shows rows as they will land, in a few calls."""
    it = at(tmp_path, advertisers=(FIRST,), start_date=(NOW.date() - timedelta(days=3)).isoformat())
    for table in SPECIALS:
        seen = asyncio.run(
            glance(
                it.settings(tables=(table,)),
                most_rows=3,
                transport=it.line,
                now=it.world.now(),
                gate=it.gate,
                sleep=it.clock.sleep,
            )
        )
        assert 0 < seen.rows.num_rows <= 3, table
        assert seen.spent_calls <= 6, table
        assert {*catalog().reports[table].primary_key} <= {*seen.rows.column_names}


def test_reports_of_ones_own_land_like_the_presets(tmp_path: Path) -> None:
    """A few lines in the settings are enough; shops, campaigns and days are found out or stamped."""
    reports: dict[str, dict[str, object]] = {
        "by_shop": {"report_type": "gmv_max", "dimensions": ["advertiser_id"], "metrics": ["cost", "orders"]},
        "lives": {
            "report_type": "GMV_MAX",
            "dimensions": ["campaign_id", "stat_time_day"],
            "metrics": ["cost", "live_views", "campaign_name"],
            "filters": ["gmv_max_promotion_types in LIVE"],
        },
        "pictures": {
            "report_type": "creative",
            "dimensions": ["material_id", "stat_time_day"],
            "metrics": ["spend"],
            "filters": ["material_type in IMAGE"],
        },
        "texts": {
            "report_type": "smart_plus_material",
            "dimensions": ["smart_plus_ad_id", "ad_text_entity_id"],
            "metrics": ["spend", "ad_text"],
            "dates": "lifetime",
        },
    }
    it = at(tmp_path, *reports, "gmv_max_store_insights", "image_material_insights", reports=reports)
    complete(it.sync())
    by_shop = "SELECT advertiser_id, store_id, sum(cost), sum(orders) FROM {} GROUP BY 1, 2 ORDER BY 1, 2"
    assert it.rows(by_shop.format("by_shop")) == it.rows(by_shop.format("gmv_max_store_insights"))
    assert it.rows("SELECT DISTINCT gmv_max_promotion_type FROM lives") == [("LIVE",)]
    assert it.rows("SELECT count(*) FROM lives WHERE live_views IS NULL") == [(0,)]
    pictures = "SELECT advertiser_id, material_id, stat_time_day, spend FROM {} ORDER BY ALL"
    assert it.rows(pictures.format("pictures")) == it.rows(pictures.format("image_material_insights"))
    assert it.rows("SELECT count(*) FROM texts WHERE ad_text IS NULL") == [(0,)]


def test_windows_that_are_too_large_are_cut_and_nothing_is_lost(tmp_path: Path) -> None:
    """40067 and a time-out cost calls, never a cent."""
    it = at(tmp_path, "gmv_max_store_insights", "gmv_max_creative_insights", advertisers=(FIRST,))
    it.fault(
        "code", code=40067, path="gmv_max/report/get", min_days=8, params={"dimensions": "stat_time_day"}
    )
    complete(it.sync())
    day = ("store_id", "stat_time_day")
    assert landed(it, "gmv_max_store_insights", day) == truth(it, day)
    creative = ("campaign_id", "item_group_id", "item_id", "stat_time_day")
    assert landed(it, "gmv_max_creative_insights", creative) == truth(it, creative, products=True)


def test_what_one_report_may_not_read_stops_no_other(tmp_path: Path) -> None:
    """An account without access to GMV Max still gets its Smart+ materials and pixels."""
    tables = ("gmv_max_store_insights", "smart_plus_ad_insights_by_material", "pixel_event_stats")
    it = at(tmp_path, *tables, advertisers=(FIRST,), start_date=LATELY)
    it.fault("code", code=40118, path="gmv_max/store/list")
    report = it.sync()
    assert report.outcome == "partial"
    assert {one.table for one in report.skipped} == {"gmv_max_store_insights"}
    assert it.rows("SELECT count(*) > 0 FROM smart_plus_ad_insights_by_material") == [(True,)]
    assert it.rows("SELECT count(*) > 0 FROM pixel_event_stats") == [(True,)]
    it.heal()
    complete(it.sync())
    assert it.rows("SELECT count(*) > 0 FROM gmv_max_store_insights") == [(True,)]


def test_check_knows_tables_that_are_asked_with_ids(tmp_path: Path) -> None:
    """The doctor does not call it an illness that a report wants a shop or a pixel first."""
    it = at(tmp_path, *SPECIALS, "gmv_max_campaigns", advertisers=(FIRST,))

    async def checked() -> list[Finding]:
        token = SecretStr("simulator-token")
        async with Client(
            api_url="http://127.0.0.1:9999", token=token, gate=it.gate, transport=it.line
        ) as client:
            return await _tables(client, it.settings(), FIRST)

    found = asyncio.run(checked())
    assert {one.verdict for one in found} == {"ok"}, found
    assert any("gmv_max_store_insights" in one.text for one in found)
