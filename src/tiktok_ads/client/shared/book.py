"""The book of calls on a server: every process, container and executor of an app draws from this one."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import msgspec

from tiktok_ads.client.ledger import TIMEOUT_MEMORY_MS, Blocked, Slot, limit_named
from tiktok_ads.client.ledger_file import APP
from tiktok_ads.client.quota import MINUTE_MS, Tier, quotas_of
from tiktok_ads.client.shared.clock import ServerClock
from tiktok_ads.client.shared.desk import Desk
from tiktok_ads.client.shared.memory import DAY_MS, Memory
from tiktok_ads.client.shared.server import Answer, Lost, Request, Server, scope_of
from tiktok_ads.errors import ConfigError, QuotaStoreLost

log = logging.getLogger(__name__)

TOO_MANY_CALLS = 40100
_BETWEEN_TRIES_SECONDS = 2.0
_WHY = {
    "emptied": "it is new, was emptied or started again, and nobody knows what was sent in the last minute",
    "day": "the calls of the day are used up",
    "minute": "the calls of the minute are used up",
}


class SharedBook:
    """One app's book on a server; see `Book`. It belongs to one event loop.

    While the server is away nothing can be booked, so nothing is sent.

    Args:
        make_server: opens where the book is; a server that hangs is left alone and made anew.
        key: which app's book it is.
        tier: the level of limits that TikTok gives the app.
        max_wait_seconds: how long a lost server is waited for.
        sleep: waits for some seconds.
        clock: stands in for the server's clock (epoch seconds) in tests.
    """

    # The way to the server takes a while; meanwhile the call before waits for its moment.
    places = 2

    def __init__(
        self,
        make_server: Callable[[], Server],
        *,
        key: str,
        tier: Tier,
        max_wait_seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._desk = Desk(make_server)
        self._key, self._tier = key, tier
        self._max_wait_seconds, self._sleep, self._set_clock = max_wait_seconds, sleep, clock
        self._clock = ServerClock(clock or time.monotonic)
        self._turn = asyncio.Lock()
        self._memory = Memory()
        self._prefix, self._booked = uuid.uuid4().hex[:12], 0
        self._away_since: float | None = None
        self.notes: list[str] = []

    @property
    def lead_ms(self) -> int:
        return 0 if self._set_clock else self._clock.travel_ms

    def now(self) -> int:
        return self._clock.now()

    def counts_paths(self, path: str) -> bool:
        return path in quotas_of(path, self._tier)

    def calls_today(self) -> int:
        """Calls of the app since 00:00 UTC as last told; in the sandbox, of the paths asked from here."""
        return self._memory.calls_on(self.now() // DAY_MS, None if self._tier == "sandbox" else APP)

    def look(self) -> None:
        """Try the server, before anything is asked of TikTok.

        Raises:
            ConfigError: it cannot be used.
        """
        request = self._request("look", APP)
        departed = self._clock.departure()
        try:
            answer = self._learnt(request, self._desk.ask_now(request), departed)
        except Lost as lost:
            raise ConfigError(
                f"The quota's store {self._desk.shown} cannot be used: {lost}.",
                "Nothing was sent. docs/many-machines.md says what it needs.",
            ) from None
        if answer.why == "emptied":
            self._tell(f"{_WHY['emptied']}. The first call goes out in {MINUTE_MS // 1000} seconds")

    async def reserve(self, path: str, narrow: str) -> Slot | Blocked:
        self._booked += 1
        name = f"{self._prefix}-{self._booked}"
        answer = await self._ask("reserve", path, name=name, narrow=narrow)
        if answer.kind == "blocked":
            return _blocked(answer)
        return Slot(name, answer.at, tuple(quotas_of(path, self._tier)), "")

    async def claim(self, slot: Slot, narrow: str) -> Slot | Blocked | None:
        answer = await self._ask("claim", slot.scopes[-1], name=slot.name, narrow=narrow)
        if answer.kind == "blocked":
            return _blocked(answer)
        return None if answer.kind == "gone" else replace(slot, at=answer.at)

    async def sent(self, slot: Slot) -> None:
        # Tried once: what TikTok answers to this call must not wait for a server that is away.
        if self._away_since is None:
            with suppress(Lost):
                await self._step(self._request("sent", slot.scopes[-1], name=slot.name))

    async def release(self, slot: Slot) -> None:
        await self._ask("release", slot.scopes[-1], name=slot.name)

    async def refused(self, scope: str, message: str, *, sent: int) -> None:
        path = scope.partition("|")[0]
        quotas = quotas_of(path, self._tier)
        enough = 2 * quotas[APP].per_second if scope == APP and APP in quotas else 0
        answer = await self._ask(
            "refused", path, scope=scope, limit=limit_named(message), sent=sent, enough=enough
        )
        if scope == APP:
            self._memory.until = max(self._memory.until, answer.at)

    async def timed_out(self, fingerprint: str) -> None:
        answer = await self._ask("timed_out", APP, fingerprint=fingerprint)
        self._memory.timeouts[fingerprint] = answer.now + TIMEOUT_MEMORY_MS

    async def milliseconds_blocked(self, fingerprint: str) -> int:
        answer = await self._ask("blocked", APP, fingerprint=fingerprint)
        until = max(answer.at, self._memory.timeouts.get(fingerprint, 0))
        return max(0, until - answer.now)

    def close(self) -> None:
        self._desk.close()

    async def _ask(self, op: str, path: str, **about: str | int) -> Answer:
        """One step, taken as soon as the server is there.

        Raises:
            QuotaStoreLost: it stayed away.
        """
        while True:
            try:
                return await self._step(self._request(op, path, **about))
            except Lost as lost:
                self._gone(str(lost), path)
            await self._sleep(_BETWEEN_TRIES_SECONDS)

    async def _step(self, request: Request) -> Answer:
        # One after the other: a server that is away is tried by one call, not by all.
        departed = self._clock.departure()
        async with self._turn:
            answer = self._learnt(request, await self._desk.ask(request), departed)
        if self._away_since is not None:
            self._tell(f"it is back after {time.monotonic() - self._away_since:.0f} seconds")
            self._away_since = None
        return answer

    def _gone(self, why: str, path: str) -> None:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            self._tell(f"it cannot be asked ({why}), and no call goes out until it is back")
        if now - self._away_since >= self._max_wait_seconds:
            told = f"the quota's store {self._desk.shown} cannot be asked ({why}), so nothing is sent"
            raise QuotaStoreLost(told, TOO_MANY_CALLS, path, "")

    def _tell(self, text: str) -> None:
        note = f"The quota's store {self._desk.shown}: {text}."
        self.notes.append(note)
        log.warning("%s", note)

    def _request(self, op: str, path: str, **about: str | int) -> Request:
        scopes = tuple(
            scope_of(name, quota, self._memory.of(name))
            for name, quota in quotas_of(path, self._tier).items()
        )
        if self._set_clock is not None:
            about["now"] = int(self._set_clock() * 1000)
        return Request(
            op,
            self._key,
            uuid.uuid4().hex,
            self._memory.id,
            self._memory.until,
            scopes,
            **about,  # type: ignore[arg-type]
        )

    def _learnt(self, request: Request, found: bytes, departed: float) -> Answer:
        try:
            answer = msgspec.json.decode(found, type=Answer)
        except msgspec.DecodeError:
            raise Lost("its answer is not that of a book of calls") from None
        self._clock.told(answer.now, departed)
        is_another = self._memory.id not in ("", answer.id)
        self._memory.learn(request, answer)
        if is_another:
            self._tell(f"it was emptied or started again, so all calls rest for {MINUTE_MS // 1000} seconds")
        return answer


def _blocked(answer: Answer) -> Blocked:
    kind, _, number = answer.why.partition(":")
    why = f"the {number} calls of the day are used up" if number else _WHY.get(kind)
    return Blocked(answer.at, why or "TikTok asked for a pause")
