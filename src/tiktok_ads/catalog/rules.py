"""Which level, dimensions and metrics go together in one report, and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from tiktok_ads.catalog.dimension_rules import dimension_reasons, level_reasons, lifetime_reasons
from tiktok_ads.catalog.lookup import catalog, unknown_name
from tiktok_ads.catalog.metric_rules import metric_reasons
from tiktok_ads.catalog.special_rules import check_special, is_special, special_metrics, special_why_not
from tiktok_ads.catalog.streams import ReportStream
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
    if report_type in catalog().special:
        return special_why_not(report_type, dimensions=dimensions, metrics=metrics, lifetime=lifetime)
    kind = catalog().report_types.get(report_type)
    if kind is None:
        return [unknown_name("report type", report_type, catalog().report_types)]
    asynchronous = window_kind == "async"
    reasons = [
        *level_reasons(kind, data_level),
        *_unknown_and_repeated(dimensions, catalog().dimensions, "dimension"),
        *_unknown_and_repeated(metrics, catalog().metrics, "metric"),
    ]
    split_by = [
        catalog().dimensions[name] for name in dict.fromkeys(dimensions) if name in catalog().dimensions
    ]
    reasons += dimension_reasons(kind, data_level, split_by)
    if asynchronous and not kind.asynchronous:
        reasons.append(
            f"{kind.name} reports are not to be had by the asynchronous task: ask for them directly."
        )
    if lifetime:
        reasons += lifetime_reasons(kind, split_by)
    asked = [catalog().metrics[name] for name in dict.fromkeys(metrics) if name in catalog().metrics]
    for metric in asked:
        reasons += metric_reasons(metric, kind, data_level, split_by, asynchronous, lifetime)
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
    if report_type in catalog().special:
        names = special_metrics(report_type)
        return {
            name for name in names if not special_why_not(report_type, dimensions=dimensions, metrics=[name])
        }
    kind = catalog().report_types.get(report_type)
    if kind is None:
        raise ConfigError(unknown_name("report type", report_type, catalog().report_types))
    split_by = []
    for name in dimensions:
        if name not in catalog().dimensions:
            raise ConfigError(unknown_name("dimension", name, catalog().dimensions))
        split_by.append(catalog().dimensions[name])
    return {
        metric.name
        for metric in catalog().metrics.values()
        if not any(metric_reasons(metric, kind, data_level, split_by, asynchronous, False))
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
    if is_special(stream) and stream.endpoint in catalog().endpoints:
        check_special(stream)
        return
    reasons = why_not(
        report_type=stream.report_type,
        data_level=stream.data_level,
        dimensions=stream.dimensions,
        metrics=stream.metrics,
        lifetime=stream.lifetime,
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
        reasons.append(unknown_name("endpoint", stream.endpoint, catalog().endpoints))
    elif endpoint.max_page_size is not None and stream.page_size > endpoint.max_page_size:
        reasons.append(f"A page has at most {endpoint.max_page_size} rows, not {stream.page_size}.")
    if reasons:
        raise ConfigError(f"The table {stream.name} cannot be asked for: {' '.join(reasons)}")


def _unknown_and_repeated(names: Sequence[str], known: Collection[str], what: str) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield unknown_name(what, name, known)
        elif names.count(name) > 1:
            yield f"The {what} {name} stands there twice: leave one out."
