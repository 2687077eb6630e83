"""The Dagster example: every table an asset, a warning for what is missing, and no retry in vain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.examples.steps import CLOSED, TABLES, differences, walked
from tiktok_ads.simulator.server import Running


def each_table_of_each_login_is_an_asset_with_its_figures(answers: dict[str, Any]) -> None:
    """One asset each, with rows, calls, and the day to which it is complete."""
    loaded = answers["closed"]["loaded"]
    assert loaded.keys() == {f"{login}/{table}" for login in ("brand", "shop") for table in TABLES}
    told = loaded["brand/ad_insights"]
    assert told["rows_read"] == told["inserted"] > 0
    assert told["calls"] > 0
    assert told["complete_to"].startswith("20")
    assert set(answers["closed"]["policies"]) == {"TimeWindowFreshnessPolicy"}


def what_was_left_out_is_a_warning_with_its_remedy(answers: dict[str, Any]) -> None:
    """The run goes on; only the asset that lacks something says so, and what to do about it."""
    assert answers["closed"]["success"]
    checks = answers["closed"]["checks"]
    wrong = {name for name, one in checks.items() if not one["passed"] and name.endswith("left_out")}
    assert wrong == {"shop/ads nothing_left_out"}
    told = checks["shop/ads nothing_left_out"]
    assert told["severity"] == "WARN"
    assert len(told["left_out"]) == 1
    assert "→ Check that the login may see this advertiser" in told["left_out"][0]


def one_asset_alone_reads_one_table(answers: dict[str, Any]) -> None:
    """Materializing a table asks for that table, and makes its warning go."""
    again = answers["ads again"]
    assert again["success"]
    assert again["loaded"].keys() == {"shop/ads"}
    assert "ad/get" in again["calls"]
    assert not {"campaign/get", "adgroup/get", "report/integrated/get"} & again["calls"].keys()
    assert all(one["passed"] for one in again["checks"].values())


def after_that_the_tables_are_true(answers: dict[str, Any]) -> None:
    """What both logins loaded equals what TikTok has."""
    assert answers["differences"] == []


def a_login_that_was_revoked_fails_at_once(answers: dict[str, Any]) -> None:
    """What needs a person is not tried again; the reason is on the run's page."""
    revoked = answers["revoked"]
    assert not revoked["success"]
    assert revoked["retried"] == 0
    assert "revoked" in revoked["failures"][0]


CLAIMS = (
    each_table_of_each_login_is_an_asset_with_its_figures,
    what_was_left_out_is_a_warning_with_its_remedy,
    one_asset_alone_reads_one_table,
    after_that_the_tables_are_true,
    a_login_that_was_revoked_fails_at_once,
)


@pytest.mark.timeout(600)
def test_the_dagster_example_keeps_its_claims(
    tiktok: Running, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """All assets while a list of one advertiser is closed; that table alone; a login that was revoked."""
    folder = tmp_path / "run"
    steps: dict[str, dict[str, Any]] = {
        "closed": {"tell": {"faults": {"add": [CLOSED]}}},
        "ads again": {"tell": {"faults": {"clear": True}}, "select": ["shop/ads"]},
        "revoked": {"tell": {"login": {"token": "gone", "revoked": True}}, "select": ["shop/ads"],
                    "env": {"TIKTOK_ADS_ACCESS_TOKEN": "gone"}},
    }  # fmt: skip
    told = dict(zip(steps, walked("dagster", folder, tiktok, list(steps.values())), strict=True))
    answers = {**told, "differences": differences(folder, tiktok)}
    for claim in CLAIMS:
        with subtests.test(claim.__name__):
            claim(answers)
