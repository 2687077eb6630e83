"""How many calls special reports will take: as many as the last time, and those for the ids asked with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.special_rules import grouping_of, is_special, special_of
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.plan import Bookmark, Slice

# Lists that a slice needs beside those of its advertiser, by kind of GMV Max report: campaigns of both
# promotion types, then products.
_IDS_OF_WINDOW = {"product": 2, "creative": 3}
_NO_IDS = ("CREATIVE", "VIDEO_INSIGHT")
_AT_ONCE = {"campaign": 2}


def special_calls(piece: Slice, bookmarks: Mapping[tuple[str, str], Bookmark], rows: int) -> Counter[str]:
    """Calls of a slice; how many shops or pixels there are is known only from the last time.

    Args:
        piece: the slice of a report with an endpoint of its own.
        bookmarks: what the last run remembered.
        rows: how many the destination holds of it.
    """
    stream = piece.stream
    assert isinstance(stream, ReportStream)  # noqa: S101
    special = special_of(stream)
    bookmark = bookmarks.get((stream.name, piece.advertiser_id))
    remembered = dict(bookmark.remembered).get("calls", "") if bookmark else ""
    least = _AT_ONCE.get(grouping_of(special, stream.dimensions), 1)
    first = int(remembered) if remembered.isdigit() else least
    paged = catalog().endpoints[stream.endpoint].paging == "page_number" and "second" not in special.stamped
    pages = -(-rows // stream.page_size) if paged else 0
    return Counter({"first_page": first, "more_pages": max(pages - first, 0)})


def special_ids(slices: Iterable[Slice]) -> int:
    """Calls for ids, each of which is asked once a run; counted with one shop an advertiser."""
    asked: set[tuple[object, ...]] = set()
    windows: dict[tuple[object, ...], int] = {}
    for piece in slices:
        stream = piece.stream
        if not isinstance(stream, ReportStream) or not is_special(stream) or stream.report_type in _NO_IDS:
            continue
        asked.add((piece.advertiser_id, stream.report_type))
        kind = grouping_of(special_of(stream), stream.dimensions)
        if stream.report_type == "GMV_MAX" and kind in _IDS_OF_WINDOW:
            key = (piece.advertiser_id, piece.window)
            windows[key] = max(windows.get(key, 0), _IDS_OF_WINDOW[kind])
        elif stream.report_type == "CREATIVE_FATIGUE":
            asked.add((piece.advertiser_id, stream.report_type, piece.window))
            asked.discard((piece.advertiser_id, stream.report_type))
    return len(asked) + sum(windows.values())
