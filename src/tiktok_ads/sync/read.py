"""One slice from plan to rows: what it needs to know first, the reading, and the doubts that follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.special_rules import is_special
from tiktok_ads.catalog.streams import EntityStream, ReportStream
from tiktok_ads.decode import newest_modify_time, schema_of
from tiktok_ads.errors import InconsistentPages
from tiktok_ads.extract import (
    CHECKED,
    Probe,
    Reader,
    ReportAnswer,
    ReportQuestion,
    ReportReader,
    Room,
    Rows,
    SliceTooLong,
    Tally,
    Ticket,
    has_top_view,
    read_totals,
    summed,
    takes_top_view,
)
from tiktok_ads.plan import Advertiser, Bookmark, Slice, Window
from tiktok_ads.runreport import Note
from tiktok_ads.sync.against import hold_against, is_share
from tiktok_ads.sync.beside import with_coarser
from tiktok_ads.sync.came import Came
from tiktok_ads.sync.estimate import Stored, covering, is_in_total, is_probed, wants_top_view
from tiktok_ads.sync.list_calls import REQUESTS
from tiktok_ads.sync.lists import ListReader, Lists
from tiktok_ads.sync.objects import ADVERTISER_EVER, Objects
from tiktok_ads.sync.prepare import Part
from tiktok_ads.sync.special import Reach, SpecialSlices
from tiktok_ads.sync.summed import with_summed
from tiktok_ads.sync.tables import Table


@dataclass(frozen=True)
class Read:
    """The rows of a slice and what is to be remembered and said of them.

    `saved_calls` is above 0 if a probe showed that there was nothing to read. `doubt` says why the rows may
    be loaded while their days still count as not read; "" if they are whole. `whole` is False for a list of
    which something is missing, so that nothing may be taken for gone.
    """

    piece: Slice
    rows: pa.Table
    remember: Mapping[str, str]
    modified: datetime | None = None
    notes: tuple[str, ...] = ()
    saved_calls: int = 0
    doubt: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Surroundings:
    """What reading a slice asks of the run around it.

    `stored` counts rows of the destination; `held` adds up columns there; `campaign_ids` are those that the
    destination knows of an advertiser.
    """

    client: Reader
    tables: Mapping[str, Table]
    advertisers: Mapping[str, Advertiser]
    bookmarks: Mapping[tuple[str, str], Bookmark]
    probes: Mapping[str, list[Window]]
    probe_metrics: Sequence[str]
    top_view: Mapping[str, bool]
    found_top_view: frozenset[str]
    by_slice: Mapping[Slice, int]
    stored: Stored
    held: Callable[[str, str, Window], Awaitable[Mapping[str, Decimal]]]
    campaign_ids: Callable[[str], Awaitable[Sequence[str]]]
    include_deleted: bool
    catalog: Catalog
    room: Room
    now: datetime
    sleep: Callable[[float], Awaitable[None]]
    parts: Mapping[Slice, Part]


class SliceReader:
    """Reads slices; what several slices of an advertiser need is found out once."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._probes: dict[str, Probe] = {}
        self._top_view: dict[str, asyncio.Task[bool]] = {}
        self._objects = Objects(
            around.client,
            around.catalog,
            around.room,
            include_deleted=around.include_deleted,
            known=around.campaign_ids,
            sums=lambda advertiser_id: self.probe(advertiser_id).sums,
            sleep=around.sleep,
        )
        self._cuts: dict[tuple[str, str], str] = {}
        self._came = Came()
        self._lists = ListReader(
            Lists(
                client=around.client,
                streams=[table.stream for table in around.tables.values()],
                owners=around.advertisers,
                include_deleted=around.include_deleted,
                catalog=around.catalog,
                room=around.room,
                now=around.now,
                sleep=around.sleep,
                stored=around.stored,
                has_top_view=self._has_top_view,
            )
        )
        self._special = SpecialSlices(
            Reach(
                around.client,
                around.room,
                around.catalog,
                around.now,
                around.include_deleted,
                around.sleep,
                around.held,
            )
        )

    async def read(self, piece: Slice, tally: Tally, ticket: Ticket) -> Read:
        """The rows of the slice.

        Raises:
            SliceTooLong: they are too many to be held at once.
            TikTokAdsError: they could not be had, or not be trusted.
        """
        if isinstance(piece.stream, EntityStream):
            return await self._entities(piece, tally, ticket)
        return await self._report(piece, tally, ticket)

    def totals(self) -> dict[tuple[str, Window], Decimal]:
        """Spend of the advertisers themselves, for the windows that were asked at their level."""
        return {
            (advertiser_id, window): spend
            for advertiser_id, probe in self._probes.items()
            for window, spend in probe.known().items()
        }

    def never_came(self) -> list[Note]:
        """Metrics that TikTok took and never gave a value for, by table."""
        return self._came.notes()

    def probe(self, advertiser_id: str) -> Probe:
        """The advertiser's own totals."""
        if advertiser_id not in self._probes:
            around = self._around
            self._probes[advertiser_id] = Probe(
                around.client, advertiser_id, around.probe_metrics, around.catalog, around.room
            )
        return self._probes[advertiser_id]

    async def close(self) -> None:
        """End what was asked on behalf of slices that are no longer read."""
        for task in self._top_view.values():
            task.cancel()
        await asyncio.gather(*self._top_view.values(), return_exceptions=True)
        await self._objects.close()
        for probe in self._probes.values():
            await probe.close()
        await self._special.close()
        await self._lists.close()

    async def _entities(self, piece: Slice, tally: Tally, ticket: Ticket) -> Read:
        fields = self._around.tables[piece.stream.name].fields
        listed = await self._lists.read(piece, fields, tally, ticket)
        remember: dict[str, str] = {}
        if isinstance(piece.stream, EntityStream) and piece.stream.asks:
            remember[REQUESTS] = str(listed.calls)
        if wants_top_view(piece.stream):
            remember |= self._remember(piece, await self._has_top_view(piece.advertiser_id, tally), "")
        return Read(
            piece,
            listed.rows.table,
            remember,
            modified=newest_modify_time(listed.rows.table),
            notes=(*_notes(listed.rows), *listed.notes),
            doubt=listed.doubt,
            whole=listed.whole,
        )

    async def _report(self, piece: Slice, tally: Tally, ticket: Ticket) -> Read:
        around = self._around
        stream = piece.stream
        assert isinstance(stream, ReportStream)  # noqa: S101
        if is_special(stream):
            return await self._special_report(piece, tally, ticket)
        top_view = takes_top_view(stream) and await self._has_top_view(piece.advertiser_id, tally)
        if piece.only:
            return await self._part(piece, top_view, tally, ticket)
        stored = around.stored(stream.name, piece.advertiser_id, piece.held)
        if not stored and not top_view and await self._nothing_in(piece, tally):
            nothing = schema_of(around.tables[stream.name].fields).empty_table()
            remember = self._remember(piece, top_view, self._cut(piece))
            return Read(piece, nothing, remember, saved_calls=around.by_slice.get(piece, 1))
        answer = await self._asked(piece, top_view, tally, ticket)
        notes = list(_notes(answer.rows))
        if answer.refused:
            names = ", ".join(sorted(answer.refused))
            notes.append(f"TikTok did not accept these metrics here, so they are NULL: {names}")
        if answer.lacking:
            names = ", ".join(sorted(answer.lacking))
            what = piece.window or "The lifetime"
            notes.append(f"{what} came as an asynchronous report, which lacks (NULL): {names}")
        doubt = answer.doubt
        if answer.rows.table.num_rows * 2 < stored:
            answer, doubt = await self._confirmed(piece, top_view, answer, stored, tally, ticket)
        remember = self._remember(piece, top_view, answer.remember)
        rows = await self._with_coarser(piece, answer.rows.table, top_view, tally, ticket)
        self._came.look(stream.name, rows.num_rows, answer.absent)
        return Read(piece, rows, remember, notes=tuple(notes), doubt=doubt)

    async def _part(self, piece: Slice, top_view: bool, tally: Tally, ticket: Ticket) -> Read:
        """Some objects of days that are loaded, held against what the comparison says of these."""
        answer = await self._asked(piece, top_view, tally, ticket)
        part = self._around.parts.get(piece)
        if part is not None and answer.rows.table.num_rows * 2 < part.rows:
            with tally.all_as("confirm") as own:
                answer = await self._asked(piece, top_view, own, ticket)
            came = answer.rows.table
            for name in (one for one in CHECKED if one in came.column_names):
                if summed(came, name) * 2 < part.expected[name]:
                    raise InconsistentPages(
                        f"{name} adds up to {summed(came, name)}, and by the comparison they had "
                        f"{part.expected[name]}: the stored rows stay",
                        piece.stream.name,
                        answer.rows.request_id,
                    )
        remember = self._remember(piece, top_view, self._cut(piece))
        return Read(piece, answer.rows.table, remember, notes=tuple(_notes(answer.rows)), doubt=answer.doubt)

    async def _special_report(self, piece: Slice, tally: Tally, ticket: Ticket) -> Read:
        around = self._around
        answer = await self._special.answer(
            piece,
            around.tables[piece.stream.name],
            around.advertisers[piece.advertiser_id],
            stored=around.stored(piece.stream.name, piece.advertiser_id, piece.held),
            campaign_ids=lambda window, counted: self._objects.campaigns(
                piece.advertiser_id, window, counted
            ),
            tally=tally,
            ticket=ticket,
        )
        notes = list(_notes(answer.rows))
        if answer.refused:
            names = ", ".join(sorted(answer.refused))
            notes.append(f"TikTok did not accept these metrics here, so they are NULL: {names}")
        rows = answer.rows.table
        self._came.look(piece.stream.name, rows.num_rows, answer.absent)
        return Read(piece, rows, {"calls": answer.remember}, notes=tuple(notes))

    async def _with_coarser(
        self, piece: Slice, rows: pa.Table, top_view: bool, tally: Tally, ticket: Ticket
    ) -> pa.Table:
        around, stream = self._around, piece.stream
        if not isinstance(stream, ReportStream) or not stream.beside:
            return rows

        async def ask(coarse: Slice, fields: Sequence[Field]) -> pa.Table:
            assert isinstance(coarse.stream, ReportStream)  # noqa: S101
            question = replace(
                self._question(coarse, fields, coarse.stream.metrics, top_view), remembered="", in_steps=False
            )
            return (await self._answer(coarse, question, tally, ticket)).rows.table

        fields = around.tables[stream.name].fields
        return await with_coarser(piece, rows, fields, ask=ask, catalog=around.catalog)

    async def _asked(self, piece: Slice, top_view: bool, tally: Tally, ticket: Ticket) -> ReportAnswer:
        around = self._around
        table = around.tables[piece.stream.name]
        stream = piece.stream
        assert isinstance(stream, ReportStream)  # noqa: S101
        own = tuple(name for name in table.metrics if name not in stream.summed)
        answer = None
        if own or not stream.summed:
            question = self._question(piece, table.fields, own, top_view)
            answer = await self._answer(piece, question, tally, ticket)
        if answer is not None and not stream.summed:
            return answer

        async def ask(days: Slice, fields: Sequence[Field]) -> ReportAnswer:
            question = self._question(days, fields, stream.summed, top_view)
            return await self._answer(days, replace(question, remembered="", in_steps=False), tally, ticket)

        return await with_summed(piece, answer, table.fields, ask=ask, catalog=around.catalog)

    async def _answer(
        self, piece: Slice, question: ReportQuestion, tally: Tally, ticket: Ticket
    ) -> ReportAnswer:
        around = self._around
        reader = ReportReader(around.client, piece, question, tally=tally, ticket=ticket, sleep=around.sleep)
        try:
            return await reader.read()
        except SliceTooLong as found:
            # Its parts begin where it ended.
            self._cuts[piece.stream.name, piece.advertiser_id] = found.remember
            raise

    def _question(
        self, piece: Slice, fields: Sequence[Field], metrics: Sequence[str], top_view: bool
    ) -> ReportQuestion:
        around = self._around
        return ReportQuestion(
            fields=tuple(fields),
            metrics=tuple(metrics),
            include_deleted=around.include_deleted,
            top_view=top_view,
            currency=around.advertisers[piece.advertiser_id].currency,
            campaign_ids=lambda window, counted: self._objects.campaigns(
                piece.advertiser_id, window, counted
            ),
            totals=self.probe(piece.advertiser_id).sums
            if is_share(piece.stream) and not piece.only
            else None,
            remembered="" if piece.only else self._cut(piece),
            in_steps=True,
            objects=partial(self._objects.of, piece),
        )

    async def _confirmed(
        self, piece: Slice, top_view: bool, first: ReportAnswer, stored: int, tally: Tally, ticket: Ticket
    ) -> tuple[ReportAnswer, str]:
        """Much less came than is stored: ask again, and ask the level above, before anything is deleted."""
        with tally.all_as("confirm") as own:
            again = await self._asked(piece, top_view, own, ticket)
        came = again.rows.table
        why = f"{came.num_rows} rows came where {stored} are stored"
        if came.num_rows != first.rows.table.num_rows:
            raise InconsistentPages(
                f"{why}, and {first.rows.table.num_rows} the time before",
                piece.stream.name,
                again.rows.request_id,
            )
        if not self._around.include_deleted or not is_in_total(piece.stream):
            # The advertiser's own total holds deleted objects too, or other things: it tells nothing here.
            return again, again.doubt
        totals = await self._totals(piece, tally)
        held = None
        if piece.held is not None and is_share(piece.stream):
            held = await self._around.held(piece.stream.name, piece.advertiser_id, piece.held)
        hold_against(totals, piece, again, held=held, why=why)
        return again, again.doubt

    async def _totals(self, piece: Slice, tally: Tally) -> dict[str, Decimal] | None:
        """What the advertiser itself had in the days of a slice, or ever."""
        if piece.window is not None:
            return await self.probe(piece.advertiser_id).sums(piece.window, tally)
        table = await read_totals(
            self._around.client,
            ADVERTISER_EVER,
            piece.advertiser_id,
            None,
            purpose="probe",
            catalog=self._around.catalog,
            room=self._around.room,
            tally=tally,
        )
        return None if table is None else {name: summed(table, name) for name in CHECKED}

    async def _nothing_in(self, piece: Slice, tally: Tally) -> bool:
        window = piece.window
        if window is None or not is_probed(piece):
            return False
        probes = covering(window, self._around.probes.get(piece.advertiser_id, ()))
        for probed in probes:
            days = await self.probe(piece.advertiser_id).days(probed, tally)
            if days is None or any(day in window for day in days):
                return False
        return bool(probes)

    async def _has_top_view(self, advertiser_id: str, tally: Tally) -> bool:
        known = self._around.top_view.get(advertiser_id)
        if known is not None:
            return known
        if advertiser_id not in self._top_view:
            campaigns = self._around.catalog.entities["campaigns"]
            self._top_view[advertiser_id] = asyncio.create_task(
                has_top_view(self._around.client, campaigns, advertiser_id, tally)
            )
        return await asyncio.shield(self._top_view[advertiser_id])

    def _cut(self, piece: Slice) -> str:
        key = (piece.stream.name, piece.advertiser_id)
        if key in self._cuts:
            return self._cuts[key]
        bookmark = self._around.bookmarks.get((piece.stream.name, piece.advertiser_id))
        return dict(bookmark.remembered).get("cut", "") if bookmark else ""

    def _remember(self, piece: Slice, top_view: bool, cut: str) -> dict[str, str]:
        remembered = {"cut": cut} if cut else {}
        if not wants_top_view(piece.stream):
            return remembered
        if piece.advertiser_id in self._top_view or piece.advertiser_id in self._around.found_top_view:
            remembered["top_view"] = f"{'yes' if top_view else 'no'} {self._around.now.isoformat()}"
        return remembered


def remembering(bookmark: Bookmark, new: Mapping[str, str]) -> Bookmark:
    """The bookmark with what was found out; what was known before stays."""
    if not new:
        return bookmark
    return replace(bookmark, remembered=tuple(sorted({**dict(bookmark.remembered), **new}.items())))


def _notes(rows: Rows) -> list[str]:
    notes: list[str] = []
    if rows.unknown:
        names = ", ".join(rows.unknown)
        notes.append(f"TikTok sent fields that the catalog does not know; they are columns now: {names}")
    if rows.unfit:
        what = "1 value was" if rows.unfit == 1 else f"{rows.unfit} values were"
        notes.append(f"{what} no number or day where one belongs (such as '<5'): NULL there, kept in _extra")
    return notes
