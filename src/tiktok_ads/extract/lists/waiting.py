"""Waiting for a file that TikTok prepares: asked again at growing distances, half an hour at most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from tiktok_ads.client import Answer, Meter
from tiktok_ads.errors import ReportTimeout, ServerFault
from tiktok_ads.extract.calls import Tally

WAITS_SECONDS = (2, 3, 5, 10, 15, 20, *[30] * 56)
DONE = frozenset({"SUCCESS", "SUCCEED"})
"""Two spellings of one thing: leads end as SUCCEED, the change log as SUCCESS."""


class Created(msgspec.Struct):
    """What the call answers that has a file prepared."""

    task_id: str


class _Checked(msgspec.Struct):
    status: str
    message: str | None = None


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
