"""Every router of the JSON API, in the order of its description."""

from __future__ import annotations

from tiktok_ads.ui.api import (
    connections,
    datasets,
    replications,
    reports,
    schedules,
    signins,
    tables,
    tokens,
)

API = (
    connections.router,
    signins.router,
    datasets.router,
    replications.router,
    reports.router,
    schedules.router,
    tables.router,
    tokens.router,
)
