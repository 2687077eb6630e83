"""Business Centers: which advertisers belong to which, the same for lists, balances and reports."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.simulator.presets import Place
from tiktok_ads.simulator.world import Advertiser, World

FIRST_CENTER = 7_350_000_000_000_000_001


@dataclass(frozen=True, eq=False)
class Center:
    """A Business Center; zone and currency are those of its first advertiser."""

    number: int
    id: str
    name: str
    advertisers: tuple[Advertiser, ...]

    @property
    def place(self) -> Place:
        return self.advertisers[0].place


def centers(world: World) -> dict[str, Center]:
    """All Business Centers by id: at most three, so that those of a large world have several pages."""
    everyone = list(world.advertisers.values())
    each = max(2, -(-len(everyone) // 3))
    made = {}
    for at in range(0, len(everyone), each):
        number = at // each + 1
        center_id = str(FIRST_CENTER - 1 + number)
        made[center_id] = Center(
            number, center_id, f"Business Center {number}", tuple(everyone[at : at + each])
        )
    return made


def center_of(world: World, advertiser: Advertiser) -> Center:
    return next(one for one in centers(world).values() if advertiser in one.advertisers)
