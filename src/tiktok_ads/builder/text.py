"""Definitions as text: what the settings file and the command line say, and back again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from tiktok_ads.builder.definition import ReportDefinition
from tiktok_ads.catalog.filters import LISTS, filter_rules, filter_text
from tiktok_ads.catalog.lookup import nearest
from tiktok_ads.catalog.streams import Filter
from tiktok_ads.config.report import ReportSettings
from tiktok_ads.errors import ConfigError
from tiktok_ads.plan.date_text import format_dates, parse_dates
from tiktok_ads.plan.rollup import parse_roll_up

Read = TypeVar("Read")
_SIGNS = {
    ">=": "GREATER_EQUAL",
    ">": "GREATER_THAN",
    "<=": "LOWER_EQUAL",
    "<": "LOWER_THAN",
    "=": "IN",
    "!=": "NOT_IN",
}
_OPERATORS = (*LISTS, "MATCH", "GREATER_EQUAL", "GREATER_THAN", "LOWER_EQUAL", "LOWER_THAN", "BETWEEN")
_FILTER = re.compile(r"\s*(\w+)\s*(>=|<=|!=|=|<|>|\s\w+\s)\s*(.*?)\s*", re.ASCII | re.DOTALL)


def definition_from(name: str, said: ReportSettings, *, where: str | None = None) -> ReportDefinition:
    """The definition that a `[reports.NAME]` section describes.

    Args:
        name: of the report and its table.
        said: the section.
        where: what stands before the name of a setting in messages; None names the section.

    Raises:
        ConfigError: with one line for each thing that cannot be read.
    """
    problems: list[str] = []
    before = f"reports.{name}." if where is None else where

    def read(place: str, value: str | None, how: Callable[[str], Read]) -> Read | None:
        try:
            return None if value is None else how(value)
        except ConfigError as error:
            hint = f" {error.hint}" if error.hint else ""
            problems.append(f"{before}{place}: {error.message}{hint}")
            return None

    dates = read("dates", said.dates, parse_dates)
    roll_up = read("roll_up", said.roll_up, parse_roll_up)
    filters = [read("filters", one, parse_filter) for one in said.filters]
    order_by, descending = _order(said.order_by or "")
    if problems:
        raise ConfigError("\n".join(problems))
    return ReportDefinition(
        name=name,
        description=said.description,
        report_type=said.report_type or "",
        data_level=said.data_level,
        dimensions=said.dimensions,
        metrics=said.metrics,
        force_metrics=said.force_metrics,
        filters=tuple(one for one in filters if one is not None),
        order_by=order_by,
        descending=descending,
        dates=dates,
        roll_up=roll_up,
        advertisers=said.advertisers,
        update_method=said.update_method,
        term_types=said.term_type,
        languages=said.language,
        force=said.force,
    )


def definition_to(definition: ReportDefinition) -> ReportSettings:
    """The section of the settings file that describes this report; `definition_from` reads it back."""
    return ReportSettings.model_validate(dict(_said(definition)))


def _said(made: ReportDefinition) -> Iterator[tuple[str, object]]:
    for name in ("description", "report_type", "data_level", "update_method", "force"):
        if getattr(made, name):
            yield name, getattr(made, name)
    for name in ("dimensions", "metrics", "force_metrics", "advertisers"):
        if getattr(made, name):
            yield name, getattr(made, name)
    if made.term_types:
        yield "term_type", made.term_types
    if made.languages:
        yield "language", made.languages
    if made.filters:
        yield "filters", tuple(filter_text(one) for one in made.filters)
    if made.order_by:
        yield "order_by", f"{made.order_by} {'desc' if made.descending else 'asc'}"
    if made.dates is not None:
        yield "dates", format_dates(made.dates)
    if made.roll_up is not None:
        yield "roll_up", str(made.roll_up)


def parse_filter(text: str) -> Filter:
    """A filter from `FIELD OPERATOR VALUE, VALUE`, such as `campaign_ids in 12, 34` or `cost >= 100`.

    Raises:
        ConfigError: it is not written like that.
    """
    found = _FILTER.fullmatch(text)
    if found is None:
        raise ConfigError(
            f"{text[:60]!r} is not a filter.", "Write FIELD OPERATOR VALUE: 'campaign_ids in 12, 34'."
        )
    field, operator, rest = found.groups()
    kind = _operator(operator.strip(), field)
    values = tuple(part.strip().strip("\"'") for part in rest.split(",") if part.strip())
    if kind == "BETWEEN" and len(values) == 1 and " and " in rest.lower():
        values = tuple(part.strip() for part in re.split(r"\s+and\s+", rest, flags=re.IGNORECASE))
    if kind in (*LISTS, "BETWEEN"):
        return Filter(field, kind, values)
    return Filter(field, kind, rest.strip("\"'"))


def _operator(said: str, field: str) -> str:
    kind = _SIGNS.get(said) or said.upper()
    if said == "=" and field in filter_rules() and "IN" not in filter_rules()[field].operators:
        kind = filter_rules()[field].operators[0]
    if kind not in _OPERATORS:
        close = nearest(kind, _OPERATORS) or [one.lower() for one in _OPERATORS]
        raise ConfigError(f"{said!r} is no operator of filters.", f"Use {' or '.join(close).lower()}.")
    return kind


def _order(text: str) -> tuple[str, bool]:
    field, _, direction = text.strip().partition(" ")
    return field, direction.strip().lower() not in ("asc", "ascending", "up")
