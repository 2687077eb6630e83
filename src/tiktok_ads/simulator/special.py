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
