"""A report above the tables' level, asked whole or not at all: for probes and for what no table covers."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.streams import Filter, ReportStream
from tiktok_ads.decode import report_fields
from tiktok_ads.errors import AuthError, QuotaExceeded, TikTokAdsError
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.memory import Room
from tiktok_ads.extract.question import ReportQuestion
from tiktok_ads.extract.reports import ReportReader
from tiktok_ads.plan import Slice, Window

_TOP_VIEW = Filter("buying_type", "IN", ("RESERVATION_TOP_VIEW",))
_BEFORE_ALL = -1
"""Slices wait for these few rows, so they never wait for room themselves."""


async def read_totals(
    client: Reader,
    stream: ReportStream,
    advertiser_id: str,
    window: Window | None,
    *,
    purpose: str,
    catalog: Catalog,
    room: Room,
    tally: Tally,
    top_view: bool = False,
) -> pa.Table | None:
    """The report's rows; None if TikTok does not give them at once and whole.

    With `top_view` they are those of TopView alone.

    Raises:
        AuthError, QuotaExceeded: nothing else can be asked either.
    """
    if top_view:
        stream = replace(stream, filters=(*stream.filters, _TOP_VIEW))
    question = ReportQuestion(
        fields=report_fields(stream, stream.metrics, catalog),
        metrics=stream.metrics,
        include_deleted=True,
        top_view=False,
        currency=None,
        campaign_ids=_not_cut,
        totals=_not_checked,
        whole=True,
    )
    with tally.all_as(purpose) as own, room.ticket(_BEFORE_ALL) as ticket:
        reader = ReportReader(
            client, Slice(stream, advertiser_id, window), question, tally=own, ticket=ticket
        )
        try:
            return (await reader.read()).rows.table
        except (AuthError, QuotaExceeded):
            raise
        except TikTokAdsError:
            return None


async def _not_cut(window: Window | None, tally: Tally) -> list[str]:
    return []


async def _not_checked(window: Window, tally: Tally) -> None:
    return None
