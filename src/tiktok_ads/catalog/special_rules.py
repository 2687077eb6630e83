"""What goes together in the reports that have an endpoint of their own, and why not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tiktok_ads.catalog.lookup import catalog, unknown_name
from tiktok_ads.catalog.model import Dimension, Metric, SpecialReport
from tiktok_ads.catalog.streams import TIMES, ReportStream, Stream
from tiktok_ads.errors import ConfigError

INTEGRATED = "report/integrated/get"
UTC_DAY = "A day of UTC, not of the ad account's own calendar: not to be joined with other reports' days."


def is_special(stream: Stream) -> bool:
    """Whether it is a report that has an endpoint of its own."""
    return isinstance(stream, ReportStream) and stream.endpoint != INTEGRATED


def days_zone(stream: Stream, own: str) -> str:
    """The zone whose days the stream's are: UTC for some reports, else the owner's own."""
    special = catalog().special.get(stream.report_type) if isinstance(stream, ReportStream) else None
    return (special.zone if special else "") or own


def special_of(stream: ReportStream) -> SpecialReport:
    """The facts about the stream's report.

    Raises:
        ConfigError: there are none.
    """
    return _report(stream.report_type)


def special_why_not(
    report: str,
    *,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    filters: Mapping[str, Sequence[str]] | None = None,
    lifetime: bool = False,
    days: int | None = None,
) -> list[str]:
    """Every reason why TikTok would refuse this report, in words that name the smallest change.

    Args:
        report: GMV_MAX, SMART_PLUS_MATERIAL, …
        dimensions: what rows are split by; columns that the call decides may stand among them.
        metrics: metrics and attributes; of GMV Max, attributes are asked with one campaign or product at a
            time, so they are no reason by themselves.
        filters: field → values. Ids that TikTok demands in a filter are found out where none are given.
        lifetime: all time instead of a window of days.
        days: how long the window of one call is to be.

    Returns:
        Sentences; empty if nothing is known against it.

    Source: API reference v1.3, the endpoints that the catalog names for each report.
    """
    if report not in catalog().special:
        return [unknown_name("report", report, catalog().special)]
    special = _report(report)
    known = special_dimensions(report)
    asked = [name for name in dimensions if name not in special.stamped]
    reasons = [
        *_unknown(asked, [*special.dimensions, *special.stamped], "dimension", special),
        *_dimension_reasons(special, asked, lifetime, filters or {}),
    ]
    kind = grouping_of(special, asked)
    for name in dict.fromkeys(metrics):
        reasons += _metric_reasons(special, name, kind, {*asked, *special.stamped} & known.keys())
    reasons += _filter_reasons(special, filters or {}, kind)
    longest = special_max_days(report, asked)
    if days is not None and longest is not None and days > longest and not lifetime:
        reasons.append(f"{special.name} with these dimensions has at most {longest} days in one call.")
    return list(dict.fromkeys(reasons))


def special_dimensions(report: str) -> dict[str, Dimension]:
    """The dimensions of the report by name, without columns that the call decides."""
    special = _report(report)
    known = {**catalog().dimensions, **{one.name: one for one in special.own_dimensions}}
    return {name: known[name] for name in special.dimensions}


def special_metrics(report: str) -> dict[str, Metric]:
    """The metrics and attributes of the report by name."""
    special = _report(report)
    shared = {name: catalog().metrics[name] for name in special.shared_metrics}
    return {**shared, **{one.name: one for one in special.own_metrics}}


def special_max_days(report: str, dimensions: Collection[str]) -> int | None:
    """The longest window of one call in days, both ends counted; None if nothing is known."""
    for time, days in _report(report).max_days:
        if not time or time in dimensions:
            return days
    return None


def special_cost(stream: ReportStream) -> str:
    """The calls of one window in words, such as `1 per shop`; finding ids out takes a few more once a run."""
    special = special_of(stream)
    kind = grouping_of(special, [*stream.dimensions, *(("stat_time_day",) if stream.stamped else ())])
    known = special_metrics(special.name)
    singly = any(known[name].is_attribute for name in stream.metrics if name in known)
    return {
        # By product TikTok wants the campaigns first, by creative the products too.
        ("GMV_MAX", "overview"): "1 per shop",
        ("GMV_MAX", "campaign"): "2 per shop",
        ("GMV_MAX", "product"): "1 per shop and campaign" if singly else "3 per shop",
        ("GMV_MAX", "creative"): "1 per shop, campaign and product" if singly else "4 per shop",
        ("SMART_PLUS_SPC", "material"): "5 per older Smart+ campaign",
        ("VIDEO_PERFORMANCE", "AD"): "1 per 200 ads that were shown",
        ("VIDEO_PERFORMANCE", "VIDEO"): "1 per video",
        ("AD_BENCHMARK", "ad"): "1 per 100 ads that were shown",
        ("PIXEL_EVENTS", "event"): "1 per 10 pixels",
        ("CREATIVE_FATIGUE", "ad"): "1 per ad that was shown",
    }.get((special.name, kind), "1")


def grouping_of(special: SpecialReport, dimensions: Sequence[str]) -> str:
    """The kind of grouping that these dimensions are, such as "product"; "" if they are none."""
    asked = {name for name in dimensions if name not in special.stamped}
    return next((kind for kind, each in special.groupings.items() if asked in map(set, each)), "")


def check_special(stream: ReportStream) -> None:
    """Hold a report table with an endpoint of its own against the rules.

    Raises:
        ConfigError: with every reason why it cannot be asked for.
    """
    special = special_of(stream)
    days = None if stream.lifetime else stream.max_window_days
    lifetime = stream.lifetime and special.lifetime
    reasons = special_why_not(
        special.name, dimensions=stream.dimensions, metrics=stream.metrics, lifetime=lifetime, days=days
    )
    if stream.endpoint not in special.endpoints:
        reasons.append(f"{special.name} is asked of {' or '.join(special.endpoints)}.")
    size = catalog().endpoints[stream.endpoint].max_page_size
    if size is not None and stream.page_size > size:
        reasons.append(f"A page has at most {size} rows, not {stream.page_size}.")
    if reasons:
        raise ConfigError(f"The table {stream.name} cannot be asked for: {' '.join(reasons)}")


def _report(name: str) -> SpecialReport:
    if name not in catalog().special:
        raise ConfigError(unknown_name("report", name, catalog().special))
    return catalog().special[name]


def _unknown(
    names: Sequence[str], known: Collection[str], what: str, special: SpecialReport
) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield f"{special.name}: {unknown_name(what, name, known)}"
        elif list(names).count(name) > 1:
            yield f"The {what} {name} is asked for twice."


def _dimension_reasons(
    special: SpecialReport, asked: Sequence[str], lifetime: bool, filters: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    times = [name for name in TIMES if name in asked]
    if len(times) > 1:
        yield f"{special.name} has one dimension of time at most: leave out {times[0]} or {times[1]}."
    if lifetime and not special.lifetime:
        yield f"{special.name} knows no lifetime: ask for days."
    elif lifetime and times:
        yield f"All time cannot be split: leave out {' and '.join(times)}."
    if len(set(asked) - set(TIMES)) < special.min_dimensions:
        least = special.min_dimensions
        yield f"{special.name} is asked with at least {least} dimension{'s'[: least > 1]} beside the time."
    if not special.groupings or set(asked) - set(special.dimensions):
        return
    if not grouping_of(special, asked):
        groups = [group for each in special.groupings.values() for group in each]
        near = min(groups, key=lambda group: len(set(group) ^ set(asked)))
        yield f"{special.name} is not split by {_listed(asked)}; the nearest that it has is {_listed(near)}."


def _metric_reasons(
    special: SpecialReport, name: str, kind: str, dimensions: Collection[str]
) -> Iterator[str]:
    metric = special_metrics(special.name).get(name)
    if metric is None:
        if special.sends_metrics or special.metrics_known:
            yield f"{special.name}: {unknown_name('metric', name, special_metrics(special.name))}"
        return
    for needed in metric.needs:
        if needed not in dimensions:
            yield f"The metric {name} needs the dimension {needed}."
    if kind and special.metrics_at and name not in special.metrics_at.get(kind, ()):
        at = [other for other, names in special.metrics_at.items() if name in names]
        where = f"it has it by {' or '.join(at)}" if at else "no grouping that is known has it"
        yield f"The metric {name} is none of {special.name} by {kind}: {where}."


def _filter_reasons(special: SpecialReport, filters: Mapping[str, Sequence[str]], kind: str) -> Iterator[str]:
    used = [name for name in special.exclusive_filters if filters.get(name)]
    if len(used) > 1:
        yield f"Only one of the filters {', '.join(used)} can be used."
    for name, values in filters.items():
        if name in special.params:
            if len(values) != 1 or values[0] not in special.params[name]:
                yield f"{special.name} takes one {name}: {' or '.join(special.params[name])}."
            continue
        if name not in special.filters:
            known = ", ".join((*special.filters, *special.params)) or "none"
            yield f"{special.name} has no filter {name}; it has {known}."
        if (
            name in special.one_value_filters
            and len(values) > 1
            and name not in special.required_filters.get(kind, ())
        ):
            yield f"The filter {name} takes one value at a time."
        most = special.max_filter_ids
        counted = name.endswith("_ids") and (
            name in special.exclusive_filters or not special.exclusive_filters
        )
        if most is not None and counted and len(values) > most:
            yield f"The filter {name} takes {most} ids at most, not {len(values)}."
        odd = set(values) - set(special.filter_values.get(name, values))
        if odd:
            known = " or ".join(special.filter_values[name])
            yield f"The filter {name} takes {known}, not {_listed(sorted(odd))}."


def added_reasons(report: str, chosen: Sequence[str], name: str) -> list[str]:
    """Why the dimension may not be added; it may if some grouping holds it with all that is chosen."""
    special = _report(report)
    together = {*chosen, name}
    groups = [set(group) for each in special.groupings.values() for group in each]
    if groups:
        if any(together <= group for group in groups):
            return []
        beside = sorted(set().union(*(group for group in groups if name in group)) - {name})
        if not any(name in group for group in groups):
            return [f"No grouping by {name} is known."]
        if not beside:
            return [f"{name} stands alone."]
        others = ", ".join(one for one in chosen if one != name)
        return [f"{name} does not stand beside {others}; it can beside {', '.join(beside)}."]
    if len(together & set(TIMES)) > 1:
        return [f"{report} has one dimension of time at most."]
    return []


def _listed(names: Sequence[str]) -> str:
    return " + ".join(names) if names else "nothing"
