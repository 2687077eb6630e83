"""A run whose rows go to a speaker: the same planner, client, quota and decoding as any other."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tiktok_ads.client.gate import Gate
from tiktok_ads.emit.configured import Configured
from tiktok_ads.emit.marks import set_aside
from tiktok_ads.emit.offered import choosing
from tiktok_ads.emit.receiver import Receiver, Speaker
from tiktok_ads.errors import AccessDenied
from tiktok_ads.extract import Tally
from tiktok_ads.plan import Bookmark
from tiktok_ads.runreport import RunReport, Skipped
from tiktok_ads.sync import run_sync
from tiktok_ads.sync.prepare import accounts_of
from tiktok_ads.sync.run import Transport, connected
from tiktok_ads.sync.tables import tables_of
from tiktok_ads.sync.work import Sleep

_DENIED = 40001
"""TikTok's code for what a login may not see."""


@dataclass(frozen=True)
class World:
    """What tests put in place of the network, the clock and the gate; None is the real one."""

    transport: Transport | None = None
    now: datetime | None = None
    gate: Gate | None = None
    sleep: Sleep = asyncio.sleep


REAL = World()


async def emit(
    said: Configured,
    names: Sequence[str],
    speaker: Speaker,
    *,
    marks: Iterable[Bookmark] = (),
    whole: Collection[str] = (),
    world: World = REAL,
) -> RunReport:
    """Read what is due of these streams.

    Args:
        said: the configuration.
        names: the streams.
        speaker: takes rows and bookmarks.
        marks: the bookmarks of an earlier run.
        whole: streams that are read as if nothing had been read before.
        world: what stands for the real one.

    Raises:
        ConfigError: something cannot be used as it is.
        AuthError: the login does not work.
    """
    known = [set_aside(one) if one.stream in whole else one for one in marks]
    settings = choosing(said.settings, names)
    if any(table.wanted.needs_first_day for table in tables_of(settings)):
        settings.first_day()
    with said.secrets():
        return await run_sync(
            settings,
            transport=world.transport,
            now=world.now,
            gate=world.gate,
            sleep=world.sleep,
            into=Receiver(speaker, known),
        )


def whole_streams(report: RunReport, names: Collection[str]) -> set[str]:
    """Those of the streams of which everything was read, of every advertiser."""
    if any(not one.table for one in report.skipped):
        return set()
    left = {one.table for one in report.skipped}
    left |= {line.table for line in report.lines if line.outcome != "complete"}
    return {line.table for line in report.lines if line.table in names} - left


async def who_answers(said: Configured, *, world: World = REAL) -> tuple[str, ...]:
    """The advertisers that the configuration reaches.

    Raises:
        ConfigError: something cannot be used as it is, or there is none.
        AuthError, AccessDenied: the login does not work, or reaches none of them.
    """
    settings = choosing(said.settings, ["advertisers"])
    now = world.now or datetime.now(UTC)
    with said.secrets():
        async with connected(settings, world.transport, world.gate, world.sleep) as (client, _):
            known = await accounts_of(client, settings, tables_of(settings), now, Tally())
    if not known.advertisers:
        first = known.skipped[0] if known.skipped else Skipped("The login grants no advertiser.", "")
        raise AccessDenied(first.what, first.code or _DENIED, "advertiser/info", first.request_id)
    return tuple(one.advertiser_id for one in known.advertisers)
