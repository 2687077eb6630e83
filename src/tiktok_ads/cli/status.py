"""`tiktok-ads status`: how far and how truly each table is loaded, and what a day was known to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import WHERE, AsJson, with_settings
from tiktok_ads.cli.state import is_meant, tables_meant

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings
    from tiktok_ads.load.quality import Agrees
    from tiktok_ads.plan import Bookmark


@with_settings(*WHERE, "tables", "advertisers", "state_dir")
def status(
    settings: Settings,
    *,
    day: Annotated[
        str | None, typer.Option("--day", metavar="DAY", help="What this report day added up to instead.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DAY", help="With --day: as it was known at the end of this day (UTC)."
        ),
    ] = None,
    json: AsJson = False,
) -> int:
    """Show up to which day each table is complete, and how its days agree with TikTok's totals.

    \b
    Example:
      tiktok-ads status --destination duckdb:///ads.duckdb
      tiktok-ads status --day 2026-09-01 --as-of 2026-09-05
    """
    if day is not None or as_of is not None:
        return _known(settings, day, as_of, json=json)
    from tiktok_ads.load import open_destination

    with open_destination(settings.destination, schema=settings.schema_name, read_only=True) as held:
        bookmarks = held.bookmarks()
    agrees = _agreement(settings)
    wanted = tables_meant(settings)
    lines = [
        (_line(bookmark), agrees.get((table, advertiser_id)))
        for (table, advertiser_id), bookmark in sorted(bookmarks.items())
        if table in wanted and is_meant(advertiser_id, settings)
    ]
    if json:
        told = [{**line, "agrees": asdict(found) if found else None} for line, found in lines]
        print_json({"destination": settings.redacted()["destination"], "tables": told})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    table = grid(
        "table", "advertiser", "complete to", "loaded days", "read again from", "last full list", "agrees"
    )
    for line, found in lines:
        table.add_row(*(str(value or "–") for value in (*line.values(), found or "")))
    console().print(table if lines else "Nothing is loaded yet. Run `tiktok-ads sync`.")
    return COMPLETE


def _agreement(settings: Settings) -> Mapping[tuple[str, str], Agrees]:
    """How the checked days agree; nothing where the destination cannot be asked."""
    from tiktok_ads.errors import TikTokAdsError
    from tiktok_ads.load.quality import agreement
    from tiktok_ads.load.reading import open_reader

    try:
        with open_reader(settings.destination, schema=settings.schema_name) as reader:
            return agreement(reader)
    except TikTokAdsError:
        return {}


def _known(settings: Settings, day: str | None, as_of: str | None, *, json: bool) -> int:
    """What a report day added up to, as it was known on an earlier day."""
    from tiktok_ads.errors import ConfigError
    from tiktok_ads.load.quality import known_on
    from tiktok_ads.load.reading import open_reader
    from tiktok_ads.runreport import plain

    if day is None:
        raise ConfigError("--as-of says when; add --day for the report day.")
    try:
        chosen, when = (
            date.fromisoformat(day),
            date.fromisoformat(as_of) if as_of else date.max - timedelta(days=1),
        )
    except ValueError as error:
        raise ConfigError(f"{error}: a day is written like 2026-09-01.") from None
    wanted = tables_meant(settings)
    with open_reader(settings.destination, schema=settings.schema_name) as reader:
        found = [
            row
            for row in known_on(reader, chosen, when).to_pylist()
            if row["table_name"] in wanted and is_meant(row["advertiser_id"], settings)
        ]
    if json:
        print_json({"day": day, "as_of": as_of, "tables": [plain(row) for row in found]})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    numbers = ("rows", "spend", "impressions", "clicks")
    table = grid("table", "advertiser", "known since", *numbers, right=numbers)
    for row in found:
        told = [_number(row[name], places=2 if name == "spend" else 0) for name in numbers]
        table.add_row(row["table_name"], row["advertiser_id"], f"{row['synced_at']:%Y-%m-%d %H:%M}", *told)
    console().print(table if found else f"Nothing was known of {day} then.")
    return COMPLETE


def _number(value: Decimal | int | None, *, places: int) -> str:
    return "–" if value is None else f"{value:,.{places}f}"


def _line(bookmark: Bookmark) -> dict[str, object]:
    days = bookmark.days
    listed = bookmark.full_list_at
    complete_to = days[0].last if days else None
    for before, after in pairwise(days):
        # Days of another definition touch without a gap; what comes after a gap does not count.
        if (after.first - before.last).days > 1:
            break
        complete_to = after.last
    if complete_to is None and listed is not None:
        complete_to = listed.date()
    return {
        "table": bookmark.stream,
        "advertiser_id": bookmark.advertiser_id,
        "complete_to": complete_to,
        "loaded_days": sum((one.last - one.first).days + 1 for one in days) or None,
        "read_again_from": bookmark.unsettled,
        "full_list_at": listed.isoformat(timespec="seconds") if listed else None,
    }
