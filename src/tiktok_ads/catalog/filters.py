"""What report rows can be filtered by: each field with its operators, and why a filter cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tiktok_ads.catalog.lookup import catalog, either, nearest
from tiktok_ads.catalog.model import FilterRule, Operator
from tiktok_ads.catalog.streams import Filter

LISTS: tuple[Operator, ...] = ("IN", "NOT_IN", "CONTAIN_ANY_OF")
MOST_ASYNCHRONOUS = 20_000
"""Ids that a filter of the asynchronous task takes."""
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def values_of(asked: Filter) -> tuple[str, ...]:
    return (asked.value,) if isinstance(asked.value, str) else tuple(asked.value)


def filter_text(asked: Filter) -> str:
    """As it is written on the command line and in the settings file."""
    return f"{asked.field} {asked.type.lower()} {', '.join(values_of(asked))}"


def filter_rules() -> dict[str, FilterRule]:
    return {rule.field: rule for rule in catalog().combinations.filters}


def filter_reasons(
    filters: Sequence[Filter],
    *,
    report_type: str,
    data_level: str | None,
    dimensions: Sequence[str],
    asynchronous: bool = False,
) -> Iterator[str]:
    """Every reason why TikTok would refuse these filters.

    Source: API reference v1.3, /report/integrated/get/, parameter `filtering`.
    """
    names = [one.field for one in filters]
    for one in filters:
        rule = filter_rules().get(one.field)
        if rule is None:
            yield _unknown(one.field)
            continue
        yield from field_reasons(
            rule, report_type=report_type, data_level=data_level, beside=(*dimensions, *names)
        )
        if asynchronous and not rule.asynchronous:
            yield f"The asynchronous task takes no filter {rule.field}: leave it out."
        yield from _value_reasons(rule, one, asynchronous=asynchronous)


def field_reasons(
    rule: FilterRule, *, report_type: str, data_level: str | None, beside: Sequence[str]
) -> Iterator[str]:
    """Why a field cannot be filtered by, whatever its values; `beside` are dimensions and other filters."""
    kind = catalog().report_types.get(report_type)
    if kind is not None and not kind.filters:
        yield f"{report_type} reports take no filter: leave {rule.field} out."
    elif report_type not in rule.report_types:
        yield f"The filter {rule.field} is for {either(rule.report_types)} reports: leave it out."
    elif rule.levels and data_level not in rule.levels:
        own = [one.field for one in catalog().combinations.filters if _is_status_of(one, data_level)]
        use = f"use {either(own)}" if own and rule.field.endswith("_status") else "leave it out"
        yield f"The filter {rule.field} is for {either(rule.levels)}: {use} or change the level."
    for need in rule.needs:
        if need not in beside:
            yield f"The filter {rule.field} needs the dimension {need}: add it or leave the filter out."
    for other in rule.excludes:
        if other in beside:
            yield f"The filter {rule.field} and {other} exclude each other: leave one out."


def _is_status_of(rule: FilterRule, data_level: str | None) -> bool:
    return rule.field.endswith("_status") and data_level in rule.levels


def _unknown(field: str) -> str:
    if field in catalog().dimensions:
        return f"{field} cannot be filtered by: add it as a dimension and pick from the rows."
    close = nearest(field, filter_rules())
    hint = f"did you mean {either(close)}?" if close else f"there are {', '.join(filter_rules())}."
    return f"There is no filter {field}: {hint}"


def _value_reasons(rule: FilterRule, asked: Filter, *, asynchronous: bool) -> Iterator[str]:
    if asked.type not in rule.operators:
        yield f"The filter {rule.field} takes {either(rule.operators)}, not {asked.type}."
        return
    count = len(values_of(asked))
    if asked.type == "BETWEEN" and count != 2:
        yield f"The filter {rule.field} with BETWEEN takes two values, not {count}."
    elif asked.type not in (*LISTS, "BETWEEN") and count != 1:
        yield f"The filter {rule.field} with {asked.type} takes one value, not {count}."
    elif not count:
        yield f"The filter {rule.field} has no value: give one or leave it out."
    elif rule.max_values is not None:
        most = MOST_ASYNCHRONOUS if asynchronous else rule.max_values
        if count > most:
            yield f"The filter {rule.field} takes at most {most} values, not {count}."
    for value in values_of(asked):
        if rule.values and value not in rule.values:
            close = nearest(value, rule.values) or rule.values
            yield f"The filter {rule.field} knows no {value}: use {either(close)}."
        elif not _fits(rule, value):
            yield f"{value!r} is no value for the filter {rule.field}: it takes {_KINDS[rule.value_kind]}."
        elif value in rule.alone and count > 1:
            yield f"{value} stands alone in the filter {rule.field}: leave the other values out."


_KINDS = {
    "id": "ids, digits only",
    "text": "texts",
    "number": "numbers",
    "moment": "moments in UTC such as 2026-01-31 00:00:00",
}


def _fits(rule: FilterRule, value: str) -> bool:
    if rule.value_kind == "id":
        return value.isascii() and value.isdigit()
    if rule.value_kind == "number":
        return _NUMBER.fullmatch(value) is not None
    if rule.value_kind == "moment":
        return _MOMENT.fullmatch(value) is not None
    return bool(value.strip())
