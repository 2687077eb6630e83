"""Writes a login into the settings file and leaves everything else in it as it stands, comments too."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from tiktok_ads.config.file import FILE_NAME
from tiktok_ads.config.settings import Connection
from tiktok_ads.errors import ConfigError


def write_connection(name: str, login: Connection, *, path: Path | None = None) -> Path:
    """Set `[connections.NAME]` to what `login` says; keys that it leaves open stay. Gives the file's path."""
    place = path or Path(FILE_NAME)
    try:
        text = place.read_text(encoding="utf-8") if place.exists() else ""
        document = tomlkit.parse(text)
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"The settings file {place} cannot be changed: {error}.") from None
    logins = document.get("connections")
    if logins is None:
        logins = tomlkit.table(is_super_table=True)
        document.append("connections", logins)
    if not isinstance(logins, Table):
        raise ConfigError(f"{place}: connections must be tables such as [connections.{name}].")
    if name not in logins:
        logins.append(name, tomlkit.table())
    chosen = logins[name]
    for key, value in login.model_dump(exclude_none=True).items():
        chosen[key] = list(value) if isinstance(value, tuple) else value
    _replace(place, tomlkit.dumps(document).lstrip("\n"))
    return place


def _replace(place: Path, text: str) -> None:
    """Write beside it, then rename: a reader sees the old file or the new one."""
    target = place.resolve()
    try:
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if target.exists():
            os.chmod(beside, target.stat().st_mode & 0o777)
        os.replace(beside, target)
    except OSError as error:
        raise ConfigError(f"The settings file {place} cannot be written: {error.strerror}.") from None
