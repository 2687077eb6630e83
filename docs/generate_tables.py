"""The page of tables: their keys and every column with type, unit and meaning, from the catalog."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

from collections.abc import Iterator

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.model import EntityStream, Field, Kind, ReportStream, Stream
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
| `_state` | the bookmarks: what is loaded of each table and advertiser |
| `_runs` | the report of each run, as JSON |
| `_tables` | the tables of this schema and the version of their definition |
"""

_UNITS: dict[Kind, str] = {
    "money": "advertiser's currency",
    "percent": "percent, 0 to 100",
    "seconds": "seconds",
    "day": "advertiser's own day",
    "hour": "advertiser's own hour",
    "utc": "UTC",
    "epoch": "UTC",
}
_NOT_ADDED = " Not to be added up."


def tables_page() -> str:
    known = catalog()
    parts = [_INTRO, "\n| table | key | replication key | version |\n|---|---|---|---|\n"]
    for stream in known.streams.values():
        parts.append(
            f"| [`{stream.name}`](#{stream.name}) | {_names(stream.primary_key)} | "
            f"`{stream.replication_key}` | {stream.version} |\n"
        )
    parts.append(_OURS)
    for stream in known.streams.values():
        parts += _table(stream)
    return "".join(parts)


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
        meaning = _meaning(field).removesuffix(_NOT_ADDED)
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
PAGES = {"tables.md": tables_page}
