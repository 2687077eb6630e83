"""The web app as an ASGI app: pages, the JSON API behind them, static files, and the guard before all."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from tiktok_ads.ui.api.routers import API
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.crowd import Crowd
from tiktok_ads.ui.description import describe, operation_id
from tiktok_ads.ui.guard import Guard
from tiktok_ads.ui.pages import (
    access,
    connections,
    dataset,
    dataset_parts,
    datasets,
    entry,
    explore,
    home,
    notices,
    replication,
    reports,
    run_changes,
    runs,
    schedule,
    signin,
    signin_back,
)
from tiktok_ads.ui.refusals import add_refusals
from tiktok_ads.ui.render import STATIC

ROUTERS = (
    entry.router,
    home.router,
    signin.router,
    signin_back.router,
    connections.router,
    schedule.router,
    replication.router,
    reports.router,
    datasets.router,
    dataset_parts.router,
    dataset.router,
    explore.router,
    runs.router,
    run_changes.router,
    notices.router,
    access.router,
    *API,
)


def create_app(desk: Desk, *, hosts: tuple[str, ...]) -> ASGIApp:
    """The app behind its guard.

    Args:
        desk: what pages work with.
        hosts: the names with ports under which it may be addressed.
    """
    return Guard(Crowd(_unguarded(desk)), hosts=hosts, doors=desk.doors)


def _unguarded(desk: Desk) -> FastAPI:
    app = FastAPI(
        title="tiktok-ads-connector",
        version=version("tiktok-ads-connector"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=operation_id,
    )
    add_refusals(app)
    app.state.desk = desk
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    return app
