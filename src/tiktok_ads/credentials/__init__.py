"""Secrets of each login: found in the environment, the keyring or a private file; never shown."""

from tiktok_ads.credentials.find import (
    ENV_APP_SECRET,
    ENV_TOKEN,
    FoundSecret,
    FoundToken,
    clean_secret,
    find_app_secret,
    find_token,
    forget,
    lent,
    save,
)
from tiktok_ads.credentials.masking import keep_out_of_sight, mask

__all__ = [
    "ENV_APP_SECRET",
    "ENV_TOKEN",
    "FoundSecret",
    "FoundToken",
    "clean_secret",
    "find_app_secret",
    "find_token",
    "forget",
    "keep_out_of_sight",
    "lent",
    "mask",
    "save",
]
