"""What objects' days came to at TikTok, short enough to be kept and held against what it says later."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b

import pyarrow as pa

from tiktok_ads.catalog.lookup import Catalog
from tiktok_ads.catalog.model import Level
from tiktok_ads.catalog.rules import allowed_metrics
from tiktok_ads.catalog.streams import ReportStream
from tiktok_ads.extract import CAMPAIGNS_PER_CALL, CHECKED, IDS_PER_FILTER
from tiktok_ads.plan import DAY, Slice, Window
from tiktok_ads.plan.lookback import Differences

CAMPAIGN, AD = "campaign_id", "ad_id"
_LEVELS: dict[str, Level] = {CAMPAIGN: "AUCTION_CAMPAIGN", AD: "AUCTION_AD"}
PER_CALL = {CAMPAIGN: CAMPAIGNS_PER_CALL, AD: IDS_PER_FILTER}
_DAY = "stat_time_day"
Totals = Mapping[tuple[date, str], Sequence[Decimal | int | None]]


@dataclass(frozen=True)
class Prints:
    """A short print of each object's day; `question` names the metrics that it was made of.

    An object without anything on a day has none. Ads are named `campaign/ad`.
    """

    question: str
    window: Window
    days: Mapping[date, Mapping[str, str]]

    def to_json(self) -> dict[str, object]:
        days = {day.isoformat(): dict(prints) for day, prints in self.days.items()}
        first, last = self.window.first.isoformat(), self.window.last.isoformat()
        return {"question": self.question, "first": first, "last": last, "days": days}

    @classmethod
    def from_json(cls, told: Mapping[str, str | dict[str, dict[str, str]]]) -> Prints:
        first, last, days = told["first"], told["last"], told["days"]
        assert isinstance(days, dict)  # noqa: S101
        window = Window(date.fromisoformat(str(first)), date.fromisoformat(str(last)))
        return cls(str(told["question"]), window, {date.fromisoformat(day): of for day, of in days.items()})


@dataclass(frozen=True)
class Compared:
    """The prints of an advertiser's campaigns, and of its ads where tables below these are read."""

    campaigns: Prints
    ads: Prints | None = None

    def to_bytes(self) -> bytes:
        told = [self.campaigns.to_json(), self.ads.to_json() if self.ads else None]
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode())

    @classmethod
    def from_bytes(cls, kept: bytes) -> Compared:
        campaigns, ads = json.loads(zlib.decompress(kept))
        return cls(Prints.from_json(campaigns), Prints.from_json(ads) if ads else None)


def days_of(column: str, metrics: Iterable[str], catalog: Catalog) -> ReportStream:
    """The report of campaigns or ads by day with those of the metrics that its level has."""
    dimensions = (column, _DAY)
    allowed = allowed_metrics("BASIC", _LEVELS[column], dimensions)
    measured = {name for name in metrics if name in allowed and not catalog.metrics[name].is_attribute}
    named = () if column == CAMPAIGN else (CAMPAIGN,)
    return ReportStream(
        name="campaign_days" if column == CAMPAIGN else "ad_days",
        doc="One row per object and day, to be held against what was read before.",
        report_type="BASIC",
        data_level=_LEVELS[column],
        dimensions=dimensions,
        metrics=(*sorted({*CHECKED, *measured}), *named),
        primary_key=("advertiser_id", *dimensions),
        max_window_days=30,
    )


def prints_of(rows: pa.Table, stream: ReportStream) -> dict[date, dict[str, str]]:
    """By day, the prints of a comparison's rows."""
    days: dict[date, dict[str, str]] = {}
    names = [name for name in stream.metrics if name in rows.column_names and name != CAMPAIGN]
    columns = [rows[name].to_pylist() for name in names]
    ids = rows[stream.dimensions[0]].to_pylist()
    if stream.dimensions[0] == AD:
        ids = [f"{of or ''}/{ad}" for of, ad in zip(rows[CAMPAIGN].to_pylist(), ids, strict=True)]
    for number, (day, one) in enumerate(zip(rows[_DAY].to_pylist(), ids, strict=True)):
        values = [column[number] for column in columns]
        if any(values):
            days.setdefault(day, {})[one] = blake2b(repr(values).encode(), digest_size=6).hexdigest()
    return days


def put_over(days: dict[date, dict[str, str]], piece: Slice, came: Mapping[date, Mapping[str, str]]) -> None:
    """Put what came of a slice of ads in the place of what was known of its days and campaigns."""
    assert piece.window is not None  # noqa: S101
    only = frozenset(piece.only.ids) if piece.only else None
    for number in range(piece.window.days):
        day = piece.window.first + number * DAY
        before = days.get(day, {})
        kept = {} if only is None else {one: p for one, p in before.items() if one.split("/")[0] not in only}
        days[day] = {**kept, **came.get(day, {})}


def differences(before: Prints | None, now: Prints, column: str) -> Differences:
    """What differs; a day that was not compared before must be read whole."""
    found: dict[date, frozenset[str] | None] = {}
    for number in range(now.window.days):
        day = now.window.first + number * DAY
        if before is None or before.question != now.question or day not in before.window:
            found[day] = None
            continue
        old, new = before.days.get(day, {}), now.days.get(day, {})
        other = frozenset(
            one.split("/")[-1] for one in old.keys() | new.keys() if old.get(one) != new.get(one)
        )
        if other:
            found[day] = other
    active = {day: len(prints) for day, prints in now.days.items()}
    return Differences(column, found, active, PER_CALL[column])


def totals_of(rows: pa.Table, column: str) -> dict[tuple[date, str], Sequence[Decimal | int | None]]:
    """What each object's day came to, by what every level has."""
    columns = [rows[name].to_pylist() for name in (_DAY, column, *CHECKED)]
    return {(day, one): sums for day, one, *sums in zip(*columns, strict=True)}


def sums_of(totals: Totals, window: Window, ids: Sequence[str]) -> dict[str, Decimal]:
    """What these objects came to in these days."""
    days = [window.first + number * DAY for number in range(window.days)]
    each = [totals.get((day, one)) for day in days for one in ids]
    return {
        name: sum((Decimal(sums[place] or 0) for sums in each if sums), Decimal(0))
        for place, name in enumerate(CHECKED)
    }
