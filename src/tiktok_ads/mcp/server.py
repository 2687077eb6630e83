"""The server: its tools, each of which only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from tiktok_ads.catalog import telling
from tiktok_ads.config import Settings
from tiktok_ads.credentials import mask
from tiktok_ads.errors import ConfigError, TikTokAdsError
from tiktok_ads.mcp import answers
from tiktok_ads.mcp.asking import MOST_ROWS, answered
from tiktok_ads.mcp.compare import Asked, Days, compared
from tiktok_ads.mcp.standing import look
from tiktok_ads.mcp.tables import described, listed

_INSTRUCTIONS = f"""
TikTok Ads data that was loaded into a database here and reconciled with TikTok.
Everything is read-only, and TikTok itself is not asked.
Begin with list_tables, then describe_table, before you write SQL.
Ids are text. A day is the advertiser's own day. NULL means not told, 0 means zero.
Money is in each advertiser's own currency: never add up amounts of different currencies, group by currency.
Rates, costs per something, reach and frequency must not be added up or averaged: divide sums instead.
Numbers of the last 28 days may still change.
Say up to which day figures are complete and what was left out: every answer has it under `standing`.
{answers.DATA_NOTICE}
""".strip()
_READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_MOST_FOUND = 40
_AT_ONCE = 2
"""Questions in SQL that run at the same time: each may take much memory."""
Name = Annotated[str, Field(max_length=200)]


def make_server(
    settings: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> MCPServer[dict[str, object]]:
    """A server over what these settings' destination holds."""
    server: MCPServer[dict[str, object]] = MCPServer(
        "tiktok-ads",
        title="TikTok Ads, as loaded",
        instructions=_INSTRUCTIONS,
        version=version("tiktok-ads-connector"),
        log_level="WARNING",
    )
    turns = asyncio.Semaphore(_AT_ONCE)

    @server.tool(annotations=_READS)
    def list_tables() -> answers.Tables:
        """List the tables that are loaded: what each holds, its key, its rows, how far it is complete."""
        with _told():
            return listed(settings, look(settings), now=now())

    @server.tool(annotations=_READS)
    def describe_table(table: Name) -> answers.TableTold:
        """Describe a table: each column's type, unit and meaning, and whether it may be added up."""
        with _told():
            return described(settings, table, look(settings), now=now())

    @server.tool(annotations=_READS)
    def describe_in_catalog(name: Name) -> answers.CatalogEntry:
        """Say what a metric, dimension or table means at TikTok, loaded or not."""
        with _told():
            return answers.CatalogEntry(entry=telling.described(name))

    @server.tool(annotations=_READS)
    def search_catalog(words: Name) -> answers.Found:
        """Find tables, metrics and dimensions by words of their names and descriptions, loaded or not."""
        hits = telling.found(words)
        return answers.Found(
            found=[{"kind": one.kind, "name": one.name, "doc": one.doc} for one in hits[:_MOST_FOUND]],
            more=max(0, len(hits) - _MOST_FOUND),
        )

    @server.tool(annotations=_READS)
    def freshness(tables: list[Name] | None = None) -> answers.Standing:
        """Say how complete tables are, for which advertisers not, and what the last run left out and why."""
        with _told():
            loaded = look(settings)
            return loaded.standing(tables or list(loaded.tables), now=now())

    @server.tool(annotations=_READS)
    async def run_sql(
        sql: Annotated[str, Field(description="One SELECT in DuckDB's SQL; nothing else is run.")],
        max_rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100,
    ) -> answers.SqlAnswer:
        """Answer one SELECT about the loaded tables, with how complete these are."""
        with _told():
            async with turns:
                return await answered(settings, sql, rows=max_rows, now=now())

    @server.tool(annotations=_READS)
    def compare_periods(
        table: Name,
        before_first_day: date,
        before_last_day: date,
        after_first_day: date,
        after_last_day: date,
        metrics: Annotated[list[Name] | None, Field(description="None takes spend and the like.")] = None,
        split_by: Annotated[str, Field(description="A dimension or attribute; blank for totals.")] = "",
    ) -> answers.Comparison:
        """Compare figures of a report by day in two periods, both days included, currencies apart."""
        asked = Asked(
            table,
            Days(before_first_day, before_last_day),
            Days(after_first_day, after_last_day),
            tuple(metrics or ()),
            split_by,
        )
        with _told():
            return compared(settings, asked, look(settings), now=now())

    return server


@contextmanager
def _told() -> Iterator[None]:
    """Our errors as an assistant reads them: what is wrong, and what helps."""
    try:
        yield
    except TikTokAdsError as error:
        hint = error.hint if isinstance(error, ConfigError) else ""
        said = str(error)
        raise ToolError(mask(said if hint in said else f"{said} {hint}")) from None
