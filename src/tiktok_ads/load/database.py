"""What the loader's statements need of a database, and the few places where databases spell SQL apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa

Columns = dict[str, pa.DataType]
"""A table's columns in order, by the Arrow types of `columns.column_type`."""


class Database(Protocol):
    """An open database with a schema of ours; one thread at a time."""

    @property
    def name(self) -> str:
        """How an error calls it; holds no secret."""

    @property
    def schema(self) -> str: ...

    @property
    def row_id(self) -> str:
        """The column that every table has and that tells two rows apart within one transaction."""

    @property
    def order_of_writing(self) -> str:
        """What rows of a table that is only appended to are ordered by, the oldest first."""

    @property
    def max_name_bytes(self) -> int:
        """How long a column's name may be; longer ones would be cut in silence."""

    def run(self, sql: str, values: Sequence[object] | None = None) -> list[tuple[object, ...]]:
        """One statement with its parameters, each a `?`; gives all rows."""

    def touched(self, sql: str) -> int:
        """Run an INSERT, UPDATE or DELETE; gives how many rows it touched."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; errors come out as ours.

        Raises:
            LoadError: nothing was changed.
        """

    def reading(self) -> AbstractContextManager[None]:
        """Let errors come out as ours.

        Raises:
            LoadError: something could not be read.
        """

    def hold(self, name: str, rows: pa.Table, *, json: Collection[str] = ()) -> None:
        """Let statements of this transaction read `rows` under a name, in place of what had that name.

        `json` names the columns whose text is JSON, which the rows' own types do not tell.
        """

    def insert(self, table: str, values: Mapping[str, str], where: str) -> None:
        """Insert rows of the held `stage`, called `s`: each column's expression, and which rows."""

    def keep(self, name: str, query: str) -> int:
        """As `hold`, for the rows that a query gives; how many there are."""

    def let_go(self, *names: str) -> None:
        """End `hold` and `keep`."""

    def tables(self) -> set[str]:
        """The tables of the schema, without views."""

    def columns(self, table: str) -> Columns: ...

    def comments(self) -> dict[tuple[str, str | None], str]:
        """What is written at each table (column None) and column of the schema."""

    def create_schema(self) -> None: ...

    def sql_type(self, kind: pa.DataType) -> str:
        """The type in SQL.

        Raises:
            TypeError: no column can have it.
        """

    def converted(self, expression: str, old: pa.DataType, new: pa.DataType) -> str:
        """The expression, of type `old`, as a value of type `new`."""

    def staged(self, kind: pa.DataType) -> pa.DataType:
        """What a column of this type is while it is held."""

    def as_number(self, expression: str, kind: pa.DataType) -> str:
        """An expression of type `kind` as an exact number, null where it is none."""

    def paired(self, values: Mapping[str, str], alias: str) -> str:
        """A row has these values (column: expression), a blank equal to itself, as a FULL JOIN takes it."""

    def create_view(self, view: str, query: str) -> None:
        """Make a view anew; `view` is a quoted name with its schema."""

    def drop_view(self, view: str) -> None:
        """Take a view away where it would keep its tables from being altered."""
