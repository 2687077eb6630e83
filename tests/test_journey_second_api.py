"""Whole journeys over TCP, through the command line, against an API that shares no line with the product."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.second_api import SecondApi, days_asked_twice
from tests.second_api.copy import TABLE_NAMES, content, daily_sums_in, differences, rows_in
from tests.second_api.facts import TABLES
from tests.second_api.truth import Row
from tests.second_api.world import CLOSED, KIRITIMATI, LARGE, NEW_YORK, QUIET, WESTERNMOST

COMMAND = Path(sys.executable).with_name("tiktok-ads")
BEFORE_ALL = date(2026, 1, 1)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True)
class Desk:
    """A user's folder with nothing in it, and the API that she points us at."""

    folder: Path
    api: SecondApi

    @property
    def file(self) -> Path:
        return self.folder / "out.duckdb"

    def sync(self, *said: str, advertisers: list[str] | None = None, **environment: str) -> Ran:
        chosen = self.api.granted if advertisers is None else advertisers
        named = [part for one in chosen for part in ("--advertiser", one)]
        where = ("--api-url", self.api.url, "--destination", "duckdb:///out.duckdb")
        return self.run("sync", *where, "--json", *named, *said, **environment)

    def run(self, *said: str, **environment: str) -> Ran:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TZ": "UTC",
            "TIKTOK_ADS_STATE_DIR": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "TIKTOK_ADS_ACCESS_TOKEN": self.api.token,
            **environment,
        }
        done = subprocess.run(
            [str(COMMAND), *said],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in ran.out + ran.err
        assert self.api.token not in ran.out + ran.err
        assert self.api.secret not in ran.out + ran.err
        return ran

    def wrong(
        self,
        *,
        first: date | None = None,
        last: date | None = None,
        advertisers: list[str] | None = None,
        tables: tuple[str, ...] = TABLE_NAMES,
    ) -> list[str]:
        """Every difference between tables and truth; reports from `first` to `last` in any calendar."""
        found = []
        for table in tables:
            truth = [row for row in self.api.truth(table, advertisers) if _is_within(row, first, last)]
            found += differences(self.file, table, truth)
        return found


def _is_within(row: Row, first: date | None, last: date | None) -> bool:
    day = str(row.get("stat_time_day") or "")[:10]
    return not day or ((first is None or day >= str(first)) and (last is None or day <= str(last)))


def quick(**changes: Any) -> SecondApi:
    """A server with the widest quota, so that the journeys are short; `--tier ultimate` keeps within it.

    It stamps calls in threads that a busy machine holds up, so a few more may seem to fall into one second.
    """
    return SecondApi(per_second=60, per_minute=3000, **changes)


WIDE = ("--tier", "ultimate")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with quick(large_ads=60) as api:
        yield Desk(tmp_path, api)


def since(days: int) -> tuple[str, str]:
    return "--start-date", str(datetime.now(UTC).date() - timedelta(days=days))


def _named(tables: tuple[str, ...]) -> list[str]:
    return [part for table in tables for part in ("--table", table)]


def nothing_undocumented(api: SecondApi) -> None:
    assert [f"{a.path} {a.params} → {a.message}" for a in api.refusals] == []
    assert api.breaches == []


def test_nine_tables_equal_the_truth_and_stay_true(tmp_path: Path) -> None:
    """Every cell is TikTok's, and is so again after days, deletions and restatements."""
    now = datetime.now(UTC)
    with quick(clock=now - timedelta(days=6), large_ads=60) as api:
        desk = Desk(tmp_path, api)
        last = api.today(WESTERNMOST)
        first = last - timedelta(days=60)
        ran = desk.sync(*WIDE, "--start-date", str(first), "--end-date", str(last))
        assert ran.code == 0, ran.err
        assert ran.report["outcome"] == "complete"
        _equals(desk, last)
        assert days_asked_twice(api.requests) == []
        nothing_undocumented(api)

        api.clock = now
        spent = rows_in(desk.file, "ad_insights")
        deleted = _change_the_past(api, {str(row["ad_id"]) for row in spent})
        ran = desk.sync(*WIDE, "--start-date", str(first))
        assert ran.code == 0, ran.err
        _equals(desk, None)
        for ad_id in deleted:
            assert [row for row in rows_in(desk.file, "ad_insights") if row["ad_id"] == ad_id]
        nothing_undocumented(api)

        before = content(desk.file)
        asked = len(api.requests)
        ran = desk.sync(*WIDE, "--start-date", str(first))
        assert ran.code == 0, ran.err
        assert content(desk.file) == before
        assert {key: ran.report["rows"][key] for key in ("inserted", "updated", "deleted")} == {
            "inserted": 0,
            "updated": 0,
            "deleted": 0,
        }
        assert days_asked_twice(api.requests[asked:]) == []
        nothing_undocumented(api)


def _change_the_past(api: SecondApi, spenders: set[str]) -> list[str]:
    """Delete two ads, a campaign and lose an ad without a trace; restate the last weeks."""
    deleted = []
    for advertiser_id in (KIRITIMATI, NEW_YORK):
        ads = [api.world.ads[key] for key in sorted(spenders)]
        mine = [ad for ad in ads if ad.advertiser_id == advertiser_id]
        api.delete_ad(mine[0].key)
        api.vanish_ad(mine[1].key)
        deleted += [mine[0].key, mine[1].key]
        campaign = next(ad.campaign_id for ad in reversed(mine) if ad.campaign_id != mine[0].campaign_id)
        api.delete_campaign(campaign)
        assert all(api.restate(advertiser_id, days_ago=range(7, 33)).values())
    return deleted


def _equals(desk: Desk, last: date | None) -> None:
    """The tables equal the truth cell by cell, and as sums by advertiser and day."""
    assert desk.wrong(last=last)[:20] == []
    for table in TABLES:
        sums = desk.api.sums(table)
        if last is not None:
            sums = {key: value for key, value in sums.items() if key[1] <= str(last)}
        assert daily_sums_in(desk.file, table) == sums


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_hosts_zone_changes_nothing(desk: Desk, zone: str) -> None:
    """Days are the accounts' own, wherever the machine stands."""
    chosen = [KIRITIMATI, WESTERNMOST]
    ran = desk.sync(*WIDE, *since(6), advertisers=chosen, TZ=zone)
    assert ran.code == 0, ran.err
    first = datetime.now(UTC).date() - timedelta(days=6)
    assert desk.wrong(first=first, advertisers=chosen)[:10] == []
    nothing_undocumented(desk.api)


def test_every_granted_advertiser_is_found(desk: Desk) -> None:
    """`all` with App ID and secret is every account that the login grants."""
    ran = desk.sync(
        *WIDE, *since(10), *_named(("advertisers", "campaigns", "campaign_insights_by_prov*")),
        advertisers=["all"], TIKTOK_ADS_APP_ID=desk.api.app_id, TIKTOK_ADS_APP_SECRET=desk.api.secret,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert {row["advertiser_id"] for row in rows_in(desk.file, "advertisers")} == set(desk.api.granted)
    assert differences(desk.file, "campaigns", desk.api.truth("campaigns"))[:10] == []
    nothing_undocumented(desk.api)


@pytest.mark.parametrize("environment", [{}, {"TIKTOK_ADS_APP_ID": "7300000000000000001"}])
def test_all_needs_app_and_secret(desk: Desk, environment: dict[str, str]) -> None:
    """With a bare token advertisers are named, and the error says so."""
    ran = desk.sync(*since(10), advertisers=["all"], **environment)
    assert ran.code == 2
    assert "--advertiser" in ran.err
    assert not desk.file.exists()


def test_one_closed_advertiser_leaves_the_others_whole(desk: Desk) -> None:
    """What is not granted is named; everybody else is complete, and the run is partial."""
    ran = desk.sync(*WIDE, *since(6), advertisers=[KIRITIMATI, CLOSED, WESTERNMOST])
    assert ran.code == 3, ran.err
    assert ran.report["outcome"] == "partial"
    assert {one["advertiser_id"] for one in ran.report["skipped"]} == {CLOSED}
    assert all(one["remedy"] and one["request_id"] for one in ran.report["skipped"])
    first = datetime.now(UTC).date() - timedelta(days=6)
    assert desk.wrong(first=first, advertisers=[KIRITIMATI, WESTERNMOST])[:10] == []
    nothing_undocumented(desk.api)


def test_only_closed_advertisers_write_nothing(desk: Desk) -> None:
    """Nobody to read is bad usage: no file appears."""
    ran = desk.sync(*since(5), advertisers=[CLOSED, "7999999999999999999"])
    assert ran.code == 2
    assert CLOSED in ran.err
    assert not desk.file.exists()


def test_a_wrong_token_writes_nothing(desk: Desk) -> None:
    """A token that TikTok does not know ends the run before anything is written."""
    ran = desk.sync(*since(5), TIKTOK_ADS_ACCESS_TOKEN="not-the-token")
    assert ran.code == 2
    assert "connect" in ran.err
    assert not desk.file.exists()
    assert "not-the-token" not in ran.out + ran.err
    assert len(desk.api.requests) <= 3


def test_a_start_before_the_account_existed_is_no_error(desk: Desk) -> None:
    """Windows begin with the account; no call asks for days before it."""
    ran = desk.sync(*WIDE, "--start-date", str(BEFORE_ALL), advertisers=[QUIET])
    assert ran.code == 0, ran.err
    assert desk.wrong(advertisers=[QUIET])[:10] == []
    assert [a.params for a in desk.api.requests if a.off_calendar] == []
    nothing_undocumented(desk.api)


def test_spend_that_no_table_covers_is_named(desk: Desk) -> None:
    """GMV Max stands in no table; the run report says how much it was."""
    ran = desk.sync(*WIDE, *since(30), "--table", "ad_insights", advertisers=[NEW_YORK])
    assert ran.code == 0, ran.err
    assert [note["advertiser_id"] for note in ran.report["notes"] if "987.65 EUR" in note["text"]] == [
        NEW_YORK
    ]
    nothing_undocumented(desk.api)


def test_days_that_begin_earlier_are_read_in(desk: Desk) -> None:
    """An earlier start date fills the days before, and asks for no day in between again."""
    chosen, tables = [WESTERNMOST], ("campaigns", "adgroups", "ads", "ad_insights", "ad_insights_by_country")
    said = [*WIDE, "--lookback-days", "0", *_named(tables)]
    assert desk.sync(*said, *since(10), advertisers=chosen).code == 0
    asked = len(desk.api.requests)
    assert desk.sync(*said, *since(70), advertisers=chosen).code == 0
    assert desk.wrong(advertisers=chosen, tables=tables)[:10] == []
    today = desk.api.today(WESTERNMOST)
    late = [a for a in desk.api.requests[asked:] if a.window and a.window[0] > today - timedelta(days=10)]
    assert all(a.window and a.window[0] >= today - timedelta(days=1) for a in late)
    nothing_undocumented(desk.api)


@pytest.mark.parametrize("changes", [{"heavy_days": 4}, {"ads_cut": 5}])
def test_too_large_reports_are_split(tmp_path: Path, changes: dict[str, int]) -> None:
    """Where TikTok refuses or cuts a report, it is asked in parts until nothing is missing."""
    tables = ("campaigns", "adgroups", "ads", "ad_insights", "ad_insights_by_age_and_gender")
    with quick(large_ads=60, **changes) as api:
        desk = Desk(tmp_path, api)
        ran = desk.sync(*WIDE, *since(70), *_named(tables), advertisers=[KIRITIMATI])
        assert ran.code == 0, ran.err
        assert desk.wrong(advertisers=[KIRITIMATI], tables=tables)[:10] == []
        nothing_undocumented(api)


def test_lists_and_reports_of_several_pages_are_whole(tmp_path: Path) -> None:
    """1,050 ads and what they did are more than a page holds; none is missing and none comes twice."""
    tables = ("campaigns", "adgroups", "ads", "ad_insights")
    with quick() as api:
        desk = Desk(tmp_path, api)
        ran = desk.sync(*WIDE, *since(60), *_named(tables), advertisers=[LARGE])
        assert ran.code == 0, ran.err
        assert desk.wrong(advertisers=[LARGE], tables=tables)[:10] == []
        assert len(rows_in(desk.file, "ads")) == 1050
        nothing_undocumented(api)


def test_the_basic_quota_is_kept(tmp_path: Path) -> None:
    """Ten calls a second, counted where they arrive, are never eleven."""
    with SecondApi(large_ads=60) as api:
        desk = Desk(tmp_path, api)
        ran = desk.sync(
            *since(12), "--table", "ads", "--table", "ad_insights", "--table", "ad_insights_by_plat*"
        )
        assert ran.code == 0, ran.err
        assert differences(desk.file, "ads", api.truth("ads"))[:10] == []
        # The server stamps calls in its own threads, which a busy machine may hold up once.
        assert len(api.breaches) <= 1
        assert [asked.message for asked in api.refusals if asked.code != 40100] == []


def test_a_foreign_address_is_refused(desk: Desk) -> None:
    """A token is sent to TikTok and to this machine, and nowhere else."""
    ran = desk.sync(*since(5), "--api-url", "https://example.com")
    assert ran.code == 2
    assert not desk.file.exists()
    assert desk.api.requests == []
