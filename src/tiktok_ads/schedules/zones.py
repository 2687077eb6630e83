"""The names of all time zones that this machine knows."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def zone_names() -> tuple[str, ...]:
    """IANA names in order. Python looks through some six hundred files for them, so it is asked once."""
    return tuple(sorted(available_timezones()))
