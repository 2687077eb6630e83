"""Bookmarks as another program keeps them for us: plain JSON, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec

from tiktok_ads.errors import ConfigError, LoadError
from tiktok_ads.load.state import FORMAT, decode
from tiktok_ads.plan import Bookmark


def as_json(bookmark: Bookmark) -> dict[str, object]:
    """A bookmark as one entry of a stream's state."""
    reached = bookmark.days[-1].last.isoformat() if bookmark.days else None
    return {
        "advertiser_id": bookmark.advertiser_id,
        "last_day": reached,
        "format": FORMAT,
        "bookmark": msgspec.to_builtins(bookmark),
    }


def from_json(stream: str, entries: object) -> Iterable[Bookmark]:
    """The bookmarks of a stream's entries.

    Raises:
        ConfigError: they were not written by us, or by a newer version.
    """
    if not isinstance(entries, list):
        raise _damaged(stream)
    for one in entries:
        if not isinstance(one, Mapping):
            raise _damaged(stream)
        key = (stream, str(one.get("advertiser_id")))
        text = msgspec.json.encode(one.get("bookmark")).decode()
        try:
            yield decode(text, one.get("format"), key=key, destination="the state")
        except LoadError as error:
            raise ConfigError(str(error), "Start without a state, and everything is read anew.") from None


def set_aside(bookmark: Bookmark) -> Bookmark:
    """As if nothing were loaded; what was learnt of the advertiser stays."""
    return replace(bookmark, days=(), unsettled=None, modified=None, full_list_at=None)


def _damaged(stream: str) -> ConfigError:
    told = f"The state of {stream} is not one that this program wrote."
    return ConfigError(told, "Start without a state, and everything is read anew.")
