"""Lists in a run: each is read once, and what other lists are asked for with is passed on to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream, Stream
from tiktok_ads.errors import ApiError, InconsistentPages, NotAvailable
from tiktok_ads.extract import (
    EntityQuestion,
    ListAnswer,
    ListQuestion,
    Reader,
    Room,
    Row,
    Rows,
    Tally,
    Ticket,
    columns_used,
    known_of,
    read_entities,
    read_lists,
)
from tiktok_ads.plan import Advertiser, Slice, Window, local_today


@dataclass(frozen=True)
class Listed:
    """A list that was read in so many `calls`, further pages not counted.

    `doubt` says why it may not count as read whole; `whole` whether it is.
    """

    rows: Rows
    calls: int = 1
    notes: tuple[str, ...] = ()
    doubt: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Lists:
    """What lists need of the run around them. `streams` are the tables of the run."""

    client: Reader
    streams: Sequence[Stream]
    owners: Mapping[str, Advertiser]
    include_deleted: bool
    catalog: Catalog
    room: Room
    now: datetime
    sleep: Callable[[float], Awaitable[None]]
    stored: Callable[[str, str, Window | None], int]
    has_top_view: Callable[[str, Tally], Awaitable[bool]]


class ListReader:
    """Reads lists; the ids that several lists of an owner need are found out once."""

    def __init__(self, around: Lists) -> None:
        self._around = around
        self._held: dict[tuple[str, str], asyncio.Future[Sequence[Row]]] = {}
        self._asking = with_parents(around.streams, around.catalog)

    async def read(self, piece: Slice, fields: tuple[Field, ...], tally: Tally, ticket: Ticket) -> Listed:
        """The list of a slice; one that lost most of its rows is read twice before it is believed.

        Raises:
            as `read_list`.
        """
        told = self._promise(piece, fields)
        try:
            answer = await self._answer(piece, fields, tally, ticket)
            stored = self._around.stored(piece.stream.name, piece.advertiser_id, piece.held)
            complete = piece.is_complete_list or piece.window is not None
            if complete and not answer.refused and answer.rows.table.num_rows * 2 < stored:
                answer = await self._same_again(piece, fields, answer, stored, tally, ticket)
        except BaseException as error:
            if told is not None and not told.done():
                # Whoever waits for the ids is not cancelled with this list.
                ended = InconsistentPages("the list was not read to its end", piece.stream.name, "")
                told.set_exception(error if isinstance(error, Exception) else ended)
            raise
        if told is not None:
            told.set_result(known_of(answer.rows.table, self._used(piece.stream.name)))
        return _judged(answer, piece)

    async def close(self) -> None:
        """End what was asked on behalf of slices that are no longer read."""
        for one in self._held.values():
            one.cancel()
        await asyncio.gather(*self._held.values(), return_exceptions=True)

    def _promise(self, piece: Slice, fields: Sequence[Field]) -> asyncio.Future[Sequence[Row]] | None:
        """A place for what other lists need of this one; None if they need nothing, or not from here."""
        used = self._used(piece.stream.name)
        key = (piece.stream.name, piece.advertiser_id)
        present = {field.name for field in fields}
        if not used or not piece.is_complete_list or key in self._held or not present.issuperset(used):
            return None
        self._held[key] = asyncio.get_running_loop().create_future()
        self._held[key].add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._held[key]

    def _used(self, table: str) -> tuple[str, ...]:
        return columns_used(table, self._asking)

    async def _answer(
        self, piece: Slice, fields: tuple[Field, ...], tally: Tally, ticket: Ticket
    ) -> ListAnswer:
        around, stream = self._around, piece.stream
        assert isinstance(stream, EntityStream)  # noqa: S101
        if stream.top_view_page_size:
            top_view = await around.has_top_view(piece.advertiser_id, tally)
            known = EntityQuestion(fields, around.include_deleted, top_view)
            return ListAnswer(await read_entities(around.client, piece, known, tally=tally, ticket=ticket), 1)
        owner = around.owners.get(piece.advertiser_id)
        question = ListQuestion(
            fields=fields,
            include_deleted=around.include_deleted,
            held=partial(self._known, piece.advertiser_id, tally),
            sleep=around.sleep,
            today=local_today(owner.zone if owner else "UTC", around.now),
        )
        return await read_lists(around.client, piece, question, tally=tally, ticket=ticket)

    async def _known(self, owner_id: str, tally: Tally, table: str) -> Sequence[Row]:
        """What a table holds that others are asked for with: from its own slice, or read for this alone."""
        key = (table, owner_id)
        if key not in self._held:
            self._held[key] = asyncio.ensure_future(self._read_ids(table, owner_id, tally))
            self._held[key].add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._held[key])

    async def _read_ids(self, table: str, owner_id: str, tally: Tally) -> Sequence[Row]:
        stream = self._around.catalog.entities[table]
        used = self._used(table)
        kept = {*stream.primary_key, *used, "secondary_status"}
        fields = tuple(field for field in stream.fields if field.name in kept)
        if stream.marks_deleted:
            fields = (*fields, Field("is_deleted", "bool"))
        with tally.all_as("ids") as own, self._around.room.ticket(-1) as ticket:
            answer = await self._answer(Slice(stream, owner_id), fields, own, ticket)
        return known_of(answer.rows.table, used)

    async def _same_again(
        self,
        piece: Slice,
        fields: tuple[Field, ...],
        first: ListAnswer,
        stored: int,
        tally: Tally,
        ticket: Ticket,
    ) -> ListAnswer:
        with tally.all_as("confirm") as own:
            again = await self._answer(piece, fields, own, ticket)
        came = again.rows.table.num_rows
        if came != first.rows.table.num_rows:
            raise InconsistentPages(
                f"{first.rows.table.num_rows} and then {came} rows came where {stored} are stored",
                piece.stream.name,
                again.rows.request_id,
            )
        return again


def with_parents(streams: Sequence[Stream], catalog: Catalog) -> list[Stream]:
    """The tables of a run, and those that they are asked for with although nobody chose them."""
    found = {stream.name: stream for stream in streams}
    waiting = list(streams)
    while waiting:
        stream = waiting.pop()
        for name in stream.parents if isinstance(stream, EntityStream) else ():
            if name not in found:
                found[name] = catalog.entities[name]
                waiting.append(found[name])
    return list(found.values())


def _judged(answer: ListAnswer, piece: Slice) -> Listed:
    """The list with what TikTok refused of it: what it does not offer is a note, all else a doubt.

    Raises:
        ApiError: a window of days is not whole, and loading it would take out what is stored.
    """
    if not answer.refused:
        return Listed(answer.rows, answer.calls)
    first = answer.refused[0]
    what = f"{len(answer.refused)} of {answer.calls} calls were refused, the first one: {first}"
    closed = all(isinstance(error, NotAvailable) for error in answer.refused)
    if piece.window is not None and not closed:
        raise _serious(answer.refused)
    return Listed(answer.rows, answer.calls, (what,) if closed else (), "" if closed else what, whole=closed)


def _serious(refused: Sequence[ApiError]) -> ApiError:
    return next(error for error in refused if not isinstance(error, NotAvailable))
