"""The unit of work, and what a plan must know of advertisers and streams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo

from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.plan.windows import Window, windows


@dataclass(frozen=True)
class Advertiser:
    """An ad account as the plan needs it.

    `zone` is an IANA name; `zone_known` is False where TikTok did not tell and UTC stands in.
    `created` is the account's first local day, None if unknown.
    """

    advertiser_id: str
    name: str
    zone: str
    currency: str | None
    created: date | None = None
    zone_known: bool = True


@dataclass(frozen=True, slots=True)
class Only:
    """The objects whose rows alone are meant: those with `ids` in `column`, campaign_id or ad_id."""

    column: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One stream × one advertiser × one window (reports) or one list (entities): a unit of work.

    `advertiser_id` is the id of whoever owns the rows: for some reports that is a Business Center.
    `modified_after` asks an entity list only for what changed since then; None asks for all of it.
    `reason` says why it is read: new, lookback, gap, definition, backfill, full, changed, chosen, lifetime.
    `only` are the objects whose rows alone are read and replaced, in days that are loaded; None means all.
    """

    stream: Stream
    advertiser_id: str
    window: Window | None = None
    modified_after: datetime | None = None
    shape: str = ""
    columns: str = ""
    reason: str = "new"
    only: Only | None = None

    def __hash__(self) -> int:
        # A stream has a hundred columns; hashing them for each of a hundred thousand slices takes seconds.
        return hash((self.stream.name, self.advertiser_id, self.window, self.modified_after, self.only))

    @property
    def is_complete_list(self) -> bool:
        return self.window is None and self.modified_after is None

    @property
    def held(self) -> Window | None:
        """The days whose rows it replaces; None where it replaces all rows of its owner."""
        dated = not isinstance(self.stream, ReportStream) or self.stream.day_column
        return self.window if dated else None

    def __str__(self) -> str:
        what = f" {self.window}" if self.window else ""
        if self.only:
            what += f" for {len(self.only.ids)} values of {self.only.column}"
        owner = "Business Center" if self.stream.owner == "business_center" else "advertiser"
        return f"{self.stream.name} of {owner} {self.advertiser_id}{what}"


def local_today(zone: str, now: datetime) -> date:
    """The day that it is in the advertiser's own calendar.

    Args:
        zone: IANA name.
        now: an aware moment.
    """
    return now.astimezone(ZoneInfo(zone)).date()


def steps(piece: Slice, days: int) -> list[Slice]:
    """A report slice as slices of at most `days` days, in time order."""
    if piece.window is None:
        raise ValueError(f"{piece} has no days to be cut by")
    return [replace(piece, window=cut) for cut in windows(piece.window.first, piece.window.last, days)]


def in_turns(rows: Iterable[Sequence[Slice]]) -> list[Slice]:
    """The first slice of every owner, then the second of each that has one, and so on.

    An owner whose slices take long, or fail slowly, then keeps one reader busy and not all of them.
    """
    return [piece for turn in zip_longest(*rows) for piece in turn if piece is not None]
