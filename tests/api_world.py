"""The app over a small simulator for the tests of calls: an agency's connection, two datasets, a token."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keyring
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from tests.app_desk import Browser, app_in
from tests.test_credentials import MemoryKeyring
from tiktok_ads.credentials import save
from tiktok_ads.simulator.logins import APP_ID, APP_SECRET, TOKEN
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.server import Running, running
from tiktok_ads.ui.app import ROUTERS
from tiktok_ads.ui.description import describe, operation_id

SETTINGS = """\
[connections.shop]
app_id = "{app_id}"
api_url = "{url}"
scopes = [100, 200, 44]

[connections.other]
api_url = "{url}"

[jobs.nine]
description = "Every morning"
connection = "shop"
tables = ["core"]
start_date = 2026-10-25
store_changes = "all"
destination = "duckdb:///ads.duckdb"
schedule = "daily at 06:00"

[reports.weekly]
dimensions = ["campaign_id", "stat_time_day"]
metrics = ["spend"]
dates = "last 7 days"

[jobs.weekly]
connection = "shop"
tables = ["weekly"]
destination = "duckdb:///ads.duckdb"
"""


@dataclass
class Api:
    """The app, its settings file, and how a program comes in."""

    browser: Browser
    served: Running
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def reset(self) -> None:
        """The settings file, the logins and the tokens as they were at first."""
        for name in ("shop", "other"):
            save(name, access_token=SecretStr(TOKEN), app_secret=SecretStr(APP_SECRET))
        if "ci" not in [one.name for one in self.browser.desk.tokens.listed()]:
            self.browser.desk.tokens.add("ci")
        text = SETTINGS.format(url=self.served.url, app_id=APP_ID)
        self.browser.desk.config.write_text(text, encoding="utf-8")

    def run(self, name: str) -> str:
        """Run a dataset to its end; the run's id."""
        desk = self.browser.desk
        ended = asyncio.run(desk.runner.run(name, desk.jobs()[name], trigger="manual"))
        assert ended.run.outcome == "complete", ended.run
        return ended.run.id

    def ask(self, method: str, path: str, json: object = None, **headers: str) -> Any:
        """A call with the token; its answer."""
        return self.browser.ask(
            method, f"/api/v1{path}", signed_in=False, headers={**self.headers, **headers}, json=json
        )


@contextmanager
def api_in(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The app in this folder, which reaches nothing but this machine."""
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    patch.chdir(folder)
    patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    patch.setenv("TIKTOK_ADS_STATE_DIR", str(folder / "state"))
    patch.delenv("TIKTOK_ADS_ACCESS_TOKEN", raising=False)
    patch.delenv("TIKTOK_ADS_APP_SECRET", raising=False)
    patch.setenv("TIKTOK_ADS_TIER", "ultimate")
    real = socket.getaddrinfo

    def only_here(host: Any, *rest: Any, **named: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", "::1", None):
            raise socket.gaierror(f"{host!r} is not this machine")
        return real(host, *rest, **named)

    patch.setattr(socket, "getaddrinfo", only_here)
    try:
        with running("tiny", options=Options(tier=None)) as served, app_in(folder) as made:
            patch.setattr("tiktok_ads.ui.signins.SANDBOX", served.url)
            patch.setattr("tiktok_ads.ui.signins.PRODUCTION", served.url.replace("127.0.0.1", "localhost"))
            desk = replace(made.desk, simulator=lambda: served.url, simulator_app=(APP_ID, APP_SECRET))
            token = desk.doors.new_program()
            api = Api(Browser(desk), served, token)
            api.reset()
            yield api
    finally:
        keyring.set_keyring(before)


def described() -> dict[str, Any]:
    """The OpenAPI description, without an app that runs."""
    app = FastAPI(title="tests", generate_unique_id_function=operation_id)
    for router in ROUTERS:
        app.include_router(router)
    made = describe(app)
    # Who gets in is tested for itself; here everybody does.
    del made["security"], made["components"]["securitySchemes"]
    return made
