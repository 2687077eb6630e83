"""What is asked of a report slice and what comes of it, apart from how it is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from tiktok_ads.catalog.model import Field
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.extract.calls import Tally
from tiktok_ads.extract.pages import Rows
from tiktok_ads.plan import Window, windows


class SliceTooLong(TikTokAdsError):
    """The slice has more rows than are held at once: read and load it in steps of `days`.

    `remember` is how the report had to be cut so far.
    """

    def __init__(self, days: int, remember: str = "") -> None:
        super().__init__(days, remember)
        self.days, self.remember = days, remember


@dataclass(frozen=True)
class ReportQuestion:
    """What a report slice needs beyond itself.

    `fields` are the columns, `metrics` those asked of TikTok. `campaign_ids` gives the advertiser's
    campaigns that had rows in a window (None: ever), for cutting. `totals` gives what the rows must add up
    to; None where nothing tells. `remembered` says how the advertiser's reports of this stream had to be
    cut before. With `in_steps` more rows than are held at once raise `SliceTooLong`
    instead of being gathered. `whole` raises what would have the report cut; without `tasks` it is never
    asked as an asynchronous one. With `ids_alone` only the objects matter, so that days may be cut although
    rows sum them up. `objects` gives the ids that had rows at the report's own level, for reports of which
    TikTok takes only so many at a time.
    """

    fields: tuple[Field, ...]
    metrics: tuple[str, ...]
    include_deleted: bool
    top_view: bool
    currency: str | None
    campaign_ids: Callable[[Window | None, Tally], Awaitable[list[str]]]
    totals: Callable[[Window, Tally], Awaitable[dict[str, Decimal] | None]] | None
    remembered: str = ""
    in_steps: bool = False
    whole: bool = False
    tasks: bool = True
    ids_alone: bool = False
    objects: Callable[[Window | None, Tally], Awaitable[list[str]]] | None = None


@dataclass
class ReportAnswer:
    """The rows of a slice, and what is to be said of them.

    `refused` are metrics that TikTok did not accept, `absent` those that it took and sent in no row;
    `lacking` are those that an asynchronous report cannot give. `doubt` says why the rows are not known to
    be complete; "" if they are. `remember` is how the report had to be cut. `apart` are the rows of TopView,
    which stand in no total of the advertiser.
    """

    rows: Rows
    refused: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    by_task: bool = False
    doubt: str = ""
    remember: str = ""
    apart: pa.Table | None = None

    def apart_of(self, column: str) -> Decimal:
        """What TopView adds to a column."""
        return Decimal(0) if self.apart is None else summed(self.apart, column)


@dataclass(frozen=True)
class Cut:
    """How reports must be cut: by "days" or by "campaigns", `days` at a time (0: as many as there are).

    By "ids" means by the objects that they are about, of which there were `days`. `alone` are campaigns that
    TikTok cuts even by themselves; only the asynchronous report has them whole.
    """

    how: str = ""
    days: int = 0
    alone: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Cut:
        how, days, alone = [*text.split(":"), "", ""][:3]
        return cls(how, int(days or 0), tuple(alone.split(",")) if alone else ())

    def __str__(self) -> str:
        if not self.how:
            return ""
        return f"{self.how}:{self.days}" + (f":{','.join(self.alone)}" if self.alone else "")

    def windows(self, window: Window | None) -> list[Window | None]:
        """The parts; a report without days, or one that sums them up, is never cut by them."""
        return [window] if window is None else [*windows(window.first, window.last, self.days or window.days)]


def summed(table: pa.Table, column: str) -> Decimal:
    """Exact sum of a money or count column; 0 if it holds nothing."""
    return Decimal(pc.sum(table[column]).as_py() or 0)
