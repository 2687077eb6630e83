"""Which day it is: TikTok's answer counts where this machine's clock is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.worlds import EAST_AND_WEST, FIRST, NOW, SECOND, TABLES, TOKEN, Desk, desk
from tiktok_ads.plan import local_today
from tiktok_ads.runreport import RunReport
from tiktok_ads.sync import run_sync


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    return desk(tmp_path, EAST_AND_WEST)


def synced(at: Desk, now: datetime | None = None) -> RunReport:
    settings = at.settings(start_date="2026-09-10", tables=("ad_insights", "campaigns"))
    return asyncio.run(run_sync(settings, transport=at.line, gate=at.gate, now=now, sleep=at.clock.sleep))


def test_days_are_counted_by_tiktoks_clock(at: Desk) -> None:
    """A machine whose clock is weeks off neither loses the newest days nor asks for days to come."""
    assert abs(datetime.now(UTC) - NOW) > timedelta(hours=1)
    report = synced(at)
    zones = {one.id: one.place.zone for one in at.world.advertisers.values()}
    complete = {line.advertiser_id: line.complete_to for line in report.lines if line.table == "ad_insights"}
    assert complete == {one: local_today(zones[one], NOW) for one in (FIRST, SECOND)}
    assert any("clock" in note.text for note in report.notes)
    assert report.outcome == "complete"


def test_a_clock_that_agrees_is_not_mentioned(at: Desk) -> None:
    """Nobody is told of seconds, and a moment that is given is taken as it is."""
    report = synced(at, now=NOW)
    assert not any("clock" in note.text for note in report.notes)
    assert set(TABLES) > {line.table for line in report.lines}
