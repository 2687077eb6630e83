"""The figures of this process: a table of names, and their values as they stand. Exporters only read them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Figure:
    """`kind`: a counter only grows, a gauge is as it was last. `labels` are what its values differ by."""

    name: str
    kind: Literal["counter", "gauge"]
    unit: str
    doc: str
    labels: tuple[str, ...] = ()


FIGURES: tuple[Figure, ...] = (
    Figure("calls", "counter", "", "Calls to TikTok by endpoint and what came of them.", ("path", "outcome")),
    Figure("retries", "counter", "", "Calls that repeated an earlier one.", ("path",)),
    Figure("received", "counter", "bytes", "What TikTok answered, unpacked.", ("path",)),
    Figure(
        "wait", "counter", "seconds", "Time that calls waited for the quota or before a retry.", ("path",)
    ),
    Figure("call_time", "counter", "seconds", "Time from question to whole answer.", ("path",)),
    Figure("slices", "counter", "", "Slices that were read, by table.", ("table", "outcome")),
    Figure("rows", "counter", "", "Rows that came, by table.", ("table",)),
    Figure("rows_changed", "counter", "", "Rows inserted, updated and deleted, by table.", ("table", "how")),
    Figure("skipped", "counter", "", "Things that runs left out, by table.", ("table",)),
    Figure("runs", "counter", "", "Runs by job and outcome.", ("job", "outcome")),
    Figure("run_time", "gauge", "seconds", "How long the last run took.", ("job",)),
    Figure("run_finished", "gauge", "seconds", "When the last run ended, since 1970.", ("job", "outcome")),
    Figure(
        "lag", "gauge", "days", "Days from the last one that every advertiser has to today.", ("job", "table")
    ),
    Figure("quota_used_today", "gauge", "", "Calls of the app since 00:00 UTC, as far as known.", ("tier",)),
    Figure("quota_per_day", "gauge", "", "Calls a day that TikTok allows the app.", ("tier",)),
)
BY_NAME = {figure.name: figure for figure in FIGURES}


class Figures:
    """The values, for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, dict[Labels, float]] = {figure.name: {} for figure in FIGURES}

    def add(self, name: str, amount: float, labels: Labels) -> None:
        with self._lock:
            known = self._values[name]
            known[labels] = known.get(labels, 0.0) + amount

    def put(self, name: str, value: float, labels: Labels) -> None:
        with self._lock:
            self._values[name][labels] = value

    def values(self, name: str) -> list[tuple[Labels, float]]:
        with self._lock:
            return list(self._values[name].items())
