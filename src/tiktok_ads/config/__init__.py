"""Settings: what a run is told by arguments, environment and file."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktok_ads.config.api_url import PRODUCTION, SANDBOX, check_api_url, is_loopback_url
    from tiktok_ads.config.load import load_settings
    from tiktok_ads.config.settings import Connection, Settings, TableSettings
    from tiktok_ads.config.write import write_connection

__all__ = [
    "PRODUCTION",
    "SANDBOX",
    "Connection",
    "Settings",
    "TableSettings",
    "check_api_url",
    "is_loopback_url",
    "load_settings",
    "write_connection",
]
_HOME = {
    "PRODUCTION": "api_url",
    "SANDBOX": "api_url",
    "check_api_url": "api_url",
    "is_loopback_url": "api_url",
    "load_settings": "load",
    "write_connection": "write",
}


def __getattr__(name: str) -> object:
    """Hand names on when they are asked for: pydantic takes longer to import than `--help` may take."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME.get(name, 'settings')}"), name)
