"""What a campaign's days came to at TikTok, short enough to be kept and held against what it says later."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import ReportStream
from tiktok_ads.catalog.rules import allowed_metrics
from tiktok_ads.extract import CHECKED
from tiktok_ads.plan import DAY, Window
from tiktok_ads.plan.lookback import Differences

_DIMENSIONS = ("campaign_id", "stat_time_day")
Totals = Mapping[tuple[date, str], Sequence[Decimal | int | None]]


@dataclass(frozen=True)
class Prints:
    """A short print of each campaign's day; `question` names the metrics that it was made of.

    A campaign without anything on a day has none.
    """

    question: str
    window: Window
    days: Mapping[date, Mapping[str, str]]

    def to_bytes(self) -> bytes:
        days = {day.isoformat(): dict(prints) for day, prints in self.days.items()}
        told = {"first": self.window.first.isoformat(), "last": self.window.last.isoformat(), "days": days}
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode())

    @classmethod
    def read(cls, question: str, kept: bytes) -> Prints:
        told = json.loads(zlib.decompress(kept))
        window = Window(date.fromisoformat(told["first"]), date.fromisoformat(told["last"]))
        days = {date.fromisoformat(day): prints for day, prints in told["days"].items()}
        return cls(question, window, days)


def campaign_days(metrics: Sequence[str], catalog: Catalog) -> ReportStream:
    """The report of campaigns by day with those of the metrics that its level has."""
    allowed = allowed_metrics("BASIC", "AUCTION_CAMPAIGN", _DIMENSIONS)
    measured = [name for name in metrics if name in allowed and not catalog.metrics[name].is_attribute]
    return ReportStream(
        name="campaign_days",
        doc="One row per campaign and day, to be held against what was read before.",
        report_type="BASIC",
        data_level="AUCTION_CAMPAIGN",
        dimensions=_DIMENSIONS,
        metrics=tuple(sorted({*CHECKED, *measured})),
        primary_key=("advertiser_id", *_DIMENSIONS),
        max_window_days=30,
    )


def prints_of(rows: pa.Table, stream: ReportStream, window: Window) -> Prints:
    """The prints of a comparison's rows."""
    days: dict[date, dict[str, str]] = {}
    names = [name for name in stream.metrics if name in rows.column_names]
    columns = [rows[name].to_pylist() for name in names]
    keys = zip(rows["stat_time_day"].to_pylist(), rows["campaign_id"].to_pylist(), strict=True)
    for number, (day, campaign) in enumerate(keys):
        values = [column[number] for column in columns]
        if any(values):
            told = blake2b(repr(values).encode(), digest_size=6).hexdigest()
            days.setdefault(day, {})[campaign] = told
    return Prints(" ".join(stream.metrics), window, days)


def differences(before: Prints | None, now: Prints) -> Differences:
    """What differs; a day that was not compared before must be read whole."""
    found: dict[date, frozenset[str] | None] = {}
    for number in range(now.window.days):
        day = now.window.first + number * DAY
        if before is None or before.question != now.question or day not in before.window:
            found[day] = None
            continue
        old, new = before.days.get(day, {}), now.days.get(day, {})
        other = frozenset(one for one in old.keys() | new.keys() if old.get(one) != new.get(one))
        if other:
            found[day] = other
    return Differences(found, {day: len(prints) for day, prints in now.days.items()})


def totals_of(rows: pa.Table) -> Totals:
    """What each campaign's day came to, by what every level has."""
    columns = [rows[name].to_pylist() for name in ("stat_time_day", "campaign_id", *CHECKED)]
    return {(day, campaign): sums for day, campaign, *sums in zip(*columns, strict=True)}


def sums_of(totals: Totals, window: Window, campaigns: Sequence[str]) -> dict[str, Decimal]:
    """What these campaigns came to in these days."""
    days = [window.first + number * DAY for number in range(window.days)]
    each = [totals.get((day, campaign)) for day in days for campaign in campaigns]
    return {
        name: sum((Decimal(sums[place] or 0) for sums in each if sums), Decimal(0))
        for place, name in enumerate(CHECKED)
    }
