"""Whether a text is exactly one SELECT, by DuckDB's own parser, and where its errors point."""

from __future__ import annotations

import re

import duckdb
import msgspec

from tiktok_ads.explore.query import QueryError, line_and_column

_ONE_SELECT = "Write one SELECT. Nothing can be changed here."
_NAMED = re.compile(r'(?:column|[Nn]ame) "?([^"\s!]{1,200})"?')


def check_one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Parse the text before anything of it runs.

    Raises:
        QueryError: it cannot be parsed, or is not exactly one SELECT without parameters.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise explained(error, sql) from error
    if not statements:
        raise QueryError("There is nothing but comments.", _ONE_SELECT)
    if len(statements) > 1:
        raise QueryError(f"These are {len(statements)} statements.", "Run them one at a time.")
    (only,) = statements
    kind = _kind(only)
    if kind == "MULTI":
        hint = "Name the values of its columns: PIVOT … ON currency IN ('EUR', 'USD') USING sum(spend)."
        raise QueryError("A PIVOT without the values of its columns is more than one statement.", hint)
    if kind != "SELECT":
        raise QueryError(f"This is no SELECT but {kind.replace('_', ' ')}.", _ONE_SELECT)
    if only.named_parameters:
        raise QueryError("There is a parameter without a value.", "Write the value in its place.")


def _kind(statement: duckdb.Statement) -> str:
    try:
        return statement.type.name
    except ValueError:
        # DuckDB has kinds that its own list lacks, such as that of UPDATE EXTENSIONS.
        return "another kind of statement"


def explained(error: duckdb.Error, sql: str) -> QueryError:
    """What DuckDB said, in one line, and where it points; the connection has `errors_as_json` set."""
    kind, _, said = str(error).partition(": ")
    place = -1
    try:
        told = msgspec.json.decode(said, type=dict[str, str])
        said = told.get("exception_message", said)
        place = int(told.get("position", -1))
        # DuckDB counts bytes.
        place = len(sql.encode()[:place].decode(errors="ignore")) if place >= 0 else -1
    except (msgspec.DecodeError, ValueError):
        place = _named(said, sql)
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryError("It needs more memory than a question may have.", "Ask for fewer rows or columns.")
    if isinstance(error, duckdb.PermissionException):
        return QueryError("Only the tables of this file can be read: no other file and no address.")
    first, *more = [line.strip() for line in said.strip().splitlines() if line.strip()] or [kind]
    # Of the candidates for a function the list can be long.
    return QueryError(first[:500], " ".join(more)[:500], *(line_and_column(sql, place) if place >= 0 else ()))


def _named(said: str, sql: str) -> int:
    """Where the only mention of the name stands that an error is about; -1 if that cannot be told."""
    found = _NAMED.search(said)
    if not found:
        return -1
    mentions = list(re.finditer(rf"(?<!\w){re.escape(found[1])}(?!\w)", sql, re.IGNORECASE))
    return mentions[0].start() if len(mentions) == 1 else -1
