"""Every router of the JSON API, in the order of its description."""

from __future__ import annotations

from tiktok_ads.ui.api import (
    changes,
    connections,
    dataset_data,
    datasets,
    metrics,
    notices,
    query,
    replications,
    report_datasets,
    reports,
    runs,
    schedules,
    signins,
    tables,
    tokens,
)

API = (
    connections.router,
    signins.router,
    datasets.router,
    dataset_data.router,
    replications.router,
    reports.router,
    report_datasets.router,
    runs.router,
    changes.router,
    schedules.router,
    query.router,
    notices.router,
    tables.router,
    tokens.router,
    metrics.router,
)
