"""The tables that are loaded, and one of them with what each column means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tiktok_ads.config import Settings
from tiktok_ads.errors import UnknownName, UnknownStream
from tiktok_ads.mcp.answers import ColumnTold, TableLine, Tables, TableTold
from tiktok_ads.mcp.cells import shown
from tiktok_ads.mcp.standing import Loaded, table_of
from tiktok_ads.ui.data.reading import opened
from tiktok_ads.ui.data.tables import DataColumn, DataTable, data_table


def known_table(settings: Settings, name: str) -> DataTable | None:
    """A table of the catalog, or a report of the settings file; None if it is neither."""
    try:
        return data_table(settings.model_copy(update={"tables": (name,)}), name)
    except (UnknownStream, UnknownName):
        return None


def listed(settings: Settings, loaded: Loaded, *, now: datetime) -> Tables:
    """Every table that is loaded, in a line each."""
    lines = []
    for name, fresh in loaded.tables.items():
        table = known_table(settings, name)
        lines.append(
            TableLine(
                name=name,
                holds=table.doc if table else "",
                primary_key=_keys(table),
                day_column=table.day_column if table else None,
                rows=fresh.rows,
                complete_to=fresh.complete_to.isoformat() if fresh.complete_to else None,
                newest_day=fresh.newest.isoformat() if fresh.newest else None,
            )
        )
    standing = loaded.standing((), now=now)
    return Tables(
        schema_name=settings.schema_name,
        tables=lines,
        others_beside_them=[shown(name) for name in loaded.others],
        standing=standing,
    )


def described(settings: Settings, name: str, loaded: Loaded, *, now: datetime) -> TableTold:
    """One table with its columns: those that it has in the database, else those that it would have.

    Raises:
        UnknownName: there is no such table.
    """
    table = known_table(settings, table_of(name))
    here = _columns_here(settings, name)
    if table is None and here is None:
        raise UnknownName(f"There is no table {name[:60]!r}.", "list_tables names those that are loaded.")
    meanings = {one.name: one for one in table.columns} if table else {}
    columns = (
        [_told(meanings[name]) for name in meanings]
        if here is None
        else [_held(column, comment, kind, meanings) for column, (kind, comment) in here.items()]
    )
    return TableTold(
        name=name,
        holds=table.doc if table else "",
        is_loaded=here is not None,
        primary_key=_keys(table),
        day_column=table.day_column if table else None,
        update_method=table.update_method if table else "",
        columns=columns,
        standing=loaded.standing([name], now=now),
    )


def meanings_of(settings: Settings, names: tuple[str, ...]) -> dict[str, ColumnTold]:
    """What the columns of these tables mean, by name; the first table that has one tells it."""
    found: dict[str, ColumnTold] = {}
    for name in names:
        table = known_table(settings, table_of(name))
        for one in table.columns if table else ():
            found.setdefault(one.name, _told(one))
    return found


def _columns_here(settings: Settings, name: str) -> dict[str, tuple[str, str]] | None:
    with opened(settings) as there:
        if there is None or name not in there.tables:
            return None
        return {one.name: (one.sql_type, one.comment) for one in there.tables[name]}


def _held(name: str, comment: str, sql_type: str, meanings: Mapping[str, DataColumn]) -> ColumnTold:
    known = meanings.get(name)
    # A column that TikTok added by itself: its name is all that is known of it.
    told = _told(known) if known else ColumnTold(name=shown(name), type="", meaning=shown(comment))
    return told.model_copy(update={"type": sql_type})


def _told(one: DataColumn) -> ColumnTold:
    return ColumnTold(
        name=one.name,
        type=one.type,
        unit=one.unit,
        meaning=" ".join(filter(None, [one.doc, one.note])),
        is_key=one.is_key,
        may_be_added_up=one.adds_up,
        why_not_added_up=one.why_not,
    )


def _keys(table: DataTable | None) -> list[str]:
    return [one.name for one in table.columns if one.is_key] if table else []
