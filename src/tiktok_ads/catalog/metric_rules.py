"""Why a metric cannot be had in a report: its type, level, dimensions, their lists, and the task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiktok_ads.catalog.lookup import catalog, either, ids_of
from tiktok_ads.catalog.model import Dimension, Metric, ReportTypeRules


def metric_reasons(
    metric: Metric,
    kind: ReportTypeRules,
    level: str | None,
    split_by: Sequence[Dimension],
    asynchronous: bool,
    lifetime: bool,
) -> Iterator[str]:
    out = f"leave {metric.name} out"
    names = [one.name for one in split_by]
    lists = [one for one in split_by if kind.name in one.lists_apply_to]
    if not metric.requestable:
        yield f"{metric.name} cannot be asked for, TikTok adds it by itself: {out}."
    elsewhere = kind.metrics_known or not any(name in catalog().report_types for name in metric.report_types)
    if elsewhere and kind.name not in metric.report_types and not _listed(metric, lists):
        yield f"{metric.name} is known only from {either(metric.report_types)} reports: {out}."
    elif kind.levels and level in kind.levels and level not in metric.levels:
        yield f"{metric.name} is not to be had at {level}: {out} or choose {either(metric.levels)}."
    if metric.is_of_object and not any(one.role == "id" for one in split_by):
        yield f"{metric.name} needs an ID dimension: add {either(ids_of(level)) or 'one'} or {out}."
    if kind.name in metric.needs_in:
        for need in metric.needs:
            if need not in names:
                yield f"{metric.name} needs the dimension {need}: add {need} or {out}."
    for other in metric.excludes:
        if other in names:
            yield f"{metric.name} cannot stand beside the dimension {other}: {out}."
    if metric.plain:
        beside = [one.name for one in split_by if one.role != "id" and one.name != "stat_time_day"]
        if beside or not any(one.role == "id" for one in split_by):
            why = f"leave out {either(beside)}" if beside else "add an ID dimension"
            yield f"{metric.name} goes with one ID dimension and stat_time_day alone: {why} or {out}."
    if lifetime and kind.name in metric.needs_in and "stat_time_day" in metric.needs:
        yield f"{metric.name} has no lifetime value: give days or {out}."
    for one in lists:
        if not _allowed_by(one, metric, asynchronous):
            yield f"{metric.name} is not among the metrics that {one.name} allows: {out}."
    if asynchronous:
        yield from _asynchronous_reasons(metric, split_by, out)


def _listed(metric: Metric, lists: Sequence[Dimension]) -> bool:
    """A published list of a dimension is better evidence than where a metric happened to be seen."""
    return any(metric.name in one.metrics for one in lists)


def _allowed_by(one: Dimension, metric: Metric, asynchronous: bool) -> bool:
    if metric.is_attribute:
        return True
    if metric.name in one.metrics_excluded:
        return False
    names = one.metrics_async if asynchronous and one.metrics_async else one.metrics
    if not names and not one.metric_groups:
        return True
    return metric.name in names or metric.group in one.metric_groups


def _asynchronous_reasons(metric: Metric, split_by: Sequence[Dimension], out: str) -> Iterator[str]:
    if not metric.asynchronous:
        yield f"{metric.name} is not to be had by the asynchronous task: {out}."
    for one in split_by:
        if metric.name in one.metrics_refused_async or (metric.unique_users and not one.unique_users_async):
            yield f"The asynchronous task does not give {metric.name} by {one.name}: {out}."
