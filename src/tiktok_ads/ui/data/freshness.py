"""How complete each table of a dataset is, for every advertiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from tiktok_ads.config import Settings
from tiktok_ads.load.quality import Agrees, agreement, summed_up
from tiktok_ads.load.state import decode
from tiktok_ads.plan import Bookmark
from tiktok_ads.ui.data.reading import SECONDS, Opened, names, opened


@dataclass(frozen=True)
class OwnerDays:
    """How far one owner's rows reach; its days are None while nothing is whole, `at` is of the last load."""

    owner: str
    name: str
    first: date | None
    complete_to: date | None
    at: datetime | None


@dataclass(frozen=True)
class Fresh:
    """How complete one table is: for all owners at least to `complete_to`, for the best to `newest`.

    `behind` are those that are not as far as the others. `agrees` is how the days that were checked add up to
    the owners' totals; None where none was.
    """

    table: str
    rows: int
    first: date | None
    complete_to: date | None
    newest: date | None
    each: tuple[OwnerDays, ...]
    behind: tuple[OwnerDays, ...]
    agrees: Agrees | None = None


def freshness(settings: Settings, *, every: bool = False) -> tuple[Fresh, ...]:
    """What the destination holds of the dataset, table by table; nothing while nothing is loaded.

    Args:
        settings: of the dataset.
        every: all that is loaded there, whatever the dataset chooses.

    Raises:
        ConfigError, NotOurs, DestinationBusy, LoadError: it cannot be looked at now.
    """
    chosen = {stream.name for stream in settings.chosen_streams()} | settings.chosen_reports().keys()
    wanted = None if every else chosen
    with opened(settings) as there:
        if there is None or not there.has("_state"):
            return ()
        marks = _marks(there, wanted, str(settings.redacted()["destination"]))
        rows = _rows(there, [table for table in marks if there.has(table)])
        owners = {mark.advertiser_id for own in marks.values() for mark, _ in own}
        called = names(there, "advertiser_id", owners)
        agrees = _agreement(there)
    return tuple(
        replace(_fresh(table, rows.get(table, 0), own, called), agrees=agrees.get(table))
        for table, own in marks.items()
    )


def _agreement(there: Opened) -> dict[str, Agrees]:
    each: dict[str, list[Agrees]] = {}
    for (table, _), found in agreement(there.reader).items():
        each.setdefault(table, []).append(found)
    return {table: summed_up(found) for table, found in each.items()}


def _marks(
    there: Opened, wanted: set[str] | None, destination: str
) -> dict[str, list[tuple[Bookmark, datetime | None]]]:
    """Each table's bookmarks with the moment of the last load."""
    found: dict[str, list[tuple[Bookmark, datetime | None]]] = {}
    state = there.reader.qualified("_state")
    lines = there.reader.query(
        f"SELECT table_name, advertiser_id, state, format, updated_at FROM {state} ORDER BY 1, 2",
        seconds=SECONDS,
    )
    for line in lines.to_pylist():
        if wanted is not None and line["table_name"] not in wanted:
            continue
        key = (str(line["table_name"]), str(line["advertiser_id"]))
        mark = decode(line["state"], line["format"], key=key, destination=destination)
        at = line["updated_at"]
        found.setdefault(key[0], []).append((mark, at.replace(tzinfo=UTC) if at else None))
    return found


def _rows(there: Opened, tables: Sequence[str]) -> dict[str, int]:
    if not tables:
        return {}
    asked = ", ".join(
        f"(SELECT count(*) FROM {there.reader.qualified(table)}) AS n{at}" for at, table in enumerate(tables)
    )
    counted = there.reader.query(f"SELECT {asked}", seconds=SECONDS).to_pylist()[0]
    return {table: int(counted[f"n{at}"]) for at, table in enumerate(tables)}


def _fresh(
    table: str, rows: int, marks: Sequence[tuple[Bookmark, datetime | None]], called: Mapping[str, str]
) -> Fresh:
    each = tuple(
        OwnerDays(
            mark.advertiser_id,
            called.get(mark.advertiser_id, ""),
            mark.days[0].first if mark.days else None,
            _end(mark),
            at,
        )
        for mark, at in marks
    )
    ends = [one.complete_to for one in each if one.complete_to]
    newest = max(ends, default=None)
    # Zones differ by a day at most; whoever is further behind than that lacks something.
    behind = tuple(
        one
        for one in each
        if one.complete_to is None or (newest is not None and (newest - one.complete_to).days > 1)
    )
    first = min((one.first for one in each if one.first), default=None)
    return Fresh(table, rows, first, min(ends) if len(ends) == len(each) else None, newest, each, behind)


def _end(mark: Bookmark) -> date | None:
    if mark.days:
        return mark.days[-1].last
    return mark.full_list_at.date() if mark.full_list_at else None
