"""Singer's messages: SCHEMA before rows, RECORD for each, STATE after what it speaks for, versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from tiktok_ads.emit.lines import Lines
from tiktok_ads.emit.marks import as_json, from_json
from tiktok_ads.emit.shape import json_schema, keys_of, records
from tiktok_ads.emit.singer.catalog import Selected
from tiktok_ads.errors import ConfigError
from tiktok_ads.load import TableSpec
from tiktok_ads.plan import Bookmark


class Singer:
    """A `Speaker`. `version` marks the rows of streams that are read whole."""

    def __init__(
        self,
        lines: Lines,
        streams: Sequence[Selected],
        *,
        marks: Iterable[Bookmark] = (),
        version: int,
    ) -> None:
        self._lines, self._version = lines, version
        self._streams = {one.offered.name: one for one in streams}
        self._columns: dict[str, list[str]] = {}
        self._marks = {(one.stream, one.advertiser_id): one for one in marks}
        self._told_at, self._told_bytes, self._is_told = 0, 0, False

    def begin(self) -> None:
        """Describe every stream, those without a row as well, so that their tables are made."""
        for one in self._streams.values():
            self._describe(one.offered.spec)

    def rows(self, spec: TableSpec, rows: pa.Table, *, run_id: str, at: datetime) -> None:
        one = self._streams[spec.name]
        if rows.schema.names != self._columns[spec.name] and not set(rows.schema.names) <= set(
            self._columns[spec.name]
        ):
            # TikTok sends a field that it did not send before.
            self._describe(spec)
        told: dict[str, object] = {"type": "RECORD", "stream": spec.name, "time_extracted": at}
        if one.whole:
            told["version"] = self._version
        ours = {"_synced_at": at, "_run_id": run_id}
        for record in records(spec, rows, ours=ours, only=one.only):
            self._lines.say({**told, "record": record})

    def reached(self, marks: Mapping[tuple[str, str], Bookmark], changed: Collection[str]) -> None:
        self._marks, self._is_told = dict(marks), False
        # A state names every advertiser: told after each slice, it would soon outweigh the rows.
        if self._lines.written - self._told_at >= self._told_bytes:
            self.tell_state()
        self._lines.flush()

    def tell_state(self) -> None:
        """Say how far everything is, unless that was said already."""
        if not self._is_told:
            self._told_bytes = self._lines.say({"type": "STATE", "value": state_of(self._marks.values())})
            self._told_at, self._is_told = self._lines.written, True
        self._lines.flush()

    def activate(self, names: Collection[str]) -> None:
        """Say that these streams are whole: rows of earlier versions are gone."""
        for name in sorted(names):
            self._lines.say({"type": "ACTIVATE_VERSION", "stream": name, "version": self._version})
            self._is_told = False

    def _describe(self, spec: TableSpec) -> None:
        one = self._streams[spec.name]
        schema = json_schema(spec)
        if one.only is not None:
            properties = schema["properties"]
            assert isinstance(properties, dict)  # noqa: S101
            known = set(one.offered.spec.schema.names)
            kept = {
                n: p
                for n, p in properties.items()
                if n in one.only or n not in {*known, "_synced_at", "_run_id"}
            }
            schema = {**schema, "properties": kept}
        cursor = one.offered.cursor
        self._columns[spec.name] = spec.schema.names
        self._lines.say(
            {
                "type": "SCHEMA",
                "stream": spec.name,
                "schema": schema,
                "key_properties": list(keys_of(spec)),
                "bookmark_properties": [cursor] if cursor and not one.whole else [],
            }
        )


def state_of(marks: Iterable[Bookmark]) -> dict[str, object]:
    """All bookmarks as Singer's state: by stream, one partition for each advertiser."""
    found: dict[str, dict[str, list[dict[str, object]]]] = {}
    for one in marks:
        told = as_json(one)
        context = {"context": {"advertiser_id": told.pop("advertiser_id")}}
        found.setdefault(one.stream, {"partitions": []})["partitions"].append({**context, **told})
    return {"bookmarks": found}


def marks_of(state: object) -> list[Bookmark]:
    """The bookmarks of a state; none where it is empty.

    Raises:
        ConfigError: it is not ours.
    """
    if not state:
        return []
    if isinstance(state, Mapping) and state.get("type") == "STATE":
        state = state.get("value")
    bookmarks = state.get("bookmarks", {}) if isinstance(state, Mapping) else None
    if not isinstance(bookmarks, Mapping):
        raise ConfigError("The state is not one that this program wrote.", "Start without a state.")
    found: list[Bookmark] = []
    for stream, told in bookmarks.items():
        partitions = told.get("partitions", []) if isinstance(told, Mapping) else None
        entries = [{**one, **one.get("context", {})} for one in partitions or [] if isinstance(one, Mapping)]
        found += from_json(str(stream), entries if partitions is not None else None)
    return found
