"""A whole list, page by page: every row once, or read again, or refused."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import Page
from tiktok_ads.errors import DecodeError, InconsistentPages, TikTokAdsError, TruncatedReport
from tiktok_ads.extract.calls import Tally
from tiktok_ads.extract.memory import Ticket

READS = 4
"""How often a list is read before its pages are called inconsistent."""
AHEAD = 4
"""Pages of one list that are under way at the same time."""
MOST_PAGES = 100_000


class TooManyRows(TikTokAdsError):
    """The first page tells of more rows than are held at once; never leaves this package."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


class _Moved(Exception):
    """Rows moved while the pages were read."""

    def __init__(self, what: str, request_id: str) -> None:
        super().__init__(what)
        self.what, self.request_id = what, request_id


@dataclass(frozen=True)
class PagedList:
    """How one list is asked for and read.

    `ask` sends the call for a page; `decode` reads its answer. `key` are the columns that make a row itself;
    without any, rows may be alike. `purpose` counts the first page; `most_rows` raises `TooManyRows` instead
    of reading on.
    """

    path: str
    ask: Callable[[int, Meter], Awaitable[Answer]]
    decode: Callable[[Answer], Page]
    key: tuple[str, ...]
    page_size: int
    purpose: str = "first_page"
    most_rows: int | None = None


@dataclass(frozen=True)
class Rows:
    """A list that was read whole. `unfit` counts cells in `_extra`, `unknown` names new fields."""

    table: pa.Table
    unfit: int = 0
    unknown: tuple[str, ...] = ()
    request_id: str = ""


async def read_list(paged: PagedList, tally: Tally, ticket: Ticket) -> Rows:
    """Every row of the list exactly once.

    Raises:
        InconsistentPages: the pages did not fit together, however often they were read.
        TruncatedReport: TikTok cut the rows.
        TooManyRows: there are more rows than `most_rows`.
        ApiError, TransportError, DecodeError: a page could not be had or understood.
    """
    moved: _Moved | None = None
    for attempt in range(READS):
        purpose = paged.purpose if attempt == 0 else "reread"
        try:
            return await _read_once(paged, tally, ticket, purpose)
        except _Moved as error:
            moved = error
    assert moved is not None  # noqa: S101  (READS is above 0)
    raise InconsistentPages(f"{moved.what}, in each of {READS} reads", paged.path, moved.request_id)


async def _read_once(paged: PagedList, tally: Tally, ticket: Ticket, purpose: str) -> Rows:
    later = "more_pages" if purpose == paged.purpose else purpose
    held = 0
    pages: list[Page] = []

    async def fetch(number: int, what: str) -> tuple[Page, str]:
        answer = await tally.counted(what, lambda meter: paged.ask(number, meter))
        if answer.truncated:
            raise TruncatedReport(paged.path, answer.request_id)
        if answer.partial:
            raise _Moved("TikTok answered only in part", answer.request_id)
        try:
            page = paged.decode(answer)
        except DecodeError as error:
            raise DecodeError(
                f"{error.message} (request {answer.request_id})", error.stream, error.field, error.value
            ) from error
        return page, answer.request_id

    underway: deque[asyncio.Task[tuple[Page, str]]] = deque()
    try:
        first, request_id = await fetch(1, purpose)
        if first.info is None:
            raise _Moved("the answer does not say how many pages there are", request_id)
        total = first.info.total_number
        count = _page_count(paged, first, request_id)
        if paged.most_rows is not None and total > paged.most_rows:
            raise TooManyRows(total)
        pages.append(first)
        held = first.batch.nbytes
        ticket.add(held)
        following = iter(range(2, count + 1))
        for number in range(2, count + 1):
            while len(underway) < AHEAD and (soon := next(following, None)) is not None:
                await ticket.wait()
                underway.append(asyncio.create_task(fetch(soon, later)))
            page, request_id = await underway.popleft()
            if page.info is None or page.info.total_number != total or page.info.page != number:
                raise _Moved("the number of rows changed between two pages", request_id)
            pages.append(page)
            held += page.batch.nbytes
            ticket.add(page.batch.nbytes)
        table = stacked([page.batch for page in pages])
        came = sum(page.batch.num_rows if page.listed is None else page.listed for page in pages)
        if came != total:
            raise _Moved(f"{came} rows came where {total} were announced", request_id)
        if paged.key and doubled(table, paged.key):
            raise _Moved("a row came twice", request_id)
    except BaseException:
        ticket.add(-held)
        for task in underway:
            task.cancel()
        await asyncio.gather(*underway, return_exceptions=True)
        raise
    unknown = sorted({name for page in pages for name in page.unknown})
    return Rows(table, sum(page.unfit for page in pages), tuple(unknown), request_id)


def _page_count(paged: PagedList, first: Page, request_id: str) -> int:
    """Pages by the number of rows, for that is what is verified; TikTok's page count may be off by one."""
    info = first.info
    assert info is not None  # noqa: S101
    size = info.page_size if 0 < info.page_size <= paged.page_size else paged.page_size
    count = -(-info.total_number // size) if info.total_number > 0 else 1
    if info.total_number < 0 or count > MOST_PAGES or info.page not in (0, 1):
        raise _Moved("what the answer says of its pages cannot be", request_id)
    return count


def stacked(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """Batches as one table; a column that only some have is null in the others."""
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    return pa.concat_tables(tables, promote_options="permissive")


def doubled(table: pa.Table, key: Sequence[str]) -> bool:
    """Whether two rows have the same key; a blank equals a blank."""
    return bool(table.group_by(list(key), use_threads=False).aggregate([]).num_rows != table.num_rows)
