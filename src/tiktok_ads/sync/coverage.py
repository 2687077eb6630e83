"""Spend that no chosen table covers, with its amount: GMV Max, Promote and what else is outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.special_rules import grouping_of, special_of
from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.extract import Reader, Room, Tally, read_totals, summed
from tiktok_ads.plan import DAY, Bookmark, Slice, Window
from tiktok_ads.runreport import Note

_CENT = Decimal("0.01")
GMV_MAX = ReportStream(
    name="gmv_max_spend",
    doc="What an advertiser spent on GMV Max ads, which stand in no other report.",
    report_type="TT_SHOP",
    data_level="AUCTION_ADVERTISER",
    dimensions=("advertiser_id",),
    metrics=("spend",),
    primary_key=("advertiser_id",),
    replication_key="",
    max_window_days=365,
    update_method="replace",
)


@dataclass(frozen=True)
class Outside:
    """What an advertiser spent on GMV Max in a window."""

    advertiser_id: str
    window: Window
    spend: Decimal


async def gmv_max_spend(
    client: Reader, advertiser_id: str, window: Window, *, catalog: Catalog, room: Room, tally: Tally
) -> Outside | None:
    """One call for one number; None if TikTok does not tell it.

    Raises:
        AuthError, QuotaExceeded: nothing else can be asked either.
    """
    asked = Window(max(window.first, window.last - (GMV_MAX.max_window_days - 1) * DAY), window.last)
    table = await read_totals(
        client, GMV_MAX, advertiser_id, asked, purpose="outside", catalog=catalog, room=room, tally=tally
    )
    return None if table is None else Outside(advertiser_id, asked, summed(table, "spend"))


def covering_table(streams: Iterable[Stream]) -> tuple[str, str] | None:
    """A chosen table that holds all spend of GMV Max by day, and its column; None if there is none."""
    for stream in streams:
        if not isinstance(stream, ReportStream) or stream.day_column is None or stream.filters:
            continue
        if stream.report_type == "TT_SHOP" and stream.owner == "advertiser" and "spend" in stream.metrics:
            return stream.name, "spend"
        if stream.report_type == "GMV_MAX" and "cost" in stream.metrics:
            kind = grouping_of(special_of(stream), stream.dimensions)
            if kind in ("overview", "campaign"):
                return stream.name, "cost"
    return None


def gmv_max_gap(outside: Outside, table: str, held: Decimal, currency: str | None) -> Note | None:
    """GMV Max spend that the table chosen for it does not add up to; None if it does."""
    gap = outside.spend - held
    if abs(gap) <= _CENT:
        return None
    return Note(
        f"GMV Max spent {money(outside.spend, currency)} in {outside.window}, {table} adds up to "
        f"{money(held, currency)}: {money(gap, currency)} is of shops that are no longer listed, or changed "
        "meanwhile.",
        table,
        outside.advertiser_id,
    )


def told_of(outside: Iterable[Outside], currency: Mapping[str, str]) -> list[Note]:
    """GMV Max spend as the run report names it."""
    return [
        Note(
            f"{money(one.spend, currency.get(one.advertiser_id))} of spend in {one.window} is GMV Max, "
            "which no chosen table covers: gmv_max_store_insights does.",
            "ad_insights",
            one.advertiser_id,
        )
        for one in outside
        if one.spend
    ]


def beyond(
    advertiser_id: str, window: Window, *, total: Decimal, held: Decimal, currency: str | None
) -> Note | None:
    """Spend of an advertiser's own total that `ad_insights` does not add up to; None if it does."""
    gap = total - held
    if abs(gap) <= _CENT:
        return None
    return Note(
        f"The advertiser's own spend in {window} is {money(total, currency)}, ad_insights adds up to "
        f"{money(held, currency)}: {money(gap, currency)} is Promote or the like, or changed meanwhile.",
        "ad_insights",
        advertiser_id,
    )


def money(amount: Decimal, currency: str | None) -> str:
    """An amount as people read it."""
    return f"{amount:,.2f} {currency or ''}".rstrip()


def newly_read(slices: Iterable[Slice], bookmarks: Mapping[tuple[str, str], Bookmark]) -> dict[str, Window]:
    """Advertiser → days of `ad_insights` that are read, where at least one is read for the first time."""
    spans: dict[str, Window] = {}
    for piece in slices:
        if piece.stream.name != "ad_insights" or piece.window is None:
            continue
        bookmark = bookmarks.get((piece.stream.name, piece.advertiser_id))
        newest = bookmark.days[-1].last if bookmark and bookmark.days else None
        if newest is None or newest < piece.window.last:
            known = spans.get(piece.advertiser_id, piece.window)
            spans[piece.advertiser_id] = Window(min(known.first, piece.window.first), piece.window.last)
    return spans
