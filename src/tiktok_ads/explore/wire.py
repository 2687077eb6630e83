"""What goes to the process that answers, and what it tells."""

from __future__ import annotations

import msgspec


class Wanted(msgspec.Struct, frozen=True):
    """A question: about which file, and into which file the rows of its answer go."""

    sql: str
    path: str
    schema: str
    answer: str
    rows: int
    seconds: float


class Told(msgspec.Struct, frozen=True):
    """What came of it: the class of an error and its words, or how many rows came and whether more were.

    `tables` are those that were read, as far as DuckDB tells.
    """

    error: str
    message: str = ""
    hint: str = ""
    line: int = 0
    column: int = 0
    rows: int = 0
    is_cut: bool = False
    tables: tuple[str, ...] = ()
