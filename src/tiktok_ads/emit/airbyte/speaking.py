"""Airbyte's messages: records, one state for each stream, how each stream fares, and errors with remedies."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import pyarrow as pa

from tiktok_ads.client import remedy_of
from tiktok_ads.credentials import mask
from tiktok_ads.emit.airbyte.catalog import Chosen
from tiktok_ads.emit.lines import Lines
from tiktok_ads.emit.marks import as_json, from_json
from tiktok_ads.emit.shape import records
from tiktok_ads.errors import (
    AccessDenied,
    ApiError,
    AuthError,
    ConfigError,
    QuotaExceeded,
    ServerFault,
    TikTokAdsError,
    TransportError,
)
from tiktok_ads.load import TableSpec
from tiktok_ads.plan import Bookmark

Status = Literal["STARTED", "RUNNING", "COMPLETE", "INCOMPLETE"]
Failure = Literal["config_error", "system_error", "transient_error"]


class Airbyte:
    """A `Speaker`."""

    def __init__(self, lines: Lines, streams: Sequence[Chosen], *, marks: Iterable[Bookmark] = ()) -> None:
        self._lines = lines
        self._names = [one.offered.name for one in streams]
        self._marks = {(one.stream, one.advertiser_id): one for one in marks}
        self._running: set[str] = set()
        self._due: dict[str, int] = {}
        self._told_bytes: Counter[str] = Counter()
        self._records: Counter[str] = Counter()

    def begin(self) -> None:
        for name in self._names:
            self._status(name, "STARTED")
        self._lines.flush()

    def rows(self, spec: TableSpec, rows: pa.Table, *, run_id: str, at: datetime) -> None:
        if rows.num_rows and spec.name not in self._running:
            self._running.add(spec.name)
            self._status(spec.name, "RUNNING")
        emitted = int(time.time() * 1000)
        before = self._lines.written
        for record in records(spec, rows, ours={"_synced_at": at, "_run_id": run_id}, only=None):
            told = {"stream": spec.name, "data": record, "emitted_at": emitted}
            self._lines.say({"type": "RECORD", "record": told})
        self._records[spec.name] += rows.num_rows
        self._due[spec.name] = self._due.get(spec.name, 0) + self._lines.written - before

    def reached(self, marks: Mapping[tuple[str, str], Bookmark], changed: Collection[str]) -> None:
        self._marks = dict(marks)
        for name in changed:
            self._due.setdefault(name, 0)
        # A state names every advertiser: told after each slice, it would soon outweigh the rows.
        for name in [name for name, rows in self._due.items() if rows >= self._told_bytes[name]]:
            self._tell(name)
        self._lines.flush()

    def end(self, complete: Collection[str]) -> None:
        """Say how far every stream is that has not said so yet, and which of them are complete."""
        for name in list(self._due):
            self._tell(name)
        for name in self._names:
            if name not in self._told_bytes:
                self._tell(name)
            self._status(name, "COMPLETE" if name in complete else "INCOMPLETE")
        self._lines.flush()

    def _tell(self, name: str) -> None:
        own = [as_json(one) for (stream, _), one in self._marks.items() if stream == name]
        state = {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": name}, "stream_state": {"advertisers": own}},
            "sourceStats": {"recordCount": float(self._records.pop(name, 0))},
        }
        self._told_bytes[name] = self._lines.say({"type": "STATE", "state": state})
        self._due.pop(name, None)

    def _status(self, name: str, status: Status) -> None:
        told = {"stream_descriptor": {"name": name}, "status": status}
        self._lines.say(_trace("STREAM_STATUS", "stream_status", told))


def marks_of(state: object, names: Collection[str]) -> list[Bookmark]:
    """The bookmarks of a state of these streams; none where it is empty.

    Raises:
        ConfigError: it is not ours.
    """
    if not state:
        return []
    if not isinstance(state, list):
        raise ConfigError("The state is no list of messages.", "Clear the connection's state.")
    found: list[Bookmark] = []
    for one in state:
        told = one.get("state", one) if isinstance(one, Mapping) else None
        stream = told.get("stream") if isinstance(told, Mapping) else None
        if not isinstance(stream, Mapping) or not isinstance(stream.get("stream_descriptor"), Mapping):
            raise ConfigError("The state holds no states of streams.", "Clear the connection's state.")
        name, kept = stream["stream_descriptor"].get("name"), stream.get("stream_state")
        if name in names and kept:
            found += from_json(str(name), kept.get("advertisers") if isinstance(kept, Mapping) else None)
    return found


def log_message(level: Literal["INFO", "WARN", "ERROR"], text: str) -> dict[str, object]:
    return {"type": "LOG", "log": {"level": level, "message": mask(text)}}


def error_message(error: Exception) -> dict[str, object]:
    """An error as Airbyte shows it: what happened and what helps, without a secret."""
    if isinstance(error, TikTokAdsError):
        message = remedied(error)
        failure = _failure(error)
    else:
        message, failure = "Something went wrong that should not have.", "system_error"
    told = {
        "message": message,
        "internal_message": mask(f"{type(error).__name__}: {error}"),
        "failure_type": failure,
    }
    return _trace("ERROR", "error", told)


def left_out_message(what: str) -> dict[str, object]:
    """A run that left something out: it must be seen, and trying again may help."""
    told = {"message": mask(what), "internal_message": "partial", "failure_type": "transient_error"}
    return _trace("ERROR", "error", told)


def remedied(error: TikTokAdsError) -> str:
    """An error with its remedy in one text."""
    if isinstance(error, ConfigError):
        return mask(str(error))
    remedy = remedy_of(error) if isinstance(error, (ApiError, TransportError)) else ""
    return mask(f"{error} {remedy}".rstrip())


def _failure(error: TikTokAdsError) -> Failure:
    if isinstance(error, (ConfigError, AuthError, AccessDenied)):
        return "config_error"
    if isinstance(error, (TransportError, ServerFault, QuotaExceeded)):
        return "transient_error"
    return "system_error"


def _trace(kind: str, name: str, told: Mapping[str, object]) -> dict[str, object]:
    return {"type": "TRACE", "trace": {"type": kind, "emitted_at": int(time.time() * 1000), name: told}}
