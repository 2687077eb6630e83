"""One list: in pages by number, in pages by cursor, or in a single answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import msgspec

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import Page, list_page
from tiktok_ads.errors import DecodeError, InconsistentPages
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.lists.requests import Request
from tiktok_ads.extract.memory import Ticket
from tiktok_ads.extract.pages import MOST_PAGES, READS, PagedList, Rows, doubled, read_list, stacked
from tiktok_ads.plan import Slice


@dataclass(frozen=True)
class Called:
    """What every call of a slice's lists has in common."""

    client: Reader
    piece: Slice
    fields: tuple[Field, ...]
    tally: Tally
    ticket: Ticket
    sleep: Callable[[float], Awaitable[None]]

    @property
    def stream(self) -> EntityStream:
        assert isinstance(self.piece.stream, EntityStream)  # noqa: S101
        return self.piece.stream

    def decode(self, request: Request, answer: Answer) -> Page:
        """Raises DecodeError for an answer that is no such list."""
        window = self.piece.window
        return list_page(
            answer.data,
            self.stream,
            fields=self.fields,
            owner_id=self.piece.advertiser_id,
            onto=request.onto,
            day=window.first if window else None,
        )


class _Turn(msgspec.Struct):
    """Where a list that pages by cursor goes on."""

    cursor: str | int | None = None
    has_more: bool = False


async def read_one(called: Called, request: Request) -> Rows:
    """The list of one request, every row once.

    Raises:
        as `read_list`.
    """
    stream = called.stream
    if stream.paging == "page_number":
        paged = PagedList(
            path=stream.endpoint,
            ask=partial(_ask_page, called, request),
            decode=partial(called.decode, request),
            key=() if stream.fingerprint else stream.uniqueness,
            page_size=stream.page_size,
        )
        return await read_list(paged, called.tally, called.ticket)
    for attempt in range(READS):
        pages, request_id, why = await _read_along(called, request, "reread" if attempt else "first_page")
        if why:
            continue
        rows = _whole(pages, called, request_id)
        if stream.fingerprint or not doubled(rows.table, stream.uniqueness):
            called.ticket.add(rows.table.nbytes)
            return rows
        why = "a row came twice"
    raise InconsistentPages(f"{why}, in each of {READS} reads", stream.endpoint, request_id)


async def _read_along(called: Called, request: Request, purpose: str) -> tuple[list[Page], str, str]:
    """The pages from the first to the last by cursor, and why they may not be the whole list."""
    pages: list[Page] = []
    cursor: object = None
    seen: set[object] = set()
    later = "more_pages" if purpose == "first_page" else purpose
    for _ in range(MOST_PAGES):
        answer = await called.tally.counted(
            later if pages else purpose, partial(_ask_cursor, called, request, cursor)
        )
        if answer.partial or answer.truncated:
            return pages, answer.request_id, "TikTok answered only in part"
        try:
            pages.append(called.decode(request, answer))
        except DecodeError as error:
            raise DecodeError(
                f"{error.message} (request {answer.request_id})", error.stream, error.field, error.value
            ) from error
        info = pages[-1].info
        if called.stream.paging != "cursor":
            cut = info is not None and info.total_number > (pages[-1].listed or 0)
            return pages, answer.request_id, "there are more rows than came" if cut else ""
        turn = msgspec.json.decode(answer.data, type=_Turn, strict=False)
        if not turn.has_more:
            return pages, answer.request_id, ""
        if turn.cursor in (None, "") or turn.cursor in seen:
            return pages, answer.request_id, "the cursor does not move"
        cursor = turn.cursor
        seen.add(cursor)
    return pages, "", "the list does not end"


def _whole(pages: list[Page], called: Called, request_id: str) -> Rows:
    unknown = sorted({name for page in pages for name in page.unknown})
    return Rows(
        stacked([page.batch for page in pages]),
        sum(page.unfit for page in pages),
        tuple(unknown),
        request_id,
    )


async def _ask_page(called: Called, request: Request, number: int, meter: Meter) -> Answer:
    return await called.client.get(called.stream.endpoint, {**request.params, "page": number}, meter=meter)


async def _ask_cursor(called: Called, request: Request, cursor: object, meter: Meter) -> Answer:
    params = dict(request.params) if cursor is None else {**request.params, "cursor": cursor}
    return await called.client.get(called.stream.endpoint, params, meter=meter)
