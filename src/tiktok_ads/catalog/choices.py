"""What may still be chosen for a report, given what is chosen so far, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from tiktok_ads.catalog.coarser import apart_mask
from tiktok_ads.catalog.dimension_rules import dimension_conflicts, level_reasons, lifetime_reasons
from tiktok_ads.catalog.filters import field_reasons, filter_rules
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.masks import allowed_mask, masks
from tiktok_ads.catalog.menus import Choice, Menus, SoFar, State
from tiktok_ads.catalog.metric_choices import NOTHING, Frame, metric_choices, missing
from tiktok_ads.catalog.model import LEVELS, Dimension, ReportTypeRules
from tiktok_ads.catalog.special_choices import special_choices, special_report_types

__all__ = ["Choice", "Menus", "SoFar", "State", "choices"]


def choices(so_far: SoFar | None = None) -> Menus:
    """The menus of the report builder; asks nobody, and takes a few milliseconds.

    Args:
        so_far: what is chosen; None begins anew. Names that the catalog does not know are passed over.
    """
    chosen = so_far or SoFar()
    known = catalog()
    special = tuple(special_report_types(chosen))
    if chosen.report_type in known.special:
        return special_choices(chosen, (*_integrated(chosen), *special))
    split_by = tuple(known.dimensions[name] for name in chosen.dimensions if name in known.dimensions)
    frames = _sound_frames(chosen, split_by) or list(_frames(chosen))
    dimensions = {one.name: _dimension(chosen, frames, split_by, one) for one in known.dimensions.values()}
    metrics = metric_choices(chosen, frames, split_by)

    def menu(*roles: str) -> tuple[Choice, ...]:
        return tuple(dimensions[one.name] for one in known.dimensions.values() if one.role in roles)

    def stands(name: str, taken: bool, **changed: Any) -> Choice:
        made = replace(chosen, **changed)
        return Choice(name, "chosen") if taken else _best(name, made, list(_frames(made)), split_by, None)

    types = tuple(
        stands(name, name == chosen.report_type, report_type=name, data_level=_kept(chosen, kind))
        for name, kind in known.report_types.items()
    )
    return Menus(
        report_types=(*types, *special),
        data_levels=tuple(stands(level, level == chosen.data_level, data_level=level) for level in LEVELS),
        ids=menu("id"),
        times=menu("time"),
        audiences=menu("audience"),
        others=menu("other"),
        metrics=tuple(one for one in metrics if not known.metrics[one.name].is_attribute),
        attributes=tuple(one for one in metrics if known.metrics[one.name].is_attribute),
        filters=tuple(_filters(chosen, frames)),
        lifetime=stands("lifetime", chosen.lifetime, lifetime=True),
    )


def _integrated(chosen: SoFar) -> Iterator[Choice]:
    """The other report types, once a special one is chosen."""
    known = catalog()
    for name in known.report_types:
        lacks = next((one for one in chosen.dimensions if one not in known.dimensions), "")
        lost = next((one for one in chosen.metrics if one not in known.metrics), "")
        what = f"no dimension {lacks}" if lacks else f"no metric {lost}" if lost else ""
        yield Choice(name, "closed", f"{name} has {what}.") if what else Choice(name, "open")


def _kept(chosen: SoFar, kind: ReportTypeRules) -> str | None:
    """Another report type keeps the level if it has it."""
    return chosen.data_level if chosen.data_level in kind.levels else None


def _frames(chosen: SoFar) -> Iterator[Frame]:
    """The report types and levels that are still possible."""
    known = catalog().report_types
    kinds: Iterable[ReportTypeRules] = known.values()
    if chosen.report_type is not None:
        kinds = [known[chosen.report_type]] if chosen.report_type in known else []
    for kind in kinds:
        if chosen.data_level is not None or not kind.levels:
            yield kind, chosen.data_level
        else:
            yield from ((kind, level) for level in kind.levels)


def _sound_frames(chosen: SoFar, split_by: Sequence[Dimension]) -> list[Frame]:
    return [frame for frame in _frames(chosen) if not any(_conflicts(chosen, split_by, *frame))]


def _dimension(
    chosen: SoFar, frames: Sequence[Frame], split_by: tuple[Dimension, ...], one: Dimension
) -> Choice:
    if one.name in chosen.dimensions:
        return Choice(one.name, "chosen")
    return _best(one.name, chosen, frames, (*split_by, one), one)


_RANK: dict[State, int] = {"open": 0, "needs": 1, "apart": 2, "closed": 3, "chosen": 0}


def _best(
    name: str,
    chosen: SoFar,
    frames: Sequence[Frame],
    split_by: Sequence[Dimension],
    about: Dimension | None,
) -> Choice:
    """How a choice would stand if it were made, in the frame that suits it best."""
    best: Choice | None = None
    for kind, level in frames:
        made = _in_frame(name, chosen, split_by, kind, level, about)
        if best is None or _RANK[made.state] < _RANK[best.state]:
            best = made
        if made.state == "open":
            break
    return best or Choice(name, "closed", NOTHING)


def _in_frame(
    name: str,
    chosen: SoFar,
    split_by: Sequence[Dimension],
    kind: ReportTypeRules,
    level: str | None,
    about: Dimension | None,
) -> Choice:
    if reason := next(_conflicts(chosen, split_by, kind, level), ""):
        return Choice(name, "closed", reason)
    known = masks()
    asked = known.of(chosen.metrics)
    lost = asked & ~allowed_mask(kind, level, split_by, lifetime=chosen.lifetime) if asked else 0
    if lost:
        dimensions = [one.name for one in split_by]
        gone = lost & ~apart_mask(kind.name, level, dimensions, lifetime=chosen.lifetime)
        gone = 0 if gone and _mendable(gone, kind, level, split_by) else gone
        if gone:
            return Choice(name, "closed", f"It does not go with {_some(known.names(gone))}.")
        if not _mendable(lost, kind, level, split_by):
            told = _some(known.names(lost))
            return Choice(name, "apart", f"{told} would stand in columns of their own, which repeat.")
    if about is not None:
        for need in about.needs:
            if need not in chosen.dimensions:
                return Choice(name, "needs", f"{name} needs {need} beside it: add {need}.")
    return Choice(name, "open")


def _conflicts(
    chosen: SoFar, split_by: Sequence[Dimension], kind: ReportTypeRules, level: str | None
) -> Iterator[str]:
    yield from level_reasons(kind, level)
    yield from dimension_conflicts(kind, level, split_by)
    if chosen.lifetime:
        yield from lifetime_reasons(kind, split_by)


def _mendable(lost: int, kind: ReportTypeRules, level: str | None, split_by: Sequence[Dimension]) -> bool:
    """Whether the metrics lack nothing but dimensions that may still be added."""
    known = catalog().metrics
    return all(missing(known[name], kind, level, split_by) for name in masks().names(lost))


def _filters(chosen: SoFar, frames: Sequence[Frame]) -> Iterator[Choice]:
    for field, rule in filter_rules().items():
        if field in chosen.filters:
            yield Choice(field, "chosen")
            continue
        found = ""
        for kind, level in frames:
            beside = (*chosen.dimensions, *chosen.filters)
            found = next(field_reasons(rule, report_type=kind.name, data_level=level, beside=beside), "")
            if not found or found.startswith(f"The filter {field} needs the dimension"):
                break
        state: State = "open" if not found else "needs" if "needs the dimension" in found else "closed"
        yield Choice(field, state, found)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
