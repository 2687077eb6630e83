"""A store that goes, comes back, or loses what it held: nothing is sent on a guess."""

from __future__ import annotations

import asyncio
import itertools
import os
import pickle
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.destinations.places import tell_server
from tests.quota.places import NOON, Clock, Redis, begin_book, book_of, gate_over, redis_server
from tiktok_ads.client import remedy_of
from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.quota import Tier
from tiktok_ads.errors import QuotaExceeded, QuotaStoreLost


class PatientClock(Clock):
    """Gives a server some real time to come back while the test's hours pass."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(0.02)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    with redis_server(tmp_path) as running:
        yield running


def open_gate(
    store: str, clock: Clock, *, key: str = "app", tier: Tier = "basic", max_wait_seconds: float = 900
) -> QuotaGate:
    book = book_of(store, clock, key=key, tier=tier, max_wait_seconds=max_wait_seconds)
    book.look()
    return gate_over(book, clock)


async def enter_many(gate: QuotaGate, count: int, path: str = "ad/get") -> list[float]:
    return [(await gate.enter(path)).at for _ in range(count)]


def test_a_new_book_is_not_believed(store: str, key: str) -> None:
    """Nobody can tell a new store from one that lost its data, so the first call waits for a minute."""
    clock = Clock()
    with open_gate(store, clock, key=key) as gate:
        assert asyncio.run(gate.enter("ad/get")).at >= NOON + 60
        assert "first call goes out in 60 seconds" in gate.notes()[0]
    with open_gate(store, clock, key=key) as gate:
        assert asyncio.run(gate.enter("ad/get")).waited_seconds < 1
        assert gate.notes() == ()


def test_no_call_goes_out_while_redis_is_away_nor_right_after(own_redis: Redis) -> None:
    """It comes back empty: the minute is waited out, and the calls of the day are still counted."""
    begin_book(own_redis.url, at=NOON)
    clock = PatientClock()

    async def story() -> None:
        with open_gate(own_redis.url, clock) as gate:
            before = await enter_many(gate, 30)
            own_redis.kill()
            waiting = asyncio.create_task(gate.enter("ad/get"))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            own_redis.start()
            back = clock.at
            assert (await waiting).at >= max(back, before[-1] + 60)
            assert gate.used_today() == 31
            away, emptied, returned = gate.notes()
            assert "all calls rest for 60 seconds" in emptied
            assert "no call goes out until it is back" in away
            assert "it is back" in returned

    asyncio.run(story())


def test_a_redis_that_comes_back_with_old_data_is_not_believed(own_redis: Redis) -> None:
    """A copy on disk lacks the last calls; so does a replica that takes over."""
    begin_book(own_redis.url, at=NOON)
    clock = PatientClock()

    async def story() -> None:
        with open_gate(own_redis.url, clock) as gate, open_gate(own_redis.url, clock) as other:
            await enter_many(gate, 5)
            await enter_many(other, 1)
            own_redis.tell("SAVE")
            last = (await enter_many(gate, 20))[-1]
            own_redis.kill()
            own_redis.start()
            # This one knows of none of those twenty; what the other one knows counts as soon as it asks.
            assert (await other.enter("ad/get")).at >= last + 60
            await gate.enter("ad/get")
            assert gate.used_today() == 27

    asyncio.run(story())


@pytest.mark.parametrize("how", ["FLUSHALL", "crash"])
def test_a_store_that_is_emptied_under_way_is_not_believed(
    request: pytest.FixtureRequest, own_redis: Redis, key: str, how: str
) -> None:
    """The minute is waited out again, TikTok's pause goes on, and the day's calls stay counted."""
    place = own_redis.url if how == "FLUSHALL" else request.getfixturevalue("_postgres")
    begin_book(place, key=key, at=NOON)
    clock = PatientClock()

    async def story() -> None:
        with open_gate(place, clock, key=key) as gate, open_gate(place, clock, key=key) as other:
            last = (await enter_many(gate, 30))[-1]
            _empty(place, own_redis)
            assert (await gate.enter("ad/get")).at >= last + 60
            assert gate.used_today() == 31
            turn = await other.enter("ad/get")
            await other.refused(turn, "ad/get", 40100, "QPM", advertiser_id=None)
            _empty(place, own_redis)
            assert (await other.enter("ad/get")).at - turn.at >= 300
            assert other.used_today() == 33

    asyncio.run(story())


def _empty(place: str, redis: Redis) -> None:
    if place == redis.url:
        redis.tell("FLUSHALL")
        return
    # Postgres hands unlogged tables over empty after a crash; one process that dies is a crash.
    from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]

    with dbapi.connect(place) as victim, victim.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        os.kill(cursor.fetchone()[0], signal.SIGKILL)
        for _ in range(500):
            try:
                tell_server(place, "SELECT 1")
                return
            except Exception:
                time.sleep(0.02)


def test_of_a_day_nobody_remembers_its_share_counts_as_used(store: str, key: str) -> None:
    """At noon half of a thousand calls a day may have been made, so half are left."""
    clock = Clock()
    with open_gate(store, clock, key=key, tier="sandbox") as gate:
        with pytest.raises(QuotaExceeded, match="calls of the day"):
            asyncio.run(enter_many(gate, 501))
        assert gate.used_today() == 500


def test_a_redis_that_hangs_is_waited_for_and_then_believed(own_redis: Redis) -> None:
    """It lost nothing, so calls go on at once."""
    begin_book(own_redis.url)

    async def story() -> None:
        book = book_of(own_redis.url)
        book.look()
        with gate_over(book) as gate:
            await enter_many(gate, 3)
            own_redis.freeze()
            waiting = asyncio.create_task(gate.enter("ad/get"))
            await asyncio.sleep(3.3)
            own_redis.thaw()
            assert (await waiting).waited_seconds < 20
            assert gate.used_today() >= 4
            assert len(gate.notes()) == 2

    asyncio.run(story())


def test_a_store_that_stays_away_ends_the_run_in_words(own_redis: Redis) -> None:
    """With what to do, and in a shape that survives the way from one process to another."""
    clock = Clock()
    with open_gate(own_redis.url, clock, max_wait_seconds=0) as gate:
        own_redis.kill()
        with pytest.raises(QuotaStoreLost, match="so nothing is sent") as caught:
            asyncio.run(gate.enter("ad/get"))
    own_redis.start()
    assert "redis://127.0.0.1" in str(caught.value)
    assert "quota_store" in remedy_of(caught.value)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (QuotaStoreLost, str(caught.value))


def test_a_worker_that_is_killed_in_the_queue_holds_nobody_up(store: str, key: str) -> None:
    """Its place in the queue runs out when its moment has passed."""
    begin_book(store, key=key, at=NOON)
    clock = Clock()

    async def story() -> list[float]:
        with open_gate(store, clock, key=key) as gate:
            await enter_many(gate, 5)
            lost = book_of(store, clock, key=key)
            await lost.reserve("ad/get", "ad/get|")
            lost.close()
            return await enter_many(gate, 30)

    times = asyncio.run(story())
    assert max(after - before for before, after in itertools.pairwise(times)) < 0.5
    assert (len(times) - 1) / (times[-1] - times[0]) >= 8.5
