"""What the settings file said, handed out again for as long as nothing that it depends on changes."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tiktok_ads.config.file import FILE_NAME, Reading
from tiktok_ads.config.table import ENV_PREFIX

T = TypeVar("T")
_MOST = 1000
_MOST_FILES = 20


@dataclass
class _Kept:
    """What was read of one settings file while everything that it depends on looked so."""

    sources: bytes = b""
    found: dict[Hashable, Any] = field(default_factory=dict)


_KEPT: dict[Path | None, _Kept] = {}
_LOCK = threading.Lock()


def kept(name: Hashable, read: Callable[[], T], *, config: Path | None) -> T:
    """What `read` gives, or gave since the file, the environment or the day last changed.

    The file is compared by what stands in it: neither a clock nor a file system has to be trusted. What is
    given is shared, so nobody may change it. An error is not kept.

    Args:
        name: tells apart what is read.
        read: reads it anew.
        config: the settings file, as `load_settings` takes it.
    """
    sources = _sources(config)
    with _LOCK:
        own = _KEPT.get(config)
        if own and own.sources == sources and name in own.found:
            known: T = own.found[name]
            return known
    made = read()
    with _LOCK:
        # What was read while the file changed may be of either version.
        if _sources(config) == sources:
            own = _KEPT.get(config)
            if own is None or own.sources != sources or len(own.found) >= _MOST:
                if len(_KEPT) >= _MOST_FILES:
                    _KEPT.clear()
                own = _KEPT[config] = _Kept(sources)
            own.found[name] = made
    return made


def _sources(config: Path | None) -> bytes:
    """A mark of everything that settings depend on."""
    path = config or Path(os.environ.get(f"{ENV_PREFIX}CONFIG") or FILE_NAME)
    try:
        text = path.read_bytes()
    except OSError:
        text = b""
    # A day that was in the future may have come.
    day = Reading(config, datetime.now(UTC)).last_day_anywhere
    mark = hashlib.sha256(text)
    for part in (str(config), os.getcwd(), str(day), *(f"{k}={v}" for k, v in sorted(os.environ.items()))):
        mark.update(b"\0" + part.encode("utf-8", "surrogateescape"))
    return mark.digest()
