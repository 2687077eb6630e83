"""How long days go on changing: told from what syncs saw, and what lookback an account needs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.worlds import FIRST, SMALL, desk
from tiktok_ads.cli.main import app
from tiktok_ads.load.reading import open_reader
from tiktok_ads.load.restated import days_seen
from tiktok_ads.plan.restatement import Seen, curve
from tiktok_ads.simulator.presets import PLACES, Plot

TODAY = date(2026, 9, 30)
DAY = timedelta(days=1)


def days_that_grow(until: int, *, days: int = 60) -> list[Seen]:
    """Each day comes to 100 on its second day, and to 110 when it is `until` days old."""
    return [
        Seen(TODAY - ago * DAY, age, {"spend": Decimal(value)})
        for ago in range(days, 0, -1)
        for age, value in ((1, 100), (until, 110))
        if age <= ago
    ]


@pytest.mark.parametrize(("until", "wanted"), [(2, 3), (5, 6), (12, 15)])
def test_the_lookback_reaches_as_far_as_days_change(until: int, wanted: int) -> None:
    """A day that grows until it is five days old must be read again for six."""
    found = curve(days_that_grow(until), lookback_days=28)
    assert (found.lookback, found.is_longer) == (wanted, False)
    shares = {one.age: one.open_share["spend"] for one in found.after}
    assert shares[1] == Decimal(10) / Decimal(110)
    assert shares[21] == 0


def test_days_that_still_change_at_the_end_of_the_lookback_ask_for_a_longer_one() -> None:
    """What is not read again cannot be seen to change: the lookback in use is no answer then."""
    found = curve(days_that_grow(27), lookback_days=28)
    assert found.is_longer
    assert found.lookback == 28


def test_few_days_give_no_advice() -> None:
    """Ten days tell what happened, not what is usual."""
    found = curve(days_that_grow(5, days=30), lookback_days=21)
    assert (found.days, found.lookback) == (10, None)


def test_days_that_were_loaded_late_are_not_counted() -> None:
    """A first load shows old days as they ended up, not as they grew."""
    late = [Seen(TODAY - ago * DAY, ago, {"spend": Decimal(5)}) for ago in range(300, 30, -1)]
    assert curve(late, lookback_days=28).days == 0


def test_what_syncs_saw_day_by_day_is_what_the_command_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conversions of the simulator grow for days; spend is corrected once, then nearly settled."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    tables = ("advertisers", "ad_insights")
    it = desk(tmp_path, (Plot(PLACES[5], SMALL),), tables=tables, lookback_days=10, start_date="2026-08-20")
    it.pass_days(-28)
    for _ in range(34):
        assert it.sync().outcome == "complete"
        it.pass_days(1)
    with open_reader(f"duckdb:///{it.file}") as reader:
        seen = days_seen(reader, ["ad_insights"])["ad_insights", FIRST]
    grown = curve(seen, lookback_days=10)
    assert grown.days >= 14
    shares = [one.open_share["conversion"] for one in grown.after]
    assert shares[0] > shares[3] > shares[5] > 0
    newest = {one.day: one.sums["spend"] for one in seen}
    held = dict(it.rows("SELECT stat_time_day, sum(spend) FROM ad_insights GROUP BY 1"))
    assert {day: newest[day] for day in held} == held

    monkeypatch.chdir(tmp_path)
    asked = ["lookback", "--table", "ad_insights", "--destination", f"duckdb:///{it.file}"]
    told = CliRunner().invoke(app, [*asked, "--lookback-days", "10", "--json"])
    assert told.exit_code == 0, told.output
    (line,) = json.loads(told.stdout)["lookback"]
    assert line["advertiser_id"] == FIRST
    assert [round(one["open_share"]["conversion"], 9) for one in line["after"]] == [
        round(float(share), 9) for share in shares
    ]
    words = CliRunner().invoke(app, [*asked, "--lookback-days", "10"])
    assert FIRST in words.stdout
    assert "%" in words.stdout
