"""What happened so far, table by table and advertiser by advertiser, until it becomes the run report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from tiktok_ads.extract import Tally
from tiktok_ads.load import Outcome
from tiktok_ads.plan import Slice
from tiktok_ads.runreport import CallCount, Note, Skipped, TableLine, Unloaded
from tiktok_ads.sync.days_read import DaysRead

_SERVER_FAULTS = 50_000
"""Codes from here on say that TikTok's side failed."""


@dataclass
class Entry:
    """One table of one advertiser."""

    slices: int = 0
    rows_read: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    left_out: int = 0
    saved_calls: int = 0
    failed: int = 0
    closed: bool = False
    loaded: int = 0
    tally: Tally = field(default_factory=Tally)


class Book:
    """Keeps count while slices come and go."""

    def __init__(self) -> None:
        self.shared = Tally()
        self._entries: dict[tuple[str, str], Entry] = {}
        self._skipped: list[Skipped] = []
        self._notes: dict[Note, None] = {}
        self.unloaded: tuple[Unloaded, ...] = ()
        self.days_read = DaysRead()
        self.rows = 0
        self.done = 0
        self._calls = 0

    def entry(self, piece: Slice) -> Entry:
        return self._entries.setdefault((piece.stream.name, piece.advertiser_id), Entry())

    def expect(self, pieces: Iterable[Slice]) -> None:
        for piece in pieces:
            self.entry(piece).slices += 1

    def spent(self, piece: Slice, tally: Tally) -> None:
        """Calls that a slice took, whatever came of it."""
        own = self.entry(piece).tally
        self._calls += tally.calls
        own.purposes.update(tally.purposes)
        own.retries += tally.retries
        own.splits += tally.splits

    def loaded(self, piece: Slice) -> None:
        """A slice is loaded whole."""
        self.entry(piece).loaded += 1
        self.done += 1

    def wrote(self, piece: Slice, outcome: Outcome) -> None:
        """Rows of a slice, or of a part of it, are in the destination."""
        entry = self.entry(piece)
        self.rows += outcome.rows
        entry.rows_read += outcome.rows
        entry.inserted += outcome.inserted
        entry.updated += outcome.updated
        entry.deleted += outcome.deleted
        entry.left_out += outcome.left_out
        if outcome.left_out:
            why = "they were forgotten by key, and TikTok still has them."
            told = Note(f"Rows left out: {outcome.left_out}; {why}", piece.stream.name, piece.advertiser_id)
            self.add_notes([told])

    def skip(self, skipped: Skipped, piece: Slice | None = None) -> None:
        """Something is left out; the same cause is told once for each table and advertiser."""
        if piece is not None:
            self.fail(piece)
        self._skipped.append(skipped)

    def closed(self, piece: Slice, why: str) -> None:
        """A table that only a pattern chose, and that was never loaded of this owner, is not open to it."""
        entry = self.entry(piece)
        entry.closed = True
        self.done += 1
        text = f"Not open, so left out, as only a pattern chose it: {why}"
        self._notes[Note(text, piece.stream.name)] = None

    def doubt(self, skipped: Skipped, piece: Slice) -> None:
        """A slice is loaded, but it is not known to be whole."""
        self.entry(piece).failed += 1
        self._skipped.append(skipped)

    def fail(self, piece: Slice) -> None:
        """A slice is left out for a cause that is told already."""
        self.entry(piece).failed += 1
        self.done += 1

    def note(self, text: str, piece: Slice | None = None) -> None:
        table, advertiser = (piece.stream.name, piece.advertiser_id) if piece else ("", "")
        self._notes[Note(text, table, advertiser)] = None

    def add_notes(self, notes: Iterable[Note]) -> None:
        self._notes.update(dict.fromkeys(notes))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(self._skipped)

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(self._notes)

    def read_nothing(self, advertiser_id: str, reports: Collection[str]) -> bool:
        """Whether these tables of the advertiser were all read, and none had a row."""
        found = (self._entries.get((table, advertiser_id)) for table in reports)
        own = [entry for entry in found if entry and entry.slices]
        return bool(own) and not any(entry.rows_read or entry.failed or entry.closed for entry in own)

    def left_out(self, table: str, advertiser_id: str) -> int:
        """Rows that came and were kept out, since they were forgotten by key."""
        entry = self._entries.get((table, advertiser_id))
        return entry.left_out if entry else 0

    @property
    def calls_so_far(self) -> int:
        return self._calls + self.shared.calls

    def is_whole(self, table: str, advertiser_id: str) -> bool:
        """Whether every slice of a table and advertiser is loaded, and none in doubt."""
        entry = self._entries.get((table, advertiser_id))
        return entry is None or (not entry.failed and entry.loaded == entry.slices)

    @property
    def anything_loaded(self) -> bool:
        return any(entry.loaded or entry.rows_read for entry in self._entries.values())

    @property
    def met_silence_alone(self) -> bool:
        """Whether TikTok failed at everything that was asked of it, but for who the advertisers are."""
        loaded = {table for (table, _), entry in self._entries.items() if entry.loaded or entry.rows_read}
        silent = all(one.code is None or one.code >= _SERVER_FAULTS for one in self.skipped)
        return bool(self.skipped) and silent and loaded <= {"advertisers"}

    def calls(self) -> CallCount:
        total: Counter[str] = Counter(self.shared.purposes)
        for entry in self._entries.values():
            total.update(entry.tally.purposes)
        return CallCount({purpose: count for purpose, count in sorted(total.items()) if count})

    def lines(self, complete_to: dict[tuple[str, str], date | None]) -> tuple[TableLine, ...]:
        """One line for each table and advertiser, in the order of the plan."""
        return tuple(
            TableLine(
                table=table,
                advertiser_id=advertiser_id,
                outcome="skipped"
                if entry.closed
                else "complete"
                if not entry.failed
                else "partial"
                if entry.loaded or entry.rows_read
                else "skipped",
                slices=entry.slices,
                rows_read=entry.rows_read,
                inserted=entry.inserted,
                updated=entry.updated,
                deleted=entry.deleted,
                calls=entry.tally.calls,
                retries=entry.tally.retries,
                splits=entry.tally.splits,
                saved_calls=entry.saved_calls,
                complete_to=complete_to.get((table, advertiser_id)),
            )
            for (table, advertiser_id), entry in self._entries.items()
        )
