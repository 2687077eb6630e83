"""The page that sets the report tables of other connectors beside ours, made from `compared.yaml`."""

# ruff: noqa: E501  (prose stands one sentence to a line)

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import why_not
from tiktok_ads.catalog.streams import ReportStream

_DATA = Path(__file__).parent / "compared.yaml"
_SETS = "metric_sets"

_INTRO = """
# Compared with other connectors

Who changes over from another connector finds here what its report tables are called with us.
Each of theirs is a table of ours, or a report that two or three lines of the [settings](settings.md) describe.

- *metrics* says how many of theirs our table has by itself; those that it can have besides are asked for with `extra_metrics`.
- Where TikTok's own lists do not name a metric for a report, ours leaves it out. In a report of one's own, `force_metrics` asks for it all the same.
- Where nobody has written down which metrics a table has, the column is blank.
- Our tables carry `advertiser_id` and every dimension in their key, keep what was deleted, and read the last weeks again at each run.

The names are those that were public when they were looked up; a connector may have changed since.
"""

_REPORTS = """
## Reports for the settings file

`tiktok-ads sync` keeps them as tables; `tiktok-ads report NAME` runs one once.
"""


@dataclass(frozen=True)
class Theirs:
    """A table of another connector; `table` or `report` say what it is with us.

    `refused` says that TikTok is known to refuse what they ask.
    """

    connector: str
    name: str
    report_type: str
    data_level: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    lifetime: bool
    table: str
    report: dict[str, Any]
    note: str
    refused: bool

    @property
    def report_name(self) -> str:
        """What the report is called in the settings."""
        return re.sub(r"\W+", "_", f"{self.connector}_{self.name}").lower()

    @property
    def ours(self) -> ReportStream:
        return catalog().reports[self.table]


@dataclass(frozen=True)
class Metrics:
    """Their metrics: those that our table has, may have, and cannot have by TikTok's lists."""

    own: tuple[str, ...]
    extra: tuple[str, ...]
    refused: tuple[str, ...]


@cache
def connectors() -> dict[str, tuple[dict[str, str], tuple[Theirs, ...]]]:
    """Each connector: its title and source, and its tables."""
    data = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    sets = data.pop(_SETS)
    return {
        key: (
            {"title": said["title"], "source": said["source"], "seen": str(said["seen"])},
            tuple(_theirs(key, one, sets) for one in said["tables"]),
        )
        for key, said in data.items()
    }


def _theirs(connector: str, said: dict[str, Any], sets: dict[str, list[str]]) -> Theirs:
    return Theirs(
        connector=connector,
        name=said["name"],
        report_type=said["report_type"],
        data_level=said["data_level"],
        dimensions=tuple(said["dimensions"]),
        metrics=tuple(sets[said["metrics"]]) if "metrics" in said else (),
        lifetime=said.get("lifetime", False),
        table=said.get("table", ""),
        report=said.get("report", {}),
        note=said.get("note", ""),
        refused=said.get("refused", False),
    )


def metrics_of(theirs: Theirs) -> Metrics:
    """What becomes of each of their metrics in our table."""
    ours = theirs.ours
    rest = [name for name in theirs.metrics if name not in ours.metrics]
    refused = tuple(
        name
        for name in rest
        if why_not(
            report_type=ours.report_type,
            data_level=ours.data_level,
            dimensions=ours.dimensions,
            metrics=[name],
            lifetime=ours.lifetime,
        )
    )
    return Metrics(
        own=tuple(name for name in theirs.metrics if name in ours.metrics),
        extra=tuple(name for name in rest if name not in refused),
        refused=refused,
    )


def page() -> str:
    known = connectors()
    every = [one for _, tables in known.values() for one in tables]
    named = sum(1 for one in every if one.table)
    count = f"\n{len(every)} tables of {len(known)} connectors: {named} are tables of ours, {len(every) - named} are reports of one's own.\n"
    parts = [_INTRO, count]
    for said, tables in known.values():
        parts += [f"\n## {said['title']}\n\nSource: {said['source']}, {said['seen']}.\n\n", *_rows(tables)]
    parts += [
        _REPORTS,
        "\n```toml\nstart_date = 2026-01-01\n\n",
        "\n".join(_definition(one) for one in every if one.report),
        "```\n",
    ]
    return "".join(parts)


def _rows(tables: tuple[Theirs, ...]) -> Iterator[str]:
    yield "| theirs | ours | metrics | |\n|---|---|---|---|\n"
    for one in tables:
        ours = (
            f"`{one.table}`" if one.table else f"report [`{one.report_name}`](#reports-for-the-settings-file)"
        )
        yield f"| `{one.name}` | {ours} | {_metrics_cell(one)} | {one.note} |\n"


def _metrics_cell(one: Theirs) -> str:
    if not one.table or not one.metrics:
        return ""
    found = metrics_of(one)
    if len(found.own) == len(one.metrics):
        return f"all {len(one.metrics)}"
    told = [f"{len(found.own)} of {len(one.metrics)}"]
    if found.extra:
        told.append(f"{len(found.extra)} more by `extra_metrics`")
    if found.refused:
        shown = ", ".join(f"`{name}`" for name in found.refused[:4])
        more = f" and {len(found.refused) - 4} more" if len(found.refused) > 4 else ""
        told.append(f"not in TikTok's lists: {shown}{more}")
    return "; ".join(told)


def _definition(one: Theirs) -> str:
    lines = [f"[reports.{one.report_name}]"]
    for key, value in one.report.items():
        lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


PAGES = {"compared.md": page}
