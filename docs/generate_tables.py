"""The page of tables: what each is and costs, the columns of those that most need; and that of all metrics."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import LEVELS, Field, Kind, Level, Metric
from tiktok_ads.catalog.semantics import semantics
from tiktok_ads.catalog.streams import EntityStream, ReportStream, Stream
from tiktok_ads.decode import entity_fields, report_fields
from tiktok_ads.decode.arrow_types import EXTRA_FIELD, arrow_field, arrow_type
from tiktok_ads.load.columns import column_type, sql_type

_INTRO = """
# Tables

Each table holds what the stream of the same name gives.
In a DuckDB file they stand in the schema `tiktok_ads`.
Columns have TikTok's own names; ours begin with an underscore, apart from `is_deleted` and `currency`.

- An id is text, since TikTok's ids are longer than a floating point number can hold.
- Money is an exact decimal in the advertiser's own currency; amounts of different currencies are not added up for you.
- A day is a day of the advertiser's own calendar; the zone stands in `advertisers.display_timezone`.
- `NULL` means not asked, not available, or blank at TikTok; `0` means that TikTok said 0.
- Where *adds up* says **no**, the values of several days or ads must not be summed: people would be counted twice, or rates would be added.

The comments below are also comments of the columns in the database: `FROM duckdb_columns()`.
A metric that is not in the list is asked for with `extra_metrics`, see [settings](settings.md).
`tiktok-ads tables search WORD` finds it, `tiktok-ads tables describe NAME` says which tables may hold it.

## Which tables are read

Without a setting `tables` those of the first list below are read; `core` is their name together.
`*` means all tables that hold no personal data, and other patterns leave such tables out too: they are read only where their full name stands.
`tiktok-ads tables describe NAME` lists the columns of any table, and [metrics](metrics.md) explains each metric once.

- *key*: what makes a row itself. A report's parents (`campaign_id`, `adgroup_id`) come as attributes and may be blank; it is held unique on the rest.
- *followed by*: the replication key, the column whose value the bookmark holds. A table without one is read whole in each run.
- *updated*: **partition** replaces the days that were read, **replace** all rows of the advertiser; lists are **merged** by key.
- *calls*: what one advertiser (or Business Center) takes, further pages of 1,000 rows not counted. `tiktok-ads plan` counts for your accounts.
- *scopes*: what the login needs to be granted, see [the TikTok app](tiktok-app.md).

A report whose name ends in `_hourly` has hours, which TikTok gives a day at a time, and one in `_lifetime` one row for all time, read anew in each run.
Where TikTok gives no days with a breakdown (interests, device brands, playables, some of Business Centers and shops), each day is asked for by itself and `stat_time_day` is ours.
Rows of TopView, which TikTok gives only by themselves, stand in all reports by campaign, ad group or ad but those by interest and behaviour; the reports by advertiser have them apart, in `advertiser_insights_top_view`.

Definitions carry a version, which stands in `_tables`; a change stands in the [changelog](../CHANGELOG.md) with its migration.
"""

_OURS = """
## Columns of every table

| column | type | what it is |
|---|---|---|
| `_extra` | JSON | What TikTok sent that does not fit its column. |
| `_synced_at` | TIMESTAMP | When the row was last written because it changed, UTC. |
| `_run_id` | VARCHAR | The run that wrote it; see `_runs`. |
| `_deleted_at` | TIMESTAMP | When we first saw it deleted, UTC (`campaigns`, `adgroups`, `ads`). |

A field that TikTok sends and the catalog does not know becomes a column of its own.

## Beside the data

| table | what it holds |
|---|---|
| `<table>__changes`, `<table>__history` | every change of a row, and each version with the time in which it stood: see [changes](changes.md) |
| `_daily_sums` | what each report day added up to, by advertiser, anew whenever that changed |
| `_quality` | how each report day agrees with the advertiser's own total: see [quality](quality.md) |
| `_state` | the bookmarks: what is loaded of each table and advertiser |
| `_runs` | the report of each run, as JSON |
| `_tables` | the tables of this schema and the version of their definition |
"""

_METRICS_INTRO = """
# Metrics

Every metric and attribute that a report can be asked for, once, as TikTok names it.
Attributes repeat what an object is (its name, its budget) and are asked for like metrics.
`tiktok-ads tables describe NAME` says which tables may hold one, and [tables](tables.md) how a report takes more of them.

- *levels*: the data levels that have it; `all` where nothing is known against any.
- *reports*: the report types in which it is known.
- *adds up*: whether values may be added up over days and objects. A rate of two sums is not the sum of two rates; an average or a cost per piece is no amount; and who is counted as a person may stand in several rows.
- *channel*: where the event happened: app, web, shop (TikTok Shop), onsite (TikTok itself), offline (CRM), skan (SKAdNetwork), and so on.
- Figures come about half an hour late unless something else is said; with audience dimensions about 16 hours.
"""

_LEVEL: dict[Level, str] = {
    "AUCTION_ADVERTISER": "advertiser",
    "AUCTION_CAMPAIGN": "campaign",
    "AUCTION_ADGROUP": "ad group",
    "AUCTION_AD": "ad",
}
_UNITS: dict[Kind, str] = {
    "money": "advertiser's currency",
    "percent": "percent, 0 to 100",
    "seconds": "seconds",
    "day": "advertiser's own day",
    "hour": "advertiser's own hour",
    "utc": "UTC",
    "epoch": "UTC",
}


def tables_page() -> str:
    known = catalog()
    core = [known.streams[name] for name in known.core]
    parts = [_INTRO, "\n## The core tables\n", *_overview(core, linked=True)]
    groups: dict[str, list[Stream]] = defaultdict(list)
    for stream in known.streams.values():
        if stream.name not in known.core:
            groups[stream.group].append(stream)
    for group, streams in groups.items():
        parts += [f"\n## {group[:1].upper()}{group[1:]}\n", *_overview(streams, linked=False)]
    parts.append(_OURS)
    for stream in core:
        parts += _table(stream)
    return "".join(parts)


def _overview(streams: Sequence[Stream], *, linked: bool) -> Iterator[str]:
    yield "\n| table | what it holds | key | followed by | updated | calls | scopes |\n|---|---|---|---|---|---|---|\n"
    for one in streams:
        name = f"[`{one.name}`](#{one.name})" if linked else f'<a id="{one.name}"></a>`{one.name}`'
        personal = " **Personal data.**" if one.personal_data and not linked else ""
        followed = f"`{one.replication_key}`" if one.replication_key else ""
        method = one.update_method
        yield (
            f"| {name} | {_meaning_of(one)}{personal} | {_names(one.primary_key)} | {followed} | {method} "
            f"| {cost_of(one)} | {', '.join(one.scopes) or 'not known'} |\n"
        )


def _meaning_of(stream: Stream) -> str:
    return stream.doc.replace("|", "\\|")


def metrics_page() -> str:
    known = catalog()
    parts = [_METRICS_INTRO]
    groups: dict[str, list[Metric]] = defaultdict(list)
    for metric in known.metrics.values():
        groups[metric.group].append(metric)
    for group, metrics in groups.items():
        parts.append(f"\n## {group[:1].upper()}{group[1:].replace('_', ' ')}\n\n")
        parts.append("| metric | unit | adds up | channel | levels | reports | what it is |\n")
        parts.append("|---|---|---|---|---|---|---|\n")
        parts += [_of_metric(one) for one in metrics]
    return "".join(parts)


def _of_metric(one: Metric) -> str:
    adds = "" if one.is_attribute else "yes" if one.additive else "**no**"
    unit = _UNITS.get(one.kind, one.kind)
    levels = "all" if one.levels == LEVELS else ", ".join(_LEVEL[level] for level in one.levels)
    meant = semantics(one)
    notes = [one.doc.replace("|", "\\|")]
    if one.deprecated and not one.renamed_to:
        notes.append("TikTok gives it up.")
    # Why a rate is not added up is said once, above.
    notes += [told for told in meant.sentences() if not told.startswith("Not to be added up")]
    return (
        f"| `{one.name}` | {unit} | {adds} | {meant.channel} | {levels} | {', '.join(one.report_types)} "
        f"| {' '.join(notes)} |\n"
    )


def _table(stream: Stream) -> Iterator[str]:
    yield f"\n## {stream.name}\n\n{stream.doc}\n\n"
    yield f"- Key: {_names(stream.primary_key)}\n- Replication key: `{stream.replication_key}`\n"
    yield f"- TikTok's endpoint: `/{stream.endpoint}/`\n"
    if isinstance(stream, ReportStream):
        yield f"- Asked as {stream.report_type} at the level {stream.data_level}, split by "
        yield f"{_names(stream.dimensions)}, at most {stream.max_window_days} days a call\n"
        if stream.uniqueness != stream.primary_key:
            yield f"- Held unique on {_names(stream.uniqueness)}: parents come as attributes and may be blank\n"
        yield from _report_columns(stream)
    else:
        yield from _entity_columns(stream)


def _entity_columns(stream: EntityStream) -> Iterator[str]:
    yield "\n| column | type | unit | what it is |\n|---|---|---|---|\n"
    for field in entity_fields(stream):
        yield f"| `{field.name}` | {_type(field)} | {_UNITS.get(field.kind, '')} | {_meaning(field)} |\n"
        for path, part in _parts(field, field.name):
            yield f"| `{path}` | {_type(part)} | {_UNITS.get(part.kind, '')} | {_meaning(part)} |\n"


def _report_columns(stream: ReportStream) -> Iterator[str]:
    known = catalog()
    yield "\n| column | type | unit | adds up | what it is |\n|---|---|---|---|---|\n"
    for field in report_fields(stream, stream.metrics, known):
        metric = None if field.name in stream.dimensions else known.metrics.get(field.name)
        adds = "" if metric is None or metric.is_attribute else "yes" if metric.additive else "**no**"
        meaning = _meaning(replace(field, doc=metric.doc) if metric else field)
        yield f"| `{field.name}` | {_type(field)} | {_UNITS.get(field.kind, '')} | {adds} | {meaning} |\n"


def _parts(field: Field, path: str) -> Iterator[tuple[str, Field]]:
    """What is inside a struct, by dotted path."""
    for part in field.fields:
        yield f"{path}.{part.name}", part
        yield from _parts(part, f"{path}.{part.name}")


def _type(field: Field) -> str:
    if field.kind == "struct":
        return "STRUCT[]" if field.is_list else "STRUCT"
    return sql_type(column_type(arrow_field(field).with_type(arrow_type(field))))


def _meaning(field: Field) -> str:
    notes = [field.doc.replace("|", "\\|")]
    if field.deprecated:
        notes.append("TikTok no longer fills it.")
    if field.expires:
        notes.append("The link expires, so it is left out when rows are compared.")
    if field.parts:
        notes.append("Seen inside: " + ", ".join(f"`{part}`" for part in field.parts) + ".")
    return " ".join(notes)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


# `_extra` stands in the hand-written part above; the page would lie if it were no JSON any more.
assert EXTRA_FIELD.kind == "json"  # noqa: S101
PAGES = {"tables.md": tables_page, "metrics.md": metrics_page}
