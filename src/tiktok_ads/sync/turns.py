"""Which slice comes next: in the order of the plan, but few of one owner at a time while others wait."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from tiktok_ads.plan import Slice

_LOOK_AHEAD = 64


class Turns:
    """Slices to be taken one by one. An account that answers slowly, or never, cannot keep all readers busy.

    `most` is how many slices of one owner are under way at a time, unless the next ones are all of owners
    with so many. Those of one table and owner are taken in their order.
    """

    def __init__(self, slices: Sequence[Slice], *, most: int) -> None:
        self._waiting = deque(enumerate(slices))
        self._most = most
        self._under_way: Counter[str] = Counter()

    def take(self) -> tuple[int, Slice] | None:
        """The next slice with its place in the plan; None if there is none left."""
        if not self._waiting:
            return None
        near = range(min(_LOOK_AHEAD, len(self._waiting)))
        place = next((n for n in near if self._under_way[self._owner(n)] < self._most), 0)
        order, piece = self._waiting[place]
        del self._waiting[place]
        self._under_way[piece.advertiser_id] += 1
        return order, piece

    def done(self, piece: Slice) -> None:
        """A slice that was taken is no longer under way."""
        self._under_way[piece.advertiser_id] -= 1
        if not self._under_way[piece.advertiser_id]:
            del self._under_way[piece.advertiser_id]

    def _owner(self, place: int) -> str:
        return self._waiting[place][1].advertiser_id
