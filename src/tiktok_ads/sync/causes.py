"""Why a day of a table does not add up to the advertiser's own total, as far as the numbers tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tiktok_ads.sync.days_read import DayRead, Numbers

_LATE_DAYS = 2
"""Some breakdowns come 16 to 24 hours after a day's end, in whatever zone that is."""
Cause = str


@dataclass(frozen=True)
class Circumstances:
    """What is known of a table and advertiser beside the numbers.

    `takes_top_view`: its rows hold TopView. `keeps`: it keeps rows that TikTok gives no longer. `left_out`:
    rows that were forgotten came and were kept out. `splits`: its rows are parts of something, by age or
    country. `today` is the advertiser's.
    """

    today: date
    takes_top_view: bool
    keeps: bool
    left_out: bool
    splits: bool
    include_deleted: bool


@dataclass(frozen=True)
class Compared:
    """A day: what the table holds, what came for it, and what TikTok says of the whole advertiser.

    `theirs` holds TopView, of which there was `top_view`.
    """

    day: date
    ours: Numbers
    came: DayRead
    theirs: Numbers
    top_view: Numbers

    @property
    def agrees(self) -> bool:
        return self.ours == self.theirs


def cause_of(one: Compared, of: Circumstances) -> Cause | None:
    """Why they differ; None if TikTok has to be asked again to know it."""
    came = one.came.sums
    if came is not None and one.ours != came:
        return _cause_here(one, of, came)
    if not of.takes_top_view and _plus(one.ours, one.top_view) == one.theirs:
        return "top_view"
    if one.day >= of.today:
        return "running"
    if of.splits:
        less = _at_most(one.ours, one.theirs)
        return "unexplained" if not less else "late" if _is_young(one.day, of.today) else "breakdown"
    return None


def cause_now(
    one: Compared,
    of: Circumstances,
    *,
    again: Numbers | None,
    by_campaign: Numbers | None,
) -> Cause:
    """Why they differ, once the table's days were asked again, with deleted objects, and the campaigns.

    Args:
        one: the day.
        of: the table and advertiser.
        again: what the table's rows come to now; None if that could not be asked.
        by_campaign: what the campaigns come to now; None if that was not asked.
    """
    less = _at_most(one.ours, one.theirs)
    if again == one.theirs:
        if not of.include_deleted and less:
            return "deleted"
        # Of a day that was read in part, rows of other objects may be wrong for longer.
        return "restated" if one.came.sums is not None else "unexplained"
    if by_campaign == one.theirs and less:
        return "cut"
    return "unexplained"


def _cause_here(one: Compared, of: Circumstances, came: Numbers) -> Cause:
    """What the table holds is not what came for it."""
    fits = came == one.theirs
    if fits and of.left_out and _at_most(one.ours, came):
        return "forgotten"
    if fits and of.keeps and _at_most(came, one.ours):
        return "kept"
    return "unexplained"


def _is_young(day: date, today: date) -> bool:
    return (today - day).days <= _LATE_DAYS


def _plus(left: Numbers, right: Numbers) -> Numbers:
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _at_most(less: Numbers, more: Numbers) -> bool:
    return all(a <= b for a, b in zip(less, more, strict=True))
