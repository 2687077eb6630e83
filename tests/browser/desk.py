"""The real `tiktok-ads serve` in a folder of its own, and a real browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Playwright, Request

SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_FIRST_PORT, _PORTS_OF_A_WORKER = 21_000, 400
_offset = count(0, 2)


@dataclass(frozen=True)
class Served:
    """A running app. `link` opens it once, within a minute; `folder` holds its settings and its database."""

    url: str
    link: str
    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "tiktok_ads.toml"

    @property
    def simulator(self) -> str:
        """Where the simulator is that the app offers, once it was asked for."""
        return f"http://127.0.0.1:{(urlsplit(self.url).port or 0) + 1}"


@dataclass
class Watch:
    """What must not happen on any page: errors, refused scripts, dialogs, calls to other machines."""

    page: Page
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # An answer 422 to a form is how the app says what was wrong with it.
        # The simulator's consent page has no icon, which is none of ours.
        expected = " 422 " in message.text or message.location["url"].endswith("/favicon.ico")
        if message.type in ("error", "warning") and not expected:
            self.seen.append(f"console: {message.text} ({message.location['url']})")

    def _dialog(self, dialog: Dialog) -> None:
        self.seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.hostname != "127.0.0.1":
            self.seen.append(f"request: {request.url}")


def chromium() -> str | None:
    """Where a browser is."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    as_root = ("--no-sandbox",) if os.getuid() == 0 else ()
    return playwright.chromium.launch(executable_path=executable, args=[*SWITCHES, *as_root])


def free_port() -> int:
    """A port that is free, and so is the one above it; other test processes look for theirs elsewhere."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for _ in range(_PORTS_OF_A_WORKER // 2):
        port = _FIRST_PORT + worker * _PORTS_OF_A_WORKER + next(_offset) % _PORTS_OF_A_WORKER
        if _is_free(port) and _is_free(port + 1):
            return port
    raise AssertionError("no port is free")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a machine that is clean of everything of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIKTOK_ADS_")}
    return {
        **kept,
        "TIKTOK_ADS_STATE_DIR": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


@contextmanager
def serving(folder: Path, *, port: int | None = None, password: str = "") -> Iterator[Served]:
    """`tiktok-ads serve` for as long as the block lasts, on a free port; Ctrl-C ends it."""
    port = port or free_port()
    command = [
        str(Path(sys.executable).with_name("tiktok-ads")),
        "serve",
        "--no-browser",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**surroundings(folder), **({"TIKTOK_ADS_UI_PASSWORD": password} if password else {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        link = re.search(r"http\S+/(?:launch\?token=\S+|login)", said)
        assert link, said + (process.stderr.read() if process.poll() is not None else "")
        yield Served(f"http://127.0.0.1:{port}", link.group(), folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
