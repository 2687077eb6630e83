"""What was found of a table's days, as the run report and `_quality` have it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from tiktok_ads.load.quality import QUALITY
from tiktok_ads.load.scope import table_of
from tiktok_ads.load.state import naive_utc
from tiktok_ads.runreport import Agreement, Note
from tiktok_ads.sync.causes import Compared
from tiktok_ads.sync.coverage import money

_NAMED_DAYS = 3
"""So many of the newest days are named in a note; `_quality` has all."""


@dataclass(frozen=True)
class Judged:
    """A day with the cause of what differs, "" where nothing does."""

    one: Compared
    cause: str
    metrics: tuple[str, ...]


def summed_up(table: str, advertiser_id: str, days: Sequence[Judged]) -> Agreement:
    causes = Counter(day.cause for day in days if day.cause)
    apart: dict[str, Decimal] = defaultdict(Decimal)
    for day in days:
        if day.cause and "spend" in day.metrics:
            at = day.metrics.index("spend")
            apart[day.cause] += day.one.theirs[at] - day.one.ours[at]
    agreed = len(days) - causes.total()
    return Agreement(table, advertiser_id, len(days), agreed, dict(sorted(causes.items())), dict(apart))


def told(table: str, advertiser_id: str, days: Sequence[Judged], currency: str | None) -> list[Note]:
    """The days that nothing explains, with their numbers."""
    wrong = [day for day in days if day.cause == "unexplained"]
    if not wrong:
        return []
    shown = "; ".join(f"{day.one.day}: {_numbers(day, currency)}" for day in reversed(wrong[-_NAMED_DAYS:]))
    count = "1 day does" if len(wrong) == 1 else f"{len(wrong)} days do"
    more = ", and more in _quality" if len(wrong) > _NAMED_DAYS else ""
    text = f"{count} not add up to the advertiser's own total, for no known cause: {shown}{more}."
    return [Note(text, table, advertiser_id)]


def quality_rows(
    table: str, advertiser_id: str, days: Sequence[Judged], *, run_id: str, at: datetime
) -> pa.Table:
    """One row for a day that agrees, else one for each metric that differs."""
    moment = naive_utc(at)
    rows: list[tuple[object, ...]] = []
    for day in days:
        numbers = list(zip(day.metrics, day.one.ours, day.one.theirs, strict=True))
        shown = [each for each in numbers if each[1] != each[2]] if day.cause else numbers[:1]
        rows += [
            (advertiser_id, table, day.one.day, *each, each[2] - each[1], day.cause or None, run_id, moment)
            for each in shown
        ]
    return table_of(rows, QUALITY)


def _numbers(day: Judged, currency: str | None) -> str:
    parts = []
    for name, ours, theirs in zip(day.metrics, day.one.ours, day.one.theirs, strict=True):
        if ours != theirs:
            both = [money(one, currency) if name == "spend" else f"{one:,.0f}" for one in (ours, theirs)]
            parts.append(f"{name} {both[0]} in the table, {both[1]} by the total")
    return ", ".join(parts)
