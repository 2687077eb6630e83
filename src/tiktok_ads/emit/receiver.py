"""Takes the place of a destination: hands on what a run would load, and keeps its bookmarks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

import pyarrow as pa

from tiktok_ads.emit.seen import Seen
from tiktok_ads.errors import LoadError
from tiktok_ads.load import Load, Outcome, TableSpec
from tiktok_ads.plan import Bookmark, Window


class Speaker(Protocol):
    """Writes the messages of one protocol; one call at a time."""

    def rows(self, spec: TableSpec, rows: pa.Table, *, run_id: str, at: datetime) -> None:
        """Hand rows on.

        Raises:
            OSError: nobody takes them any more.
        """

    def reached(self, marks: Mapping[tuple[str, str], Bookmark], changed: Collection[str]) -> None:
        """Everything before is handed on; these are all bookmarks, those of the streams `changed` are new."""


class Receiver:
    """A `Destination` that holds no rows. Rows are handed on first and their bookmarks after."""

    def __init__(self, speaker: Speaker, marks: Iterable[Bookmark] = ()) -> None:
        self._speaker = speaker
        self.marks = {(one.stream, one.advertiser_id): one for one in marks}
        self._seen = Seen()

    def bookmarks(self) -> dict[tuple[str, str], Bookmark]:
        return dict(self.marks)

    def commit(self, loads: Sequence[Load], *, run_id: str, at: datetime) -> list[Outcome]:
        try:
            for load in loads:
                self._speaker.rows(load.spec, load.rows, run_id=run_id, at=at)
                self._seen.add(load)
            # Only now: a bookmark that went before its rows would lose them.
            self.marks.update(
                {(one.bookmark.stream, one.bookmark.advertiser_id): one.bookmark for one in loads}
            )
            self._speaker.reached(self.marks, {one.spec.name for one in loads})
        except OSError as error:
            raise LoadError(f"nobody takes the messages any more ({error.strerror}).", "stdout") from error
        return [Outcome(load.rows.num_rows, load.rows.num_rows, 0, 0) for load in loads]

    def count_rows(self, table: str, advertiser_id: str, window: Window | None) -> int:
        return self._seen.count(table, advertiser_id, window)

    def rows_by_day(
        self, spec: TableSpec, *, since: date | None = None, owners: Sequence[str] = ()
    ) -> dict[tuple[str, date | None], int]:
        return {}

    def campaign_ids(self, advertiser_id: str) -> list[str]:
        return self._seen.campaign_ids(advertiser_id)

    def names_campaigns(self, table: str, advertiser_id: str, window: Window) -> bool:
        return False

    def totals(
        self, table: str, advertiser_id: str, window: Window, columns: Sequence[str]
    ) -> dict[str, Decimal]:
        return self._seen.totals(table, advertiser_id, window, columns)

    def daily_totals(
        self, table: str, owners: Sequence[str], window: Window, columns: Sequence[str]
    ) -> dict[tuple[str, date], dict[str, Decimal]]:
        return self._seen.by_day(table, owners, window, columns)

    def spend_without_ad(self) -> list[tuple[str, int, Decimal]]:
        return []

    def save_run(self, run: Mapping[str, object], quality: pa.Table | None = None) -> None:
        """Whoever takes the rows keeps reports of its own."""

    def runs(self, limit: int) -> list[dict[str, object]]:
        return []

    def forget(self, tables: Sequence[str], advertiser_ids: Sequence[str]) -> None:
        raise _not_here()

    def count_keys(self, table: str, keys: Mapping[str, str]) -> dict[str, int]:
        raise _not_here()

    def forget_keys(self, table: str, keys: Mapping[str, str], *, at: datetime) -> dict[str, int]:
        raise _not_here()

    def let_back_in(self, table: str, keys: Mapping[str, str]) -> int:
        raise _not_here()


def _not_here() -> LoadError:
    return LoadError("nothing is kept here: ask the program that loads the rows.", "stdout")
