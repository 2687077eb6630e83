"""How many calls were made for what; the same purposes by which a plan counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from tiktok_ads.client import Answer, Meter

T = TypeVar("T")


class Reader(Protocol):
    """The client, as far as reading needs it."""

    async def get(self, path: str, params: Mapping[str, object], *, meter: Meter | None = None) -> Answer: ...

    async def post(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        meter: Meter | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer: ...

    async def download(
        self,
        path: str,
        params: Mapping[str, object],
        *,
        meter: Meter | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes: ...


@dataclass
class Tally:
    """Calls and retries of one slice, by purpose; `splits` counts the cuts that were needed."""

    purposes: Counter[str] = field(default_factory=Counter)
    splits: int = 0
    retries: int = 0

    @property
    def calls(self) -> int:
        return sum(self.purposes.values())

    async def counted(self, purpose: str, call: Callable[[Meter], Awaitable[T]]) -> T:
        """Make a call with a meter of its own and count what it took, also when it fails."""
        meter = Meter()
        try:
            return await call(meter)
        finally:
            retries = min(meter.retries, max(meter.calls - 1, 0))
            self.purposes[purpose] += meter.calls - retries
            self.purposes["retry"] += retries
            self.retries += meter.retries

    @contextmanager
    def all_as(self, purpose: str) -> Iterator[Tally]:
        """A tally of its own whose calls, whatever they are for there, count as `purpose` here."""
        own = Tally()
        try:
            yield own
        finally:
            retries = own.purposes.pop("retry", 0)
            self.purposes.update({purpose: own.purposes.total(), "retry": retries})
            self.retries += own.retries
