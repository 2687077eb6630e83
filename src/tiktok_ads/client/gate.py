"""The gate that every call passes: it keeps an app under its limits in all processes of a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Turn:
    """Leave to send one call now: when it was given (epoch seconds) and how long it took."""

    at: float
    waited_seconds: float = 0.0


class Gate(Protocol):
    """What the client needs of a gate."""

    async def enter(self, path: str, *, advertiser_id: str | None = None) -> Turn:
        """Wait until one call may go out.

        Raises:
            QuotaExceeded: that would take longer than the gate is willing to wait.
        """

    async def refused(
        self, turn: Turn, path: str, code: int, message: str, *, advertiser_id: str | None
    ) -> float:
        """TikTok refused the call of this turn as one too many; everybody concerned pauses.

        Returns:
            Seconds that the pause lasts from now on.
        """

    async def timed_out(self, fingerprint: str) -> None:
        """Remember, for the whole machine, that TikTok did not answer this report in time."""

    async def seconds_blocked(self, fingerprint: str) -> float:
        """How long this report must not be asked again, 0 if it may."""

    def used_today(self) -> int:
        """Calls of the app since 00:00 UTC that this machine knows of."""


class OpenGate:
    """A gate that lets everything pass and counts; for tests of other things."""

    def __init__(self) -> None:
        self._calls = 0
        self._timeouts: set[str] = set()

    async def enter(self, path: str, *, advertiser_id: str | None = None) -> Turn:
        self._calls += 1
        return Turn(0.0)

    async def refused(
        self, turn: Turn, path: str, code: int, message: str, *, advertiser_id: str | None
    ) -> float:
        return 1.0

    async def timed_out(self, fingerprint: str) -> None:
        self._timeouts.add(fingerprint)

    async def seconds_blocked(self, fingerprint: str) -> float:
        return 600.0 if fingerprint in self._timeouts else 0.0

    def used_today(self) -> int:
        return self._calls
