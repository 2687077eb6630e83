"""The web app as an ASGI app: pages, the JSON API behind them, static files, and the guard before all."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.ui.api import reports as reports_api
from tiktok_ads.ui.context import Desk
from tiktok_ads.ui.guard import Guard
from tiktok_ads.ui.pages import connections, datasets, entry, home, reports, runs
from tiktok_ads.ui.render import STATIC

ROUTERS = (
    entry.router,
    home.router,
    connections.router,
    reports.router,
    datasets.router,
    runs.router,
    reports_api.router,
)


def create_app(desk: Desk, *, hosts: tuple[str, ...]) -> ASGIApp:
    """The app behind its guard.

    Args:
        desk: what pages work with.
        hosts: the names with ports under which it may be addressed.
    """
    return Guard(_unguarded(desk), hosts=hosts, doors=desk.doors)


def _unguarded(desk: Desk) -> FastAPI:
    app = FastAPI(
        title="tiktok-ads-connector",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.add_exception_handler(TikTokAdsError, _told)
    app.state.desk = desk
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(STATIC)), name="static")
    return app


def _told(request: Request, error: Exception) -> Response:
    """An error that we raise on purpose, as JSON; pages show it where it belongs before it comes so far."""
    assert isinstance(error, TikTokAdsError)  # noqa: S101
    wrong = isinstance(error, ConfigError)
    told = {
        "kind": type(error).__name__,
        "message": error.message if isinstance(error, ConfigError) else str(error),
        "hint": error.hint if isinstance(error, ConfigError) else "",
        "request_id": getattr(error, "request_id", ""),
    }
    return JSONResponse({"error": told}, 422 if wrong else 502)
