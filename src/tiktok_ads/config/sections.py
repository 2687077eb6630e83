"""Sections of the settings file as they stand there: as text with its comments, and as plain values."""

from __future__ import annotations

from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from tiktok_ads.config.write import Section
from tiktok_ads.errors import ConfigError, UnknownName


def section_text(section: Section, name: str, *, path: Path) -> str:
    """`[SECTION.NAME]` with its comments, as it could be written elsewhere.

    Raises:
        UnknownName: the file has no such section.
        ConfigError: it cannot be read.
    """
    alone = tomlkit.document()
    tables = tomlkit.table(is_super_table=True)
    tables.append(name, _found(section, name, path))
    alone.append(section, tables)
    return tomlkit.dumps(alone).strip() + "\n"


def section_values(section: Section, name: str, *, path: Path) -> dict[str, object]:
    """The keys of `[SECTION.NAME]`; raises as `section_text`."""
    return dict(_found(section, name, path).unwrap())


def _found(section: Section, name: str, path: Path) -> Table:
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"The settings file {path} cannot be read: {error}.") from None
    tables = document.get(section)
    found = tables.get(name) if isinstance(tables, dict) else None
    if not isinstance(found, Table):
        raise UnknownName(f"{path} has no [{section}.{name[:60]}].")
    return found
