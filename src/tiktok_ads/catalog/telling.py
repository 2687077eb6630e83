"""What the catalog says of tables, metrics and dimensions, as plain values: by name, or found by words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog, dimensions_of, metrics_of, nearest
from tiktok_ads.catalog.model import Dimension, Metric
from tiktok_ads.catalog.rules import allowed_metrics
from tiktok_ads.catalog.semantics import semantics
from tiktok_ads.catalog.special_rules import UTC_DAY, days_zone
from tiktok_ads.catalog.streams import TIMES, EntityStream, ReportStream, Stream
from tiktok_ads.errors import UnknownStream


@dataclass(frozen=True)
class Hit:
    """Something that was found: a table, a dimension or a metric."""

    kind: str
    name: str
    doc: str


def described(name: str) -> dict[str, object]:
    """A table with its columns, or a metric or dimension with the tables that may hold it.

    Raises:
        UnknownStream: with the nearest names.
    """
    known = catalog()
    metrics = {**_special_metrics(), **known.metrics}
    dimensions = {**_special_dimensions(), **known.dimensions}
    if name in known.streams:
        return {**outline(known.streams[name]), "columns": list(_columns(known.streams[name]))}
    if name in metrics:
        return _of_metric(metrics[name])
    if name in dimensions:
        return _of_dimension(dimensions[name])
    close = nearest(name, [*known.streams, *metrics, *dimensions])
    hint = f"Did you mean {' or '.join(close)}?" if close else ""
    raise UnknownStream(f"There is no table, metric or dimension {name!r}.", hint)


def found(words: str) -> list[Hit]:
    """Tables, dimensions and metrics in whose name or description all words stand.

    Of tables the key, scopes and the like count, too. Names come before descriptions, these before the rest,
    the shortest first: it is nearest to what was typed.
    """
    known = catalog()
    named = [Hit("table", one.name, one.doc) for one in known.streams.values()]
    beside = {one.name: _facts(one) for one in known.streams.values()}
    named += [Hit("dimension", one.name, one.doc) for one in known.dimensions.values()]
    named += [Hit("metric", one.name, one.doc) for one in known.metrics.values()]
    for special in known.special.values():
        named += [Hit(f"{special.name} dimension", one.name, one.doc) for one in special.own_dimensions]
        named += [Hit(f"{special.name} metric", one.name, one.doc) for one in special.own_metrics]
    asked = words.lower().replace("_", " ").split()

    def fits(*texts: str) -> bool:
        text = " ".join(texts).lower().replace("_", " ")
        return all(one in text for one in asked)

    hits = [hit for hit in named if fits(hit.name, hit.doc, beside[hit.name] if hit.kind == "table" else "")]
    return sorted(hits, key=lambda hit: (not fits(hit.name), not fits(hit.name, hit.doc), len(hit.name)))


def outline(one: Stream) -> dict[str, object]:
    """A table without its columns."""
    told: dict[str, object] = {
        "kind": "table",
        "name": one.name,
        "doc": one.doc,
        "group": one.group,
        "primary_key": list(one.primary_key),
        "replication_key": one.replication_key,
        "update_method": one.update_method,
        "calls": cost_of(one),
        "belongs_to": one.owner,
        "personal_data": one.personal_data,
        "read_by_default": one.name in catalog().core,
        "endpoint": one.endpoint,
        "scope_ids": list(one.scopes or catalog().endpoints[one.endpoint].scope_ids),
        "version": one.version,
    }
    if isinstance(one, ReportStream):
        told |= {
            "report_type": one.report_type,
            "data_level": one.data_level,
            "dimensions": list(one.dimensions),
            "max_window_days": one.max_window_days,
            "lifetime": one.lifetime,
            "each_day_by_itself": one.stamped,
            "filters": [f"{said.field} {said.type} {said.value}" for said in one.filters],
        }
    return told


def _facts(one: Stream) -> str:
    """What is said of a table besides name and description, as text to be searched."""
    told = outline(one)
    names = (
        "group",
        "primary_key",
        "replication_key",
        "update_method",
        "belongs_to",
        "endpoint",
        "scope_ids",
    )
    said = [told[name] for name in names]
    listed = [" ".join(map(str, value)) if isinstance(value, list) else str(value) for value in said]
    return " ".join([*listed, "personal data" if one.personal_data else ""])


def is_guarded(one: Stream) -> bool:
    """Whether it is read only where its full name stands."""
    return one.personal_data and one.name not in catalog().core


def _columns(one: Stream) -> Iterable[dict[str, object]]:
    if isinstance(one, EntityStream):
        for field in one.fields:
            yield {"name": field.name, "kind": field.kind, "doc": field.doc}
        return
    if one.owner == "business_center":
        yield {"name": "bc_id", "kind": "id", "doc": "The Business Center."}
    elif "advertiser_id" not in one.dimensions:
        yield {"name": "advertiser_id", "kind": "id", "doc": "The ad account."}
    dimensions, metrics = dimensions_of(one), metrics_of(one)
    in_utc = bool(days_zone(one, ""))
    for name in (*one.key_dimensions, *one.metrics):
        what = dimensions.get(name) or metrics[name]
        yield {"name": name, "kind": what.kind, "doc": UTC_DAY if in_utc and name in TIMES else what.doc}


def _special_metrics() -> dict[str, Metric]:
    """What only a report with an endpoint of its own measures."""
    return {one.name: one for special in catalog().special.values() for one in special.own_metrics}


def _special_dimensions() -> dict[str, Dimension]:
    return {one.name: one for special in catalog().special.values() for one in special.own_dimensions}


def _of_metric(one: Metric) -> dict[str, object]:
    meant = semantics(one)
    fits = [
        stream.name
        for stream in catalog().reports.values()
        if metrics_of(stream).get(one.name) is one
        and one.name in allowed_metrics(stream.report_type, stream.data_level, stream.dimensions)
    ]
    return {
        "kind": "metric",
        "name": one.name,
        "doc": one.doc,
        "type": one.kind,
        "unit": meant.unit,
        "group": one.group,
        "channel": meant.channel,
        "may_be_added_up": one.additive,
        "worth_knowing": " ".join(meant.sentences()),
        "usual_delay_hours": meant.hours,
        "renamed_to": one.renamed_to,
        "tables": fits,
        "by_default_in": [
            s.name
            for s in catalog().reports.values()
            if one.name in s.metrics and metrics_of(s).get(one.name) is one
        ],
        "data_levels": list(one.levels),
        "report_types": list(one.report_types),
        "note": one.note,
    }


def _of_dimension(one: Dimension) -> dict[str, object]:
    return {
        "kind": "dimension",
        "name": one.name,
        "doc": one.doc,
        "type": one.kind,
        "role": one.role,
        "tables": [s.name for s in catalog().reports.values() if one.name in s.dimensions],
        "data_levels": list(one.levels),
        "report_types": list(one.report_types),
        "cannot_stand_beside": list(one.excludes),
        "note": one.note,
    }
