"""Which reports have an endpoint of their own, and who answers there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tiktok_ads.simulator.answers import Answer
from tiktok_ads.simulator.creative_reports import CreativeReports
from tiktok_ads.simulator.gmv_max import GmvMax
from tiktok_ads.simulator.logins import Login
from tiktok_ads.simulator.smart_plus_reports import SmartPlusReports
from tiktok_ads.simulator.world import World


def special_reports(
    world: World, *, refuse_future: bool
) -> dict[str, Callable[[Login, Mapping[str, object]], Answer]]:
    """Endpoint → what answers a call there."""
    smart_plus, creative = SmartPlusReports(world), CreativeReports(world)
    return {
        "gmv_max/report/get": GmvMax(world, refuse_future).answer,
        "smart_plus/material_report/overview": smart_plus.overview,
        "smart_plus/material_report/breakdown": smart_plus.breakdown,
        "campaign/spc/report/get": smart_plus.older,
        "creative/report/get": creative.materials,
        "report/video_performance/get": creative.seconds,
        "report/ad_benchmark/get": creative.benchmark,
    }


# The largest page of each; the rest give everything at once or a thousand.
LARGEST = {
    "smart_plus/material_report/overview": 100,
    "smart_plus/material_report/breakdown": 100,
    "campaign/spc/report/get": 100,
    "report/video_performance/get": 500,
}


def every_row(
    answers: Callable[[Login, Mapping[str, object]], Answer],
    login: Login,
    params: Mapping[str, object],
    *,
    page_size: int,
) -> list[object]:
    """All rows of all pages of a report."""
    rows: list[object] = []
    for page in range(1, MOST_PAGES):
        data = answers(login, {**params, "page": page, "page_size": page_size}).data
        found = data.get("list") if isinstance(data, dict) else None
        rows += found if isinstance(found, list) else []
        info = data.get("page_info") if isinstance(data, dict) else None
        if not isinstance(info, dict) or page >= info["total_page"]:
            break
    return rows


MOST_PAGES = 100_000
