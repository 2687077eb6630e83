"""Keeps a true copy of TikTok Ads data in a database.

What `__all__` names is stable; everything else may change from one version to the next.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktok_ads.config import Settings, load_settings
    from tiktok_ads.dltsource.source import dlt_source
    from tiktok_ads.errors import (
        AccessDenied,
        AdvertiserGone,
        ApiError,
        AuthError,
        ConfigError,
        DecodeError,
        DestinationBusy,
        InconsistentPages,
        InTheWay,
        InvalidRequest,
        LoadError,
        NotAvailable,
        NotOurs,
        QuotaExceeded,
        QuotaStoreLost,
        ReportTimeout,
        ServerFault,
        TikTokAdsError,
        TooLarge,
        TransportError,
        TruncatedReport,
        UnknownCode,
        UnknownName,
        UnknownStream,
    )
    from tiktok_ads.output import write_rows
    from tiktok_ads.reports import (
        Preview,
        Report,
        ReportDefinition,
        SoFar,
        define_report,
        plan_report,
        preview_report,
        report,
        report_async,
        report_choices,
    )
    from tiktok_ads.runreport import PlanReport, ProgressEvent, RunReport
    from tiktok_ads.sync import run_plan, run_sync

    __version__: str

__all__ = [
    "AccessDenied",
    "AdvertiserGone",
    "ApiError",
    "AuthError",
    "ConfigError",
    "DecodeError",
    "DestinationBusy",
    "InTheWay",
    "InconsistentPages",
    "InvalidRequest",
    "LoadError",
    "NotAvailable",
    "NotOurs",
    "PlanReport",
    "Preview",
    "ProgressEvent",
    "QuotaExceeded",
    "QuotaStoreLost",
    "Report",
    "ReportDefinition",
    "ReportTimeout",
    "RunReport",
    "ServerFault",
    "Settings",
    "SoFar",
    "TikTokAdsError",
    "TooLarge",
    "TransportError",
    "TruncatedReport",
    "UnknownCode",
    "UnknownName",
    "UnknownStream",
    "__version__",
    "define_report",
    "dlt_source",
    "load_settings",
    "plan_report",
    "preview_report",
    "report",
    "report_async",
    "report_choices",
    "run_plan",
    "run_sync",
    "write_rows",
]
_HOME = {
    "PlanReport": "runreport",
    "Preview": "reports",
    "ProgressEvent": "runreport",
    "Report": "reports",
    "ReportDefinition": "reports",
    "RunReport": "runreport",
    "Settings": "config",
    "SoFar": "reports",
    "define_report": "reports",
    "dlt_source": "dltsource.source",
    "load_settings": "config",
    "plan_report": "reports",
    "preview_report": "reports",
    "report": "reports",
    "report_async": "reports",
    "report_choices": "reports",
    "run_plan": "sync",
    "run_sync": "sync",
    "write_rows": "output",
}


def __getattr__(name: str) -> object:
    """Hand names on when they are asked for: the whole journey takes long to import, an error does not."""
    if name == "__version__":
        from importlib.metadata import version

        return version("tiktok-ads-connector")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
