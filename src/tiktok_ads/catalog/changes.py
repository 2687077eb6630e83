"""The smallest change that makes an impossible report possible, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from tiktok_ads.catalog.coarser import WORD_OF, apart_mask
from tiktok_ads.catalog.dimension_rules import dimension_reasons, level_reasons, lifetime_reasons
from tiktok_ads.catalog.lookup import catalog, ids_of
from tiktok_ads.catalog.masks import allowed_mask, exclusive, masks

_MOST_METRICS = 3
"""How many single metrics a change may leave out; beyond that another change is what is meant."""


@dataclass(frozen=True)
class Asked:
    """A report as far as rules go: names that the catalog knows, without filters and dates."""

    report_type: str
    data_level: str | None
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    lifetime: bool = False


@dataclass(frozen=True)
class Edit:
    """One thing changed: what it says and what comes of it. `rank` orders edits of the same size."""

    words: str
    result: Asked
    rank: int


def is_possible(asked: Asked, *, in_parts: bool = True) -> bool:
    """Whether nothing is known against it; `in_parts` lets metrics stand in coarser columns of their own."""
    kind = catalog().report_types.get(asked.report_type)
    if kind is None:
        return False
    known = catalog().dimensions
    split_by = [known[name] for name in asked.dimensions]
    if any(level_reasons(kind, asked.data_level)) or any(dimension_reasons(kind, asked.data_level, split_by)):
        return False
    if asked.lifetime and any(lifetime_reasons(kind, split_by)):
        return False
    wanted = masks().of(asked.metrics)
    lost = wanted & ~allowed_mask(kind, asked.data_level, split_by, lifetime=asked.lifetime)
    if lost and in_parts:
        lost &= ~apart_mask(kind.name, asked.data_level, asked.dimensions, lifetime=asked.lifetime)
    return not lost and not exclusive(catalog().metrics[name] for name in asked.metrics)


def smallest_changes(asked: Asked, *, most: int = 3) -> list[tuple[str, Asked]]:
    """What to change, in words, and the report that it gives: the smallest ways, the likeliest first.

    Single changes come before pairs; among those of one size, leaving something out comes before putting
    something else in its place, and that before adding. Empty if nothing small helps.
    """
    singles = sorted(_edits(asked), key=lambda edit: edit.rank)
    found = [(edit.words, edit.result) for edit in singles if is_possible(edit.result)]
    if found:
        return found[:most]
    few = [edit for edit in singles if edit.rank < _ADD_ANY]
    pairs = sorted(combinations(few, 2), key=lambda pair: pair[0].rank + pair[1].rank)
    for first, second in pairs:
        for again in _edits(first.result):
            # The second change is made to what the first one gave.
            if again.words == second.words and is_possible(again.result):
                return [(f"{first.words} and {again.words}", again.result)]
    return []


def in_words(changes: list[tuple[str, Asked]]) -> str:
    """The changes as one sentence; "" if there are none."""
    text = ", or ".join(words for words, _ in changes)
    return f"{text[0].upper()}{text[1:]}." if text else ""


_LEAVE, _LEVEL, _USE, _TYPE, _LEAVE_ID, _ADD, _ADD_ANY = 0, 10, 20, 30, 35, 40, 50


def _edits(asked: Asked) -> Iterator[Edit]:
    known = catalog()
    for place, name in enumerate(asked.dimensions):
        left = tuple(one for one in asked.dimensions if one != name)
        # What was named last is the likelier slip; an ID says what the rows are.
        rank = len(asked.dimensions) - place
        rank += _LEAVE_ID if known.dimensions[name].role == "id" else _LEAVE
        yield Edit(f"leave out {name}", replace(asked, dimensions=left), rank)
    refused = _refused(asked)
    if 0 < len(refused) <= _MOST_METRICS:
        left = tuple(one for one in asked.metrics if one not in refused)
        yield Edit(f"leave out {' and '.join(refused)}", replace(asked, metrics=left), _LEAVE + len(refused))
    if asked.lifetime:
        yield Edit("give days instead of a lifetime", replace(asked, lifetime=False), _LEVEL + 5)
    kind = known.report_types.get(asked.report_type)
    for place, own in enumerate(reversed(kind.levels if kind else ())):
        if own != asked.data_level:
            yield Edit(f"choose the level {WORD_OF[own]}", replace(asked, data_level=own), _LEVEL + place)
    if kind and not kind.levels and asked.data_level is not None:
        yield Edit(f"leave out {asked.data_level}", replace(asked, data_level=None), _LEAVE)
    yield from _replacements(asked)
    for name, other in known.report_types.items():
        if name != asked.report_type and other.confidence != "low":
            level = asked.data_level if other.levels else None
            words = f"make it {_article(name)} {name} report"
            yield Edit(words, replace(asked, report_type=name, data_level=level), _TYPE)
    yield from _additions(asked)


def _replacements(asked: Asked) -> Iterator[Edit]:
    known = catalog().dimensions
    ids = [name for name in asked.dimensions if known[name].role == "id"]
    for name in ids:
        for own in ids_of(asked.data_level):
            if own not in asked.dimensions:
                changed = tuple(own if one == name else one for one in asked.dimensions)
                yield Edit(f"use {own} instead of {name}", replace(asked, dimensions=changed), _USE)
    swaps = {"stat_time_hour": "stat_time_day", "stat_time_day": "stat_time_hour"}
    for name, other in swaps.items():
        if name in asked.dimensions and other not in asked.dimensions:
            changed = tuple(other if one == name else one for one in asked.dimensions)
            yield Edit(f"use {other} instead of {name}", replace(asked, dimensions=changed), _USE + 1)


def _additions(asked: Asked) -> Iterator[Edit]:
    known = catalog().dimensions
    wanted = [need for name in asked.dimensions for need in known[name].needs]
    wanted += [need for name in asked.metrics for need in catalog().metrics[name].needs]
    if not any(known[name].role == "id" for name in asked.dimensions):
        wanted += ids_of(asked.data_level)[:1]
    kind = catalog().report_types.get(asked.report_type)
    groups = [group for group in kind.groupings if set(group) > set(asked.dimensions)] if kind else []
    wanted += [name for group in groups for name in group]
    likely = list(dict.fromkeys(name for name in wanted if name not in asked.dimensions))
    rest = [name for name in (kind.breakdowns if kind else ()) if name not in (*asked.dimensions, *likely)]
    for rank, names in ((_ADD, likely), (_ADD_ANY, rest)):
        for name in names:
            yield Edit(f"add {name}", replace(asked, dimensions=(*asked.dimensions, name)), rank)


def _refused(asked: Asked) -> list[str]:
    """The metrics that can be had in no way with these dimensions."""
    kind = catalog().report_types.get(asked.report_type)
    if kind is None:
        return []
    split_by = [catalog().dimensions[name] for name in asked.dimensions]
    allowed = allowed_mask(kind, asked.data_level, split_by, lifetime=asked.lifetime)
    apart = apart_mask(kind.name, asked.data_level, asked.dimensions, lifetime=asked.lifetime)
    known = masks()
    lost = [name for name in asked.metrics if not known.bits[name] & (allowed | apart)]
    second = [pair[1] for pair in exclusive(catalog().metrics[name] for name in asked.metrics)]
    return list(dict.fromkeys([*lost, *second]))


def _article(name: str) -> str:
    return "an" if name[0] in "AEIO" else "a"
