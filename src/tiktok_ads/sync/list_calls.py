"""How many calls a list takes: as many as last time, or what can be told of it before it was ever read."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from math import prod

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.streams import Ask, Each, EntityStream, Stream
from tiktok_ads.plan import Bookmark, Slice, Window

REQUESTS = "requests"
"""Under this word a bookmark keeps how many lists the last whole reading took."""
_TASK_CALLS = {"list": 0, "leads": 3, "change_log": 3}
"""Create, check, download: of each lead region, or of each window of the change log."""
_LEAD_REGIONS = 3

Stored = Callable[[str, str, Window | None], int]


def list_calls(piece: Slice, bookmarks: Mapping[tuple[str, str], Bookmark], stored: Stored) -> dict[str, int]:
    """Calls by purpose that the slice will take.

    Args:
        piece: a slice of an entity list.
        bookmarks: what was remembered of earlier runs.
        stored: rows that the destination holds.
    """
    stream = piece.stream
    assert isinstance(stream, EntityStream)  # noqa: S101
    requests = _remembered(piece, bookmarks)
    if requests is None:
        requests = sum(_requests(ask, piece.advertiser_id, stored) for ask in stream.every_ask)
    if stream.reader != "list":
        regions = _LEAD_REGIONS if stream.reader == "leads" else 1
        return {"task": requests * regions * _TASK_CALLS[stream.reader]}
    rows = stored(stream.name, piece.advertiser_id, piece.held)
    pages = -(-rows // stream.page_size) if stream.paging != "none" else 0
    listed = piece.is_complete_list or piece.window is not None
    return {"first_page": requests, "more_pages": max(pages - requests, 0) if listed else 0}


def parent_calls(slices: Iterable[Slice], chosen: Container[str], stored: Stored, catalog: Catalog) -> int:
    """Calls for lists that nobody chose and that others are asked for with."""
    needed: set[tuple[str, str]] = set()
    waiting: list[tuple[Stream, str]] = [
        (piece.stream, piece.advertiser_id)
        for piece in slices
        if isinstance(piece.stream, EntityStream) and piece.stream.parents
    ]
    while waiting:
        stream, owner_id = waiting.pop()
        for name in stream.parents if isinstance(stream, EntityStream) else ():
            if name not in chosen and (name, owner_id) not in needed:
                needed.add((name, owner_id))
                waiting.append((catalog.entities[name], owner_id))
    return sum(
        sum(_requests(ask, owner_id, stored) for ask in catalog.entities[name].every_ask)
        for name, owner_id in needed
    )


def _remembered(piece: Slice, bookmarks: Mapping[tuple[str, str], Bookmark]) -> int | None:
    bookmark = bookmarks.get((piece.stream.name, piece.advertiser_id))
    told = dict(bookmark.remembered).get(REQUESTS, "") if bookmark else ""
    return int(told) if told.isdigit() else None


def _requests(ask: Ask, owner_id: str, stored: Stored) -> int:
    return prod(_choices(each, owner_id, stored) for each in ask.each)


def _choices(each: Each, owner_id: str, stored: Stored) -> int:
    """At least 1: what a table that was never read holds is not known."""
    held = len(each.values) or max(stored(each.table, owner_id, None), 1)
    return -(-held // each.batch)
