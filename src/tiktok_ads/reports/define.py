"""A definition from plain words and lists, as a program or a command line says them."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from tiktok_ads.builder import ReportDefinition, definition_from
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.config.values import nearest
from tiktok_ads.errors import ConfigError


def define(name: str = "report", **described: Any) -> ReportDefinition:
    """The definition that these words describe; what they may be stands under `[reports.NAME]`.

    Raises:
        ConfigError: with one line for each thing that cannot be read.
    """
    said = {key: value for key, value in described.items() if value not in (None, (), [])}
    try:
        return definition_from(name, ReportSettings.model_validate(said), where="")
    except ValidationError as error:
        problems = []
        for one in error.errors(include_url=False):
            place = ".".join(str(part) for part in one["loc"])
            message = one["msg"].removeprefix("Value error, ")
            if one["type"] == "extra_forbidden":
                known = ReportSettings.model_fields
                message = f"there is no such thing to say of a report. {nearest(place, known)}".rstrip()
            problems.append(f"{place}: {message}" if place else f"{message[0].upper()}{message[1:]}.")
        raise ConfigError("\n".join(problems)) from None
