"""Loads the catalog, checks it once, and finds streams in it by name or pattern."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from tiktok_ads.catalog.contents import CatalogData
from tiktok_ads.catalog.model import (
    Combinations,
    Dimension,
    Endpoint,
    EntityObject,
    Lookup,
    Metric,
    ReportTypeRules,
    SpecialReport,
)
from tiktok_ads.catalog.streams import EntityStream, ReportStream, Stream
from tiktok_ads.errors import ConfigError, UnknownStream

CORE = "core"
"""The word that stands for all core tables where tables are named."""
CATALOG_FILE = Path(__file__).parent / "data" / "catalog.json"


@dataclass(frozen=True)
class Catalog:
    """What TikTok can be asked for, by name and in the order of its files.

    `lookups` give the label of a value: `lookups["objective_type"]["REACH"]`; `lookup_tables` hold the same
    with what else is known of them. `core` names the tables that are read where none is named.
    """

    metrics: dict[str, Metric]
    dimensions: dict[str, Dimension]
    endpoints: dict[str, Endpoint]
    objects: dict[str, EntityObject]
    entities: dict[str, EntityStream]
    reports: dict[str, ReportStream]
    streams: dict[str, Stream]
    report_types: dict[str, ReportTypeRules]
    combinations: Combinations
    special: dict[str, SpecialReport]
    lookups: dict[str, dict[str, str]]
    lookup_tables: dict[str, Lookup]
    core: tuple[str, ...]


_INSTEAD: ContextVar[Catalog | None] = ContextVar("catalog", default=None)


def catalog() -> Catalog:
    """The shipped catalog, read once.

    Raises:
        ConfigError: the file is damaged: install the package again.
    """
    return _INSTEAD.get() or _shipped()


@contextmanager
def instead(made: Catalog) -> Iterator[None]:
    """Let the rules look into a catalog that is only being made."""
    token = _INSTEAD.set(made)
    try:
        yield
    finally:
        _INSTEAD.reset(token)


@cache
def _shipped() -> Catalog:
    try:
        data = msgspec.json.decode(CATALOG_FILE.read_bytes(), type=CatalogData)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"The catalog cannot be read: {error}.", "Install the package again.") from error
    return check(data)


def check(data: CatalogData) -> Catalog:
    """Index a catalog and hold it against itself: no name twice, and everything that is named exists."""
    entities, reports = _index(data.entities, "table"), _index(data.reports, "table")
    both: dict[str, Stream] = {**entities, **reports}
    if len(both) < len(entities) + len(reports):
        raise ConfigError("An entity table and a report table have the same name.")
    streams = _in_order(both, data.core)
    lookup_tables = _index(data.lookups, "lookup")
    made = Catalog(
        metrics=_index(data.metrics, "metric"),
        dimensions=_index(data.dimensions, "dimension"),
        endpoints=_index(data.endpoints, "endpoint"),
        objects=_index(data.objects, "object"),
        entities=entities,
        reports=reports,
        streams=streams,
        report_types=_index(data.combinations.report_types, "report type"),
        combinations=data.combinations,
        special=_index(data.special_reports, "special report"),
        lookups={name: table.values for name, table in lookup_tables.items()},
        lookup_tables=lookup_tables,
        core=data.core,
    )
    _check_names(made)
    return made


def _in_order(streams: dict[str, Stream], core: Sequence[str]) -> dict[str, Stream]:
    """The core tables first, then all others."""
    _known(core, streams, "The list of core tables")
    return {name: streams[name] for name in core} | streams


def stream(name: str) -> Stream:
    """The stream of that name.

    Raises:
        UnknownStream: with the nearest names.
    """
    streams = catalog().streams
    if name not in streams:
        raise UnknownStream(f"There is no table {name!r}.", _suggest(name, streams))
    return streams[name]


def pick_streams(patterns: Sequence[str]) -> list[Stream]:
    """Every stream that one of the patterns names, once, in catalog order.

    Args:
        patterns: names, globs such as `ad_*`, or `core` for the tables that are read where none is named;
            upper and lower case differ. Tables with personal data are picked by their full name alone.

    Raises:
        UnknownStream: a pattern matches nothing.
    """
    streams = catalog().streams
    picked: set[str] = set()
    for pattern in patterns:
        found = [name for name, made in streams.items() if _fits(made, pattern)]
        if pattern == CORE:
            found = list(catalog().core)
        if not found:
            raise UnknownStream(f"No table matches {pattern!r}.", _suggest(pattern.strip("*?"), streams))
        picked.update(found)
    return [made for name, made in streams.items() if name in picked]


def _fits(made: Stream, pattern: str) -> bool:
    if made.personal_data and made.name not in catalog().core:
        return made.name == pattern
    return fnmatchcase(made.name, pattern)


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """At most three names that look like `name`, best first."""
    spelt = {known.lower(): known for known in names}
    return [spelt[close] for close in get_close_matches(name.lower(), spelt, n=3, cutoff=0.6)]


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """A sentence that says that there is no such thing, and what was probably meant."""
    close = nearest(name, known)
    hint = f": did you mean {either(close)}?" if close else "; the list of tables and fields names them all."
    return f"There is no {what} {name}{hint}"


def either(names: Sequence[str]) -> str:
    return " or ".join(names)


@cache
def ids_of(level: str | None) -> tuple[str, ...]:
    """The ID dimensions of a data level, the usual one first."""
    return next((ids for of, ids in catalog().combinations.id_dimensions.items() if of == level), ())


def _suggest(name: str, names: Iterable[str]) -> str:
    known = list(names)
    close = nearest(name, known)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known)}."


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=_Named)


def _index(things: tuple[Thing, ...], what: str) -> dict[str, Thing]:
    by_name = {thing.name: thing for thing in things}
    if len(by_name) != len(things):
        twice = next(t.name for i, t in enumerate(things) if any(t.name == u.name for u in things[:i]))
        raise ConfigError(f"The catalog holds the {what} {twice} twice.")
    return by_name


def _check_names(made: Catalog) -> None:
    fields = made.metrics.keys() | made.dimensions.keys()
    groups = {metric.group for metric in made.metrics.values()}
    for metric in made.metrics.values():
        _known(metric.breakdowns + metric.needs, made.dimensions, f"Metric {metric.name}")
        _known(metric.excludes, fields, f"Metric {metric.name}")
        _known((metric.renamed_to,) if metric.renamed_to else (), made.metrics, f"Metric {metric.name}")
    for one in made.dimensions.values():
        lists = one.metrics + one.metrics_async + one.metrics_excluded + one.metrics_refused_async
        _known(lists, made.metrics, f"Dimension {one.name}")
        _known(one.excludes + one.needs + one.also_returns, made.dimensions, f"Dimension {one.name}")
        _known(one.metric_groups, groups, f"Dimension {one.name}")
        _known(one.report_types, made.report_types, f"Dimension {one.name}")
    for kind in made.report_types.values():
        asked = [*kind.breakdowns, *(name for group in kind.pairs + kind.groupings for name in group)]
        _known(asked, made.dimensions, f"Report type {kind.name}")
        _known(kind.default_metrics, made.metrics, f"Report type {kind.name}")
    for special in made.special.values():
        _check_special(special, made)
    for thing in made.objects.values():
        _known((thing.endpoint, *thing.other_endpoints), made.endpoints, f"Object {thing.name}")
    for table in made.streams.values():
        _known((table.endpoint,), made.endpoints, f"Table {table.name}")
        if isinstance(table, ReportStream):
            _known(table.dimensions, dimensions_of(table, made), f"Table {table.name}")
            _known(table.metrics, metrics_of(table, made), f"Table {table.name}")


def dimensions_of(table: ReportStream, made: Catalog | None = None) -> dict[str, Dimension]:
    """Every dimension that the table's report may have, by name."""
    known = made or catalog()
    special = known.special.get(table.report_type)
    own = {one.name: one for one in special.own_dimensions} if special else {}
    return {**known.dimensions, **own}


def metrics_of(table: ReportStream, made: Catalog | None = None) -> dict[str, Metric]:
    """Every metric that the table's report may have, by name."""
    known = made or catalog()
    special = known.special.get(table.report_type)
    if special is None:
        return known.metrics
    shared = {name: known.metrics[name] for name in special.shared_metrics}
    return {**shared, **{one.name: one for one in special.own_metrics}}


def _check_special(special: SpecialReport, made: Catalog) -> None:
    who = f"Report {special.name}"
    own = {one.name for one in special.own_dimensions}
    metrics = {*special.shared_metrics, *(one.name for one in special.own_metrics)}
    _known(special.endpoints, made.endpoints, who)
    _known(special.shared_metrics, made.metrics, who)
    _known((*special.dimensions, *special.stamped), own | made.dimensions.keys(), who)
    _known((name for kind in special.metrics_at.values() for name in kind), metrics, who)
    grouped = (name for kind in special.groupings.values() for group in kind for name in group)
    _known(grouped, special.dimensions, who)
    _known((name for one in special.own_dimensions for name in one.also_returns), own, who)
    _known((name for one in special.own_metrics for name in one.needs), own | made.dimensions.keys(), who)


def _known(names: Iterable[str], known: Container[str], who: str) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(f"{who} names {name}, which the catalog does not hold.")
