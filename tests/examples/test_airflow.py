"""The Airflow example: a group for each login, its report for those who wait, a skipped task as a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.examples.steps import CLOSED, TABLES, differences, walked
from tiktok_ads.simulator.server import Running


def each_login_is_a_group_whose_report_others_can_read(answers: dict[str, Any]) -> None:
    """All is well: every task succeeds, and the asset's event says what was loaded and to which day."""
    well = answers["well"]
    assert well["state"] == "success"
    assert well["tasks"] == {
        f"{login}.{name}": "success" for login in ("brand", "shop") for name in ("sync", "nothing_left_out")
    }
    for login in ("brand", "shop"):
        event = well["events"][f"tiktok_ads_{login}"]
        assert event["outcome"] == "complete"
        assert event["complete_to"].keys() == set(TABLES)
        assert event["rows"]["read"] > 0


def what_was_left_out_is_a_skipped_task_and_no_failure(answers: dict[str, Any]) -> None:
    """The run succeeds, the login's second task is skipped, and the event carries the remedy."""
    closed = answers["closed"]
    assert closed["state"] == "success"
    assert closed["tasks"] == {
        "brand.sync": "success",
        "brand.nothing_left_out": "success",
        "shop.sync": "success",
        "shop.nothing_left_out": "skipped",
    }
    assert closed["events"]["tiktok_ads_shop"]["outcome"] == "partial"
    (told,) = closed["events"]["tiktok_ads_shop"]["left_out"]
    assert "→ Check that the login may see this advertiser" in told


def the_tables_are_true_afterwards(answers: dict[str, Any]) -> None:
    """What both logins loaded equals what TikTok has."""
    assert answers["differences"] == []


def a_login_that_was_revoked_fails_at_once(answers: dict[str, Any]) -> None:
    """What needs a person is not tried again, and nobody who waits for the rows is woken."""
    revoked = answers["revoked"]
    assert revoked["state"] == "failed"
    assert revoked["tasks"]["brand.sync"] == "failed"
    assert revoked["events"] == {}


CLAIMS = (
    each_login_is_a_group_whose_report_others_can_read,
    what_was_left_out_is_a_skipped_task_and_no_failure,
    the_tables_are_true_afterwards,
    a_login_that_was_revoked_fails_at_once,
)


@pytest.mark.timeout(600)
def test_the_airflow_example_keeps_its_claims(
    tiktok: Running, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A list of one advertiser is closed; it is open again; the login was revoked."""
    folder = tmp_path / "run"
    steps: dict[str, dict[str, Any]] = {
        "closed": {"tell": {"faults": {"add": [CLOSED]}}},
        "well": {"tell": {"faults": {"clear": True}}},
        "revoked": {"tell": {"login": {"token": "gone", "revoked": True}},
                    "env": {"TIKTOK_ADS_ACCESS_TOKEN": "gone"}},
    }  # fmt: skip
    told = dict(zip(steps, walked("airflow", folder, tiktok, list(steps.values())), strict=True))
    answers = {**told, "differences": differences(folder, tiktok)}
    for claim in CLAIMS:
        with subtests.test(claim.__name__):
            claim(answers)
