"""Airbyte's specification and catalogs: what can be configured, what can be read, what is to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiktok_ads.emit.configured import REQUIRED, options
from tiktok_ads.emit.offered import Offered
from tiktok_ads.emit.shape import json_schema, keys_of
from tiktok_ads.errors import ConfigError
from tiktok_ads.output.cells import kind_of

_DRAFT = "http://json-schema.org/draft-07/schema#"


@dataclass(frozen=True)
class Chosen:
    """A stream that is to be read; `whole` leaves what was read before out of account."""

    offered: Offered
    whole: bool


def specification() -> dict[str, object]:
    """What can be configured, for the form that Airbyte draws."""
    properties: dict[str, dict[str, object]] = {}
    for order, (name, told) in enumerate(options().items()):
        one = {key: value for key, value in told.items() if key != "secret"}
        properties[name] = {**one, "order": order, **({"airbyte_secret": True} if "secret" in told else {})}
    return {
        "supportsIncremental": True,
        "supported_destination_sync_modes": [],
        "connectionSpecification": {
            "$schema": _DRAFT,
            "title": "TikTok Ads",
            "type": "object",
            "required": list(REQUIRED),
            "additionalProperties": True,
            "properties": properties,
        },
    }


def discovered(streams: Sequence[Offered]) -> dict[str, object]:
    """The catalog of everything that can be read."""
    return {"streams": [_entry(one) for one in streams]}


def _entry(one: Offered) -> dict[str, object]:
    told: dict[str, object] = {
        "name": one.name,
        "json_schema": _schema(one),
        "supported_sync_modes": ["full_refresh", "incremental"] if one.cursor else ["full_refresh"],
        "source_defined_cursor": bool(one.cursor),
        "source_defined_primary_key": [[name] for name in keys_of(one.spec)],
        "is_resumable": False,
    }
    return {**told, "default_cursor_field": [one.cursor]} if one.cursor else told


def _schema(one: Offered) -> dict[str, object]:
    schema = json_schema(one.spec)
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101
    local = {field.name for field in one.spec.schema if kind_of(field) == "hour"}
    typed = {name: _typed(told, is_local=name in local) for name, told in properties.items()}
    return {"$schema": _DRAFT, **schema, "properties": typed}


def _typed(told: Mapping[str, Any], *, is_local: bool) -> dict[str, object]:
    """With Airbyte's own word for moments with and without a zone."""
    if is_local:
        return {**told, "format": "date-time", "airbyte_type": "timestamp_without_timezone"}
    if told.get("format") == "date-time":
        return {**told, "airbyte_type": "timestamp_with_timezone"}
    return dict(told)


def chosen(catalog: object, streams: Sequence[Offered]) -> list[Chosen]:
    """The streams of a configured catalog.

    Raises:
        ConfigError: it is none, or names a stream that there is not.
    """
    entries = catalog.get("streams") if isinstance(catalog, Mapping) else None
    if not isinstance(entries, list):
        raise ConfigError("The configured catalog has no list of streams.", "Discover the schema anew.")
    known = {one.name: one for one in streams}
    found = []
    for entry in entries:
        stream = entry.get("stream") if isinstance(entry, Mapping) else None
        name = stream.get("name") if isinstance(stream, Mapping) else None
        if name not in known:
            raise ConfigError(f"There is no stream {name!r}.", "Discover the schema anew.")
        one = known[str(name)]
        found.append(Chosen(one, not one.cursor or entry.get("sync_mode") != "incremental"))
    return found
