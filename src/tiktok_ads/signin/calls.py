"""A client for the commands that look at a login, and what TikTok says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import msgspec
from pydantic import SecretStr

from tiktok_ads.client import Answer, Client
from tiktok_ads.client.gate import open_gate
from tiktok_ads.config.settings import Settings

_IDS_PER_CALL = 100


@asynccontextmanager
async def client_for(
    settings: Settings, token: SecretStr | None, *, api_url: str | None = None
) -> AsyncIterator[Client]:
    """A client that counts its calls with every other process's; `api_url` comes before the settings'."""
    url = api_url or settings.api_url
    gate = open_gate(
        api_url=url,
        app_id=settings.app_id,
        token=token,
        tier=settings.effective_tier,
        state_dir=settings.state_dir,
        store=settings.quota_store,
    )
    with gate:
        async with Client(
            api_url=url, token=token, gate=gate, timeout_seconds=settings.timeout_seconds, attempts=3
        ) as client:
            yield client


async def advertisers_told(client: Client, ids: Sequence[str]) -> list[dict[str, Any]]:
    """What `advertiser/info` says of these advertisers; those that the login may not read are missing."""
    told: list[dict[str, Any]] = []
    for first in range(0, len(ids), _IDS_PER_CALL):
        some = list(ids[first : first + _IDS_PER_CALL])
        told += rows_of(await client.get("advertiser/info", {"advertiser_ids": some}))
    return told


async def one_row(client: Client, endpoint: str, advertiser_id: str, *, day: date) -> None:
    """Ask an endpoint for as little as it gives; raises ApiError if it is closed to the login."""
    params: dict[str, object] = {"advertiser_id": advertiser_id, "page": 1, "page_size": 1}
    if endpoint == "report/integrated/get":
        params |= {
            "report_type": "BASIC",
            "data_level": "AUCTION_ADVERTISER",
            "dimensions": ["advertiser_id", "stat_time_day"],
            "metrics": ["spend"],
            "start_date": day.isoformat(),
            "end_date": day.isoformat(),
        }
    await client.get(endpoint, params)


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    found = msgspec.json.decode(answer.data, type=dict[str, Any]).get("list")
    return found if isinstance(found, list) else []
