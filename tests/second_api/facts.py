"""What is documented, read once from `facts.json`: metrics, dimensions, fields and filters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FACTS: dict[str, Any] = json.loads(Path(__file__).with_name("facts.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Metric:
    """A metric or attribute: its logical kind, and the reports and levels that it is evidenced for."""

    name: str
    kind: str
    group: str
    report_types: frozenset[str]
    levels: frozenset[str]
    unique_visitors: bool

    @property
    def is_attribute(self) -> bool:
        return self.group in ("attribute", "audience_attribute")


@dataclass(frozen=True)
class Dimension:
    """A dimension: its role (id, time, audience, other), and whether a day may stand beside it."""

    name: str
    role: str
    report_types: frozenset[str]
    levels: frozenset[str]
    with_time: bool


@dataclass(frozen=True)
class Table:
    """A report table as the replication product defines it."""

    report_type: str
    data_level: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]


METRICS: dict[str, Metric] = {
    name: Metric(name, kind, group, frozenset(types.split()), frozenset(levels.split()), uv)
    for name, (kind, group, types, levels, uv) in _FACTS["metrics"].items()
}
DIMENSIONS: dict[str, Dimension] = {
    name: Dimension(name, role, frozenset(types.split()), frozenset(levels.split()), with_time)
    for name, (role, types, levels, with_time) in _FACTS["dimensions"].items()
}
TABLES: dict[str, Table] = {
    name: Table(t["report_type"], t["data_level"], tuple(t["dimensions"]), tuple(t["metrics"]))
    for name, t in _FACTS["tables"].items()
}
AUDIENCE_DIMENSIONS: frozenset[str] = frozenset(_FACTS["audience_dimensions"])
BASIC_BREAKDOWNS: frozenset[str] = frozenset(_FACTS["basic_breakdowns"])
BREAKDOWN_METRICS: dict[str, frozenset[str]] = {
    name: frozenset(metrics) for name, metrics in _FACTS["breakdown_metrics"].items()
}
ENTITY_FIELDS: dict[str, dict[str, str]] = _FACTS["entities"]
ENTITY_FILTERS: dict[str, dict[str, list[Any]]] = _FACTS["filters"]
PRIMARY_STATUSES: frozenset[str] = frozenset(_FACTS["primary_status"])
