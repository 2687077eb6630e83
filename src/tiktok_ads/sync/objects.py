"""Which campaigns, ad groups or ads had anything in a window: what reports are cut by."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.decode import report_fields
from tiktok_ads.extract import (
    CHECKED,
    EntityQuestion,
    Reader,
    ReportQuestion,
    ReportReader,
    Room,
    Tally,
    own_ids,
    read_entities,
)
from tiktok_ads.plan import Slice, Window

Sums = Callable[[Window, Tally], Awaitable[dict[str, Decimal] | None]]

CAMPAIGN_DAYS = ReportStream(
    name="campaign_ids",
    doc="Campaigns that had anything in a window.",
    report_type="BASIC",
    data_level="AUCTION_CAMPAIGN",
    dimensions=("campaign_id",),
    metrics=("spend", "impressions"),
    primary_key=("advertiser_id", "campaign_id"),
    replication_key="",
    max_window_days=365,
    update_method="replace",
)


CAMPAIGNS_EVER = replace(CAMPAIGN_DAYS, lifetime=True)
ADVERTISER_EVER = replace(
    CAMPAIGNS_EVER,
    name="advertiser_ever",
    doc="What an advertiser ever had.",
    data_level="AUCTION_ADVERTISER",
    dimensions=("advertiser_id",),
    metrics=CHECKED,
    primary_key=("advertiser_id",),
)


class Objects:
    """Finds ids out, each once in a run.

    `known` are the campaigns that the destination has of an advertiser; `sums` gives what its reports must
    add up to.
    """

    def __init__(
        self,
        client: Reader,
        catalog: Catalog,
        room: Room,
        *,
        include_deleted: bool,
        known: Callable[[str], Awaitable[Sequence[str]]],
        sums: Callable[[str], Sums],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client, self._catalog, self._room = client, catalog, room
        self._include_deleted, self._known, self._sums, self._sleep = include_deleted, known, sums, sleep
        self._campaigns: dict[str, list[str]] = {}
        self._objects: dict[tuple[str, str, Window | None], asyncio.Task[list[str]]] = {}

    async def close(self) -> None:
        """End what nobody waits for any more."""
        for task in self._objects.values():
            task.cancel()
        await asyncio.gather(*self._objects.values(), return_exceptions=True)

    async def campaigns(self, advertiser_id: str, window: Window | None, tally: Tally) -> list[str]:
        """Campaigns from the entity list and from a campaign-level report of the window together."""
        if advertiser_id not in self._campaigns:
            ids = list(await self._known(advertiser_id))
            if not ids:
                campaigns = self._catalog.entities["campaigns"]
                fields = tuple(one for one in campaigns.fields if one.name in campaigns.primary_key)
                question = EntityQuestion(fields, self._include_deleted, top_view=False)
                with self._room.ticket(-1) as ticket:
                    rows = await read_entities(
                        self._client, Slice(campaigns, advertiser_id), question, tally=tally, ticket=ticket
                    )
                ids = rows.table["campaign_id"].to_pylist()
            self._campaigns[advertiser_id] = ids
        known = self._campaigns[advertiser_id]
        from_report = await self._campaigns_in(advertiser_id, window, known, tally)
        return sorted({*known, *from_report})

    async def _campaigns_in(
        self, advertiser_id: str, window: Window | None, known: Sequence[str], tally: Tally
    ) -> list[str]:
        async def only_known(_: Window | None, __: Tally) -> list[str]:
            return list(known)

        stream = CAMPAIGN_DAYS if window else CAMPAIGNS_EVER
        question = ReportQuestion(
            fields=report_fields(CAMPAIGN_DAYS, CAMPAIGN_DAYS.metrics, self._catalog),
            metrics=CAMPAIGN_DAYS.metrics,
            include_deleted=self._include_deleted,
            top_view=False,
            currency=None,
            campaign_ids=only_known,
            totals=self._sums(advertiser_id),
            tasks=False,
            ids_alone=True,
        )
        with self._room.ticket(-1) as ticket:
            piece = Slice(stream, advertiser_id, window)
            reader = ReportReader(self._client, piece, question, tally=tally, ticket=ticket)
            answer = await reader.read()
        return [one for one in answer.rows.table["campaign_id"].to_pylist() if one]

    async def of(self, piece: Slice, window: Window | None, tally: Tally) -> list[str]:
        """What had anything in a window at the report's own level; asked once for all tables."""
        stream = piece.stream
        assert isinstance(stream, ReportStream)  # noqa: S101
        own = own_ids(stream)
        assert own is not None  # noqa: S101
        key = (piece.advertiser_id, own[0], window)
        if key not in self._objects:
            asked = replace(CAMPAIGN_DAYS if window else CAMPAIGNS_EVER, data_level=stream.data_level)
            asked = replace(asked, dimensions=own[:1], primary_key=("advertiser_id", own[0]))
            self._objects[key] = asyncio.create_task(
                self._listed_by(replace(piece, stream=asked, window=window), own[0], tally)
            )
        return await asyncio.shield(self._objects[key])

    async def _listed_by(self, piece: Slice, column: str, tally: Tally) -> list[str]:
        assert isinstance(piece.stream, ReportStream)  # noqa: S101
        question = ReportQuestion(
            fields=report_fields(piece.stream, piece.stream.metrics, self._catalog),
            metrics=piece.stream.metrics,
            include_deleted=self._include_deleted,
            top_view=False,
            currency=None,
            campaign_ids=lambda window, counted: self.campaigns(piece.advertiser_id, window, counted),
            totals=self._sums(piece.advertiser_id),
            ids_alone=True,
        )
        with tally.all_as("ids") as own, self._room.ticket(-1) as ticket:
            reader = ReportReader(self._client, piece, question, tally=own, ticket=ticket, sleep=self._sleep)
            rows = (await reader.read()).rows.table
        return sorted({one for one in rows[column].to_pylist() if one})
