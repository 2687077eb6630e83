"""How a simulator behaves beyond the documented rules: quota tier, latency, limits that tests lower."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Tier = Literal["sandbox", "basic", "advanced", "premium", "ultimate"]
# Calls per second, per minute and per day of an app.
TIERS: dict[str, tuple[int, int, int]] = {
    "sandbox": (1, 30, 1_000),
    "basic": (10, 600, 864_000),
    "advanced": (20, 1_200, 1_728_000),
    "premium": (30, 1_800, 2_592_000),
    "ultimate": (50, 3_000, 4_320_000),
}


@dataclass(frozen=True)
class Options:
    """What is not in the documentation, or must be small in a test.

    Args:
        tier: whose quota is enforced; None enforces none and only counts.
        sliding: whether a second and a minute begin with each call, or with the clock's.
        latency_ms: how long each answer takes.
        control: whether `/_simulator/` answers.
        cut_above: newest objects that a synchronous report covers.
        too_large_above: objects × days × metrics above which a report is refused with 40067; None never.
        refuse_future: whether a report may end after the advertiser's today.
        sandbox: whether what TikTok's sandbox does not have is refused.
        strict: whether parameters that nobody documents are refused, not ignored.
        late_audiences: whether a day comes only 16 hours after its end where TikTok says so of a breakdown
            or metric; off, so that breakdowns add up to the whole at any moment.
        task_polls: how often a task is asked about before it has succeeded.
        quota_time: the clock of the quota, in seconds since 1970.
        sleep: how latency and hanging wait.
        broken: in process there is no connection to break; makes the exception that stands for it
            ("hang" or "reset"). None breaks the connection itself.
    """

    tier: str | None = None
    sliding: bool = False
    latency_ms: float = 0
    control: bool = True
    cut_above: int | None = 20_000
    too_large_above: int | None = None
    refuse_future: bool = True
    sandbox: bool = False
    strict: bool = False
    late_audiences: bool = False
    task_polls: int = 2
    quota_time: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    broken: Callable[[str], Exception] | None = None
