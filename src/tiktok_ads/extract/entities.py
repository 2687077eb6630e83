"""Entity lists: all buying types of one advertiser, in full or only what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.streams import EntityStream
from tiktok_ads.client import Answer, Meter
from tiktok_ads.decode import Page, entity_page
from tiktok_ads.errors import DecodeError, InconsistentPages, NotAvailable
from tiktok_ads.extract.calls import Reader, Tally
from tiktok_ads.extract.memory import Ticket
from tiktok_ads.extract.pages import READS, PagedList, Rows, read_list
from tiktok_ads.extract.requests import list_params
from tiktok_ads.plan import Slice


@dataclass(frozen=True)
class EntityQuestion:
    """What an entity slice needs beyond itself: its columns, and whether the account has TopView."""

    fields: tuple[Field, ...]
    include_deleted: bool
    top_view: bool


async def read_entities(
    client: Reader, piece: Slice, question: EntityQuestion, *, tally: Tally, ticket: Ticket
) -> Rows:
    """The slice's objects, each once.

    Raises:
        as `read_list`.
    """
    stream = piece.stream
    assert isinstance(stream, EntityStream)  # noqa: S101
    parts: list[Rows] = []
    for top_view in (False, True) if question.top_view and stream.top_view_page_size else (False,):
        params = list_params(
            stream,
            advertiser_id=piece.advertiser_id,
            include_deleted=question.include_deleted,
            modified_after=piece.modified_after,
            top_view=top_view,
        )
        paged = PagedList(
            path=stream.endpoint,
            ask=partial(_ask, client, stream.endpoint, params),
            decode=partial(_decode, stream, question.fields, piece.advertiser_id),
            key=stream.primary_key,
            page_size=int(str(params["page_size"])),
            purpose="top_view" if top_view else "first_page",
        )
        parts.append(await read_list(paged, tally, ticket))
    return merged(parts, stream.primary_key)


async def has_top_view(client: Reader, campaigns: EntityStream, advertiser_id: str, tally: Tally) -> bool:
    """Whether the advertiser has, or ever had, a TopView campaign: one call for one row."""
    params = list_params(
        campaigns, advertiser_id=advertiser_id, include_deleted=True, top_view=True, page_size=1
    )
    ask = partial(_ask, client, campaigns.endpoint, params, 1)
    request_id = ""
    for attempt in range(READS):
        try:
            answer = await tally.counted("reread" if attempt else "top_view", ask)
        except NotAvailable:
            return False
        page = entity_page(answer.data, stream=campaigns.name, fields=campaigns.fields)
        rows, info, request_id = page.batch.num_rows, page.info, answer.request_id
        # A "no" is believed for a day, so it must be beyond doubt.
        if info is not None and bool(rows) == bool(info.total_number) and not answer.partial:
            return bool(rows)
    raise InconsistentPages(
        "the list does not say clearly whether it is empty", campaigns.endpoint, request_id
    )


def merged(parts: Sequence[Rows], key: Sequence[str]) -> Rows:
    """Several lists as one; a row that stands in two of them is kept from the later one."""
    if len(parts) == 1:
        return parts[0]
    tables: list[pa.Table] = []
    seen: set[tuple[object, ...]] = set()
    for part in reversed(parts):
        keys = list(zip(*(part.table[name].to_pylist() for name in key), strict=True))
        tables.append(part.table.filter(pa.array([one not in seen for one in keys], pa.bool_())))
        seen.update(keys)
    unknown = sorted({name for part in parts for name in part.unknown})
    return Rows(
        pa.concat_tables(reversed(tables), promote_options="permissive"),
        sum(part.unfit for part in parts),
        tuple(unknown),
        parts[-1].request_id,
    )


async def _ask(client: Reader, path: str, params: dict[str, object], number: int, meter: Meter) -> Answer:
    return await client.get(path, {**params, "page": number}, meter=meter)


def _decode(stream: EntityStream, fields: tuple[Field, ...], advertiser_id: str, answer: Answer) -> Page:
    wanted = {field.name for field in fields}
    page = entity_page(
        answer.data,
        stream=stream.name,
        fields=fields,
        known=frozenset(field.name for field in stream.fields if field.name not in wanted),
        advertiser_id=advertiser_id,
    )
    owners = set(page.batch["advertiser_id"].to_pylist()) - {advertiser_id}
    if owners:
        raise DecodeError(
            f"rows of another advertiser came where {advertiser_id} was asked",
            stream.name,
            "advertiser_id",
            min(map(str, owners)),
        )
    return page
