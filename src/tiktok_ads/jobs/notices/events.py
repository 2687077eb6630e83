"""What a run that is over means for those who want to hear of it, and for which causes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tiktok_ads.config.job import Event, Job
from tiktok_ads.jobs.history import JobRun

BAD: tuple[Event, ...] = ("failed", "partial", "stale")
"""What a complete run recovers from."""
_REQUEST = re.compile(r"request \S+")
# Numbers come and go between runs; the code of an error is what it is.
_NUMBER = re.compile(r"(?<!code )\b\d+(?:[.,:\-T]\d+)*\b")


@dataclass(frozen=True)
class Happened:
    """One thing to tell: what it is, and its causes; it is news while one of these was not told."""

    event: Event
    causes: frozenset[str]


@dataclass(frozen=True)
class Lateness:
    """Since when nothing was loaded; if nothing `ever` was, since the first run."""

    since: datetime
    ever: bool


def happened(run: JobRun) -> list[Happened]:
    """What there is to tell of a run that is over, its report at hand. Of a stopped one there is nothing."""
    found: list[Happened] = []
    if run.outcome == "failed":
        left_out = facts_left_out(run)
        causes = [*map(_cause, left_out)] if left_out else [_mark(run.problem)]
        found.append(Happened("failed", frozenset(causes)))
    elif run.outcome == "partial":
        found.append(Happened("partial", frozenset(map(_cause, facts_left_out(run))) or frozenset({"?"})))
    elif run.outcome == "complete":
        found.append(Happened("recovered", frozenset({run.id})))
    if spent := facts_unloaded(run):
        found.append(Happened("nothing", frozenset(str(one.get("advertiser_id", "")) for one in spent)))
    return found


def lateness(job: Job, *, now: datetime, last_good: JobRun | None, first: JobRun | None) -> Lateness | None:
    """Since when a job is stale; None if it is not, or nobody asked.

    Args:
        job: how long is too long stands in it; one that is paused waits on purpose.
        now: the present.
        last_good: its last run that loaded something.
        first: its first run of all.
    """
    if job.stale_after_hours is None or job.paused:
        return None
    since = last_good.finished_at if last_good else first.started_at if first else None
    if since is None or now - since <= timedelta(hours=job.stale_after_hours):
        return None
    return Lateness(since, last_good is not None)


def facts_left_out(run: JobRun) -> list[Mapping[str, Any]]:
    """What the report of a run names as left out."""
    return _listed(run, "skipped")


def facts_unloaded(run: JobRun) -> list[Mapping[str, Any]]:
    """What the report of a run names as spent without any row."""
    return _listed(run, "unloaded")


def _listed(run: JobRun, name: str) -> list[Mapping[str, Any]]:
    found = (run.report or {}).get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, Iterable) else []


def _cause(left_out: Mapping[str, Any]) -> str:
    code = left_out.get("code")
    what = f"code {code}" if code is not None else str(left_out.get("what", ""))
    return _mark(f"{what}|{left_out.get('table', '')}", str(left_out.get("advertiser_id", "")))


def _mark(text: str, whose: str = "") -> str:
    """What tells a cause from another: its words without request ids and numbers, and whose it is."""
    known = f"{_NUMBER.sub('#', _REQUEST.sub('', text))}|{whose}"
    return hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()[:20]
