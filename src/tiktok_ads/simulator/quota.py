"""The quota of an app by second, minute and day, its penalties, and a count of everything that came in."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tiktok_ads.simulator.answers import Refused
from tiktok_ads.simulator.options import TIERS

MINUTE_PENALTY = 300.0
SLOW_WINDOW = 10.0
SLOW_STEPS = ((30, 0), (20, 1), (10, 5))  # time-outs in ten seconds, calls per second that are left
BLOCK_WINDOW = 600.0
BLOCK_AFTER = 3
MOST = ("fixed_second", "fixed_minute", "sliding_second", "sliding_minute", "day")
LENGTHS = {"second": 1, "minute": 60}
# Some endpoints have limits of their own, which may grow with the tier: calls per second, minute and day.
TASKS = (2, 60, 4_500)
GMV_MAX = {"basic": (8, 240, 20_000), "advanced": (12, 360, 30_000)}
MOST_GMV_MAX = (20, 600, 50_000)


def own_limits(endpoint: str, tier: str) -> tuple[int, int, int] | None:
    if endpoint == "report/task/create":
        return TASKS
    if endpoint == "gmv_max/report/get":
        return GMV_MAX.get("basic" if tier == "sandbox" else tier, MOST_GMV_MAX)
    return None


@dataclass
class Window:
    """Counts calls in the current second, minute and day, and remembers the most there ever were."""

    sliding: bool
    recent: deque[float] = field(default_factory=deque)
    day: int = -1
    today: int = 0
    most: Counter[str] = field(default_factory=Counter)
    fixed: dict[str, tuple[int, int]] = field(default_factory=dict)

    def counts(self, now: float) -> tuple[int, int, int]:
        """Calls so far in this second, minute and day, the way that the limits count."""
        while self.recent and self.recent[0] <= now - 60:
            self.recent.popleft()
        if int(now // 86_400) != self.day:
            self.day, self.today = int(now // 86_400), 0
        if self.sliding:
            return len(self._last_second(now)), len(self.recent), self.today
        return self._fixed("second", now), self._fixed("minute", now), self.today

    def add(self, now: float) -> None:
        self.counts(now)
        self.recent.append(now)
        self.today += 1
        for unit, length in LENGTHS.items():
            had = self._fixed(unit, now)
            self.fixed[unit] = (int(now // length), had + 1)
            self.most[f"fixed_{unit}"] = max(self.most[f"fixed_{unit}"], had + 1)
        self.most["sliding_second"] = max(self.most["sliding_second"], len(self._last_second(now)))
        self.most["sliding_minute"] = max(self.most["sliding_minute"], len(self.recent))
        self.most["day"] = max(self.most["day"], self.today)

    def _fixed(self, unit: str, now: float) -> int:
        which, had = self.fixed.get(unit, (-1, 0))
        return had if which == int(now // LENGTHS[unit]) else 0

    def _last_second(self, now: float) -> list[float]:
        last = []
        for at in reversed(self.recent):
            if at <= now - 1:
                break
            last.append(at)
        return last


@dataclass(eq=False)
class Quota:
    """Enforces a tier for each app. `tier` None enforces nothing; everything is counted all the same."""

    tier: str | None
    sliding: bool
    time: Callable[[], float]
    apps: dict[str, Window] = field(default_factory=dict)
    own: dict[tuple[str, str], Window] = field(default_factory=dict)
    all: Window = field(init=False)
    silent_until: dict[str, float] = field(default_factory=dict)
    slowed_until: dict[str, tuple[float, int]] = field(default_factory=dict)
    timeouts: dict[str, deque[float]] = field(default_factory=dict)
    timed_out: dict[str, list[float]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.all = Window(self.sliding)

    def take(self, app_id: str, endpoint: str, fingerprint: str) -> None:
        """Count a call; refuse it if it is one too many."""
        now = self.time()
        self.calls[endpoint] += 1
        self.all.add(now)
        self._repeated(fingerprint, now)
        window = self.apps.setdefault(app_id, Window(self.sliding))
        if self.tier is not None:
            self._check(app_id, window, endpoint, now)
        window.add(now)

    def _repeated(self, fingerprint: str, now: float) -> None:
        """A request that timed out must not come again unchanged for ten minutes."""
        before = [at for at in self.timed_out.get(fingerprint, []) if at > now - BLOCK_WINDOW]
        if before:
            self.violations["repeated_after_timeout"] += 1
        if len(before) >= BLOCK_AFTER:
            raise Refused(40100, "This request timed out too often and is blocked for 10 minutes.")

    def _check(self, app_id: str, window: Window, endpoint: str, now: float) -> None:
        if self.tier is None:
            return
        if now < self.silent_until.get(app_id, 0):
            self.violations["during_penalty"] += 1
            raise Refused(40100, "Requests are made too frequently. Please try again in 5 minutes.")
        per_second, per_minute, per_day = TIERS[self.tier]
        until, slowed = self.slowed_until.get(app_id, (0.0, 0))
        if now < until:
            per_second = min(per_second, slowed)
        second, minute, day = window.counts(now)
        if day >= per_day:
            self.violations["day"] += 1
            raise Refused(40100, "Requests are made too frequently. The limit of the day is reached.")
        if minute >= per_minute:
            self.violations["minute"] += 1
            self.silent_until[app_id] = now + MINUTE_PENALTY
            raise Refused(40100, "Requests are made too frequently. Please try again in 5 minutes.")
        if second >= per_second:
            self.violations["second"] += 1
            raise Refused(40100, "Requests are made too frequently. Please try again later.")
        limits = own_limits(endpoint, self.tier)
        if limits is not None:
            own = self.own.setdefault((app_id, endpoint), Window(self.sliding))
            if any(had >= limit for had, limit in zip(own.counts(now), limits, strict=True)):
                self.violations[endpoint] += 1
                raise Refused(40100, "Requests are made too frequently for this endpoint.")
            own.add(now)

    def timeout(self, app_id: str, fingerprint: str) -> None:
        """A request was too slow: too many of these cost calls per second."""
        now = self.time()
        self.timed_out.setdefault(fingerprint, []).append(now)
        recent = self.timeouts.setdefault(app_id, deque())
        recent.append(now)
        while recent[0] <= now - SLOW_WINDOW:
            recent.popleft()
        for least, left in SLOW_STEPS:
            if len(recent) >= least:
                self.slowed_until[app_id] = (now + MINUTE_PENALTY, left)
                return

    def counters(self) -> dict[str, object]:
        return {
            "calls": dict(self.calls),
            "total_calls": sum(self.calls.values()),
            "answers_by_code": dict(self.answers),
            "violations": dict(self.violations),
            "ignored_parameters": dict(self.ignored),
            "most": {name: self.all.most[name] for name in MOST},
            "most_by_app": {app: {name: w.most[name] for name in MOST} for app, w in self.apps.items()},
        }

    def reset(self) -> None:
        self.calls.clear()
        self.answers.clear()
        self.violations.clear()
        self.ignored.clear()
        self.all = Window(self.sliding)
        for window in self.apps.values():
            window.most.clear()
