"""Real processes, a real server that counts, real time: the limit holds, and nobody is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from benchmarks.shared_quota import above, measured

from tests.quota.places import Redis
from tiktok_ads.client.quota import Tier

TIER: Tier = "premium"
PER_SECOND = 30


def place_of(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return kind
    found = request.getfixturevalue(f"_{kind}")
    return found.url if isinstance(found, Redis) else str(found)


@pytest.mark.parametrize("kind", ["sqlite", "redis", "postgres"])
def test_four_processes_share_the_quota_fairly_and_never_exceed_it(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """Each gets 15 to 35 %, no second holds a call too many, and nearly all of the quota is used."""
    store = place_of(kind, request)
    found = asyncio.run(measured(store, tmp_path, tier=TIER, seconds=4))
    assert len(found.left) == len(found.arrived)
    assert above(found.left, PER_SECOND, 1.0) == 0
    assert len(found.shares) == 4
    assert found.shares[0] >= 0.15
    assert found.shares[-1] <= 0.35
    assert found.calls_a_second >= 0.7 * PER_SECOND


def test_a_process_that_is_killed_leaves_its_share_to_the_others(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """kill -9 with calls in the queue and on their way: the others take the quota over at once."""
    store = place_of("redis", request)
    found = asyncio.run(measured(store, tmp_path, tier=TIER, seconds=5, kill_one=True))
    assert above(found.left, PER_SECOND, 1.0) == 0
    after = [at for at in found.arrived if found.arrived[0] + 3 <= at < found.arrived[0] + 5]
    assert len(after) / 2 >= 0.7 * PER_SECOND
    assert found.shares[0] < 0.2
