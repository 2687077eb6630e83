"""Settings: what a run is told by arguments, environment and file."""

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
