"""How many calls TikTok allows: per app by tier, and for the few paths that have limits of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyrate_limiter import Rate

Tier = Literal["basic", "advanced", "premium", "ultimate", "sandbox"]

# Calls are counted where they arrive, some milliseconds later or earlier than they were spaced here.
SECOND_MS = 1040
MINUTE_MS = 60_500


@dataclass(frozen=True)
class Quota:
    """Calls per second, minute and day; the day starts anew at 00:00 UTC."""

    per_second: int
    per_minute: int
    per_day: int

    def rates(self) -> list[Rate]:
        """The limits as a sliding log holds them, with margin, and a least distance so that calls are spread.

        Limits that the shorter ones keep by themselves are left out; the log accepts no such pair.
        """
        rates = [Rate(self.per_second, SECOND_MS)]
        if self.per_second > 1:
            # Closer than even, so that a process that was held up for a moment can catch up.
            rates.insert(0, Rate(1, SECOND_MS * 4 // (self.per_second * 5)))
        if self.per_minute / MINUTE_MS < self.per_second / SECOND_MS:
            rates.append(Rate(self.per_minute, MINUTE_MS))
        return rates


# Source: portal page on rate limits, seen 2026-08.
TIERS: dict[Tier, Quota] = {
    "basic": Quota(10, 600, 864_000),
    "advanced": Quota(20, 1200, 1_728_000),
    "premium": Quota(30, 1800, 2_592_000),
    "ultimate": Quota(50, 3000, 4_320_000),
    # Counted for each endpoint by itself.
    "sandbox": Quota(1, 30, 1000),
}

# The reference says 2 a second for new tasks, the FAQ says 1.
_TASKS = Quota(1, 60, 4500)
_GMV_MAX: dict[Tier, Quota] = {
    "basic": Quota(8, 240, 20_000),
    "advanced": Quota(12, 360, 30_000),
    "premium": Quota(20, 600, 50_000),
    "ultimate": Quota(20, 600, 50_000),
}


def quotas_of(path: str, tier: Tier) -> dict[str, Quota]:
    """The quotas that one call to a path uses up, by the name of what is counted."""
    if tier == "sandbox":
        return {path: TIERS[tier]}
    quotas = {"app": TIERS[tier]}
    if path == "report/task/create":
        quotas[path] = _TASKS
    elif path == "gmv_max/report/get":
        quotas[path] = _GMV_MAX[tier]
    return quotas
