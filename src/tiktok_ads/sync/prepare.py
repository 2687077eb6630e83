"""All that is known before the first slice is read: accounts, what is stored, the slices and their cost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from tiktok_ads.catalog.lookup import Catalog, catalog
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.client import Client
from tiktok_ads.config import Settings
from tiktok_ads.decode import entity_fields
from tiktok_ads.errors import ApiError, DecodeError, InconsistentPages, TransportError
from tiktok_ads.extract import Tally, has_top_view, probe_calls
from tiktok_ads.load import Destination
from tiktok_ads.plan import Advertiser, Bookmark, Slice, Window, complete_to, local_today, plan_slices
from tiktok_ads.plan.dates import resolve_for
from tiktok_ads.plan.planning import days_of_list
from tiktok_ads.sync.accounts import Known, find_advertisers
from tiktok_ads.sync.centers import Centers, find_centers
from tiktok_ads.sync.coverage import newly_read
from tiktok_ads.sync.estimate import (
    Estimate,
    estimate,
    is_probed,
    probe_windows,
    top_views,
    wants_top_view,
    whole_where_free,
)
from tiktok_ads.sync.reconciled import reconcile_calls, reconciled_windows
from tiktok_ads.sync.stock import Stock
from tiktok_ads.sync.tables import Table

_FEW_ADVERTISERS = 50
_QUESTIONS_AT_ONCE = 8


@dataclass(frozen=True)
class Part:
    """About how many rows a part of a slice has, and what they must come to, by what every level has."""

    rows: int
    expected: Mapping[str, Decimal]


@dataclass(frozen=True)
class Prepared:
    """All that is known before the first slice is read.

    `parts` are those slices that stand for some of the rows of their days.
    """

    settings: Settings
    catalog: Catalog
    tables: dict[str, Table]
    known: Known
    slices: tuple[Slice, ...]
    bookmarks: dict[tuple[str, str], Bookmark]
    probes: dict[str, list[Window]]
    probe_metrics: tuple[str, ...]
    top_view: TopView
    stored: Stock
    outside: dict[str, Window]
    reconciled: dict[str, list[Window]]
    estimate: Estimate
    now: datetime
    parts: Mapping[Slice, Part] = field(default_factory=dict)

    @property
    def advertisers(self) -> dict[str, Advertiser]:
        """Everybody who owns rows, Business Centers too, by id."""
        everyone = (*self.known.business_centers, *self.known.advertisers)
        return {one.advertiser_id: one for one in everyone}

    @property
    def currency(self) -> dict[str, str]:
        return {one.advertiser_id: one.currency for one in self.known.advertisers if one.currency}

    def is_optional(self, piece: Slice) -> bool:
        """Whether nobody misses a table that is closed: only a pattern chose it, and it was never loaded."""
        name = piece.stream.name
        named = name in self.settings.tables or name in self.catalog.core
        loaded = self.bookmarks.get((name, piece.advertiser_id))
        return not named and (loaded is None or (loaded.full_list_at is None and not loaded.days))

    def first_day(self, owner: Advertiser, table: Table) -> date:
        """A start date before the account existed means the day on which it was made."""
        if table.wanted.dates is not None:
            chosen = resolve_for(table.wanted.dates, owner, now=self.now)
            # Days that have not begun for this owner have nothing before them that could be missing.
            return chosen.first if isinstance(chosen, Window) else local_today(owner.zone, self.now)
        first = self.settings.first_day()
        return max(first, owner.created) if owner.created else first

    def complete_days(self) -> dict[tuple[str, str], date | None]:
        """Up to which day each table of each advertiser is complete: bookmarks as the run left them."""
        days: dict[tuple[str, str], date | None] = {}
        for table in self.tables.values():
            centers = table.stream.owner == "business_center"
            for advertiser in self.known.business_centers if centers else self.known.advertisers:
                key = (table.name, advertiser.advertiser_id)
                bookmark = self.bookmarks.get(key)
                if isinstance(table.stream, ReportStream) and table.stream.day_column:
                    first = self.first_day(advertiser, table)
                    days[key] = complete_to(bookmark, first=first, shape=table.wanted.shape)
                elif isinstance(table.stream, EntityStream) and table.stream.dated:
                    start, end = self.settings.start_date, self.settings.end_date
                    asked = days_of_list(table.wanted, advertiser, start, end, self.now)
                    shape = table.wanted.shape
                    days[key] = complete_to(bookmark, first=asked.first, shape=shape) if asked else None
                else:
                    listed = bookmark.full_list_at if bookmark else None
                    days[key] = local_today(advertiser.zone, listed) if listed else None
        return days


@dataclass(frozen=True)
class TopView:
    """Advertiser → whether it has TopView; `found` are those of whom that was asked in this run."""

    known: dict[str, bool]
    found: frozenset[str]


async def accounts_of(
    client: Client, settings: Settings, tables: Sequence[Table], now: datetime, tally: Tally
) -> Known:
    """The advertisers, with the columns that the settings want of their table."""
    known = catalog()
    stream = known.entities["advertisers"]
    wanted = next((table.fields for table in tables if table.name == stream.name), entity_fields(stream))
    wanted_centers = any(table.stream.owner == "business_center" for table in tables)
    centers = await find_centers(client, known, tally) if wanted_centers else Centers(())
    found = await find_advertisers(
        client,
        settings,
        fields=wanted,
        stream=stream,
        wants_table=any(table.name == stream.name for table in tables),
        catalog=known,
        now=now,
        tally=tally,
    )
    return replace(found, business_centers=centers.owners, notes=(*found.notes, *centers.notes))


async def top_view_of(
    client: Client,
    known: Known,
    bookmarks: dict[tuple[str, str], Bookmark],
    now: datetime,
    tally: Tally,
    *,
    tables: Sequence[Table],
) -> TopView:
    """Who has TopView, which takes calls of its own; among many, each is asked when it is its turn."""
    if not any(wants_top_view(table.stream) for table in tables):
        return TopView({}, frozenset())
    remembered = top_views(bookmarks.values(), now)
    missing = [one.advertiser_id for one in known.advertisers if one.advertiser_id not in remembered]
    if len(missing) > _FEW_ADVERTISERS:
        return TopView(remembered, frozenset())
    campaigns = catalog().entities["campaigns"]
    found: dict[str, bool] = {}
    at_once = asyncio.Semaphore(_QUESTIONS_AT_ONCE)

    async def ask(advertiser_id: str) -> None:
        # Its own slices tell what is wrong with an advertiser that cannot be asked.
        with suppress(ApiError, DecodeError, InconsistentPages, TransportError):
            async with at_once:
                found[advertiser_id] = await has_top_view(client, campaigns, advertiser_id, tally)

    await asyncio.gather(*map(ask, missing))
    return TopView({**remembered, **found}, frozenset(found))


def planned(
    destination: Destination | None,
    settings: Settings,
    tables: Sequence[Table],
    known: Known,
    bookmarks: dict[tuple[str, str], Bookmark],
    top_view: TopView,
    *,
    now: datetime,
    spent: Tally,
    backfill: bool,
) -> Prepared:
    """The slices of this run, and what they will cost."""
    by_name = {table.name: table for table in tables}
    slices = plan_slices(
        [table.wanted for table in tables],
        advertisers=known.advertisers,
        business_centers=known.business_centers,
        bookmarks=bookmarks,
        first_day=settings.first_day()
        if any(table.wanted.needs_first_day for table in tables)
        else settings.start_date,
        last_day=settings.end_date,
        now=now,
        again=backfill,
    )
    stored = Stock(destination, tables, slices)
    slices = whole_where_free(slices, stored)
    probed = {piece.stream.name for piece in slices if is_probed(piece)}
    metrics = tuple(dict.fromkeys(name for table in tables if table.name in probed for name in table.metrics))
    probes = (
        probe_windows(
            slices,
            stored,
            top_view.known,
            tables=by_name,
            calls_each=probe_calls(metrics, catalog()),
        )
        if settings.probe
        else {}
    )
    outside = newly_read(slices, bookmarks)
    reconciled = reconciled_windows(slices) if settings.reconcile else {}
    return Prepared(
        settings=settings,
        catalog=catalog(),
        tables=by_name,
        known=known,
        slices=tuple(slices),
        bookmarks=bookmarks,
        probes=probes,
        probe_metrics=metrics,
        top_view=top_view,
        stored=stored,
        outside=outside,
        reconciled=reconciled,
        estimate=estimate(
            slices,
            tables=by_name,
            bookmarks=bookmarks,
            probes=probes,
            probe_metrics=metrics,
            stored=stored,
            spent={
                **spent.purposes,
                "outside": len(outside),
                "reconcile": reconcile_calls(reconciled, probes, top_view.known),
            },
            top_view=top_view.known,
            catalog=catalog(),
        ),
        now=now,
    )


def with_slices(
    ready: Prepared, slices: Sequence[Slice], parts: Mapping[Slice, Part], *, spent: Tally
) -> Prepared:
    """The plan with other slices in place of its own, and what these will cost."""
    reconciled = reconciled_windows(slices) if ready.settings.reconcile else {}
    return replace(
        ready,
        slices=tuple(slices),
        parts=parts,
        reconciled=reconciled,
        estimate=estimate(
            slices,
            tables=ready.tables,
            bookmarks=ready.bookmarks,
            probes=ready.probes,
            probe_metrics=ready.probe_metrics,
            stored=ready.stored,
            spent={
                **spent.purposes,
                "outside": len(ready.outside),
                "reconcile": reconcile_calls(reconciled, ready.probes, ready.top_view.known),
            },
            top_view=ready.top_view.known,
            catalog=ready.catalog,
            parts={piece: part.rows for piece, part in parts.items()},
        ),
    )
