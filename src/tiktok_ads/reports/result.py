"""What a report gave: its rows as Arrow, and what is to be said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tiktok_ads.output import Written, to_duckdb, to_pandas, to_polars
from tiktok_ads.runreport import Note, OutcomeWord, RunReport, Skipped

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Report:
    """The rows of all advertisers, each with its currency, and how they were had.

    `arrow` holds the rows; none where they went into a destination, or into the file that `written` tells
    of. `count` is how many there are. Amounts are never added up across currencies. What could not be had is
    in `skipped`, and the outcome is then partial.
    """

    name: str
    description: str
    arrow: pa.Table
    run: RunReport
    count: int = 0
    written: Written | None = None

    @property
    def outcome(self) -> OutcomeWord:
        return self.run.outcome

    @property
    def exit_code(self) -> int:
        return self.run.exit_code

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.run.skipped

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.run.notes

    def to_pandas(self) -> Any:
        """A pandas data frame with Arrow's types; needs pandas."""
        return to_pandas(self.arrow)

    def to_polars(self) -> Any:
        """A Polars data frame; needs polars."""
        return to_polars(self.arrow)

    def to_duckdb(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB in memory that knows the rows under the report's name."""
        return to_duckdb(self.arrow, self.name)
