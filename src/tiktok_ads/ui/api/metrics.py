"""The figures of this process as Prometheus reads them, while the setting `telemetry` asks for them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from tiktok_ads.errors import UnknownName
from tiktok_ads.telemetry.opening import prometheus_text

router = APIRouter(prefix="/api/v1", tags=["metrics"])


@router.get("/metrics", name="get", response_class=PlainTextResponse)
def metrics() -> Response:
    """The figures of this process, as Prometheus reads them."""
    found = prometheus_text()
    if found is None:
        raise UnknownName("There are no figures.", 'Set telemetry = ["prometheus"].')
    kind, text = found
    return Response(text, media_type=kind)
