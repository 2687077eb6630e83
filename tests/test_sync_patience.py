"""A run that begins while somebody looks at the loaded rows waits for them, and not for ever."""

from __future__ import annotations

import asyncio

import pytest

from tiktok_ads.errors import DestinationBusy
from tiktok_ads.sync.patience import once_free


def test_a_reader_of_some_seconds_is_waited_for() -> None:
    waited: list[float] = []

    def attempt() -> str:
        if sum(waited) < 5:
            raise DestinationBusy("somebody reads.", "out.duckdb")
        return "opened"

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    assert asyncio.run(once_free(attempt, sleep)) == "opened"
    assert sum(waited) == 5


def test_who_never_lets_go_is_told_after_half_a_minute() -> None:
    waited: list[float] = []

    def attempt() -> None:
        raise DestinationBusy("somebody reads.", "out.duckdb")

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    with pytest.raises(DestinationBusy):
        asyncio.run(once_free(attempt, sleep))
    assert sum(waited) == 30
