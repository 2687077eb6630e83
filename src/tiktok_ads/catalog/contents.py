"""All of the catalog in one value, as its file holds it."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.catalog.model import (
    Combinations,
    Dimension,
    Endpoint,
    EntityObject,
    Lookup,
    Metric,
    SpecialReport,
)
from tiktok_ads.catalog.streams import EntityStream, ReportStream


@dataclass(frozen=True)
class CatalogData:
    """All of it, as `catalog.json` holds it; made from the YAML in `catalog/data`.

    `core` names the tables that are read where none is named.
    """

    metrics: tuple[Metric, ...]
    dimensions: tuple[Dimension, ...]
    endpoints: tuple[Endpoint, ...]
    objects: tuple[EntityObject, ...]
    entities: tuple[EntityStream, ...]
    reports: tuple[ReportStream, ...]
    combinations: Combinations
    special_reports: tuple[SpecialReport, ...]
    lookups: tuple[Lookup, ...]
    core: tuple[str, ...] = ()
