"""Whether the advertiser's own total speaks for rows that are far fewer than those stored."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tiktok_ads.catalog.streams import TIMES, ReportStream, Stream
from tiktok_ads.errors import InconsistentPages
from tiktok_ads.extract import CHECKED, ReportAnswer, summed
from tiktok_ads.plan import Slice

_SHARES = frozenset(
    ["age", "gender", "country_code", "province_id", "dma_id", "language", "platform", "placement", "ac"]
)
"""Audience dimensions that split what was shown into parts, each of which stands in one row."""


def hold_against(
    totals: Mapping[str, Decimal] | None,
    piece: Slice,
    answer: ReportAnswer,
    *,
    held: Mapping[str, Decimal] | None,
    why: str,
) -> None:
    """Let the rows pass that the advertiser's own total fits better than those stored.

    Args:
        totals: the advertiser's own; None if they could not be had.
        piece: the slice.
        answer: what came of it.
        held: sums of the rows stored; None where these may be about other days.
        why: what is odd about the answer.

    Raises:
        InconsistentPages: the total speaks for what is stored.
    """

    def unlikely(more: str) -> InconsistentPages:
        told = f"{why}{more}: the stored rows stay"
        return InconsistentPages(told, piece.stream.name, answer.rows.request_id)

    came = answer.rows.table
    if totals is None:
        raise unlikely("; the advertiser's own total could not be had")
    if not is_share(piece.stream):
        if came.num_rows == 0 and any(totals.values()):
            had = ", ".join(f"{value} {name}" for name, value in totals.items() if value)
            raise unlikely(f", though the advertiser itself had {had}")
        return
    for name in (one for one in CHECKED if one in came.column_names):
        apart, total = answer.apart_of(name), totals[name]
        now = summed(came, name) - apart
        if held is None:
            fits, before = now * 2 >= total, "other days"
        else:
            stored = held.get(name, Decimal(0)) - apart
            fits = _is_likelier(now, stored, total, exact=_adds_up(piece.stream))
            before = str(stored)
        if not fits:
            sums = f"; {name} adds up to {now}, to {before} in the table"
            raise unlikely(f"{sums}, and the advertiser's own total says {total}")


def is_share(stream: Stream) -> bool:
    """Whether the advertiser's own total tells how much the rows must come to."""
    if not isinstance(stream, ReportStream) or stream.filters or stream.owner != "advertiser":
        return False
    plain = {"advertiser_id", "campaign_id", "adgroup_id", "ad_id", "ad_id_v2", *TIMES}
    return stream.report_type in ("BASIC", "AUDIENCE") and not {*stream.dimensions} - plain - _SHARES


def _adds_up(stream: Stream) -> bool:
    """Whether the rows add up to the advertiser's total; those by audience may leave something out."""
    return isinstance(stream, ReportStream) and stream.report_type == "BASIC"


def _is_likelier(now: Decimal, before: Decimal, total: Decimal, *, exact: bool) -> bool:
    """Whether the total speaks for the sum that came now rather than for the stored one."""
    nearer = abs(total - now) <= abs(total - before)
    return nearer or (not exact and now * 2 >= total)
