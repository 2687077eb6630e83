"""The rules of metrics as sets of bits, so that thousands of combinations are looked at in a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import LEVELS, Dimension, Metric, ReportTypeRules


@dataclass(frozen=True)
class Masks:
    """Each metric is one bit, in catalog order. `of_list` is what a dimension's list leaves of the rest."""

    bits: dict[str, int]
    order: tuple[str, ...]
    requestable: int
    asynchronous: int
    of_objects: int
    plain: int
    of_type: dict[str, int]
    of_level: dict[str, int]
    needing: dict[tuple[str, str], int]
    excluding: dict[str, int]
    of_list: dict[str, int]
    of_list_async: dict[str, int]
    listed: dict[str, int]
    refused_async: dict[str, int]

    def of(self, names: Iterable[str]) -> int:
        """The known ones of these metrics; unknown names have no bit."""
        return _joined(self.bits.get(name, 0) for name in names)

    def names(self, mask: int) -> list[str]:
        found = []
        while mask:
            lowest = mask & -mask
            found.append(self.order[lowest.bit_length() - 1])
            mask ^= lowest
        return found


@cache
def masks() -> Masks:
    known = catalog()
    metrics = list(known.metrics.values())
    bits = {metric.name: 1 << place for place, metric in enumerate(metrics)}
    every = (1 << len(metrics)) - 1

    def those(condition: Iterable[bool]) -> int:
        return _joined(1 << place for place, holds in enumerate(condition) if holds)

    attributes = those(metric.is_attribute for metric in metrics)
    users = those(metric.unique_users for metric in metrics)
    needing: dict[tuple[str, str], int] = defaultdict(int)
    excluding: dict[str, int] = defaultdict(int)
    of_group: dict[str, int] = defaultdict(int)
    for metric in metrics:
        of_group[metric.group] |= bits[metric.name]
        for kind in metric.needs_in:
            for need in metric.needs:
                needing[kind, need] |= bits[metric.name]
        for other in metric.excludes:
            excluding[other] |= bits[metric.name]

    # Some metrics stand only in the answers of other endpoints.
    types = set(known.report_types)

    def named(names: Sequence[str]) -> int:
        return _joined(bits[name] for name in names)

    def of_list(one: Dimension, names: Sequence[str]) -> int:
        allowed = named(names) | _joined(of_group[group] for group in one.metric_groups)
        return attributes | ((allowed or every) & ~named(one.metrics_excluded))

    dimensions = known.dimensions.values()
    return Masks(
        bits=bits,
        order=tuple(bits),
        requestable=those(metric.requestable for metric in metrics),
        asynchronous=those(metric.asynchronous for metric in metrics),
        of_objects=those(metric.is_of_object for metric in metrics),
        plain=those(metric.plain for metric in metrics),
        of_type={
            name: those(
                name in metric.report_types if kind.metrics_known else bool(types & set(metric.report_types))
                for metric in metrics
            )
            for name, kind in known.report_types.items()
        },
        of_level={level: those(level in metric.levels for metric in metrics) for level in LEVELS},
        needing=dict(needing),
        excluding=dict(excluding),
        of_list={one.name: of_list(one, one.metrics) for one in dimensions},
        of_list_async={one.name: of_list(one, one.metrics_async or one.metrics) for one in dimensions},
        listed={one.name: named(one.metrics) for one in dimensions},
        refused_async={
            one.name: named(one.metrics_refused_async) | (0 if one.unique_users_async else users)
            for one in dimensions
        },
    )


def allowed_mask(
    kind: ReportTypeRules,
    level: str | None,
    split_by: Sequence[Dimension],
    *,
    lifetime: bool = False,
    asynchronous: bool = False,
) -> int:
    """The metrics that `metric_rules.metric_reasons` has nothing against."""
    known = masks()
    lists = [one for one in split_by if kind.name in one.lists_apply_to]
    allowed = known.of_type[kind.name]
    for one in lists:
        allowed |= known.listed[one.name]
    if level in kind.levels and level is not None:
        allowed &= known.of_level[level]
    allowed &= known.requestable
    names = {one.name for one in split_by}
    has_id = any(one.role == "id" for one in split_by)
    if not has_id:
        allowed &= ~known.of_objects
    if not has_id or any(one.role != "id" and one.name != "stat_time_day" for one in split_by):
        allowed &= ~known.plain
    for (type_name, need), needing in known.needing.items():
        if type_name == kind.name and need not in names:
            allowed &= ~needing
    for one in split_by:
        allowed &= ~known.excluding.get(one.name, 0)
    for one in lists:
        allowed &= (known.of_list_async if asynchronous else known.of_list)[one.name]
    if asynchronous:
        allowed &= known.asynchronous
        for one in split_by:
            allowed &= ~known.refused_async[one.name]
    return allowed


def exclusive(asked: Iterable[Metric]) -> list[tuple[str, str]]:
    """Pairs of metrics that cannot stand in one call."""
    names = {metric.name for metric in asked}
    return [
        (metric.name, other)
        for metric in asked
        for other in metric.excludes
        if other in names and metric.name < other
    ]


def _joined(bits: Iterable[int]) -> int:
    whole = 0
    for bit in bits:
        whole |= bit
    return whole
