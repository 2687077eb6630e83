"""The Prefect example: only what was left out is asked for again, and what stays so is a warning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.examples.steps import CLOSED, TABLES, differences, walked
from tiktok_ads.simulator.server import Running


def only_what_was_left_out_is_asked_for_again(answers: dict[str, Any]) -> None:
    """One list of one advertiser failed: a second sync reads that list, and no other table again."""
    passing, well = answers["passing"], answers["well"]
    assert (passing["state"], well["state"]) == ("Completed", "Completed")
    assert [name for name, _ in passing["syncs"]] == ["sync brand", "sync shop", "sync shop"]
    assert [name for name, _ in well["syncs"]] == ["sync brand", "sync shop"]
    for once in ("campaign/get", "adgroup/get", "report/integrated/get"):
        assert passing["calls"][once] == well["calls"][once]
    assert passing["calls"]["ad/get"] == well["calls"]["ad/get"] + 1


def the_tables_are_true_afterwards(answers: dict[str, Any]) -> None:
    """What both logins loaded equals what TikTok has."""
    assert answers["differences"] == []


def the_run_carries_its_figures(answers: dict[str, Any]) -> None:
    """Rows, calls and the last complete day of each table are attached to each login's run."""
    for key in ("tiktok-ads-brand", "tiktok-ads-shop"):
        rows = json.loads(answers["well"]["artifacts"][key]["data"])
        assert {row["table"] for row in rows} == set(TABLES)
        assert all(row["rows read"] > 0 and row["complete to"] for row in rows)
        assert answers["well"]["artifacts"][key]["says"] == "Nothing was left out."


def what_stays_closed_is_a_warning_with_its_remedy(answers: dict[str, Any]) -> None:
    """The run is no failure; it is named Partial and says what to do."""
    lasting = answers["lasting"]
    assert lasting["state"] == "Partial"
    assert "→ Check that the login may see this advertiser" in lasting["message"]
    assert "→" in lasting["artifacts"]["tiktok-ads-shop"]["says"]
    assert [name for name, _ in lasting["syncs"]] == ["sync brand", "sync shop", "sync shop"]


def a_login_that_was_revoked_fails_at_once(answers: dict[str, Any]) -> None:
    """What needs a person is not tried again."""
    revoked = answers["revoked"]
    assert revoked["state"] == "Failed"
    assert "revoked" in revoked["message"]
    assert revoked["syncs"] == [["sync brand", 1], ["sync shop", 1]]


CLAIMS = (
    only_what_was_left_out_is_asked_for_again,
    the_tables_are_true_afterwards,
    the_run_carries_its_figures,
    what_stays_closed_is_a_warning_with_its_remedy,
    a_login_that_was_revoked_fails_at_once,
)


@pytest.mark.timeout(600)
def test_the_prefect_example_keeps_its_claims(
    tiktok: Running, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Nothing wrong, twice; a list that is closed for a moment, one that stays closed; a revoked login."""
    folder = tmp_path / "run"
    steps: dict[str, dict[str, Any]] = {
        "first": {"rounds": 3},
        "well": {"rounds": 3},
        "passing": {"rounds": 3, "tell": {"faults": {"add": [{**CLOSED, "times": 1}]}}},
        "lasting": {"rounds": 2, "tell": {"faults": {"add": [CLOSED]}}},
        "revoked": {"rounds": 3, "tell": {"login": {"token": "gone", "revoked": True}},
                    "env": {"TIKTOK_ADS_ACCESS_TOKEN": "gone"}},
    }  # fmt: skip
    told = dict(zip(steps, walked("prefect", folder, tiktok, list(steps.values())), strict=True))
    answers = {**told, "differences": differences(folder, tiktok)}
    for claim in CLAIMS:
        with subtests.test(claim.__name__):
            claim(answers)
