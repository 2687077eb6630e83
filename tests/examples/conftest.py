"""A simulated TikTok for each file of tests, since each breaks it in its own way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running


@pytest.fixture(scope="module")
def tiktok() -> Iterator[Running]:
    with running("tiny", options=Options(tier="ultimate")) as one:
        yield one
