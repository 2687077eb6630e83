"""What an error means for a run: what is left out, for whom, what to do about it, and whether to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tiktok_ads.client import remedy_of
from tiktok_ads.client.gate import NARROW_CODES
from tiktok_ads.errors import (
    AccessDenied,
    AdvertiserGone,
    AuthError,
    InvalidRequest,
    LoadError,
    NotAvailable,
    QuotaExceeded,
    TikTokAdsError,
    UnknownCode,
)
from tiktok_ads.plan import Slice
from tiktok_ads.runreport import Skipped

Reach = Literal["slice", "table", "advertiser", "run"]
"""How far an error reaches: this window, this table of the advertiser, all of the advertiser, everything."""


@dataclass(frozen=True)
class Verdict:
    """How far an error reaches and how it is told."""

    reach: Reach
    skipped: Skipped


def verdict(error: TikTokAdsError, piece: Slice) -> Verdict:
    """What an error of a slice means."""
    return Verdict(_reach(error), told(error, piece))


def told(error: TikTokAdsError, piece: Slice | None = None) -> Skipped:
    """The error as a line of the run report."""
    return Skipped(
        what=str(error),
        remedy=remedy_of(error),
        table=piece.stream.name if piece else "",
        advertiser_id=piece.advertiser_id if piece else "",
        window=str(piece.window or "") if piece else "",
        request_id=str(getattr(error, "request_id", "")),
        code=getattr(error, "code", None),
    )


def _reach(error: TikTokAdsError) -> Reach:
    if isinstance(error, QuotaExceeded) and error.code in NARROW_CODES:
        return "table"
    if isinstance(error, (AuthError, QuotaExceeded)):
        return "run"
    if isinstance(error, AdvertiserGone):
        return "advertiser"
    if isinstance(error, (AccessDenied, NotAvailable, InvalidRequest, UnknownCode, LoadError)):
        return "table"
    return "slice"
