"""An Arrow table in pandas, Polars or DuckDB; those libraries are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tiktok_ads.errors import ConfigError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def to_pandas(table: pa.Table) -> Any:
    """A pandas data frame whose columns keep Arrow's types: ids stay text, money stays exact.

    Raises:
        ConfigError: pandas is not installed.
    """
    pandas = _library("pandas")
    return table.to_pandas(types_mapper=pandas.ArrowDtype)


def to_polars(table: pa.Table) -> Any:
    """A Polars data frame with the same types.

    Raises:
        ConfigError: Polars is not installed.
    """
    return _library("polars").from_arrow(table)


def to_duckdb(table: pa.Table, name: str = "report") -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that knows the table under `name`."""
    import duckdb

    database = duckdb.connect()
    database.register(name, table)
    return database


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ConfigError(
            f"This needs the package {name}.", f"pip install 'tiktok-ads-connector[{name}]'"
        ) from None
