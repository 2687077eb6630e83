"""What special reports are asked with: an advertiser's shops, pixels and the like, found out once a run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pyarrow as pa

from tiktok_ads.catalog.model import Field
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import Page
from tiktok_ads.decode.special import SpecialShape, special_page
from tiktok_ads.errors import NotAvailable, ReportTimeout, TooLarge
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.memory import Room
from tiktok_ads.extract.pages import PagedList, read_list
from tiktok_ads.extract.requests import IDS_PER_FILTER, in_chunks
from tiktok_ads.plan import DAY, Window

T = TypeVar("T")
_BEFORE_ALL = -1
"""Slices wait for these few rows, so they never wait for room themselves."""
PROMOTION_TYPES = ("PRODUCT", "LIVE")


@dataclass(frozen=True)
class Listing:
    """A list of ids: where it stands, what is sent, and which columns of it are wanted."""

    path: str
    params: Mapping[str, object]
    columns: tuple[str, ...]
    list_key: str = "list"
    page_size: int = 1000
    paged: bool = True


class Owned:
    """Ids of one run; several slices that need the same ask for them once."""

    def __init__(self, client: Reader, room: Room) -> None:
        self._client, self._room = client, room
        self._asked: dict[tuple[object, ...], asyncio.Task[Any]] = {}

    async def stores(self, advertiser_id: str, tally: Tally) -> list[str]:
        """Shops that GMV Max can promote; none where the advertiser has nothing to do with it."""
        listing = Listing(
            "gmv_max/store/list",
            {"advertiser_id": advertiser_id},
            ("store_id",),
            list_key="store_list",
            paged=False,
        )
        return await self._ids(listing, tally)

    async def gmv_campaigns(
        self, advertiser_id: str, store_id: str, window: Window, deleted: bool, tally: Tally
    ) -> list[str]:
        """Campaigns of a shop that had anything in the window, deleted ones too."""
        key = ("campaigns", advertiser_id, store_id, window, deleted)
        return await self.once(
            key, lambda: self._gmv_campaigns(advertiser_id, store_id, window, deleted, tally)
        )

    async def gmv_products(
        self, advertiser_id: str, store_id: str, campaign_ids: Sequence[str], window: Window, tally: Tally
    ) -> list[tuple[str, str]]:
        """Campaigns with the products that they had anything of in the window."""
        key = ("products", advertiser_id, store_id, tuple(campaign_ids), window)
        return await self.once(
            key, lambda: self._gmv_products(advertiser_id, store_id, campaign_ids, window, tally)
        )

    async def pixels(self, advertiser_id: str, tally: Tally) -> list[str]:
        listing = Listing(
            "pixel/list",
            {"advertiser_id": advertiser_id, "page_size": 20},
            ("pixel_id",),
            list_key="pixels",
            page_size=20,
        )
        return await self._ids(listing, tally)

    async def legacy_campaigns(self, advertiser_id: str, tally: Tally) -> list[str]:
        """Campaigns of the older Smart+, deleted ones too."""
        filtering = {"is_smart_performance_campaign": True, "primary_status": "STATUS_ALL"}
        params = {"advertiser_id": advertiser_id, "filtering": filtering, "page_size": 1000}
        return await self._ids(Listing("campaign/get", params, ("campaign_id",)), tally)

    async def videos(self, advertiser_id: str, tally: Tally) -> list[str]:
        """Videos of the library that were ever shown."""
        params = {
            "advertiser_id": advertiser_id,
            "material_type": "VIDEO",
            "lifetime": True,
            "page_size": 1000,
        }
        return await self._ids(Listing("creative/report/get", params, ("material_id",)), tally)

    async def has_smart_plus(self, advertiser_id: str, tally: Tally) -> bool:
        """Whether the advertiser ever had an upgraded Smart+ creative: one call for one row."""
        params = {
            "advertiser_id": advertiser_id,
            "dimensions": ["smart_plus_ad_id", "main_material_id"],
            "metrics": ["spend", "impressions"],
            "query_lifetime": True,
            "page": 1,
            "page_size": 1,
        }
        path = "smart_plus/material_report/overview"
        return await self.once(("smart_plus", advertiser_id), lambda: self._has_rows(path, params, tally))

    async def close(self) -> None:
        """End what nobody waits for any more."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def once(self, key: tuple[object, ...], ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What was asked under this key, however often; what failed is asked again by the next."""
        task = self._asked.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._asked[key] = asyncio.create_task(ask())
        found: T = await asyncio.shield(task)
        return found

    async def _ids(self, listing: Listing, tally: Tally) -> list[str]:
        key = (listing.path, str(listing.params))
        table: pa.Table = await self.once(key, lambda: self._listed(listing, tally))
        return [one for one in dict.fromkeys(table[listing.columns[0]].to_pylist()) if one]

    async def _gmv_campaigns(
        self, advertiser_id: str, store_id: str, window: Window, deleted: bool, tally: Tally
    ) -> list[str]:
        found: list[str] = []
        for kind in PROMOTION_TYPES:
            filtering: dict[str, object] = {"gmv_max_promotion_types": [kind]}
            if deleted:
                filtering["campaign_statuses"] = ["STATUS_ALL"]
            rows = await self._gmv_rows(advertiser_id, store_id, window, ("campaign_id",), filtering, tally)
            found += [campaign for (campaign,) in rows]
        return [one for one in dict.fromkeys(found) if one]

    async def _gmv_products(
        self, advertiser_id: str, store_id: str, campaign_ids: Sequence[str], window: Window, tally: Tally
    ) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        names = ("campaign_id", "item_group_id")
        for chunk in in_chunks(campaign_ids, IDS_PER_FILTER):
            filtering = {"campaign_ids": list(chunk), "campaign_statuses": ["STATUS_ALL"]}
            rows = await self._gmv_rows(advertiser_id, store_id, window, names, filtering, tally)
            pairs += [(campaign, product) for campaign, product in rows]
        return [pair for pair in dict.fromkeys(pairs) if all(pair)]

    async def _gmv_rows(
        self,
        advertiser_id: str,
        store_id: str,
        window: Window,
        names: tuple[str, ...],
        filtering: Mapping[str, object],
        tally: Tally,
    ) -> list[tuple[Any, ...]]:
        """Ids that had anything in the window, in halves of it where TikTok says that it is too much."""
        params = _gmv_params(advertiser_id, store_id, window, list(names), filtering)
        try:
            table = await self._listed(Listing("gmv_max/report/get", params, names), tally)
        except (TooLarge, ReportTimeout):
            if window.days == 1:
                raise
            half = window.first + (window.days // 2 - 1) * DAY
            parts = (Window(window.first, half), Window(half + DAY, window.last))
            asked = (names, filtering, tally)
            return [
                row for part in parts for row in await self._gmv_rows(advertiser_id, store_id, part, *asked)
            ]
        return list(zip(*(table[name].to_pylist() for name in names), strict=True))

    async def _has_rows(self, path: str, params: Mapping[str, object], tally: Tally) -> bool:
        try:
            answer = await tally.counted("ids", lambda meter: self._client.get(path, params, meter=meter))
        except NotAvailable:
            return False
        page = special_page(answer.data, SpecialShape(path, (), {}))
        return page.info is None or page.info.total_number > 0 or page.batch.num_rows > 0

    async def _listed(self, listing: Listing, tally: Tally) -> pa.Table:
        fields = tuple(Field(name, "id") for name in listing.columns)
        shape = SpecialShape(listing.path, fields, {}, list_key=listing.list_key, paged=listing.paged)

        async def ask(number: int, meter: Meter) -> Answer:
            page: dict[str, object] = {"page": number} if listing.paged else {}
            return await self._client.get(listing.path, {**listing.params, **page}, meter=meter)

        def decode(answer: Answer) -> Page:
            return special_page(answer.data, shape)

        paged = PagedList(listing.path, ask, decode, listing.columns, listing.page_size)
        with tally.all_as("ids") as own, self._room.ticket(_BEFORE_ALL) as ticket:
            return (await read_list(paged, own, ticket)).table


def _gmv_params(
    advertiser_id: str,
    store_id: str,
    window: Window,
    dimensions: list[str],
    filtering: Mapping[str, object],
) -> dict[str, object]:
    return {
        "advertiser_id": advertiser_id,
        "store_ids": [store_id],
        "dimensions": dimensions,
        "metrics": ["cost", "orders"],
        "filtering": dict(filtering),
        "start_date": window.first.isoformat(),
        "end_date": window.last.isoformat(),
        "page_size": 1000,
    }
