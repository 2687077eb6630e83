"""Where the rows of a lake's tables stand, whatever their format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from tiktok_ads.load.lake.entries import Entry, Held, Part, State
from tiktok_ads.load.lake.parts import Touched
from tiktok_ads.load.scope import Span

if TYPE_CHECKING:
    import duckdb


class Shelf(Protocol):
    """Tables as a format keeps them; a part is what it replaces at once."""

    @property
    def is_alone(self) -> bool:
        """No other process can be writing."""

    def touched(
        self,
        state: State,
        table: str,
        spans: Sequence[Span],
        *,
        owner_column: str,
        day_column: str | None,
        run: str | None,
    ) -> list[Touched]:
        """The parts of one owner that these spans reach into."""

    def grown(self, state: State, table: str, owner: str, owner_column: str, *, anew: bool = False) -> Part:
        """The part that further rows of a table that only grows go to; `anew` for one that has none yet."""

    def days(
        self, state: State, touched: Sequence[Part], owner: str, run: str | None
    ) -> dict[Part, tuple[date, date]]:
        """The first and the last day that belong to each part of an owner, those touched among them."""

    def parts(self, state: State, table: str, owner: str | None) -> list[Part]:
        """All parts of a table, or of one owner in it."""

    def owners(self, state: State, table: str) -> set[str]:
        """Whose rows a table holds."""

    def others(
        self, state: State, connection: duckdb.DuckDBPyConnection, table: str, done: set[Part]
    ) -> list[tuple[Held, str]]:
        """Every other part of a table, and what a query selects its rows from."""

    def source(
        self,
        state: State,
        connection: duckdb.DuckDBPyConnection,
        parts: Sequence[Part],
        waiting: dict[Part, str],
    ) -> str | None:
        """What a query selects the rows of these parts from; None if there are none.

        `waiting` are files that have not taken their places yet.
        """

    def put_in_place(self, state: State, entry: Entry) -> None:
        """Let what waits take its place; doing so twice changes nothing."""
