"""Waiting for a file that TikTok prepares: asked again at growing distances, half an hour at most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import msgspec

from tiktok_ads.client import Answer, Meter
from tiktok_ads.errors import ReportTimeout, ServerFault, TikTokAdsError
from tiktok_ads.extract.calls import Tally

T = TypeVar("T")
WAITS_SECONDS = (2, 3, 5, 10, 15, 20, *[30] * 56)
TRIES = 3
"""How often a task is asked for, or its file fetched, before that counts as failed."""
DONE = frozenset({"SUCCESS", "SUCCEED"})
"""Two spellings of one thing: leads end as SUCCEED, the change log as SUCCESS."""


class Created(msgspec.Struct):
    """What the call answers that has a file prepared."""

    task_id: str


class _Checked(msgspec.Struct):
    status: str
    message: str | None = None


async def repeated(call: Callable[[], Awaitable[T]], on: type[TikTokAdsError]) -> T:
    """What a call gives, which is made again where it fails in that way: a task made twice does no harm."""
    for _ in range(TRIES - 1):
        try:
            return await call()
        except on:
            continue
    return await call()


async def finished(
    path: str,
    ask: Callable[[Meter], Awaitable[Answer]],
    *,
    tally: Tally,
    sleep: Callable[[float], Awaitable[None]],
) -> str:
    """Return the request id of the answer that says that the file is ready.

    Raises:
        ServerFault: TikTok could not make it.
        ReportTimeout: it was not ready in half an hour.
    """
    for wait in WAITS_SECONDS:
        answer = await tally.counted("task", partial(ask))
        told = msgspec.json.decode(answer.data, type=_Checked)
        if told.status in DONE:
            return answer.request_id
        if told.status in ("FAILED", "CANCELED"):
            why = told.message or f"the file ended as {told.status}"
            raise ServerFault(why, 0, path, answer.request_id)
        await sleep(wait)
    raise ReportTimeout("the file was not ready after half an hour", path)
