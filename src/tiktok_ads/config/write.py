"""Writes logins and jobs into the settings file; everything else in it stays as it stands, comments too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from tiktok_ads.config.file import FILE_NAME
from tiktok_ads.config.settings import Connection
from tiktok_ads.errors import ConfigError


def write_connection(name: str, login: Connection, *, path: Path | None = None) -> Path:
    """Set `[connections.NAME]` to what `login` says; keys that it leaves open stay. Gives the file's path."""
    return _write("connections", name, login.model_dump(exclude_none=True), path)


def write_job(name: str, values: Mapping[str, object], *, path: Path | None = None) -> Path:
    """Set these keys of `[jobs.NAME]`; the others stay. Gives the file's path."""
    return _write("jobs", name, values, path)


def _write(section: str, name: str, values: Mapping[str, object], path: Path | None) -> Path:
    place = path or Path(FILE_NAME)
    try:
        text = place.read_text(encoding="utf-8") if place.exists() else ""
        document = tomlkit.parse(text)
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"The settings file {place} cannot be changed: {error}.") from None
    tables = document.get(section)
    if tables is None:
        tables = tomlkit.table(is_super_table=True)
        document.append(section, tables)
    if not isinstance(tables, Table):
        raise ConfigError(f"{place}: {section} must be tables such as [{section}.{name}].")
    if name not in tables:
        tables.append(name, tomlkit.table())
    chosen = tables[name]
    for key, value in values.items():
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
