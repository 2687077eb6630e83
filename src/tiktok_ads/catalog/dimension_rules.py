"""Why a level and its dimensions do not go together: IDs, times, breakdowns and groupings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from tiktok_ads.catalog.lookup import catalog, either, ids_of
from tiktok_ads.catalog.model import Dimension, ReportTypeRules


def level_reasons(kind: ReportTypeRules, level: str | None) -> Iterator[str]:
    if level is None and kind.levels:
        yield f"{kind.name} reports need a data level: {either(kind.levels)}."
    elif level is not None and kind.refuses_level:
        yield f"{kind.name} reports have no data level: leave {level} out."
    elif level is not None and kind.levels and level not in kind.levels:
        yield f"{kind.name} reports have no level {level}: choose {either(kind.levels)}."


def dimension_reasons(
    kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]
) -> Iterator[str]:
    yield from dimension_gaps(kind, split_by)
    yield from dimension_conflicts(kind, level, split_by)


def dimension_gaps(kind: ReportTypeRules, split_by: Sequence[Dimension]) -> Iterator[str]:
    """What is still missing; a dimension more can make it good."""
    if not split_by:
        yield "A report needs at least one dimension."
    names = [one.name for one in split_by]
    for one in split_by:
        for need in one.needs:
            if need not in names:
                yield f"{one.name} needs {need} beside it: add {need}."
    groups = [set(group) for group in kind.groupings]
    if names and groups and set(names) not in groups and any(group > set(names) for group in groups):
        yield f"{kind.name} reports are split only by: {_choices(kind)}."
    if len([name for name in names if name in kind.breakdowns]) < kind.min_breakdowns:
        yield f"{kind.name} reports need one {_breakdown(kind)}: add one such as {_some(kind)}."


def dimension_conflicts(
    kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]
) -> Iterator[str]:
    """What no further dimension can make good."""
    names = [one.name for one in split_by]
    for one in split_by:
        if kind.name not in one.report_types:
            types = either(one.report_types)
            yield f"{one.name} belongs to {types} reports: leave it out or change the type."
        elif one.role != "id" and level in kind.levels and one.levels and level not in one.levels:
            yield f"{one.name} is not to be had at {level}: leave it out or choose {either(one.levels)}."
    for one, other in combinations(split_by, 2):
        if other.name in one.excludes or one.name in other.excludes:
            yield f"{one.name} and {other.name} exclude each other: leave one out."
    yield from _id_reasons(kind, level, split_by)
    times = [one.name for one in split_by if one.role == "time"]
    if len(times) > 1:
        yield f"A report takes one time dimension: leave out {either(times)}."
    for one in split_by:
        if one.no_time and times:
            yield f"{one.name} cannot be split by time: leave out {times[0]}."
    yield from _grouping_reasons(kind, names)


def _id_reasons(kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]) -> Iterator[str]:
    ids = [one.name for one in split_by if one.role == "id"]
    if len(ids) > 1:
        yield f"A report takes one ID dimension, not {' and '.join(ids)}: leave out {either(ids)}."
    own = ids_of(level)
    if not kind.levels or not own:
        return
    for name in ids:
        if name not in own:
            at = [of for of, names in catalog().combinations.id_dimensions.items() if name in names]
            change = f" or choose {either(at)}" if at else ""
            yield f"{name} does not belong to {level}: use {either(own)}{change}."


def _grouping_reasons(kind: ReportTypeRules, names: Sequence[str]) -> Iterator[str]:
    if kind.groupings:
        if names and not any(set(group) >= set(names) for group in kind.groupings):
            yield f"{kind.name} reports are split only by: {_choices(kind)}."
        return
    breakdowns = [name for name in names if name in kind.breakdowns]
    if len(breakdowns) > 1 and set(breakdowns) not in [set(pair) for pair in kind.pairs]:
        pairs = either([" + ".join(pair) for pair in kind.pairs])
        only = f" (only {pairs} go together)" if pairs else ""
        yield f"{kind.name} reports take one {_breakdown(kind)}{only}: leave out {either(breakdowns)}."


def _choices(kind: ReportTypeRules) -> str:
    return "; ".join(" + ".join(group) for group in kind.groupings)


def _breakdown(kind: ReportTypeRules) -> str:
    return "audience dimension" if kind.name == "AUDIENCE" else "breakdown"


def _some(kind: ReportTypeRules) -> str:
    return ", ".join(kind.breakdowns[:4])


def lifetime_reasons(kind: ReportTypeRules, split_by: Sequence[Dimension]) -> Iterator[str]:
    if not kind.lifetime:
        yield f"{kind.name} reports have no lifetime form: give days."
    for one in split_by:
        if not one.lifetime:
            yield f"{one.name} is not to be had for a lifetime: leave it out or give days."
