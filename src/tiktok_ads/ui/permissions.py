"""Which permissions a login was granted, and which tables stay empty without those that it was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tiktok_ads.catalog.lookup import catalog, pick_streams
from tiktok_ads.catalog.streams import Stream
from tiktok_ads.client.scopes import SCOPES, missing_scopes


@dataclass(frozen=True)
class Missing:
    """A permission that was not granted, and the tables that need it."""

    number: int
    meaning: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Permissions:
    """What was granted, in words. `needed` is missing for the nine usual tables, `others` for more."""

    granted: tuple[tuple[int, str], ...]
    needed: tuple[Missing, ...]
    others: tuple[Missing, ...]


def permissions(scopes: Sequence[int] | None) -> Permissions | None:
    """What these scopes mean for tables; None where TikTok did not tell them at the sign-in."""
    if not scopes:
        return None
    core = pick_streams(["core"])
    names = {one.name for one in core}
    rest = [one for one in catalog().streams.values() if one.name not in names]
    granted = tuple((number, SCOPES.get(number, "not known here")) for number in sorted(scopes))
    return Permissions(granted, _missing(core, scopes), _missing(rest, scopes))


def _missing(streams: Sequence[Stream], scopes: Sequence[int]) -> tuple[Missing, ...]:
    lacking: dict[int, list[str]] = {}
    for one in streams:
        needed = one.scopes or catalog().endpoints[one.endpoint].scope_ids
        for number in missing_scopes(scopes, needed):
            lacking.setdefault(number, []).append(one.name)
    return tuple(
        Missing(number, SCOPES.get(number, "not known here"), tuple(tables))
        for number, tables in sorted(lacking.items())
    )
