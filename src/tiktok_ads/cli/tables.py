"""The command `tables`: what can be loaded, from the catalog; asks nothing of TikTok."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from tiktok_ads.cli.boundary import COMPLETE, print_json
from tiktok_ads.cli.options import AsJson

if TYPE_CHECKING:
    from tiktok_ads.catalog.model import Dimension, Metric, Stream

app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
)
_SHOWN = 50


@app.callback()
def tables(context: typer.Context) -> int:
    """List, describe and search tables, dimensions and metrics.

    \b
    Example:
      tiktok-ads tables
      tiktok-ads tables describe ads
      tiktok-ads tables search "cost per"
    """
    return list_tables() if context.invoked_subcommand is None else COMPLETE


@app.command("list")
def list_tables(*, json: AsJson = False) -> int:
    """List the tables that can be loaded.

    \b
    Example:
      tiktok-ads tables list
    """
    from tiktok_ads.catalog.lookup import catalog

    streams = catalog().streams.values()
    if json:
        print_json({"tables": [_outline(one) for one in streams]})
        return COMPLETE
    from tiktok_ads.catalog.costs import cost_of
    from tiktok_ads.cli.show import console, grid

    core = catalog().core
    table = grid("table", "what it holds", "key", "calls", wrap=("what it holds", "key", "calls"))
    group = ""
    for one in sorted(streams, key=lambda one: one.name not in core):
        own = "read where no table is named" if one.name in core else one.group
        if own != group:
            group = own
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]", "", "", "")
        personal = " Personal data: named in full or not read." if _is_guarded(one) else ""
        table.add_row(one.name, one.doc + personal, ", ".join(one.primary_key), cost_of(one))
    console().print(table)
    return COMPLETE


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="Name of a table, metric or dimension.", metavar="NAME")],
    *,
    json: AsJson = False,
) -> int:
    """Describe a table with its columns, or a metric or dimension with the tables that may hold it.

    \b
    Example:
      tiktok-ads tables describe ad_insights
      tiktok-ads tables describe spend
    """
    from tiktok_ads.catalog.lookup import catalog
    from tiktok_ads.config.values import nearest
    from tiktok_ads.errors import UnknownStream

    known = catalog()
    if name in known.streams:
        told = {**_outline(known.streams[name]), "columns": list(_columns(known.streams[name]))}
    elif name in known.metrics:
        told = _of_metric(known.metrics[name])
    elif name in known.dimensions:
        told = _of_dimension(known.dimensions[name])
    elif one := _special_metrics().get(name):
        told = _of_metric(one)
    elif of := _special_dimensions().get(name):
        told = _of_dimension(of)
    else:
        names = [
            *known.streams,
            *known.metrics,
            *known.dimensions,
            *_special_metrics(),
            *_special_dimensions(),
        ]
        raise UnknownStream(f"There is no table, metric or dimension {name!r}.", nearest(name, names))
    if json:
        print_json(told)
    else:
        _show(told)
    return COMPLETE


@app.command()
def search(
    word: Annotated[str, typer.Argument(help="Part of a name or of a description.", metavar="WORD")],
    *,
    json: AsJson = False,
) -> int:
    """Search tables, dimensions and metrics by name and description; tables also by key, scope and the like.

    \b
    Example:
      tiktok-ads tables search purchase
    """
    from tiktok_ads.catalog.lookup import catalog

    known = catalog()
    named = [("table", one.name, one.doc) for one in known.streams.values()]
    beside = {one.name: _facts(one) for one in known.streams.values()}
    named += [("dimension", one.name, one.doc) for one in known.dimensions.values()]
    named += [("metric", one.name, one.doc) for one in known.metrics.values()]
    for special in known.special.values():
        named += [(f"{special.name} dimension", one.name, one.doc) for one in special.own_dimensions]
        named += [(f"{special.name} metric", one.name, one.doc) for one in special.own_metrics]
    words = word.lower().replace("_", " ").split()

    def fits(*texts: str) -> bool:
        text = " ".join(texts).lower().replace("_", " ")
        return all(one in text for one in words)

    hits = [hit for hit in named if fits(*hit[1:], beside[hit[1]] if hit[0] == "table" else "")]
    # Names before descriptions, these before the rest, the shortest first: it is nearest to what was typed.
    hits.sort(key=lambda hit: (not fits(hit[1]), not fits(*hit[1:]), len(hit[1])))
    if json:
        print_json({"found": [{"kind": kind, "name": name, "doc": doc} for kind, name, doc in hits]})
        return COMPLETE
    from tiktok_ads.cli.show import console, grid

    table = grid("kind", "name", "what it is", wrap=("what it is",))
    for hit in hits[:_SHOWN]:
        table.add_row(*hit)
    console().print(table if hits else f"Nothing fits {word!r}.", markup=False)
    if len(hits) > _SHOWN:
        console().print(f"… and {len(hits) - _SHOWN} more; a longer word finds fewer.")
    return COMPLETE


def _outline(one: Stream) -> dict[str, object]:
    from tiktok_ads.catalog.costs import cost_of
    from tiktok_ads.catalog.lookup import catalog
    from tiktok_ads.catalog.model import ReportStream

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
    told = _outline(one)
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


def _is_guarded(one: Stream) -> bool:
    """Whether it is read only where its full name stands."""
    from tiktok_ads.catalog.lookup import catalog

    return one.personal_data and one.name not in catalog().core


def _columns(one: Stream) -> Iterable[dict[str, object]]:
    from tiktok_ads.catalog.lookup import dimensions_of, metrics_of
    from tiktok_ads.catalog.model import TIMES, EntityStream
    from tiktok_ads.catalog.special_rules import UTC_DAY, days_zone

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
    from tiktok_ads.catalog.lookup import catalog

    return {one.name: one for special in catalog().special.values() for one in special.own_metrics}


def _special_dimensions() -> dict[str, Dimension]:
    from tiktok_ads.catalog.lookup import catalog

    return {one.name: one for special in catalog().special.values() for one in special.own_dimensions}


def _of_metric(one: Metric) -> dict[str, object]:
    from tiktok_ads.catalog.lookup import catalog, metrics_of
    from tiktok_ads.catalog.rules import allowed_metrics
    from tiktok_ads.catalog.semantics import semantics

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
    from tiktok_ads.catalog.lookup import catalog

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


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _show(told: dict[str, object]) -> None:
    from tiktok_ads.cli.show import console, grid

    columns = told.pop("columns", None)
    facts = grid("", "", wrap=("",))
    facts.show_header = False
    for name, value in told.items():
        if value not in ("", []):
            facts.add_row(name.replace("_", " "), _in_words(value))
    console().print(facts)
    if isinstance(columns, list):
        table = grid("column", "type", "what it is", wrap=("what it is",))
        for one in columns:
            table.add_row(one["name"], one["kind"], one["doc"])
        console().print()
        console().print(table)
