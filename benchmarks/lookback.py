"""What a lookback costs in full, and what it costs when only that is read again which has changed."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

import duckdb
import httpx2

from tiktok_ads.config import Settings
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator.app import create_app
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import PLACES, Plot, Size
from tiktok_ads.simulator.world import Restatement
from tiktok_ads.sync import run_sync

_NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
_DAYS, _ADS = 28, 1000
_ADVERTISER = "7000000000000000001"
_TABLES = (
    "ads",
    "ad_insights",
    "ad_insights_by_age_and_gender",
    "ad_insights_by_country",
    "ad_insights_by_platform",
)


@dataclass(frozen=True)
class Saved:
    """Calls for the reports of one run, in full and in the mode `changed`, and the ad-days that were late."""

    how: str
    full: int
    changed: int
    restated: int
    late: int


def lookback_saved() -> list[Saved]:
    """3 % of the ad-days of 1,000 ads and 28 days restated: those of the last days, or of any."""
    os.environ["TIKTOK_ADS_ACCESS_TOKEN"] = "simulator-token"
    return [_measured("mostly of the last week", recent=True), _measured("of any day", recent=False)]


def _measured(how: str, *, recent: bool) -> Saved:
    size = Size(campaigns=20, adgroups_per_campaign=5, ads_per_adgroup=10, history_days=60, few_numbers=True)
    app = create_app([Plot(PLACES[5], size)], options=Options(tier=None), clock=_NOW)
    world = app.state.simulator.world
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # What is loaded until yesterday; the copy is read in full.
        _sync(app, folder / "changed", mode="changed")
        shutil.copytree(folder / "changed", folder / "full")
        ads = [ad for (ad,) in _rows(folder / "changed", "SELECT DISTINCT ad_id FROM ad_insights ORDER BY 1")]
        chosen = _chosen(ads, recent=recent)
        world.restatements += [Restatement(_ADVERTISER, day, day, 900, ad) for ad, day in chosen]
        world.changed()
        changed = _sync(app, folder / "changed", mode="changed")
        full = _sync(app, folder / "full", mode="full")
        late = _apart(folder)
    return Saved(how, _calls(full), _calls(changed), len(chosen), late)


def _chosen(ads: Sequence[str], *, recent: bool) -> set[tuple[str, date]]:
    """Ads and days. Late conversions come mostly within a week: nine of ten of the recent ones do."""
    chance, today = Random(1), _NOW.date()
    wanted = len(ads) * _DAYS * 3 // 100
    chosen: set[tuple[str, date]] = set()
    while len(chosen) < wanted:
        ago = chance.randint(1, 7) if recent and chance.random() < 0.9 else chance.randint(1, _DAYS)
        chosen.add((chance.choice(ads), today - timedelta(days=ago)))
    return chosen


def _sync(app: Any, folder: Path, *, mode: Literal["full", "changed"]) -> RunReport:
    folder.mkdir(exist_ok=True)
    settings = Settings(
        api_url="http://127.0.0.1:9999",
        advertisers=(_ADVERTISER,),
        tables=_TABLES,
        start_date=_NOW.date() - timedelta(days=_DAYS),
        destination=f"duckdb:///{folder / 'out.duckdb'}",
        state_dir=folder,
        tier="ultimate",
        lookback_mode=mode,
    )
    return asyncio.run(
        run_sync(
            settings,
            transport=httpx2.ASGITransport(app=app),
            now=_NOW,
        )
    )


def _calls(report: RunReport) -> int:
    """Without those for lists and accounts, which are the same either way."""
    reports = sum(line.calls for line in report.lines if line.table in _TABLES[1:])
    return reports + report.made.by_purpose.get("compare", 0)


def _rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    with closing(duckdb.connect(str(folder / "out.duckdb"), read_only=True)) as connection:
        connection.execute("SET search_path = 'tiktok_ads'")
        return connection.execute(query).fetchall()


def _apart(folder: Path) -> int:
    """Ad-days that are not yet as the full lookback has them."""
    asked = "SELECT ad_id, stat_time_day, spend, impressions, clicks, conversion FROM ad_insights"
    full, changed = (set(_rows(folder / name, asked)) for name in ("full", "changed"))
    return len({row[:2] for row in full ^ changed})
