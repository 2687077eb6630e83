"""The view `<table>__history`: since when and until when each version of a row stood."""

from __future__ import annotations

from collections.abc import Iterable

from tiktok_ads.load.database import Database
from tiktok_ads.load.destination import TableSpec
from tiktok_ads.load.sql import listed, quoted, same, text


def history_of(db: Database, table: str) -> str:
    """The view's quoted name."""
    return f"{quoted(db.schema)}.{quoted(table + '__history')}"


def create_history(db: Database, spec: TableSpec, columns: Iterable[str]) -> None:
    """Make the view anew; it must be, whenever the table's columns change.

    The table itself gives each row's newest version, also of rows that never changed; the changes give the
    older ones. A row that left the table ends with its last change.
    """
    target = f"{quoted(db.schema)}.{quoted(spec.name)}"
    log = f"{quoted(db.schema)}.{quoted(spec.name + '__changes')}"
    view = history_of(db, spec.name)
    names = [name for name in columns if name not in ("_synced_at", "_run_id")]
    ends = "c._change = 'delete'" + (" AND c.is_deleted IS NOT TRUE" if "is_deleted" in names else "")
    keys = listed(spec.uniqueness)
    db.create_view(
        view,
        "WITH versions AS ("
        f"SELECT {listed(names, 't.')}, t._run_id, t._synced_at AS _valid_from, FALSE AS _ends "
        f"FROM {target} t "
        "UNION ALL "
        f"SELECT {listed(names, 'c.')}, c._run_id, c._changed_at, {ends} FROM {log} c "
        f"WHERE NOT EXISTS (SELECT 1 FROM {target} t WHERE t._synced_at = c._changed_at AND "
        f"{same('t', 'c', spec.uniqueness)})"
        "), spans AS ("
        f"SELECT *, lead(_valid_from) OVER (PARTITION BY {keys} ORDER BY _valid_from, _ends) AS _valid_to "
        "FROM versions) "
        f"SELECT {listed(names)}, _run_id, _valid_from, _valid_to, _valid_to IS NULL AS _is_current "
        "FROM spans WHERE NOT _ends AND (_valid_to IS NULL OR _valid_to > _valid_from)",
    )
    doc = f"Every version of a row of {spec.name} and when it stood; _valid_to is null for today's."
    db.run(f"COMMENT ON VIEW {view} IS {text(doc)}")
