"""What is asked for one slice of a special report, before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tiktok_ads.catalog.model import Field
from tiktok_ads.catalog.special_rules import days_zone, special_of
from tiktok_ads.catalog.streams import TIMES, ReportStream
from tiktok_ads.extract.calls import Tally
from tiktok_ads.plan import DAY, Window, local_today


@dataclass(frozen=True)
class SpecialQuestion:
    """What a slice of a special report needs beyond itself.

    `fields` are the columns, `metrics` those asked of TikTok. `zone` is the advertiser's own. `ad_ids` gives
    the ads that had rows in a window (None: ever). `holds_rows` says that the destination has rows of these
    days, so that they are read whatever a cheap look tells. With `in_steps` more rows than are held at once
    raise `SliceTooLong`.
    """

    fields: tuple[Field, ...]
    metrics: tuple[str, ...]
    include_deleted: bool
    currency: str | None
    zone: str
    now: datetime
    ad_ids: Callable[[Window | None, Tally], Awaitable[list[str]]]
    holds_rows: bool = False
    in_steps: bool = False


@dataclass(frozen=True)
class Call:
    """One list of a slice: what is sent beside page, days and metrics, and what its rows are stamped with."""

    params: Mapping[str, object]
    metrics: tuple[str, ...] = ()
    stamps: Mapping[str, str] = field(default_factory=dict)


def filters_of(stream: ReportStream) -> dict[str, list[str]]:
    """The stream's own filters as field → values."""
    return {
        one.field: [one.value] if isinstance(one.value, str) else list(one.value) for one in stream.filters
    }


def asked_dimensions(stream: ReportStream) -> list[str]:
    """The dimensions that TikTok is asked for: not those that the call decides."""
    stamped = special_of(stream).stamped
    return [name for name in stream.dimensions if name not in stamped]


def dates(stream: ReportStream, window: Window | None) -> dict[str, object]:
    """The parameters that say when, in the words of the stream's endpoint."""
    if window is None:
        word = "query_lifetime" if stream.report_type == "SMART_PLUS_MATERIAL" else "lifetime"
        return (
            {word: True} if stream.report_type in ("SMART_PLUS_MATERIAL", "CREATIVE", "VIDEO_INSIGHT") else {}
        )
    span: dict[str, object] = {"start_date": window.first.isoformat(), "end_date": window.last.isoformat()}
    if stream.report_type == "PIXEL_EVENTS":
        return {"date_range": span}
    if stream.report_type == "CREATIVE_FATIGUE":
        return {"filtering": span}
    return span


def span_of(stream: ReportStream, window: Window | None, question: SpecialQuestion) -> Window | None:
    """The days asked for: a report that knows no lifetime gives the last of them, as many as a call takes."""
    special = special_of(stream)
    if window is not None or special.lifetime or not special.max_days:
        return window
    longest = min(days for time, days in special.max_days if not time or time in stream.dimensions)
    last = local_today(days_zone(stream, question.zone), question.now)
    return Window(last - (longest - 1) * DAY, last)


def is_dated(stream: ReportStream) -> bool:
    """Whether rows say their time themselves, so that fewer days at once give the same rows."""
    return any(time in stream.dimensions for time in TIMES)
