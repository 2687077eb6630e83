"""The web app in process for tests: a desk of its own, and a client that speaks to it as a browser does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from tiktok_ads.jobs.history import History
from tiktok_ads.jobs.listed import load_jobs
from tiktok_ads.jobs.runner import open_runner
from tiktok_ads.jobs.scheduler import Scheduler
from tiktok_ads.simulator.logins import TOKEN
from tiktok_ads.simulator.server import Running
from tiktok_ads.ui.app import create_app
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.sessions import Doors
from tiktok_ads.ui.tokens import Tokens

PORT = 8321
URL = f"http://127.0.0.1:{PORT}"
SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Browser:
    """Asks the app as somebody who was let in, unless told otherwise."""

    desk: Desk
    cookie: str = ""

    def __post_init__(self) -> None:
        self.app = create_app(self.desk, hosts=(f"127.0.0.1:{PORT}", f"localhost:{PORT}"))
        self.cookie = self.cookie or self.desk.doors.new_session()

    def ask(
        self,
        method: str,
        path: str,
        *,
        signed_in: bool = True,
        headers: dict[str, str] | None = None,
        data: Mapping[str, str | list[str]] | None = None,
        json: object = None,
    ) -> httpx2.Response:
        """One request and its answer; redirects are not followed."""
        sent = {**SAME, **(headers or {})}
        if signed_in:
            sent.setdefault("Cookie", f"{self.desk.doors.cookie}={self.cookie}")

        async def story() -> httpx2.Response:
            transport = httpx2.ASGITransport(app=self.app)
            async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
                return await client.request(method, path, headers=sent, data=data, json=json)

        return asyncio.run(story())

    def get(self, path: str, **said: object) -> httpx2.Response:
        return self.ask("GET", path, **said)  # type: ignore[arg-type]

    def post(self, path: str, **said: object) -> httpx2.Response:
        return self.ask("POST", path, **said)  # type: ignore[arg-type]


@contextmanager
def app_in(
    folder: Path, *, settings: str = "", password: str = "", now: datetime | None = None
) -> Iterator[Browser]:
    """The app over a settings file in this folder."""
    config = folder / "tiktok_ads.toml"
    if settings:
        config.write_text(settings, encoding="utf-8")
    state = folder / "state"
    with closing(History(state)) as history:

        def moment() -> float:
            return (now or datetime.now(UTC)).timestamp()

        runner = open_runner(state, history=history)
        scheduler = Scheduler(runner, lambda: load_jobs(config if config.exists() else None), lambda _: None)
        tokens = Tokens(state, lambda: now or datetime.now(UTC))
        doors = Doors(b"k" * 32, PORT, password, clock=moment, tokens=tokens)
        yield Browser(Desk(config, URL, doors, history, runner, scheduler))


@contextmanager
def app_at(served: Running, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The app in this folder, with a connection `shop` to all advertisers of a simulator."""
    patch.setenv("TIKTOK_ADS_ACCESS_TOKEN", TOKEN)
    patch.setenv("TIKTOK_ADS_STATE_DIR", str(folder / "state"))
    patch.setenv("TIKTOK_ADS_TIER", "ultimate")
    patch.chdir(folder)
    advertisers = ", ".join(f'"{one}"' for one in served.simulator.world.advertisers)
    settings = f'[connections.shop]\napi_url = "{served.url}"\nadvertisers = [{advertisers}]\n'
    with app_in(folder, settings=settings) as made:
        yield made
