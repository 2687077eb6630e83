"""The figures of this process as Prometheus reads them, while the setting `telemetry` asks for them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from tiktok_ads.telemetry.opening import prometheus_text

router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/metrics")
def metrics() -> Response:
    found = prometheus_text()
    if found is None:
        return PlainTextResponse('There are no figures; set telemetry = ["prometheus"].\n', 404)
    kind, text = found
    return Response(text, media_type=kind)
