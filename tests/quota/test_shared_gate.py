"""On a server the gate keeps the same limits as on one machine, by a clock that the test moves."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import msgspec
import pytest

from tests.quota.places import NOON, Clock, begin_book, book_of, gate_over, most_in
from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.quota import TIERS, Tier, quotas_of
from tiktok_ads.client.shared import server_maker
from tiktok_ads.client.shared.server import Answer, Request, scope_of
from tiktok_ads.errors import QuotaExceeded


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_gate(store: str, key: str, clock: Clock, *, tier: Tier = "basic") -> QuotaGate:
    book = book_of(store, clock, key=key, tier=tier)
    book.look()
    return gate_over(book, clock)


async def enter_many(gate: QuotaGate, count: int, path: str = "campaign/get") -> list[float]:
    return [(await gate.enter(path)).at for _ in range(count)]


@pytest.mark.parametrize("tier", list(TIERS))
def test_no_second_and_no_minute_holds_more_calls_than_the_tier_allows(
    store: str, key: str, clock: Clock, tier: Tier
) -> None:
    """The same limits as with a file, and nearly all of the quota is used."""
    quota = TIERS[tier]
    begin_book(store, key=key, tier=tier, at=NOON)
    with open_gate(store, key, clock, tier=tier) as gate:
        times = asyncio.run(enter_many(gate, min(quota.per_minute + 100, 700)))
    assert most_in(times, 1) <= quota.per_second
    assert most_in(times, 60) <= quota.per_minute
    assert (len(times) - 1) / (times[-1] - times[0]) >= 0.95 * min(quota.per_second, quota.per_minute / 60)


def test_machines_share_one_quota_and_apps_do_not(store: str, key: str, clock: Clock) -> None:
    """Limits belong to the app, wherever its processes run; nobody waits for calls of another app."""
    begin_book(store, key=key, at=NOON)
    begin_book(store, key=f"{key}-other", at=NOON)

    async def story() -> list[float]:
        with (
            open_gate(store, key, clock) as one,
            open_gate(store, key, clock) as two,
            open_gate(store, f"{key}-other", clock) as other,
        ):
            times = [(await gate.enter("ad/get")).at for _ in range(40) for gate in (one, two)]
            assert (await other.enter("ad/get")).waited_seconds == 0
            assert (two.used_today(), other.used_today()) == (80, 1)
        return times

    times = asyncio.run(story())
    assert most_in(times, 1) <= 10


def test_paths_with_limits_of_their_own_keep_them(store: str, key: str, clock: Clock) -> None:
    """New tasks: one a second; the rest of the quota stays free for other calls."""
    begin_book(store, key=key, at=NOON)

    async def story() -> tuple[list[float], float]:
        with open_gate(store, key, clock) as gate:
            tasks = await enter_many(gate, 5, "report/task/create")
            return tasks, (await gate.enter("ad/get")).at - tasks[-1]

    tasks, other = asyncio.run(story())
    assert most_in(tasks, 1) == 1
    assert other < 0.2


def test_a_refusal_silences_all_processes(store: str, key: str, clock: Clock) -> None:
    """What TikTok tells one process is told to all, those that stand in the queue included."""
    begin_book(store, key=key, at=NOON)

    async def story() -> tuple[float, str]:
        with open_gate(store, key, clock) as one, open_gate(store, key, clock) as two:
            turn = await one.enter("ad/get")
            waiting = asyncio.ensure_future(two.enter("ad/get"))
            await asyncio.sleep(0)
            await one.refused(turn, "ad/get", 40100, "QPM limit", advertiser_id=None)
            return (await waiting).at - turn.at, ""

    waited, _ = asyncio.run(story())
    assert waited >= 300


def test_refusals_after_pauses_make_them_longer(store: str, key: str, clock: Clock) -> None:
    """One second, two, four, then the five minutes of a breach of the minute's limit."""
    begin_book(store, key=key, at=NOON)

    async def story() -> list[float]:
        waits = []
        with open_gate(store, key, clock) as gate:
            for _ in range(4):
                turn = await gate.enter("ad/get")
                await gate.refused(turn, "ad/get", 40100, "Too many requests", advertiser_id=None)
                waits.append((await gate.enter("ad/get")).at - turn.at)
        return waits

    waits = asyncio.run(story())
    assert waits == sorted(waits)
    assert waits[0] < 2
    assert waits[2] < 10
    assert waits[3] >= 300


def test_single_refusals_among_calls_that_went_well_stay_short(store: str, key: str, clock: Clock) -> None:
    """Five minutes of silence for each would be a loss."""
    begin_book(store, key=key, at=NOON)

    async def story() -> list[float]:
        waits = []
        with open_gate(store, key, clock) as gate:
            for _ in range(6):
                turns = [await gate.enter("ad/get") for _ in range(50)]
                await gate.refused(turns[-1], "ad/get", 40100, "Too many requests", advertiser_id=None)
                waits.append((await gate.enter("ad/get")).at - turns[-1].at)
        return waits

    assert max(asyncio.run(story())) < 2


def test_the_limit_of_one_advertiser_stops_nobody_else(store: str, key: str, clock: Clock) -> None:
    """40133 concerns one advertiser on one path, on every machine."""
    begin_book(store, key=key, at=NOON)

    async def story() -> None:
        with open_gate(store, key, clock) as one, open_gate(store, key, clock) as two:
            turn = await one.enter("ad/get", advertiser_id="1")
            await one.refused(turn, "ad/get", 40133, "5 minutes", advertiser_id="1")
            assert (await two.enter("ad/get", advertiser_id="2")).at - turn.at < 1
            assert (await two.enter("ad/get", advertiser_id="1")).at - turn.at >= 300

    asyncio.run(story())


def test_the_calls_of_a_day_are_counted_for_all(store: str, key: str) -> None:
    """The sandbox gives a thousand a day for each endpoint; the next one is for tomorrow."""
    clock = Clock(NOON - 12 * 3600)
    begin_book(store, key=key, tier="sandbox", at=clock.at - 86_400)

    async def story() -> datetime | None:
        with (
            open_gate(store, key, clock, tier="sandbox") as one,
            open_gate(store, key, clock, tier="sandbox") as two,
        ):
            for number in range(1000):
                await (one, two)[number % 2].enter("ad/get")
            with pytest.raises(QuotaExceeded, match="1000 calls of the day") as caught:
                await one.enter("ad/get")
            assert (await two.enter("campaign/get")).waited_seconds == 0
            return caught.value.until

    assert asyncio.run(story()) == datetime(2026, 11, 21, tzinfo=UTC)


def test_a_report_that_timed_out_is_remembered_on_all_machines(store: str, key: str, clock: Clock) -> None:
    """TikTok blocks what is asked again within ten minutes, from wherever it comes."""
    begin_book(store, key=key, at=NOON)

    async def story() -> list[float]:
        with open_gate(store, key, clock) as one, open_gate(store, key, clock) as two:
            await one.timed_out("f")
            clock.at += 599
            early = await two.seconds_blocked("f")
            clock.at += 1
            return [early, await two.seconds_blocked("f"), await two.seconds_blocked("g")]

    early, late, foreign = asyncio.run(story())
    assert 0 < early <= 1
    assert (late, foreign) == (0, 0)


@pytest.mark.parametrize(("timeouts", "per_second"), [(9, 10), (10, 5), (20, 1)])
def test_many_timeouts_slow_the_app_down(
    store: str, key: str, clock: Clock, timeouts: int, per_second: int
) -> None:
    """TikTok would do it otherwise, and harder."""
    begin_book(store, key=key, at=NOON)

    async def story() -> list[float]:
        with open_gate(store, key, clock) as gate:
            for number in range(timeouts):
                await gate.timed_out(str(number))
            return await enter_many(gate, 40)

    assert most_in(asyncio.run(story()), 1) == per_second


def test_a_call_that_goes_out_late_counts_from_then(store: str, key: str, clock: Clock) -> None:
    """Between leave and network a busy machine may lose a moment; the next calls keep their distance."""
    begin_book(store, key=key, at=NOON)

    async def story() -> list[float]:
        times = []
        with open_gate(store, key, clock) as gate:
            for number in range(120):
                turn = await gate.enter("ad/get")
                clock.at += 0.08 if number % 7 == 0 else 0
                await gate.sent(turn)
                times.append(clock.at)
        return times

    times = asyncio.run(story())
    assert most_in(times, 1) <= 10
    assert (len(times) - 1) / (times[-1] - times[0]) >= 9


def test_a_clock_that_was_days_ahead_leaves_nothing_behind(store: str, key: str) -> None:
    """Bookings and pauses of a future that is no future any more are forgotten."""
    clock = Clock(NOON + 2 * 86_400)
    begin_book(store, key=key, at=NOON + 2 * 86_400)

    async def story() -> float:
        with open_gate(store, key, clock) as gate:
            for _ in range(20):
                turn = await gate.enter("ad/get")
            await gate.refused(turn, "ad/get", 40100, "minute", advertiser_id=None)
            clock.at = NOON
            return (await gate.enter("ad/get")).at - NOON

    assert asyncio.run(story()) < 2


def test_calls_around_midnight_stand_in_the_day_they_go_out(store: str, key: str) -> None:
    """A call that is booked before midnight for a moment after it is one of the next day."""
    clock = Clock(NOON + 12 * 3600 - 30)
    begin_book(store, key=key, at=NOON)

    async def story() -> tuple[int, int]:
        with open_gate(store, key, clock) as gate:
            times = await enter_many(gate, 600)
            today = sum(at >= NOON + 12 * 3600 for at in times)
            return gate.used_today(), today

    used, today = asyncio.run(story())
    assert used == today


def test_redis_and_postgres_answer_the_same_to_the_same_steps(
    request: pytest.FixtureRequest, key: str
) -> None:
    """One book in two languages: a thousand random steps, with losses, give equal answers."""
    redis, postgres = request.getfixturevalue("_redis").url, request.getfixturevalue("_postgres")
    servers = [server_maker(redis)(), server_maker(postgres)()]
    chance = random.Random(7)
    now, taken, life = int(NOON * 1000) + 11 * 3_600_000, [("none", "app")], ""
    for step in range(1000):
        now += chance.choice([0, 1, 20, 90, 400, 5_000, 70_000, 400_000])
        path = chance.choice(["app", "report/task/create", "gmv_max/report/get"])
        op = chance.choice(
            ["reserve"] * 5 + ["claim"] * 4 + ["sent", "release", "refused", "timed_out", "blocked"]
        )
        name = f"call-{step}"
        if op == "reserve":
            taken.append((name, path))
        elif op in ("claim", "sent", "release"):
            name, path = chance.choice(taken[-4:])
        known = chance.choice([("", 0, 0), ("gone", now // 86_400_000, 40), (life, now // 86_400_000, 7)])
        asked = Request(
            op,
            key,
            "life",
            known[0],
            now + 500 if chance.random() < 0.02 else 0,
            tuple(scope_of(one, quota, known) for one, quota in quotas_of(path, "basic").items()),
            name=name,
            narrow=f"{path}|1",
            scope=chance.choice(["app", f"{path}|1"]),
            limit=chance.choice(["", "", "", "minute", "day"]) if op == "refused" else "",
            sent=now - chance.choice([0, 300, 90_000]),
            enough=chance.choice([0, 2]),
            fingerprint=chance.choice("abc") if op == "blocked" else f"report-{step}",
            now=now,
        )
        answers = [msgspec.json.decode(server.ask(asked), type=Answer) for server in servers]
        assert answers[0] == answers[1], (step, asked)
        life = answers[0].id
    for server in servers:
        server.close()
