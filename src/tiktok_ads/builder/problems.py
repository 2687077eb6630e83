"""Everything that speaks against a report, found before any call, with the smallest change that helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tiktok_ads.builder.days import day_reasons
from tiktok_ads.builder.definition import ReportDefinition, completed
from tiktok_ads.builder.parts import parts, summed_metrics
from tiktok_ads.builder.terms import term_reasons
from tiktok_ads.catalog.changes import Asked, in_words, is_possible, smallest_changes
from tiktok_ads.catalog.coarser import apart_mask
from tiktok_ads.catalog.filters import filter_reasons, values_of
from tiktok_ads.catalog.lookup import catalog, unknown_name
from tiktok_ads.catalog.masks import masks
from tiktok_ads.catalog.rules import why_not
from tiktok_ads.catalog.special_rules import special_metrics, special_why_not
from tiktok_ads.catalog.streams import TIMES
from tiktok_ads.errors import ConfigError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)
METRIC = re.compile(r"[a-z0-9][a-z0-9_]{0,79}", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing that speaks against a report: which part of the definition, and why in words."""

    part: str
    text: str


def problems(definition: ReportDefinition) -> list[Problem]:
    """Why this report cannot be asked for; empty if nothing is known against it.

    Metrics that can be had in a coarser question only are no problem: `parts` puts them into columns of
    their own.
    """
    asked = completed(definition).definition
    if asked.is_term:
        return [*_of_name(asked), *(Problem("report_type", reason) for reason in term_reasons(asked))]
    found = [*_of_name(asked), *_of_names_said(asked)]
    if asked.is_special:
        found += _of_special(asked)
    elif not asked.force:
        found += _of_rules(_by_rules(asked))
        found += [Problem("filters", reason) for reason in _of_filters(asked.question)]
    found += [Problem(part, text) for part, text in day_reasons(asked)]
    return list(dict.fromkeys(found))


def smallest(definition: ReportDefinition) -> str:
    """What to change, in a sentence; "" where nothing small helps or nothing is wrong."""
    made = completed(definition).definition.question
    if made.is_special or made.report_type not in catalog().report_types:
        return ""
    if any(name not in catalog().dimensions for name in made.dimensions):
        return ""
    known = catalog()
    asked = Asked(
        report_type=made.report_type,
        data_level=made.data_level,
        dimensions=tuple(dict.fromkeys(name for name in made.dimensions if name in known.dimensions)),
        metrics=tuple(dict.fromkeys(name for name in made.metrics if name in known.metrics)),
        lifetime=made.lifetime,
    )
    if is_possible(asked):
        return ""
    changes = smallest_changes(asked, most=5)
    if made.roll_up is not None:
        # A period stands in the place of any time.
        changes = [(words, result) for words, result in changes if not {*TIMES} & {*result.dimensions}]
    return in_words(changes[:3])


def check_definition(definition: ReportDefinition) -> None:
    """Refuse what cannot be asked for.

    Raises:
        ConfigError: with every reason, and as hint the smallest change that helps.
    """
    found = problems(definition)
    if found:
        raise ConfigError("\n".join(one.text for one in found), smallest(definition))


def _of_name(asked: ReportDefinition) -> Iterator[Problem]:
    if NAME.fullmatch(asked.name) is None:
        yield Problem("name", f"{asked.name[:70]!r} cannot name a table: letters, digits and _, at most 63.")
    elif asked.name.lower() in catalog().streams:
        yield Problem("name", f"There is a table {asked.name} already: choose another name.")


def _of_names_said(asked: ReportDefinition) -> Iterator[Problem]:
    types = (*catalog().report_types, *catalog().special, "TERM")
    if asked.report_type not in types:
        yield Problem("report_type", unknown_name("report type", asked.report_type, types))
    for name in asked.force_metrics:
        if METRIC.fullmatch(name) is None:
            yield Problem("force_metrics", f"{name[:80]!r} cannot be a metric: small letters, digits and _.")


def _by_rules(asked: ReportDefinition) -> ReportDefinition:
    """What the rules are about: the question for a whole period, or, if all is added up, that by day."""
    summed = summed_metrics(asked)
    rest = tuple(name for name in asked.metrics if name not in summed)
    question = asked.question
    if summed and not rest:
        dimensions = (*question.dimensions, "stat_time_day")
        return replace(question, dimensions=dimensions, metrics=summed)
    order_by = "" if asked.order_by in summed else asked.order_by
    return replace(question, metrics=rest, order_by=order_by)


def _of_rules(asked: ReportDefinition) -> Iterator[Problem]:
    if asked.report_type not in catalog().report_types:
        return
    known = catalog().metrics
    bits = masks().bits
    apart = 0
    if all(name in catalog().dimensions for name in asked.dimensions):
        level, dimensions = asked.data_level, asked.dimensions
        apart = apart_mask(asked.report_type, level, dimensions, lifetime=asked.lifetime)
    main = [name for name in asked.metrics if not (name in known and bits[name] & apart)]
    reasons = why_not(
        report_type=asked.report_type,
        data_level=asked.data_level,
        dimensions=asked.dimensions,
        metrics=main,
        lifetime=asked.lifetime,
    )
    unknown = [name for name in asked.dimensions if name not in catalog().dimensions]
    for reason in reasons:
        # What else is wrong cannot be told before it is clear what was meant.
        if not unknown or reason.startswith("There is no"):
            yield Problem(_part(reason, asked), _unknown_hint(reason))
    measured = [name for name in asked.metrics if name not in known or not known[name].is_attribute]
    if asked.order_by and asked.order_by not in (*measured, *asked.force_metrics):
        yield Problem("order_by", f"{asked.order_by} is none of the report's metrics: order by one of them.")


def _part(reason: str, asked: ReportDefinition) -> str:
    """The menu beside which a reason belongs."""
    first = reason.split(" ", 1)[0]
    if first in asked.dimensions or "dimension" in reason or "breakdown" in reason:
        return "dimensions"
    if "level" in reason and first not in asked.metrics:
        return "data_level"
    return "dates" if "lifetime" in reason and first not in asked.metrics else "metrics"


def _unknown_hint(reason: str) -> str:
    if reason.startswith("There is no metric"):
        return f"{reason} If TikTok knows it already, ask for it with --force-metric."
    return reason


def _of_filters(asked: ReportDefinition) -> Iterator[str]:
    found = list(
        filter_reasons(
            asked.filters,
            report_type=asked.report_type,
            data_level=asked.data_level,
            dimensions=asked.dimensions,
        )
    )
    yield from found
    if found or not asked.filters or any(name not in catalog().dimensions for name in asked.dimensions):
        return
    for one in parts(asked).beside:
        refused = filter_reasons(
            asked.filters,
            report_type=one.report_type,
            data_level=one.data_level,
            dimensions=one.dimensions,
        )
        if reason := next(refused, ""):
            names = ", ".join(one.metrics)
            yield f"{names} can only be had of the {one.word} as a whole: {reason} Or leave {names} out."


def _of_special(asked: ReportDefinition) -> Iterator[Problem]:
    reasons = special_why_not(
        asked.report_type,
        dimensions=asked.dimensions,
        metrics=asked.metrics,
        filters={one.field: values_of(one) for one in asked.filters},
        lifetime=asked.lifetime,
    )
    for reason in () if asked.force else reasons:
        yield Problem("metrics" if "metric" in reason else "dimensions", reason)
    if asked.roll_up is not None:
        yield Problem("roll_up", f"{asked.report_type} reports are not rolled up: leave it out.")
    if asked.order_by and asked.order_by not in special_metrics(asked.report_type):
        yield Problem("order_by", f"{asked.order_by} is none of the report's metrics.")
