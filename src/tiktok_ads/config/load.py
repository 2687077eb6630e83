"""Settings for one run, or every reason why they cannot be used, at once and in words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from tiktok_ads.config.file import READING, Reading, read_file
from tiktok_ads.config.settings import Settings
from tiktok_ads.config.table import (
    ENV_PREFIX,
    OF_A_CONNECTION,
    OF_A_JOB,
    OF_A_NOTICE,
    OF_A_REPORT,
    OF_A_TABLE,
    SETTINGS,
)
from tiktok_ads.config.values import nearest
from tiktok_ads.errors import ConfigError

_OF_ALL_JOBS = (
    "job",
    "jobs",
    "connections",
    "notices",
    "state_dir",
    "quota_store",
    "telemetry",
    "metrics_port",
)
OTHER_VARIABLES = ("ACCESS_TOKEN", "APP_ID", "APP_SECRET", "CONFIG")


def setting_names() -> list[str]:
    """The names that the file uses, in the order of the table."""
    return [row.name for row in SETTINGS]


def load_settings(
    arguments: Mapping[str, object] | None = None,
    *,
    config: Path | None = None,
    now: datetime | None = None,
    needs_start_date: bool = False,
    new_login: bool = False,
    alone: bool = False,
) -> Settings:
    """Read and check all settings.

    Args:
        arguments: what was said on the command line, under the names of the settings; None values count
            as not said.
        config: the settings file; None takes `tiktok_ads.toml` of this folder, if there is one.
        now: the moment that tells which days are in the future.
        needs_start_date: whether a report table without a start date is refused.
        new_login: whether `connection` may name a login that the file does not have yet.
        alone: whether what was said and the environment count alone, whatever file there is.

    Raises:
        ConfigError: with one line for each thing that is wrong.
    """
    said = {name: value for name, value in (arguments or {}).items() if value is not None}
    named = config or (Path(text) if (text := os.environ.get(f"{ENV_PREFIX}CONFIG")) else None)
    named = None if alone else named
    problems = _misspelt_variables(os.environ)
    settings = None
    found = {} if alone else read_file(named)
    token = READING.set(Reading(path=named, now=now or datetime.now(UTC), found=found))
    try:
        settings = Settings(**said)  # type: ignore[arg-type]
        known = new_login or not settings.connections
        if not known and settings.connection not in (*settings.connections, "default"):
            hint = nearest(settings.connection, settings.connections)
            problems.append(f"connection: there is no {settings.connection!r}. {hint}".rstrip())
        if settings.job and settings.job not in settings.jobs:
            hint = nearest(settings.job, settings.jobs) or "The settings file names none of that name."
            problems.append(f"job: there is no {settings.job!r}. {hint}")
        problems += _unknown_in_jobs(found)
        problems += _unknown_channels(settings)
    except ValidationError as error:
        problems += [line for one in error.errors(include_url=False) for line in _in_words(one)]
    except SettingsError as error:
        problems.append(str(error))
    finally:
        READING.reset(token)
    if settings is None or problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)))
    if needs_start_date:
        from tiktok_ads.config.table_rules import needs_days

        dateless = any(report.needs_days for report in settings.chosen_reports().values())
        streams = [one for one in settings.chosen_streams() if settings.dates_for(one.name) is None]
        if dateless or any(needs_days(stream) for stream in streams):
            settings.first_day()
    return settings


def _in_words(error: ErrorDetails) -> Iterable[str]:
    where = [str(part) for part in error["loc"] if part != "function-before"]
    if where[:1] == ["notices"]:
        # The third says which kind it was held for.
        del where[2:3]
    place = (
        ".".join(["tables" if where[0] == "table_settings" else where[0], *where[1:]])
        if where
        else "settings"
    )
    kind, message = error["type"], error["msg"].removeprefix("Value error, ")
    if kind.startswith("union_tag"):
        return [f"{place}.kind: must be 'mail', 'webhook' or 'slack'."]
    if kind == "extra_forbidden":
        return [f"{place}: there is no such setting. {nearest(where[-1], _siblings(where))}".rstrip()]
    if kind == "value_error":
        return [f"{place}: {line}" for line in message.splitlines()]
    hint = ""
    if kind == "literal_error" and isinstance(error.get("input"), str):
        choices = [one.strip(" '") for one in str(error["ctx"]["expected"]).replace(" or ", ",").split(",")]
        hint = nearest(error["input"], choices)
    return [f"{place}: {message}. {hint}".rstrip()]


def _siblings(where: list[str]) -> list[str]:
    if where[0] == "table_settings":
        return [row.name for row in OF_A_TABLE]
    if where[0] == "connections":
        return [row.name for row in OF_A_CONNECTION]
    if where[0] == "reports":
        return [row.name for row in OF_A_REPORT]
    if where[0] == "jobs":
        return [row.name for row in OF_A_JOB]
    if where[0] == "notices":
        return [row.name for row in OF_A_NOTICE]
    return setting_names()


def _unknown_in_jobs(found: Mapping[str, object]) -> list[str]:
    """Names in jobs that are no setting; their values are checked when the job is chosen."""
    known = [
        *(row.name for row in OF_A_JOB),
        *(name for name in setting_names() if name not in _OF_ALL_JOBS),
    ]
    jobs = found.get("jobs")
    return [
        f"jobs.{job}.{name}: there is no such setting. {nearest(name, known)}".rstrip()
        for job, own in (jobs.items() if isinstance(jobs, dict) else ())
        if isinstance(own, dict)
        for name in own
        if name not in known
    ]


def _unknown_channels(settings: Settings) -> list[str]:
    """Jobs that name a channel of notices that there is not."""
    return [
        f"jobs.{name}.notices: there is no [notices.{channel}]. {nearest(channel, settings.notices)}".rstrip()
        for name, job in settings.jobs.items()
        for channel in job.notices
        if channel not in settings.notices
    ]


def _misspelt_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that are nearly one of ours; others with our prefix may belong to somebody else."""
    known = [*(name.upper() for name in setting_names()), *OTHER_VARIABLES]
    problems = []
    for variable in sorted(environment):
        name = variable.removeprefix(ENV_PREFIX)
        if not variable.startswith(ENV_PREFIX) or name in known:
            continue
        if close := get_close_matches(name, known, n=1, cutoff=0.85):
            problems.append(f"{variable}: there is no such setting. Did you mean {ENV_PREFIX}{close[0]}?")
    return problems
