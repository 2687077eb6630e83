"""The jobs of the settings file, each with the settings of its runs."""

from __future__ import annotations

from pathlib import Path

from tiktok_ads.config import Settings, load_settings
from tiktok_ads.config.kept import kept
from tiktok_ads.errors import ConfigError


def load_jobs(config: Path | None) -> dict[str, Settings]:
    """Each job of the settings file with the settings of its runs; read anew only when something changed.

    Raises:
        ConfigError: with what is wrong, and in which job.
    """
    return dict(kept("jobs", lambda: _read(config), config=config))


def _read(config: Path | None) -> dict[str, Settings]:
    problems: list[str] = []
    found = {}
    for name in load_settings(config=config).jobs:
        try:
            found[name] = load_settings({"job": name}, config=config, needs_start_date=True)
        except ConfigError as error:
            problems += [f"Job {name}: {line}" for line in str(error).splitlines()]
    if problems:
        raise ConfigError("\n".join(problems))
    return found
