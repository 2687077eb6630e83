"""What a dataset has loaded, and how complete each of its tables is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tiktok_ads.config import Settings
from tiktok_ads.errors import TikTokAdsError
from tiktok_ads.load import exists, open_destination
from tiktok_ads.plan import Bookmark


@dataclass(frozen=True)
class Fresh:
    """How complete one table is: for all `owners` at least to `complete_to`, for the best to `newest`.

    `behind` are those that are not as far as the others, None standing for one that has nothing whole yet.
    """

    table: str
    owners: int
    first: date | None
    complete_to: date | None
    newest: date | None
    behind: tuple[tuple[str, date | None], ...]


@dataclass(frozen=True)
class Held:
    """What a dataset has loaded. `problem` says why it cannot be told now."""

    rows: Mapping[str, int]
    fresh: tuple[Fresh, ...]
    problem: str = ""


def held(settings: Settings) -> Held:
    """What the destination holds of the dataset; the file is open only meanwhile."""
    names = {stream.name for stream in settings.chosen_streams()} | settings.chosen_reports().keys()
    try:
        if not exists(settings.destination):
            return Held({}, ())
        with open_destination(settings.destination, schema=settings.schema_name, read_only=True) as opened:
            marks = opened.bookmarks()
            rows = {
                table: opened.count_rows(table, "*", None)
                for table in sorted({table for table, _ in marks} & names)
            }
    except TikTokAdsError as error:
        return Held({}, (), str(error))
    by_table: dict[str, list[Bookmark]] = {}
    for (table, _), mark in sorted(marks.items()):
        if table in names:
            by_table.setdefault(table, []).append(mark)
    return Held(rows, tuple(_fresh(table, own) for table, own in by_table.items()))


def _fresh(table: str, marks: Sequence[Bookmark]) -> Fresh:
    ends = {mark.advertiser_id: _end(mark) for mark in marks}
    known = [day for day in ends.values() if day]
    newest = max(known, default=None)
    # Zones differ by a day at most; whoever is further behind than that lacks something.
    behind = [(one, day) for one, day in ends.items() if day is None or (newest and (newest - day).days > 1)]
    firsts = [mark.days[0].first for mark in marks if mark.days]
    least = min(known) if len(known) == len(ends) else None
    return Fresh(table, len(ends), min(firsts, default=None), least, newest, tuple(behind))


def _end(mark: Bookmark) -> date | None:
    if mark.days:
        return mark.days[-1].last
    return mark.full_list_at.date() if mark.full_list_at else None
