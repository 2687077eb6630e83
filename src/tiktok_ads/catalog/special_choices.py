"""What may still be chosen for a report that has an endpoint of its own, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.menus import Choice, Menus, SoFar
from tiktok_ads.catalog.model import LEVELS, Metric, SpecialReport
from tiktok_ads.catalog.special_rules import (
    added_reasons,
    grouping_of,
    special_dimensions,
    special_metrics,
)
from tiktok_ads.catalog.streams import TIMES


def special_report_types(chosen: SoFar) -> Iterator[Choice]:
    """Each such report, as it would stand if it were chosen."""
    for name, special in catalog().special.items():
        if name == chosen.report_type:
            yield Choice(name, "chosen")
            continue
        reason = next(_against(special, chosen), "")
        yield Choice(name, "closed", reason) if reason else Choice(name, "open")


def special_choices(chosen: SoFar, report_types: tuple[Choice, ...]) -> Menus:
    """The menus once a special report is chosen.

    Args:
        chosen: what is chosen; its report type is one of `catalog().special`.
        report_types: the menu of these, which does not depend on the rest.
    """
    special = catalog().special[chosen.report_type or ""]
    dimensions = special_dimensions(special.name)
    metrics = special_metrics(special.name)
    states = {name: _dimension(special, chosen, name) for name in dimensions}

    def menu(*roles: str) -> tuple[Choice, ...]:
        return tuple(states[name] for name, one in dimensions.items() if one.role in roles)

    made = {name: _metric(special, chosen, one) for name, one in metrics.items()}
    none = f"{special.name} has no data levels."
    return Menus(
        report_types=report_types,
        data_levels=tuple(Choice(level, "closed", none) for level in LEVELS),
        ids=menu("id"),
        times=menu("time"),
        audiences=menu("audience"),
        others=menu("other"),
        metrics=tuple(made[name] for name, one in metrics.items() if not one.is_attribute),
        attributes=tuple(made[name] for name, one in metrics.items() if one.is_attribute),
        filters=tuple(_filter(special, chosen, name) for name in (*special.filters, *special.params)),
        lifetime=_lifetime(special, chosen),
    )


def _against(special: SpecialReport, chosen: SoFar) -> Iterator[str]:
    """Why the report does not go with what is chosen."""
    known = special_dimensions(special.name)
    for name in chosen.dimensions:
        if name not in known and name not in special.stamped:
            yield f"{special.name} has no dimension {name}."
    metrics = special_metrics(special.name)
    for name in chosen.metrics:
        if name not in metrics:
            yield f"{special.name} has no metric {name}."
    if chosen.data_level is not None:
        yield f"{special.name} has no data levels."
    if chosen.lifetime and not special.lifetime:
        yield f"{special.name} knows no lifetime."
    if not _kinds(special, chosen.dimensions) and special.groupings:
        yield f"{special.name} is not split by {' and '.join(chosen.dimensions)} together."


def _kinds(special: SpecialReport, dimensions: Sequence[str], metrics: Sequence[str] = ()) -> list[str]:
    """The kinds of grouping that these dimensions are, or may become, and that have all the metrics."""
    asked = {name for name in dimensions if name not in special.stamped}
    has = special.metrics_at
    return [
        kind
        for kind, each in special.groupings.items()
        if any(asked <= {*group} for group in each) and (kind not in has or {*metrics} <= {*has[kind]})
    ]


def _dimension(special: SpecialReport, chosen: SoFar, name: str) -> Choice:
    if name in chosen.dimensions:
        return Choice(name, "chosen")
    if chosen.lifetime and name in TIMES:
        return Choice(name, "closed", "All time cannot be split.")
    reason = next(iter(added_reasons(special.name, chosen.dimensions, name)), "")
    if not reason and special.groupings and not _kinds(special, (*chosen.dimensions, name), chosen.metrics):
        reason = f"With {name} not all of the metrics {', '.join(chosen.metrics)} can be had."
    return Choice(name, "closed", reason) if reason else Choice(name, "open")


def _metric(special: SpecialReport, chosen: SoFar, one: Metric) -> Choice:
    if one.name in chosen.metrics:
        return Choice(one.name, "chosen")
    for need in one.needs:
        if need not in chosen.dimensions:
            reason = f"The metric {one.name} needs the dimension {need}."
            closed = any(added_reasons(special.name, chosen.dimensions, need))
            return Choice(one.name, "closed" if closed else "needs", reason)
    if not special.metrics_at:
        return Choice(one.name, "open")
    at = [kind for kind, names in special.metrics_at.items() if one.name in names]
    where = f"it has it by {' or '.join(at)}" if at else "no grouping that is known has it"
    reason = f"{special.name} has {one.name} not here: {where}."
    if not _kinds(special, chosen.dimensions, (*chosen.metrics, one.name)):
        return Choice(one.name, "closed", reason)
    now = grouping_of(special, chosen.dimensions)
    return Choice(one.name, "needs", reason) if now and now not in at else Choice(one.name, "open")


def _filter(special: SpecialReport, chosen: SoFar, name: str) -> Choice:
    if name in chosen.filters:
        return Choice(name, "chosen")
    other = next((one for one in special.exclusive_filters if one in chosen.filters), "")
    if other and name in special.exclusive_filters:
        return Choice(name, "closed", f"It does not go with the filter {other}.")
    return Choice(name, "open")


def _lifetime(special: SpecialReport, chosen: SoFar) -> Choice:
    if chosen.lifetime:
        return Choice("lifetime", "chosen")
    if not special.lifetime:
        return Choice("lifetime", "closed", f"{special.name} knows no lifetime: choose days.")
    time = next((name for name in TIMES if name in chosen.dimensions), "")
    return Choice("lifetime", "closed", f"Leave out {time}.") if time else Choice("lifetime", "open")
