"""Which level, dimensions and metrics go together in one report, and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from tiktok_ads.catalog.lookup import catalog, nearest
from tiktok_ads.catalog.model import Dimension, Metric, ReportStream, ReportTypeRules
from tiktok_ads.errors import ConfigError

WindowKind = Literal["sync", "async"]


def why_not(
    *,
    report_type: str,
    data_level: str | None,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    window_kind: WindowKind = "sync",
    lifetime: bool = False,
) -> list[str]:
    """Every reason why TikTok would refuse this report, in words that name the smallest change.

    Args:
        report_type: BASIC, AUDIENCE, …
        data_level: AUCTION_AD, …; None where the report type has no level.
        dimensions: what rows are split by.
        metrics: metrics and attributes; more than a call takes is no reason, the caller splits them.
        window_kind: `async` asks whether the asynchronous task takes it.
        lifetime: one row for all time instead of a window of days.

    Returns:
        Sentences; empty if nothing is known against it.

    Source: API reference v1.3, /report/integrated/get/ and /report/task/create/.
    """
    kind = catalog().report_types.get(report_type)
    if kind is None:
        return [_unknown("report type", report_type, catalog().report_types)]
    asynchronous = window_kind == "async"
    reasons = [
        *_level_reasons(kind, data_level),
        *_unknown_and_repeated(dimensions, catalog().dimensions, "dimension"),
        *_unknown_and_repeated(metrics, catalog().metrics, "metric"),
    ]
    split_by = [
        catalog().dimensions[name] for name in dict.fromkeys(dimensions) if name in catalog().dimensions
    ]
    reasons += _dimension_reasons(kind, data_level, split_by)
    if asynchronous and not kind.asynchronous:
        reasons.append(
            f"{kind.name} reports are not to be had by the asynchronous task: ask for them directly."
        )
    if lifetime:
        reasons += _lifetime_reasons(kind, split_by)
    asked = [catalog().metrics[name] for name in dict.fromkeys(metrics) if name in catalog().metrics]
    for metric in asked:
        reasons += _metric_reasons(metric, kind, data_level, split_by, asynchronous, lifetime)
        for other in metric.excludes:
            if other in metrics:
                reasons.append(f"The metrics {metric.name} and {other} exclude each other: leave one out.")
    return list(dict.fromkeys(reasons))


def allowed_metrics(
    report_type: str, data_level: str | None, dimensions: Sequence[str], asynchronous: bool = False
) -> set[str]:
    """Metrics and attributes that may be asked for with these dimensions.

    What the dimensions have against each other is not looked at: ask `why_not`.

    Raises:
        ConfigError: no such report type or dimension.
    """
    kind = catalog().report_types.get(report_type)
    if kind is None:
        raise ConfigError(_unknown("report type", report_type, catalog().report_types))
    split_by = []
    for name in dimensions:
        if name not in catalog().dimensions:
            raise ConfigError(_unknown("dimension", name, catalog().dimensions))
        split_by.append(catalog().dimensions[name])
    return {
        metric.name
        for metric in catalog().metrics.values()
        if not any(_metric_reasons(metric, kind, data_level, split_by, asynchronous, False))
    }


def max_days(report_type: str, dimensions: Sequence[str]) -> int | None:
    """The longest window of one call in days, both ends counted; None if nothing is known."""
    for time, days in catalog().report_types[report_type].max_days:
        if not time or time in dimensions:
            return days
    return None


def check_report(stream: ReportStream) -> None:
    """Hold a report table against the rules.

    Raises:
        ConfigError: with every reason why it cannot be asked for.
    """
    reasons = why_not(
        report_type=stream.report_type,
        data_level=stream.data_level,
        dimensions=stream.dimensions,
        metrics=stream.metrics,
    )
    longest = (
        max_days(stream.report_type, stream.dimensions)
        if stream.report_type in catalog().report_types
        else None
    )
    if longest is not None and stream.max_window_days > longest:
        reasons.append(f"A window has at most {longest} days, not {stream.max_window_days}.")
    endpoint = catalog().endpoints.get(stream.endpoint)
    if endpoint is None:
        reasons.append(_unknown("endpoint", stream.endpoint, catalog().endpoints))
    elif endpoint.max_page_size is not None and stream.page_size > endpoint.max_page_size:
        reasons.append(f"A page has at most {endpoint.max_page_size} rows, not {stream.page_size}.")
    if reasons:
        raise ConfigError(f"The table {stream.name} cannot be asked for: {' '.join(reasons)}")


def _level_reasons(kind: ReportTypeRules, level: str | None) -> Iterator[str]:
    if level is None and kind.levels:
        yield f"{kind.name} reports need a data level: {_either(kind.levels)}."
    elif level is not None and not kind.levels:
        yield f"{kind.name} reports have no data level: leave {level} out."
    elif level is not None and level not in kind.levels:
        yield f"{kind.name} reports have no level {level}: choose {_either(kind.levels)}."


def _dimension_reasons(
    kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]
) -> Iterator[str]:
    if not split_by:
        yield "A report needs at least one dimension."
    names = [one.name for one in split_by]
    for one in split_by:
        if kind.name not in one.report_types:
            yield f"{one.name} belongs to {_either(one.report_types)} reports: leave it out or change the type."
        elif (
            kind.levels
            and one.levels
            and level in kind.levels
            and level not in one.levels
            and one.role != "id"
        ):
            yield f"{one.name} is not to be had at {level}: leave it out or choose {_either(one.levels)}."
        for need in one.needs:
            if need not in names:
                yield f"{one.name} needs {need} beside it: add {need}."
        for other in one.excludes:
            if other in names and names.index(one.name) < names.index(other):
                yield f"{one.name} and {other} exclude each other: leave one out."
    yield from _id_reasons(kind, level, split_by)
    times = [one.name for one in split_by if one.role == "time"]
    if len(times) > 1:
        yield f"A report takes one time dimension: leave out {_either(times)}."
    for one in split_by:
        if one.no_time and times:
            yield f"{one.name} cannot be split by time: leave out {times[0]}."
    yield from _grouping_reasons(kind, names)


def _id_reasons(kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]) -> Iterator[str]:
    ids = [one.name for one in split_by if one.role == "id"]
    if len(ids) > 1:
        yield f"A report takes one ID dimension, not {' and '.join(ids)}: leave out {_either(ids)}."
    own = _ids_of(level)
    if not kind.levels or not own:
        return
    for name in ids:
        if name not in own:
            at = [of for of, names in catalog().combinations.id_dimensions.items() if name in names]
            change = f" or choose {_either(at)}" if at else ""
            yield f"{name} does not belong to {level}: use {_either(own)}{change}."


def _ids_of(level: str | None) -> tuple[str, ...]:
    return next((ids for of, ids in catalog().combinations.id_dimensions.items() if of == level), ())


def _grouping_reasons(kind: ReportTypeRules, names: Sequence[str]) -> Iterator[str]:
    if kind.groupings:
        if names and set(names) not in [set(group) for group in kind.groupings]:
            choices = "; ".join(" + ".join(group) for group in kind.groupings)
            yield f"{kind.name} reports are split only by: {choices}."
        return
    breakdowns = [name for name in names if name in kind.breakdowns]
    what = "audience dimension" if kind.name == "AUDIENCE" else "breakdown"
    if len(breakdowns) < kind.min_breakdowns:
        yield f"{kind.name} reports need one {what}: add one such as {', '.join(kind.breakdowns[:4])}."
    if len(breakdowns) > 1 and set(breakdowns) not in [set(pair) for pair in kind.pairs]:
        pairs = _either([" + ".join(pair) for pair in kind.pairs])
        only = f" (only {pairs} go together)" if pairs else ""
        yield f"{kind.name} reports take one {what}{only}: leave out {_either(breakdowns)}."


def _lifetime_reasons(kind: ReportTypeRules, split_by: Sequence[Dimension]) -> Iterator[str]:
    if not kind.lifetime:
        yield f"{kind.name} reports have no lifetime form: give days."
    for one in split_by:
        if not one.lifetime:
            yield f"{one.name} is not to be had for a lifetime: leave it out or give days."


def _metric_reasons(
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
    if kind.metrics_known and kind.name not in metric.report_types and not _listed(metric, kind, lists):
        yield f"{metric.name} is known only from {_either(metric.report_types)} reports: {out}."
    elif kind.levels and level in kind.levels and level not in metric.levels:
        yield f"{metric.name} is not to be had at {level}: {out} or choose {_either(metric.levels)}."
    if metric.is_attribute and not any(one.role == "id" for one in split_by):
        yield f"{metric.name} needs an ID dimension: add {_either(_ids_of(level)) or 'one'} or {out}."
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
            why = f"leave out {_either(beside)}" if beside else "add an ID dimension"
            yield f"{metric.name} goes with one ID dimension and stat_time_day alone: {why} or {out}."
    if lifetime and "stat_time_day" in metric.needs:
        yield f"{metric.name} has no lifetime value: give days or {out}."
    for one in lists:
        if not _allowed_by(one, metric, asynchronous):
            yield f"{metric.name} is not among the metrics that {one.name} allows: {out}."
    if asynchronous:
        yield from _asynchronous_reasons(metric, split_by, out)


def _listed(metric: Metric, kind: ReportTypeRules, lists: Sequence[Dimension]) -> bool:
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


def _unknown_and_repeated(names: Sequence[str], known: Collection[str], what: str) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield _unknown(what, name, known)
        elif names.count(name) > 1:
            yield f"The {what} {name} stands there twice: leave one out."


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    close = nearest(name, known)
    hint = f": did you mean {_either(close)}?" if close else ": look it up in the list of tables and fields."
    return f"There is no {what} {name}{hint}"


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)
