"""Entity tables as the YAML spells them → as the model holds them; runs only when the catalog is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tiktok_ads.errors import ConfigError

_OWNERS = {
    "advertiser": ("advertiser_id", "Id of the advertiser whose list holds the row."),
    "business_center": ("bc_id", "Id of the Business Center whose list holds the row."),
}
_ROW_ID = "Fingerprint of the row, which TikTok gives no id; the second of two equal rows ends in -2."
_BUILD_ONLY = ("object", "leave_out", "adds", "key", "ask")


def entity_table(
    table: Mapping[str, Any], objects: Mapping[str, Mapping[str, Any]], endpoints: Mapping[str, Any]
) -> dict[str, Any]:
    """One table with its fields, its full key and its requests spelled out.

    Fields come from `object`, less `leave_out`, and from `fields` and `adds`, where `name: kind doc` is one
    field; a star behind the kind makes it a list and an exclamation mark a link that expires.

    Raises:
        ConfigError: it names an object or a field that does not exist.
    """
    made = {name: value for name, value in table.items() if name not in _BUILD_ONLY}
    owner_column, doc = _OWNERS[table.get("owner", "advertiser")]
    fields = [*_short(table.get("adds", {})), *_of_object(table, objects), *_short(table.get("fields", {}))]
    names = {field["name"] for field in fields}
    if owner_column not in names:
        fields.insert(0, {"name": owner_column, "kind": "id", "doc": doc, "nullable": False})
    if table.get("fingerprint"):
        fields.insert(1, {"name": "row_id", "kind": "id", "doc": _ROW_ID, "nullable": False})
    made["fields"] = fields
    if "primary_key" not in table:
        own = ["row_id"] if table.get("fingerprint") else table.get("key", [])
        made["primary_key"] = [owner_column, *own]
    made["asks"] = [_ask(one) for one in table.get("asks", [table["ask"]] if "ask" in table else ())]
    for name in ("params", "rename", "expiries"):
        if name in made:
            made[name] = _pairs(made[name])
    made.setdefault("scopes", endpoints[table["endpoint"]].get("scope_ids", []))
    return made


def with_scopes_of_parents(tables: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables with the scopes of the lists from which ids come; none where a table's own are unknown."""
    by_name = {table["name"]: table for table in tables}

    def needed(name: str) -> list[str]:
        own = by_name[name]["scopes"]
        parents = [
            each["table"] for ask in by_name[name]["asks"] for each in ask["each"] if each.get("table")
        ]
        return list(dict.fromkeys([*own, *(scope for parent in parents for scope in needed(parent))]))

    return [{**table, "scopes": needed(table["name"]) if table["scopes"] else []} for table in tables]


def _of_object(
    table: Mapping[str, Any], objects: Mapping[str, Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    if "object" not in table:
        return []
    thing = objects.get(table["object"])
    if thing is None:
        raise ConfigError(f"Table {table['name']}: there is no object {table['object']}.")
    left_out = {*table.get("leave_out", ())}
    unknown = left_out - {field["name"] for field in thing["fields"]}
    if unknown:
        raise ConfigError(
            f"Table {table['name']}: it leaves out {', '.join(sorted(unknown))}, which it never had."
        )
    left_out |= {*table.get("drop", ()), *(table.get("adds") or ()), *(table.get("fields") or ())}
    renamed = dict(_pairs(table.get("rename", {})))
    found: dict[str, Mapping[str, Any]] = {}
    for field in thing["fields"]:
        parts = field.get("fields", ()) if field["name"] in table.get("unwrap", ()) else (field,)
        for part in parts:
            name = renamed.get(part["name"], part["name"])
            if part["name"] not in left_out:
                found.setdefault(name, {**part, "name": name, **_expiring(part)})
    return found.values()


def _expiring(field: Mapping[str, Any]) -> dict[str, bool]:
    """A struct in which a link expires is compared as little as the link."""
    return {"expires": True} if any(part.get("expires") for part in field.get("fields", ())) else {}


def _short(fields: Mapping[str, str] | Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if not isinstance(fields, Mapping):
        return list(fields)
    made: list[Mapping[str, Any]] = []
    for name, told in fields.items():
        kind, _, doc = told.partition(" ")
        bare = kind.rstrip("*!")
        made.append({"name": name, "kind": bare, "doc": doc, "is_list": "*" in kind, "expires": "!" in kind})
    return made


def _ask(ask: Mapping[str, Any]) -> dict[str, Any]:
    return dict(ask) | {
        "params": _pairs(ask.get("params", {})),
        "each": [_each(one) for one in ask.get("each", ())],
    }


def _each(each: Mapping[str, Any]) -> dict[str, Any]:
    """`param` is short for one parameter that takes a value or the column of the same name."""
    made = dict(each)
    if "param" in each:
        made["send"] = {made.pop("param"): "value" if "values" in each else made.pop("column")}
    send = _pairs(made["send"])
    keep = made.get("keep", ())
    if isinstance(keep, str):
        keep = {keep: "value"} if "values" in each else {keep: keep}
    elif not isinstance(keep, Mapping):
        keep = {name: name for name in keep}
    made |= {"send": send, "keep": _pairs(keep)}
    for name in ("constants", "where"):
        made[name] = _pairs(made.get(name, {}))
    return made


def _pairs(mapping: Any) -> list[list[Any]]:
    """A mapping as pairs, which are hashable in the model."""
    return [[name, value] for name, value in mapping.items()] if isinstance(mapping, Mapping) else mapping
