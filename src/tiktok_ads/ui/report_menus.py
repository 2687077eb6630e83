"""The menus of the report form: what may still be chosen, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tiktok_ads.builder import completed
from tiktok_ads.builder.terms import term_values
from tiktok_ads.catalog.choices import choices
from tiktok_ads.catalog.coarser import WORD_OF
from tiktok_ads.catalog.filters import filter_rules
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.menus import Choice, SoFar
from tiktok_ads.catalog.model import Dimension, Metric
from tiktok_ads.catalog.special_rules import grouping_of, special_dimensions, special_metrics
from tiktok_ads.catalog.streams import TIMES
from tiktok_ads.ui.report_days import days_in_words
from tiktok_ads.ui.report_form import FilterLine, WantedReport
from tiktok_ads.ui.report_options import (
    GROUPS,
    TERM,
    FilterRow,
    Group,
    Option,
    meaning,
    methods,
    type_names,
    type_option,
)
from tiktok_ads.ui.reports import Judged, judge


@dataclass(frozen=True)
class Builder:
    """The part of the form whose menus depend on each other. `needed` are filters that TikTok demands."""

    wanted: WantedReport
    judged: Judged
    types: tuple[Option, ...]
    levels: tuple[Option, ...] = ()
    follows: str = ""
    dimensions: tuple[Group, ...] = ()
    metrics: tuple[Group, ...] = ()
    filters: tuple[FilterRow, ...] = ()
    needed: tuple[str, ...] = ()
    lifetime: Option = field(default_factory=lambda: Option("lifetime"))
    methods: tuple[Option, ...] = ()
    days_told: str = ""
    term_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def problems(self) -> Mapping[str, str]:
        return self.judged.problems


def builder(wanted: WantedReport, judged: Judged | None = None) -> Builder:
    """The menus for what is chosen so far. Takes milliseconds and asks nobody."""
    judged = judged or judge(wanted)
    if wanted.is_term:
        types = tuple(
            type_option(name, "closed", "Begin anew with it.") for name in type_names() if name != TERM
        )
        return Builder(
            wanted,
            judged,
            (*types, type_option(TERM, "chosen")),
            term_types=term_values("term_type"),
            languages=term_values("lang"),
        )
    chosen = SoFar(
        wanted.report_type or None,
        wanted.data_level or None,
        wanted.dimensions,
        wanted.metrics,
        tuple(one.field for one in wanted.filters if one.field),
        wanted.days == "lifetime",
    )
    menus = choices(chosen)
    settled, follows = _settled(chosen, judged)
    # A reason is about one report type and level: the ones that it will be, not any that would do.
    reasons = {(menu, one.name): one.reason for menu, one in choices(settled).all()} if settled else {}

    def told(menu: str, one: Choice) -> Choice:
        better = reasons.get((menu, one.name), "") if one.state == "closed" else ""
        return one._replace(reason=better) if better else one

    term = "A TERM report has no dimensions and metrics." if wanted.dimensions or wanted.metrics else ""
    return Builder(
        wanted,
        judged,
        (
            *(type_option(one.name, one.state, one.reason) for one in menus.report_types),
            type_option(TERM, "closed" if term else "open", term),
        ),
        tuple(
            Option(
                one.name,
                WORD_OF[one.name].replace("adgroup", "ad group"),
                "",
                one.state,
                told("data_levels", one).reason,
            )
            for one in menus.data_levels
        ),
        follows,
        tuple(
            _dimensions(key, title, [told(key, one) for one in getattr(menus, key)], chosen)
            for key, title in (
                ("ids", "About what"),
                ("times", "When"),
                ("audiences", "Who saw it"),
                ("others", "Other"),
            )
        ),
        _metrics([*(told("metrics", one) for one in menus.metrics), *menus.attributes], chosen),
        tuple(_filters(wanted, menus.filters)),
        _needed(wanted),
        _lifetime(told("lifetime", menus.lifetime), chosen),
        tuple(methods(wanted)),
        days_in_words(wanted),
    )


def _settled(chosen: SoFar, judged: Judged) -> tuple[SoFar | None, str]:
    """What is chosen, with the type and the level that follow from it, and these in words."""
    if judged.definition is None:
        return None, ""
    made = completed(judged.definition).definition
    level = made.data_level if made.data_level in WORD_OF else None
    words = f"{made.report_type} by {WORD_OF[level]}" if level else made.report_type
    return replace(chosen, report_type=made.report_type, data_level=level), words


def _known(chosen: SoFar) -> tuple[Mapping[str, Dimension], Mapping[str, Metric]]:
    if chosen.report_type in catalog().special:
        return special_dimensions(chosen.report_type), special_metrics(chosen.report_type)
    return catalog().dimensions, catalog().metrics


def _dimensions(key: str, title: str, listed: Sequence[Choice], chosen: SoFar) -> Group:
    known: Mapping[str, Dimension] = _known(chosen)[0]
    rivals = tuple(one.name for one in listed if one.state == "chosen") if key in ("ids", "times") else ()
    swapped: Mapping[str, Choice] = {}
    if rivals:
        # Of ids and of times there is one as a rule: choosing another means that instead.
        rest = tuple(name for name in chosen.dimensions if name not in rivals)
        other = choices(replace(chosen, dimensions=rest))
        swapped = {one.name: one for one in getattr(other, key)}
    options = []
    for one in listed:
        instead: tuple[str, ...] = ()
        if one.state == "closed" and one.name in swapped and swapped[one.name].may_be_chosen:
            instead = rivals
            one = swapped[one.name]
        doc = known[one.name].doc if one.name in known else ""
        options.append(Option(one.name, "", doc, one.state, one.reason, instead=instead))
    if key == "others":
        options += _unlisted(chosen.dimensions, known)
    return Group(key, title, tuple(options))


def _unlisted(names: Iterable[str], known: Iterable[str]) -> Iterator[Option]:
    """What stands in the definition but in no menu of its report type; it must not be lost in silence."""
    for name in names:
        if name not in known:
            yield Option(name, "", "Not known in this report.", "chosen")


def _metrics(listed: Sequence[Choice], chosen: SoFar) -> tuple[Group, ...]:
    _, known = _known(chosen)
    special = chosen.report_type if chosen.report_type in catalog().special else ""
    groups: dict[str, list[Option]] = {}
    for one in listed:
        group, doc, tags = meaning(one.name, special or "")
        groups.setdefault(group, []).append(Option(one.name, "", doc, one.state, one.reason, tags))
    if lost := list(_unlisted(chosen.metrics, known)):
        groups["unlisted"] = lost
    titles = {**GROUPS, "unlisted": "Not in this report"}
    order = list(titles)
    ordered = sorted(groups, key=lambda key: order.index(key) if key in titles else len(order))
    return tuple(
        Group(key, titles.get(key, key.replace("_", " ").capitalize()), tuple(groups[key])) for key in ordered
    )


def _filters(wanted: WantedReport, fields: Sequence[Choice]) -> Iterator[FilterRow]:
    """A row for each filter, and an empty one."""
    special = catalog().special.get(wanted.report_type)
    rules = filter_rules()
    used = [one for one in wanted.filters if one.field]
    listed = [one.name for one in fields]
    unlisted = [Choice(one.field, "chosen") for one in used if one.field not in listed]
    for line in (*used, FilterLine()):
        options = tuple(
            Option(one.name, state="chosen" if one.name == line.field else one.state, reason=one.reason)
            for one in (*fields, *unlisted)
            # A field stands once; the others are offered where they are not used.
            if one.name == line.field or one.state != "chosen"
        )
        rule = None if special else rules.get(line.field)
        operators: tuple[str, ...] = rule.operators if rule else ("IN",)
        values = rule.values if rule else ()
        if special:
            values = special.filter_values.get(line.field) or special.params.get(line.field, ())
        if line.operator and line.operator not in operators:
            operators = (line.operator, *operators)
        yield FilterRow(line, options, operators, values, rule.doc if rule else "")


def _needed(wanted: WantedReport) -> tuple[str, ...]:
    """The fields that TikTok wants a filter by in this report; each run finds out their values by itself."""
    special = catalog().special.get(wanted.report_type)
    if special is None:
        return ()
    named = special.required_filters.get(grouping_of(special, wanted.dimensions), ())
    # Whatever it is split by, one call covers the shops that it names.
    shops = tuple(name for name in ("store_ids",) if name in special.filters)
    return tuple(dict.fromkeys((*shops, *named)))


def _lifetime(one: Choice, chosen: SoFar) -> Option:
    instead: tuple[str, ...] = ()
    times = tuple(name for name in TIMES if name in chosen.dimensions)
    if one.state == "closed" and times:
        rest = tuple(name for name in chosen.dimensions if name not in times)
        other = choices(replace(chosen, dimensions=rest)).lifetime
        if other.may_be_chosen:
            one, instead = other, times
    return Option("lifetime", "", "", one.state, one.reason, instead=instead)
