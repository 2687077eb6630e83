"""The command that serves the web app and keeps the schedules of all jobs."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Annotated

import typer

from tiktok_ads.cli import logs
from tiktok_ads.cli.boundary import COMPLETE
from tiktok_ads.cli.jobs import Config
from tiktok_ads.errors import ConfigError

PASSWORD = "TIKTOK_ADS_UI_PASSWORD"  # noqa: S105  (the variable's name)
PORT = 8321
MOST_PORTS = 65535


def serve(
    *,
    port: Annotated[int, typer.Option("--port", min=1, max=MOST_PORTS, help="Port of the app.")] = PORT,
    host: Annotated[
        str, typer.Option("--host", help=f"Address to listen on; all but this machine's need {PASSWORD}.")
    ] = "127.0.0.1",
    public_host: Annotated[
        list[str] | None,
        typer.Option("--public-host", help="Name with port under which a proxy passes the app on."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    headless: Annotated[bool, typer.Option("--headless", help="Keep the schedules without the app.")] = False,
    config: Config = None,
) -> int:
    """Serve the web app and keep the schedules of all jobs until Ctrl-C.

    The settings file may change meanwhile. Runs that were missed while this was not running are made up for
    by one. Never two runs of one job at a time; all jobs of an app share its quota, with every other process
    of this machine.

    \b
    Example:
      tiktok-ads serve
      tiktok-ads serve --headless
    """
    from tiktok_ads.config.file import FILE_NAME
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.jobs.listed import load_jobs

    settings = load_settings(config=config)
    if settings.telemetry:
        from tiktok_ads.telemetry.opening import watch

        watch(settings.telemetry, metrics_port=settings.metrics_port)
    if headless:
        return _keep(config, settings.state_dir)
    if importlib.util.find_spec("fastapi") is None or importlib.util.find_spec("jinja2") is None:
        raise ConfigError(
            "The web app is not installed.",
            "Install tiktok-ads-connector[app], or keep the schedules alone with --headless.",
        )
    from tiktok_ads.ui.server import LOOPBACK, Place
    from tiktok_ads.ui.server import serve as serve_app

    place = Place(host, port, os.environ.get(PASSWORD, ""), tuple(public_host or ()))
    with ExitStack() as stack:
        tried = _TryOut(stack, port + 1 if port < MOST_PORTS else port - 1)
        known = [name for name, one in settings.connections.items() if one.api_url == tried.url]
        if known:
            tried.start()
            tried.admit(known)
        serve_app(
            place,
            config=config or Path(os.environ.get("TIKTOK_ADS_CONFIG") or FILE_NAME),
            state_dir=settings.state_dir,
            load=lambda: load_jobs(config),
            tell=_tell,
            browser=browser,
            # Its consent page is on this machine alone, where a browser elsewhere does not come.
            simulator=tried.start if host in LOOPBACK and not public_host else None,
            simulator_app=tried.app,
        )
    return COMPLETE


class _TryOut:
    """The simulator that the app offers, on the port beside the app's, so that its login works later, too."""

    def __init__(self, stack: ExitStack, port: int) -> None:
        from tiktok_ads.simulator.logins import APP_ID, APP_SECRET

        self._stack, self._port, self._runs = stack, port, False
        self.url, self.app = f"http://127.0.0.1:{port}", (APP_ID, APP_SECRET)

    def start(self) -> str:
        """Start it unless it runs; its address.

        Raises:
            ConfigError: the port is taken.
        """
        from tiktok_ads.simulator.server import running

        if not self._runs:
            try:
                served = self._stack.enter_context(running("demo", port=self._port))
            except OSError as error:
                told = f"The simulator's port {self._port} cannot be used: {error.strerror}."
                raise ConfigError(told, "End the program that uses it, and try again.") from None
            self._simulator, self._runs = served.simulator, True
        return self.url

    def admit(self, names: Sequence[str]) -> None:
        """Let the logins of earlier starts in again; the simulator forgets when it ends."""
        from tiktok_ads.credentials import find_token
        from tiktok_ads.simulator.logins import Login

        for name in names:
            with suppress(ConfigError):
                token = find_token(name).secret.get_secret_value()
                self._simulator.logins.tokens[token] = Login(token)


def _keep(config: Path | None, state_dir: Path) -> int:
    from tiktok_ads.jobs.history import History
    from tiktok_ads.jobs.listed import load_jobs
    from tiktok_ads.jobs.runner import open_runner
    from tiktok_ads.jobs.scheduler import Scheduler

    loaded = load_jobs(config)
    if not loaded:
        raise ConfigError("The settings file has no jobs.", "docs/jobs.md shows how to write one.")
    for name, settings in loaded.items():
        _tell(f"{name}: {settings.jobs[name].schedule} ({settings.jobs[name].zone})")
    with closing(History(state_dir)) as history:
        runner = open_runner(state_dir, history=history)
        asyncio.run(Scheduler(runner, lambda: load_jobs(config), _tell).keep())
    return COMPLETE


def _tell(line: str) -> None:
    logs.tell(line)
