"""The configuration that another program hands over: its options, the settings it means, its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from pydantic import SecretStr

from tiktok_ads.config import Settings, load_settings
from tiktok_ads.config.table import setting
from tiktok_ads.credentials import lent
from tiktok_ads.errors import ConfigError

_SECRETS = {
    "access_token": "Access token of TikTok's Marketing API. It does not expire.",
    "app_secret": "Secret of the TikTok app; needed where `advertisers` is `all`.",
}
_TYPES: dict[str, dict[str, object]] = {
    "app_id": {"type": "string"},
    "advertisers": {"type": "array", "items": {"type": "string"}},
    "exclude_advertisers": {"type": "array", "items": {"type": "string"}},
    "start_date": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "end_date": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "include_deleted": {"type": "boolean"},
    "lookback_days": {"type": "integer", "minimum": 0, "maximum": 365},
    "tier": {"type": "string", "enum": ["basic", "advanced", "premium", "ultimate"]},
    "tables": {"type": "array", "items": {"type": "string"}},
    "api_url": {"type": "string"},
    "concurrency": {"type": "integer", "minimum": 1, "maximum": 64},
    "timeout_seconds": {"type": "number", "minimum": 1, "maximum": 600},
    "probe": {"type": "boolean"},
    "state_dir": {"type": "string"},
    "quota_store": {"type": "string"},
    "reports": {"type": "object", "additionalProperties": True},
    "table_settings": {"type": "object", "additionalProperties": True},
}
"""What may be configured, in the order in which a form should ask; the settings' own table says the rest."""
REQUIRED = ("access_token", "start_date")
_HELP = {
    "tables": "Tables by name or pattern, where no stream is selected; `core` means the usual nine.",
    "reports": "Reports of your own by name, each with the settings of `[reports.NAME]`.",
    "table_settings": "What single tables do differently, by name, with the settings of `[tables.NAME]`.",
    "state_dir": "Folder in which calls are counted; keep it between runs, or set `quota_store`.",
}


@dataclass(frozen=True)
class Configured:
    """A checked configuration. The secrets are None where they are to be found as usual."""

    settings: Settings
    access_token: SecretStr | None
    app_secret: SecretStr | None

    @contextmanager
    def secrets(self) -> Iterator[None]:
        """Within the block, the secrets of the configuration count."""
        with lent(access_token=self.access_token, app_secret=self.app_secret):
            yield


def options() -> dict[str, dict[str, object]]:
    """Every option as JSON Schema; secrets are marked `secret`."""
    secrets: dict[str, dict[str, object]] = {
        name: {"type": "string", "title": _title(name), "description": text, "secret": True}
        for name, text in _SECRETS.items()
    }
    plain = {name: {**kind, "title": _title(name), **_told(name)} for name, kind in _TYPES.items()}
    return {**secrets, **plain}


def configured(said: Mapping[str, object], *, now: datetime | None = None) -> Configured:
    """Check what a configuration says; a settings file in this folder does not count.

    Raises:
        ConfigError: with one line for each thing that is wrong.
    """
    known = options()
    unknown = sorted(name for name in said if name not in known)
    if unknown:
        raise ConfigError(f"The configuration has options that are unknown here: {', '.join(unknown)}.")
    plain = {name: value for name, value in said.items() if name not in _SECRETS and value not in (None, "")}
    # Comparing needs a destination to compare with.
    plain["lookback_mode"] = "full"
    return Configured(
        load_settings(plain, now=now, alone=True), _secret(said, "access_token"), _secret(said, "app_secret")
    )


def read_json(path: Path, what: str) -> object:
    """What a JSON file holds; never says any of it.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"The {what} {str(path)!r} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError:
        raise ConfigError(f"The {what} {str(path)!r} is no JSON.") from None


def read_config(path: Path) -> dict[str, object]:
    """A configuration file.

    Raises:
        ConfigError: it cannot be read, or is no JSON object.
    """
    found = read_json(path, "configuration")
    if not isinstance(found, dict):
        raise ConfigError(f"The configuration {str(path)!r} is no JSON object.")
    return found


def _secret(said: Mapping[str, object], name: str) -> SecretStr | None:
    value = said.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be text.")
    return SecretStr(value)


def _told(name: str) -> dict[str, object]:
    row = setting(name)
    default = list(row.default) if isinstance(row.default, tuple) else row.default
    return {
        "description": _HELP.get(name, row.help),
        **({} if default in (None, []) else {"default": default}),
    }


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("Api url", "API URL").replace("App id", "App ID")
