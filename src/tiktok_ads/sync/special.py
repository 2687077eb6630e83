"""Slices of reports that have an endpoint of their own: the reading, and the doubts that follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.decode import Page, report_fields
from tiktok_ads.errors import InconsistentPages
from tiktok_ads.extract import (
    Reader,
    ReportAnswer,
    ReportQuestion,
    ReportReader,
    Room,
    Tally,
    Ticket,
    read_totals,
    summed,
)
from tiktok_ads.extract.special import Owned, SpecialQuestion, SpecialReader
from tiktok_ads.plan import Advertiser, Slice, Window
from tiktok_ads.sync.coverage import GMV_MAX, covering_table
from tiktok_ads.sync.tables import Table

SHOWN = ReportStream(
    name="ad_ids",
    doc="Ads that were shown in a window.",
    report_type="BASIC",
    data_level="AUCTION_AD",
    dimensions=("ad_id",),
    metrics=("spend", "impressions"),
    primary_key=("advertiser_id", "ad_id"),
    replication_key="",
    max_window_days=365,
    update_method="replace",
)
EVER_SHOWN = replace(SHOWN, doc="Ads that were ever shown.", lifetime=True)
Totals = Callable[[Window, Tally], Awaitable[dict[str, Decimal] | None]]
CampaignIds = Callable[[Window | None, Tally], Awaitable[list[str]]]


@dataclass(frozen=True)
class Reach:
    """What the run knows that a special slice may ask for; as in `Surroundings`."""

    client: Reader
    room: Room
    catalog: Catalog
    now: datetime
    include_deleted: bool
    sleep: Callable[[float], Awaitable[None]]
    held: Callable[[str, str, Window], Awaitable[Mapping[str, Decimal]]]


class SpecialSlices:
    """Reads such slices; ids that several of them need are found out once."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._owned = Owned(reach.client, reach.room)

    async def answer(
        self,
        piece: Slice,
        table: Table,
        advertiser: Advertiser,
        *,
        stored: int,
        campaign_ids: CampaignIds,
        tally: Tally,
        ticket: Ticket,
    ) -> ReportAnswer:
        """The rows of the slice; where much less came than is stored, asked twice and held against the whole.

        Raises:
            SliceTooLong: they are too many to be held at once.
            TikTokAdsError: they could not be had, or not be trusted.
        """
        first = await self._read(piece, table, advertiser, stored, campaign_ids, tally, ticket)
        if first.rows.table.num_rows * 2 >= stored:
            return first
        with tally.all_as("confirm") as own:
            again = await self._read(piece, table, advertiser, stored, campaign_ids, own, ticket)
            why = f"{again.rows.table.num_rows} rows came where {stored} are stored"
            if again.rows.table.num_rows != first.rows.table.num_rows:
                raise InconsistentPages(
                    f"{why}, and {first.rows.table.num_rows} the time before",
                    piece.stream.name,
                    again.rows.request_id,
                )
            await self._hold_against_all(piece, again, why, own)
        return again

    async def close(self) -> None:
        """End what was asked on behalf of slices that are no longer read."""
        await self._owned.close()

    async def first_page(
        self, piece: Slice, table: Table, advertiser: Advertiser, *, rows: int, tally: Tally
    ) -> Page:
        """The first rows of the slice in as few calls as can be."""

        async def none(_: Window | None, __: Tally) -> list[str]:
            return []

        with self._reach.room.ticket(0) as ticket:
            return await self._reader(piece, table, advertiser, 0, none, tally, ticket).first_page(rows)

    async def _read(
        self,
        piece: Slice,
        table: Table,
        advertiser: Advertiser,
        stored: int,
        campaign_ids: CampaignIds,
        tally: Tally,
        ticket: Ticket,
    ) -> ReportAnswer:
        return await self._reader(piece, table, advertiser, stored, campaign_ids, tally, ticket).read()

    def _reader(
        self,
        piece: Slice,
        table: Table,
        advertiser: Advertiser,
        stored: int,
        campaign_ids: CampaignIds,
        tally: Tally,
        ticket: Ticket,
    ) -> SpecialReader:
        reach = self._reach

        async def ad_ids(window: Window | None, counted: Tally) -> list[str]:
            return await self._owned.once(
                ("ads", piece.advertiser_id, window),
                lambda: self._ad_ids(piece.advertiser_id, window, campaign_ids, counted),
            )

        question = SpecialQuestion(
            fields=table.fields,
            metrics=table.metrics,
            include_deleted=reach.include_deleted,
            currency=advertiser.currency,
            zone=advertiser.zone,
            now=reach.now,
            ad_ids=ad_ids,
            holds_rows=stored > 0,
            in_steps=True,
        )
        return SpecialReader(reach.client, piece, question, self._owned, tally=tally, ticket=ticket)

    async def _hold_against_all(self, piece: Slice, came: ReportAnswer, why: str, tally: Tally) -> None:
        """GMV Max stands in the advertiser's own report too, even that of a shop that left the list."""
        window, table = piece.window, came.rows.table
        if window is None or "cost" not in table.column_names or not self._reach.include_deleted:
            return
        total = await self._gmv_max_spend(piece.advertiser_id, window, tally)
        sums = await self._reach.held(piece.stream.name, piece.advertiser_id, window)
        held = sums.get("cost", Decimal(0))
        now = summed(table, "cost")
        if total is None or _is_less_likely(piece.stream, now, held, total):
            told = "nothing" if total is None else str(total)
            raise InconsistentPages(
                f"{why}; cost adds up to {now}, to {held} in the table, and TikTok says that GMV Max "
                f"spent {told} in all: the stored rows stay",
                piece.stream.name,
                came.rows.request_id,
            )

    async def _gmv_max_spend(self, advertiser_id: str, window: Window, tally: Tally) -> Decimal | None:
        rows = await read_totals(
            self._reach.client,
            GMV_MAX,
            advertiser_id,
            window,
            purpose="confirm",
            catalog=self._reach.catalog,
            room=self._reach.room,
            tally=tally,
        )
        return None if rows is None else summed(rows, "spend")

    async def _ad_ids(
        self, advertiser_id: str, window: Window | None, campaign_ids: CampaignIds, tally: Tally
    ) -> list[str]:
        """Ads that were shown in the window; without one, ever."""
        reach = self._reach
        stream = SHOWN if window else EVER_SHOWN
        question = ReportQuestion(
            fields=report_fields(stream, stream.metrics, reach.catalog),
            metrics=stream.metrics,
            include_deleted=reach.include_deleted,
            top_view=False,
            currency=None,
            campaign_ids=campaign_ids,
            totals=None,
        )
        piece = Slice(stream, advertiser_id, window)
        with tally.all_as("ids") as own, reach.room.ticket(-1) as ticket:
            reader = ReportReader(reach.client, piece, question, tally=own, ticket=ticket, sleep=reach.sleep)
            rows = (await reader.read()).rows.table.to_pylist()
        return [one["ad_id"] for one in rows if one["ad_id"] and one["impressions"]]


def _is_less_likely(stream: Stream, now: Decimal, held: Decimal, total: Decimal) -> bool:
    """Whether the advertiser's own total speaks for what is stored rather than for what came."""
    if covering_table([stream]):
        return abs(total - now) > abs(total - held) and now * 2 < total
    # Products and creatives are a part of it only, since LIVEs have neither.
    return now == 0 < held <= total * 2
