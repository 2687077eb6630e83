"""The tables that a replication may have, as its form offers them."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_ads.catalog.lookup import catalog, pick_streams
from tiktok_ads.catalog.model import Stream


@dataclass(frozen=True)
class TableChoice:
    """A table that a replication may have, as its form offers it."""

    name: str
    doc: str
    group: str
    key: tuple[str, ...]
    personal: bool


def choices() -> dict[str, list[TableChoice]]:
    """Every table by group, the nine that most need first."""
    core = {one.name for one in pick_streams(["core"])}
    found: dict[str, list[TableChoice]] = {"the nine that most need": []}
    for stream in catalog().streams.values():
        group = "the nine that most need" if stream.name in core else stream.group
        found.setdefault(group, []).append(_choice(stream))
    return found


def _choice(stream: Stream) -> TableChoice:
    return TableChoice(stream.name, stream.doc, stream.group, stream.primary_key, stream.personal_data)
