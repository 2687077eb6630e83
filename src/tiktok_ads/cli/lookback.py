"""`tiktok-ads lookback`: how long days go on changing, and how many of them each account must read again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import WHERE, AsJson, with_settings

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings
    from tiktok_ads.plan.restatement import Curve

_SHOWN = (1, 3, 7, 14, 21)


@with_settings(*WHERE, "tables", "advertisers", "lookback_days")
def lookback(settings: Settings, *, json: AsJson = False) -> int:
    """Show how long days go on changing after they are over, and the lookback that each account needs.

    It reads what past syncs wrote down and asks nothing of TikTok. Shares are of spend.

    \b
    Example:
      tiktok-ads lookback --table ad_insights --destination duckdb:///ads.duckdb
    """
    from tiktok_ads.config.table import ALL
    from tiktok_ads.load.reading import open_reader
    from tiktok_ads.load.restated import days_seen
    from tiktok_ads.plan.restatement import curve

    names = {*(stream.name for stream in settings.chosen_streams()), *settings.chosen_reports()}
    with open_reader(settings.destination, schema=settings.schema_name) as reader:
        seen = days_seen(reader, names)
    curves = {
        (table, advertiser_id): curve(days, lookback_days=settings.lookback_for(table))
        for (table, advertiser_id), days in seen.items()
        if ALL in settings.advertisers or advertiser_id in settings.advertisers
    }
    if json:
        lines = [{"table": table, "advertiser_id": one, **_told(of)} for (table, one), of in curves.items()]
        print_json({"lookback": lines})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    headings = [f"open after {age} d" for age in _SHOWN]
    shown = grid("table", "advertiser", "days", *headings, "lookback", right=("days", *headings, "lookback"))
    for (table, advertiser_id), of in curves.items():
        by_age = {one.age: one.open_share.get("spend") for one in of.after}
        shares = [by_age.get(age) for age in _SHOWN]
        cells = ["–" if share is None else f"{share:.2%}" for share in shares]
        shown.add_row(table, advertiser_id, f"{of.days:,}", *cells, _suggested(of))
    console().print(shown if curves else "No report is loaded yet. Run `tiktok-ads sync`.")
    if any(of.lookback is None for of in curves.values()):
        console().print("– too few days were watched from their beginning to the end of their lookback yet.")
    return COMPLETE


def _suggested(of: Curve) -> str:
    if of.lookback is None:
        return "–"
    return f"more than {of.lookback}" if of.is_longer else str(of.lookback)


def _told(of: Curve) -> dict[str, object]:
    after = [
        {**asdict(one), "open_share": {name: float(share) for name, share in one.open_share.items()}}
        for one in of.after
    ]
    return {"days": of.days, "after": after, "lookback_days": of.lookback, "is_longer": of.is_longer}
