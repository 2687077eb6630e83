"""Runs the simulator on a port of this machine: for the command line, for the demo, for tests over TCP."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tiktok_ads.simulator.app import create_app
from tiktok_ads.simulator.inside import Simulator
from tiktok_ads.simulator.options import Options
from tiktok_ads.simulator.presets import Plot
from tiktok_ads.simulator.world import World, make_world

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Running:
    """A simulator that answers at `url`."""

    url: str
    port: int
    simulator: Simulator


def _server(app: Starlette, port: int) -> uvicorn.Server:
    # Faults break connections on purpose, so the server's own log would say nothing but noise.
    # A page of some web site that got this address by a trick of names is turned away.
    guarded = TrustedHostMiddleware(app, allowed_hosts=[HOST, "localhost"])
    config = uvicorn.Config(
        guarded,
        host=HOST,
        port=port,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        # Answers bear the simulated moment instead.
        date_header=False,
    )
    return uvicorn.Server(config)


def run(
    port: int = 8390,
    preset: str = "demo",
    *,
    seed: int = 1,
    clock: datetime | None = None,
    latency_ms: float = 0,
    tier: str | None = "basic",
    control: bool = True,
    strict: bool = False,
    assets: int | None = None,
    hostile_names: bool | None = None,
) -> None:
    """Serve until interrupted. Only this machine can reach it.

    Raises:
        OSError: the port is taken.
    """
    app = create_app(
        make_world(preset, seed=seed, clock=clock, assets=assets, hostile_names=hostile_names),
        options=Options(tier=tier, latency_ms=latency_ms, control=control, strict=strict),
    )
    listening = _listen(port)
    try:
        asyncio.run(_server(app, port).serve(sockets=[listening]))
    finally:
        listening.close()


@contextmanager
def running(
    world: World | str | Sequence[Plot] = "demo",
    *,
    options: Options | None = None,
    seed: int = 1,
    clock: datetime | None = None,
    port: int = 0,
) -> Iterator[Running]:
    """Run a simulator in a thread for as long as the block lasts; port 0 takes a free one."""
    app = create_app(world, options=options, seed=seed, clock=clock)
    listening = _listen(port)
    port = listening.getsockname()[1]
    server = _server(app, port)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listening])), name="simulator", daemon=True
    )
    thread.start()
    try:
        # The socket listens already: whoever connects before the server has started waits in its queue.
        yield Running(f"http://{HOST}:{port}", port, app.state.simulator)
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
        listening.close()


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening
