"""What may be asked: one SELECT of bounded length, about a DuckDB file, with bounds on its answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiktok_ads.errors import ConfigError
from tiktok_ads.load.destination import SCHEMA
from tiktok_ads.load.lake.urls import is_lake
from tiktok_ads.load.opening import file_of
from tiktok_ads.load.postgres_server import is_postgres
from tiktok_ads.load.warehouse.urls import is_warehouse

MOST_LETTERS = 20_000
"""Longest statement; a longer one could keep DuckDB planning for minutes without a way to stop it."""
MOST_SECONDS = 20
MOST_ROWS = 1_000_000
MOST_BYTES = 2**28


class QueryError(ConfigError):
    """The SQL cannot be answered as it stands; `line` and `column`, from 1, say where, 0 if unknown."""

    def __init__(self, message: str, hint: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message, hint)
        self.args = (message, hint, line, column)
        self.line, self.column = line, column

    def __str__(self) -> str:
        where = f"Line {self.line}, column {self.column}: " if self.line else ""
        return f"{where}{super().__str__()}"


@dataclass(frozen=True)
class Query:
    """A question as somebody typed it, and how much of the answer is wanted."""

    sql: str
    url: str
    schema: str = SCHEMA
    rows: int = MOST_ROWS
    seconds: float = MOST_SECONDS

    def file(self) -> Path:
        """The file that is asked.

        Raises:
            QueryError: it is a server, or a folder of files.
            ConfigError: the URL names no file.
        """
        if not can_be_asked(self.url):
            raise QueryError(
                "Only DuckDB files can be asked here.", "Ask others with a program of their own."
            )
        return file_of(self.url, self.schema)

    def check(self) -> None:
        """Refuse what need not be parsed to be refused.

        Raises:
            QueryError: it is blank, too long, or no text.
        """
        if not self.sql.strip():
            raise QueryError("There is nothing to run yet.", "Write a SELECT, or take an example.")
        if len(self.sql) > MOST_LETTERS:
            told = f"The statement has {len(self.sql):,} letters; at most {MOST_LETTERS:,} are taken."
            raise QueryError(told)
        for place, letter in enumerate(self.sql):
            if letter == "\0" or "\ud800" <= letter <= "\udfff":
                told = "There is a character that no SQL can hold."
                raise QueryError(told, "", *line_and_column(self.sql, place))


def can_be_asked(url: str) -> bool:
    """Whether it is a DuckDB file: of a server nobody can tell from here what a login may do by a SELECT.

    (End other sessions and read the server's files, for example.)
    """
    return not is_postgres(url) and not is_lake(url) and not is_warehouse(url)


def line_and_column(sql: str, place: int) -> tuple[int, int]:
    """Where the letter at `place` stands, both counted from 1."""
    before = sql[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1
