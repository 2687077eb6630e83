"""The tables that a replication may have, as its form offers them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tiktok_ads.catalog.costs import cost_of
from tiktok_ads.catalog.lookup import catalog, pick_streams
from tiktok_ads.catalog.streams import Stream

_CORE = "The nine that most need, one by one"


@dataclass(frozen=True)
class TableChoice:
    """A table that a replication may have. `cost` is in words, for one advertiser and run."""

    name: str
    doc: str
    key: tuple[str, ...]
    cost: str
    personal: bool


@dataclass(frozen=True)
class TableGroup:
    """Tables that belong together."""

    title: str
    tables: tuple[TableChoice, ...]


@cache
def table_groups() -> tuple[TableGroup, ...]:
    """Every table by group, the nine that most need first; the catalog does not change."""
    core = {one.name for one in pick_streams(["core"])}
    found: dict[str, list[TableChoice]] = {_CORE: []}
    for stream in catalog().streams.values():
        title = _CORE if stream.name in core else stream.group[:1].upper() + stream.group[1:]
        found.setdefault(title, []).append(_choice(stream))
    return tuple(TableGroup(title, tuple(tables)) for title, tables in found.items())


def _choice(stream: Stream) -> TableChoice:
    return TableChoice(
        stream.name,
        stream.doc,
        stream.primary_key,
        cost_of(stream).replace("`", ""),
        stream.personal_data,
    )
