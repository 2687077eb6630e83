"""Which warehouse a destination URL names: `dlt+snowflake://`, `dlt+duckdb:///file.duckdb` and their like."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tiktok_ads.errors import ConfigError

PREFIX = "dlt+"
KINDS = (
    "duckdb",
    "postgres",
    "snowflake",
    "bigquery",
    "redshift",
    "databricks",
    "clickhouse",
    "mssql",
    "synapse",
    "fabric",
    "motherduck",
)
"""What dlt can delete from and insert into, and answer SQL of."""
_FOLDERS = {"filesystem": "parquet:///folder or parquet+s3://bucket/prefix", "delta": "delta:///folder"}
_SCHEMA = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Where:
    """A warehouse: dlt's name for it, and what its URL says beside, None where dlt's settings say all."""

    kind: str
    credentials: str | None
    shown: str


def is_warehouse(url: str) -> bool:
    return url.startswith(PREFIX) and "://" in url


def where(url: str) -> Where:
    """Read the URL of a warehouse.

    Raises:
        ConfigError: it cannot be one, or it holds what may be a secret.
    """
    scheme, _, rest = url.partition("://")
    kind = scheme.removeprefix(PREFIX)
    if kind not in KINDS:
        raise _unknown(kind)
    try:
        parts = urlsplit(f"{kind}://{rest}")
        has_secret = parts.password is not None or bool(parts.query) or bool(parts.fragment)
        _ = parts.port
    except ValueError:
        raise ConfigError(f"The destination is no URL of {kind}.", _example(kind)) from None
    if has_secret or not rest.isprintable():
        raise ConfigError(
            "A warehouse's URL holds neither password nor parameters: it ends up in logs.",
            f"Set dlt's own variables instead, such as DESTINATION__{kind.upper()}__CREDENTIALS__PASSWORD.",
        )
    if kind == "duckdb":
        path = unquote(rest)
        if not path.startswith("/") or not path[1:].strip("/") or ":memory:" in path:
            raise ConfigError("The destination names no file.", _example(kind))
        return Where(kind, str(Path(path[1:])), url)
    bare = rest.strip("/")
    if bare and not (parts.hostname and parts.path.strip("/")):
        raise ConfigError(f"{PREFIX}{kind}://{bare[:80]} names no host with a database.", _example(kind))
    return Where(kind, f"{kind}://{rest}" if bare else None, url)


def check_schema(schema: str) -> None:
    """Refuse a schema's name that dlt would spell otherwise.

    Raises:
        ConfigError: it does.
    """
    if not _SCHEMA.fullmatch(schema) or len(schema) > 40:
        raise ConfigError(
            f"A warehouse cannot have a schema called {schema[:80]!r}.",
            "Small ASCII letters, digits and single underscores go, at most 40.",
        )


def _example(kind: str) -> str:
    if kind == "duckdb":
        return "Write dlt+duckdb:///relative.duckdb or dlt+duckdb:////absolute.duckdb."
    return f"Write {PREFIX}{kind}://, with dlt's own settings, or {PREFIX}{kind}://user@host/database."


def _unknown(kind: str) -> ConfigError:
    if kind in _FOLDERS:
        return ConfigError(
            f"dlt cannot replace rows in files ({kind}): what vanished would stay.",
            f"Write {_FOLDERS[kind]} instead.",
        )
    near = difflib.get_close_matches(kind, KINDS, n=2, cutoff=0.5)
    named = " or ".join(f"{PREFIX}{one}://" for one in near) or ", ".join(KINDS)
    return ConfigError(
        f"{kind[:40]!r} is no warehouse whose rows can be replaced through dlt.", f"Known: {named}."
    )
