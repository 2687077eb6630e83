"""A TikTok of a few answers, written into each test, for shapes that the simulator has no example of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx2

from tests.worlds import Clock
from tiktok_ads.client.book import LocalBook
from tiktok_ads.client.gate import QuotaGate
from tiktok_ads.client.ledger import Ledger
from tiktok_ads.config import Settings
from tiktok_ads.runreport import RunReport
from tiktok_ads.sync import run_sync

OWNER, CENTER = "7000000000000000001", "7350000000000000001"
NOW = datetime(2026, 9, 22, 15, 10, tzinfo=UTC)
Answering = Callable[[Mapping[str, Any]], Any]


@dataclass
class Refusal(Exception):
    """What TikTok says instead of data."""

    code: int
    message: str = "No."


@dataclass
class File:
    """An answer that is a file."""

    content: bytes


def listed(*rows: Mapping[str, Any], key: str = "list") -> dict[str, Any]:
    """Rows on one page."""
    info = {"page": 1, "page_size": 100, "total_number": len(rows), "total_page": 1}
    return {key: list(rows), "page_info": info}


@dataclass
class LittleApi(httpx2.AsyncBaseTransport):
    """Answers each path with what a test wrote for it, and keeps what was asked."""

    answers: dict[str, Answering]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/open_api/v1.3/").strip("/")
        body = await request.aread()
        said = json.loads(body) if body else dict(request.url.params)
        params = {name: _opened(value) for name, value in said.items()}
        self.asked.append((path, params))
        self.headers.append(dict(request.headers))
        envelope: dict[str, Any] = {"code": 0, "message": "OK", "request_id": f"r{len(self.asked)}"}
        try:
            answer = self.answers[path](params)
        except Refusal as error:
            envelope |= {"code": error.code, "message": error.message}
            answer = {}
        if isinstance(answer, File):
            return httpx2.Response(200, content=answer.content, headers={"Content-Type": "text/csv"})
        return httpx2.Response(200, json={**envelope, "data": answer})

    def calls(self, path: str) -> list[dict[str, Any]]:
        return [params for asked, params in self.asked if asked == path]


def _opened(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def account(_: Mapping[str, Any]) -> dict[str, Any]:
    """One advertiser in UTC."""
    row = {"advertiser_id": OWNER, "name": "Advertiser 1", "display_timezone": "UTC", "currency": "EUR"}
    return {"list": [{**row, "balance": 0, "create_time": 1_700_000_000}]}


def center(_: Mapping[str, Any]) -> dict[str, Any]:
    """One Business Center in UTC."""
    return listed({"bc_info": {"bc_id": CENTER, "name": "Business Center 1", "timezone": "UTC"}})


@dataclass
class Loaded:
    """A folder into which runs go."""

    folder: Path
    api: LittleApi

    def sync(self, *tables: str, now: datetime = NOW, **changed: Any) -> RunReport:
        said: dict[str, Any] = {
            "api_url": "http://127.0.0.1:9999",
            "advertisers": (OWNER,),
            "tables": tables,
            "destination": f"duckdb:///{self.folder / 'out.duckdb'}",
            "state_dir": self.folder,
            "tier": "ultimate",
            **changed,
        }

        clock = Clock()
        gate = QuotaGate(
            LocalBook(Ledger(None, "ultimate"), clock=clock), max_wait_seconds=900, sleep=clock.sleep
        )
        running = run_sync(Settings(**said), transport=self.api, now=now, gate=gate, sleep=clock.sleep)
        return asyncio.run(running)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.folder / "out.duckdb"), read_only=True) as connection:
            connection.execute("SET search_path = 'tiktok_ads'")
            return connection.execute(sql).fetchall()
