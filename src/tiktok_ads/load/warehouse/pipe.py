"""An open dlt pipeline: packages that replace whole parts of tables, and questions in SQL."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from tiktok_ads.errors import LoadError
from tiktok_ads.load.database import Columns
from tiktok_ads.load.sql import text
from tiktok_ads.load.warehouse.columns import arrow_of, hints
from tiktok_ads.load.warehouse.said import explained
from tiktok_ads.load.warehouse.urls import Where

_ALTERABLE = {"duckdb", "motherduck", "postgres"}
"""Where a column's type changes by one statement that is all or nothing, and was tried here."""
_AT_ONCE = 4_000
_NAME = "tiktok_ads"
_DUCKDB_MEMORY = "120MB"


@dataclass(frozen=True)
class Put:
    """What a package does to one table: these parts become these rows, whatever they held."""

    columns: Columns
    parts: Sequence[str]
    rows: Iterator[pa.RecordBatch]
    doc: str = ""
    comments: Mapping[str, str] | None = None


class Pipe:
    """A warehouse, from `__enter__` to `__exit__`; holds no connection in between."""

    def __init__(self, where: Where, *, schema: str, folder: Path) -> None:
        self._where, self._folder = where, folder
        self.name, self.schema = where.shown, schema

    def __enter__(self) -> Self:
        with self.explained():
            _quiet()
            _clean(self._folder)
            import dlt
            from dlt.common.destination import Destination

            factory: Any = Destination.from_reference(self._where.kind, **self._told())
            self._dlt: Any = dlt
            self._pipeline: Any = self._dlt.pipeline(
                _NAME,
                pipelines_dir=str(self._folder),
                destination=factory,
                dataset_name=self.schema,
                progress=None,
            )
            # What stands in the warehouse is asked of our own register there, never of dlt's memory of it.
            self._pipeline.config.restore_from_destination = False
            self.capabilities: Any = factory.capabilities()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Exception):
            self._pipeline.deactivate()

    def _told(self) -> dict[str, Any]:
        """What the URL says, as dlt takes it."""
        said = self._where.credentials
        if self._where.kind == "duckdb" and said:
            from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

            # Left to itself it would take most of the machine's memory.
            limits = {"memory_limit": _DUCKDB_MEMORY, "threads": 1}
            return {"credentials": DuckDbCredentials(said, global_config=limits)}
        return {"credentials": said} if said else {}

    @contextmanager
    def explained(self) -> Iterator[None]:
        with explained(self.name, self._where.kind):
            yield

    def drain(self) -> None:
        """Finish what a process that died had begun to load, before anything else is looked at.

        What it had not begun to load is dropped, for its bookmarks have not moved either.
        """
        with self.explained():
            _clean(self._folder)
            for _ in range(10):
                if not self._pipeline.list_normalized_load_packages():
                    return
                self._pipeline.load()
            raise LoadError("packages of an earlier run cannot be finished.", self.name)

    def put(self, tables: Mapping[str, Put]) -> None:
        """Replace parts of tables as one package; a kill in the middle is finished by `drain`."""
        with self.explained():
            if self._pipeline.has_pending_data:
                raise LoadError("an earlier package is not finished. Run again.", self.name)
            schema = self._dlt.Schema("tiktok_ads")
            resources = [self._resource(name, put) for name, put in tables.items() if put.parts]
            if not resources:
                return
            formats = self.capabilities.supported_loader_file_formats
            source = self._dlt.extract.DltSource(schema, "tiktok_ads", resources)
            self._pipeline.run(source, loader_file_format="parquet" if "parquet" in formats else None)

    def _resource(self, name: str, put: Put) -> Any:
        shape = arrow_of(put.columns)

        def batches() -> Iterator[pa.Table]:
            marks = {"_part": pa.array(put.parts, pa.string()), "_gone": pa.repeat(True, len(put.parts))}
            none = {field.name: pa.nulls(len(put.parts), field.type) for field in shape}
            yield pa.table({**none, **marks}, schema=shape)
            for batch in put.rows:
                yield pa.Table.from_batches([batch]).cast(shape)

        return self._dlt.resource(
            batches,
            name=name,
            write_disposition={"disposition": "merge", "strategy": "delete-insert"},
            columns=hints(put.columns, dict(put.comments or {})),
            schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
        )

    def names(self, names: Sequence[str]) -> list[str]:
        """Those of these names that dlt would spell otherwise."""
        naming = self._dlt.Schema("tiktok_ads").naming
        return [name for name in names if naming.normalize_path(name) != name]

    def stands(self, tables: Sequence[str]) -> dict[str, set[str]]:
        """Those of these tables that are in the warehouse, with their columns."""
        with self.explained(), self._client() as client:
            if not client.is_storage_initialized():
                return {}
            return {name: {*columns} for name, columns in client.get_storage_tables(tables) if columns}

    def others(self) -> set[str] | None:
        """Every table of the schema; None where the warehouse does not tell."""
        with self._client() as client:
            if not client.is_storage_initialized():
                return set()
            with suppress(Exception):
                rows = client.sql_client.execute_sql(
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = %s", self.schema
                )
                return {str(name) for (name,) in rows}
        return None

    @contextmanager
    def _client(self) -> Iterator[Any]:
        schema = self._dlt.Schema("tiktok_ads")
        with (
            self._pipeline.destination_client()
            if self._pipeline.default_schema_name
            else (self._pipeline._get_destination_clients(schema)[0]) as client
        ):
            yield client

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows that a query gives, written for DuckDB and asked in the warehouse's own SQL."""
        return [row for rows in self.stream(sql) for row in rows]

    def stream(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """As `ask`, some rows at a time."""
        with self.explained(), self._client() as client:
            sql_client = client.sql_client
            with sql_client.execute_query(self._spelled(sql, sql_client)) as cursor:
                while rows := cursor.fetchmany(_AT_ONCE):
                    yield [tuple(row) for row in rows]

    def _spelled(self, sql: str, client: Any) -> str:
        import sqlglot
        from sqlglot import exp

        dialect, fold = self.capabilities.sqlglot_dialect, self.capabilities.casefold_identifier
        tree = sqlglot.parse_one(sql, read="duckdb")
        for table in list(tree.find_all(exp.Table)):
            if table.db == self.schema:
                there = exp.to_table(client.make_qualified_table_name(table.name), dialect=dialect)
                alias = table.args.get("alias")
                table.replace(exp.alias_(there, alias.this, table=True) if alias else there)
        for column in tree.find_all(exp.Column):
            column.set("this", exp.to_identifier(fold(column.name), quoted=True))
        # A driver takes a lone % for one of its own marks.
        return tree.sql(dialect=dialect)

    def widen(self, table: str, column: str, kind: pa.DataType) -> None:
        """Give a column a wider type, in the table and where dlt stages it.

        Raises:
            LoadError: that cannot be done safely here.
        """
        import sqlglot

        if self._where.kind not in _ALTERABLE:
            raise LoadError(
                f"{table}.{column} needs a wider type ({kind}), which dlt cannot give it. Nothing was "
                "written; widen the column yourself, or reset the table.",
                self.name,
            )
        spelled = re.sub(r"decimal128\((\d+), (\d+)\)", r"DECIMAL(\1, \2)", str(kind))
        named = {"string": "VARCHAR", "double": "DOUBLE", "int64": "BIGINT", "timestamp[us]": "TIMESTAMP"}
        wanted = sqlglot.exp.DataType.build(named.get(spelled, spelled), dialect="duckdb").sql(
            dialect=self.capabilities.sqlglot_dialect
        )
        with self.explained(), self._client() as client:
            for staging in (False, True):
                sql_client = client.sql_client
                aside = sql_client.with_staging_dataset() if staging else nullcontext()
                # Nothing may be staged yet.
                with aside, suppress(Exception) if staging else nullcontext():
                    sql_client.execute_sql(
                        f"ALTER TABLE {sql_client.make_qualified_table_name(table)} "
                        f"ALTER COLUMN {sql_client.escape_column_name(column)} TYPE {wanted}"
                    )
        self._forget_type(table, column, kind)

    def describe(self, table: str, doc: str, comments: Mapping[str, str]) -> None:
        """Write at the table and its columns what they are; elsewhere dlt writes what it can."""
        if self._where.kind not in _ALTERABLE:
            return
        with self.explained(), self._client() as client:
            sql_client = client.sql_client
            at = sql_client.make_qualified_table_name(table)
            told = [(f"TABLE {at}", doc)]
            told += [
                (f"COLUMN {at}.{sql_client.escape_column_name(n)}", said) for n, said in comments.items()
            ]
            for what, said in told:
                if said:
                    # With a parameter a driver would not look for marks of its own; DuckDB takes none here.
                    literal = text(said) if self._where.kind != "postgres" else text(said).replace("%", "%%")
                    sql_client.execute_sql(f"COMMENT ON {what} IS {literal}")

    def _forget_type(self, table: str, column: str, kind: pa.DataType) -> None:
        """dlt remembers types by itself; it is told the new one."""
        if not self._pipeline.default_schema_name:
            return
        schema = self._pipeline.default_schema
        known = schema.tables.get(table, {}).get("columns", {}).get(column)
        if known is not None:
            for name in ("precision", "scale", "timezone"):
                known.pop(name, None)
            known.update(hints({column: kind}, {})[column])
            self._pipeline._schema_storage.save_schema(schema)


def _clean(folder: Path) -> None:
    """Leave of dlt's files only packages that may have begun to load; a kill may have halved all others."""
    home = folder / _NAME
    if not any((home / "load" / "normalized").glob("*")):
        # The rest says nothing that the warehouse's own register does not say.
        for one in ("normalize", "load"):
            shutil.rmtree(home / one, ignore_errors=True)
        if not _is_whole(home / "state.json"):
            shutil.rmtree(home, ignore_errors=True)
        return
    for one in ("normalize/extracted", "normalize/new", "load/new"):
        for left in (home / one).glob("*"):
            shutil.rmtree(left, ignore_errors=True)


def _is_whole(file: Path) -> bool:
    with suppress(OSError, ValueError):
        json.loads(file.read_bytes())
        return True
    return False


def _quiet() -> None:
    """No telemetry, and nothing on stderr: what matters comes out as our errors."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
    # Files of what is loaded would pile up in the state folder.
    os.environ["LOAD__DELETE_COMPLETED_JOBS"] = "true"
    logging.getLogger("dlt").addHandler(logging.NullHandler())
