"""Whoever watches a run sees it go on and end."""

from __future__ import annotations

import asyncio

from tiktok_ads.jobs.live import Live, Standing
from tiktok_ads.runreport import ProgressEvent


async def watched(live: Live, job: str) -> list[Standing]:
    return [one async for one in live.watch(job, at_most_every=0)]


def test_a_watcher_sees_steps_and_the_end() -> None:
    async def story() -> list[list[Standing]]:
        live = Live()
        progress = live.begin("a")
        both = [asyncio.create_task(watched(live, "a")) for _ in range(2)]
        await asyncio.sleep(0)
        progress(ProgressEvent("planned", total=4, calls_expected=9))
        for done in range(1, 5):
            await asyncio.sleep(0)
            progress(ProgressEvent("slice", "ads", "1", done=done, rows=done * 10, calls=done))
        await asyncio.sleep(0)
        live.end("a")
        return await asyncio.wait_for(asyncio.gather(*both), 10)

    for seen in asyncio.run(story()):
        assert seen[-1].over
        events = [one.event for one in seen[:-1] if one.event]
        assert [event.done for event in events] == sorted(event.done for event in events)
        assert {event.total for event in events} == {4}


def test_a_pause_for_the_quota_is_seen_with_what_is_done_so_far() -> None:
    live = Live()
    progress = live.begin("a")
    progress(ProgressEvent("planned", total=4))
    progress(ProgressEvent("wait", seconds=300))
    standing = live.standing("a")
    assert standing is not None
    assert (standing.waiting_seconds, standing.event and standing.event.total) == (300, 4)
    progress(ProgressEvent("slice", done=1))
    assert [one.waiting_seconds for one in live.running()] == [0]


def test_a_job_that_does_not_run_is_over_at_once() -> None:
    async def story() -> list[Standing]:
        return await asyncio.wait_for(watched(Live(), "a"), 10)

    assert asyncio.run(story()) == [Standing("a", over=True)]
