"""Which metrics may still be chosen, and why not the rest: over a thousand of them in a few milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

from tiktok_ads.catalog.coarser import Coarser, coarser_than, mask_of
from tiktok_ads.catalog.dimension_rules import dimension_conflicts
from tiktok_ads.catalog.lookup import catalog, ids_of
from tiktok_ads.catalog.masks import allowed_mask, masks
from tiktok_ads.catalog.menus import Choice, SoFar
from tiktok_ads.catalog.metric_rules import metric_reasons
from tiktok_ads.catalog.model import Dimension, Metric, ReportTypeRules

Frame = tuple[ReportTypeRules, str | None]
"""A report type and a level that are still possible together."""
NOTHING = "Nothing fits what is chosen so far."


def missing(metric: Metric, kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]) -> str:
    """What dimension a metric still needs and may still get, in words; "" if none."""
    names = tuple(one.name for one in split_by)
    wanted = [need for need in metric.needs if kind.name in metric.needs_in and need not in names]
    if (metric.is_of_object or metric.plain) and not any(one.role == "id" for one in split_by):
        wanted += ids_of(level)[:1]
    if not wanted or not masks().bits[metric.name] & _allowed_with(kind.name, level, names, tuple(wanted)):
        return ""
    return f"{metric.name} needs the dimension {' and '.join(wanted)}: add it."


@lru_cache(maxsize=4096)
def _allowed_with(type_name: str, level: str | None, names: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    """The metrics that are allowed once these dimensions are added; none if they cannot be."""
    known = catalog()
    kind, more = known.report_types[type_name], [known.dimensions[name] for name in (*names, *wanted)]
    return 0 if any(dimension_conflicts(kind, level, more)) else allowed_mask(kind, level, more)


def metric_choices(chosen: SoFar, frames: Sequence[Frame], split_by: Sequence[Dimension]) -> list[Choice]:
    """Every metric and attribute, as it stands in the frames that are still possible."""
    known = catalog().metrics
    dimensions = [one.name for one in split_by]
    allowed = 0
    questions: list[tuple[Coarser, int]] = []
    for kind, level in frames:
        allowed |= allowed_mask(kind, level, split_by, lifetime=chosen.lifetime)
        found = coarser_than(kind.name, level, dimensions)
        questions += [(one, mask_of(one, lifetime=chosen.lifetime)) for one in found]
    taken = set(chosen.metrics)
    rivals = {other: name for name in taken if name in known for other in known[name].excludes}
    told: list[Choice] = []
    for name, bit in masks().bits.items():
        if name in taken:
            told.append(Choice(name, "chosen"))
        elif name in rivals:
            told.append(Choice(name, "closed", f"{name} and {rivals[name]} exclude each other."))
        elif allowed & bit:
            told.append(Choice(name, "open"))
        elif not frames:
            told.append(Choice(name, "closed", NOTHING))
        else:
            column = ""
            for question, mask in questions:
                if mask & bit:
                    column = question.column(name)
                    break
            told.append(_refused(known[name], frames, split_by, column, chosen))
    return told


def _refused(
    metric: Metric, frames: Sequence[Frame], split_by: Sequence[Dimension], column: str, chosen: SoFar
) -> Choice:
    if (metric.needs or metric.is_attribute or metric.plain) and not chosen.lifetime:
        for frame in frames:
            if told := missing(metric, *frame, split_by):
                return Choice(metric.name, "needs", told)
    reason = _why(metric, *frames[0], split_by, chosen.lifetime)
    if column:
        return Choice(metric.name, "apart", f"{reason} Else it becomes the column {column}, which repeats.")
    return Choice(metric.name, "closed", reason)


def _why(
    metric: Metric, kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension], lifetime: bool
) -> str:
    """The first reason against a metric."""
    if kind.name not in metric.report_types and not any(kind.name in one.lists_apply_to for one in split_by):
        # By far the most are refused for their type alone, whatever else is chosen.
        return _of_another_type(metric.name, kind.name)
    return next(metric_reasons(metric, kind, level, split_by, False, lifetime), "")


@cache
def _of_another_type(name: str, type_name: str) -> str:
    known = catalog()
    found = metric_reasons(known.metrics[name], known.report_types[type_name], None, (), False, False)
    return next(found, "")
