"""The SQL of a slice's transaction, once, in words that DuckDB and Postgres share wherever they can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tiktok_ads.errors import LoadError

_RESERVED = frozenset(
    {"rowid", "_synced_at", "_run_id", "_deleted_at", "_row", "_load", "_old"}
    | {"ctid", "cmin", "cmax", "xmin", "xmax", "tableoid"}
)


def quoted(name: str) -> str:
    """A name as an identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a literal, for the few places that take no parameter (comments)."""
    return "'" + value.replace("\0", "").replace("'", "''") + "'"


def listed(names: Iterable[str], prefix: str = "") -> str:
    return ", ".join(prefix + quoted(name) for name in names)


def inserted(table: str, values: Mapping[str, str], where: str) -> str:
    """Put rows of the stage `s` into a table: of each column its expression."""
    return f"INSERT INTO {table} ({listed(values)}) SELECT {', '.join(values.values())} FROM stage s{where}"


def folded(name: str) -> str:
    """The name as the database compares it: only ASCII letters lose their case."""
    return name.lower() if name.isascii() else "".join(c.lower() if c.isascii() else c for c in name)


def checked_names(names: Sequence[str], *, max_bytes: int, where: str, destination: str) -> None:
    """Refuse names that cannot be columns or tables.

    Raises:
        LoadError: a name is empty, unprintable, too long, one of ours, or there twice.
    """
    seen: dict[str, str] = {}
    for name in names:
        why = ""
        if not name.strip():
            why = "is empty"
        elif not name.isprintable():
            why = "holds characters that cannot be printed"
        elif len(name.encode()) > max_bytes:
            why = f"is longer than {max_bytes} bytes"
        elif folded(name) in _RESERVED:
            why = "is kept for the loader"
        elif folded(name) in seen:
            why = f"differs from {seen[folded(name)]!r} in case alone"
        if why:
            raise LoadError(f"{where} cannot be stored: the name {name[:80]!r} {why}.", destination)
        seen[folded(name)] = name


def same(left: str, right: str, names: Iterable[str]) -> str:
    """Both rows have these values, where a blank equals itself."""
    return " AND ".join(
        f"{left}.{quoted(name)} IS NOT DISTINCT FROM {right}.{quoted(name)}" for name in names
    )


def moment(at: datetime) -> str:
    """A moment without a zone as a literal."""
    return f"TIMESTAMP '{at.isoformat(sep=' ')}'"
