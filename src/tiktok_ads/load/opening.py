"""Which destination a URL names, whether rows could be loaded there, and how it is opened."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tiktok_ads.errors import ConfigError
from tiktok_ads.load.destination import SCHEMA, Destination
from tiktok_ads.load.lake.urls import is_lake
from tiktok_ads.load.postgres_server import check_url, is_postgres
from tiktok_ads.load.warehouse.urls import check_schema, is_warehouse
from tiktok_ads.load.warehouse.urls import where as warehouse_of

_DUCKDB = "duckdb:///"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # two letters at least: "C:" is a drive


def duckdb_path(url: str) -> Path:
    """The file that a destination URL names: three slashes and a relative path, four and an absolute one.

    Raises:
        ConfigError: it names no destination that is known.
    """
    path = url.removeprefix(_DUCKDB)
    is_path = url.startswith(_DUCKDB) or (url.endswith(".duckdb") and not _SCHEME.match(url))
    if is_path and path and path.isprintable() and not path.startswith(":memory:"):
        return Path(path)
    raise ConfigError(f"{_shown(url)!r} is no destination.", _nearest(url))


def _shown(url: str) -> str:
    # Other destinations' URLs hold passwords before the @, and this text ends up in logs.
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}…@{rest.rpartition('@')[2]}" if mark and "@" in rest else url


def _nearest(url: str) -> str:
    scheme, colon, rest = url.partition(":")
    path = rest.lstrip("/") if colon else url
    is_near = not colon or bool(difflib.get_close_matches(scheme.lower(), ["duckdb"], cutoff=0.6))
    if is_near and path and path.isprintable() and not path.startswith(":memory") and "@" not in path:
        near = path if path.endswith(".duckdb") else f"{path}.duckdb"
        return f"Did you mean {_DUCKDB}{near}? Three slashes begin a relative path, four an absolute one."
    return (
        f"Write {_DUCKDB}name.duckdb, {_DUCKDB}/folder/name.duckdb, a path that ends in .duckdb, "
        "postgresql://user@host/database, parquet:///folder, or dlt+snowflake:// and its like."
    )


def check_writable(url: str, *, schema: str = SCHEMA) -> None:
    """Find out before anything is fetched whether rows could be loaded; leaves no file behind.

    Raises:
        ConfigError: the URL, or the folder that it names, cannot be used.
        NotOurs: the file or schema holds something else.
        DestinationBusy: another process has it open.
        LoadError: the file cannot be opened.
    """
    if is_postgres(url):
        from tiktok_ads.load.postgres import check_rights

        check_rights(url, schema)
        return
    if is_lake(url):
        from tiktok_ads.load.lake import opening as lake

        lake.check_writable(url, schema=schema)
        return
    if is_warehouse(url):
        from tiktok_ads.load.warehouse import opening as warehouse

        warehouse.check_writable(url, schema=schema)
        return
    from tiktok_ads.load import duckdb_file

    duckdb_file.check_writable(file_of(url, schema), schema=schema)


def file_of(url: str, schema: str) -> Path:
    """The file; refused where it is named like the schema, for DuckDB then cannot tell the two apart.

    Raises:
        ConfigError: with another name to choose.
    """
    path = duckdb_path(url)
    if path.name.partition(".")[0].lower() == schema.lower():
        raise ConfigError(
            f"The file {path.name} is named like its schema: DuckDB then refuses {schema}.ads as ambiguous.",
            "Name the file otherwise, or choose another --schema.",
        )
    return path


def check_spelling(url: str, schema: str) -> None:
    """Refuse an address that names no destination; reaches for nothing.

    Raises:
        ConfigError: with how addresses are written.
    """
    if is_postgres(url):
        check_url(url)
    elif is_warehouse(url):
        check_schema(schema)
        warehouse_of(url)
    elif not is_lake(url):
        file_of(url, schema)


def exists(url: str) -> bool:
    """Whether anything was ever written there."""
    if is_lake(url):
        from tiktok_ads.load.lake import opening as lake

        return lake.exists(url)
    if is_warehouse(url):
        from tiktok_ads.load.warehouse import opening as warehouse

        return warehouse.exists(url)
    # Of a server it is known once it is reached.
    return is_postgres(url) or duckdb_path(url).exists()


@contextmanager
def open_destination(
    url: str,
    *,
    schema: str = SCHEMA,
    read_only: bool = False,
    memory_limit: str = "80MB",
    state_dir: Path | None = None,
) -> Iterator[Destination]:
    """Hold a destination open, and let go of it at the end.

    Args:
        url: `duckdb:///relative.duckdb`, `duckdb:////absolute.duckdb` or a path that ends in `.duckdb`;
            `postgresql://user@host:5432/database`, without a password; `parquet:///folder`,
            `parquet+s3://bucket/prefix` and their like; `dlt+snowflake://` and others through dlt.
        schema: where our tables stand.
        read_only: write nothing; the file must exist.
        memory_limit: what DuckDB may use, as it spells it; more is spilled to disk.
        state_dir: where dlt keeps what it has not finished; the usual folder unless told.

    Raises:
        ConfigError, NotOurs, DestinationBusy, LoadError: as in `check_writable`.
    """
    if is_lake(url):
        from tiktok_ads.load.lake.opening import open_lake

        with open_lake(url, schema=schema, read_only=read_only, memory_limit=memory_limit) as lake:
            yield lake
        return
    if is_warehouse(url):
        from tiktok_ads.load.warehouse.opening import open_warehouse

        with open_warehouse(
            url, schema=schema, read_only=read_only, memory_limit=memory_limit, state_dir=state_dir
        ) as there:
            yield there
        return
    from tiktok_ads.load.relational import Relational

    if is_postgres(url):
        from tiktok_ads.load.postgres import Postgres

        with Postgres(url, schema=schema, read_only=read_only) as server:
            yield Relational(server)
        return
    path = file_of(url, schema)
    from tiktok_ads.load.duckdb import DuckDB

    with DuckDB(path, schema=schema, read_only=read_only, memory_limit=memory_limit) as database:
        yield Relational(database)
