"""Writes out the report tables that patterns stand for: each level, grain and breakdown, and what it allows.

Runs when the catalog is built; nothing imports it at run time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tiktok_ads.catalog.lookup import catalog
from tiktok_ads.catalog.rules import max_days, why_not
from tiktok_ads.errors import ConfigError

SCOPES = ("44",)
"""Integrated reports; a login that was granted all of reporting has it."""
_NAME = {"day": "", "hour": "_hourly", "lifetime": "_lifetime", "stamped": ""}
_TIME = {"day": ("stat_time_day",), "hour": ("stat_time_hour",), "lifetime": (), "stamped": ()}


def presets(source: Mapping[str, Any], taken: Sequence[str]) -> list[dict[str, Any]]:
    """Every report table of `tables/reports.yaml`, without those whose names are `taken`."""
    levels = source["levels"]
    made = [
        table
        for pattern in source["presets"]
        for level in pattern["levels"]
        for table in _of_pattern(pattern, level, levels[level], source["metric_sets"])
    ]
    made += [_alone(one, levels, source["metric_sets"]) for one in source["tables"]]
    return [table for table in made if table["name"] not in taken]


def _of_pattern(
    pattern: Mapping[str, Any], level: str, facts: Mapping[str, Any], sets: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    what = facts["what"]
    for grain in pattern.get("grains", ("day",)):
        for kind, variant in _variants(pattern):
            by = variant.get("by", ())
            no_time = any(catalog().dimensions[name].no_time for name in by)
            named = "stamped" if grain == "day" and no_time else grain
            asked = _named_metrics(pattern["metrics"], sets, by) + _of_groups(variant.get("groups", ()))
            table = _table(
                name=f"{level}_insights{_NAME[named]}{kind}",
                report_type=pattern["report_type"],
                data_level=facts["data_level"],
                dimensions=(facts["id"], *by),
                attributes=facts["attributes"] if pattern.get("attributes", True) else (),
                metrics=asked,
                grain=named,
                # So few rows as an advertiser has never take TikTok long.
                longest=None if level == "advertiser" else pattern.get("max_window_days"),
            )
            if "value" in variant:
                table["filters"] = [{"field": "buying_type", "type": "IN", "value": [variant["value"]]}]
            doc = _doc(what, named, variant)
            if level == "advertiser" and "value" not in variant:
                # TopView is read along only where rows have a campaign: sums would differ unexplained.
                doc = f"{doc.removesuffix('.')}, without TopView."
            yield table | {"group": pattern["group"], "doc": doc}


def _variants(pattern: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "breakdowns" in pattern:
        yield from ((f"_by_{name}", facts) for name, facts in pattern["breakdowns"].items())
    elif "subjects" in pattern:
        yield from ((f"_{name}", facts) for name, facts in pattern["subjects"].items())
    elif "buying_types" in pattern:
        yield from ((f"_{name}", facts) for name, facts in pattern["buying_types"].items())
    else:
        yield "", {}


def _doc(what: str, grain: str, variant: Mapping[str, Any]) -> str:
    parts = {"hour": "hour", "lifetime": ""}.get(grain, "day")
    if "by" in variant:
        joint = "," if len(variant["by"]) > 1 else " and"
        return f"One row per {what}, {parts}{joint} {variant['what']}."
    ending = ""
    if "groups" in variant:
        ending = f", with every metric of {variant['what']}"
    elif "value" in variant:
        ending = f", of {variant['what']}"
    if grain == "lifetime":
        return f"One row per {what} for all time{ending}."
    return f"One row per {what} and {parts}{ending}."


def _alone(one: Mapping[str, Any], levels: Mapping[str, Any], sets: Mapping[str, Any]) -> dict[str, Any]:
    """A table that is named in full."""
    level = levels[one["level"]] if "level" in one else None
    table = _table(
        name=one["name"],
        report_type=one["report_type"],
        data_level=level["data_level"] if level else None,
        dimensions=one["by"],
        attributes=(),
        metrics=_named_metrics(one["metrics"], sets, one["by"]),
        grain=one["grain"],
        longest=None,
        owner=one.get("owner", "advertiser"),
    )
    return table | {"group": one["group"], "doc": one["doc"]}


def _table(
    *,
    name: str,
    report_type: str,
    data_level: str | None,
    dimensions: Sequence[str],
    attributes: Sequence[str],
    metrics: Sequence[str],
    grain: str,
    longest: int | None,
    owner: str = "advertiser",
) -> dict[str, Any]:
    times = _TIME[grain]
    lifetime = grain == "lifetime"
    split_by = (*dimensions, *times)
    question: dict[str, Any] = {
        "report_type": report_type,
        "data_level": data_level,
        "dimensions": split_by,
        "lifetime": lifetime,
    }
    if reasons := why_not(**question, metrics=[]):
        raise ConfigError(f"Table {name}: {' '.join(reasons)}")
    allowed = _allowed(question, [*attributes, *metrics])
    stamp = ("stat_time_day",) if grain == "stamped" else ()
    column = "bc_id" if owner == "business_center" else "advertiser_id"
    parents = [one for one in ("campaign_id", "adgroup_id") if one in allowed]
    ids = [one for one in split_by if catalog().dimensions[one].role == "id"]
    rest = [one for one in dimensions if one not in ids]
    key = dict.fromkeys([column, *parents, *ids, *times, *stamp, *rest])
    limit = max_days(report_type, split_by) or 30
    return {
        "name": name,
        "report_type": report_type,
        "data_level": data_level,
        "dimensions": list(split_by),
        "metrics": allowed,
        "primary_key": list(key),
        "replication_key": next(iter((*times, *stamp)), ""),
        "max_window_days": 1 if stamp else min(limit, longest or limit),
        "lifetime": lifetime,
        "stamped": grain == "stamped",
        "owner": owner,
        "update_method": "replace" if lifetime else "partition",
        "scopes": list(SCOPES),
    }


def _allowed(question: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Those of the metrics that go with the combination and with those before them."""
    kept: list[str] = []
    for name in dict.fromkeys(names):
        if name in question["dimensions"] or catalog().metrics[name].deprecated:
            continue
        if not why_not(**question, metrics=[*kept, name]):
            kept.append(name)
    return kept


def _named_metrics(sets: Sequence[str], known: Mapping[str, Any], by: Sequence[str]) -> list[str]:
    """The metrics of the sets; `listed` are those that TikTok's own list names for a breakdown."""
    metrics = catalog().metrics
    names: list[str] = []
    for one in sets:
        if one == "listed":
            names += [name for dim in by for name in catalog().dimensions[dim].metrics]
            groups = {group for dim in by for group in catalog().dimensions[dim].metric_groups}
            names += [name for name in _of_groups(sorted(groups)) if metrics[name].additive]
        elif one == "images":
            names += [name for name, metric in metrics.items() if metric.group == "image"]
        elif one == "audience_attributes":
            names += [name for name, metric in metrics.items() if metric.group == "audience_attribute"]
        else:
            names += known[one]
    return names


def _of_groups(groups: Sequence[str]) -> list[str]:
    return [name for name, metric in catalog().metrics.items() if metric.group in groups]
