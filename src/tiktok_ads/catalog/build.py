"""Makes `catalog.json`, the fast copy that is read at run time, from the YAML in `catalog/data`.

python -m tiktok_ads.catalog.build
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml  # the only place that needs it: nothing imports this module at run time

from tiktok_ads.catalog.contents import CatalogData
from tiktok_ads.catalog.entity_tables import entity_table, with_scopes_of_parents
from tiktok_ads.catalog.lookup import CATALOG_FILE, check, instead
from tiktok_ads.catalog.presets import presets

SOURCES = (
    "metrics.yaml",
    "dimensions.yaml",
    "endpoints.yaml",
    "entities.yaml",
    "lookups.yaml",
    "special.yaml",
)
TABLES = ("core", "entities", "reports", "special")
"""The files of `tables/`, each a piece of the lists of entity and report tables."""


def read_sources(folder: Path) -> dict[str, Any]:
    """All the YAML of `folder` as one mapping, entity tables with the fields of their object in them."""
    merged: dict[str, Any] = {}
    for name in SOURCES:
        merged |= yaml.load((folder / name).read_text("utf-8"), Loader=yaml.CSafeLoader)
    for special in merged["special_reports"]:
        for one in (*special.get("own_dimensions", ()), *special.get("own_metrics", ())):
            one.setdefault("report_types", [special["name"]])
    objects = {thing["name"]: thing for thing in merged["objects"]}
    tables = {
        name: yaml.load((folder / "tables" / f"{name}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
        for name in TABLES
    }
    merged["core"] = [one["name"] for kind in ("entities", "reports") for one in tables["core"].get(kind, ())]
    entities = [one for part in tables.values() for one in part.get("entities", ())]
    endpoints = {one["name"]: one for one in merged["endpoints"]}
    merged["entities"] = with_scopes_of_parents(
        [entity_table(table, objects, endpoints) for table in entities]
    )
    merged["reports"] = [_with_pairs(one) for part in tables.values() for one in part.get("reports", ())]
    taken = [one["name"] for one in merged["reports"]]
    with instead(check(msgspec.convert(merged, CatalogData))):
        merged["reports"] += presets(tables["reports"], taken)
    return merged


def _with_pairs(table: dict[str, Any]) -> dict[str, Any]:
    """Fixed parameters are a mapping in YAML and pairs in the model, whose values are hashable."""
    params = table.get("params")
    return table | {"params": list(params.items())} if isinstance(params, dict) else table


def build(folder: Path = CATALOG_FILE.parent) -> bytes:
    """The bytes of `catalog.json`, checked as they will be when they are loaded."""
    raw = read_sources(folder)
    check(msgspec.convert(raw, CatalogData))
    return msgspec.json.encode(raw) + b"\n"


if __name__ == "__main__":
    CATALOG_FILE.write_bytes(build())
