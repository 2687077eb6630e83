"""A list that takes many calls, read whole: some at a time, each row once, in the order of the calls."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.decode import ROW_ID, schema_of
from tiktok_ads.errors import AccessDenied, ApiError, InvalidRequest, NotAvailable
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.lists.change_log import read_change_log
from tiktok_ads.extract.lists.leads import read_leads
from tiktok_ads.extract.lists.one import Called, read_one
from tiktok_ads.extract.lists.parents import Row
from tiktok_ads.extract.lists.requests import Request, padded, requests_of
from tiktok_ads.extract.memory import Ticket
from tiktok_ads.extract.pages import Rows
from tiktok_ads.plan import Slice, Window

AT_ONCE = 4
"""Lists of one slice that are read at the same time."""
_OF_ONE = (AccessDenied, NotAvailable, InvalidRequest)
"""Refusals that may concern one thing that was asked for, and not the whole list."""

_READERS = {"list": read_one, "leads": read_leads, "change_log": read_change_log}


@dataclass(frozen=True)
class ListQuestion:
    """What a list needs beyond its slice.

    `held` gives the rows of another table of the same owner. `today` is the owner's own day.
    """

    fields: tuple[Field, ...]
    include_deleted: bool
    held: Callable[[str], Awaitable[Sequence[Row]]]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    today: date | None = None


@dataclass(frozen=True)
class ListAnswer:
    """A list that was read. `refused` are the calls of `calls` that TikTok did not answer."""

    rows: Rows
    calls: int
    refused: tuple[ApiError, ...] = ()


async def read_lists(
    client: Reader, piece: Slice, question: ListQuestion, *, tally: Tally, ticket: Ticket
) -> ListAnswer:
    """The slice's rows, each once.

    One thing that TikTok refuses to tell of does not stop the others, unless it refuses all of them.

    Raises:
        as `read_list`.
    """
    stream = piece.stream
    assert isinstance(stream, EntityStream)  # noqa: S101
    today = Window(question.today, question.today) if question.today else None
    requests = requests_of(
        stream,
        piece.advertiser_id,
        {table: await question.held(table) for table in stream.parents},
        include_deleted=question.include_deleted,
        modified_after=piece.modified_after,
        asked=padded(stream, piece.window, today) if piece.window else None,
    )
    called = Called(client, piece, question.fields, tally, ticket, question.sleep)
    parts, refused = await _all(called, requests)
    if refused and len(refused) == len(requests):
        raise refused[0]
    return ListAnswer(_joined(parts, piece, question.fields), len(requests), tuple(refused))


async def _all(called: Called, requests: Iterable[Request]) -> tuple[list[Rows], list[ApiError]]:
    assert isinstance(called.piece.stream, EntityStream)  # noqa: S101
    read = _READERS[called.piece.stream.reader]
    parts: list[Rows] = []
    refused: list[ApiError] = []
    underway: deque[tuple[Request, asyncio.Task[Rows]]] = deque()

    async def oldest() -> None:
        request, task = underway.popleft()
        try:
            parts.append(await task)
        except _OF_ONE as error:
            if not request.may_refuse:
                refused.append(error)

    try:
        for request in requests:
            if len(underway) == AT_ONCE:
                await oldest()
            await called.ticket.wait()
            underway.append((request, asyncio.create_task(read(called, request))))
        while underway:
            await oldest()
    except BaseException:
        for _, task in underway:
            task.cancel()
        await asyncio.gather(*(task for _, task in underway), return_exceptions=True)
        raise
    return parts, refused


def _joined(parts: Sequence[Rows], piece: Slice, fields: Sequence[Field]) -> Rows:
    """All lists as one; a row that stands in several is kept from the last, and equal rows are counted."""
    stream = piece.stream
    assert isinstance(stream, EntityStream)  # noqa: S101
    if not parts:
        return Rows(schema_of(fields).empty_table())
    table = pa.concat_tables([part.table for part in parts], promote_options="permissive")
    if stream.dated and piece.window:
        table = _within(table, stream.dated.day_column, piece.window)
    table = _counted(table) if stream.fingerprint else _last(table, stream.uniqueness)
    unknown = sorted({name for part in parts for name in part.unknown})
    return Rows(table, sum(part.unfit for part in parts), tuple(unknown), parts[-1].request_id)


def _within(table: pa.Table, column: str, window: Window) -> pa.Table:
    """Rows of the window's own days; rows without a day belong to none and are kept out."""
    days = pc.cast(table[column], pa.date32())
    inside = pc.and_(
        pc.greater_equal(days, pa.scalar(window.first)), pc.less_equal(days, pa.scalar(window.last))
    )
    return table.filter(inside)


def _last(table: pa.Table, key: Sequence[str]) -> pa.Table:
    keys = list(zip(*(table[name].to_pylist() for name in key), strict=True))
    places = {one: place for place, one in enumerate(keys)}
    return table if len(places) == len(keys) else table.take(sorted(places.values()))


def _counted(table: pa.Table) -> pa.Table:
    """Equal rows told apart by their number: `-2` behind the fingerprint of the second."""
    seen: dict[str, int] = {}
    ids: list[str] = []
    for one in table[ROW_ID].to_pylist():
        seen[one] = seen.get(one, 0) + 1
        ids.append(one if seen[one] == 1 else f"{one}-{seen[one]}")
    place = table.column_names.index(ROW_ID)
    return table.set_column(place, table.schema.field(place), pa.array(ids, pa.string()))
