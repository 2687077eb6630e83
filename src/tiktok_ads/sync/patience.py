"""Waits a little for whoever has the destination open: a page of the app reads for seconds, not longer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tiktok_ads.errors import DestinationBusy

_EVERY_SECONDS = 0.25
_TIMES = 120
_Opened = TypeVar("_Opened")


async def once_free(attempt: Callable[[], _Opened], sleep: Callable[[float], Awaitable[None]]) -> _Opened:
    """What the attempt gives, tried again for half a minute.

    Raises:
        DestinationBusy: somebody still has it open.
    """
    for _ in range(_TIMES):
        try:
            return attempt()
        except DestinationBusy:
            await sleep(_EVERY_SECONDS)
    return attempt()
