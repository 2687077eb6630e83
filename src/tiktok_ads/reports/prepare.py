"""The settings by which a report runs once, through the same engine as every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tiktok_ads.builder import ReportDefinition, definition_from, definition_to, stream_of
from tiktok_ads.catalog.lookup import stream
from tiktok_ads.catalog.streams import ReportStream, Stream
from tiktok_ads.config import Settings
from tiktok_ads.config.settings import TableSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.date_text import format_dates, parse_dates
from tiktok_ads.plan.dates import DateChoice, Lifetime

USUAL_DATES = "last 7 days"


def settings_for(
    asked: ReportDefinition | str,
    settings: Settings,
    *,
    dates: DateChoice | None = None,
    destination: str,
    schema: str | None = None,
) -> tuple[Settings, Stream]:
    """Settings under which exactly this is read into the destination, and its stream.

    Args:
        asked: a definition, or the name of a table.
        settings: login, advertisers and the rest.
        dates: days of a table; a definition has its own.
        destination: where the rows go.
        schema: the schema there; None takes that of the settings.

    Raises:
        ConfigError: TikTok would refuse it.
        UnknownStream: there is no table of that name.
    """
    common: dict[str, Any] = {
        "destination": destination,
        "schema_name": schema or settings.schema_name,
        # A single report takes no call more than its rows do.
        "reconcile": False,
    }
    if isinstance(asked, str):
        if asked in settings.reports:
            asked = definition_from(asked, settings.reports[asked])
        else:
            return _of_table(asked, settings, dates, common)
    made = _dated(replace(asked, dates=dates) if dates is not None else asked)
    found = stream_of(made)
    update = {
        **common,
        "reports": {made.name: definition_to(made)},
        "tables": (made.name,),
        **_whose(made, settings),
    }
    return settings.model_copy(update=update), found


def _of_table(
    name: str, settings: Settings, dates: DateChoice | None, common: Mapping[str, Any]
) -> tuple[Settings, Stream]:
    found = stream(name)
    own = settings.table_settings.get(name) or TableSettings()
    is_report = isinstance(found, ReportStream)
    if not _has_days(found):
        if dates is not None and not (is_report and isinstance(dates, Lifetime)):
            raise ConfigError(f"The table {name} is not about days.", "Leave the dates out.")
    elif isinstance(dates, Lifetime):
        hint = f"For a lifetime take a table such as {_lifetime(name)}." if is_report else ""
        raise ConfigError(f"The table {name} is about days.", hint)
    elif is_report or dates is not None:
        text = format_dates(dates or parse_dates(USUAL_DATES))
        own = own.model_copy(update={"dates": text})
    tables = {**settings.table_settings, name: own}
    return settings.model_copy(update={**common, "table_settings": tables, "tables": (name,)}), found


def _has_days(found: Stream) -> bool:
    return not found.lifetime if isinstance(found, ReportStream) else found.dated is not None


def _lifetime(name: str) -> str:
    return f"{name.split('_insights')[0]}_insights_lifetime"


def _dated(asked: ReportDefinition) -> ReportDefinition:
    if asked.is_term or asked.dates is not None:
        return asked
    return replace(asked, dates=parse_dates(USUAL_DATES))


def _whose(asked: ReportDefinition, settings: Settings) -> dict[str, Any]:
    return {"advertisers": asked.advertisers} if asked.advertisers else {}
