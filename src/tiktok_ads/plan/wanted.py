"""A stream as the settings want it, which is what a plan is made of."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.plan.dates import DateChoice, Lifetime
from tiktok_ads.plan.slices import Advertiser


@dataclass(frozen=True)
class Wanted:
    """A stream with its shape, its columns, and how far each run looks back.

    `dates` are days of its own, which every run reads anew; None takes those of the run, of which a run
    reads what is missing or has not settled. `only` names the advertisers whose data it is, by id or name;
    none means all of the run.
    """

    stream: Stream
    shape: str
    columns: str
    lookback_days: int = 0
    dates: DateChoice | None = None
    only: tuple[str, ...] = ()

    def is_about(self, owner: Advertiser) -> bool:
        return not self.only or owner.advertiser_id in self.only or owner.name in self.only

    @property
    def needs_first_day(self) -> bool:
        """Whether it is a report of days that nobody has chosen yet."""
        is_report = isinstance(self.stream, ReportStream) and not self.stream.lifetime
        return is_report and (self.dates is None or isinstance(self.dates, Lifetime))
