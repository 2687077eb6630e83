"""The app and the schedules in one process: binds the port, opens the browser, ends both together."""

from __future__ import annotations

import asyncio
import contextlib
import html
import socket
import webbrowser
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tiktok_ads.config import Settings
from tiktok_ads.errors import ConfigError
from tiktok_ads.jobs.handover import announced, write_private
from tiktok_ads.jobs.history import History
from tiktok_ads.jobs.runner import open_runner
from tiktok_ads.jobs.scheduler import Scheduler
from tiktok_ads.ui.app import create_app
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.sessions import Doors, signing_key
from tiktok_ads.ui.tokens import Tokens

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (to compare with)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Place:
    """Where the app is served. `names` are further host names under which a proxy passes it on."""

    host: str
    port: int
    password: str = ""
    names: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}"

    @property
    def own_url(self) -> str:
        """Where programs of this machine find it."""
        return f"http://127.0.0.1:{self.port}" if self.host in _EVERYWHERE else self.url

    @property
    def hosts(self) -> tuple[str, ...]:
        own = "127.0.0.1" if self.host in _EVERYWHERE else self.host
        local = (own, "127.0.0.1", "localhost", "[::1]")
        return (*(f"{name}:{self.port}" for name in local), *self.names)


def serve(
    place: Place,
    *,
    config: Path,
    state_dir: Path,
    load: Callable[[], Mapping[str, Settings]],
    tell: Callable[[str], None],
    browser: bool,
    simulator: Callable[[], str] | None = None,
    simulator_app: tuple[str, str] = ("", ""),
) -> None:
    """Serve until Ctrl-C.

    Args:
        place: where.
        config: the settings file, which may not exist yet.
        state_dir: folder of history, key and locks.
        load: reads the jobs.
        tell: hears what a terminal should show.
        browser: whether to open one.
        simulator, simulator_app: as in `Desk`.

    Raises:
        ConfigError: the port is taken, or the app would be open to other machines without a password.
    """
    if place.host not in LOOPBACK and not place.password:
        raise ConfigError(
            f"{place.host} can be reached from other machines, and the app has no password.",
            "Set TIKTOK_ADS_UI_PASSWORD, or leave --host out.",
        )
    with contextlib.closing(_bound(place)) as listening, contextlib.closing(History(state_dir)) as history:
        runner = open_runner(state_dir, history=history)
        scheduler = Scheduler(runner, load, tell)
        doors = Doors(signing_key(state_dir), place.port, place.password, tokens=Tokens(state_dir))
        desk = Desk(config, place.url, doors, history, runner, scheduler, simulator, simulator_app)
        with announced(state_dir, url=place.own_url, token=doors.new_program()):
            if place.host not in LOOPBACK:
                tell(f"Other machines can reach {place.url}: put TLS in front of it.")
            _open(desk, state_dir, tell, browser=browser)
            asyncio.run(_both(desk, place, listening))


async def _both(desk: Desk, place: Place, listening: socket.socket) -> None:
    app = create_app(desk, hosts=place.hosts)
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    keeping = asyncio.create_task(desk.scheduler.keep())
    try:
        await _until_either(uvicorn.Server(settings).serve(sockets=[listening]), keeping)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _until_either(serving: Awaitable[None], keeping: asyncio.Task[None]) -> None:
    """Until the server ends; a scheduler that breaks must not leave an app that looks alive."""
    server = asyncio.ensure_future(serving)
    await asyncio.wait({server, keeping}, return_when=asyncio.FIRST_COMPLETED)
    if keeping.done() and not server.done():
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)
        keeping.result()
    await server


def _bound(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # With the protocol named, asyncio sends the end of an answer at once; else it waits 40 ms for an echo.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((place.host, place.port))
        # Whoever opens the link before the server has started waits in its queue.
        made.listen(128)
    except OSError as error:
        made.close()
        told = f"Port {place.port} of {place.host} cannot be used: {error.strerror}."
        raise ConfigError(told, "Choose another with --port.") from None
    return made


def _open(desk: Desk, state_dir: Path, tell: Callable[[str], None], *, browser: bool) -> None:
    link = f"{desk.url}/launch?token={desk.doors.new_link()}"
    if browser and not desk.doors.password:
        # Through a file, since the arguments of a browser can be seen by everybody on the machine.
        page = state_dir / "open.html"
        write_private(page, f'<meta http-equiv="refresh" content="0;url={html.escape(link)}">')
        if webbrowser.open(page.as_uri()):
            tell(f"The app is at {desk.url}. Ctrl-C ends it.")
            return
    where = f"{desk.url}/login" if desk.doors.password else link
    tell(
        f"Open {where} in a browser"
        + ("." if desk.doors.password else " within a minute.")
        + " Ctrl-C ends it."
    )
