"""What is worth knowing about a run although nothing failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from tiktok_ads.load import Destination
from tiktok_ads.plan import Advertiser, Bookmark, Slice, windows
from tiktok_ads.plan.dates import resolve_each
from tiktok_ads.runreport import Note
from tiktok_ads.sync.coverage import money
from tiktok_ads.sync.tables import Table


def columns_changed(
    slices: Iterable[Slice], tables: Mapping[str, Table], bookmarks: Mapping[tuple[str, str], Bookmark]
) -> list[Note]:
    """Days that were loaded with other metrics and are not read in this run, with what reading them costs."""
    from_day: dict[tuple[str, str], date] = {}
    for piece in slices:
        if piece.window:
            key = (piece.stream.name, piece.advertiser_id)
            from_day[key] = min(from_day.get(key, piece.window.first), piece.window.first)
    days: dict[str, int] = defaultdict(int)
    calls: dict[str, int] = defaultdict(int)
    for (name, advertiser_id), bookmark in bookmarks.items():
        table = tables.get(name)
        if table is None or table.stream.max_window_days is None:
            continue
        begin = from_day.get((name, advertiser_id))
        for loaded in bookmark.days:
            last = min(loaded.last, begin) if begin else loaded.last
            if loaded.columns == table.wanted.columns or last < loaded.first:
                continue
            cut = windows(loaded.first, last, table.stream.max_window_days)
            days[name] += sum(one.days for one in cut)
            calls[name] += len(cut)
    return [
        Note(
            f"{days[name]} days were loaded with other metrics: a metric added since is NULL there. "
            f"`tiktok-ads backfill --table {name}` reads them again in about {calls[name]} calls.",
            name,
        )
        for name in days
        if days[name]
    ]


def said_of(tables: Iterable[Table], advertisers: Sequence[Advertiser], now: datetime) -> list[Note]:
    """What is to be said of tables before they are read: how they are asked for, and for which days."""
    found: list[Note] = []
    for table in tables:
        found += [Note(text, table.name) for text in table.notes]
        dates = table.wanted.dates
        if dates is not None and table.stream.owner == "advertiser":
            whose = [one for one in advertisers if table.wanted.is_about(one)]
            found += [Note(text, table.name) for text in resolve_each(dates, whose, now=now).notes]
    return found


def uncovered(
    destination: Destination, tables: Mapping[str, Table], advertisers: Mapping[str, Advertiser]
) -> list[Note]:
    """Spend whose ad stands in no entity table: upgraded Smart+ creatives, Promote and the like."""
    if not {"ads", "ad_insights"} <= tables.keys():
        return []
    return [
        Note(
            f"{money(amount, advertisers[advertiser_id].currency)} of spend in ad_insights belongs to "
            f"{ads} ad ids that ads does not list (creatives of upgraded Smart+ campaigns, Promote).",
            "ad_insights",
            advertiser_id,
        )
        for advertiser_id, ads, amount in destination.spend_without_ad()
        # Others are in the same database by another login, which says it of its own.
        if advertiser_id in advertisers
    ]
