"""The command `demo`: simulator, sign-in and a whole sync on this machine, without an account."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import AsJson

if TYPE_CHECKING:
    from tiktok_ads.config.settings import Settings

FILE = "tiktok_ads_demo.duckdb"
_DAYS = 60
_PRESET = "demo"


def demo(*, json: AsJson = False) -> int:
    """Try everything without an account: simulator, sign-in, and a sync into ./tiktok_ads_demo.duckdb.

    Running it again reads the last weeks again and changes nothing else.

    \b
    Example:
      tiktok-ads demo
    """
    from tiktok_ads.cli.progress import live_progress
    from tiktok_ads.simulator.options import Options
    from tiktok_ads.simulator.server import running
    from tiktok_ads.sync import run_sync

    # The fastest quota: nobody wants to wait for a make-believe TikTok.
    with (
        running(_PRESET, options=Options(tier="ultimate")) as simulator,
        tempfile.TemporaryDirectory(prefix="tiktok_ads_demo_") as folder,
        signed_in(simulator.url, Path(folder)) as settings,
    ):
        typer.echo(f"A simulated TikTok answers at {simulator.url}; signed in.", err=json)
        typer.echo(f"Loading {_DAYS} days of nine tables into ./{FILE} …\n", err=json)
        with live_progress() as progress:
            report = asyncio.run(run_sync(settings, progress=progress))
    from tiktok_ads.cli import demo_tables

    if json:
        print_json(
            {**report.to_json(), "rows_held": demo_tables.rows(FILE), "spend": demo_tables.spend(FILE)}
        )
        return report.exit_code
    from tiktok_ads.cli.show import show_run

    show_run(report)
    if report.exit_code == COMPLETE:
        demo_tables.show(FILE)
    return report.exit_code


@contextmanager
def signed_in(url: str, folder: Path) -> Iterator[Settings]:
    """As `connect` does it, with the consent given at once; the token lives in this process alone."""
    from pydantic import SecretStr

    from tiktok_ads.credentials import ENV_APP_SECRET, ENV_TOKEN
    from tiktok_ads.signin.consent import ask_consent, read_pasted
    from tiktok_ads.signin.grant import by_code
    from tiktok_ads.simulator.logins import APP_ID, APP_SECRET

    settings = _settings(url, folder)
    consent = ask_consent(url, APP_ID, "http://127.0.0.1/callback")
    code = read_pasted(_agree(consent.link), consent)
    login = asyncio.run(by_code(settings, SecretStr(APP_SECRET), code))
    said = {ENV_TOKEN: login.token.get_secret_value(), ENV_APP_SECRET: APP_SECRET}
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield settings
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _agree(link: str) -> str:
    """Press the button on the simulator's page, and give the address that it leads to."""
    import httpx2

    with httpx2.Client(trust_env=False) as browser:
        return browser.get(link.replace("/portal/auth?", "/portal/auth/allow?")).headers["Location"]


def _settings(url: str, folder: Path) -> Settings:
    """Settings of its own: neither the file in this folder nor the variables of a real account."""
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.config.table import SETTINGS
    from tiktok_ads.simulator.logins import APP_ID

    now = datetime.now(UTC)
    usual = {row.name: row.default for row in SETTINGS if row.default is not None}
    own: dict[str, object] = {
        "api_url": url,
        "app_id": APP_ID,
        "destination": f"duckdb:///{FILE}",
        "start_date": (now - timedelta(days=_DAYS - 1)).date(),
        "end_date": (now + timedelta(hours=14)).date(),
        "state_dir": str(folder),
        "tier": "ultimate",
    }
    return load_settings({**usual, **own}, config=Path(os.devnull))
