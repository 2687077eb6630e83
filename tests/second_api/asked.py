"""One request as it arrived, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass
class Asked:
    """One request and what became of it. `off_calendar` counts days outside the account's life."""

    path: str
    params: dict[str, str]
    at: float
    code: int = 0
    message: str = ""
    off_calendar: int = 0

    @property
    def advertiser_id(self) -> str:
        return self.params.get("advertiser_id", "")

    @property
    def window(self) -> tuple[date, date] | None:
        if "start_date" not in self.params:
            return None
        return date.fromisoformat(self.params["start_date"]), date.fromisoformat(self.params["end_date"])


def days_asked_twice(requests: Iterable[Asked]) -> list[str]:
    """Report days that two of the requests asked for in the same words."""
    seen: dict[str, set[date]] = {}
    twice = []
    for asked in requests:
        if asked.window is None or asked.code:
            continue
        rest = {k: v for k, v in asked.params.items() if k not in ("start_date", "end_date")}
        key = json.dumps([asked.path, rest], sort_keys=True)
        first, last = asked.window
        days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        if days & seen.setdefault(key, set()):
            twice.append(f"{asked.params}")
        seen[key] |= days
    return twice
