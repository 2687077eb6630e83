"""Warehouses through dlt: how their addresses are read, and what their errors never say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.loading import landed, later, report, spent, window
from tests.worlds import desk
from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load import check_writable, open_destination
from tiktok_ads.load.opening import check_spelling
from tiktok_ads.load.warehouse.said import clean, explained
from tiktok_ads.load.warehouse.urls import KINDS, where

SECRET = "canary-90c1-secret"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "duckdb"])
def test_settings_alone_name_a_warehouse(kind: str) -> None:
    """Nothing of the login stands in the address."""
    assert where(f"dlt+{kind}://").credentials is None
    check_spelling(f"dlt+{kind}://", "tiktok_ads")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"dlt+snowflake://user:{SECRET}@host/db", "neither password nor parameters"),
        (f"dlt+postgres://user@host/db?password={SECRET}", "neither password nor parameters"),
        ("dlt+filesystem:///folder", "parquet:///"),
        ("dlt+snowflak://", "dlt\\+snowflake://"),
        ("dlt+sqlalchemy://", "no warehouse"),
        ("dlt+postgres://host", "names no host with a database"),
        ("dlt+duckdb://", "names no file"),
        ("dlt+duckdb:///:memory:", "names no file"),
    ],
)
def test_other_addresses_are_refused_before_anything_is_fetched(url: str, says: str) -> None:
    """With what to write instead, and never with the password."""
    with pytest.raises(ConfigError, match=says) as caught:
        check_writable(url)
    assert SECRET not in str(caught.value)


def test_a_schema_that_dlt_would_spell_otherwise_is_refused() -> None:
    """Before anything is fetched."""
    with pytest.raises(ConfigError, match="schema"):
        check_spelling("dlt+snowflake://", "My Schema")


def test_missing_settings_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which variable to set, or which library to install."""
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path))
    with pytest.raises(ConfigError, match=r"dlt lacks settings|library that is not installed"):
        check_writable("dlt+snowflake://")


def test_an_error_never_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a driver puts into its words, and whatever it was caused by."""
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS__PASSWORD", SECRET)
    with pytest.raises(LoadError) as caught, explained("dlt+postgres://u@h/d", "postgres"):
        raise RuntimeError(f"connect postgresql://u:other-secret@h/d password={SECRET} refused")
    assert SECRET not in str(caught.value)
    assert "other-secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "refused" in str(caught.value)
    assert SECRET not in clean(f"x{SECRET}x")


def test_a_file_that_is_no_database_is_told_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And left as it was."""
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    file = tmp_path / "x.duckdb"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(LoadError, match=r"x\.duckdb"):
        check_writable(f"dlt+duckdb:///{file}")
    assert file.read_bytes() == b"no database" * 1000


def test_what_a_killed_load_left_half_written_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dlt itself would stumble over it for ever."""
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    url = f"dlt+duckdb:///{tmp_path}/x.duckdb"
    load = report([spent("a", 1)], window(1, 1))
    with open_destination(url) as destination:
        destination.commit([load], run_id="r0", at=later(0))
    home = next((tmp_path / "state" / "warehouses").iterdir()) / "tiktok_ads"
    (home / "normalize" / "extracted" / "1795398720.4").mkdir(parents=True)
    (home / "load" / "new" / "1795398720.4").mkdir(parents=True)
    (home / "state.json").write_bytes(b'{"half')
    with open_destination(url) as destination:
        assert set(destination.bookmarks()) == {("ad_insights", "1")}
        destination.commit([load], run_id="r1", at=later(1))
        assert destination.count_rows("ad_insights", "1", None) == 1


def test_a_sync_into_a_warehouse_holds_what_duckdb_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists, reports and what became of them two days later."""
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    it = desk(tmp_path, "tiny")
    chosen: dict[str, Any] = {
        "tables": ("campaigns", "campaign_insights"),
        "advertisers": (it.advertisers[0],),
    }
    there = tmp_path / "there.duckdb"
    for _ in range(2):
        it.sync(**chosen)
        run = it.sync(**chosen, destination=f"dlt+duckdb:///{there}")
        assert run.outcome == "complete"
        it.pass_days(2)
    for sql in (
        "SELECT campaign_id, stat_time_day, spend, impressions FROM campaign_insights ORDER BY ALL",
        "SELECT campaign_id, campaign_name, is_deleted FROM campaigns ORDER BY ALL",
        "SELECT table_name, advertiser_id FROM _state ORDER BY ALL",
    ):
        assert landed(there, sql) == landed(it.file, sql) != []


def test_the_package_does_not_import_dlt() -> None:
    """Reading the address of a warehouse does not take seconds, and dlt tells nobody of us."""
    code = (
        "import sys, tiktok_ads\n"
        "from tiktok_ads.load.opening import check_spelling\n"
        "check_spelling('dlt+snowflake://', 'tiktok_ads')\n"
        "assert not {'dlt', 'sqlglot'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_telemetry_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever dlt's own settings say."""
    monkeypatch.setenv("TIKTOK_ADS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "true")
    with open_destination(f"dlt+duckdb:///{tmp_path}/x.duckdb"):
        from dlt.common.runtime.anon_tracker import _ANON_TRACKER_ENDPOINT

        assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "false"
        assert not _ANON_TRACKER_ENDPOINT
