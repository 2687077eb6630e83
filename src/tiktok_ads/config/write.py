"""Writes logins and jobs into the settings file; everything else in it stays as it stands, comments too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import tomlkit
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from tiktok_ads.config.file import FILE_NAME
from tiktok_ads.config.settings import Connection
from tiktok_ads.errors import ConfigError, InTheWay

# People write `[jobs.a]`, then `[reports.b]`, then `[jobs.c]`: the jobs then stand in several places.
_TABLES = (Table, OutOfOrderTableProxy)
Section = Literal["connections", "jobs", "reports", "notices"]


def write_connection(name: str, login: Connection, *, path: Path | None = None) -> Path:
    """Set `[connections.NAME]` to what `login` says; keys that it leaves open stay. Gives the file's path."""
    return write_table("connections", name, login.model_dump(mode="json", exclude_none=True), path=path)


def write_job(name: str, values: Mapping[str, object], *, path: Path | None = None) -> Path:
    """Set these keys of `[jobs.NAME]`; the others stay. Gives the file's path."""
    return write_table("jobs", name, values, path=path)


def write_table(
    section: Section,
    name: str,
    values: Mapping[str, object],
    *,
    path: Path | None = None,
    whole: bool = False,
) -> Path:
    """Set these keys of `[SECTION.NAME]`; None takes a key away. Gives the file's path.

    Args:
        section: connections, jobs or reports.
        name: of the table; it is made if it is not there.
        values: what to set.
        path: the settings file; None takes the one of this folder.
        whole: whether keys that `values` does not name go, too.

    Raises:
        ConfigError: the file cannot be read or written.
    """
    place = path or Path(FILE_NAME)
    document = _read(place)
    tables = document.get(section)
    if tables is None:
        tables = tomlkit.table(is_super_table=True)
        document.append(section, tables)
    if not isinstance(tables, _TABLES):
        raise ConfigError(f"{place}: {section} must be tables such as [{section}.{name}].")
    if name not in tables:
        _add(tables, name, tomlkit.table())
    chosen = tables[name]
    gone = [key for key in chosen if key not in values] if whole else []
    gone += [key for key, value in values.items() if value is None and key in chosen]
    for key in gone:
        del chosen[key]
    for key, value in values.items():
        if value is not None:
            chosen[key] = list(value) if isinstance(value, tuple) else value
    _replace(place, tomlkit.dumps(document).lstrip("\n"))
    return place


def delete_table(section: Section, name: str, *, path: Path | None = None) -> None:
    """Take `[SECTION.NAME]` away.

    Raises:
        ConfigError: there is none, or the file cannot be written.
    """
    place = path or Path(FILE_NAME)
    document = _read(place)
    tables = document.get(section)
    if not isinstance(tables, _TABLES) or name not in tables:
        raise ConfigError(f"{place} has no [{section}.{name}].")
    del tables[name]
    if not tables:
        del document[section]
    _replace(place, tomlkit.dumps(document).lstrip("\n"))


def rename_table(section: Section, old: str, new: str, *, path: Path | None = None) -> None:
    """Call `[SECTION.OLD]` `[SECTION.NEW]`; what stands in it stays.

    Raises:
        InTheWay: there is a new one already.
        ConfigError: there is no old one.
    """
    place = path or Path(FILE_NAME)
    document = _read(place)
    tables = document.get(section)
    if not isinstance(tables, _TABLES) or old not in tables:
        raise ConfigError(f"{place} has no [{section}.{old}].")
    if new in tables:
        raise InTheWay(f"{place} has a [{section}.{new}] already.", "Choose another name.")
    moved = tables[old]
    del tables[old]
    _add(tables, new, moved)
    _replace(place, tomlkit.dumps(document).lstrip("\n"))


def _add(tables: Table | OutOfOrderTableProxy, name: str, own: Table) -> None:
    if isinstance(tables, Table):
        tables.append(name, own)
    else:
        tables[name] = own


def _read(place: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(place.read_text(encoding="utf-8") if place.exists() else "")
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"The settings file {place} cannot be changed: {error}.") from None


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
