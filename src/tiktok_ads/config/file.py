"""The settings file: found, parsed, searched for secrets, and the chosen login laid over the rest."""

from __future__ import annotations

import tomllib
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, InitSettingsSource

from tiktok_ads.config.job import laid_over, own_part
from tiktok_ads.config.values import has_password
from tiktok_ads.errors import ConfigError

FILE_NAME = "tiktok_ads.toml"
_SECRET_KEYS = {
    "access_token": "TIKTOK_ADS_ACCESS_TOKEN",
    "token": "TIKTOK_ADS_ACCESS_TOKEN",
    "app_secret": "TIKTOK_ADS_APP_SECRET",
    "secret": "TIKTOK_ADS_APP_SECRET",
    "client_secret": "TIKTOK_ADS_APP_SECRET",
    "auth_code": "",
    "password": "",
    "refresh_token": "",
}
_OF_A_NOTICE = ("password", "secret", "signing_key", "token")
_SELECT = "select"


@dataclass(frozen=True)
class Reading:
    """What reading needs from outside: the file (None: the one in this folder) and the clock.

    `found` is what stands in the file, where somebody has read it already.
    """

    path: Path | None
    now: datetime
    found: dict[str, Any] | None = None

    @property
    def last_day_anywhere(self) -> date:
        """Today where the day begins first, at UTC+14."""
        return (self.now.astimezone(UTC) + timedelta(hours=14)).date()


READING: ContextVar[Reading | None] = ContextVar("READING", default=None)


def reading() -> Reading:
    return READING.get() or Reading(path=None, now=datetime.now(UTC))


def read_file(path: Path | None) -> dict[str, Any]:
    """What stands in the file; nothing if no file was named and there is none in this folder."""
    place = path or Path(FILE_NAME)
    try:
        found = _parsed(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is None:
            return {}
        raise ConfigError(f"There is no settings file {place}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {place} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The settings file {place} is not TOML: {error}.") from None
    refuse_secrets(found, place)
    # Nobody may change what the next one is given.
    return deepcopy(found)


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, Any]:
    """Each job is read with the whole file; parsing it takes longest."""
    return tomllib.loads(text)


def refuse_secrets(found: dict[str, Any], place: Path) -> None:
    """Files are copied, shared and committed; a secret in one is refused before anything else is said."""
    for key, value in _walk(found):
        name = key[-1].lower().replace("-", "_")
        if key[0] == "notices" and (name in _OF_A_NOTICE or (name == "url" and _is_slack(found, key[1]))):
            raise ConfigError(
                f"{place}: {'.'.join(key)} is a secret and may not stand in this file.",
                f"Take it out, then run `tiktok-ads notices secret {key[1]}`, which keeps it in the keyring.",
            )
        if name in _SECRET_KEYS:
            instead = _SECRET_KEYS[name]
            raise ConfigError(
                f"{place}: {'.'.join(key)} is a secret and may not stand in this file.",
                "Take it out, then "
                + (f"set {instead} or " if instead else "")
                + "run `tiktok-ads connect`, which keeps it in the keyring.",
            )
        if name == "destination" and isinstance(value, str) and has_password(value):
            raise ConfigError(
                f"{place}: {'.'.join(key)} holds a password.",
                "Take the line out and set TIKTOK_ADS_DESTINATION instead.",
            )


def _is_slack(found: dict[str, Any], channel: str) -> bool:
    """Whether this is a channel whose address is its secret."""
    own = found["notices"].get(channel)
    return isinstance(own, dict) and own.get("kind") == "slack"


def _walk(table: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in table.items():
        found.append(((*above, name), value))
        if isinstance(value, dict):
            found += _walk(value, (*above, name))
    return found


class FileSource(InitSettingsSource):
    """The file as a source of pydantic-settings."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        now = reading()
        super().__init__(settings_cls, init_kwargs=read_file(now.path) if now.found is None else now.found)

    def __call__(self) -> dict[str, Any]:
        found = dict(self.init_kwargs)
        tables = found.get("tables")
        if isinstance(tables, dict):
            # `tables` is a list of names, or a TOML table of tables with settings of their own.
            own = dict(tables)
            found.pop("tables")
            if _SELECT in own:
                found["tables"] = own.pop(_SELECT)
            found["table_settings"] = own
        job = _chosen(found.get("jobs"), self.current_state.get("job"))
        said = laid_over(job)
        name = self.current_state.get("connection") or said.get("connection") or found.get("connection")
        login = _chosen(found.get("connections"), name or "default")
        # What was granted is a fact about the login, and no setting of a run.
        login = {key: value for key, value in login.items() if key != "scopes"}
        jobs = found.get("jobs")
        if isinstance(jobs, dict):
            found["jobs"] = {
                name: own_part(one) if isinstance(one, dict) else one for name, one in jobs.items()
            }
        return {**found, **login, **said}

    def __repr__(self) -> str:
        return "FileSource()"


def _chosen(tables: object, name: object) -> dict[str, Any]:
    """The table of that name; empty if there is none, which is told when the settings are checked."""
    found = tables.get(name) if isinstance(tables, dict) else None
    return found if isinstance(found, dict) else {}
