"""What a server that keeps the book is asked, what it answers, and how it is lost."""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec import UNSET, UnsetType

from tiktok_ads.client.ledger import LATE_MS, SILENCE_MS, SLOW, TIMEOUT_MEMORY_MS
from tiktok_ads.client.ledger_file import APP
from tiktok_ads.client.quota import MINUTE_MS, SECOND_MS, Quota


class Lost(Exception):
    """The server did not answer, or not with what was asked; the text says why, without secrets."""


class Scope(msgspec.Struct, frozen=True):
    """One quota that a call uses up, and what this process last knew of its count.

    `assume` says that the pace alone does not keep the day's limit: a count that was lost is then assumed to
    stand at the day's share of it.
    """

    name: str
    rates: tuple[tuple[int, int], ...]
    per_day: int
    assume: bool
    known_id: str
    known_day: int
    known_calls: int


class Request(msgspec.Struct, frozen=True):
    """One step in the book; moments and lengths in milliseconds.

    `fresh` names the book's next life, should the server have lost this one. `known_id` and `known_until` are
    the life that this process knows and the pause that it was told: so a server that lost its data hears of
    them from whoever is still there. `now` stands in for the server's clock in tests.
    """

    op: str
    book: str
    fresh: str
    known_id: str
    known_until: int
    scopes: tuple[Scope, ...] = ()
    name: str | UnsetType = UNSET
    narrow: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    limit: str | UnsetType = UNSET
    sent: int | UnsetType = UNSET
    enough: int | UnsetType = UNSET
    fingerprint: str | UnsetType = UNSET
    now: int | UnsetType = UNSET
    app: str = APP
    slow: str = SLOW
    second: int = SECOND_MS
    second_pause: int = 1000
    silence: int = SILENCE_MS
    memory: int = TIMEOUT_MEMORY_MS
    late: int = LATE_MS
    rest: int = MINUTE_MS
    kept: int = 2 * MINUTE_MS
    farthest: int = 3_600_000
    longest: int = 25 * 3_600_000


class Answer(msgspec.Struct, frozen=True):
    """What came of a step: `at` is a moment, `counts` the day's calls of each scope that was named."""

    now: int
    id: str
    kind: str
    at: int
    why: str
    counts: tuple[int, ...] | dict[str, int]


class Server(Protocol):
    """A server that keeps the book. Everything is called from one thread."""

    shown: str
    """Where it is, as it may be shown."""

    def ask(self, request: Request) -> bytes:
        """Take one step, whole or not at all; gives an `Answer` as JSON.

        Raises:
            Lost: it is not known whether the step was taken.
        """

    def close(self) -> None:
        """Let go of the connection; the next step opens a new one."""


def scope_of(name: str, quota: Quota, known: tuple[str, int, int]) -> Scope:
    """A quota as a step names it; `known` is the book's life, day and count that were last told."""
    rates = tuple((rate.limit, int(rate.interval)) for rate in quota.rates())
    kept_by_pace = quota.per_day * SECOND_MS >= quota.per_second * 86_400_000
    return Scope(name, rates, quota.per_day, not kept_by_pace, *known)
