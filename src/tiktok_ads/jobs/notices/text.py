"""A notice in words: what happened, to what, what to do next, whom to quote to TikTok, and when."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tiktok_ads.config.job import Event
from tiktok_ads.credentials.masking import mask
from tiktok_ads.jobs.history import JobRun
from tiktok_ads.jobs.notices.events import Lateness, facts_left_out, facts_unloaded

MOST_FACTS = 10
_LINE = 600
_SUBJECT = 150
_HEAD = {
    "failed": "{job} failed",
    "partial": "{job} left something out",
    "recovered": "{job} is well again",
    "stale": "{job} is stale",
    "nothing": "{job} loaded nothing of what was spent",
}
# They turn the order of letters or hide some: what is shown would not be what is there.
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class Fact:
    """One thing that a notice is about; blank where it does not apply."""

    what: str
    remedy: str = ""
    table: str = ""
    advertiser_id: str = ""
    days: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Notice:
    """What is told. All of it is plain text in lines without anything that a terminal or mail would obey.

    `id` is the same however often the notice is sent. `run` is empty if it is about no run.
    """

    id: str
    event: Event | str
    job: str
    run: str
    at: datetime
    subject: str
    text: str
    facts: tuple[Fact, ...] = ()


def notice_of_run(event: Event, run: JobRun, *, description: str = "", at: datetime) -> Notice:
    """What is told of a run that is over, its report at hand."""
    facts = _unloaded(run) if event == "nothing" else () if event == "recovered" else _left_out(run)
    what = {
        "failed": "The run failed, and so did its retries." if run.attempt > 1 else "The run failed.",
        "partial": "The run loaded what it could and left something out. What it loaded stays.",
        "recovered": "The last run was complete: nothing was left out.",
        "nothing": "Money was spent in days of which the reports of this run have no row.",
    }[event]
    ended = [f"Started: {_moment(run.started_at)}, try {run.attempt}"]
    if run.finished_at:
        ended.append(f"Ended: {_moment(run.finished_at)}")
    if run.rows_read is not None:
        ended.append(f"Rows read: {run.rows_read:,}")
    return _notice(event, run.job, description, run.id, at, what, facts, ended)


def notice_of_staleness(job: str, late: Lateness, *, description: str = "", at: datetime) -> Notice:
    """What is told of a job that has loaded nothing for too long."""
    since = f"since {_moment(late.since)}"
    what = f"No run has loaded anything {since}." if late.ever else f"No run was good {since}, when it began."
    fact = Fact(
        what,
        "Look whether the app or the schedule still runs, and what the last run says: "
        f"`tiktok-ads jobs history {job}`.",
    )
    return _notice("stale", job, description, "", at, "", (fact,), [], late.since.isoformat())


def notice_to_try(channel: str, *, at: datetime) -> Notice:
    """What a channel is tried out with."""
    text = "This is a test: notices about datasets will come here."
    return Notice(uuid.uuid4().hex, "test", "", "", at, _subject(f"Test of {channel}"), f"{text}\n")


def clean(text: str, most: int = _LINE) -> str:
    """The text on one line, secrets hidden, without what is not shown or changes how the rest is."""
    shown = (" " if unicodedata.category(one) in _HIDDEN else one for one in mask(text))
    line = " ".join("".join(shown).split())
    return line if len(line) <= most else f"{line[: most - 2]} …"


def _notice(
    event: Event,
    job: str,
    description: str,
    run: str,
    at: datetime,
    what: str,
    facts: Sequence[Fact],
    ended: Sequence[str],
    about: str = "",
) -> Notice:
    lines = [clean(f"Dataset: {job}{f' ({description})' if description else ''}")]
    lines += [what] if what else []
    for fact in facts[:MOST_FACTS]:
        lines += ["", *_lines(fact)]
    if len(facts) > MOST_FACTS:
        lines += ["", f"And {len(facts) - MOST_FACTS:,} more: `tiktok-ads jobs history {job}` and the app."]
    lines += ["", *ended, *([f"Run: {run}"] if run else []), f"Told: {_moment(at)}"]
    subject = _subject(_HEAD[event].format(job=job))
    # The same for every channel and every try, so that a receiver knows it again.
    told = uuid.uuid5(uuid.NAMESPACE_OID, f"{event}|{job}|{run or about}").hex
    return Notice(told, event, job, run, at, subject, "\n".join(lines) + "\n", tuple(facts[:MOST_FACTS]))


def _subject(text: str) -> str:
    return clean(f"TikTok Ads: {text}", _SUBJECT)


def _lines(fact: Fact) -> list[str]:
    named = (
        ("What happened", fact.what),
        ("What to do", fact.remedy),
        ("Table", fact.table),
        ("Advertiser", fact.advertiser_id),
        ("Days", fact.days),
        ("TikTok's request", fact.request_id),
    )
    return [f"{name}: {value}" for name, value in named if value]


def _left_out(run: JobRun) -> tuple[Fact, ...]:
    found = tuple(_fact(one) for one in facts_left_out(run))
    return found or (Fact(clean(run.problem) or "It did not say why.", clean(run.remedy)),)


def _unloaded(run: JobRun) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            clean(
                f"{one.get('amount', '')} {one.get('currency', '')}".strip() + " was spent, and no row came."
            ),
            "Look whether the tables cover it: GMV Max, for one, has tables of its own. "
            "`tiktok-ads backfill` reads the days again.",
            advertiser_id=clean(str(one.get("advertiser_id", "")), 40),
            days=clean(str(one.get("days", "")), 60),
        )
        for one in facts_unloaded(run)
    )


def _fact(told: Mapping[str, Any]) -> Fact:
    def said(name: str) -> str:
        return clean(str(told.get(name) or ""))

    return Fact(
        said("what"), said("remedy"), said("table"), said("advertiser_id"), said("window"), said("request_id")
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
