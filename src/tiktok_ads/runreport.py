"""What a run is going to do, what it did, what it left out and why; plain values for people and machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

OutcomeWord = Literal["complete", "partial", "failed"]
EXIT_CODES: dict[OutcomeWord, int] = {"complete": 0, "failed": 1, "partial": 3}

PURPOSES: dict[str, str] = {
    "account": "who the advertisers are, their zones and currencies",
    "probe": "whether a window has anything to fetch, asked at the advertiser level",
    "ids": "the shops, pixels, ads and the like that some reports are asked with",
    "compare": "what campaigns came to by day, to read again only what has changed",
    "first_page": "the first page of each list or report",
    "more_pages": "the pages after the first",
    "top_view": "TopView, which needs calls of its own",
    "reread": "lists read again because rows moved between their pages",
    "confirm": "answers that were empty or far smaller than before, asked again",
    "split": "parts of reports that were too large for one call",
    "task": "asynchronous reports: create, check, download",
    "outside": "spend that no table covers (GMV Max), for the run report",
    "reconcile": "the advertisers' own totals by day, which the tables are held against",
    "settle": "what a refusal means: the advertiser or the table",
    "retry": "calls repeated after a passing fault",
}


@dataclass(frozen=True)
class CallCount:
    """Calls by purpose (the keys of `PURPOSES`)."""

    by_purpose: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.by_purpose.values())

    def to_json(self) -> dict[str, object]:
        return {"total": self.total, **{k: v for k, v in self.by_purpose.items() if v}}


@dataclass(frozen=True)
class QuotaUse:
    """The app's quota, and how much of the day's calls all processes of this machine have used."""

    tier: str
    per_second: int
    per_day: int
    used_today: int | None

    @property
    def share_of_day(self) -> float | None:
        return None if self.used_today is None else self.used_today / self.per_day


@dataclass(frozen=True)
class TableLine:
    """One table of one advertiser in one run.

    `complete_to` is the last day up to which every day since the start date is loaded (reports), or the
    day of the last complete list (entities). `calls` counts retries too.
    """

    table: str
    advertiser_id: str
    outcome: Literal["complete", "partial", "skipped"] = "complete"
    slices: int = 0
    rows_read: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    calls: int = 0
    retries: int = 0
    splits: int = 0
    saved_calls: int = 0
    complete_to: date | None = None


@dataclass(frozen=True)
class Skipped:
    """Something that was left out, and what the reader can do about it."""

    what: str
    remedy: str
    table: str = ""
    advertiser_id: str = ""
    window: str = ""
    request_id: str = ""
    code: int | None = None


@dataclass(frozen=True)
class Note:
    """Something worth knowing that left nothing out."""

    text: str
    table: str = ""
    advertiser_id: str = ""


@dataclass(frozen=True)
class Unloaded:
    """What an advertiser spent in days of which a run read no row of any report."""

    advertiser_id: str
    days: str
    amount: Decimal
    currency: str = ""


CAUSES: dict[str, str] = {
    "running": "the day is not over: its numbers move between two questions",
    "restated": "TikTok changed the day between the two questions",
    "deleted": "deleted objects, which the setting include_deleted leaves out",
    "top_view": "TopView, which a table about the whole advertiser does not hold",
    "forgotten": "rows that were forgotten by key and are kept out",
    "kept": "rows that TikTok gives no longer, and that a table that merges keeps",
    "cut": "rows that TikTok leaves out at this level and counts among the campaigns",
    "late": "a breakdown that comes up to a day after the totals",
    "breakdown": "what TikTok books on no part of a breakdown",
    "unexplained": "no known cause",
}
"""Why a day of a table does not add up to the advertiser's own total."""


@dataclass(frozen=True)
class Agreement:
    """Days of a table and advertiser that were held against the advertiser's own total, and how many agree.

    `causes` counts the others by cause (the keys of `CAUSES`); `apart` is how much more was spent by the
    total on those.
    """

    table: str
    advertiser_id: str
    days: int
    agreed: int
    causes: dict[str, int] = field(default_factory=dict)
    apart: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanLine:
    """What one table of one advertiser will ask."""

    table: str
    advertiser_id: str
    slices: int
    calls: int
    first_day: date | None = None
    last_day: date | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanReport:
    """What a sync would ask, before it runs.

    `calls` is what is expected; `least_calls` is what remains when every probe finds nothing to fetch.
    A first load cannot know how many rows there are: each thousand of them beyond the first in a window
    is one more call, which the run report counts under `more_pages`.
    """

    calls: CallCount
    least_calls: int
    seconds: float
    lines: tuple[PlanLine, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    quota: QuotaUse

    @property
    def outcome(self) -> OutcomeWord:
        return "partial" if self.skipped else "complete"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]

    def to_json(self) -> dict[str, object]:
        return {
            "outcome": self.outcome,
            "calls": self.calls.to_json(),
            "least_calls": self.least_calls,
            "seconds": round(self.seconds, 1),
            "quota": plain(self.quota),
            "tables": [plain(line) for line in self.lines],
            "skipped": [plain(one) for one in self.skipped],
            "notes": [plain(one) for one in self.notes],
        }


@dataclass(frozen=True)
class RunReport:
    """What a run did. `planned` and `made` count the same calls by the same purposes.

    `zones` are those of the advertisers, IANA names in order. `unloaded` is money spent without any row.
    `agreement` tells of the tables that must add up to the advertisers' own totals.
    """

    run_id: str
    started_at: datetime
    finished_at: datetime
    outcome: OutcomeWord
    destination: str
    planned: CallCount
    made: CallCount
    lines: tuple[TableLine, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    quota: QuotaUse
    zones: tuple[str, ...] = ()
    unloaded: tuple[Unloaded, ...] = ()
    agreement: tuple[Agreement, ...] = ()

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]

    @property
    def saved_calls(self) -> int:
        """First pages that probes made needless."""
        return sum(line.saved_calls for line in self.lines)

    def beyond_plan(self) -> dict[str, int]:
        """Purpose → calls made beyond those planned (below 0: fewer); saved ones are no difference."""
        expected = dict(self.planned.by_purpose)
        expected["first_page"] = expected.get("first_page", 0) - self.saved_calls
        purposes = {*expected, *self.made.by_purpose}
        difference = {
            one: self.made.by_purpose.get(one, 0) - expected.get(one, 0) for one in sorted(purposes)
        }
        return {purpose: calls for purpose, calls in difference.items() if calls}

    def freshness(self) -> dict[str, date | None]:
        """Table → the last day to which it is complete for every advertiser (None: for one it is not)."""
        days: dict[str, date | None] = {}
        for line in self.lines:
            known = days.get(line.table, line.complete_to)
            both = known is not None and line.complete_to is not None
            days[line.table] = min(known, line.complete_to) if both else None  # type: ignore[type-var]
        return days

    def to_json(self) -> dict[str, object]:
        return {
            "run_id": self.run_id,
            "outcome": self.outcome,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "seconds": round((self.finished_at - self.started_at).total_seconds(), 3),
            "destination": self.destination,
            "calls": {
                "planned": self.planned.to_json(),
                "made": self.made.to_json(),
                "saved_by_probes": self.saved_calls,
                "beyond_plan": self.beyond_plan(),
            },
            "quota": plain(self.quota),
            "rows": {
                "read": sum(line.rows_read for line in self.lines),
                "inserted": sum(line.inserted for line in self.lines),
                "updated": sum(line.updated for line in self.lines),
                "deleted": sum(line.deleted for line in self.lines),
            },
            "freshness": {table: day and day.isoformat() for table, day in self.freshness().items()},
            "tables": [plain(line) for line in self.lines],
            "skipped": [plain(one) for one in self.skipped],
            "notes": [plain(one) for one in self.notes],
            "unloaded": [plain(one) for one in self.unloaded],
            "agreement": [plain(one) for one in self.agreement],
        }


@dataclass(frozen=True)
class ProgressEvent:
    """How far a run is.

    `kind`: `planned` once with `total` slices and `calls_expected`; then `slice` after each slice that was
    read, `loaded` after each commit, `wait` when the quota or TikTok makes us pause for `seconds`.
    `done`, `rows` and `calls` are sums since the run began.
    """

    kind: Literal["planned", "slice", "loaded", "wait", "finished"]
    table: str = ""
    advertiser_id: str = ""
    done: int = 0
    total: int = 0
    rows: int = 0
    calls: int = 0
    calls_expected: int = 0
    seconds: float = 0.0


Progress = Callable[[ProgressEvent], None]


def plain(value: object) -> object:
    """A dataclass as JSON can hold it: dates as ISO text, tuples as lists."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return plain(asdict(value))  # type: ignore[call-overload]
    return value
