"""How long the report builder takes to say what may still be chosen."""

from __future__ import annotations

import random
import statistics
import time

from tiktok_ads.catalog import catalog
from tiktok_ads.catalog.choices import SoFar, choices

TRIES = 200


def menu_seconds(tries: int = TRIES) -> list[float]:
    """Wall-clock seconds of that many whole answers, each for another state of the builder."""
    chance = random.Random(1)
    choices()
    took = []
    for _ in range(tries):
        so_far = _state(chance)
        begun = time.perf_counter()
        choices(so_far)
        took.append(time.perf_counter() - begun)
    return took


def _state(chance: random.Random) -> SoFar:
    known = catalog()
    kind = known.report_types[chance.choice(list(known.report_types))]
    level = chance.choice(kind.levels) if kind.levels and chance.random() < 0.7 else None
    pool = [one.name for one in known.dimensions.values() if kind.name in one.report_types]
    dimensions = tuple(chance.sample(pool, k=min(chance.randint(0, 3), len(pool))))
    metrics = tuple(chance.sample(list(known.metrics), k=chance.choice((0, 3, 150))))
    return SoFar(kind.name, level, dimensions, metrics)


def told(took: list[float]) -> tuple[str, str]:
    """Median and the slowest of a hundred, in words."""
    median = statistics.median(took) * 1000
    slowest = sorted(took)[int(len(took) * 0.99) - 1] * 1000
    return f"{median:.1f} ms", f"{slowest:.1f} ms"
