"""The server's clock as it can be told from here: no clock of this machine is compared with another's."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_ANSWERS = 32
_MOST_TRAVEL_MS = 200


class ServerClock:
    """What time it is at the server, never later than it is there.

    Each answer names the server's moment. It was taken after the question left and before the answer came, so
    the server is ahead of our own steady clock by at least (its moment - our arrival) and by at most (its
    moment - our departure). The largest of the last answers' lower bounds is the closest. Waiting by it ends
    at the booked moment or up to one journey of an answer later, never before.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._ahead: deque[float] = deque(maxlen=_ANSWERS)
        self._travel: deque[float] = deque(maxlen=_ANSWERS)

    def departure(self) -> float:
        """The moment at which a question is ready to go, by our steady clock."""
        return self._steady() * 1000

    def told(self, moment: int, departed: float) -> None:
        """Learn from an answer whose question left at `departed`."""
        arrived = self._steady() * 1000
        if self._ahead and max(self._ahead) > moment - departed + 1:
            # More than possible: the server's clock was set back, or another server answers.
            self._ahead.clear()
        self._ahead.append(moment - arrived)
        self._travel.append(arrived - departed)

    def now(self) -> int:
        """Milliseconds since 1970 by the server."""
        if not self._ahead:
            return int(time.time() * 1000)
        return int(self._steady() * 1000 + max(self._ahead))

    @property
    def travel_ms(self) -> int:
        """How long a question and its answer take, as a rule."""
        if not self._travel:
            return 0
        return min(_MOST_TRAVEL_MS, int(sorted(self._travel)[len(self._travel) // 2]) + 1)
