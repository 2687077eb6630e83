"""One SELECT of an assistant: its rows, what its columns mean, and what it may have got wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from datetime import datetime

import pyarrow as pa

from tiktok_ads.config import Settings
from tiktok_ads.explore import Query, ask
from tiktok_ads.mcp.answers import ColumnTold, SqlAnswer
from tiktok_ads.mcp.cells import rows_of, shown
from tiktok_ads.mcp.standing import look
from tiktok_ads.mcp.tables import meanings_of

MOST_ROWS = 1_000
MONEY = "account currency"
_ADDED = re.compile(r'\b(sum|avg)\s*\(\s*(?:"?\w+"?\s*\.\s*)*"?(\w+)"?\s*\)', re.IGNORECASE)


async def answered(settings: Settings, sql: str, *, rows: int, now: datetime) -> SqlAnswer:
    """What a SELECT gives, with how complete the tables are that it reads.

    Raises:
        QueryError: it is not one SELECT, is wrong, or needs more time or memory than there is.
        ConfigError, DestinationBusy, LoadError: nothing can be asked now.
    """
    query = Query(sql, settings.destination, settings.schema_name, min(rows, MOST_ROWS))
    async with ask(query) as found:
        table = await asyncio.to_thread(found.table)
        is_cut, touched = found.is_cut, found.tables
    loaded = await asyncio.to_thread(look, settings)
    meanings = await asyncio.to_thread(meanings_of, settings, touched)
    told, is_shortened = rows_of(table)
    return SqlAnswer(
        columns=[_column(field, meanings) for field in table.schema],
        rows=told,
        row_count=len(told),
        is_cut=is_cut or is_shortened,
        warnings=cautions(sql, meanings, currencies=loaded.currencies),
        standing=loaded.standing(touched, now=now),
    )


def cautions(sql: str, meanings: Mapping[str, ColumnTold], *, currencies: Collection[str]) -> list[str]:
    """What the text of a SELECT may do to figures that must not be treated so."""
    words = set(re.findall(r"\w+", sql.lower()))
    told = []
    money = [name for name, one in meanings.items() if one.unit == MONEY and name in words]
    if money and len(currencies) > 1 and "currency" not in words:
        told.append(
            f"There are advertisers in {', '.join(sorted(currencies))}, and {', '.join(money)} is in each "
            "one's own currency: group by currency, or choose one. Never add up amounts of several."
        )
    for function, column in dict.fromkeys(_ADDED.findall(sql)):
        one = meanings.get(column)
        if one is not None and one.may_be_added_up is False:
            told.append(f"{function}({column}) means nothing: {one.why_not_added_up}.")
    return told


def _column(field: pa.Field, meanings: Mapping[str, ColumnTold]) -> ColumnTold:
    known = meanings.get(field.name)
    kind = str(field.type)
    return known.model_copy(update={"type": kind}) if known else ColumnTold(name=shown(field.name), type=kind)
