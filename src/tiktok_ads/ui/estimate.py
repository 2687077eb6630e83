"""What a dataset would cost in calls, told before it is saved."""

from __future__ import annotations

import asyncio

from tiktok_ads.client import remedy_of
from tiktok_ads.errors import ApiError, TikTokAdsError, TransportError
from tiktok_ads.runreport import PlanReport
from tiktok_ads.sync import run_plan
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.dataset_form import Wanted, job_values
from tiktok_ads.ui.told import in_app

SECONDS = 60
_ASKED = (
    "connection",
    "tables",
    "advertisers",
    "start_date",
    "include_deleted",
    "lookback_days",
    "destination",
)


async def estimate(desk: Desk, wanted: Wanted) -> tuple[PlanReport | None, str]:
    """What the next run would ask, or why that cannot be told. Writes nothing."""
    try:
        settings = await asyncio.to_thread(
            lambda: desk.settings(**{key: job_values(wanted)[key] for key in _ASKED})
        )
        async with asyncio.timeout(SECONDS):
            return await run_plan(settings), ""
    except TimeoutError:
        return None, f"TikTok had not answered after {SECONDS} seconds. Try again."
    except TikTokAdsError as error:
        remedy = remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""
        return None, in_app(f"{error} {remedy}".strip())
