"""The Singer catalog: what can be selected, and what somebody selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiktok_ads.emit.offered import Offered
from tiktok_ads.emit.shape import json_schema, keys_of
from tiktok_ads.errors import ConfigError

INCREMENTAL, FULL_TABLE = "INCREMENTAL", "FULL_TABLE"


@dataclass(frozen=True)
class Selected:
    """A stream that is wanted. `only` are its columns, None for all; `whole` reads it anew each time."""

    offered: Offered
    only: frozenset[str] | None
    whole: bool


def discovered(streams: Sequence[Offered]) -> dict[str, object]:
    """The catalog of everything that can be selected."""
    return {"streams": [_entry(one) for one in streams]}


def _entry(one: Offered) -> dict[str, object]:
    schema = json_schema(one.spec)
    keys = list(keys_of(one.spec))
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101
    method = INCREMENTAL if one.cursor else FULL_TABLE
    top: dict[str, object] = {
        "inclusion": "available",
        "selected-by-default": one.is_usual,
        "table-key-properties": keys,
        "replication-method": method,
    }
    top |= {"valid-replication-keys": [one.cursor]} if one.cursor else {"forced-replication-method": method}
    automatic = {*keys, one.cursor}
    return {
        "tap_stream_id": one.name,
        "stream": one.name,
        "key_properties": keys,
        "replication_method": method,
        "replication_key": one.cursor or None,
        "schema": schema,
        "metadata": [
            {"breadcrumb": [], "metadata": top},
            *(
                {
                    "breadcrumb": ["properties", name],
                    "metadata": {
                        "inclusion": "automatic" if name in automatic else "available",
                        "selected-by-default": True,
                    },
                }
                for name in properties
            ),
        ],
    }


def selected(catalog: object, streams: Sequence[Offered]) -> list[Selected]:
    """What a catalog selects; without one, what is usual.

    Raises:
        ConfigError: it is no catalog, or selects a stream that there is not.
    """
    if catalog is None:
        return [Selected(one, None, not one.cursor) for one in streams if one.is_usual]
    entries = catalog.get("streams") if isinstance(catalog, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise ConfigError("The catalog has no list of streams.", "Make one with --discover.")
    known = {one.name: one for one in streams}
    found = []
    for entry in entries:
        name = str(entry.get("tap_stream_id") or entry.get("stream"))
        told = {
            tuple(one.get("breadcrumb", ())): one.get("metadata", {}) for one in entry.get("metadata", ())
        }
        top = told.get((), {})
        if not _is_selected(top, entry, default=False):
            continue
        if name not in known:
            raise ConfigError(f"There is no stream {name!r}.", "Make the catalog anew with --discover.")
        found.append(_chosen(known[name], entry, told, top))
    return found


def _chosen(
    one: Offered, entry: Mapping[str, Any], told: Mapping[Any, Any], top: Mapping[str, Any]
) -> Selected:
    method = top.get("replication-method") or entry.get("replication_method")
    left_out = {
        path[1]
        for path, said in told.items()
        if len(path) == 2 and path[0] == "properties" and not _is_selected(said, {}, default=True)
    }
    properties = json_schema(one.spec)["properties"]
    assert isinstance(properties, dict)  # noqa: S101
    automatic = {*keys_of(one.spec), one.cursor}
    only = frozenset(name for name in properties if name in automatic or name not in left_out)
    return Selected(one, only if left_out else None, not one.cursor or method == FULL_TABLE)


def _is_selected(told: Mapping[str, Any], entry: Mapping[str, Any], *, default: bool) -> bool:
    if told.get("inclusion") == "automatic":
        return True
    if told.get("inclusion") == "unsupported":
        return False
    for said in (told.get("selected"), entry.get("selected"), told.get("selected-by-default")):
        if said is not None:
            return bool(said)
    return default
