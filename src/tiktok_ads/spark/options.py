"""The options of `spark.read` as settings: one table, or one report, and whose."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tiktok_ads.catalog.lookup import stream
from tiktok_ads.config import Settings, load_settings
from tiktok_ads.config.file import read_file
from tiktok_ads.config.table import ENV_PREFIX
from tiktok_ads.config.values import nearest
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan import Wanted
from tiktok_ads.sync.tables import Table, tables_of

_SETTINGS = (
    *("connection", "app_id", "api_url", "advertisers", "exclude_advertisers", "start_date", "end_date"),
    *("include_deleted", "lookback_days", "tier", "concurrency", "timeout_seconds", "state_dir"),
    "quota_store",
)
_OF_A_TABLE = ("metrics", "extra_metrics", "columns", "dates")
_OF_A_REPORT = (
    *("report_type", "data_level", "dimensions", "metrics", "force_metrics", "filters", "dates"),
    *("roll_up", "term_type", "language", "force"),
)
_MARKS_A_REPORT = ("dimensions", "report_type")
_OURS = ("table", "config", "on_closed", "slices_per_partition", "refresh_hours")
KNOWN = tuple(dict.fromkeys((*_OURS, *_OF_A_TABLE, *_OF_A_REPORT, *_SETTINGS)))
_SECRET = ("token", "secret", "password", "auth_code", "credential")
_REPORT = "report"
_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
# Nothing is loaded; the setting's own value may hold a password.
_NOWHERE = "duckdb:///spark.duckdb"


@dataclass(frozen=True)
class Asked:
    """What the options ask for.

    `skips_closed` tells whether an advertiser or table that is closed to the login has no rows instead of
    ending the query. A stream reads again every `refresh_hours`.
    """

    settings: Settings
    table: Table
    skips_closed: bool
    slices_per_partition: int
    refresh_hours: int


def read_options(options: Mapping[str, str], *, now: datetime) -> Asked:
    """The options, checked.

    Raises:
        ConfigError: one of them cannot be used.
        UnknownStream: there is no table of that name.
    """
    said = {name.lower(): value for name, value in options.items()}
    _refuse_unknown(said)
    config = Path(said["config"]) if "config" in said else None
    arguments: dict[str, Any] = {name: said[name] for name in _SETTINGS if name in said}
    arguments |= {"destination": _NOWHERE, "probe": False, "reconcile": False, **_what(said)}
    settings = load_settings(arguments, config=config, now=now)
    table = tables_of(settings)[0]
    _check_days(table.wanted, settings)
    return Asked(
        settings,
        table,
        skips_closed=_choice(said, "on_closed", ("fail", "skip")) == "skip",
        slices_per_partition=_number(said, "slices_per_partition", range(1, 1001), usual=1),
        refresh_hours=_number(said, "refresh_hours", _HOURS, usual=24),
    )


def _what(said: Mapping[str, str]) -> dict[str, Any]:
    """The one table or report, as the settings file would say it."""
    if any(name in said for name in _MARKS_A_REPORT):
        if "table" in said:
            raise ConfigError(
                "The option `table` names a table; `dimensions` describe a report of your own.",
                "Leave one of them out.",
            )
        own = {name: said[name] for name in _OF_A_REPORT if name in said}
        if "filters" in own:
            return {"tables": (_REPORT,), "reports": {_REPORT: {**own, "filters": _lines(own["filters"])}}}
        return {"tables": (_REPORT,), "reports": {_REPORT: own}}
    name = said.get("table", "")
    if not name or not name.replace("_", "").isalnum():
        raise ConfigError(
            "Which table? One name is needed."
            if not name
            else f"{name[:60]!r} is not the name of one table.",
            "Say .option('table', 'ad_insights'), or describe a report by `dimensions` and `metrics`.",
        )
    foreign = [one for one in _OF_A_REPORT if one in said and one not in _OF_A_TABLE]
    if foreign:
        raise ConfigError(
            f"The option `{foreign[0]}` belongs to a report of your own, not to a table.",
            "Leave out `table`, and say `dimensions`.",
        )
    own = {one: said[one] for one in _OF_A_TABLE if one in said}
    if name not in _reports_of(said):
        stream(name)
    elif own:
        raise ConfigError(f"[reports.{name}] says itself what the option `{next(iter(own))}` would say.")
    return {"tables": (name,), **({"table_settings": {name: own}} if own else {})}


def _reports_of(said: Mapping[str, str]) -> Mapping[str, object]:
    named = said.get("config") or os.environ.get(f"{ENV_PREFIX}CONFIG")
    found = read_file(Path(named) if named else None).get("reports")
    return found if isinstance(found, dict) else {}


def _check_days(wanted: Wanted, settings: Settings) -> None:
    if wanted.needs_first_day and settings.start_date is None:
        raise ConfigError(
            f"Which days of {wanted.stream.name}?",
            "Say .option('start_date', '2026-01-01'), or .option('dates', 'last 30 days').",
        )


def _refuse_unknown(said: Mapping[str, str]) -> None:
    for name in said:
        if name in KNOWN:
            continue
        # The value is not repeated: it may well be what must not be seen.
        if any(word in name for word in _SECRET):
            raise ConfigError(
                f"The option {name!r} would stand in plans and logs; secrets are no options.",
                "Set TIKTOK_ADS_ACCESS_TOKEN before register(spark), or run `tiktok-ads connect`.",
            )
        raise ConfigError(f"There is no option {name[:60]!r}. {nearest(name, KNOWN)}".rstrip())


def _lines(text: str) -> list[str]:
    """Filters: one to a line, or a list in JSON; a comma belongs to the filter."""
    if not text.lstrip().startswith("["):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        return [str(one) for one in json.loads(text)]
    except ValueError:
        raise ConfigError("The option `filters` is no JSON.", "Write one filter to a line.") from None


def _choice(said: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = said.get(name, choices[0])
    if value not in choices:
        raise ConfigError(f"The option `{name}` is {' or '.join(choices)}, not {value[:60]!r}.")
    return value


def _number(said: Mapping[str, str], name: str, allowed: range | tuple[int, ...], *, usual: int) -> int:
    text = said.get(name, str(usual)).strip()
    if not text.isdecimal() or int(text[:9]) not in allowed:
        shown = (
            f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else ", ".join(map(str, allowed))
        )
        raise ConfigError(f"The option `{name}` is a number ({shown}), not {text[:20]!r}.")
    return int(text)
