"""A metric that TikTok takes and never sends is named in the run report, and nothing else is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx2
import pytest

from tests.worlds import SMALL, Desk, Listening, desk
from tiktok_ads.reports import report_async
from tiktok_ads.runreport import RunReport
from tiktok_ads.simulator.presets import PLACES, Plot


class Forgetful(httpx2.AsyncBaseTransport):
    """A TikTok that leaves one metric out of every row."""

    def __init__(self, line: Listening, metric: str) -> None:
        self._line, self._metric = line, metric

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._line.handle_async_request(request)
        body = await answer.aread()
        named = f'"{self._metric}"'.encode()
        if b'"metrics"' in body and named in body:
            body = re.sub(named + rb':"[^"]*",?', b"", body).replace(b",}", b"}")
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx2.Response(answer.status_code, headers=headers, content=body)


@pytest.fixture
def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TIKTOK_ADS_ACCESS_TOKEN", "simulator-token")
    return desk(tmp_path, (Plot(PLACES[5], SMALL),))


def run(it: Desk, transport: httpx2.AsyncBaseTransport) -> RunReport:
    made = asyncio.run(
        report_async(
            settings=it.settings(),
            transport=transport,
            now=it.world.now(),
            gate=it.gate,
            sleep=it.clock.sleep,
            dimensions=["campaign_id", "stat_time_day"],
            metrics=["spend", "clicks", "likes"],
            dates="last 5 days",
        )
    )
    assert made.arrow["spend"].null_count == 0
    return made.run


def test_a_metric_that_never_came_is_named(it: Desk) -> None:
    """By table, with the number of rows in which it was missing."""
    report = run(it, Forgetful(it.line, "likes"))
    notes = [note.text for note in report.notes if note.table == "report"]
    assert len(notes) == 1
    assert notes[0].startswith("TikTok took these metrics and sent none of them")
    assert notes[0].endswith(": likes")


def test_metrics_that_came_are_not(it: Desk) -> None:
    """Nor those that came as a dash or as nought."""
    assert [note.text for note in run(it, it.line).notes] == []
