"""The calls of a GMV Max report: one shop at a time, with the ids that TikTok demands in its filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tiktok_ads.catalog.lookup import metrics_of
from tiktok_ads.catalog.special_rules import grouping_of, special_of
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.errors import ConfigError
from tiktok_ads.extract.calls import Tally
from tiktok_ads.extract.requests import IDS_PER_FILTER, in_chunks
from tiktok_ads.extract.special.calls import Call, SpecialQuestion, asked_dimensions, filters_of
from tiktok_ads.extract.special.owned import PROMOTION_TYPES, Owned
from tiktok_ads.plan import Slice, Window

_STATUSES = "campaign_statuses"


@dataclass(frozen=True)
class _Shop:
    """One shop's share of a slice."""

    stream: ReportStream
    advertiser_id: str
    store_id: str
    window: Window
    question: SpecialQuestion
    owned: Owned
    tally: Tally

    @property
    def filtering(self) -> dict[str, list[str]]:
        """The stream's own filters; deleted campaigns are left out unless they are asked for."""
        own = {name: values for name, values in filters_of(self.stream).items() if name != "store_ids"}
        if self.question.include_deleted:
            own.setdefault(_STATUSES, ["STATUS_ALL"])
        return own

    @property
    def attributes(self) -> bool:
        known = metrics_of(self.stream)
        return any(known[name].is_attribute for name in self.question.metrics if name in known)

    async def campaigns(self) -> list[str]:
        chosen = filters_of(self.stream).get("campaign_ids")
        return chosen or await self.owned.gmv_campaigns(
            self.advertiser_id, self.store_id, self.window, self.question.include_deleted, self.tally
        )

    def call(
        self,
        dimensions: Sequence[str],
        *,
        metrics: Sequence[str] | None = None,
        stamps: dict[str, str] | None = None,
        **filters: Sequence[str],
    ) -> Call:
        filtering = {**self.filtering, **{name: list(values) for name, values in filters.items()}}
        params: dict[str, object] = {
            "advertiser_id": self.advertiser_id,
            "store_ids": [self.store_id],
            "dimensions": list(dimensions),
        }
        if filtering:
            params["filtering"] = filtering
        asked = self.question.metrics if metrics is None else metrics
        return Call(params, tuple(asked), {"store_id": self.store_id, **(stamps or {})})


async def gmv_max_calls(
    piece: Slice,
    window: Window,
    question: SpecialQuestion,
    owned: Owned,
    tally: Tally,
    *,
    most_shops: int | None = None,
) -> list[Call]:
    """The calls of a slice; none for an advertiser without shops. `most_shops` is for a short look.

    Source: API reference v1.3, /gmv_max/report/get/: by campaign it wants a promotion type, by product the
    campaigns, by creative campaigns and products; attributes come for one of each at a time.
    """
    stream = piece.stream
    assert isinstance(stream, ReportStream)  # noqa: S101
    stores = filters_of(stream).get("store_ids") or await owned.stores(piece.advertiser_id, tally)
    kind = grouping_of(special_of(stream), stream.dimensions)
    by_kind = {"campaign": _campaigns, "product": _products, "creative": _creatives}
    calls: list[Call] = []
    for store_id in stores[:most_shops]:
        shop = _Shop(stream, piece.advertiser_id, store_id, window, question, owned, tally)
        read = by_kind.get(kind)
        calls += await read(shop) if read else [shop.call(asked_dimensions(stream))]
    return calls


async def _campaigns(shop: _Shop) -> list[Call]:
    known = metrics_of(shop.stream)
    calls: list[Call] = []
    for kind in shop.filtering.get("gmv_max_promotion_types") or PROMOTION_TYPES:
        # Products have no LIVEs to be measured.
        live = {one for one in shop.question.metrics if one in known and known[one].group == "live"}
        left_out = live if kind != "LIVE" else set()
        calls.append(
            shop.call(
                asked_dimensions(shop.stream),
                metrics=[name for name in shop.question.metrics if name not in left_out],
                stamps={"gmv_max_promotion_type": kind},
                gmv_max_promotion_types=[kind],
            )
        )
    return calls


async def _products(shop: _Shop) -> list[Call]:
    campaigns = await shop.campaigns()
    dimensions = asked_dimensions(shop.stream)
    if shop.attributes and "campaign_id" in dimensions:
        rest = [name for name in dimensions if name != "campaign_id"]
        return [shop.call(rest, stamps={"campaign_id": one}, campaign_ids=[one]) for one in campaigns]
    chunks = in_chunks(campaigns, IDS_PER_FILTER)
    _check_whole(chunks, dimensions)
    return [shop.call(dimensions, campaign_ids=chunk) for chunk in chunks]


async def _creatives(shop: _Shop) -> list[Call]:
    campaigns = await shop.campaigns()
    chosen = filters_of(shop.stream).get("item_group_ids")
    pairs = await shop.owned.gmv_products(
        shop.advertiser_id, shop.store_id, campaigns, shop.window, shop.tally
    )
    pairs = [pair for pair in pairs if not chosen or pair[1] in chosen]
    dimensions = asked_dimensions(shop.stream)
    if shop.attributes and "campaign_id" in dimensions:
        rest = [name for name in dimensions if name not in ("campaign_id", "item_group_id")]
        return [
            shop.call(
                rest,
                stamps={"campaign_id": campaign, "item_group_id": product},
                campaign_ids=[campaign],
                item_group_ids=[product],
            )
            for campaign, product in pairs
        ]
    products: dict[str, list[str]] = defaultdict(list)
    for campaign, product in pairs:
        products[campaign].append(product)
    blocks = [
        (chunk, some)
        for chunk in in_chunks(products, IDS_PER_FILTER)
        for some in in_chunks((one for campaign in chunk for one in products[campaign]), IDS_PER_FILTER)
    ]
    _check_whole(blocks, dimensions)
    return [shop.call(dimensions, campaign_ids=chunk, item_group_ids=some) for chunk, some in blocks]


def _check_whole(parts: Sequence[object], dimensions: Sequence[str]) -> None:
    """Rows that several calls would each give a share of cannot be put together again."""
    if len(parts) > 1 and "campaign_id" not in dimensions:
        raise ConfigError(
            f"There are more than {IDS_PER_FILTER} GMV Max campaigns or products; a call takes no more.",
            "Add the dimensions campaign_id and item_group_id, or filter on some campaigns.",
        )
