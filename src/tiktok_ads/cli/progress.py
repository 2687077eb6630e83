"""How far a run is, live on the terminal: rows, calls per second and time left, and slices by table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tiktok_ads.cli import logs
from tiktok_ads.runreport import Progress, ProgressEvent

_SECONDS_BETWEEN_LINES = 30.0


@dataclass
class Tally:
    """What the events said so far; `tables` holds slices and rows by table, from the growth of the sums."""

    started: float
    last: ProgressEvent = field(default_factory=lambda: ProgressEvent("planned"))
    total: int = 0
    calls_expected: int = 0
    waiting_until: float = 0.0
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, event: ProgressEvent, *, now: float) -> None:
        self.total = event.total or self.total
        self.calls_expected = event.calls_expected or self.calls_expected
        if event.kind == "wait":
            self.waiting_until = now + event.seconds
            return
        if event.table and event.kind in ("slice", "loaded"):
            slices, rows = self.tables.get(event.table, (0, 0))
            grown = max(event.done - self.last.done, 0), max(event.rows - self.last.rows, 0)
            self.tables[event.table] = (slices + grown[0], rows + grown[1])
        self.last = event

    def set(self, event: ProgressEvent, tables: Mapping[str, tuple[int, int]], *, now: float) -> None:
        """Take over the sums of somebody else who has heard every event."""
        self.total, self.calls_expected = event.total or self.total, event.calls_expected
        self.waiting_until = now + event.seconds if event.seconds else 0.0
        self.tables, self.last = dict(tables), event

    def calls_per_second(self, now: float) -> float:
        return self.last.calls / max(now - self.started, 0.001)

    def seconds_left(self, now: float) -> float | None:
        """By calls where the plan knows them, by slices otherwise; None until something is known."""
        done, total = self.last.calls, self.calls_expected
        if not total or done > total:
            done, total = self.last.done, self.total
        if not done or not total:
            return None
        return max((now - self.started) / done * (total - done), 0.0) + max(self.waiting_until - now, 0.0)

    def in_words(self, now: float) -> str:
        left = self.seconds_left(now)
        parts = [
            f"{self.last.done}/{counted(self.total, 'slice')}"
            if self.total
            else "asking for the advertisers",
            counted(self.last.rows, "row"),
            f"{counted(self.last.calls, 'call')}, {self.calls_per_second(now):.1f} a second",
        ]
        if left is not None and self.last.done < self.total:
            parts.append(f"about {duration(left)} left")
        if self.waiting_until > now:
            parts.append(f"waiting {duration(self.waiting_until - now)} for the quota")
        return " · ".join(parts)


def counted(number: int, thing: str) -> str:
    """`1 row`, `1,000 rows`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@contextmanager
def live_progress(*, clock: Callable[[], float] = time.monotonic) -> Iterator[Progress]:
    """A function for the run to call; on stderr, so that stdout stays for results."""
    tally = Tally(started=clock())
    with shown(tally, clock=clock) as moved:

        def progress(event: ProgressEvent) -> None:
            tally.add(event, now=clock())
            moved(event)

        yield progress


@contextmanager
def shown(tally: Tally, *, clock: Callable[[], float] = time.monotonic) -> Iterator[Progress]:
    """Show a tally for as long as this is open; the function must hear when it has changed, and by what."""
    if logs.is_json() or not sys.stderr.isatty():
        yield _lines(tally, clock)
        return
    console = Console(stderr=True, highlight=False)
    # The screen asks for the picture four times a second; events only change the sums.
    with Live(
        get_renderable=lambda: _picture(tally, clock()), console=console, refresh_per_second=4, transient=True
    ):
        yield lambda _: None


def _lines(tally: Tally, clock: Callable[[], float]) -> Progress:
    """Where no screen is: a line at the plan and then one now and then, for a log."""
    said = [clock()]

    def progress(event: ProgressEvent) -> None:
        now = clock()
        due = now - said[0] >= _SECONDS_BETWEEN_LINES
        ended = event.kind == "finished" and logs.is_json()
        if due or ended or event.kind == "planned" or (event.kind == "wait" and event.seconds >= 5):
            said[0] = now
            logs.tell(
                tally.in_words(now),
                slices=tally.last.done,
                slices_planned=tally.total,
                rows=tally.last.rows,
                calls=tally.last.calls,
            )

    return progress


def _picture(tally: Tally, now: float) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right")
    for name, (slices, rows) in tally.tables.items():
        table.add_row(name, counted(slices, "slice"), counted(rows, "row"))
    bar = ProgressBar(total=tally.total or None, completed=tally.last.done, width=40, pulse=not tally.total)
    return Group(table, bar, Text(tally.in_words(now)))
